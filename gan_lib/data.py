"""Images in: MNIST or Fashion-MNIST as one float tensor in [-1, 1], with its labels.

`load` takes the first place that has the files, and the set it returns says which and why:
1. the folder given as `root`,   2. the folder in $GAN_LIB_DATA,   3. the user's cache folder,
4. a download into that cache,   5. the sample of 5,000 real MNIST digits in `resources`.

No file is used before its SHA-256 is checked: a damaged image would not stop a training, only spoil
what it teaches. Notebook 01 builds the reading and the scaling by hand.
"""

import hashlib
import os
import shutil
import socket
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from urllib.request import Request, urlopen

import numpy as np
import platformdirs
import torch
from torchvision.datasets import MNIST, FashionMNIST
from torchvision.datasets.mnist import read_image_file, read_label_file
from torchvision.datasets.utils import download_and_extract_archive

from gan_lib import UserError

PROBE_SECONDS = 4.0  # a room without a network shall know it within five seconds
STALL_SECONDS = 15.0  # a download that receives nothing for this long is given up
DATASETS = {"MNIST": MNIST, "Fashion-MNIST": FashionMNIST}  # torchvision's: mirrors, MD5, folder
PREFIX = {"train": "train", "test": "t10k"}  # how the names of a split's files begin
PARTS = ("images-idx3-ubyte", "labels-idx1-ubyte")
FILES = [f"{prefix}-{part}" for prefix in PREFIX.values() for part in PARTS]
SIZES = (47_040_016, 60_008, 7_840_016, 10_008)  # of FILES, unpacked, in bytes
SHA256 = {  # of FILES, unpacked, in the same order
    "MNIST": """ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db
        65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5
        0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7
        ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2""",
    "Fashion-MNIST": """c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888
        bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9
        5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b
        0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34""",
}
SAMPLE = Path(__file__).parents[1] / "resources" / "mnist_sample.npz"
SAMPLE_SHA256 = "8fbf6518d3620bce3610d8f68df4faff634f12211ff59dc1358b632a0defdaf5"


class DataError(UserError):
    """No usable images. The message is one line that says what is wrong and what to do about it."""


@dataclass(frozen=True, eq=False, repr=False)
class ImageSet:
    """Images with their labels, and where they came from. Printing it says the latter."""

    images: torch.Tensor  # (N, 1, 28, 28) float32 in [-1, 1]: black is -1, white is 1
    labels: torch.Tensor  # (N,) int64, an index into `classes`
    name: str  # "MNIST" or "Fashion-MNIST"
    split: str  # "train" or "test"
    source: str  # the place that was used
    notes: tuple[str, ...]  # why the places before it were passed over
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.images)

    def part(self, rows: slice | torch.Tensor) -> "ImageSet":  # slice(1000): the first 1,000
        """Return some of the images with their labels."""
        return replace(self, images=self.images[rows], labels=self.labels[rows])

    def __str__(self) -> str:
        which = f"{self.name}, {'training' if self.split == 'train' else 'test'} set"
        return "\n".join([f"{which}: {len(self):,} images from {self.source}", *self.notes])

    __repr__ = __str__  # so that a notebook's cell that ends with it shows no tensors


def load(name: str = "mnist", split: str = "train", root: str | Path | None = None) -> ImageSet:
    """Return the images of ``name`` ("mnist" or "fashion-mnist"), ``split`` "train" or "test".

    ``images`` is ``(N, 1, 28, 28)`` float32 in [-1, 1], the range of a generator's tanh; ``labels``
    is ``(N,)`` int64. N is 60,000 or 10,000; with the bundled sample 4,500 or 500. ``DataError`` if
    the name or split is unknown, ``root`` lacks a whole file, or no place has the images.
    """
    title, notes = {title.lower(): title for title in DATASETS}.get(str(name).lower()), []
    if title is None or split not in PREFIX:
        choice = "choose mnist or fashion-mnist, and train or test"
        raise DataError(f"there is no data set {name!r} with a split {split!r}; {choice}")
    if root is not None:
        return _from_folder(title, split, notes, f"the folder {root}", root)
    places = [_from_cache, _from_sample]
    if folder := os.environ.get("GAN_LIB_DATA"):
        places.insert(0, lambda *to: _from_folder(*to, "the folder in $GAN_LIB_DATA", folder))
    for place in places:
        try:
            return place(title, split, notes)
        except DataError as error:
            notes.append(str(error))
    raise DataError("; ".join(notes))


