"""Images of other kinds than MNIST's."""

import pytest
import torch
import torch.nn.functional as F

from gan_lib.data import ImageSet
from gan_lib.sources.clusters import Clusters
from gan_lib.sources.kind import Kind
from gan_lib.sources.stacked import Stacks, stack


def three_colours(digits: ImageSet) -> ImageSet:
    """A digit in each of three colours, 32 x 32. They are called by the red one."""
    x = F.pad(digits.images, (2, 2, 2, 2))
    return ImageSet(
        torch.cat([x, x.roll(1, 0), x.roll(2, 0)], dim=1),
        digits.labels,
        tuple(f"<{name}> & co" for name in digits.classes),
    )


@pytest.fixture(scope="session")
def colours(few) -> ImageSet:
    """320 images in colour, whose classes have names that HTML would take for tags."""
    return three_colours(few)


@pytest.fixture(scope="session")
def unlabelled(few) -> ImageSet:
    """320 images of 16 x 16 that nobody has labelled."""
    return ImageSet(few.images[:, :, 6:22, 6:22].contiguous())


@pytest.fixture(scope="session")
def stacks(few) -> Stacks:
    """A digit of its own in each of three colours."""
    return stack(few)


@pytest.fixture(scope="session")
def in_clusters(few) -> Kind:
    """150 clusters, quickly found: each of the first images is the mean of one."""
    clusters = Clusters(few.images[:150], torch.full((150,), 1 / 150))
    return Kind(few.shape, clusters.names, clusters)


@pytest.fixture(scope="session")
def threes_and_one_seven(mnist) -> ImageSet:
    """64 images in which eight digits are missing, and one is there once."""
    rows = [(mnist.labels == digit).nonzero().squeeze(1) for digit in (3, 7)]
    return mnist.part(torch.cat([rows[0][:63], rows[1][:1]]))


@pytest.fixture(params=["few", "colours", "unlabelled", "threes_and_one_seven"])
def images(request) -> ImageSet:
    """Each kind of images in turn."""
    return request.getfixturevalue(request.param)
