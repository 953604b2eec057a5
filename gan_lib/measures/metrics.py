"""How good the digits are: pure functions of images, or of what the classifier made of them.

`features` are what `classifier.look_at` returns: (N, 128), one row an image. `real` are features of
real images, `fake` those of the images under test. Notebook "How good is it?" tries each figure on
images whose faults are known. `copies` and `fresh_judge` have a figure each of their own;
`yardstick` puts all together.
"""

import math
import warnings
from collections.abc import Callable

import torch
from scipy.special import rel_entr
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from gan_lib import UserError
from gan_lib.machine.randomness import Purpose, generator, randomness
from gan_lib.measures.classifier import FEATURES, SHAPE
from gan_lib.sources.imageset import ImageSet, Shape, to_float, to_levels

LEAST = FEATURES + 1  # images: fewer have a covariance that is flat in some direction
ROUNDS = 20  # of the bootstrap: a standard deviation to within a sixth of itself
SUBSETS = 50  # that the kernel distance is averaged over
CHUNK = 500  # rows at a time: 500 x 60,000 distances take 120 MB


class MetricError(UserError):
    """Images that cannot be measured. The message is one line that says what is wrong with them."""


def check_images(images: Tensor, least: int = LEAST, shape: Shape = SHAPE) -> Tensor:
    """`images` as a person would get them: rounded to the 256 levels of a file.

    They have to be floats in [-1, 1], (N, *shape) with N >= `least`; the shape is MNIST's unless
    another is named. What comes back is float32 on the CPU in [-1, 1]. Real images have 256 levels,
    so unrounded ones would give themselves away. Raises `MetricError` for a wrong type, shape or
    range, for NaN, and for too few images.
    """
    if not isinstance(images, Tensor):
        raise MetricError(f"Images must be a torch tensor, not a {type(images).__name__}.")
    if images.shape[1:] != shape:
        wanted = f"(N, {', '.join(map(str, shape))})"
        raise MetricError(f"Images must be of shape {wanted}, not {tuple(images.shape)}.")
    if not images.is_floating_point():
        raise MetricError(
            f"Images must be floats in [-1, 1], not {str(images.dtype).removeprefix('torch.')}: "
            "take the floats() of an ImageSet, or divide levels by 127.5 and subtract 1."
        )
    if len(images) < least:
        raise MetricError(
            f"{len(images)} images are too few: at least {least} are needed. "
            f"(A covariance of d features takes d + 1 images, and there are {FEATURES} features.)"
        )
    if not torch.isfinite(images).all():
        raise MetricError("Some pixels are NaN or infinite.")
    low, high = images.min().item(), images.max().item()
    if max(-low, high) > 1 + 1e-4:  # a blur may overshoot by a rounding error
        raise MetricError(f"Images must lie in [-1, 1], but these go from {low:.3g} to {high:.3g}.")
    return to_float(to_levels(images))


def check_same_source(train: ImageSet, test: ImageSet) -> None:
    """Raise `MetricError` unless both are from one place: the bundled sample is a part of MNIST."""
    if train.source != test.source:
        raise MetricError(
            f"The training images are from {train.source} and the test images from "
            f"{test.source}: one may hold the other. Name one folder that has both."
        )


def estimate(
    statistic: Callable[[Tensor], float], count: int, seed: int = 7
) -> tuple[float, float]:
    """A figure of `count` images, and its standard deviation by the bootstrap (Efron, 1979).

    `statistic` takes the numbers of rows, int64. It is called once with all of them, for the
    figure, and then with `count` of them drawn with replacement, `ROUNDS` times. The mean of those
    rounds is not used: images that occur twice make a set look poorer, and a Fréchet distance
    larger, than it is. Only how much the rounds differ is.
    """
    draw = generator(seed, Purpose.MEASURE)
    draws = torch.randint(count, (ROUNDS, count), generator=draw)
    values = torch.tensor([statistic(rows) for rows in draws], dtype=torch.float64)
    return statistic(torch.arange(count)), values.std().item()


# --- Two clouds of features ----------------------------------------------------------------------


