"""What is to be seen of a game in the plane: D everywhere, the points, and where they are pushed.

Notebook "The game in the plane"; the visual language is that of GAN Lab (Kahng et al., 2019).
"""

import copy
import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_lib.machine.randomness import Purpose, randomness
from gan_lib.pair import generate
from gan_lib.plane.mixtures import Mixture
from gan_lib.state import State

CELLS = 64  # of D's map, each way
LINES = 13  # of the latent's grid, each way
PARTS = ("map", "warp", "real", "push", "fake")  # of a picture of the plane, from the ground up
LATENT_REACH = 2.0  # of that grid: 95 % of normal numbers lie within


@dataclass(frozen=True)
class Scene:
    """One moment of a game, as tensors on the CPU; the view is a square, -reach to reach."""

    reach: float
    confidence: Tensor  # (CELLS, CELLS): D(x) in [0, 1], rows from the top
    real: Tensor  # (N, 2)
    fake: Tensor  # (N, 2)
    push: Tensor  # (N, 2): minus the gradient of G's loss at each generated point, times N
    warp: Tensor  # (2 · LINES, P, 2): lines of the latent plane, and where G takes them
    step: int


def scene(state: State, mixture: Mixture, count: int = 200) -> Scene:
    """The moment that `state` is at, with `count` points of each kind: always of the same latents.

    Nothing of the state changes.
    """
    reach = 1.25 * mixture.centres.abs().max().item() + 3 * mixture.std
    generator = copy.deepcopy(state.generator).eval()
    discriminator = copy.deepcopy(state.discriminator).eval()
    with randomness(state.seed, Purpose.FIXED_LATENT):
        z = state.latents(count)
    real = mixture.sample(count, state.seed)
    with torch.no_grad():
        fake = generator(z)
        row = torch.linspace(-reach, reach, CELLS)
        y, x = torch.meshgrid(-row, row, indexing="ij")
        everywhere = torch.stack([x, y], dim=-1).flatten(0, 1)
        confidence = discriminator(everywhere).sigmoid().view(CELLS, CELLS)
        warp = generator(_latent_lines(state.recipe.noise_dim)).unflatten(0, (2 * LINES, -1))
    x_fake = fake.clone().requires_grad_()
    loss = state.recipe.objective.generator(discriminator(x_fake), discriminator(real))
    (gradient,) = torch.autograd.grad(loss, x_fake)
    return Scene(reach, confidence, real, fake, -count * gradient, warp, state.step)


def _latent_lines(dimensions: int) -> Tensor:
    """Points along a grid of lines in the first two dimensions of the latent, line by line."""
    along = torch.linspace(-LATENT_REACH, LATENT_REACH, 4 * LINES)
    lines = []
    for at in torch.linspace(-LATENT_REACH, LATENT_REACH, LINES):
        across = torch.full_like(along, at)
        lines += [torch.stack([along, across], dim=1), torch.stack([across, along], dim=1)]
    z = torch.cat(lines)
    return F.pad(z, (0, dimensions - 2)) if dimensions > 2 else z[:, :dimensions]


def value(logits_real: Tensor, logits_fake: Tensor) -> float:
    """V(D, G) = E[log D(x)] + E[log(1 - D(G(z)))], in nats, from logits (N,) of each kind.

    At most 0, and -2 log 2 where D cannot tell. D makes it large, G small. Goodfellow et al., 2014.
    """
    return (F.logsigmoid(logits_real).mean() + F.logsigmoid(-logits_fake).mean()).item()


@torch.no_grad()
def measured_value(state: State, mixture: Mixture, count: int = 2000) -> float:
    """V of the players of a state, on `count` new points of each kind."""
    with randomness(state.seed, Purpose.MEASURE):
        z = state.latents(count)
    discriminator = copy.deepcopy(state.discriminator).eval()
    fake = copy.deepcopy(state.generator).eval()(z)
    return value(discriminator(mixture.sample(count, state.seed + 1)), discriminator(fake))


class Reading(NamedTuple):
    """What is measured of a game at a step."""

    step: int
    value: float  # V(D, G), see `value`
    coverage: "Coverage"


def reading(state: State, mixture: Mixture) -> Reading:
    """V and the modes that are found, on 2,000 and 2,500 new points: of G itself, not averaged."""
    with randomness(state.seed, Purpose.SAMPLE):
        z = state.latents(2500)
    x = generate(copy.deepcopy(state.generator), z)
    return Reading(state.step, measured_value(state, mixture), coverage(x, mixture))


@dataclass(frozen=True)
class Coverage:
    """How well points cover the modes of a mixture."""

    found: int  # modes with a point within three standard deviations
    modes: int
    share: float  # of all points that are so near to a mode; of real ones 98.9 %
    kl: float  # KL(points over modes, of those that are near ‖ equal shares), nats: 0 is even


def coverage(x: Tensor, mixture: Mixture) -> Coverage:
    """Modes found by points (N, 2), as Srivastava et al. (VEEGAN), 2017, and PacGAN count them."""
    distance, nearest = torch.cdist(x, mixture.centres).min(dim=1)
    near = distance < 3 * mixture.std
    counts = torch.bincount(nearest[near], minlength=len(mixture.centres)).double()
    found = int((counts > 0).sum())
    if found == 0:
        return Coverage(0, len(counts), 0.0, math.inf)
    shares = counts[counts > 0] / counts.sum()
    kl = (shares * (shares * len(counts)).log()).sum().item()
    return Coverage(found, len(counts), near.float().mean().item(), kl)
