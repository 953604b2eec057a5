"""What two networks show when they are examined: signs that no history holds.

Everything is asked of copies, so that a training is not disturbed. Notebook "When it fails".
"""

import copy
import math
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lib.belief.confidence import check_shown, ranked_right, verdicts
from gan_lib.machine.randomness import Purpose, generator, randomness
from gan_lib.measures import classifier
from gan_lib.measures.eyes import shows_digits
from gan_lib.pair import Pair
from gan_lib.remedies.penalties import ask
from gan_lib.remedies.similarity import variety
from gan_lib.sources.imageset import ImageSet

COUNT = 512  # images of each kind that are looked at
FEWEST = 100  # of each kind, below which chance alone ranks 65 % of all pairs right
SMALLEST = 16  # batch, below which training mode's statistics say little


class Examination(NamedTuple):
    """Signs of a pair of networks. NaN is what cannot be asked of them."""

    known_by_heart: float  # how often D ranks a training image above a held-out one; 0.5: chance
    neighbours: float  # how far the rest of a batch moves a verdict, in spreads of the verdicts
    eval_mode: float  # how far eval mode moves an image, in distances between two images
    lowest_real: float  # the lowest brightness among real images, -1 where the range is [-1, 1]
    ground_real: float  # share of the pixels that have exactly that level
    ground_fake: float
    variety: float  # how varied the sampled images are; 1: as the real ones
    commonest: float  # share of the digit that is drawn most often: 0.1 to 1; of MNIST's alone
    least_logit: float  # of noise, from faint to glaring: far outside the images' range
    most_logit: float


@torch.no_grad()
def examine(pair: Pair, data: ImageSet, held_out: ImageSet, seed: int = 7) -> Examination:
    """Look at a pair and at up to 512 images of each kind: training, held-out and generated ones.

    `data` is what the pair was trained on, `held_out` are real images that it never saw. Raises
    `ConfidenceError` for images that the pair cannot be shown, for none, and for infinite logits.
    """
    for images in (data, held_out):
        check_shown(pair, images)
    count = min(COUNT, len(data), len(held_out))
    real, new = (_some(pair.kind.labelled(images), count, seed) for images in (data, held_out))
    x_real, x_new = real.floats(), new.floats()
    x_fake, _ = pair.sample(count, seed, real.labels if pair.latent_has_class else None)
    ground = [(x == x_real.min()).float().mean().item() for x in (x_real, x_fake)]
    known, _ = verdicts(pair, x_real, x_fake, real.labels, seed)
    unknown, _ = verdicts(pair, x_new, x_fake, new.labels, seed)
    digits = _commonest(x_fake) if shows_digits(data) else math.nan
    provoked = _provoked(pair, x_real, real.labels, seed)
    return Examination(
        known_by_heart=ranked_right(known, unknown) if count >= FEWEST else math.nan,
        neighbours=_neighbours(pair, x_real, x_fake, real.labels, seed),
        eval_mode=_eval_mode(pair, seed),
        lowest_real=x_real.min().item(),
        ground_real=ground[0],
        ground_fake=ground[1],
        variety=(variety(x_fake) / variety(x_real)).item(),
        commonest=digits,
        least_logit=provoked.min().item(),
        most_logit=provoked.max().item(),
    )


def _some(images: ImageSet, count: int, seed: int) -> ImageSet:
    draw = generator(seed, Purpose.CHOICE)
    return images.part(torch.randperm(len(images), generator=draw)[:count])


def _commonest(x_fake: Tensor) -> float:
    with randomness(0, Purpose.WEIGHTS):  # it is made before it is filled: nobody else's draws
        network = classifier.load_classifier()
    digits = network(x_fake).argmax(dim=1)
    return digits.bincount(minlength=10).max().item() / len(x_fake)


def _neighbours(
    pair: Pair, x_real: Tensor, x_fake: Tensor, labels: Tensor | None, seed: int
) -> float:
    """The same real images among other real ones, and among generated ones, in training mode.

    NaN for a discriminator that is meant to judge whole batches, and for fewer than four images.
    """
    if getattr(pair.discriminator, "judges_batches", False) or len(x_real) < 4:
        return math.nan
    discriminator = copy.deepcopy(pair.discriminator).train()
    device = next(discriminator.parameters()).device
    half = max(2, min(pair.recipe.batch_size, len(x_real) // 2))
    told = None if pair.recipe.told != "both" else pair.told(labels[: 2 * half]).to(device)
    logits = []
    for others in (x_real[half : 2 * half], x_fake[half : 2 * half]):
        with randomness(seed, Purpose.VERDICT, device=device):  # dropout: alike both times
            x = torch.cat([x_real[:half], others]).to(device)
            logits.append(ask(copy.deepcopy(discriminator), x, told)[:half])
    return ((logits[0] - logits[1]).abs().mean() / logits[0].std().clamp(min=1e-6)).item()


def _provoked(pair: Pair, x_real: Tensor, labels: Tensor | None, seed: int) -> Tensor:
    """What D says to noise of a spread of 0.1 to 1,000: a logit has no bounds, a sigmoid has."""
    noise = torch.randn(x_real.shape, generator=generator(seed, Purpose.CHOICE))
    noise *= torch.logspace(-1, 3, len(noise)).view(-1, *[1] * (noise.ndim - 1))
    return torch.cat(verdicts(pair, noise, -noise, labels, seed))


def _eval_mode(pair: Pair, seed: int) -> float:
    """The same latents in training and in eval mode; NaN where batches are too small to tell."""
    size = pair.recipe.batch_size
    if size < SMALLEST:
        return math.nan
    network = copy.deepcopy(pair.sampler)
    device = next(network.parameters()).device
    with randomness(seed, Purpose.SAMPLE, device=device):
        z = pair.latents(4 * size)
        x_train = torch.cat([copy.deepcopy(network).train()(part) for part in z.split(size)])
        x_eval = network.eval()(z)
    moved = (x_eval - x_train).flatten(1).square().sum(dim=1).mean().sqrt()
    return (moved / variety(x_train).clamp(min=1e-6)).item()
