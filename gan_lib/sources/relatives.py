"""Relatives of MNIST that torchvision reads and downloads by itself: characters of other scripts.

Their files lie where torchvision puts them, ROOT/KMNIST/raw and so on. What it downloads, it checks
by MD5; of files that lie there already it checks that they are whole.
"""

import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.request import Request, urlopen

from torchvision.datasets import EMNIST, KMNIST, MNIST, QMNIST

from gan_lib.sources.downloads import PROBE_SECONDS, STALL_SECONDS, cache_folder
from gan_lib.sources.imageset import DataError, ImageSet
from gan_lib.sources.mnist import in_words


class Relative(NamedTuple):
    """How torchvision makes a data set, and what has to be put right of it."""

    title: str
    make: Callable[..., MNIST]
    folder: str
    address: str  # that is asked whether there is a network
    on_its_side: bool = False  # rows and columns of the images have changed places


RELATIVES = {
    "kmnist": Relative("KMNIST", KMNIST, "KMNIST", f"{KMNIST.mirrors[0]}{KMNIST.resources[0][0]}"),
    "emnist": Relative("EMNIST", partial(EMNIST, split="balanced"), "EMNIST", EMNIST.url, True),
    "qmnist": Relative("QMNIST", QMNIST, "QMNIST", QMNIST.resources["train"][0][0]),
}


def from_folder(name: str, split: str, folder: str | Path, variable: str = "") -> ImageSet:
    """The images in a folder that the user named, in a `variable` perhaps. Raises `DataError`."""
    where = f"the folder in {variable}" if variable else f"the folder {folder}"
    return _read(RELATIVES[name], split, Path(folder).expanduser(), where)


def from_cache(name: str, split: str, download: bool = False) -> ImageSet:
    """The images in the user's cache; with `download`, they are fetched first. `DataError`."""
    if download:
        _download(RELATIVES[name], split, cache_folder())
    place = "a download into the cache folder" if download else "the cache folder"
    return _read(RELATIVES[name], split, cache_folder(), place)


def _read(relative: Relative, split: str, root: Path, where: str) -> ImageSet:
    """The images in a folder. Raises `DataError` where they are not there, or not whole."""
    try:
        found = relative.make(str(root), train=split == "train", download=False)
    except Exception as error:  # whatever a damaged file does to its reader
        if "not found" in str(error):
            place = f"ROOT/{relative.folder}/raw"
            raise DataError(f"{where} lacks {relative.title}, which belongs at {place}") from error
        raise DataError(f"{where} has a damaged {relative.title} ({in_words(error)})") from error
    images = found.data.mT if relative.on_its_side else found.data
    labels = found.targets[:, 0] if found.targets.ndim == 2 else found.targets
    classes = tuple(name.split(" - ")[0] for name in found.classes)
    images = images.unsqueeze(1).contiguous()
    return ImageSet(images, labels.long(), classes, relative.title, split, where)


def _download(relative: Relative, split: str, cache: Path) -> None:
    """Fetch it into the cache; it appears there whole, or not at all."""
    try:
        question = Request(relative.address, method="HEAD")
        urlopen(question, timeout=PROBE_SECONDS).close()
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".incomplete-", dir=cache) as staging:
            with _patience(STALL_SECONDS), open(os.devnull, "w") as nowhere:
                with redirect_stdout(nowhere):
                    relative.make(staging, train=split == "train", download=True)
            raw = Path(staging, relative.folder, "raw")
            place = cache / relative.folder / "raw"
            place.mkdir(parents=True, exist_ok=True)
            for path in filter(Path.is_file, raw.iterdir()):
                os.replace(path, place / path.name)
    except Exception as error:  # of a network, of a server, of a disk
        raise DataError(f"{relative.title} cannot be downloaded ({in_words(error)})") from error


@contextmanager
def _patience(seconds: float) -> Iterator[None]:
    """Inside, a connection that receives nothing for so long is given up: torchvision waits."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
