"""`evaluate` and `confidence`: of which images they speak, and what they refuse."""

import json
from functools import partial

import pytest
import torch

from gan_lib.cli.commands import main
from gan_lib.data import ImageSet
from gan_lib.keeping import checkpoints
from gan_lib.measures import eyes
from gan_lib.measures.modes import FOUND, StackedYardstick
from gan_lib.recipes import CONDITIONAL, QUICK, STACKED
from gan_lib.sources.sample import load_sample
from gan_lib.sources.stacked import stack
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


def test_evaluate_refuses_too_few_images_in_one_line(fashionable, capsys):
    path, asked = fashionable
    assert main(["evaluate", path, "--json"]) == 1
    assert set(asked) == {"fashion-mnist"}
    (line,) = capsys.readouterr().err.splitlines()
    assert "no yardstick for so few images" in line


def test_other_images_are_measured_with_eyes_that_learn_on_the_spot(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(eyes, "STEPS", 30)
    clothes = {split: load_sample(split, "Fashion-MNIST") for split in ("train", "test")}
    monkeypatch.setattr("gan_lib.data.load", lambda name, split, root: clothes[split])
    state = new_state(CONDITIONAL, clothes["train"], 1, "cpu")
    path = str(checkpoints.save(state, tmp_path, {"data": "Fashion-MNIST train 1800"}))
    assert main(["evaluate", path, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "learnt these classes just now" in found["compared"] and found["images"] == 200
    readings = {reading["name"]: reading for reading in found["readings"]}
    assert readings["Fréchet distance"]["value"] > 2 * readings["Fréchet distance"]["floor"]
    assert "commonest class (%)" in readings and "obedience (%)" in readings


def test_stacks_are_measured_by_their_modes(tmp_path, monkeypatch, capsys, sample):
    train, test = map(stack, sample)
    asked = []

    def load(name, split, root):
        asked.append(name)
        return {"train": train, "test": test}[split]

    monkeypatch.setattr("gan_lib.data.load", load)
    fewer = partial(StackedYardstick, published=260, most=1000, part=500)
    monkeypatch.setattr("gan_lib.cli.judging.StackedYardstick", fewer)
    path = checkpoints.save(
        new_state(STACKED, train, 1, "cpu"), tmp_path, {"data": "Stacked-MNIST train 60000"}
    )
    assert main(["evaluate", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(asked) == {"stacked-mnist"} and found["images"] == 1000
    values = {reading["name"]: reading["value"] for reading in found["readings"]}
    assert len(values) == 6 and values[FOUND] < 200  # nothing has been learnt
    assert main(["evaluate", str(path)]) == 0
    assert "1,000 images, 500 for the distance" in capsys.readouterr().out
