"""MNIST in a folder: every name it is found by, and what a message says where it is not."""

import gzip
import os
import shutil
from pathlib import Path

import pytest
import torch
from small_mnist import FULL, IMAGES, LABELS, RAW, check_shapes, needs_full, one_line, packed, put
from torchvision.datasets import MNIST

from gan_lib.data import DataError, load

FASHION = Path("/usr/share/datasets/fashion-mnist")
pytestmark = pytest.mark.usefixtures("alone")
needs_fashion = pytest.mark.skipif(
    not FASHION.is_dir(), reason="Debian's dataset-fashion-mnist is not installed"
)


# --- The full sets ------------------------------------------------------------------------------


@needs_full
@pytest.mark.parametrize(("split", "count"), [("train", 60_000), ("test", 10_000)])
def test_full_mnist_is_what_torchvision_reads(monkeypatch, split, count):
    monkeypatch.setenv("GAN_LIB_DATA", FULL)
    images = load("mnist", split)
    check_shapes(images, count)
    oracle = MNIST(os.path.expanduser(FULL), train=split == "train")
    assert torch.equal(images.images[:, 0], oracle.data)
    assert torch.equal(images.labels, oracle.targets)
    which = {"train": "training", "test": "test"}[split]
    head = f"MNIST, {which} set: {count:,} images from the folder in $GAN_LIB_DATA"
    assert str(images) == repr(images) == head


