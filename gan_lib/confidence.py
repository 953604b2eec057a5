"""What the discriminator believes: its verdicts on images, whether they are right, and what for.

A verdict is a logit: above 0 for "real", below 0 for "generated". σ(logit) is the confidence that
the image is real. With cross-entropy the best discriminator has the logit log p_data(x) / p_g(x)
(Goodfellow et al., "Generative Adversarial Nets", 2014, proposition 1), so that its confidence is a
probability. With other losses it is only a score, until `platt` or `isotonic` makes it one.
Notebook 04 builds these functions, and shows what they are good for.
"""

import copy
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from gan_lib import UserError
from gan_lib.checkpoints import Checkpoint
from gan_lib.data import ImageSet
from gan_lib.devices import step_randomness
from gan_lib.recipes import DIGITS, Recipe, one_hot
from gan_lib.training import State

Score = Callable[[Tensor], Tensor]  # images (N, 1, 28, 28) → logits (N,)
Correction = Callable[[Tensor], Tensor]  # logits (N,) → probabilities (N,) of "real"


class ConfidenceError(UserError):
    """Images or logits that nothing can be said about. The message is one line that says why."""


# --- Verdicts -------------------------------------------------------------------------------------


@torch.no_grad()
def verdicts(
    recipe: Recipe,
    discriminator: nn.Module,
    x_real: Tensor,
    x_fake: Tensor,
    digits: Tensor | None = None,
    seed: int = 7,
) -> tuple[Tensor, Tensor]:
    """The logits (N,) of real and of generated images (N, 1, 28, 28), on the CPU.

    Asked as in training: in batches that are half real and half generated, since `minibatch` looks
    at a batch as a whole, and with the noise that the recipe puts on what it sees. A recipe that
    tells it the digit needs `digits` (N,): the labels of `x_real`, for which `x_fake` was made.
    Dropout is off. A copy is asked, so that a training is not disturbed. N images that do not fill
    a training batch are judged as one smaller batch. Raises `ConfidenceError` where the two halves
    differ in size or are empty, and where digits are missing.
    """
    if len(x_real) != len(x_fake) or len(x_real) == 0:
        raise ConfidenceError(
            "Verdicts need as many generated images as real ones, and at least one of each: "
            f"these are {len(x_real)} real and {len(x_fake)} generated."
        )
    if recipe.tells_discriminator and (digits is None or len(digits) != len(x_real)):
        raise ConfidenceError(f"The discriminator of {recipe.name} needs a digit for each image.")
    discriminator = copy.deepcopy(discriminator).eval()
    device = next(discriminator.parameters()).device
    size, logits = recipe.batch_size, torch.empty(2, len(x_real))
    with step_randomness(seed, 0, device):
        for start in range(0, len(x_real), size):
            # The last batch reaches back, so that it is as large as the others.
            start = max(0, min(start, len(x_real) - size))
            part = slice(start, start + size)
            x, told = torch.cat([x_real[part], x_fake[part]]).to(device), []
            if recipe.tells_discriminator:
                told = [one_hot(digits[part]).repeat(2, 1).to(device)]
            both = discriminator(recipe.add_input_noise(x), *told)
            logits[:, part] = both.float().cpu().view(2, -1)
    return logits[0], logits[1]


def ranked_right(higher: Tensor, lower: Tensor) -> float:
    """The share of pairs, one of `higher` (N,) and one of `lower` (M,), that lie in that order.

    With logits of real and of generated images: how often does D find the real one of two images
    more real? 1 is always, 0.5 is chance; ties count half. Unlike an accuracy, it does not depend
    on where D draws its line. (Also known as the area under the ROC curve.) With logits of training
    images and of held-out real ones, anything far above 0.5 says that D knows its images by heart.
    """
    below = lower.sort().values
    both = [torch.searchsorted(below, higher, right=right) for right in (False, True)]
    return sum(count.double().mean().item() for count in both) / (2 * len(lower))


class Asked(NamedTuple):
    """What a trained discriminator says to N real images, and to as many of its own generator."""

    x_real: Tensor  # (N, 1, 28, 28)
    x_fake: Tensor
    logits_real: Tensor  # (N,)
    logits_fake: Tensor


