"""A generator in ONNX makes the images that it makes in PyTorch, whoever reads it."""

import json
import sys
from dataclasses import replace

import pytest
import torch
from onnxruntime import InferenceSession

from gan_lib.data import ImageSet
from gan_lib.keeping import portable
from gan_lib.keeping.portable import ExportError, to_onnx
from gan_lib.recipes import CLUSTERED, CONDITIONAL, MINIBATCH, MLP, QUICK
from gan_lib.sources.stacked import stack
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


@pytest.mark.parametrize("stacked", [False, True])
def test_the_file_says_what_a_latent_of_clusters_is_made_of(few, stacked):
    images = stack(few) if stacked else few
    session = InferenceSession(to_onnx(new_state(replace(CLUSTERED, clusters=4), images, seed=3)))
    about = session.get_modelmeta().custom_metadata_map.items()
    said = {name: json.loads(value) for name, value in about}
    assert said["classes_at_once"] == (3 if stacked else 1)
    numbers = said["noise_dim"] + said["classes_at_once"] * len(said["classes"])
    assert session.get_inputs()[0].shape[1] == numbers


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
