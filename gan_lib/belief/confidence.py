"""What the discriminator believes: its verdicts on images, and the evidence for them.

A verdict is a logit: above 0 for "real", else "generated". σ(logit) is the confidence that the
image is real; `calibration` asks when it may be taken for a probability. Notebook 04 uses all this.
"""

import copy
import itertools
import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_lib import UserError
from gan_lib.data import ImageSet
from gan_lib.devices import step_randomness
from gan_lib.keeping.checkpoints import Checkpoint
from gan_lib.recipes import DIGITS, Recipe
from gan_lib.state import State

Score = Callable[[Tensor], Tensor]  # images (N, 1, 28, 28) → logits (N,), each for itself


class ConfidenceError(UserError):
    """Images or logits that nothing can be said about. The message is one line that says why."""


def check_numbers(values: Tensor) -> None:
    """Raise `ConfidenceError` unless there are numbers, and all of them finite."""
    if len(values) == 0 or not torch.isfinite(values).all():
        raise ConfidenceError("There are no numbers here, or some of them are NaN or infinite.")


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
    It is in eval mode: no dropout, and batch norm with its running averages. A copy is asked, so
    that a training is not disturbed. N images that do not fill a training batch are judged as one
    smaller batch. Raises `ConfidenceError` where the two halves differ in size or are empty, and
    where digits are missing.
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
    size, logits, told = recipe.batch_size, torch.empty(2, len(x_real)), recipe.told(digits)
    with step_randomness(seed, 0, device):
        for start in range(0, len(x_real), size):
            # The last batch reaches back, so that it is as large as the others.
            start = max(0, min(start, len(x_real) - size))
            part = slice(start, start + size)
            x = torch.cat([x_real[part], x_fake[part]]).float().to(device)
            both = [label[part].repeat(2, 1).to(device) for label in told]
            answers = discriminator(recipe.add_input_noise(x), *both)
            logits[:, part] = answers.float().cpu().view(2, -1)
    return logits[0], logits[1]


def shares_right(logits_real: Tensor, logits_fake: Tensor) -> tuple[float, float]:
    """The shares of right verdicts, 0 to 1, on real and on generated images: logits (N,) each."""
    return (logits_real > 0).float().mean().item(), (logits_fake <= 0).float().mean().item()


def ranked_right(higher: Tensor, lower: Tensor) -> float:
    """The share of pairs, one of `higher` (N,) and one of `lower` (M,), that lie in that order.

    With logits of real and of generated images: how often does D find the real one of two images
    more real? 1 is always, 0.5 is chance; ties count half. Unlike an accuracy, it does not depend
    on where D draws its line. (Also known as the area under the ROC curve.) With logits of training
    images and of held-out real ones, anything far above 0.5 says that D knows its images by heart.
    Raises `ConfidenceError` for no logits, and for NaN.
    """
    check_numbers(higher)
    check_numbers(lower)
    below = lower.sort().values
    both = [torch.searchsorted(below, higher, right=right) for right in (False, True)]
    return sum(count.double().mean().item() for count in both) / (2 * len(lower))


class Asked(NamedTuple):
    """What a trained discriminator says to N real images, and to as many of its own generator."""

    x_real: Tensor  # (N, 1, 28, 28)
    x_fake: Tensor
    logits_real: Tensor  # (N,)
    logits_fake: Tensor


def ask(checkpoint: Checkpoint, real: ImageSet, seed: int = 7, drawn: int | None = None) -> Asked:
    """Let a trained pair make as many images as `real` has, of the same digits, and judge both.

    With `drawn`, only that many of the real ones are taken, at random.
    """
    if drawn is not None:
        draw = torch.Generator().manual_seed(seed)
        real = real.part(torch.randperm(len(real), generator=draw)[:drawn])
    x_fake, _ = checkpoint.sample(len(real), seed, real.labels)
    both = verdicts(
        checkpoint.recipe, checkpoint.discriminator, real.images, x_fake, real.labels, seed + 1
    )  # another seed than the latents', or the noise on what D sees would repeat them
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
        images, values = torch.full((DIGITS, *x.shape[1:]), -1.0), torch.full((DIGITS,), math.nan)
        for digit in digits.unique():
            rows = (digits == digit).nonzero().squeeze(1)
            best = rows[key[rows].argmin()]
            images[digit], values[digit] = x[best], logits[best]
        chosen[name] = images, values
    return chosen


# --- Why does it say so? --------------------------------------------------------------------------


def input_gradient(score: Score, x: Tensor) -> Tensor:
    """∂ logit / ∂ pixel for images (N, 1, 28, 28): would D believe more if a pixel were brighter?

    Same shape as `x`. It speaks of small changes only. For a discriminator that looks at each image
    by itself, and so not for `minibatch`. Simonyan, Vedaldi and Zisserman, "Deep
    Inside Convolutional Networks", 2013.
    """
    x = x.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(score(x).sum(), x)
    return gradient


@torch.no_grad()
def occlusion(score: Score, x: Tensor, size: int = 6) -> Tensor:
    """How much the logit falls when a patch around a pixel is blackened: (N, 1, 28, 28).

    Above 0 where the patch speaks for "real". Neighbouring patches, of `size` x `size` pixels,
    overlap by half; a pixel gets the mean over those that cover it. Where the patch was black
    already, the answer is 0. Not for `minibatch` either. Zeiler & Fergus, "Visualizing and
    Understanding Convolutional Networks", 2014.
    """
    before, fall, covered = score(x), torch.zeros_like(x), torch.zeros_like(x)
    starts = range(-(size // 2), 28, max(1, size // 2))
    for top, left in itertools.product(starts, repeat=2):
        rows, columns = slice(max(0, top), top + size), slice(max(0, left), left + size)
        patched = x.clone()
        patched[:, :, rows, columns] = -1
        fall[:, :, rows, columns] += (before - score(patched)).view(-1, 1, 1, 1)
        covered[:, :, rows, columns] += 1
    return fall / covered