def ask(checkpoint: Checkpoint, real: ImageSet, seed: int = 7) -> Asked:
    """Let a trained pair make as many images as `real` has, of the same digits, and judge both."""
    x_fake, _ = checkpoint.sample(len(real), seed, real.labels)
    both = verdicts(
        checkpoint.recipe, checkpoint.discriminator, real.images, x_fake, real.labels, seed
    )
    return Asked(real.images, x_fake, *both)


class Moment(NamedTuple):
    """What the discriminator believed at one step of a training, about N images of each kind."""

    step: int
    x_real: Tensor  # (N, 1, 28, 28), training images
    x_fake: Tensor  # (N, 1, 28, 28), made of the same latents at each step
    logits_real: Tensor  # (N,)
    logits_held_out: Tensor  # (N,), of real images that it never saw in training
    logits_fake: Tensor  # (N,)


def moment(state: State, real: ImageSet, held_out: ImageSet) -> Moment:
    """Ask the discriminator of `state` about `real`, as many `held_out`, and as many made images.

    These come from the averaged generator if there is one. The training is left as it is.
    """
    recipe, labels = state.recipe, real.labels
    with step_randomness(state.seed, 0, torch.device("cpu")):
        x_fake = state.sample(recipe.sample_latent(len(real), digits=labels))
    logits_real, logits_fake = verdicts(recipe, state.discriminator, real.images, x_fake, labels)
    # The second half only fills the batches: none of its logits is kept.
    logits_held_out, _ = verdicts(
        recipe, state.discriminator, held_out.images, x_fake, held_out.labels
    )
    return Moment(state.step, real.images, x_fake, logits_real, logits_held_out, logits_fake)


