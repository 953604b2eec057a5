"""Images in: `load` takes the first place that has them, and the set says which, and why.

MNIST and Fashion-MNIST are looked for in
1. the folder given as `root`,   2. the folder in $GAN_LIB_DATA,   3. the user's cache folder,
4. a download into that cache,   5. the bundled sample of 5,000 real MNIST digits.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from gan_lib.sources import mnist
from gan_lib.sources.downloads import from_cache
from gan_lib.sources.imageset import DataError, ImageSet, from_floats
from gan_lib.sources.sample import load_sample

__all__ = ["DataError", "ImageSet", "from_floats", "load"]


def load(name: str = "mnist", split: str = "train", root: str | Path | None = None) -> ImageSet:
    """The images of `name` ("mnist" or "fashion-mnist"), `split` "train" or "test".

    They are (N, 1, 28, 28), N 60,000 or 10,000; with the bundled sample 4,500 or 500. Raises
    `DataError` if the name or split is unknown, if the folder `root` lacks a whole file, or if no
    place has the images.
    """
    title = {title.lower(): title for title in mnist.DATASETS}.get(str(name).lower())
    if title is None or split not in mnist.PREFIX:
        choice = "choose mnist or fashion-mnist, and train or test"
        raise DataError(f"there is no data set {name!r} with a split {split!r}; {choice}")
    places = [partial(from_cache, title, split), partial(load_sample, split, title)]
    if root is not None:
        places = [partial(_from_folder, title, split, root)]
    elif folder := os.environ.get("GAN_LIB_DATA"):
        places.insert(0, partial(_from_folder, title, split, folder, "$GAN_LIB_DATA"))
    return _first_of(places)


def _first_of(places: list[Callable[[], ImageSet]]) -> ImageSet:
    """What the first place gives that has images, with notes on why others were passed over."""
    notes = []
    for place in places:
        try:
            images = place()
        except DataError as error:
            notes.append(str(error))
        else:
            return replace(images, notes=(*notes, *images.notes))
    raise DataError("; ".join(notes))


def _from_folder(title: str, split: str, folder: str | Path, variable: str = "") -> ImageSet:
    """The images in a folder that the user named. Only a fault shows where on the machine it is."""
    expanded = os.path.expanduser(folder)
    path = Path(os.path.abspath(expanded))
    place = f"the folder in {variable}" if variable else f"the folder {folder}"
    try:
        return mnist.read(title, split, path, place)
    except DataError as error:
        place = f"{place} ({path})" if variable else f"the folder {path}"
        start = (
            "" if os.path.isabs(expanded) else f" (taken from the working directory {Path.cwd()})"
        )
        todo = mnist.advice(title, split, path)
        raise DataError(f"{place} {error}{start}; {todo}") from error
