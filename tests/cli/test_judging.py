"""`evaluate` and `confidence`: of which images they speak, and what they refuse."""

import pytest
import torch

from gan_lib.cli.commands import main
from gan_lib.data import ImageSet
from gan_lib.keeping import checkpoints
from gan_lib.recipes import QUICK
from gan_lib.state import new_state

SHIRTS = ("shirt", "shoe")


@pytest.fixture
def fashionable(tmp_path, monkeypatch):
    """A pair that has seen Fashion-MNIST; of it there is a small one, in colour."""
    asked = []

    def load(name, split, root):
        asked.append(name)
        draw = torch.Generator().manual_seed(len(split))
        images = torch.randint(256, (90, 3, 16, 16), dtype=torch.uint8, generator=draw)
        return ImageSet(images, torch.arange(90) % 2, SHIRTS, "Fashion-MNIST", split)

    monkeypatch.setattr("gan_lib.data.load", load)
    state = new_state(QUICK, load("fashion-mnist", "train", None), 1, "cpu")
    path = checkpoints.save(state, tmp_path, {"data": "Fashion-MNIST train 60000"})
    asked.clear()
    return str(path), asked


def test_confidence_is_of_the_images_that_the_pair_was_trained_on(fashionable, tmp_path, capsys):
    path, asked = fashionable
    picture = tmp_path / "verdicts.png"
    assert main(["confidence", path, "--count", "16", "--out", str(picture)]) == 0
    assert asked == ["fashion-mnist"] and picture.stat().st_size > 1000
    assert "Of 90 of each kind, D is right about" in capsys.readouterr().out


def test_evaluate_refuses_what_is_no_digit_in_one_line(fashionable, capsys):
    path, asked = fashionable
    assert main(["evaluate", path, "--json"]) == 1
    assert set(asked) == {"fashion-mnist"}
    (line,) = capsys.readouterr().err.splitlines()
    assert "cannot look at Fashion-MNIST, (3, 16, 16)" in line
