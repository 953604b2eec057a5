"""Two small networks for points in the plane, and what they may play for.

The loop is that of the images, `training.train`. Notebook "The game in the plane".
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn

from gan_lib import objectives
from gan_lib.objectives import Objective
from gan_lib.plane.mixtures import PointSet
from gan_lib.recipes import Recipe
from gan_lib.remedies.penalties import Penalty, r1, r2
from gan_lib.sources.imageset import Shape
from gan_lib.state import State, new_state

WIDTH = 128  # units of a hidden layer
OBJECTIVES = {  # by the names that the playground has for them
    "non-saturating": objectives.binary_cross_entropy(),
    "saturating": objectives.SATURATING,
    "hinge": objectives.HINGE,
    "least squares": objectives.LEAST_SQUARES,
    "Wasserstein": objectives.WASSERSTEIN,
    "relativistic": replace(objectives.RELATIVISTIC, penalties=()),
}


def two_hidden_layers(
    inputs: int, outputs: int, width: int, between: Callable[[], nn.Module]
) -> nn.Sequential:
    """Three linear layers, with `between` after the first two."""
    first, second = nn.Linear(inputs, width), nn.Linear(width, width)
    return nn.Sequential(first, between(), second, between(), nn.Linear(width, outputs))


class PlaneGenerator(nn.Module):
    """Latents (N, latent_dim) → points (N, 2), anywhere in the plane.

    With ReLU, since it can be flat on one side: a generator that is to make heaps with nothing
    between them has to be flat, then steep, then flat again (benchmarks/README.md).
    """

    def __init__(self, latent_dim: int, shape: Shape, width_multiplier: float = 1.0) -> None:
        super().__init__()
        width = round(WIDTH * width_multiplier)
        self.layers = two_hidden_layers(latent_dim, *shape, width, nn.ReLU)

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z)


class PlaneDiscriminator(nn.Module):
    """Points (N, 2) → logits (N,)."""

    def __init__(self, shape: Shape, classes: int = 0, width_multiplier: float = 1.0) -> None:
        super().__init__()
        width = round(WIDTH * width_multiplier)
        self.layers = two_hidden_layers(*shape, 1, width, partial(nn.LeakyReLU, 0.2))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x).squeeze(1)


PLANE = Recipe(
    name="plane",
    summary="two small fully connected networks, for points in the plane",
    source="this course, notebook “The game in the plane”",
    generator=PlaneGenerator,
    discriminator=PlaneDiscriminator,
    objective=OBJECTIVES["non-saturating"],
    generator_rate=2e-3,
    discriminator_rate=2e-3,
    batch_size=256,
    epochs=50,
    noise_dim=2,
    generator_betas=(0.0, 0.99),
    discriminator_betas=(0.0, 0.99),
    moving_average=0.995,
)


def penalised(objective: Objective, gamma: float) -> Objective:
    """The objective with R1 and R2 of weight `gamma` beside its own penalties; of 0, without."""
    more = (Penalty(r1, gamma), Penalty(r2, gamma)) if gamma else ()
    return replace(objective, penalties=objective.penalties + more)


def new_game(recipe: Recipe, points: PointSet, seed: int = 7) -> State:
    """A training on points that is about to take its first step: on one core, which is faster."""
    return new_state(recipe, points, seed, "cpu", torch.float32, threads=1)
