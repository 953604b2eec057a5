"""Images in: `load` takes the first place that has them, and the set says which, and why.

MNIST, of which Stacked-MNIST is made, and Fashion-MNIST are looked for in
1. the folder given as `root`,   2. the folder in $GAN_LIB_DATA,   3. the user's cache folder,
4. a download into that cache,   5. the bundled sample of 5,000 digits, or 2,000 clothes.
Pictures of one's own are in a folder: `sources.folders`.
"""

import os
from functools import partial
from pathlib import Path

from gan_lib.sources.downloads import from_cache
from gan_lib.sources.folders import from_pictures
from gan_lib.sources.imageset import DataError, ImageSet, first_of
from gan_lib.sources.mnist import DATASETS, PREFIX, from_folder
from gan_lib.sources.relatives import RELATIVES, places_of
from gan_lib.sources.sample import load_sample
from gan_lib.sources.stacked import NAME, stack

__all__ = ["DataError", "ImageSet", "NAMES", "load"]
NAMES = (*(title.lower() for title in (*DATASETS, NAME)), *RELATIVES)
Place = str | Path


def load(
    name: Place = "mnist", split: str = "train", root: Place | None = None, size: int | None = None
) -> ImageSet:
    """The images of one of `NAMES`, or the pictures in a folder.

    `split` is "train" or "test"; N is 60,000 or 10,000, with the bundled samples fewer. The
    `size` is for pictures: see `sources.folders`. Raises `DataError` for an unknown name or split,
    and where the folder `root`, or every place, lacks a whole file.
    """
    if (wanted := str(name).lower()) not in NAMES or split not in PREFIX:
        return from_pictures(name, split, size, NAMES)
    if wanted == NAME.lower():
        return stack(load("mnist", split, root))
    if wanted in RELATIVES:
        return first_of(list(places_of(wanted, split, root)))
    title = {title.lower(): title for title in DATASETS}[wanted]
    places = [partial(from_cache, title, split, download) for download in (False, True)]
    places.append(partial(load_sample, split, title))
    if root is not None:
        places = [partial(from_folder, title, split, root)]
    elif folder := os.environ.get("GAN_LIB_DATA"):
        places.insert(0, partial(from_folder, title, split, folder, "$GAN_LIB_DATA"))
    return first_of(places)
