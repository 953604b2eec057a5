"""How many of the 1,000 modes of Stacked-MNIST a generator finds, and how evenly.

A mode is a number of three digits: what the classifier reads in the red, the green and the blue of
an image. Papers give the modes among 26,000 images, and the Kullback-Leibler divergence of their
shares from equal ones. Real stacks are not equal either: 26 images a mode vary by chance, and
MNIST's digits are not equally frequent. So here each figure has its floor, and the divergence from
the real shares and that of 100,000 images stand beside it. Noise can find modes, too: hence the
distance of the channels. Notebook "Better games".
"""

import math

import torch
from torch import Tensor, nn

from gan_lib.machine.randomness import Purpose, generator, randomness
from gan_lib.measures import metrics
from gan_lib.measures.classifier import FEATURES, SHAPE, load_classifier, look_at
from gan_lib.measures.metrics import MetricError, check_same_source, estimate
from gan_lib.measures.table import Reading
from gan_lib.pair import Pair
from gan_lib.sources.imageset import ImageSet, to_float
from gan_lib.sources.stacked import Stacks

MODES = 1000
FOUND, DISTANCE = "modes of 1,000", "Fréchet distance, mean of the channels"
EQUAL, REAL = "KL to equal shares, {:,}", "KL to the real shares, {:,}"


def mode_of(digits: Tensor) -> Tensor:
    """The mode (N,) of each image, 0 to 999, from the digits (N, 3) in its channels."""
    return digits @ digits.new_tensor([100, 10, 1])


def mode_shares(modes: Tensor) -> Tensor:
    """The share of each mode among `modes` (N,): (1000,) float64."""
    return metrics.digit_shares(modes, MODES)


def spread_of_found(shares: Tensor, count: int) -> float:
    """By how much the number of modes among `count` images varies, if they have these shares."""
    missing = (-count * shares).exp()  # the chance that a mode is not among them
    alone = (missing * (1 - missing)).sum()
    # Where one mode has more images, others have fewer.
    together = count * (shares * missing).sum().square()
    return (alone - together).clamp(min=0).sqrt().item()


def spread_of_divergence(shares: Tensor, reference: Tensor, count: int) -> float:
    """By how much the divergence of the shares of `count` images varies, in nats.

    The delta method, with the second term, which is all that is left where shares are equal. (The
    bootstrap would draw from shares that vary by chance already, and find too much.) Too small
    where there are only a few images a mode.
    """
    p, q = shares[shares > 0], reference[shares > 0]
    log = (p / q).log()
    of_one = (p * log.square()).sum() - (p * log).sum().square()
    by_chance = (len(p) - 1) / count
    return math.sqrt(max(0.0, of_one.item() - by_chance) / count + by_chance / (2 * count))


def look_at_stacks(images: Tensor, classifier: nn.Module | None = None) -> tuple[Tensor, Tensor]:
    """Digits (N, 3) and features (3, N, 128) of the channels of images (N, 3, 28, 28) in [-1, 1].

    Raises `MetricError` as `metrics.check_images` does.
    """
    images = metrics.check_images(images, shape=(3, *SHAPE[1:]))
    features, logits = look_at(images.flatten(0, 1).unsqueeze(1), classifier)
    return logits.argmax(dim=1).view(-1, 3), features.view(-1, 3, FEATURES).transpose(0, 1)


