"""Images in: `load` takes the first place that has them, and the set says which, and why.

MNIST, of which Stacked-MNIST is made, and Fashion-MNIST are looked for in
1. the folder given as `root`,   2. the folder in $GAN_LIB_DATA,   3. the user's cache folder,
4. a download into that cache,   5. the bundled sample of 5,000 digits, or 2,000 clothes.
Pictures of one's own are in a folder: `sources.folders`.
"""

import os
from functools import partial
from pathlib import Path

from gan_lib.sources import downloads, mnist, relatives
from gan_lib.sources.folders import from_pictures
from gan_lib.sources.imageset import DataError, ImageSet, first_of
from gan_lib.sources.sample import SAMPLES, load_sample
from gan_lib.sources.stacked import NAME, stack

__all__ = ["DataError", "ImageSet", "NAMES", "load"]
TITLES = {title.lower(): title for title in mnist.DATASETS}
NAMES = (*TITLES, NAME.lower(), *relatives.RELATIVES)
Place = str | Path


def load(
    name: Place = "mnist", split: str = "train", root: Place | None = None, size: int | None = None
) -> ImageSet:
    """The images of one of `NAMES`, or the pictures in a folder.

    `split` is "train" or "test"; N is 60,000 or 10,000, with the bundled samples fewer. The
    `size` is for pictures: see `sources.folders`. Raises `DataError` for an unknown name or split,
    and where the folder `root`, or every place, lacks a whole file.
    """
    if (wanted := str(name).lower()) not in NAMES or split not in mnist.PREFIX:
        return from_pictures(name, split, size, NAMES)
    if wanted == NAME.lower():
        return stack(load("mnist", split, root))
    title, from_folder, from_cache = wanted, relatives.from_folder, relatives.from_cache
    if wanted in TITLES:
        title, from_folder, from_cache = TITLES[wanted], mnist.from_folder, downloads.from_cache
    places = [partial(from_cache, title, split, download) for download in (False, True)]
    if title in SAMPLES:
        places.append(partial(load_sample, split, title))
    if root is not None:
        places = [partial(from_folder, title, split, root)]
    elif folder := os.environ.get("GAN_LIB_DATA"):
        places.insert(0, partial(from_folder, title, split, folder, "$GAN_LIB_DATA"))
    return first_of(places)
