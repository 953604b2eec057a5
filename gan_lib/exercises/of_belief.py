"""The exercises of “What the discriminator believes” and “When to trust the discriminator”."""

import torch
from torch import Tensor

from gan_lib.belief.confidence import ranked_right
from gan_lib.exercises.exercise import Exercise, on


def _logits() -> tuple[Tensor, Tensor]:
    g = torch.Generator().manual_seed(1)
    return torch.randn(60, generator=g) + 0.9, torch.randn(60, generator=g) - 0.3


def _lopsided() -> tuple[Tensor, Tensor]:
    """All above the line, and most pairs in order."""
    real, fake = _logits()
    return real[:40] + 3, fake[:25] + 2.6


ACCURACY = Exercise(
    "accuracy",
    "What the discriminator believes",
    minutes=4,
    right=lambda real, fake: ((real > 0).float().mean() + (fake < 0).float().mean()) / 2,
    trials=on(_logits, lambda: tuple(part[:50] for part in _logits())),
    slips={
        "A logit is no confidence: the line between “real” and “generated” lies at logit 0, where "
        "the confidence is ½.": lambda real, fake: (
            ((real > 0.5).float().mean() + (fake < 0.5).float().mean()) / 2
        ),
        "Here only the real images count: D could say “real” to everything and have 100 %.": (
            lambda real, fake: (real > 0).float().mean()
        ),
        "Here only the generated images count: D could say “generated” to everything.": (
            lambda real, fake: (fake < 0).float().mean()
        ),
        "A verdict “real” on a generated image is a mistake, and here it counts as right.": (
            lambda real, fake: ((real > 0).float().mean() + (fake > 0).float().mean()) / 2
        ),
        "This is a mean confidence. Accuracy counts verdicts, right or wrong.": lambda real, fake: (
            (real.sigmoid().mean() + 1 - fake.sigmoid().mean()) / 2
        ),
        "This is the number of right verdicts: divide by the number of "
        "images.": lambda real, fake: (real > 0).float().sum() + (fake < 0).float().sum(),
    },
)

MEAN_CONFIDENCE = Exercise(
    "mean_confidence",
    "What the discriminator believes",
    minutes=2,
    right=lambda logits: logits.sigmoid().mean(),
    trials=on(lambda: (3 * _logits()[0],), lambda: (4 * _logits()[1],)),
    slips={
        "This is the confidence in the mean logit. The mean of σ is not σ of the mean: take the "
        "sigmoid of each image first.": lambda logits: logits.mean().sigmoid(),
        "This is the mean logit: the sigmoid is missing.": lambda logits: logits.mean(),
        "This is the share of images that D calls real: a confidence is not a "
        "verdict.": lambda logits: (logits > 0).float().mean(),
        "This is one confidence for each image: take their mean.": lambda logits: logits.sigmoid(),
        "This is the confidence that the images are generated.": lambda logits: (
            (-logits).sigmoid().mean()
        ),
    },
)

IN_ORDER = Exercise(
    "in_order",
    "What the discriminator believes",
    minutes=6,
    right=ranked_right,
    trials=on(_logits, _lopsided),
    tolerance=1e-3,
    slips={
        "This compares the first with the first, the second with the second, and so on. Compare "
        "every real image with every generated one.": lambda real, fake: (
            (real[: len(fake)] > fake[: len(real)]).float().mean()
        ),
        "This is the accuracy. In a pair there is no line: only which of the two is higher.": (
            lambda real, fake: torch.cat([(real > 0), (fake < 0)]).float().mean()
        ),
        "The order is reversed: the real image should have the higher logit.": lambda real, fake: (
            (real[:, None] < fake).float().mean()
        ),
        "This is the mean difference of the logits. Count pairs instead.": lambda real, fake: (
            real[:, None] - fake
        ).mean(),
        "This is the number of pairs in order: divide by the number of all "
        "pairs.": lambda real, fake: (real[:, None] > fake).float().sum(),
    },
)


def _densities() -> tuple[Tensor, Tensor]:
    return torch.tensor([0.4, 0.1, 0.02, 0.3]), torch.tensor([0.1, 0.1, 0.2, 0.05])


