"""The figures of images that were looked at, each with its spread. Notebook "How good is it?".

A `yardstick` sets them beside those of real images.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lib.measures import metrics
from gan_lib.measures.fresh_judge import binarise, fresh_judge
from gan_lib.measures.metrics import estimate

Figures = dict[str, tuple[float, float]]  # by name: value and spread


class Seen(NamedTuple):
    """Images, and what was made of them, one row an image."""

    images: Tensor  # (N, C, H, W) in [-1, 1], rounded to 256 levels
    features: Tensor  # (N, 128)
    logits: Tensor  # (N, classes)
    distances: Tensor  # (N,) to the nearest training image that shows the same, in features
    nearest: Tensor  # (N,) the number of that image

    @property
    def digits(self) -> Tensor:
        """The digits (N,), or other classes, that the classifier sees."""
        return self.logits.argmax(dim=1)

    def rows(self, chosen: Tensor) -> "Seen":
        """Some of the images."""
        return Seen(*(values[chosen] for values in self))


def figures(
    seen: Seen,
    real: Tensor,
    frechet: Callable[[Tensor], float],
    shares_real: Tensor | None,
    asked: Tensor | None,
    seed: int,
) -> Figures:
    """All figures that need no training.

    `real` (N, 128) are the features of as many real images, `frechet` measures the distance of
    features to all of them. Of `shares_real` (classes,), how frequent the classes are, there is
    none where nobody has named any; of `asked` (N,), the classes that were asked for, where none
    were.
    """
    count = len(seen.images)
    pairs = metrics.in_balls(real, seen.features)

    def drawn(rows: Tensor) -> Tensor:  # the pairs, each as often as its image was drawn
        times = torch.bincount(rows, minlength=count)
        return pairs.repeat_interleave(times[pairs[:, 0]], dim=0)

    statistics = {
        "Fréchet distance": lambda rows: frechet(seen.features[rows]),
        "density": lambda rows: metrics.density(drawn(rows), count),
        "coverage": lambda rows: metrics.coverage(drawn(rows), count),
    }
    if shares_real is not None:
        statistics |= _of_classes(seen, shares_real)
    if asked is not None:
        statistics["obedience (%)"] = lambda rows: (
            100 * metrics.obedience(seen.logits[rows], asked[rows])
        )
    found = {name: estimate(f, count, seed) for name, f in statistics.items()}
    found["kernel distance"] = metrics.kernel_distance(real, seen.features, seed)
    return found


def _of_classes(seen: Seen, shares_real: Tensor) -> dict[str, Callable[[Tensor], float]]:
    """What the classes say that are seen in some rows of the images."""
    digits = seen.digits

    def shares(rows: Tensor) -> Tensor:
        return metrics.digit_shares(digits[rows], len(shares_real))

    return {
        "classifier score": lambda rows: metrics.classifier_score(seen.logits[rows]),
        "digit divergence": lambda rows: metrics.divergence(shares(rows), shares_real),
        "rarest digit (%)": lambda rows: 100 * shares(rows).min().item(),
        "commonest digit (%)": lambda rows: 100 * shares(rows).max().item(),
    }


def verdicts(x_real: Tensor, x_fake: Tensor, shapes: bool, seed: int) -> Figures:
    """The figures of the fresh judge: of the images, and where they are `shapes` of those alone."""
    changes = {"judge, grey levels (%)": lambda x: x}
    if shapes:
        changes["judge, binarised (%)"] = binarise
    found = {}
    for name, change in changes.items():
        right, error = fresh_judge(change(x_real), change(x_fake), seed)
        found[name] = 100 * right, 100 * error
    return found
