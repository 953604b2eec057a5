"""What each player minimises, as pure functions of the discriminator's logits.

`logits_real` and `logits_fake` are the discriminator's answers to real and to generated images,
each of shape (N,). Every loss is a scalar; the batch is averaged. Notation: σ is the sigmoid,
D the logit, E the mean over the batch. `Objective` puts the two players' losses together.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

DiscriminatorLoss = Callable[[Tensor, Tensor], Tensor]  # (logits_real, logits_fake) → scalar
GeneratorLoss = Callable[[Tensor, Tensor | None], Tensor]  # (logits_fake, logits_real) → scalar
Penalty = Callable[[nn.Module, Tensor, Tensor], Tensor]  # (discriminator, x_real, x_fake) → scalar


@dataclass(frozen=True)
class Objective:
    """One loss for each player and, if there is one, a penalty on the discriminator."""

    name: str
    discriminator: DiscriminatorLoss
    generator: GeneratorLoss
    penalty: Penalty | None = None
    generator_needs_real: bool = False  # relativistic losses compare the two halves


# --- Binary cross-entropy: Goodfellow et al., "Generative Adversarial Nets", 2014 ---------------


def bce_discriminator(logits_real: Tensor, logits_fake: Tensor, real_target: float = 1.0) -> Tensor:
    """-½ E[t log σ(D(x)) + (1 - t) log(1 - σ(D(x)))] - ½ E[log(1 - σ(D(G(z))))], t = real_target.

    It is the cross-entropy of one batch that holds both halves, with the targets t and 0. A target
    of 0.9 ("one-sided label smoothing", Salimans et al. 2016) keeps the discriminator modest.
    """
    logits = torch.cat([logits_real, logits_fake])
    targets = torch.cat([torch.full_like(logits_real, real_target), torch.zeros_like(logits_fake)])
    return F.binary_cross_entropy_with_logits(logits, targets)


def bce_generator(
    logits_fake: Tensor, logits_real: Tensor | None = None, real_target: float = 1.0
) -> Tensor:
    """-E[log σ(D(G(z)))], the non-saturating loss: make "real" likely.

    Its gradient is largest where the discriminator is surest, which is when the generator needs it.
    """
    return F.binary_cross_entropy_with_logits(
        logits_fake, torch.full_like(logits_fake, real_target)
    )


def saturating_generator(logits_fake: Tensor, logits_real: Tensor | None = None) -> Tensor:
    """E[log(1 - σ(D(G(z))))], the loss of the minimax game: make "generated" unlikely.

    Where the discriminator is sure of itself (D far below 0) its gradient vanishes. It is here to
    be compared; the same paper advises `bce_generator` instead.
    """
    return -F.softplus(logits_fake).mean()  # log(1 - σ(D)) = -softplus(D)


# --- Hinge: Lim & Ye, "Geometric GAN", 2017; Miyato et al., 2018 ---------------------------------


def hinge_discriminator(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))].

    An image that is right by a margin of 1 no longer counts: effort goes to the hard ones.
    """
    return F.relu(1 - logits_real).mean() + F.relu(1 + logits_fake).mean()


def mean_generator(logits_fake: Tensor, logits_real: Tensor | None = None) -> Tensor:
    """-E[D(G(z))]: raise the logit of what is generated. Of hinge and of Wasserstein alike."""
    return -logits_fake.mean()


# --- Least squares: Mao et al., "Least Squares Generative Adversarial Networks", 2017 ------------