def cache_folder() -> Path:
    """Return the folder in which downloads are kept; where it is depends on the system."""
    return Path(platformdirs.user_cache_dir("gan_lib", appauthor=False))


def _paths(title: str, split: str, root: str | Path = "ROOT") -> list[Path]:
    """Return where torchvision has the images and the labels of ``split``."""
    raw = Path(root, DATASETS[title].__name__, "raw")
    return [raw / f"{PREFIX[split]}-{part}" for part in PARTS]


def _from_folder(title: str, split: str, notes: list, place: str, root: str | Path) -> ImageSet:
    root = os.path.expanduser(root)
    if fault := _fault(title, split, root):
        layout = " and ".join(path.as_posix() for path in _paths(title, split))
        raise DataError(f"{place} {fault}; put the whole files at {layout}")
    # torchvision's readers and not its class, since that prefers an unchecked file of its old
    # format, MNIST/processed/training.pt, and wants the files of both splits.
    images, labels = (str(path) for path in _paths(title, split, root))
    return _image_set(title, split, notes, place, read_image_file(images), read_label_file(labels))


def _from_cache(title: str, split: str, notes: list[str]) -> ImageSet:
    try:
        folder, home = cache_folder(), Path.home()
    except RuntimeError as error:  # a container whose user has no home
        raise DataError(f"there is no cache folder ({_reason(error)})") from error
    below = folder.is_relative_to(home)  # else its path would tell of the machine
    place = f"the cache ~/{folder.relative_to(home).as_posix()}" if below else "the cache folder"
    if fault := _fault(title, split, folder):
        try:
            _download(title, split, folder)
        except DataError as error:
            if _fault(title, split, folder):  # else only the other split could not be had
                raise DataError(f"{place} {fault}; {error}") from error
        notes.append(f"{place} {fault}; so the files were downloaded into it")
    return _from_folder(title, split, notes, place, folder)


def _from_sample(title: str, split: str, notes: list[str]) -> ImageSet:
    layout = " and ".join(path.as_posix() for path in _paths(title, split))
    advice = f"connect to the internet, or set GAN_LIB_DATA to a folder ROOT that holds {layout}"
    if title != "MNIST":
        raise DataError(f"there is no bundled sample of {title}: {advice}")
    found = hashlib.sha256(SAMPLE.read_bytes() if SAMPLE.is_file() else b"").hexdigest()
    if found != SAMPLE_SHA256:
        raise DataError(f"the bundled sample {SAMPLE.name} is missing or damaged; {advice}")
    part = slice(4500) if split == "train" else slice(4500, None)  # held out: 50 of each digit
    with np.load(SAMPLE, allow_pickle=False) as arrays:
        pixels, labels = (torch.from_numpy(arrays[key][part]) for key in ("images", "labels"))
    notes.append(f"these are some of MNIST's 60,000 training images; for the full set {advice}")
    return _image_set(title, split, notes, "the bundled sample", pixels, labels)


def _image_set(title: str, split: str, notes: list[str], place: str, pixels, labels) -> ImageSet:
    images = pixels.unsqueeze(1).float().div_(127.5).sub_(1)  # 0…255 → -1…1, in place: 188 MB
    classes = tuple(name.split(" - ")[0] for name in DATASETS[title].classes)  # "7 - seven" → "7"
    return ImageSet(images, labels.long(), title, split, place, tuple(notes), classes)


