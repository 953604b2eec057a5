"""The latent space: points, paths, directions, and the way back from an image to its latent.

Everything here works on the normal part of a latent, (N, D) with D = `Recipe.noise_dim`; a digit
that belongs to the latent is added by `Recipe.join`. Notebook 05 builds most of it by hand.
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn

NUDGE = 0.05  # small against the spread of 1 that a latent has, large against rounding
Generate = Callable[[Tensor], Tensor]  # normal numbers (N, D) → images (N, 1, 28, 28)

# --- Points ---------------------------------------------------------------------------------------


def normal(count: int, dim: int, seed: int) -> Tensor:
    """`count` latents (count, dim) from the normal distribution; the same seed gives the same.

    They come from a generator of numbers of their own, so that a training that runs is not touched.
    """
    return torch.randn(count, dim, generator=torch.Generator().manual_seed(seed))


def truncated(count: int, dim: int, most: float, seed: int) -> Tensor:
    """`count` latents (count, dim) of normal numbers between -`most` and `most`.

    The truncation trick of Brock et al., "Large Scale GAN Training for High Fidelity Natural Image
    Synthesis", 2019: what is rare in the latent is rare in training too, so leaving it out makes
    images better and less various. Raises `ValueError` unless `most` is above 0.
    """
    if not most > 0:
        raise ValueError("nothing is left between -most and most")
    z, draw = torch.empty(count, dim), torch.Generator().manual_seed(seed)
    return nn.init.trunc_normal_(z, a=-most, b=most, generator=draw)


# --- Paths ----------------------------------------------------------------------------------------


def linear(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """The straight line from latent `a` (D,) to `b` (D,), ends included: (steps, D)."""
    return torch.lerp(a, b, torch.linspace(0, 1, steps).unsqueeze(1))


def spherical(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """The arc from `a` (D,) to `b` (D,), ends included: (steps, D).

        slerp(t) = sin((1 - t) ω) / sin ω · a + sin(t ω) / sin ω · b,   ω the angle between them

    Nearly all normal latents are about √D long. The middle of the straight line is shorter, as
    hardly any latent is; the arc stays where the latents are. Shoemake, "Animating Rotation with
    Quaternion Curves", 1985; for GANs White, "Sampling Generative Networks", 2016.
    """
    t = torch.linspace(0, 1, steps).unsqueeze(1)
    cosine = torch.dot(a, b) / (a.norm() * b.norm())
    angle = torch.acos(cosine.clamp(-1, 1))
    if torch.sin(angle) < 1e-4:  # the same direction, or the opposite: there is no one arc
        return torch.lerp(a, b, t)
    return (torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)


def walk(stops: Tensor, steps: int) -> Tensor:
    """A round trip on arcs through `stops` (K, D), `steps` latents from one to the next.

    (K · steps, D): it ends one step before its beginning, so that it can be played for ever.
    """
    ways = zip(stops, stops.roll(-1, 0))
    return torch.cat([spherical(a, b, steps + 1)[:-1] for a, b in ways])


def plane(a: Tensor, b: Tensor, c: Tensor, steps: int) -> Tensor:
    """A map with `a` at the top left, `b` at the top right and `c` at the bottom left.

    Points of the plane through the three latents (D,), each brought to the length that is usual,
    √D: (steps, steps, D), rows from top to bottom.
    """
    across, down = torch.meshgrid(
        torch.linspace(0, 1, steps), torch.linspace(0, 1, steps), indexing="xy"
    )
    z = a + across.unsqueeze(2) * (b - a) + down.unsqueeze(2) * (c - a)
    return z * math.sqrt(len(a)) / z.norm(dim=2, keepdim=True)


# --- Directions -----------------------------------------------------------------------------------


def principal_directions(generate: Generate, z: Tensor) -> tuple[Tensor, Tensor]:
    """The directions along which the images change most, strongest first, and how much they do.

    At each of the latents `z` (N, D) the Jacobian J, (784, D), says how every pixel answers when a
    number of the latent is nudged. A small step along the unit vector v changes the image by
    |J v|² = v · JᵀJ v, on average over the latents by v · E[JᵀJ] v, and the eigenvectors of E[JᵀJ]
    make that largest. Returns the eigenvalues (D,), in squared brightness per squared unit, and the
    directions (D, D), a unit vector a row, each turned so that its largest number is above 0. Close
    relatives: SeFa, which does this with the first layer alone, and GANSpace (Härkönen et al.,
    2020), which looks at the features of random latents.
    """
    nudges, gram = NUDGE * torch.eye(z.shape[1]), torch.zeros(z.shape[1], z.shape[1])
    with torch.no_grad():
        for point in z:
            answers = generate(point + nudges) - generate(point - nudges)
            jacobian = answers.flatten(1).T / (2 * NUDGE)
            gram += jacobian.T @ jacobian / len(z)
    return _eigenvectors(gram)


def first_layer_directions(weight: Tensor) -> tuple[Tensor, Tensor]:
    """SeFa: the directions that the first linear layer, `weight` (features, D), stretches most.

    It needs no image: the eigenvectors of AᵀA for the layer's matrix A. Returns as
    `principal_directions` does. Shen & Zhou, "Closed-Form Factorization of Latent Semantics in
    GANs", 2021.
    """
    weight = weight.detach()
    return _eigenvectors(weight.T @ weight)


def _eigenvectors(gram: Tensor) -> tuple[Tensor, Tensor]:
    values, columns = torch.linalg.eigh(gram)  # from the smallest to the largest
    vectors = columns.T.flip(0)
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    return values.flip(0), vectors * largest.sign()


def scan(z: Tensor, direction: Tensor, positions: Tensor) -> Tensor:
    """`z` (D,) moved along the unit vector `direction` (D,) to each of `positions` (P,): (P, D).

    A position is where the latent stands along the direction, z · direction; the rest of `z` stays.
    """
    rest = z - torch.dot(z, direction) * direction
    return rest + positions.unsqueeze(1) * direction


# --- The way back ---------------------------------------------------------------------------------


class Approach(NamedTuple):
    """How near the search has come: the best of all candidates after one step."""

    step: int
    index: int  # which candidate it is
    z: Tensor  # (D,)
    x: Tensor  # (1, 1, 28, 28)
    error: float  # root mean squared difference of brightness, in the range [-1, 1]


def approach(
    generate: Generate,
    target: Tensor,
    starts: Tensor,
    steps: int = 150,
    rate: float = 0.1,
    prior_weight: float = 0.005,
) -> Iterator[Approach]:
    """Search for the latent whose image is nearest to `target` (1, 1, 28, 28); yield on the way.

    Gradient descent on the latent, the generator stays as it is: Adam makes

        mean (G(z) - target)²  +  prior_weight · mean z²

    small, from all of `starts` (N, D) at once. The second term keeps `z` where latents are likely;
    without it, z wanders off to where the generator has never been trained. `generate` has to make
    the N images of N latents, so that each candidate may have a digit of its own. Zhu et al.,
    "Generative Visual Manipulation on the Natural Image Manifold", 2016.
    """
    z = starts.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([z], lr=rate)
    for step in range(steps + 1):
        x = generate(z)
        errors = (x - target).square().flatten(1).mean(1)
        best = int(errors.argmin())
        found = z[best].detach().clone(), x[best : best + 1].detach()
        yield Approach(step, best, *found, errors[best].sqrt().item())
        loss = (errors + prior_weight * z.square().mean(1)).sum()
        (z.grad,) = torch.autograd.grad(loss, z)
        optimizer.step()
