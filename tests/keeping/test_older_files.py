"""Files of format 1: a pair that still comes with the course, and one that did, kept here."""

import shutil
from pathlib import Path

import pytest
import torch
from kept import rewritten

from gan_lib.keeping import checkpoints
from gan_lib.keeping.checkpoints import CheckpointError
from gan_lib.recipes import RECIPES
from gan_lib.sources.imageset import to_levels

FILES = {
    "quick": Path(__file__).parent / "quick_of_format_1.safetensors",
    "minibatch": Path(__file__).parents[2] / "resources" / "minibatch.safetensors",
}
# What the version that wrote them made of the same two latents, a 3 and an 8 where the latent has a
# class: levels 0 to 255 of the fifteenth row, without the zeros at both ends; and its logits.
MADE = {
    "quick": (
        [(15, [97, 253, 212]), (13, [202, 253, 175])],
        [0.2007, -0.0293],
    ),
    "minibatch": (
        [(18, [1, 254, 234]), (6, [212, 255, 5, 0, 0, 0, 0, 0, 0, 0, 5, 221, 247, 201])],
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_the_same_latents_make_the_same_digits_as_ever(name):
    pair = checkpoints.read(FILES[name])
    assert pair.recipe == RECIPES[name]
    assert (pair.shape, pair.classes) == ((1, 28, 28), tuple("0123456789"))
    noise = torch.arange(2 * pair.recipe.noise_dim, dtype=torch.float64)
    noise = ((noise * 1.7).sin().float() * 1.5).view(2, -1)
    labels = torch.tensor([3, 8])
    x = pair.generate(pair.join(noise, labels))
    expected = torch.zeros(2, 28)
    rows, logits = MADE[name]
    for row, (start, levels) in zip(expected, rows):
        row[start : start + len(levels)] = torch.tensor(levels)
    assert (to_levels(x)[:, 0, 14].float() - expected).abs().max() <= 1
    found = pair.logits(x, labels)
    if logits is None:
        assert found is None
    else:
        assert torch.allclose(found, torch.tensor(logits), atol=2e-3)


def test_an_older_training_is_read_but_not_gone_on_with(tmp_path):
    path = shutil.copy(FILES["quick"], tmp_path / checkpoints.NAME)
    with pytest.raises(CheckpointError, match="of an older gan_lib.* read and sampled") as caught:
        checkpoints.resume(tmp_path, RECIPES["quick"])
    assert "\n" not in str(caught.value) and "Name a new folder." in str(caught.value)
    assert checkpoints.read(path).about["step"] == "4460"


def test_whom_it_told_the_class_still_counts(tmp_path):
    """Two choices of before are one now; one that was not stored had its default."""
    path = tmp_path / checkpoints.NAME
    shutil.copy(FILES["minibatch"], path)
    with pytest.raises(CheckpointError, match="discriminator .* told generator → nobody"):
        checkpoints.read(path, RECIPES["quick"])
    shutil.copy(FILES["quick"], path)
    rewritten(path, {"recipe": "conditional"})
    with pytest.raises(CheckpointError, match="QuickDiscriminator → .*told nobody → both"):
        checkpoints.read(path)
