"""The Dirac-GAN: the smallest that there is, played by the loop of the images.

All data is the number 0. The generator is one number θ, which it makes whatever the latent; the
discriminator is one number ψ, and its logit ψ · x. Mescheder et al., "Which Training Methods for
GANs do actually Converge?", 2018. Notebook "The game in the plane".
"""

from dataclasses import replace

import torch
from torch import Tensor, nn

from gan_lib.length import Length
from gan_lib.objectives import binary_cross_entropy
from gan_lib.plane.mixtures import PointSet
from gan_lib.plane.players import PLANE, new_game
from gan_lib.remedies.penalties import Penalty, r1
from gan_lib.sources.imageset import Shape
from gan_lib.training import train


class OneNumber(nn.Module):
    """θ for every latent (N, latent_dim): points (N, 1). It begins at 1."""

    def __init__(self, latent_dim: int, shape: Shape) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.ones(1))

    def forward(self, z: Tensor) -> Tensor:
        return self.theta.expand(len(z), 1)


class OneSlope(nn.Module):
    """Points (N, 1) → logits ψ · x (N,). ψ begins at 1."""

    def __init__(self, shape: Shape, classes: int = 0) -> None:
        super().__init__()
        self.psi = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        return self.psi * x.squeeze(1)


DIRAC = replace(
    PLANE,
    name="dirac",
    summary="two numbers: the smallest GAN",
    generator=OneNumber,
    discriminator=OneSlope,
    objective=binary_cross_entropy(),
    generator_rate=0.02,
    discriminator_rate=0.02,
    batch_size=1,
    moving_average=None,
    decay_from=1.0,
)


def dirac_path(
    steps: int = 2000, betas: tuple[float, float] = (0.0, 0.99), gamma: float = 0.0
) -> Tensor:
    """θ and ψ before each step and at the end, (steps + 1, 2), with R1 of weight `gamma`.

    They shall meet at (0, 0). `betas` are Adam's, of both players; D goes first.
    """
    objective = replace(DIRAC.objective, penalties=(Penalty(r1, gamma),) if gamma else ())
    recipe = replace(DIRAC, objective=objective, generator_betas=betas, discriminator_betas=betas)
    data = PointSet(torch.zeros(1, 1))
    state = new_game(recipe, data)
    places = [(1.0, 1.0)]
    for _ in train(state, data, Length(steps=steps)):
        places.append((state.generator.theta.item(), state.discriminator.psi.item()))
    return torch.tensor(places)