class StackedYardstick:
    """Real digits that were looked at once, to measure any number of generated stacks against.

    `train` is what the generator learnt from, `test` held-out stacks. Modes are counted among
    `published` images, and shares among these and among `most`, which are made `part` at a time. To
    make it takes 5 s on two cores, each measurement about a minute. Raises `MetricError` for other
    images than stacks, for too few of them, and for sets from different places.
    """

    def __init__(
        self,
        train: ImageSet,
        test: ImageSet,
        seed: int = 7,
        *,
        published: int = 26_000,
        most: int = 100_000,
        part: int = 10_000,
    ) -> None:
        for data in (train, test):
            if not (isinstance(data, Stacks) and data.shape[1:] == SHAPE[1:]):
                raise MetricError(
                    f"Modes are counted in stacks of MNIST's digits, not in {data.name}, "
                    f"{data.shape}."
                )
        check_same_source(train, test)
        self.published, self.most, self.part, self.seed = published, most, part, seed
        self.compared = min(part, len(test))  # images that a distance is measured with
        if self.compared < metrics.LEAST:
            raise MetricError(f"{self.compared} images are too few: take {metrics.LEAST} or more.")
        self._classifier = load_classifier().to(memory_format=torch.channels_last)
        # In each channel stands each digit once.
        features, logits = look_at(to_float(train.images[:, :1]), self._classifier)
        self._frechet = metrics.frechet_from(features)
        shares = metrics.digit_shares(logits.argmax(dim=1))
        self._real = torch.einsum("a,b,c->abc", shares, shares, shares).flatten()
        held_out, logits = look_at(to_float(test.images[:, :1]), self._classifier)
        draw = generator(seed, Purpose.CHOICE)
        drawn = torch.randint(len(test), (most, 3), generator=draw)
        orders = [torch.randperm(len(test), generator=draw) for _ in range(3)]
        channels = torch.stack([held_out[order] for order in orders])
        self._floor = self._figures(mode_of(logits.argmax(dim=1)[drawn]), channels)

    @property
    def about(self) -> str:
        """What a measurement compares, as the rest of a sentence."""
        return (
            f"{self.most:,} images, {self.compared:,} for the distance; for the floor, real digits "
            "stacked at random"
        )

    def readings(self, pair: Pair, seed: int = 7) -> list[Reading]:
        """All figures of a trained pair. The same seed gives the same."""
        device = next(pair.generator.parameters()).device
        with randomness(seed, Purpose.SAMPLE, device=device):
            # As `Pair.latents`, which would take gigabytes: a latent tells three of 1,000 clusters.
            noise = torch.randn(self.most, pair.recipe.noise_dim, device=device)
            labels = pair.kind.draw(self.most, device) if pair.latent_has_class else None
        modes, features = [], None
        for part in torch.arange(self.most, device=device).split(self.part):
            z = pair.join(noise[part], None if labels is None else labels[part])
            digits, looked = look_at_stacks(pair.generate(z), self._classifier)
            modes.append(mode_of(digits))
            features = looked if features is None else features  # of the first part
        figures = self._figures(torch.cat(modes), features)
        return [
            Reading(name, *figures[name], *self._floor[name], *about)
            for name, about in self._about().items()
        ]

    def _figures(self, modes: Tensor, features: Tensor) -> dict[str, tuple[float, float]]:
        """Value and spread of each figure of modes (most,) and features (3, N, 128)."""
        few, shares = modes[: self.published], mode_shares(modes)
        figures = {FOUND: (len(few.unique()), spread_of_found(shares, len(few)))}
        for name, reference in ((EQUAL, torch.full_like(shares, 1 / MODES)), (REAL, self._real)):
            for some in (few, modes):
                counted = mode_shares(some)
                figures[name.format(len(some))] = (
                    metrics.divergence(counted, reference),
                    spread_of_divergence(counted, reference, len(some)),
                )
        features = features[:, : self.compared]

        def distance(rows: Tensor) -> float:
            return sum(self._frechet(channel[rows]) for channel in features) / len(features)

        return figures | {DISTANCE: estimate(distance, features.shape[1], self.seed)}

    def _about(self) -> dict[str, tuple[str, str]]:
        """For each figure what is better, and what it means."""
        counts = self.published, self.most
        return {
            FOUND: ("higher", f"numbers of three digits among {self.published:,} images"),
            **{EQUAL.format(n): ("lower", "nats from a thousandth each") for n in counts},
            **{REAL.format(n): ("lower", "nats from the shares of real digits") for n in counts},
            DISTANCE: ("lower", f"from real digits, of {self.compared:,} images"),
        }
