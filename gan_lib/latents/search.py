"""The way back from an image to its latent: GAN inversion. Notebook "The latent space"."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lib.latents.directions import Generate


class Approach(NamedTuple):
    """How near the search has come: the best of all candidates after one step."""

    step: int
    index: int  # which candidate it is
    z: Tensor  # (D,)
    x: Tensor  # (1, C, H, W)
    error: float  # root mean squared difference of brightness, in the range [-1, 1]


def approach(
    generate: Generate,
    target: Tensor,
    starts: Tensor,
    steps: int = 150,
    rate: float = 0.1,
    prior_weight: float = 0.005,
) -> Iterator[Approach]:
    """Search for the latent whose image is nearest to `target` (1, C, H, W); yield on the way.

    Gradient descent on the latent, the generator stays as it is: Adam makes

        mean (G(z) - target)²  +  prior_weight · mean z²

    small, from all of `starts` (N, D) at once. The second term keeps `z` where the generator has
    been trained. `generate` makes the N images of N latents, each perhaps of a class of its own.
    Zhu et al., "Generative Visual Manipulation on the Natural Image Manifold", 2016.
    """
    z = starts.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([z], lr=rate)
    for step in range(steps + 1):
        x = generate(z)
        errors = (x - target).square().flatten(1).mean(1)
        best = int(errors.argmin())
        z_best, x_best = z[best].detach().clone(), x[best : best + 1].detach()
        yield Approach(step, best, z_best, x_best, errors[best].sqrt().item())
        loss = (errors + prior_weight * z.square().mean(1)).sum()
        (z.grad,) = torch.autograd.grad(loss, z)
        optimizer.step()
