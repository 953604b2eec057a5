"""All figures of a generator side by side, each with its spread and with what real images reach.

A figure alone says little: the Fréchet distance is above 0 even between two sets of real digits. So
every figure is also measured on held-out real images, the test set, as if they were generated. That
is its floor. Nobody can do better than the floor, and who does has been lucky or has copied.
"""

import contextlib

import torch
from torch import Tensor

from gan_lib.machine.randomness import Purpose, generator
from gan_lib.measures import copies, metrics
from gan_lib.measures.classifier import look_at
from gan_lib.measures.eyes import eyes_for, shows_digits
from gan_lib.measures.figures import Figures, Seen, figures, verdicts
from gan_lib.measures.metrics import MetricError, check_same_source, estimate
from gan_lib.measures.table import ABOUT, COPYING, Reading
from gan_lib.pair import Pair
from gan_lib.sources.imageset import ImageSet

MOST = 10_000  # images that are compared; MNIST's test set has no more


class Yardstick:
    """Real images that were looked at once, to measure any number of generated sets against.

    `train` is what the generator learnt from, `test` held-out images, both of one kind; a class may
    lack. MNIST's digits are seen with the bundled classifier, others with `eyes` that are taught
    here. With all of MNIST, on two cores, a yardstick takes 5 s to make. Its first measurement
    takes 13 s, floor included, each further one 8 s. Raises `MetricError` for two kinds of images,
    for too few, and for sets from different places, which may overlap.
    """

    def __init__(self, train: ImageSet, test: ImageSet, seed: int = 7) -> None:
        if (train.name, train.shape) != (test.name, test.shape):
            raise MetricError(
                f"{train.name}, {train.shape}, and {test.name}, {test.shape}, are of two kinds: "
                "name the training and the test images of one."
            )
        check_same_source(train, test)
        if min(len(train), len(test)) < metrics.LEAST:
            raise MetricError(
                f"There is no yardstick for so few images: {len(train):,} to learn from and "
                f"{len(test):,} held out, and it takes {metrics.LEAST} of each. (Of your own "
                "pictures, a tenth is held out, or what lies in a folder `test`.)"
            )
        self.most = min(MOST, len(train), len(test))  # images that a measurement can compare
        self.train, self.seed = train, seed
        # In this layout the CPU looks twice as fast.
        self._classifier = eyes_for(train, seed).to(memory_format=torch.channels_last)
        self.train_features, logits = look_at(train.floats(), self._classifier)
        self.train_digits = logits.argmax(dim=1)
        self._frechet = metrics.frechet_from(self.train_features)
        draw = generator(seed, Purpose.CHOICE)
        self.drawn = torch.randperm(len(train), generator=draw)[: self.most]
        held_out = test.part(torch.randperm(len(test), generator=draw)[: self.most])
        self._held_out, self._labels = self.see(held_out.floats()), held_out.labels
        self._shows_digits, self._kinds = shows_digits(train), logits.shape[1]
        # One more of each: a class that the training set lacks is rare, and not impossible.
        one_each = torch.cat([self.train_digits, torch.arange(self._kinds)])
        named = self._shows_digits or train.classes
        self._shares = metrics.digit_shares(one_each, self._kinds) if named else None
        self._floors: dict[int, Figures] = {}  # by the number of images

    def see(self, images: Tensor) -> Seen:
        """What the metrics look at in `images` (N, C, H, W) in [-1, 1].

        The pairs closest to being copies are those of the smallest `distances`. Raises
        `MetricError` as `metrics.check_images` does.
        """
        images = metrics.check_images(images, shape=self.train.shape)
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
        """What a measurement compares, as the rest of a sentence, and with which eyes."""
        compared = f"{self.most:,} images; for the floor, as many real ones"
        if self._shows_digits:
            return compared
        if not self.train.classes:
            return f"{compared}. Seen by a network that learnt clusters of these images just now"
        right = (self._held_out.digits == self._labels).float().mean()
        return (
            f"{compared}. Seen by a network that learnt these classes just now, and is right about "
            f"{right:.0%} of held-out images"
        )

    def readings(self, pair: Pair, seed: int) -> list[Reading]:
        """All figures of a trained pair."""
        return self.measure(*self.sample(pair, seed))

    def distance(self, images: Tensor) -> float:
        """The Fréchet distance of `images` alone: of all figures the one that is fast.

        Raises `MetricError` as `metrics.check_images` does.
        """
        images = metrics.check_images(images, shape=self.train.shape)
        return self._frechet(look_at(images, self._classifier)[0])

    def measure(
        self, images: Tensor, labels: Tensor | None = None, judge: bool = True
    ) -> list[Reading]:
        """The readings of `images` (N, C, H, W) in [-1, 1]; at most the first `most` are used.

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
        found = self._figures(seen, labels) | self._copying(seen, held_out)
        if judge:
            if not floor.keys() >= (of_judge := self._verdicts(seen)).keys():
                floor |= self._verdicts(held_out)
            found |= of_judge
        return [
            Reading(self._said(name), *found[name], *floor[name], better, self._said(meaning))
            for name, (better, meaning) in ABOUT.items()
            if name in found and name in floor
        ]

    def _said(self, text: str) -> str:
        """A name or a meaning as it is of these images: other ones than MNIST's have classes."""
        if self._shows_digits:
            return text
        for digit, other in (("digits", "classes"), ("digit", "class"), ("10", str(self._kinds))):
            text = text.replace(digit, other)
        return text

    def _figures(self, seen: Seen, asked: Tensor | None) -> Figures:
        real = self.train_features[self.drawn[: len(seen.images)]]
        return figures(seen, real, self._frechet, self._shares, asked, self.seed)

    def _verdicts(self, seen: Seen) -> Figures:
        x_real = self.train.floats(self.drawn[: len(seen.images)])
        return verdicts(x_real, seen.images, self._shows_digits, self.seed)

    def _copying(self, seen: Seen, held_out: Seen) -> Figures:
        """The copying test, unless no digit has enough images."""

        def test(rows: Tensor) -> float:
            theirs = held_out.distances, held_out.digits
            return copies.copying_test(seen.distances[rows], seen.digits[rows], *theirs)

        with contextlib.suppress(MetricError):
            return {COPYING: estimate(test, len(seen.images), self.seed)}
        return {}
