"""Fixtures that several test files share."""

import dataclasses

import pytest

from gan_lib.data import ImageSet, load


def first(data: ImageSet, count: int) -> ImageSet:
    """The first `count` images of `data`."""
    return dataclasses.replace(data, images=data.images[:count], labels=data.labels[:count])


@pytest.fixture(scope="session")
def mnist() -> ImageSet:
    """Real training images: the full set where there is one, else the bundled sample."""
    return load("mnist", "train")


@pytest.fixture(scope="session")
def few(mnist) -> ImageSet:
    """320 real images: five batches of 64."""
    return first(mnist, 320)
