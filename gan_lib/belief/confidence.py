"""What the discriminator believes: its verdicts on images, and at which moment of a training.

A verdict is a logit: above 0 for "real", else "generated". σ(logit) is the confidence that the
image is real. Notebook "What the discriminator believes" uses all this.
"""

import copy
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lib import UserError
from gan_lib.machine.randomness import Purpose, generator, randomness
from gan_lib.pair import Pair
from gan_lib.remedies.penalties import ask
from gan_lib.sources.imageset import ImageSet
from gan_lib.state import State


class ConfidenceError(UserError):
    """Images or logits that nothing can be said about. The message is one line that says why."""


def check_numbers(values: Tensor) -> None:
    """Raise `ConfidenceError` unless there are numbers, and all of them finite."""
    if len(values) == 0 or not torch.isfinite(values).all():
        raise ConfidenceError("There are no numbers here, or some of them are NaN or infinite.")


@torch.no_grad()
def verdicts(
    pair: Pair, x_real: Tensor, x_fake: Tensor, labels: Tensor | None = None, seed: int = 7
) -> tuple[Tensor, Tensor]:
    """The logits (N,) of real and of generated images (N, C, H, W), on the CPU.

    Asked as in training: in batches that are half real and half generated, since `minibatch` looks
    at a batch as a whole, and with the noise that the recipe puts on what it sees. But an augmented
    recipe's random changes are left out: asked about changed images, a D that knows its images by
    heart looks like one that does not. A recipe that tells it the class needs `labels` (N,): those
    of `x_real`, for which `x_fake` was made. A copy is asked, in eval mode: a training is not
    disturbed. Raises `ConfidenceError` where the halves differ in size or are empty, and where
    labels are missing.
    """
    recipe, size = pair.recipe, pair.recipe.batch_size
    if len(x_real) != len(x_fake) or len(x_real) == 0:
        raise ConfidenceError(
            "Verdicts need as many generated images as real ones, and at least one of each: "
            f"these are {len(x_real)} real and {len(x_fake)} generated."
        )
    if recipe.told == "both" and (labels is None or len(labels) != len(x_real)):
        raise ConfidenceError(f"The discriminator of {recipe.name} needs a label for each image.")
    discriminator = copy.deepcopy(pair.discriminator).eval()
    device = next(discriminator.parameters()).device
    told, logits = pair.told(labels), torch.empty(2, len(x_real))
    with randomness(seed, Purpose.VERDICT, device=device):
        for start in range(0, len(x_real), size):
            # The last batch reaches back, so that it is as large as the others.
            start = max(0, min(start, len(x_real) - size))
            part = slice(start, start + size)
            x = torch.cat([x_real[part], x_fake[part]]).float().to(device)
            twice = None if told is None else told[part].repeat(2, 1).to(device)
            logits[:, part] = ask(discriminator, pair.noisy(x), twice).float().cpu().view(2, -1)
    return logits[0], logits[1]


def shares_right(logits_real: Tensor, logits_fake: Tensor) -> tuple[float, float]:
    """The shares of right verdicts, 0 to 1, on real and on generated images: logits (N,) each."""
    return (logits_real > 0).float().mean().item(), (logits_fake <= 0).float().mean().item()


def ranked_right(higher: Tensor, lower: Tensor) -> float:
    """The share of pairs, one of `higher` (N,) and one of `lower` (M,), that lie in that order.

    With logits of real and of generated images: how often does D find the real one of two images
    more real? 1 is always, 0.5 is chance; ties count half. (**AUC**, the area under the ROC curve.)
    With logits of training images and of held-out real ones, anything far above 0.5 says that D
    knows its images by heart. Raises `ConfidenceError` for no logits, and for NaN.
    """
    check_numbers(higher)
    check_numbers(lower)
    below = lower.sort().values
    both = [torch.searchsorted(below, higher, right=right) for right in (False, True)]
    return sum(count.double().mean().item() for count in both) / (2 * len(lower))


def check_shown(pair: Pair, real: ImageSet) -> None:
    """Raise `ConfidenceError` unless there are images, of the pair's shape and classes."""
    if len(real) == 0:
        raise ConfidenceError(f"There are no images in {real.name}.")
    found = pair.kind.clusters is not None  # classes that the labels know nothing of
    same_classes = found or real.labels is None or real.classes == pair.classes
    if real.shape != pair.shape or pair.latent_has_class and not same_classes:
        raise ConfidenceError(
            f"{real.name} cannot be shown to a pair that was trained on other images, of the shape "
            f"{pair.shape} and the classes ({', '.join(pair.classes)}): name those."
        )


class Sides(NamedTuple):
    """What a trained discriminator says to N real images, and to as many of its own generator."""

    x_real: Tensor  # (N, C, H, W) in [-1, 1]
    x_fake: Tensor
    logits_real: Tensor  # (N,)
    logits_fake: Tensor


def both_sides(pair: Pair, real: ImageSet, seed: int = 7, drawn: int | None = None) -> Sides:
    """Let a trained pair make as many images as `real` has, of the same classes, and judge both.

    With `drawn`, only that many of the real ones are taken, at random. Raises `ConfidenceError`
    where the pair was trained on other shapes or classes, and as `verdicts` does.
    """
    check_shown(pair, real)
    if drawn is not None:
        draw = generator(seed, Purpose.CHOICE)
        real = real.part(torch.randperm(len(real), generator=draw)[:drawn])
    real = pair.kind.labelled(real)
    x_real, (x_fake, _) = real.floats(), pair.sample(len(real), seed, real.labels)
    return Sides(x_real, x_fake, *verdicts(pair, x_real, x_fake, real.labels, seed))


class Moment(NamedTuple):
    """What the discriminator believed at one step of a training, about N images of each kind."""

    step: int
    x_real: Tensor  # (N, C, H, W) in [-1, 1], training images
    x_fake: Tensor  # (N, C, H, W), made of the same latents at each step
    logits_real: Tensor  # (N,)
    logits_held_out: Tensor  # (N,), of real images that it never saw in training
    logits_fake: Tensor  # (N,)


def moment(state: State, real: ImageSet, held_out: ImageSet) -> Moment:
    """Ask the discriminator of `state` about `real`, as many `held_out`, and as many made images.

    These come from the averaged generator if there is one. The training is left as it is.
    """
    real, held_out = map(state.kind.labelled, (real, held_out))
    x_real, (x_fake, _) = real.floats(), state.sample(len(real), state.seed, real.labels)
    logits_real, logits_fake = verdicts(state, x_real, x_fake, real.labels)
    # The second half only fills the batches: none of its logits is kept.
    logits_held_out, _ = verdicts(state, held_out.floats(), x_fake, held_out.labels)
    return Moment(state.step, x_real, x_fake, logits_real, logits_held_out, logits_fake)
