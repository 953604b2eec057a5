"""A folder of pictures, of any size and kind, as one set of images.

The layout is torchvision's ImageFolder: a folder for each class, with pictures anywhere below it;
or pictures alone, which have no labels. Every tenth is held out as the test set, unless the folder
has the folders `train` and `test` of its own.
"""

import os
import statistics
import warnings
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageOps
from torchvision.transforms import v2

from gan_lib.machine.limits import share_of_cores
from gan_lib.sources.imageset import DataError, ImageSet

SIZES = (28, 32, 64)  # pixels a side, of what the networks are made for
LEAST = 16  # pictures; from fewer nothing can be learnt but they themselves
HELD_OUT = 10  # of so many pictures, one is
GREY = 12  # levels by which the channels of a grey picture may differ, after a lossy file
JUNK = {"__MACOSX", "Thumbs.db", "desktop.ini"}  # beside all names that begin with a dot


class Found(NamedTuple):
    """A file, and what its place says of it."""

    path: Path
    label: str  # the name of its class; "" where there is none
    split: str


class Picture(NamedTuple):
    """What became of a file: levels (3, S, S) uint8, or None, and words on what was done to it."""

    levels: torch.Tensor | None
    remark: str = ""


class Everything(NamedTuple):
    """All pictures of a folder, of both splits."""

    images: torch.Tensor  # (N, C, S, S)
    found: list[Found]
    classes: tuple[str, ...]
    notes: tuple[str, ...]


def from_pictures(
    folder: str | Path, split: str = "train", size: int | None = None, names: Iterable[str] = ()
) -> ImageSet:
    """The pictures in a folder as a set of images: cropped to the middle, and `size` pixels a side.

    Without a `size`, one of `SIZES` is chosen: 28 if half of them are as small, else 32; ask for
    64. Grey if all pictures are grey, else in colour. What was left out or changed stands in its
    notes. Raises `DataError` for another size or split, for fewer than `LEAST` pictures, and for
    what is no folder; then it names the data sets that have `names`.
    """
    path = Path(os.path.abspath(os.path.expanduser(str(folder))))
    if path.is_file():
        raise DataError(f"{folder} is a file: name the folder that it is in.")
    if os.path.dirname(str(folder)) and not path.exists():
        raise DataError(f"The folder {folder} does not exist.")
    if split not in ("train", "test"):
        raise DataError(f"there is no split {split!r} of {str(folder)!r}: choose train or test")
    if not str(folder) or not path.is_dir():
        raise DataError(
            f"there is no data set {str(folder)!r}, and no folder of that name in {Path.cwd()}; "
            f"choose one of {', '.join([*names, 'a folder of pictures'])}"
        )
    if size not in (None, *SIZES):
        raise DataError(f"Images have {', '.join(map(str, SIZES))} pixels a side here, not {size}.")
    files = tuple(_files(path))
    newest = max((found.path.stat().st_mtime_ns for found in files), default=0)
    everything = _read(path, size, files, newest)
    rows = [i for i, found in enumerate(everything.found) if found.split == split]
    if not rows:
        raise DataError(f"The folder {path.name} holds no picture for the split {split}.")
    labels = None
    if everything.classes:
        numbers = [everything.classes.index(everything.found[i].label) for i in rows]
        labels = torch.tensor(numbers)
    images, name, source = everything.images[rows], f"pictures in {path.name}", f"{folder}"
    return ImageSet(images, labels, everything.classes, name, split, source, everything.notes)


def _files(path: Path) -> Iterable[Found]:
    """All files below `path` but for junk, in the order of their names."""
    apart = all((path / split).is_dir() for split in ("train", "test"))
    roots = [path / split for split in ("train", "test")] if apart else [path]
    number = 0
    for root in roots:
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(f for f in folders if f not in JUNK and not f.startswith("."))
            below = Path(folder).relative_to(root).parts
            for name in sorted(names):
                if name not in JUNK and not name.startswith("."):
                    held_out = number % HELD_OUT == HELD_OUT - 1
                    split = root.name if apart else "test" if held_out else "train"
                    number += 1
                    yield Found(Path(folder, name), below[0] if below else "", split)


