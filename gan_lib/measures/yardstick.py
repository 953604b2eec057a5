"""All figures of a generator side by side, each with its spread and with what real images reach.

A figure alone says little: the Fréchet distance is above 0 even between two sets of real digits. So
every figure is also measured on held-out real images, the test set, as if they were generated. That
is its floor. Nobody can do better than the floor, and who does has been lucky or has copied.
"""

import contextlib
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lib.machine.randomness import Purpose, generator
from gan_lib.measures import copies, metrics
from gan_lib.measures.classifier import SHAPE, load_classifier, look_at
from gan_lib.measures.fresh_judge import binarise, fresh_judge
from gan_lib.measures.metrics import MetricError, check_same_source, estimate
from gan_lib.measures.table import ABOUT, COPYING, Reading
from gan_lib.pair import Pair
from gan_lib.sources.imageset import ImageSet

MOST = 10_000  # images that are compared; MNIST's test set has no more


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
    it, which may lack a digit. With the full set, on two cores, a yardstick takes 5 s to make. Its
    first measurement takes 13 s, floor included, each further one 8 s. Raises `MetricError` for
    other images than digits, and for sets from different places, which may overlap.
    """

    def __init__(self, train: ImageSet, test: ImageSet, seed: int = 7) -> None:
        for data in (train, test):
            if (data.name, data.shape) != ("MNIST", SHAPE):
                raise MetricError(
                    f"The metrics look with a classifier of MNIST's digits, {SHAPE}: they cannot "
                    f"look at {data.name}, {data.shape}."
                )
        check_same_source(train, test)
        self.most = min(MOST, len(train), len(test))  # images that a measurement can compare
        self.train, self.seed = train, seed
        # In this layout the CPU looks twice as fast.
        self._classifier = load_classifier().to(memory_format=torch.channels_last)
        self.train_features, logits = look_at(train.floats(), self._classifier)
        self.train_digits = logits.argmax(dim=1)
        self._frechet = metrics.frechet_from(self.train_features)
        draw = generator(seed, Purpose.CHOICE)
        self.drawn = torch.randperm(len(train), generator=draw)[: self.most]
        held_out = test.part(torch.randperm(len(test), generator=draw)[: self.most])
        self._held_out, self._labels = self.see(held_out.floats()), held_out.labels
        self._floors: dict[int, dict[str, tuple[float, float]]] = {}  # by the number of images

    def see(self, images: Tensor) -> Seen:
        """What the metrics look at in `images` (N, 1, 28, 28) in [-1, 1].

        The pairs closest to being copies are those of the smallest `distances`. Raises
        `MetricError` as `metrics.check_images` does.
        """
        images = metrics.check_images(images)
        features, logits = look_at(images, self._classifier)
        near = copies.nearest_in_cell(
            self.train_features, self.train_digits, features, logits.argmax(dim=1)
        )
        return Seen(images, features, logits, *near)

    def sample(self, pair: Pair, seed: int) -> tuple[Tensor, Tensor | None]:
        """As many images of a trained pair as can be compared, and the digits that they shall be.

        Where both players are told the digit, each is asked for as often as there are real ones.
        None comes back for the digits where none can be asked for.
        """
        digits = pair.kind.clusters is None
        shares = self.train.labels[self.drawn] if digits and pair.recipe.told == "both" else None
        images, asked = pair.sample(self.most, seed, shares)
        return images, asked if digits else None

    @property
    def about(self) -> str:
        """What a measurement compares, as the rest of a sentence."""
        return f"{self.most:,} images; for the floor, as many real ones"

    def readings(self, pair: Pair, seed: int) -> list[Reading]:
        """All figures of a trained pair."""
        return self.measure(*self.sample(pair, seed))

    def distance(self, images: Tensor) -> float:
        """The Fréchet distance of `images` alone: of all figures the one that is fast.

        Raises `MetricError` as `metrics.check_images` does.
        """
        return self._frechet(look_at(metrics.check_images(images), self._classifier)[0])

    def measure(
        self, images: Tensor, labels: Tensor | None = None, judge: bool = True
    ) -> list[Reading]:
        """The readings of `images` (N, 1, 28, 28) in [-1, 1]; at most the first `most` are used.

        `labels` (N,) are the digits that were asked for, where there were any. `judge=False` leaves
        the two figures of the fresh judge out, which take half of the time. The floor is measured
        on as many held-out images. A figure that cannot be measured is left out: obedience where
        the held-out images have no labels, copying where no digit is in both sets. Raises
        `MetricError` as `metrics.check_images` does, and where there are not as many labels as
        images.
        """
        if labels is not None and len(labels) != len(images):
            raise MetricError(f"{len(labels)} digits were named for {len(images)} images.")
        seen = self.see(images[: self.most])
        count = len(seen.images)
        held_out = self._held_out.rows(torch.arange(count))
        floor = self._floors.setdefault(count, {})
        if not floor:
            floor |= self._figures(held_out, self._labels)
            floor |= self._copying(*map(held_out.rows, torch.arange(count).chunk(2)))
        figures = self._figures(seen, labels) | self._copying(seen, held_out)
        if judge:
            if not floor.keys() >= (verdicts := self._verdicts(seen)).keys():
                floor |= self._verdicts(held_out)
            figures |= verdicts
        return [
            Reading(name, *figures[name], *floor[name], *about)
            for name, about in ABOUT.items()
            if name in figures and name in floor
        ]

    def _figures(self, seen: Seen, labels: Tensor | None) -> dict[str, tuple[float, float]]:
        """All that needs no training: value and spread."""
        count, digits = len(seen.images), seen.digits
        real = self.train_features[self.drawn[:count]]
        # One more of each: a digit that the training set lacks is rare, and not impossible.
        shares_real = metrics.digit_shares(torch.cat([self.train_digits, torch.arange(10)]))
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
            "digit divergence": lambda rows: metrics.divergence(shares(rows), shares_real),
            "rarest digit (%)": lambda rows: 100 * shares(rows).min().item(),
            "commonest digit (%)": lambda rows: 100 * shares(rows).max().item(),
        }
        if labels is not None:
            statistics["obedience (%)"] = lambda rows: (
                100 * metrics.obedience(seen.logits[rows], labels[rows])
            )
        figures = {name: estimate(f, count, self.seed) for name, f in statistics.items()}
        figures["kernel distance"] = metrics.kernel_distance(real, seen.features, self.seed)
        return figures

    def _verdicts(self, seen: Seen) -> dict[str, tuple[float, float]]:
        x_real = self.train.floats(self.drawn[: len(seen.images)])
        grey = fresh_judge(x_real, seen.images, self.seed)
        binary = fresh_judge(binarise(x_real), binarise(seen.images), self.seed)
        return {
            "judge, grey levels (%)": (100 * grey[0], 100 * grey[1]),
            "judge, binarised (%)": (100 * binary[0], 100 * binary[1]),
        }

    def _copying(self, seen: Seen, held_out: Seen) -> dict[str, tuple[float, float]]:
        """The copying test, unless no digit has enough images."""

        def test(rows: Tensor) -> float:
            theirs = held_out.distances, held_out.digits
            return copies.copying_test(seen.distances[rows], seen.digits[rows], *theirs)

        with contextlib.suppress(MetricError):
            return {COPYING: estimate(test, len(seen.images), self.seed)}
        return {}
