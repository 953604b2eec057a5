"""The exercises of “Better games”: a loss of pairs, a penalty by autograd, modes counted."""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_lib.exercises.exercise import Answer, Exercise, on, slope
from gan_lib.measures.modes import mode_shares
from gan_lib.remedies.penalties import Half, input_gradient

TITLE = "Better games"


def _logits(count: int, seed: int) -> tuple[Tensor, Tensor]:
    g = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(count, generator=g) + 1, 2 * torch.randn(count, generator=g) - 0.5


def _pairs(gap: Tensor) -> tuple[Tensor, Tensor]:
    """Both losses, of D and of G, from by how much D(x) is above D(G(z))."""
    return F.softplus(-gap).mean(), F.softplus(gap).mean()


PAIRS = Exercise(
    "losses_of_pairs",
    TITLE,
    minutes=6,
    right=lambda real, fake: _pairs(real - fake),
    trials=on(lambda: _logits(40, 1), lambda: _logits(9, 2)),
    slips={
        "The two have changed places: return D's loss first, and D wants D(x) above "
        "D(G(z)).": lambda real, fake: _pairs(fake - real),
        "The minus is missing: a loss is what a player makes small, so it is -log σ.": (
            lambda real, fake: tuple(-loss for loss in _pairs(real - fake))
        ),
        "The logarithm is missing: -log σ(difference).": lambda real, fake: (
            -(real - fake).sigmoid().mean(),
            -(fake - real).sigmoid().mean(),
        ),
        "The means are taken first, so the pairs are gone: one -log σ for each pair, and then the "
        "mean.": lambda real, fake: _pairs(real.mean() - fake.mean()),
        "Every real image is compared with every generated one. Each has one partner: the i-th the "
        "i-th.": lambda real, fake: _pairs(real[:, None] - fake[None, :]),
        "These are sums over the pairs, not means.": lambda real, fake: tuple(
            len(real) * loss for loss in _pairs(real - fake)
        ),
        "Both losses are D's: G wants D(G(z)) above D(x).": lambda real, fake: (
            (F.softplus(fake - real).mean(),) * 2
        ),
        "Here each logit is judged alone, as in cross-entropy. What counts is the difference of "
        "two.": lambda real, fake: (
            F.softplus(-real).mean() + F.softplus(fake).mean(),
            F.softplus(-fake).mean(),
        ),
    },
)


def _judge(seed: int) -> tuple[Callable[[Tensor], Tensor], Tensor, Tensor]:
    """A small D, its weight, and images: each image's logit depends on that image alone."""
    g = torch.Generator().manual_seed(seed)
    x, w = torch.randn(6, 1, 3, 3, generator=g), torch.randn(9, generator=g).requires_grad_()
    return lambda x: (x.flatten(1) * w).sum(1).tanh() + x.flatten(1).square().sum(1) / 9, w, x


def _penalties(answer: Answer) -> Iterator[object]:
    """The penalty, and what it makes D's weight do."""
    for seed in (1, 2):
        D, w, x = _judge(seed)
        value = answer(D, x)
        yield value
        yield slope(value, w)


def _slopes(D: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The gradient of each image's logit, (N, pixels)."""
    return input_gradient(D, Half(x, None))


PENALTY = Exercise(
    "r1_penalty",
    TITLE,
    minutes=10,
    right=lambda D, x: 0.5 * _slopes(D, x).square().sum(1).mean(),
    trials=_penalties,
    slips={
        "The value is right, but D cannot learn from it: autograd.grad needs create_graph=True, "
        "and what is returned stays a tensor.": lambda D, x: (
            0.5 * _slopes(D, x).square().sum(1).mean().detach()
        ),
        "The half is missing.": lambda D, x: _slopes(D, x).square().sum(1).mean(),
        "This is the length of the gradient. R1 takes its square.": lambda D, x: (
            0.5 * _slopes(D, x).norm(dim=1).mean()
        ),
        "Squares are averaged over the pixels here: add them up, and average over the images "
        "alone.": lambda D, x: 0.5 * _slopes(D, x).square().mean(),
        "This is the sum over the images, not their mean.": lambda D, x: (
            0.5 * _slopes(D, x).square().sum()
        ),
        "This is the gradient of the mean logit, which is N times too small for each image: take "
        "that of the sum.": lambda D, x: 0.5 * (_slopes(D, x) / len(x)).square().sum(1).mean(),
        "The gradients of all images are added before they are squared: one square for each "
        "image.": lambda D, x: 0.5 * _slopes(D, x).sum(0).square().sum(),
        "This penalises the logits, not their slope.": lambda D, x: 0.5 * D(x).square().mean(),
        "This is the penalty of Wasserstein GANs, which asks for a slope of 1. R1 asks for "
        "0.": lambda D, x: 0.5 * (_slopes(D, x).norm(dim=1) - 1).square().mean(),
    },
)


def _modes(count: int, seed: int) -> tuple[Tensor]:
    """Modes of which some are rare and a few are missing."""
    g = torch.Generator().manual_seed(seed)
    return ((1000 * torch.rand(count, generator=g) ** 1.5).long(),)


def _shares(modes: Tensor) -> Tensor:
    shares = mode_shares(modes)
    return shares[shares > 0]


COUNTED = Exercise(
    "from_equal_shares",
    TITLE,
    minutes=6,
    right=lambda modes: (_shares(modes) * (1000 * _shares(modes)).log()).sum(),
    trials=on(lambda: _modes(3000, 1), lambda: _modes(500, 2)),
    slips={
        "This is the sum of p log p alone. Divide p by the equal share of a mode, 1/1000, inside "
        "the logarithm.": lambda modes: (_shares(modes) * _shares(modes).log()).sum(),
        "The logarithm is to base 2: these are bits. The figures that are published are in "
        "nats.": lambda modes: (_shares(modes) * (1000 * _shares(modes)).log2()).sum(),
        "The equal share is that of the modes that were found. It is 1/1000, or a mode that is "
        "missing costs nothing.": lambda modes: (
            _shares(modes) * (len(_shares(modes)) * _shares(modes)).log()
        ).sum(),
        "These are counts, not shares: divide by how many images there are.": lambda modes: (
            len(modes) * _shares(modes) * (1000 * len(modes) * _shares(modes)).log()
        ).sum(),
        "This is a mean over the modes. KL is a sum.": lambda modes: (
            (_shares(modes) * (1000 * _shares(modes)).log()).sum() / 1000
        ),
        "The sign is turned round: KL is never below 0.": lambda modes: (
            -(_shares(modes) * (1000 * _shares(modes)).log()).sum()
        ),
        "This is KL(equal ‖ generated). It is infinite as soon as one mode is missing; asked is "
        "KL(generated ‖ equal).": lambda modes: -(1000 * mode_shares(modes)).log().mean(),
    },
)

EXERCISES = (PAIRS, PENALTY, COUNTED)
