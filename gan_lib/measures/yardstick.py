"""All figures of a generator side by side, each with its spread and with what real images reach.

A figure alone says little: the Fréchet distance is above 0 even between two sets of real digits. So
every figure is also measured on held-out real images, the test set, as if they were generated. That
is its floor. Nobody can do better than the floor, and who does has been lucky or has copied.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lib.data import ImageSet
from gan_lib.measures import metrics
from gan_lib.measures.classifier import load_classifier, look_at
from gan_lib.measures.fresh_judge import binarise, fresh_judge
from gan_lib.measures.metrics import MetricError, estimate

MOST = 10_000  # images that are compared; MNIST's test set has no more
COPYING = "copying, C_T"
ABOUT = {  # what is better, and what the figure means
    "Fréchet distance": ("lower", "from the real features to the generated ones"),
    "kernel distance": ("lower", "the same without taking them for Gaussian"),
    "density": ("higher", "do generated images lie where real ones do? (quality)"),
    "coverage": ("higher", "real images with a generated one near them (variety)"),
    "classifier score": ("higher", "1 to 10: each surely one digit, and all as frequent"),
    "digit divergence": ("lower", "nats between its shares of digits and the real ones"),
    "rarest digit (%)": ("near floor", "share of the digit that it makes least often"),
    "commonest digit (%)": ("near floor", "share of the digit that it makes most often"),
    "judge, grey levels (%)": ("near 50", "right verdicts of a new network: real or generated?"),
    "judge, binarised (%)": ("near 50", "the same without greys: shapes alone"),
    COPYING: ("near 0", "below -3: copies of training images; above 3: unlike them"),
    "obedience (%)": ("higher", "recognised as the digit that was asked for"),
}


@dataclass(frozen=True)
class Reading:
    """One figure, and the same figure of held-out real images. Spreads are standard deviations."""

    name: str
    value: float
    spread: float
    floor: float
    floor_spread: float
    better: str  # "lower", "higher", "near 50", ...
    meaning: str  # one short sentence


class Seen(NamedTuple):
    """Images, and what was made of them, one row an image."""

    images: Tensor  # (N, 1, 28, 28) in [-1, 1], rounded to 256 levels
    features: Tensor  # (N, 128)
    logits: Tensor  # (N, 10)
    distances: Tensor  # (N,) to the nearest training image that shows the same digit, in features
    nearest: Tensor  # (N,) the number of that image

    @property
    def digits(self) -> Tensor:
        """The digits (N,) that the classifier sees."""
        return self.logits.argmax(dim=1)

    def rows(self, chosen: Tensor) -> "Seen":
        """Some of the images."""
        return Seen(*(values[chosen] for values in self))


class Yardstick:
    """Real images that were looked at once, to measure any number of generated sets against.

    `train` is what the generator learnt from, `test` held-out images; both are MNIST or parts of
    it. With the full set, on two cores, a yardstick takes 5 s to make. Its first measurement takes
    13 s, floor included, each further one 8 s. Raises `MetricError` for other images than digits,
    and for sets from different places, which may overlap.
    """

    def __init__(self, train: ImageSet, test: ImageSet, seed: int = 7) -> None:
        for data in (train, test):
            if data.name != "MNIST":
                raise MetricError(f"The metrics look with a classifier of digits, not {data.name}.")
        if train.source != test.source:  # the bundled sample is a part of the full training set
            raise MetricError(
                f"The training images are from {train.source} and the test images from "
                f"{test.source}: one may hold the other. Name one folder that has both."
            )
        self.most = min(MOST, len(train), len(test))  # images that a measurement can compare
        self.train, self.seed = train, seed
        # In this layout the CPU looks twice as fast.
        self._classifier = load_classifier().to(memory_format=torch.channels_last)
        self.train_features, logits = look_at(train.images, self._classifier)
        self.train_digits = logits.argmax(dim=1)
        self._frechet = metrics.frechet_from(self.train_features)
        draw = torch.Generator().manual_seed(seed)
        self.drawn = torch.randperm(len(train), generator=draw)[: self.most]
        held_out = torch.randperm(len(test), generator=draw)[: self.most]
        self._held_out, self._labels = self.see(test.images[held_out]), test.labels[held_out]
        self._floors: dict[int, dict[str, tuple[float, float]]] = {}  # by the number of images

    def see(self, images: Tensor) -> Seen:
        """What the metrics look at in `images` (N, 1, 28, 28) in [-1, 1].

        The pairs closest to being copies are those of the smallest `distances`. Raises
        `MetricError` as `metrics.check_images` does.
        """
        images = metrics.check_images(images)
        features, logits = look_at(images, self._classifier)
        near = metrics.nearest_in_cell(
            self.train_features, self.train_digits, features, logits.argmax(dim=1)
        )
        return Seen(images, features, logits, *near)

    def measure(
        self, images: Tensor, digits: Tensor | None = None, judge: bool = True
    ) -> list[Reading]:
        """The readings of `images` (N, 1, 28, 28) in [-1, 1]; at most the first `most` are used.

        `digits` (N,) are those that were asked for, where there were any. `judge=False` leaves the
        two figures of the fresh judge out, which take half of the time. The floor is measured on
        as many held-out images. Raises `MetricError` as `metrics.check_images` does, and where
        there are not as many digits as images.
        """
        if digits is not None and len(digits) != len(images):
            raise MetricError(f"{len(digits)} digits were named for {len(images)} images.")
        seen = self.see(images[: self.most])
        count = len(seen.images)
        held_out = self._held_out.rows(torch.arange(count))
        floor = self._floors.setdefault(count, {})
        if not floor:
            floor |= self._figures(held_out, self._labels[:count])
            floor[COPYING] = self._copying(*map(held_out.rows, torch.arange(count).chunk(2)))
        figures = self._figures(seen, None if digits is None else digits[:count])
        figures[COPYING] = self._copying(seen, held_out)
        if judge:
            if not floor.keys() >= (verdicts := self._verdicts(seen)).keys():
                floor |= self._verdicts(held_out)
            figures |= verdicts
        return [
            Reading(name, *figures[name], *floor[name], *about)
            for name, about in ABOUT.items()
            if name in figures
        ]

    def _figures(self, seen: Seen, asked: Tensor | None) -> dict[str, tuple[float, float]]:
        """All that needs no training: value and spread."""
        count, digits = len(seen.images), seen.digits
        real = self.train_features[self.drawn[:count]]
        shares_real = metrics.digit_shares(self.train_digits)
        pairs = metrics.in_balls(real, seen.features)

        def drawn(rows: Tensor) -> Tensor:  # the pairs, each as often as its image was drawn
            times = torch.bincount(rows, minlength=count)
            return pairs.repeat_interleave(times[pairs[:, 0]], dim=0)

        def shares(rows: Tensor) -> Tensor:
            return metrics.digit_shares(digits[rows])

        statistics = {
            "Fréchet distance": lambda rows: self._frechet(seen.features[rows]),
            "density": lambda rows: metrics.density(drawn(rows), count),
            "coverage": lambda rows: metrics.coverage(drawn(rows), count),
            "classifier score": lambda rows: metrics.classifier_score(seen.logits[rows]),
            "digit divergence": lambda rows: metrics.digit_divergence(shares(rows), shares_real),
            "rarest digit (%)": lambda rows: 100 * shares(rows).min().item(),
            "commonest digit (%)": lambda rows: 100 * shares(rows).max().item(),
        }
        if asked is not None:
            statistics["obedience (%)"] = lambda rows: (
                100 * metrics.obedience(seen.logits[rows], asked[rows])
            )
        figures = {name: estimate(f, count, self.seed) for name, f in statistics.items()}
        figures["kernel distance"] = metrics.kernel_distance(real, seen.features, self.seed)
        return figures

    def _verdicts(self, seen: Seen) -> dict[str, tuple[float, float]]:
        x_real = self.train.images[self.drawn[: len(seen.images)]]
        grey = fresh_judge(x_real, seen.images, self.seed)
        binary = fresh_judge(binarise(x_real), binarise(seen.images), self.seed)
        return {
            "judge, grey levels (%)": (100 * grey[0], 100 * grey[1]),
            "judge, binarised (%)": (100 * binary[0], 100 * binary[1]),
        }

    def _copying(self, seen: Seen, held_out: Seen) -> tuple[float, float]:
        return estimate(
            lambda rows: metrics.copying_test(
                seen.distances[rows], seen.digits[rows], held_out.distances, held_out.digits
            ),
            len(seen.images),
            self.seed,
        )


def evaluate(
    generated: Tensor,
    train: ImageSet,
    test: ImageSet,
    *,
    seed: int = 7,
    digits: Tensor | None = None,
) -> list[Reading]:
    """The readings of `generated` (N, 1, 28, 28) in [-1, 1], by a GAN that learnt from `train`.

    10,000 images are compared, or as many as `test` has; N has to be at least that. `digits` (N,)
    are those that were asked for, where there were any. Raises `MetricError` as `Yardstick` does.
    """
    yardstick = Yardstick(train, test, seed)
    metrics.check_images(generated, yardstick.most)
    return yardstick.measure(generated, digits)


def as_table(readings: list[Reading]) -> str:
    """The readings as lines of text in columns: "±" is a standard deviation."""
    rows = [("", "value", "floor", "better", "")]
    for r in readings:
        value, floor = _figure(r.value, r.spread), _figure(r.floor, r.floor_spread)
        rows.append((r.name, value, floor, r.better, r.meaning))
    widths = [max(map(len, column)) for column in zip(*rows)]
    align = ("<", ">", ">", "<", "<")
    return "\n".join(
        "  ".join(f"{cell:{a}{w}}" for cell, a, w in zip(row, align, widths)).rstrip()
        for row in rows
    )


def _figure(value: float, spread: float) -> str:
    """ "2.945 ± 0.041": decimals up to the second digit of the spread; 2 if it is 0."""
    decimals = max(0, 1 - math.floor(math.log10(spread))) if spread > 1e-5 else 2
    return f"{value:.{decimals}f} ± {spread:.{decimals}f}"
