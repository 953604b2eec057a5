"""A generator in ONNX makes the images that it makes in PyTorch, whoever reads it."""

import json
import sys

import pytest
import torch
from onnxruntime import InferenceSession

from gan_lib.data import ImageSet
from gan_lib.keeping import portable
from gan_lib.keeping.portable import ExportError, to_onnx
from gan_lib.recipes import CONDITIONAL, MINIBATCH, MLP, QUICK
from gan_lib.state import new_state


@pytest.mark.parametrize("recipe", [MLP, MINIBATCH, QUICK, CONDITIONAL], ids=lambda r: r.name)
def test_the_images_are_those_of_the_generator_for_any_number_of_latents(recipe, few):
    state = new_state(recipe, few, seed=3)
    before = torch.random.get_rng_state()
    session = InferenceSession(to_onnx(state))
    assert torch.equal(before, torch.random.get_rng_state()) and state.generator.training
    said = session.get_modelmeta().custom_metadata_map
    classes = list(few.classes) if state.latent_has_class else []
    assert json.loads(said["noise_dim"]) == recipe.noise_dim
    assert json.loads(said["classes"]) == classes
    for count in (1, 5):
        z = state.latents(count)
        (x,) = session.run(["x"], {"z": z.numpy()})
        assert x.shape == (count, *few.shape)
        assert torch.allclose(torch.from_numpy(x), state.generate(z), atol=1e-4)


@pytest.mark.parametrize("side", [32, 64])
def test_coloured_images_of_other_sizes(few, side):
    colours = ImageSet(
        torch.zeros(8, 3, side, side, dtype=torch.uint8), few.labels[:8], few.classes
    )
    state = new_state(CONDITIONAL, colours, seed=3)
    (x,) = InferenceSession(to_onnx(state)).run(["x"], {"z": state.latents(2).numpy()})
    assert x.shape == (2, 3, side, side)


def test_what_would_do_something_else_is_not_handed_out(few, monkeypatch):
    state = new_state(QUICK, few, seed=3)
    right = portable.difference
    monkeypatch.setattr(
        portable, "difference", lambda content, g, z: right(content, lambda z: g(z) + 0.1, z)
    )
    with pytest.raises(ExportError, match="off by up to 0"):
        to_onnx(state)


@pytest.mark.parametrize("missing", ["onnxscript", "onnxruntime"])
def test_without_onnx_one_line_says_what_to_install(few, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ExportError, match="pip install onnxscript onnxruntime"):
        to_onnx(new_state(QUICK, few, seed=3))
