"""Distributions in the plane, each with its exact density. Notebook "The game in the plane".

All are mixtures of round normal distributions. Where these are few and far apart, they are the
modes that a generator may miss; where they stand in a row, they make a curve.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gan_lib import UserError
from gan_lib.machine.randomness import Purpose, generator
from gan_lib.sources.imageset import ImageSet

ON_A_CURVE = 100  # normal distributions that make a curve


class PointSet(ImageSet):
    """Points (N, 2), of which the loop is told as of images: an image is a point, too."""

    def __post_init__(self) -> None:
        """Nothing to check: a mixture made them."""

    def floats(self, rows: slice | Tensor = slice(None)) -> Tensor:
        """Some of the points, or all, as the networks see them: (N, 2), as they are."""
        return self.images[rows]


@dataclass(frozen=True, eq=False)
class Mixture:
    """Equal parts of normal distributions around `centres` (M, 2), all of standard deviation `std`.

    `counted` says that the centres are modes to be counted, and no curve.
    """

    name: str
    centres: Tensor
    std: float
    counted: bool = False

    def sample(self, count: int, seed: int = 7) -> Tensor:
        """Points (count, 2). The same seed gives the same."""
        own = generator(seed, Purpose.PLANE)
        which = torch.randint(len(self.centres), (count,), generator=own)
        return self.centres[which] + self.std * torch.randn(count, 2, generator=own)

    def points(self, count: int = 20_000, seed: int = 7) -> PointSet:
        """So many points to train on."""
        return PointSet(self.sample(count, seed), name=self.name, source="a formula")

    def log_density(self, x: Tensor) -> Tensor:
        """The logarithm of the density at points (N, 2): (N,)."""
        squared = torch.cdist(x, self.centres).square() / self.std**2
        one = -0.5 * squared - math.log(2 * math.pi * self.std**2)
        return one.logsumexp(dim=1) - math.log(len(self.centres))


def ring(count: int = 8, radius: float = 1.0, std: float = 0.05) -> Mixture:
    """So many modes on a circle."""
    angles = torch.arange(count) * (2 * math.pi / count)
    centres = radius * torch.stack([angles.cos(), angles.sin()], dim=1)
    return Mixture(f"ring of {count}", centres, std, counted=True)


def grid(side: int = 5, spacing: float = 1.0, std: float = 0.025) -> Mixture:
    """`side` x `side` modes. Of PacGAN's grid (spacing 2, std 0.05) it is half the size."""
    row = (torch.arange(side) - (side - 1) / 2) * spacing
    return Mixture(f"grid of {side * side}", torch.cartesian_prod(row, row), std, counted=True)


def two_moons(std: float = 0.06) -> Mixture:
    """Two half circles, each of which reaches into the other."""
    angles = torch.linspace(0, math.pi, ON_A_CURVE // 2)
    moon = torch.stack([angles.cos(), angles.sin()], dim=1)
    other = torch.tensor([1.0, 0.5]) - moon
    return Mixture("two moons", torch.cat([moon, other]) - torch.tensor([0.5, 0.25]), std)


def spiral(turns: float = 1.5, std: float = 0.05) -> Mixture:
    """A curve that goes round and outwards, evenly occupied."""
    radius = torch.linspace(0.04, 1, ON_A_CURVE).sqrt() * 1.2  # as much curve for each piece
    angles = radius / 1.2 * (2 * math.pi * turns)
    return Mixture("spiral", radius[:, None] * torch.stack([angles.cos(), angles.sin()], 1), std)


def two_bands(std: float = 0.08) -> Mixture:
    """Two parallel bars with a gap between them."""
    along = torch.linspace(-1, 1, ON_A_CURVE // 2)
    bars = [torch.stack([torch.full_like(along, x), along], dim=1) for x in (-0.6, 0.6)]
    return Mixture("two bands", torch.cat(bars), std)


def drawn(levels: np.ndarray, most: int = 400) -> Mixture:
    """What somebody drew: grey levels (H, H) in 0..255, of which the bright pixels are centres.

    The square goes from -1.4 to 1.4 each way. Raises `UserError` where nothing is bright.
    """
    rows, columns = np.nonzero(levels > 127)
    if len(rows) == 0:
        raise UserError("Nothing is drawn yet: draw a line or some dots first.")
    scale = 2.8 / (len(levels) - 1)
    xy = torch.tensor(np.stack([columns * scale - 1.4, 1.4 - rows * scale], 1)).float()
    chosen = torch.linspace(0, len(xy) - 1, min(most, len(xy))).round().long()
    return Mixture("your drawing", xy[chosen], std=1.5 * scale)