def _fault(title: str, split: str, root: str | Path) -> str:
    """Say what is wrong with the files of ``split`` below ``root``; "" if nothing is."""
    if not os.path.isdir(root):
        return "is a file, not a folder" if os.path.exists(root) else "does not exist"
    return " and ".join(filter(None, (_flaw(title, path) for path in _paths(title, split, root))))


def _flaw(title: str, path: Path) -> str:
    """Say what is wrong with one file; "" if nothing is."""
    name, index = "/".join(path.parts[-3:]), FILES.index(path.name)
    try:
        with open(path, "rb") as file:
            found, size = hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
    except OSError as error:
        reason = "" if isinstance(error, FileNotFoundError) else f" ({_reason(error)})"
        return f"lacks {name}{reason}"
    if found == (expected := SHA256[title].split()[index]):
        return ""
    short = f", {size:,} bytes of {SIZES[index]:,}" if size < SIZES[index] else ""
    return f"has a damaged {name}: SHA-256 {found[:12]}…, expected {expected[:12]}…{short}"


def _download(title: str, split: str, cache: Path) -> None:
    """Fetch the files of both splits that ``cache`` lacks, those of ``split`` first.

    Each is unpacked and checked in a folder of its own, and only then moved to its place. So a
    broken download leaves nothing half-written, and the next one fetches only what still lacks.
    """
    archives = sorted(DATASETS[title].resources, key=lambda x: not x[0].startswith(PREFIX[split]))
    raw, timeout = _paths(title, split, cache)[0].parent, socket.getdefaulttimeout()
    try:
        raw.mkdir(parents=True, exist_ok=True)
        for left in cache.glob(".incomplete-*"):  # by a download that was killed
            if time.time() - left.stat().st_mtime > 3600:
                shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=".incomplete-", dir=cache) as staging:
            mirrors = _mirrors(title)
            socket.setdefaulttimeout(STALL_SECONDS)  # torchvision sets none and would wait for ever
            for archive, md5 in archives:
                if _flaw(title, place := raw / archive.removesuffix(".gz")):
                    os.replace(_fetch(title, archive, md5, mirrors, staging), place)
    except OSError as error:
        raise DataError(f"the cache cannot be written ({_reason(error)})") from error
    finally:
        socket.setdefaulttimeout(timeout)


def _fetch(title: str, archive: str, md5: str, mirrors: list[str], staging: str) -> Path:
    """Download and unpack one archive; return the path of its file once that has been checked."""
    path = Path(staging, DATASETS[title].__name__, "raw", archive.removesuffix(".gz"))
    for mirror in mirrors:
        try:
            download_and_extract_archive(mirror + archive, path.parent, filename=archive, md5=md5)
            if not (reason := _flaw(title, path)):
                return path
        except Exception as error:  # whatever one mirror did, the next may do better
            reason = _reason(error)
    raise DataError(f"the download of {archive} failed ({reason})")


def _mirrors(title: str) -> list[str]:
    """Return the mirrors that answer, the quickest first; ``DataError`` if none does in time."""
    answered, reasons = [], ["no answer in time"]

    def ask(mirror: str) -> None:
        try:
            url = mirror + DATASETS[title].resources[0][0]
            with urlopen(Request(url, method="HEAD"), timeout=PROBE_SECONDS):  # honours a proxy
                answered.append(mirror)
        except Exception as error:  # a malformed proxy too; a thread's traceback would help nobody
            reasons.append(_reason(error))

    # Threads, since no time limit of a socket holds for a silent name server; one may be left over.
    threads = [Thread(target=ask, args=[m], daemon=True) for m in DATASETS[title].mirrors]
    deadline = time.monotonic() + PROBE_SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    if not answered:
        raise DataError(f"no download server of {title} can be reached ({reasons[-1]})")
    return list(answered)


def _reason(error: Exception) -> str:
    """Return why, on one line and without the path that an ``OSError`` would show."""
    reason = getattr(error, "reason", None) or error  # urllib wraps the error that matters
    return " ".join(str(getattr(reason, "strerror", None) or reason).split())
