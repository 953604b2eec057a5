"""What each player minimises, as pure functions of the discriminator's logits.

`logits_real` and `logits_fake` are the discriminator's answers to real and to generated images,
each of shape (N,). Every loss is a scalar; the batch is averaged. Notation: σ is the sigmoid,
D the logit, E the mean over the batch. `Objective` puts the two players' losses together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_lib.remedies.penalties import Penalty, r1, r2, slope_of_one

DiscriminatorLoss = Callable[[Tensor, Tensor], Tensor]  # (logits_real, logits_fake) → scalar
GeneratorLoss = Callable[[Tensor, Tensor | None], Tensor]  # (logits_fake, logits_real) → scalar


@dataclass(frozen=True)
class Objective:
    """One loss for each player, and the penalties on the discriminator."""

    name: str
    discriminator: DiscriminatorLoss
    generator: GeneratorLoss
    penalties: tuple[Penalty, ...] = ()
    together: bool = False  # the generator's step scores real images beside the generated ones


def bce_discriminator(logits_real: Tensor, logits_fake: Tensor, real_target: float = 1.0) -> Tensor:
    """-½ E[t log σ(D(x)) + (1 - t) log(1 - σ(D(x)))] - ½ E[log(1 - σ(D(G(z))))], t = real_target.

    The cross-entropy of one batch that holds both halves, with the targets t and 0: Goodfellow et
    al., "Generative Adversarial Nets", 2014. A target of 0.9 ("one-sided label smoothing", Salimans
    et al., 2016) keeps the discriminator modest.
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
    targets = torch.full_like(logits_fake, real_target)
    return F.binary_cross_entropy_with_logits(logits_fake, targets)


def saturating_generator(logits_fake: Tensor, logits_real: Tensor | None = None) -> Tensor:
    """E[log(1 - σ(D(G(z))))], the loss of the minimax game: make "generated" unlikely.

    Where the discriminator is sure of itself (D far below 0) its gradient vanishes. It is here to
    be compared; the same paper advises `bce_generator` instead.
    """
    return -F.softplus(logits_fake).mean()  # log(1 - σ(D)) = -softplus(D)


def hinge_discriminator(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))].

    An image that is right by a margin of 1 no longer counts: effort goes to the hard ones. Lim &
    Ye, "Geometric GAN", 2017; Miyato et al., 2018.
    """
    return F.relu(1 - logits_real).mean() + F.relu(1 + logits_fake).mean()


def mean_generator(logits_fake: Tensor, logits_real: Tensor | None = None) -> Tensor:
    """-E[D(G(z))]: raise the logit of what is generated. Of hinge and of Wasserstein alike."""
    return -logits_fake.mean()


def least_squares_discriminator(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """½ E[(D(x) - 1)²] + ½ E[D(G(z))²]: regression to 1 for real and 0 for generated images.

    Mao et al., "Least Squares Generative Adversarial Networks", 2017.
    """
    return 0.5 * (logits_real - 1).square().mean() + 0.5 * logits_fake.square().mean()


def least_squares_generator(logits_fake: Tensor, logits_real: Tensor | None = None) -> Tensor:
    """½ E[(D(G(z)) - 1)²]."""
    return 0.5 * (logits_fake - 1).square().mean()


def wasserstein_discriminator(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """E[D(G(z))] - E[D(x)]: minus the critic's estimate of the distance between the two.

    Arjovsky et al., "Wasserstein GAN", 2017; with a penalty: Gulrajani et al., 2017.
    It is an estimate only if the critic is 1-Lipschitz (no slope above 1), hence the penalty
    `penalties.slope_of_one`.
    """
    return logits_fake.mean() - logits_real.mean()


def relativistic_discriminator(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """-E[log σ(D(x) - D(G(z)))]: each real image shall look more real than a generated partner.

    Jolicoeur-Martineau, "The relativistic discriminator", 2018; with R1 and R2: R3GAN, 2024.
    """
    return F.softplus(logits_fake - logits_real).mean()


def relativistic_generator(logits_fake: Tensor, logits_real: Tensor | None = None) -> Tensor:
    """-E[log σ(D(G(z)) - D(x))]: the same, the other way round.

    Raises `ValueError` without `logits_real`: this loss is about pairs.
    """
    if logits_real is None:
        raise ValueError("the relativistic loss needs logits_real beside logits_fake")
    return F.softplus(logits_real - logits_fake).mean()


def binary_cross_entropy(real_target: float = 1.0, together: bool = False) -> Objective:
    """Cross-entropy for both players, with `real_target` wherever the target says "real"."""
    losses = [partial(loss, real_target=real_target) for loss in (bce_discriminator, bce_generator)]
    suffix = "" if real_target == 1.0 else f", real = {real_target}"
    return Objective("binary cross-entropy" + suffix, *losses, together=together)


SATURATING = Objective("saturating cross-entropy", bce_discriminator, saturating_generator)
HINGE = Objective("hinge", hinge_discriminator, mean_generator)
LEAST_SQUARES = Objective("least squares", least_squares_discriminator, least_squares_generator)
WASSERSTEIN = Objective(
    "Wasserstein, gradient penalty", wasserstein_discriminator, mean_generator,
    (Penalty(slope_of_one, gamma=10.0),),
)  # fmt: skip
RELATIVISTIC = Objective(
    "relativistic, R1 + R2", relativistic_discriminator, relativistic_generator,
    (Penalty(r1), Penalty(r2)), together=True,
)  # fmt: skip
