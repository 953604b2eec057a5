"""How many of the 1,000 modes of Stacked-MNIST a generator finds, and how evenly.

A mode is a number of three digits: what the classifier reads in the red, the green and the blue of
an image. Published figures are the modes among 26,000 images, and the Kullback-Leibler divergence
of their shares from equal ones; no paper prints what real images reach. They are further from equal
than it seems: 26 images a mode vary by chance, and MNIST's digits are not equally frequent. So here
each figure has a floor, and the divergence from the real shares and of 100,000 images stand beside
it. Noise can find modes, too: hence the distance of the channels.
"""

from functools import partial

import torch
from torch import Tensor, nn

from gan_lib.machine.randomness import Purpose, generator, randomness
from gan_lib.measures import metrics
from gan_lib.measures.classifier import FEATURES, SHAPE, load_classifier, look_at
from gan_lib.measures.metrics import MetricError, estimate
from gan_lib.measures.table import Reading
from gan_lib.pair import Pair
from gan_lib.sources.imageset import ImageSet, to_float
from gan_lib.sources.stacked import Stacks

MODES = 1000
COUNTS = PUBLISHED, MANY = 26_000, 100_000  # images that are counted: as in papers, and more
PART = 10_000  # images that are made at a time, of which the distance is measured
FOUND, DISTANCE = "modes of 1,000", "Fréchet distance, mean of the channels"
EQUAL, REAL = "KL to equal shares, {:,}", "KL to the real shares, {:,}"
ABOUT = {  # what is better, and what the figure means
    FOUND: ("higher", f"numbers of three digits among {PUBLISHED:,} images"),
    **{
        EQUAL.format(n): ("lower", "nats from a thousandth each, of so many images") for n in COUNTS
    },
    **{REAL.format(n): ("lower", "nats from the shares of real digits") for n in COUNTS},
    DISTANCE: ("lower", f"from real digits, of {PART:,} images"),
}


def mode_of(digits: Tensor) -> Tensor:
    """The mode (N,) of each image, 0 to 999, from the digits (N, 3) in its channels."""
    return digits @ digits.new_tensor([100, 10, 1])


def mode_shares(modes: Tensor) -> Tensor:
    """The share of each mode among `modes` (N,): (1000,) float64."""
    return torch.bincount(modes, minlength=MODES).double() / len(modes)


def look_at_stacks(images: Tensor, classifier: nn.Module | None = None) -> tuple[Tensor, Tensor]:
    """Digits (N, 3) and features (3, N, 128) of the channels of images (N, 3, 28, 28) in [-1, 1].

    Raises `MetricError` as `metrics.check_images` does.
    """
    images = metrics.check_images(images, shape=(3, *SHAPE[1:]))
    features, logits = look_at(images.flatten(0, 1).unsqueeze(1), classifier)
    return logits.argmax(dim=1).view(-1, 3), features.view(-1, 3, FEATURES).transpose(0, 1)


class StackedYardstick:
    """Real digits that were looked at once, to measure any number of generated stacks against.

    `train` is what the generator learnt from, `test` held-out stacks. To make it takes 5 s on two
    cores, each measurement about a minute, nearly all of it to make and to look at 100,000 images.
    Raises `MetricError` for other images than stacks, and for sets from different places.
    """

    most = MANY  # images of a measurement

    def __init__(self, train: ImageSet, test: ImageSet, seed: int = 7) -> None:
        for data in (train, test):
            if not (isinstance(data, Stacks) and data.shape[1:] == SHAPE[1:]):
                raise MetricError(f"Modes are counted in stacks of MNIST's digits, not in {data}.")
        if train.source != test.source:  # as in `yardstick`
            raise MetricError(f"{train.source} and {test.source}: name one folder that has both.")
        self.seed, self._classifier = seed, load_classifier()
        self._classifier.to(memory_format=torch.channels_last)
        # In each channel stands each digit once.
        features, logits = look_at(to_float(train.images[:, :1]), self._classifier)
        self._frechet = metrics.frechet_from(features)
        shares = metrics.digit_shares(logits.argmax(dim=1))
        self._real = torch.einsum("a,b,c->abc", shares, shares, shares).flatten()
        held_out, logits = look_at(to_float(test.images[:, :1]), self._classifier)
        draw = generator(seed, Purpose.CHOICE)
        drawn = torch.randint(len(test), (MANY, 3), generator=draw)
        self._floor = self._counts(mode_of(logits.argmax(dim=1)[drawn]))
        self._floor[DISTANCE] = self._distance(held_out.unsqueeze(0))

    def readings(self, pair: Pair, seed: int = 7) -> list[Reading]:
        """All figures of 100,000 images of a trained pair."""
        with randomness(seed, Purpose.SAMPLE):
            z = pair.latents(MANY)
        looks = [look_at_stacks(pair.generate(part), self._classifier) for part in z.split(PART)]
        values = self._counts(torch.cat([mode_of(digits) for digits, _ in looks]))
        values[DISTANCE] = self._distance(looks[0][1])
        return [
            Reading(name, *values[name], *self._floor[name], *about)
            for name, about in ABOUT.items()
        ]

    def _counts(self, modes: Tensor) -> dict[str, tuple[float, float]]:
        """What is counted in modes (100,000,): value and spread."""
        few, equal = modes[:PUBLISHED], torch.full_like(self._real, 1 / MODES)

        def found(rows: Tensor) -> float:
            return len(few[rows].unique())

        def divergence(some: Tensor, shares: Tensor, rows: Tensor) -> float:
            return metrics.divergence(mode_shares(some[rows]), shares)

        counts = {FOUND: estimate(found, PUBLISHED, self.seed)}
        for name, shares in ((EQUAL, equal), (REAL, self._real)):
            for some in (few, modes):
                statistic = partial(divergence, some, shares)
                counts[name.format(len(some))] = estimate(statistic, len(some), self.seed)
        return counts

    def _distance(self, features: Tensor) -> tuple[float, float]:
        """The mean distance of channels, (channels, N, 128) features: value and spread."""

        def mean(rows: Tensor) -> float:
            return sum(self._frechet(channel[rows]) for channel in features) / len(features)

        return estimate(mean, features.shape[1], self.seed)
