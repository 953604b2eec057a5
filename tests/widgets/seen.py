"""What the tests of this folder share: small sessions, and eyes."""

import io
import time
from dataclasses import replace

import numpy as np
from PIL import Image

from gan_lib.data import ImageSet
from gan_lib.keeping.session import Session
from gan_lib.length import Length
from gan_lib.recipes import QUICK, Recipe
from gan_lib.state import new_state


def held(images: ImageSet, recipe: Recipe = QUICK, steps: int = 10**6) -> Session:
    """A session with small batches."""
    recipe = replace(recipe, batch_size=16)
    return Session(new_state(recipe, images, device="cpu", threads=1), images, Length(steps=steps))


def on(widget) -> np.ndarray:
    """The pixels of a picture: (H, W), or (H, W, 3)."""
    return np.asarray(Image.open(io.BytesIO(widget.value)))


def until(condition, seconds=60):
    """Wait for the condition."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)
