"""The bundled sample: 5,000 real digits of MNIST, for a room without a network."""

import hashlib
import io

import numpy as np
import torch

from gan_lib.sources import mnist
from gan_lib.sources.bundled import MissingResource, resource
from gan_lib.sources.imageset import DataError, ImageSet

SAMPLE = "mnist_sample.npz"
SHA256 = "8fbf6518d3620bce3610d8f68df4faff634f12211ff59dc1358b632a0defdaf5"


def load_sample(split: str = "train", title: str = "MNIST") -> ImageSet:
    """The bundled digits: 4,500 for "train"; 500 held out, 50 of each digit, for "test".

    Raises `DataError` where the file is damaged, or where there is no sample of `title`.
    """
    place = f"a folder ROOT that holds {mnist.layout(title, split)}"
    advice = f"connect to the internet, or set GAN_LIB_DATA to {place}"
    if title != "MNIST":
        raise DataError(f"there is no bundled sample of {title}: {advice}")
    try:
        content = resource(SAMPLE).read_bytes()
    except (MissingResource, OSError):
        content = b""
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise DataError(f"the bundled sample {SAMPLE} is missing or damaged; {advice}")
    part = slice(4500) if split == "train" else slice(4500, None)
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        pixels, labels = (torch.from_numpy(arrays[key][part]) for key in ("images", "labels"))
    note = f"these are some of MNIST's 60,000 training images; for the full set {advice}"
    return mnist.image_set("MNIST", split, "the bundled sample", pixels, labels, note)