@lru_cache(maxsize=2)  # train and test are mostly asked for in turn
def _read(path: Path, size: int | None, files: tuple[Found, ...], newest: int) -> Everything:
    with ThreadPoolExecutor(share_of_cores()) as pool:
        if size is None:
            sides = [side for side in pool.map(_shorter_side, files) if side]
            size = 28 if sides and statistics.median(sides) <= 28 else 32
        pictures = list(pool.map(partial(_picture, size=size), files))
    notes = _left_out(files, pictures)
    kept = [(f, p) for f, p in zip(files, pictures) if p.levels is not None]
    labelled = [pair for pair in kept if pair[0].label]
    classes = sorted({found.label for found, _ in labelled})
    if len(classes) == 1:
        notes.append(
            f"A single class, {classes[0]}, tells nothing: taken as pictures without one. "
            "Are there classes in it? Then name that folder itself."
        )
    elif classes and len(labelled) < len(kept):
        loose = len(kept) - len(labelled)
        notes.append(f"{_so_many(loose, 'picture')} beside the folders of the classes left out.")
        kept = labelled
    if len(kept) < LEAST:
        raise DataError("; ".join(
            [f"The folder {path.name} holds {_so_many(len(kept), 'picture')}, and it takes {LEAST}",
             *(note.rstrip(".") for note in notes)]) + ".")  # fmt: skip
    changed = Counter(picture.remark for _, picture in kept if picture.remark)
    notes += [f"{_so_many(count, 'picture')} {remark}." for remark, count in changed.items()]
    images = torch.stack([picture.levels for _, picture in kept])
    if ((images.amax(1).int() - images.amin(1)) <= GREY).all():
        images = images[:, 1:2].contiguous()
    classes = classes if len(classes) > 1 else ()
    return Everything(images, [found for found, _ in kept], tuple(classes), tuple(notes))


def _left_out(files: tuple[Found, ...], pictures: list[Picture]) -> list[str]:
    """A note that names the files that are none, or are damaged: three of them, and how many."""
    out = [(f, p.remark) for f, p in zip(files, pictures) if p.levels is None]
    if not out:
        return []
    named = ", ".join(f"{found.path.name} ({remark})" for found, remark in out[:3])
    more = f" and {len(out) - 3:,} more" if len(out) > 3 else ""
    return [f"{_so_many(len(out), 'file')} of {len(files):,} left out: {named}{more}."]


def _so_many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _shorter_side(found: Found) -> int:
    """In pixels; 0 for what is no picture."""
    try:
        with Image.open(found.path) as image:
            return min(image.size)
    except Exception:
        return 0


def _picture(found: Found, size: int) -> Picture:
    try:
        with warnings.catch_warnings(), Image.open(found.path) as image:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image.draft("RGB", (2 * size, 2 * size))  # a large JPEG is decoded smaller, and faster
            moving = getattr(image, "n_frames", 1) > 1
            image, remark = _in_colour(ImageOps.exif_transpose(image))
            if min(image.size) * 20 < max(image.size):
                return Picture(None, f"{image.width} x {image.height}: too narrow")
            small = v2.CenterCrop(size)(v2.Resize(size)(image))
            levels = torch.from_numpy(np.array(small)).permute(2, 0, 1)
            return Picture(levels, "moving: its first frame" if moving else remark)
    except Image.UnidentifiedImageError:
        return Picture(None, "no picture")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return Picture(None, "too large")
    except Exception as error:  # whatever a damaged file does to a decoder
        return Picture(None, f"damaged: {type(error).__name__}")


def _in_colour(image: Image.Image) -> tuple[Image.Image, str]:
    """The picture with three channels of eight bits, and what was done to it, if anything."""
    if image.mode.startswith(("I", "F")):  # more than 256 levels
        levels = np.asarray(image, dtype=np.float64)
        most = 65535 if levels.max() > 255 else 255 if levels.max() > 1 else 1
        image = Image.fromarray((levels.clip(0, most) * (255 / most)).round().astype(np.uint8))
        return image.convert("RGB"), "of more than 256 levels brought to 256"
    if image.has_transparency_data:
        image = image.convert("RGBA")
        on_white = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        return on_white.convert("RGB"), "on a clear ground laid on white"
    return image.convert("RGB"), ""
