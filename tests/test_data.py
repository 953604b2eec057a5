"""`load`: which place it takes, what it says of that, and what of the places it passed over."""

import dataclasses
from pathlib import Path

import pytest
from small_mnist import CASES, IMAGES, RAW, no_good, one_line, put

from gan_lib import data
from gan_lib.data import DataError, load
from gan_lib.sources import imageset

pytestmark = pytest.mark.usefixtures("alone")


def test_unknown_names_list_the_choices():
    said = "stacked-mnist, kmnist, emnist, qmnist, a folder of pictures"
    for name in ("cifar", None, ""):
        with pytest.raises(DataError, match=f"no data set '{name}', and no folder.*{said}"):
            load(name)
    for wrong in [("mnist", "valid"), ("stacked-mnist", "")]:
        with pytest.raises(DataError, match=f"no split '{wrong[1]}' of .*choose train or test"):
            load(*wrong)
    assert load("MNIST").name == "MNIST"


def test_the_names_that_users_need_are_here():
    assert data.ImageSet is imageset.ImageSet and data.DataError is imageset.DataError


def test_no_path_of_the_machine_is_shown(monkeypatch, tmp_path, small):
    assert str(tmp_path) not in str(load())
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert "the cache ~/cache/gan_lib " in str(load()) and str(tmp_path) not in str(load())
    monkeypatch.setenv("GAN_LIB_DATA", str(put(tmp_path / "root", small)))
    assert str(load()) == "MNIST, training set: 60 images from the folder in $GAN_LIB_DATA"


def test_a_good_root_is_read(small, tmp_path, monkeypatch):
    root = put(tmp_path / "root", small)
    monkeypatch.setenv("GAN_LIB_DATA", "/nonexistent")  # a root that is given comes first
    images = load(root=root)
    assert len(images) == 60 and images.source == f"the folder {root}" and images.notes == ()
    assert len(load(split="test", root=str(root))) == 20
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # what Windows calls it
    assert load(root="~/root").source == "the folder ~/root"
    with pytest.raises(dataclasses.FrozenInstanceError):
        images.source = "elsewhere"


@pytest.mark.parametrize("case", CASES)
def test_a_root_that_is_no_good_is_refused(small, tmp_path, case):
    said = no_good(case, tmp_path / "root", small)
    with pytest.raises(DataError) as error:
        load(root=tmp_path / "root")
    message = one_line(error)
    assert message.startswith(f"the folder {tmp_path / 'root'} ") and said in message
    assert f"ROOT/{RAW}/{IMAGES} and ROOT/{RAW}/train-labels-idx1-ubyte" in message


@pytest.mark.parametrize("case", CASES)
def test_a_variable_that_is_no_good_is_passed_over(small, tmp_path, monkeypatch, case):
    said = no_good(case, tmp_path / "root", small)
    monkeypatch.setenv("GAN_LIB_DATA", str(tmp_path / "root"))
    images = load()
    assert len(images) == 4500 and images.source == "the bundled sample"
    start = f"the folder in $GAN_LIB_DATA ({tmp_path / 'root'}) "
    assert images.notes[0].startswith(start) and said in images.notes[0]
    assert "no download server" in images.notes[2] and len(images.notes) == 4


def test_an_empty_variable_is_none(monkeypatch):
    monkeypatch.setenv("GAN_LIB_DATA", "")
    assert not any("$GAN_LIB_DATA" in note for note in load().notes)


def test_a_relative_folder_starts_at_the_working_directory(small, tmp_path, monkeypatch):
    put(tmp_path / "here" / "root", small)
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("GAN_LIB_DATA", "root")
    assert len(load()) == 60 and len(load(root="root")) == 60
    assert load().notes == () and load(root="./root").source == "the folder ./root"
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "there")
    missing = f"({tmp_path / 'there' / 'root'}) does not exist"
    images = load()
    assert images.source == "the bundled sample" and missing in images.notes[0]
    with pytest.raises(DataError) as error:
        load(root="root")
    assert f"the folder {tmp_path / 'there' / 'root'} does not exist; " in one_line(error)


def test_nothing_is_printed(small, tmp_path, capfd):
    load(root=put(tmp_path / "root", small))
    load()
    assert capfd.readouterr() == ("", "")
