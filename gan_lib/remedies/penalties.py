"""Penalties on the discriminator: what keeps its landscape flat around the images.

Each kind is a function of the discriminator and of the two halves of its batch, and returns a
scalar; `Penalty` says how much of which kind. Notation: D is the logit, ∇D its gradient with
respect to the image, E the mean over the images. Mescheder et al., "Which Training Methods for
GANs do actually Converge?", 2018, show why a GAN without any need not converge.
Notebook "Better games".
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

NUDGE = 0.01  # how far `near_r1` and `near_r2` look, in brightness from -1 to 1


def ask(discriminator: nn.Module, x: Tensor, told: Tensor | None = None) -> Tensor:
    """The logits (N,) of images `x` (N, C, H, W), and of what D is `told` of them, if anything.

    `told` (N, classes) is one-hot. In float32, whatever precision D computes in.
    """
    return (discriminator(x) if told is None else discriminator(x, told)).float()


class Half(NamedTuple):
    """One half of the discriminator's batch, all real or all fake."""

    x: Tensor  # images (N, C, H, W), as the discriminator saw them
    told: Tensor | None  # (N, classes) one-hot: what it was told of them
    logits: Tensor | None = None  # (N,): what it has just answered

    def watched(self) -> "Half":
        """The half, with images that the logits to come can be differentiated by."""
        return self._replace(x=self.x.detach().requires_grad_())

    def some(self, count: int) -> "Half":
        """So many of the images, evenly from all of the half, to be asked about again.

        The first of the fakes may be mismatched ones, of which there shall be a share, too.
        """
        rows = torch.arange(count, device=self.x.device) * len(self.x) // count
        return Half(self.x[rows].detach(), None if self.told is None else self.told[rows])


Kind = Callable[[nn.Module, Half, Half], Tensor]  # (discriminator, real, fake) → scalar


@dataclass(frozen=True)
class Penalty:
    """γ times a kind, on a share of each batch, every so many steps.

    With `every` above 1, the steps that have it weigh it `every` times ("lazy regularisation",
    Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", 2020).
    """

    kind: Kind
    gamma: float = 1.0
    share: float = 1.0  # of each half of the batch, above 0 and at most 1
    every: int = 1

    def __post_init__(self) -> None:
        if not (0 < self.share <= 1 and self.every >= 1 and self.gamma >= 0):
            raise ValueError("a penalty needs 0 < share <= 1, every >= 1 and gamma >= 0")

    def due(self, step: int) -> bool:
        """Whether the step of that number, from 1, has this penalty."""
        return (step - 1) % self.every == 0

    def __call__(self, discriminator: nn.Module, real: Half, fake: Half) -> Tensor:
        """The term that is added to the discriminator's loss: a scalar, 0 or more."""
        if self.share < 1:
            count = max(1, round(self.share * len(real.x)))
            real, fake = real.some(count), fake.some(count)
        return self.gamma * self.every * self.kind(discriminator, real, fake)


def input_gradient(discriminator: nn.Module, half: Half) -> Tensor:
    """∇D for each image, (N, C·H·W), in a graph that can itself be differentiated.

    Of the logits that were just computed, where the images were watched while they were; else the
    discriminator is asked again.
    """
    x, logits = half.x, half.logits
    if logits is None or not x.requires_grad:
        x = x.detach().requires_grad_(True)
        logits = ask(discriminator, x, half.told)
    (gradient,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
    return gradient.flatten(1)


def r1(discriminator: nn.Module, real: Half, fake: Half) -> Tensor:
    """½ E[|∇D(x)|²] on real images. Mescheder et al., 2018."""
    return 0.5 * input_gradient(discriminator, real).square().sum(dim=1).mean()


def r2(discriminator: nn.Module, real: Half, fake: Half) -> Tensor:
    """½ E[|∇D(G(z))|²], the same on fake images. With `r1`: Huang et al. (R3GAN), 2024."""
    return r1(discriminator, fake, real)


def near_r1(discriminator: nn.Module, real: Half, fake: Half) -> Tensor:
    """½ E[((D(x + ε) - D(x)) / NUDGE)²] with normal noise ε of spread NUDGE, on real images.

    Seen from close by, D(x + ε) - D(x) is ε · ∇D(x), whose mean square is NUDGE² |∇D(x)|². So this
    is `r1` on average, noisier, and without a gradient of a gradient. "GAT: scalable generative
    adversarial transformers" (arXiv 2509.24935), 2025.
    """
    logits = ask(discriminator, real.x, real.told) if real.logits is None else real.logits
    nudged = ask(discriminator, real.x + NUDGE * torch.randn_like(real.x), real.told)
    return 0.5 * ((nudged - logits) / NUDGE).square().mean()


def near_r2(discriminator: nn.Module, real: Half, fake: Half) -> Tensor:
    """`near_r1` on fake images."""
    return near_r1(discriminator, fake, real)


def slope_of_one(discriminator: nn.Module, real: Half, fake: Half) -> Tensor:
    """E[(|∇D(x̂)| - 1)²] at random points x̂ between a real and a fake image.

    The gradient penalty of Wasserstein GANs: Gulrajani et al., "Improved Training of Wasserstein
    GANs", 2017. What D is told lies between as the image does: a mismatched fake, which is told
    another class, has its place on the way to that class.
    """
    share = torch.rand(len(real.x), *[1] * (real.x.ndim - 1), device=real.x.device)
    x = torch.lerp(fake.x.detach(), real.x.detach(), share)
    told = real.told
    if told is not None:
        told = torch.lerp(fake.told, real.told, share.view(-1, 1))
    return (input_gradient(discriminator, Half(x, told)).norm(dim=1) - 1).square().mean()