def least_squares_discriminator(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """½ E[(D(x) - 1)²] + ½ E[D(G(z))²]: regression to 1 for real and 0 for generated images."""
    return 0.5 * (logits_real - 1).square().mean() + 0.5 * logits_fake.square().mean()


def least_squares_generator(logits_fake: Tensor, logits_real: Tensor | None = None) -> Tensor:
    """½ E[(D(G(z)) - 1)²]."""
    return 0.5 * (logits_fake - 1).square().mean()


# --- Wasserstein: Arjovsky et al., 2017; with gradient penalty: Gulrajani et al., 2017 -----------


def wasserstein_discriminator(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """E[D(G(z))] - E[D(x)]: minus the critic's estimate of the distance between the two.

    It is an estimate only if the critic is 1-Lipschitz, hence `gradient_penalty`.
    """
    return logits_fake.mean() - logits_real.mean()


def _input_gradient(discriminator: nn.Module, x: Tensor) -> Tensor:
    """∂D/∂x for each image, (N, 784), in a graph that can itself be differentiated."""
    x = x.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(discriminator(x).sum(), x, create_graph=True)
    return gradient.flatten(1)


def gradient_penalty(
    discriminator: nn.Module, x_real: Tensor, x_fake: Tensor, weight: float = 10.0
) -> Tensor:
    """weight · E[(|∇D(x̂)| - 1)²] at random points x̂ between a real and a generated image."""
    share = torch.rand(len(x_real), 1, 1, 1, device=x_real.device)
    gradient = _input_gradient(discriminator, torch.lerp(x_fake, x_real, share))
    return weight * (gradient.norm(dim=1) - 1).square().mean()


# --- Relativistic pairing: Jolicoeur-Martineau, 2018; with R1 and R2: Huang et al. (R3GAN), 2024 -


def relativistic_discriminator(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """-E[log σ(D(x) - D(G(z)))]: each real image shall look more real than a generated partner."""
    return F.softplus(logits_fake - logits_real).mean()


def relativistic_generator(logits_fake: Tensor, logits_real: Tensor | None = None) -> Tensor:
    """-E[log σ(D(G(z)) - D(x))]: the same, the other way round.

    Raises `ValueError` without `logits_real`: this loss is about pairs.
    """
    if logits_real is None:
        raise ValueError("the relativistic loss needs logits_real beside logits_fake")
    return F.softplus(logits_real - logits_fake).mean()


def r1_penalty(discriminator: nn.Module, x: Tensor, gamma: float = 1.0) -> Tensor:
    """γ/2 · E[|∇D(x)|²]: on real images "R1" (Mescheder et al., 2018), on generated ones "R2".

    It flattens the discriminator's landscape around the images.
    """
    return 0.5 * gamma * _input_gradient(discriminator, x).square().sum(dim=1).mean()


def r1_r2_penalty(
    discriminator: nn.Module, x_real: Tensor, x_fake: Tensor, gamma: float = 1.0
) -> Tensor:
    """R1 on the real and R2 on the generated images, with the same γ."""
    return r1_penalty(discriminator, x_real, gamma) + r1_penalty(discriminator, x_fake, gamma)


# --- The pairs ------------------------------------------------------------------------------------


def binary_cross_entropy(real_target: float = 1.0) -> Objective:
    """Cross-entropy for both players, with `real_target` wherever the target says "real"."""

    def discriminator(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
        return bce_discriminator(logits_real, logits_fake, real_target)

    def generator(logits_fake: Tensor, logits_real: Tensor | None = None) -> Tensor:
        return bce_generator(logits_fake, logits_real, real_target)

    suffix = "" if real_target == 1.0 else f", real = {real_target}"
    return Objective("binary cross-entropy" + suffix, discriminator, generator)


SATURATING = Objective("saturating cross-entropy", bce_discriminator, saturating_generator)
HINGE = Objective("hinge", hinge_discriminator, mean_generator)
LEAST_SQUARES = Objective("least squares", least_squares_discriminator, least_squares_generator)
WASSERSTEIN = Objective(
    "Wasserstein, gradient penalty", wasserstein_discriminator, mean_generator, gradient_penalty
)
RELATIVISTIC = Objective(
    "relativistic, R1 + R2",
    relativistic_discriminator,
    relativistic_generator,
    r1_r2_penalty,
    generator_needs_real=True,
)