def frechet_from(real: Tensor) -> Callable[[Tensor], float]:
    """The Fréchet distance from `real` (N, d), as a function of `fake` (M, d).

    |μ_r - μ_f|² + tr(Σ_r + Σ_f - 2 (Σ_r Σ_f)^½): how far the two clouds are apart if both are taken
    for Gaussian. 0 or more, in squared units of the features. Heusel et al., "GANs Trained by a Two
    Time-Scale Update Rule", 2017. `real` is summed up only once, whatever it is compared with.
    """
    eyes = nn.Identity()  # the metric brings eyes of its own unless told otherwise
    eyes.num_features = real.shape[1]
    metric = FrechetInceptionDistance(eyes, reset_real_features=False)
    metric.update(real.double(), real=True)  # in float32 the root of a small eigenvalue is noise

    def distance(fake: Tensor) -> float:
        metric.reset()
        metric.update(fake.double(), real=False)
        return metric.compute().item()

    return distance


def kernel_distance(real: Tensor, fake: Tensor, seed: int = 7) -> tuple[float, float]:
    """The kernel distance between two sets of features, (N, d) each, and its standard error.

    The squared maximum mean discrepancy with the kernel (x·y / d + 1)³. Unlike the Fréchet distance
    it is 0 on average for two sets from the same source, however small; so it can fall below 0.
    Bińkowski et al., "Demystifying MMD GANs", 2018. Averaged over random subsets of at most 1,000.
    """
    count = min(len(real), len(fake))
    size = min(1000, count // 4)
    with randomness(seed, Purpose.MEASURE, step=1), warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*save all extracted features.*")  # they are small
        metric = KernelInceptionDistance(nn.Identity(), subsets=SUBSETS, subset_size=size)
        metric.update(real, real=True)
        metric.update(fake, real=False)
        mean, deviation = (value.item() for value in metric.compute())
    # From how much random parts of the images differ to how much other images would (jackknife).
    return mean, deviation * math.sqrt(size / (count - size))


def in_balls(real: Tensor, fake: Tensor, k: int = 5) -> Tensor:
    """Which generated images lie near which real ones: pairs (i, j) of numbers, int64 (P, 2).

    Around each real image j is a ball that reaches to its k-th nearest real neighbour. The pair
    (i, j) is there if generated image i lies inside. Naeem et al., "Reliable Fidelity and Diversity
    Metrics for Generative Models", 2020.
    """
    parts = (torch.cdist(part, real) for part in real.split(CHUNK))
    radii = torch.cat([part.topk(k + 1, largest=False).values[:, k] for part in parts])  # 0: itself
    inside = torch.cat([torch.cdist(part, real) < radii for part in fake.split(CHUNK)])
    return inside.nonzero()


def density(pairs: Tensor, generated: int, k: int = 5) -> float:
    """In how many of the balls of `in_balls` a generated image lies, divided by k.

    About 1 for real images; higher if the generated ones crowd where real ones are dense.
    """
    return len(pairs) / (k * generated)


def coverage(pairs: Tensor, real: int) -> float:
    """The share of the `real` balls of `in_balls` that hold a generated image: 0 to 1."""
    return len(pairs[:, 1].unique()) / real


# --- What the classifier answers -----------------------------------------------------------------


def classifier_score(logits: Tensor) -> float:
    """exp(E KL(p(y|x) || p(y))) of logits (N, 10): 1 is the worst, 10 the best.

    High if each image is surely one digit, and all digits are equally frequent. It looks at no real
    image, so it cannot see what is missing within a digit. Salimans et al., "Improved Techniques
    for Training GANs", 2016; there "Inception score". torchmetrics' averages over parts at random.
    """
    log_p = logits.double().log_softmax(dim=1)
    log_marginal = log_p.logsumexp(dim=0) - math.log(len(logits))
    return (log_p.exp() * (log_p - log_marginal)).sum(dim=1).mean().exp().item()


def digit_shares(digits: Tensor, kinds: int = 10) -> Tensor:
    """The share of each digit, or other kind, among `digits` (N,): (kinds,) float64."""
    return torch.bincount(digits, minlength=kinds).double() / len(digits)


def divergence(shares: Tensor, shares_real: Tensor) -> float:
    """KL(shares || shares_real) = Σ p ln(p / p_real) in nats: 0 if both are equal.

    Of digits or of other kinds. Infinite for one that is made and never real; one that is neither
    made nor real adds nothing.
    """
    return float(rel_entr(shares.numpy(), shares_real.numpy()).sum())


def obedience(logits: Tensor, labels: Tensor) -> float:
    """The share of images, 0 to 1, that are recognised as the digit (N,) that was asked for."""
    return (logits.argmax(dim=1) == labels).double().mean().item()
