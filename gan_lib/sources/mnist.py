"""MNIST and Fashion-MNIST in a folder: found under the names that people have them by, and checked.

torchvision's place for a file is ROOT/MNIST/raw/train-images-idx3-ubyte. It may also be packed
(.gz), have a dotted name (train-images.idx3-ubyte) or lie higher up.

No file is used before its SHA-256 is checked: a damaged image would not stop a training, only spoil
what it teaches. Notebook "Data" builds the reading by hand.
"""

import gzip
import hashlib
import os
import zlib
from contextlib import suppress
from itertools import product
from pathlib import Path

import torch
from torch import Tensor
from torchvision.datasets import MNIST, FashionMNIST

from gan_lib.sources.imageset import DataError, ImageSet

DATASETS = {"MNIST": MNIST, "Fashion-MNIST": FashionMNIST}  # torchvision's: folder, classes, URLs
PREFIX = {"train": "train", "test": "t10k"}  # how the names of a split's files begin
PARTS = ("images-idx3-ubyte", "labels-idx1-ubyte")
FILES = [f"{prefix}-{part}" for prefix in PREFIX.values() for part in PARTS]
SUMS = {  # SHA-256 of FILES, unpacked, in the same order
    "MNIST": """ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db
        65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5
        0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7
        ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2""",
    "Fashion-MNIST": """c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888
        bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9
        5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b
        0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34""",
}
KNOWN = {
    one: (title, name) for title, sums in SUMS.items() for name, one in zip(FILES, sums.split())
}
IMAGE_HEADER, LABEL_HEADER = 16, 8  # bytes before the first pixel, before the first label


def from_folder(title: str, split: str, folder: str | Path, variable: str = "") -> ImageSet:
    """The images in a folder that the user named, in a `variable` perhaps.

    Raises `DataError` with the whole path, what was found there, and what was expected.
    """
    path = Path(os.path.abspath(os.path.expanduser(folder)))
    try:
        return read(title, split, path, f"the folder {f'in {variable}' if variable else folder}")
    except DataError as error:
        place = f"the folder in {variable} ({path})" if variable else f"the folder {path}"
        todo = ""
        with suppress(OSError):  # no folder, or one that may not be looked into
            names = sorted(os.listdir(path))
            more = f" and {len(names) - 4:,} more" if len(names) > 4 else ""
            todo = f"; it holds {', '.join(names[:4]) or 'nothing'}{more}"
        if not variable:  # else other places follow, and the last one says what to do
            todo += f"; put the whole files at {layout(title, split)}"
        raise DataError(f"{place} {error}{todo}") from error


def read(title: str, split: str, root: Path, source: str) -> ImageSet:
    """The images of a split in a folder; `source` is what they shall say of where they came from.

    Raises `DataError` with what is wrong, as a phrase that goes on from the name of the folder.
    """
    if not os.path.isdir(root):
        raise DataError("is a file, not a folder" if os.path.exists(root) else "does not exist")
    found = [find(title, name, root) for name in files_of(split)]
    if faults := [fault for _, fault in found if fault]:
        if all(fault.startswith("lacks ") for fault in faults):
            faults[1:] = [fault.removeprefix("lacks ") for fault in faults[1:]]
        raise DataError(" and ".join(faults))
    images, labels = (bytearray(content) for content, _ in found)  # a tensor may be written to
    pixels = torch.frombuffer(images, dtype=torch.uint8, offset=IMAGE_HEADER).view(-1, 28, 28)
    labels = torch.frombuffer(labels, dtype=torch.uint8, offset=LABEL_HEADER)
    return image_set(title, split, source, pixels, labels)


def image_set(
    title: str, split: str, source: str, pixels: Tensor, labels: Tensor, *notes: str
) -> ImageSet:
    """The `ImageSet` of pixels (N, 28, 28) uint8 and labels (N,), with the names of the classes."""
    classes = tuple(name.split(" - ")[0] for name in DATASETS[title].classes)  # "7 - seven" → "7"
    return ImageSet(pixels.unsqueeze(1), labels.long(), classes, title, split, source, notes)


def files_of(split: str) -> list[str]:
    """The names of the two files of a split: of its images, and of its labels."""
    return [f"{PREFIX[split]}-{part}" for part in PARTS]


def find(title: str, name: str, root: Path) -> tuple[bytes, str]:
    """The content, unpacked, of the file `name` (one of `FILES`) below `root`, and "".

    Where there is no whole one: nothing, and a phrase that says what is there instead. Whether a
    file is packed its first bytes say: browsers unpack one and keep the ".gz", or the other way.
    """
    folder, faults = DATASETS[title].__name__, []
    folders = (f"{folder}/raw/", f"{folder}/", "raw/", "")
    names = (name, name.replace("-idx", ".idx"))
    for below, spelt, end in product(folders, names, ("", ".gz")):
        where = below + spelt + end
        try:
            content = Path(root, where).read_bytes()
            if content.startswith(b"\x1f\x8b"):
                content = gzip.decompress(content)
            fault = fault_of(content, title, name, where)
        except FileNotFoundError:
            continue
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            fault = f"has a damaged {where}: it cannot be unpacked ({in_words(error)})"
        except OSError as error:
            fault = f"lacks {where} ({in_words(error)})"
        if not fault:
            return content, ""
        faults.append(fault)
    return b"", next(iter(faults), f"lacks {folder}/raw/{name}")


def fault_of(content: bytes, title: str, name: str, where: str) -> str:
    """What is wrong with what should be the file `name` (one of `FILES`); "" if nothing is."""
    found = hashlib.sha256(content).hexdigest()
    known = KNOWN.get(found)
    if known == (title, name):
        return ""
    if known:
        return "has {}'s {} at {}".format(*known, where)
    return f"has a damaged {where}: SHA-256 {found[:12]}…"


def layout(title: str, split: str) -> str:
    """Where the files of a split belong, below a folder that is called ROOT."""
    return " and ".join(f"ROOT/{DATASETS[title].__name__}/raw/{name}" for name in files_of(split))


def in_words(error: Exception) -> str:
    """Why, on one line and without the path that an `OSError` would show."""
    if isinstance(inner := getattr(error, "reason", None), Exception):
        error = inner  # urllib wraps the error that matters
    return " ".join(str(getattr(error, "strerror", None) or error).split())
