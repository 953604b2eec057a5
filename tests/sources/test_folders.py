"""Pictures of one's own: every kind of file that people have, and one clear line where it fails."""

import os

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lib.data import DataError, load
from gan_lib.sources.folders import GREY, from_pictures


def noise(height, width, channels=3, seed=0):
    levels = np.random.default_rng(seed).integers(0, 256, (height, width, channels))
    return levels.astype(np.uint8).squeeze()


def write(folder, count=20, size=(40, 50), channels=3, end="png"):
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        image = Image.fromarray(noise(*size, channels, seed=number))
        image.save(folder / f"{number:02d}.{end}")
    return folder


def only(tmp_path, image, name="odd.png", **options):
    """The set of twenty black pictures, and of one that is put first; and that one."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for number in range(20):
        Image.new("L", (32, 32)).save(folder / f"{number}.png")
    image.save(folder / f"!{name}", **options)
    data = load(folder)
    return data, data.images[0]


def test_a_folder_without_classes_has_no_labels_and_every_tenth_is_held_out(tmp_path):
    write(tmp_path, 25)
    train, test = load(tmp_path), load(tmp_path, "test")
    assert (len(train), len(test)) == (23, 2)
    assert train.shape == (3, 32, 32) and train.labels is None and train.classes == ()
    both = torch.cat([train.images, test.images]).flatten(1)
    assert len(both.unique(dim=0)) == 25
    assert train.name == f"pictures in {tmp_path.name}" and train.notes == ()


def test_class_folders_give_labels_whatever_their_names_and_however_deep(tmp_path):
    write(tmp_path / "síň 你好" / "deep" / "er", 12)
    write(tmp_path / "a b", 12, end="jpg")
    (tmp_path / "empty").mkdir()
    data = load(str(tmp_path))
    assert data.classes == ("a b", "síň 你好")
    assert data.labels.bincount().tolist() == [11, 11]


def test_folders_of_their_own_for_both_splits_are_used(tmp_path):
    for split, count in (("train", 20), ("test", 6)):
        write(tmp_path / split / "cat", count), write(tmp_path / split / "dog", count)
    assert len(load(tmp_path)) == 40 and len(load(tmp_path, "test")) == 12
    assert load(tmp_path, "test").classes == ("cat", "dog")


def test_a_single_class_and_loose_pictures_are_said(tmp_path):
    write(tmp_path / "cat")
    (note,) = load(tmp_path).notes
    assert load(tmp_path).labels is None and "A single class, cat" in note
    write(tmp_path / "dog"), write(tmp_path, 1)
    (note,) = load(tmp_path).notes
    assert note == "1 picture beside the folders of the classes left out."
    assert len(load(tmp_path)) + len(load(tmp_path, "test")) == 40


@pytest.mark.parametrize(("sides", "size"), [((20, 28), 28), ((30, 29), 32), ((300, 90), 32)])
def test_the_size_is_chosen_by_the_pictures(tmp_path, sides, size):
    assert load(write(tmp_path, size=sides)).shape == (3, size, size)


def test_the_size_that_is_asked_for_is_made_and_the_middle_is_kept(tmp_path):
    write(tmp_path)
    assert load(tmp_path, size=64).shape == (3, 64, 64)
    with pytest.raises(DataError, match="28, 32, 64 pixels a side here, not 30"):
        load(tmp_path, size=30)
    with pytest.raises(DataError, match="no split 'all' of 'mnist'"):
        load("mnist", "all")
    wide = np.zeros((32, 96, 3), np.uint8)
    wide[:, 32:64] = 200
    Image.fromarray(wide).save(tmp_path / "!wide.png")
    assert (load(tmp_path).images[0] == 200).all()


@pytest.mark.parametrize("end", ["png", "jpg"])
def test_pictures_that_are_grey_in_three_channels_are_grey(tmp_path, end):
    folder = tmp_path / "grey"
    folder.mkdir()
    for number in range(20):
        levels = np.repeat(noise(40, 40, 1, number)[..., None], 3, 2)
        Image.fromarray(levels).save(folder / f"{number}.{end}")
    assert load(folder).shape[0] == 1
    Image.new("RGB", (40, 40), (0, 0, GREY + 40)).save(folder / "blue.png")
    assert load(folder).shape[0] == 3


def test_sixteen_bits_become_eight(tmp_path):
    ramp = np.linspace(0, 65535, 32).round().astype(np.uint16)
    data, image = only(tmp_path, Image.fromarray(np.tile(ramp, (32, 1))))
    expected = torch.from_numpy((ramp / 257.0).round()).to(torch.uint8)
    assert data.shape == (1, 32, 32) and (image[0] == expected).all()
    assert data.notes == ("1 picture of more than 256 levels brought to 256.",)


def test_what_is_clear_is_laid_on_white(tmp_path):
    data, image = only(tmp_path, Image.new("RGBA", (32, 32), (255, 0, 0, 0)))
    assert (image == 255).all() and data.notes == ("1 picture on a clear ground laid on white.",)


def test_of_what_moves_the_first_frame_is_taken(tmp_path):
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    data, image = only(tmp_path, frames[0], "moving.gif", save_all=True, append_images=frames[1:])
    assert image[0].min() > 200 and image[2].max() < 50
    assert data.notes == ("1 picture moving: its first frame.",)


def test_what_a_camera_turned_is_turned_back(tmp_path):
    turned = np.zeros((32, 32), np.uint8)
    turned[:, :8] = 255  # white on the left
    image = Image.fromarray(turned)
    exif = image.getexif()
    exif[0x112] = 6  # to be turned to the right, so that the left becomes the top
    _, seen = only(tmp_path, image, exif=exif)
    assert (seen[0, :8] == 255).all() and (seen[0, 8:] == 0).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr", "LA", "F", "I"])
def test_every_mode_is_read(tmp_path, mode):
    image = Image.new("L", (32, 32), 255).convert(mode)
    _, seen = only(tmp_path, image, "odd.tif" if mode in ("F", "I", "CMYK", "YCbCr") else "odd.png")
    assert seen.min() >= 250


def test_what_is_damaged_or_no_picture_is_named_counted_and_left_out(tmp_path):
    write(tmp_path, 20, end="jpg")
    whole = (tmp_path / "00.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 3])
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "empty.png").touch()
    Image.new("L", (900, 20)).save(tmp_path / "line.png")
    for junk in (".DS_Store", "Thumbs.db"):
        (tmp_path / junk).touch()
    (note,) = load(tmp_path).notes
    assert note.startswith("4 files of 24 left out: cut.jpg (damaged: ")
    assert "empty.png (no picture)" in note and note.endswith(" and 1 more.")


def test_too_few_are_refused_in_one_line_that_says_what_became_of_the_others(tmp_path):
    write(tmp_path, 3)
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(DataError, match=r"holds 3 pictures, and it takes 16; 1 file of 4 left out"):
        load(tmp_path)
    with pytest.raises(DataError, match="holds 0 pictures"):
        from_pictures(tmp_path / "none" if (tmp_path / "none").mkdir() else tmp_path / "none")
    with pytest.raises(DataError, match="choose one of mnist, .* a folder of pictures"):
        load("nowhere")
    with pytest.raises(DataError, match="nowhere does not exist"):
        load(tmp_path / "nowhere")
    with pytest.raises(DataError, match="a.txt is a file: name the folder"):
        load(tmp_path / "a.txt")


def test_a_folder_that_has_changed_is_read_again(tmp_path):
    write(tmp_path, 20)
    before = load(tmp_path)
    Image.new("RGB", (40, 50), "red").save(tmp_path / "00.png")
    os.utime(tmp_path / "00.png", ns=(2**62, 2**62))
    after = load(tmp_path)
    assert not torch.equal(before.images, after.images)