@needs_fashion
def test_fashion_mnist_from_debians_package(tmp_path):
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for archive in FASHION.glob("*.gz"):
        with gzip.open(archive) as content, open(raw / archive.stem, "wb") as unpacked:
            shutil.copyfileobj(content, unpacked)
    for split, count in (("train", 60_000), ("test", 10_000)):
        images = load("fashion-mnist", split, tmp_path)
        check_shapes(images, count)
        assert images.name == "Fashion-MNIST" and images.classes[9] == "Ankle boot"
        assert images.labels.bincount().tolist() == [count // 10] * 10
    with pytest.raises(DataError, match="lacks MNIST/raw/train-images"):
        load("mnist", "train", tmp_path)


@needs_fashion
def test_fashion_mnist_is_read_where_debian_puts_it():
    check_shapes(load("fashion-mnist", "test", FASHION), 10_000)
    with pytest.raises(DataError) as error:
        load("mnist", "test", FASHION)
    name = "t10k-images-idx3-ubyte"
    assert f"has Fashion-MNIST's {name} at {name}.gz" in one_line(error)


# --- Names and places that people have the files by ---------------------------------------------

SPELLINGS = {"dashes": str, "dots": lambda name: name.replace("-idx", ".idx")}


@pytest.mark.parametrize("below", [RAW, "MNIST", "raw", "."])
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("zipped", [False, True])
def test_it_is_found(small, tmp_path, below, spelling, zipped):
    def name(file):
        return SPELLINGS[spelling](file) + (".gz" if zipped else "")

    files = {name(file): packed(c) if zipped else c for file, c in small.items()}
    images = load(root=put(tmp_path / "root", files, below))
    assert images.images.numpy().tobytes() == small[IMAGES][16:]
    assert images.labels.tolist() == list(small[LABELS][8:])
    assert len(load(split="test", root=tmp_path / "root")) == 20


@pytest.mark.parametrize("named", [".", "MNIST", RAW])
def test_a_folder_below_the_root_may_be_named(small, tmp_path, named):
    images = load(root=put(tmp_path, small) / named)
    assert len(images) == 60 and images.source == f"the folder {tmp_path / named}"


def test_a_file_may_be_packed_whatever_its_name_says(small, tmp_path):
    mixed = {f"{IMAGES}.gz": small[IMAGES], LABELS: packed(small[LABELS])}
    assert len(load(root=put(tmp_path / "root", mixed))) == 60


def test_a_whole_file_is_found_beside_a_damaged_one(small, tmp_path):
    root = put(tmp_path / "root", {**small, IMAGES: small[IMAGES][:-1]})
    (root / RAW / f"{IMAGES}.gz").write_bytes(packed(small[IMAGES]))
    assert len(load(root=root)) == 60


def test_a_folder_may_have_the_name_of_a_file(small, tmp_path):
    dotted = {name.replace("-idx", ".idx"): content for name, content in small.items()}
    root = put(tmp_path / "root", dotted)
    (root / RAW / IMAGES).mkdir()  # some programs unpack an archive into a folder of its name
    assert len(load(root=root)) == 60


def test_one_split_needs_no_file_of_the_other(small, tmp_path):
    files = {name: content for name, content in small.items() if name.startswith("train")}
    root = put(tmp_path / "root", files)
    assert len(load(root=root)) == 60
    with pytest.raises(DataError, match="lacks MNIST/raw/t10k-images-idx3-ubyte"):
        load(split="test", root=root)


def test_an_unchecked_file_of_the_old_format_is_not_used(small, tmp_path):
    root = put(tmp_path / "root", small)
    (root / "MNIST" / "processed").mkdir()
    forged = torch.zeros(7, 28, 28, dtype=torch.uint8), torch.zeros(7, dtype=torch.int64)
    for name in ("training.pt", "test.pt"):
        torch.save(forged, root / "MNIST" / "processed" / name)
    assert len(MNIST(root)) == 7  # what torchvision's class would have given
    assert len(load(root=root)) == 60


# --- Files that are no good ---------------------------------------------------------------------


def test_one_that_is_damaged_and_one_that_lacks_are_told_apart(small, tmp_path):
    root = put(tmp_path / "root", {IMAGES: small[IMAGES][:-1]})
    said = rf"damaged {RAW}/{IMAGES}: SHA-256 \w+… and lacks {RAW}/{LABELS}; it holds"
    with pytest.raises(DataError, match=said):
        load(root=root)


def test_damaged_labels_are_refused_too(small, tmp_path):
    root = put(tmp_path / "root", {**small, LABELS: small[LABELS][:-1] + b"\x0b"})
    with pytest.raises(DataError, match=f"damaged {RAW}/{LABELS}: SHA-256"):
        load(root=root)


@pytest.mark.parametrize("kept", [slice(300), slice(-4)])
def test_a_packed_file_that_was_cut_is_refused(small, tmp_path, kept):
    files = {f"{IMAGES}.gz": packed(small[IMAGES])[kept], LABELS: small[LABELS]}
    with pytest.raises(DataError) as error:
        load(root=put(tmp_path / "root", files))
    assert f"has a damaged {RAW}/{IMAGES}.gz: it cannot be unpacked (" in one_line(error)


def test_altered_content_of_a_packed_file_is_refused(small, tmp_path):
    forged = packed(small[IMAGES][:-1] + b"\x01")
    files = {f"{IMAGES}.gz": forged, LABELS: small[LABELS]}
    with pytest.raises(DataError, match=f"damaged {RAW}/{IMAGES}.gz: SHA-256"):
        load(root=put(tmp_path / "root", files))


def test_files_of_another_name_or_data_set_are_recognised(small, tmp_path):
    put(tmp_path / "swapped", {IMAGES: small[LABELS], LABELS: small[IMAGES]})
    with pytest.raises(DataError) as error:
        load(root=tmp_path / "swapped")
    assert f"has MNIST's {LABELS} at {RAW}/{IMAGES} and has MNIST's" in one_line(error)
    put(tmp_path / "other", small, "FashionMNIST/raw")
    with pytest.raises(DataError, match=f"has MNIST's {IMAGES} at FashionMNIST/raw/{IMAGES}"):
        load("fashion-mnist", root=tmp_path / "other")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read it all")
@pytest.mark.parametrize("forbidden", [f"{RAW}/{IMAGES}", RAW, "."])
def test_what_may_not_be_read(small, tmp_path, forbidden):
    root = put(tmp_path / "root", small)
    (root / forbidden).chmod(0)
    try:
        with pytest.raises(DataError, match="Permission denied") as error:
            load(root=root)
        one_line(error)
    finally:
        (root / forbidden).chmod(0o700)


# --- What to do ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "said"),
    [("", "nothing"), ("b.csv", "b.csv"), ("f e d c b a", "a, b, c, d and 2 more")],
)
def test_a_message_says_what_is_there_and_what_is_expected(tmp_path, names, said):
    put(tmp_path, dict.fromkeys(names.split(), b""), "root")
    with pytest.raises(DataError) as error:
        load(root=tmp_path / "root")
    assert one_line(error) == (
        f"the folder {tmp_path / 'root'} lacks {RAW}/{IMAGES} and {RAW}/{LABELS}; it holds "
        f"{said}; put the whole files at ROOT/{RAW}/{IMAGES} and ROOT/{RAW}/{LABELS}"
    )
