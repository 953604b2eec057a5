"""The exercises of “Two networks”."""

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_lib.exercises.exercise import Exercise, on


def _layers(sizes: tuple[int, ...], bias: int = 1) -> int:
    return sum((a + bias) * b for a, b in zip(sizes, sizes[1:]))


PARAMETERS = Exercise(
    "parameters",
    "Two networks",
    minutes=4,
    right=_layers,
    trials=on(lambda: ((3, 5, 2),), lambda: ((100, 256, 784),), lambda: ((7, 4),)),
    slips={
        "The biases are missing: each output has one of its own.": lambda sizes: _layers(sizes, 0),
        "There is a bias for each output, not for each input: (inputs + 1) × "
        "outputs.": lambda sizes: sum(a * (b + 1) for a, b in zip(sizes, sizes[1:])),
        "One bias for a whole layer is too few: each of its outputs has its own.": lambda sizes: (
            sum(a * b + 1 for a, b in zip(sizes, sizes[1:]))
        ),
        "That is the number of units. A parameter belongs to a connection between two of "
        "them.": sum,
        "Only the first layer is counted: go through all neighbouring pairs of "
        "sizes.": lambda sizes: (sizes[0] + 1) * sizes[1],
        "Each size is joined with each later one. A layer joins neighbours only.": lambda sizes: (
            sum((a + 1) * b for i, a in enumerate(sizes) for b in sizes[i + 1 :])
        ),
    },
)

SIDE = Exercise(
    "side",
    "Two networks",
    minutes=4,
    right=lambda side, kernel, stride, padding: (side + 2 * padding - kernel) // stride + 1,
    trials=on(
        lambda: (28, 3, 1, 1),
        lambda: (14, 3, 2, 1),
        lambda: (28, 4, 2, 1),
        lambda: (7, 3, 2, 0),
        lambda: (28, 5, 3, 2),
    ),  # fmt: skip
    slips={
        "The padding is put on both sides, so it counts twice.": (
            lambda side, kernel, stride, padding: (side + padding - kernel) // stride + 1
        ),
        "The first place of the filter counts too: + 1 at the end.": (
            lambda side, kernel, stride, padding: (side + 2 * padding - kernel) // stride
        ),
        "Half a step is no step: divide with //, which leaves the fraction out.": (
            lambda side, kernel, stride, padding: (side + 2 * padding - kernel) / stride + 1
        ),
        "The stride is not used: it divides the way that the filter goes.": (
            lambda side, kernel, stride, padding: side + 2 * padding - kernel + 1
        ),
        "The filter's own size is not taken off before the division.": (
            lambda side, kernel, stride, padding: (side + 2 * padding) // stride
        ),
    },
)


def _logits() -> tuple[Tensor, Tensor]:
    return torch.tensor([2.0, -1.0, 0.5, -3.0, 1.5]), torch.tensor([1.0, 0.0, 0.0, 1.0, 1.0])


def _extreme() -> tuple[Tensor, Tensor]:
    return torch.tensor([-120.0, 130.0]), torch.tensor([1.0, 0.0])


CROSS_ENTROPY = Exercise(
    "cross_entropy",
    "Two networks",
    minutes=8,
    right=lambda logits, targets: F.binary_cross_entropy_with_logits(logits, targets),
    trials=on(_logits, _extreme),
    slips={
        "Right for ordinary logits, but infinite for a logit of -120 with target 1: the sigmoid "
        "was rounded to 0 first. Compute log σ in one go, with "
        "F.logsigmoid.": lambda logits, targets: (
            -(
                targets * logits.sigmoid().log() + (1 - targets) * (1 - logits.sigmoid()).log()
            ).mean()
        ),
        "The targets are swapped: a logit above 0 should cost little where the target is 1.": (
            lambda logits, targets: F.binary_cross_entropy_with_logits(logits, 1 - targets)
        ),
        "This is the sum over the batch. The mean is wanted, so that the loss does not grow with "
        "the batch.": lambda logits, targets: F.binary_cross_entropy_with_logits(
            logits, targets, reduction="sum"
        ),
        "The sign is wrong: a loss is made small, so it is minus the logarithm.": (
            lambda logits, targets: -F.binary_cross_entropy_with_logits(logits, targets)
        ),
        "Only the images with target 1 count here: those with target 0 have a term too.": (
            lambda logits, targets: -(targets * F.logsigmoid(logits)).mean()
        ),
        "The sigmoid is taken twice: F.binary_cross_entropy_with_logits takes it itself.": (
            lambda logits, targets: F.binary_cross_entropy_with_logits(logits.sigmoid(), targets)
        ),
        "This is one loss for each image: take their mean.": lambda logits, targets: (
            F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        ),
    },
)

EXERCISES = (PARAMETERS, CROSS_ENTROPY, SIDE)
