"""KMNIST and its like: read where torchvision puts them, downloaded whole, and clear where not."""

import hashlib
import struct

import numpy as np
import pytest
import torch
from small_mnist import files_below, mirror, packed, put
from torchvision.datasets import KMNIST

from gan_lib.data import DataError, load
from gan_lib.sources import relatives

pytestmark = pytest.mark.usefixtures("alone")
LEVELS = np.random.default_rng(0).integers(0, 256, (30, 28, 28)).astype(np.uint8)
LABELS = (np.arange(30) % 10).astype(np.uint8)


def idx(array, kind=8):
    head = struct.pack(f">BBBB{array.ndim}i", 0, 0, kind, array.ndim, *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


BOTH = {"images-idx3-ubyte": idx(LEVELS), "labels-idx1-ubyte": idx(LABELS)}
FILES = {f"{half}-{part}": content for half in ("train", "t10k") for part, content in BOTH.items()}


def kmnist(root):
    return put(root, FILES, "KMNIST/raw")


def nobody(handler):
    """No request is refused."""


def test_kmnist_is_read_from_a_folder_with_the_names_of_its_characters(tmp_path, monkeypatch):
    data = load("kmnist", "train", kmnist(tmp_path))
    assert (data.images[:, 0].numpy() == LEVELS).all()
    assert data.classes[:3] == ("o", "ki", "su") and data.labels[:11].tolist() == [*range(10), 0]
    monkeypatch.setenv("GAN_LIB_DATA", str(tmp_path))
    assert load("KMNIST", "test").source == "the folder in $GAN_LIB_DATA"


def test_emnist_stands_upright_and_has_letters(tmp_path):
    files = {
        "emnist-balanced-train-images-idx3-ubyte": idx(LEVELS.transpose(0, 2, 1).copy()),
        "emnist-balanced-train-labels-idx1-ubyte": idx(LABELS + 30),
    }
    data = load("emnist", "train", put(tmp_path, files, "EMNIST/raw"))
    assert (data.images[:, 0].numpy() == LEVELS).all()
    assert len(data.classes) == 47 and data.classes[data.labels[0]] == "U"


def test_qmnist_takes_the_digit_from_what_it_tells_of_each(tmp_path):
    about = np.zeros((30, 8), np.int32)
    about[:, 0] = LABELS
    files = {
        "qmnist-train-images-idx3-ubyte": idx(LEVELS),
        "qmnist-train-labels-idx2-int": idx(about, kind=12),
    }
    data = load("qmnist", "train", put(tmp_path, files, "QMNIST/raw"))
    assert data.labels.tolist() == LABELS.tolist() and data.classes == tuple("0123456789")


def test_what_lacks_and_what_is_damaged_is_one_line(tmp_path):
    with pytest.raises(DataError, match="lacks KMNIST, which belongs at ROOT/KMNIST/raw"):
        load("kmnist", "train", tmp_path)
    path = kmnist(tmp_path) / "KMNIST" / "raw" / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(DataError, match="has a damaged KMNIST") as error:
        load("kmnist", "train", tmp_path)
    assert "\n" not in str(error.value)
    with pytest.raises(DataError, match="cannot be downloaded"):
        load("emnist")


def test_a_download_appears_whole_in_the_cache_or_not_at_all(tmp_path, monkeypatch):
    names = [f"{name}.gz" for name in FILES]
    sums = [hashlib.md5(packed(content)).hexdigest() for content in FILES.values()]
    monkeypatch.setattr(KMNIST, "resources", list(zip(names, sums)))
    monkeypatch.setattr(relatives, "cache_folder", lambda: tmp_path)
    cut = {names[1]: slice(-9)}
    with mirror(FILES, lambda name, content: content[cut.get(name, slice(None))], nobody) as server:
        monkeypatch.setattr(KMNIST, "mirrors", [server.url])
        ours = relatives.RELATIVES["kmnist"]._replace(address=server.url + names[0])
        monkeypatch.setitem(relatives.RELATIVES, "kmnist", ours)
        with pytest.raises(DataError, match="cannot be downloaded"):
            load("kmnist")
        assert not any("ubyte" in name for name in files_below(tmp_path))
        cut.clear()
        assert load("kmnist").source == "a download into the cache folder"
    assert load("kmnist", "test").source == "the cache folder"
    assert torch.equal(load("kmnist").images[:, 0], torch.from_numpy(LEVELS))
