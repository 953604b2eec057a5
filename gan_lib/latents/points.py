"""Points of the latent space, and paths and maps through it. Notebook "The latent space".

All are normal numbers, (N, D) with D = `Recipe.noise_dim`; `Pair.join` adds a class to them.
"""

import torch
from torch import Tensor, nn

from gan_lib.machine.randomness import Purpose, generator


def normal(count: int, dim: int, seed: int) -> Tensor:
    """`count` latents (count, dim) from the normal distribution; the same seed gives the same."""
    return torch.randn(count, dim, generator=generator(seed, Purpose.POINT))


def truncated(count: int, dim: int, most: float, seed: int) -> Tensor:
    """`count` latents (count, dim) of normal numbers between -`most` and `most`.

    The **truncation trick**: what is rare in the latent is rare in training too, so leaving it out
    makes images better and less various. Raises `ValueError` unless `most` is above 0. Brock et
    al., "Large Scale GAN Training for High Fidelity Natural Image Synthesis", 2019.
    """
    if not most > 0:
        raise ValueError("nothing is left between -most and most")
    draw = generator(seed, Purpose.POINT)
    return nn.init.trunc_normal_(torch.empty(count, dim), a=-most, b=most, generator=draw)


def linear(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """The straight line from latent `a` (D,) to `b` (D,), ends included: (steps, D)."""
    return torch.lerp(a, b, torch.linspace(0, 1, steps).unsqueeze(1))


def spherical(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """The arc from `a` (D,) to `b` (D,), ends included: (steps, D).

        slerp(t) = sin((1 - t) ω) / sin ω · a + sin(t ω) / sin ω · b,   ω the angle between them

    Nearly all normal latents are about √D long. The middle of the straight line is shorter; the arc
    stays where the latents are. White, "Sampling Generative Networks", 2016.
    """
    t = torch.linspace(0, 1, steps).unsqueeze(1)
    cosine = torch.dot(a, b) / (a.norm() * b.norm())
    angle = torch.acos(cosine.clamp(-1, 1))
    if torch.sin(angle) < 1e-4:  # the same direction, or the opposite: there is no one arc
        return torch.lerp(a, b, t)
    return (torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)


def walk(stops: Tensor, steps: int) -> Tensor:
    """A round trip on arcs through `stops` (K, D): (K · steps, D), to be played for ever."""
    ways = zip(stops, stops.roll(-1, 0))
    return torch.cat([spherical(a, b, steps + 1)[:-1] for a, b in ways])


def plane(a: Tensor, b: Tensor, c: Tensor, steps: int) -> Tensor:
    """A map with `a` at the top left, `b` at the top right and `c` at the bottom left.

    (steps, steps, D), rows from top to bottom: points of the plane through the three latents (D,),
    each brought to the length that is usual, √D.
    """
    t = torch.linspace(0, 1, steps)
    z = a + t.view(1, -1, 1) * (b - a) + t.view(-1, 1, 1) * (c - a)
    return z * len(a) ** 0.5 / z.norm(dim=2, keepdim=True)