def whom_it_believes(x: Tensor, logits: Tensor, digits: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
    """For each digit, the image that D finds most real, least real, and is most in doubt about.

    Of images (N, 1, 28, 28), their logits (N,) and digits (N,). Each value is ten images
    (10, 1, 28, 28) and their logits (10,); a digit that is not there is black, its logit NaN.
    """
    orders = {"most believed": -logits, "most in doubt": logits.abs(), "least believed": logits}
    chosen = {}
    for name, key in orders.items():
        images, values = torch.full((DIGITS, *x.shape[1:]), -1.0), torch.full((DIGITS,), np.nan)
        for digit in digits.unique():
            rows = (digits == digit).nonzero().squeeze(1)
            best = rows[key[rows].argmin()]
            images[digit], values[digit] = x[best], logits[best]
        chosen[name] = images, values
    return chosen


# --- Is the confidence a probability? -------------------------------------------------------------


def optimal_confidence(log_p_data: Tensor, log_p_g: Tensor) -> Tensor:
    """D*(x) = p_data(x) / (p_data(x) + p_g(x)) = σ(log p_data(x) - log p_g(x)).

    What the best discriminator says where both densities are known, and real and generated images
    are equally frequent. Goodfellow et al., 2014, proposition 1.
    """
    return torch.sigmoid(log_p_data - log_p_g)


class Reliability(NamedTuple):
    """Images sorted into bins of equal width by D's confidence in them. Empty bins are left out."""

    said: Tensor  # (B,) mean confidence in the bin
    was: Tensor  # (B,) the share of its images that are real
    count: Tensor  # (B,) how many images it has

    @property
    def error(self) -> float:
        """The expected calibration error: the mean of |said - was| over all images, 0 to 1."""
        return ((self.said - self.was).abs() * self.count).sum().item() / self.count.sum().item()


def reliability(confidence: Tensor, real: Tensor, bins: int = 10) -> Reliability:
    """When D says 80 %, are 80 % real? For `confidence` (N,) in [0, 1] and `real` (N,), 0 or 1.

    Guo et al., "On Calibration of Modern Neural Networks", 2017.
    """
    confidence, real = confidence.double(), real.double()
    index = (confidence * bins).long().clamp(0, bins - 1)
    count = torch.bincount(index, minlength=bins)
    said, was = (torch.bincount(index, v, bins) / count for v in (confidence, real))
    return Reliability(said[count > 0], was[count > 0], count[count > 0])


def platt(logits: Tensor, real: Tensor) -> Correction:
    """σ(a · logit + b), with a and b fitted to `logits` (N,) and to who is `real` (N,), 0 or 1.

    Two numbers: one stretches, one shifts, and the order of the images stays. Platt,
    "Probabilistic Outputs for Support Vector Machines", 1999.
    """
    fitted = LogisticRegression(C=1e9).fit(logits[:, None].double(), real)  # hardly held back
    a, b = fitted.coef_.item(), fitted.intercept_.item()
    return lambda logits: torch.sigmoid(a * logits.double() + b)


def isotonic(logits: Tensor, real: Tensor) -> Correction:
    """The rising staircase that fits best: any shape, where `platt` has one. Same arguments.

    Zadrozny & Elkan, "Transforming Classifier Scores into Accurate Probability Estimates", 2002.
    Beyond the ends it says exactly 0 and 1, so no ratio of densities can be made of it.
    """
    fitted = IsotonicRegression(out_of_bounds="clip").fit(logits.double(), real)
    return lambda logits: torch.from_numpy(fitted.predict(logits.double()))


# --- Why does it say so? --------------------------------------------------------------------------


def input_gradient(score: Score, x: Tensor) -> Tensor:
    """∂ logit / ∂ pixel for images (N, 1, 28, 28): would D believe more if a pixel were brighter?

    Same shape as `x`. It speaks of small changes only. Simonyan, Vedaldi and Zisserman, "Deep
    Inside Convolutional Networks", 2013.
    """
    x = x.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(score(x).sum(), x)
    return gradient


@torch.no_grad()
def occlusion(score: Score, x: Tensor, size: int = 6) -> Tensor:
    """How much the logit falls when a patch around a pixel is blackened: (N, 1, 28, 28).

    Above 0 where the patch speaks for "real". Patches of `size` x `size` pixels lie half over each
    other; a pixel gets the mean over those that cover it. Where the patch was black already, the
    answer is 0. Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", 2014.
    """
    before, fall, covered = score(x), torch.zeros_like(x), torch.zeros_like(x)
    starts = range(-(size // 2), 28, max(1, size // 2))
    for top, left in np.ndindex(len(starts), len(starts)):
        rows, columns = (slice(max(0, starts[i]), starts[i] + size) for i in (top, left))
        patched = x.clone()
        patched[:, :, rows, columns] = -1
        fall[:, :, rows, columns] += (before - score(patched)).view(-1, 1, 1, 1)
        covered[:, :, rows, columns] += 1
    return fall / covered


# --- What is it good for? -------------------------------------------------------------------------


def acceptance(log_ratio: Tensor, share: float | None = None) -> Tensor:
    """With which probability (N,) rejection sampling keeps each of N generated images.

    `log_ratio` (N,) is log p_data(x) / p_g(x): the logit of a discriminator that is calibrated.
    Without `share`, ratio / largest ratio: whatever is kept is distributed like real images if the
    ratio is right. That can be few. With `share`, log-odds of all are raised alike until that share
    is kept, on average: the bad ones still go first. Azadi et al., "Discriminator Rejection
    Sampling", 2019, with γ found by bisection. Raises `ConfidenceError` unless 0 < share < 1.
    """
    log_p = (log_ratio - log_ratio.max()).double().clamp(max=-1e-6)  # 1 has infinite log-odds
    if share is None:
        return log_p.exp()
    if not 0 < share < 1:
        raise ConfidenceError(f"The share to keep must lie between 0 and 1, not be {share}.")
    log_odds = log_p - torch.log(-torch.expm1(log_p))
    low, high = -log_odds.max().item() - 40, -log_odds.min().item() + 40
    for _ in range(60):
        middle = (low + high) / 2
        if torch.sigmoid(log_odds + middle).mean() < share:
            low = middle
        else:
            high = middle
    return torch.sigmoid(log_odds + middle)
