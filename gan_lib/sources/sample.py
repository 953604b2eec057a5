"""The bundled samples, for rooms without a network: 5,000 real digits, 2,000 pieces of clothing."""

import hashlib
import io
from typing import NamedTuple

import numpy as np
import torch

from gan_lib.sources import mnist
from gan_lib.sources.bundled import MissingResource, resource
from gan_lib.sources.imageset import DataError, ImageSet


class Sample(NamedTuple):
    """A file in `resources`, and how many of its images are for training; the rest is held out."""

    name: str
    sha256: str
    train: int


SAMPLES = {
    "MNIST": Sample(
        "mnist_sample.npz",
        "8fbf6518d3620bce3610d8f68df4faff634f12211ff59dc1358b632a0defdaf5",
        4500,
    ),
    "Fashion-MNIST": Sample(
        "fashion_sample.npz",
        "24e553643f1270835c854924292c8804f935770f803a40bdcf10feb8b2a854a2",
        1800,
    ),
}


def load_sample(split: str = "train", title: str = "MNIST") -> ImageSet:
    """The bundled images of `title`: the first nine of ten for "train", the others for "test".

    As many of each class in both. Raises `DataError` where the file is damaged.
    """
    place = f"a folder ROOT that holds {mnist.layout(title, split)}"
    advice = f"connect to the internet, or set GAN_LIB_DATA to {place}"
    sample = SAMPLES[title]
    try:
        content = resource(sample.name).read_bytes()
    except (MissingResource, OSError):
        content = b""
    if hashlib.sha256(content).hexdigest() != sample.sha256:
        raise DataError(f"the bundled sample {sample.name} is missing or damaged; {advice}")
    part = slice(sample.train) if split == "train" else slice(sample.train, None)
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        pixels, labels = (torch.from_numpy(arrays[key][part]) for key in ("images", "labels"))
    note = f"these are some of {title}'s 60,000 training images; for the full set {advice}"
    return mnist.image_set(title, split, "the bundled sample", pixels, labels, note)
