"""Places that may have images: a folder that the user named, and the first of several that has."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gan_lib.sources import mnist
from gan_lib.sources.imageset import DataError, ImageSet


def first_of(places: list[Callable[[], ImageSet]]) -> ImageSet:
    """What the first place gives that has images, with notes on why others were passed over.

    Raises `DataError`, with all of these notes, where none has.
    """
    notes = []
    for place in places:
        try:
            images = place()
        except DataError as error:
            notes.append(str(error))
        else:
            return replace(images, notes=(*notes, *images.notes))
    raise DataError("; ".join(notes))


def from_folder(title: str, split: str, folder: str | Path, variable: str = "") -> ImageSet:
    """The images in a folder that the user named, in a `variable` perhaps.

    Only a fault shows where on the machine it is. Raises `DataError` where a file lacks.
    """
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