BEST = Exercise(
    "best_confidence",
    "When to trust the discriminator",
    minutes=3,
    right=lambda p, g: p / (p + g),
    trials=on(_densities, lambda: tuple(2 * part for part in reversed(_densities()))),
    slips={
        "This is the ratio of the densities, the odds. The confidence is the real share of all "
        "images at x, p + g of them.": lambda p, g: p / g,
        "This is the confidence that the image is generated.": lambda p, g: g / (p + g),
        "σ wants the difference of the logarithms, log p - log g, not of the "
        "densities.": lambda p, g: (p - g).sigmoid(),
        "This is the logit of the best discriminator: σ of it is the confidence.": lambda p, g: (
            p.log() - g.log()
        ),
        "This says only which density is larger, as hinge loss does, and not how "
        "likely.": lambda p, g: (p > g).float(),
        "This is only the density of real images: it has to be compared with g.": lambda p, g: p,
    },
)


def _answers() -> tuple[Tensor, Tensor, int]:
    g = torch.Generator().manual_seed(2)
    confidence = torch.rand(400, generator=g) * 0.999
    return confidence, torch.rand(400, generator=g) < confidence**2, 5


def _few_answers() -> tuple[Tensor, Tensor, int]:
    confidence = torch.tensor([0.05, 0.15, 0.3, 0.35, 0.55, 0.6, 0.7, 0.8, 0.9, 0.95])
    return confidence, torch.tensor([0, 0, 1, 0, 1, 0, 1, 1, 1, 1]).bool(), 4


def _per_bin(values: Tensor, bin_of: Tensor, bins: int) -> Tensor:
    return torch.stack([values.float()[bin_of == i].mean() for i in range(bins)])


RELIABILITY = Exercise(
    "reliability",
    "When to trust the discriminator",
    minutes=10,
    right=lambda confidence, real, bins: _per_bin(real, (confidence * bins).long(), bins),
    trials=on(_answers, _few_answers),
    slips={
        "This is the mean confidence of each bin: what D says. Asked is what is true, the share of "
        "real images in the bin.": lambda confidence, real, bins: _per_bin(
            confidence, (confidence * bins).long(), bins
        ),
        "This is the share of all images that are real and in the bin: divide by the number of "
        "images in the bin.": lambda confidence, real, bins: torch.stack(
            [(real & ((confidence * bins).long() == i)).float().mean() for i in range(bins)]
        ),
        "This is the number of real images in the bin: divide by all images in it.": (
            lambda confidence, real, bins: torch.stack(
                [(real & ((confidence * bins).long() == i)).float().sum() for i in range(bins)]
            )
        ),
        "This is the share of generated images in each bin.": lambda confidence, real, bins: (
            _per_bin(~real, (confidence * bins).long(), bins)
        ),
        "These bins hold equally many images, and not equal ranges of confidence.": (
            lambda confidence, real, bins: _per_bin(
                real, confidence.argsort().argsort() * bins // len(confidence), bins
            )
        ),
        "The bins are counted from the surest down: the first one begins at confidence 0.": (
            lambda confidence, real, bins: _per_bin(real, (confidence * bins).long(), bins).flip(0)
        ),
    },
)


def _ratios() -> tuple[Tensor]:
    return (torch.tensor([-1.0, 0.0, 0.7, 2.0, 1.1]),)


KEEP = Exercise(
    "keep",
    "When to trust the discriminator",
    minutes=5,
    right=lambda log_ratio: (log_ratio - log_ratio.max()).exp(),
    trials=on(_ratios, lambda: (_ratios()[0] - 3,)),
    slips={
        "This can exceed 1, and is no probability: divide by the largest "
        "ratio.": lambda log_ratio: log_ratio.exp(),
        "This is the confidence, p / (p + g). Rejection sampling wants p / g, divided by the "
        "largest.": (lambda log_ratio: log_ratio.sigmoid()),
        "These add up to 1 over all images. The best image alone should be kept with "
        "probability 1.": (lambda log_ratio: log_ratio.softmax(0)),
        "This cuts at 1 instead of dividing: all images above count alike.": lambda log_ratio: (
            log_ratio.exp().clamp(max=1)
        ),
        "This divides the logarithms. A quotient of ratios is a difference of logarithms.": (
            lambda log_ratio: log_ratio / log_ratio.max()
        ),
        "This keeps the better half for sure and drops the rest: then variety is lost. Keep each "
        "with a probability.": lambda log_ratio: (log_ratio > log_ratio.median()).float(),
    },
)

EXERCISES = (ACCURACY, MEAN_CONFIDENCE, IN_ORDER, BEST, RELIABILITY, KEEP)
