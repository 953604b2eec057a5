"""The exercises of “The training loop”: the losses, and the average. The updates: `of_updates`."""

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_lib.exercises.exercise import Exercise, on
from gan_lib.objectives import (
    bce_discriminator,
    bce_generator,
    hinge_discriminator,
    saturating_generator,
)


def _two() -> tuple[Tensor, Tensor]:
    return torch.tensor([2.0, 0.3, -1.0, 1.4]), torch.tensor([-2.0, 0.5, -0.4, 1.6])


def _more() -> tuple[Tensor, Tensor]:
    return torch.tensor([3.2, 0.9]), torch.tensor([3.0, -1.5])


LOSS_OF_D = Exercise(
    "loss_of_discriminator",
    "The training loop",
    minutes=5,
    right=bce_discriminator,
    trials=on(_two, _more),
    slips={
        "The targets are swapped: here D is rewarded for calling generated images real.": (
            lambda real, fake: bce_discriminator(fake, real)
        ),
        "This is the sum of the two means, and so twice the loss that we want: half of each.": (
            lambda real, fake: 2 * bce_discriminator(real, fake)
        ),
        "Only the real images count: D could say “real” to everything.": lambda real, fake: (
            F.softplus(-real).mean()
        ),
        "Only the generated images count: D could say “generated” to "
        "everything.": lambda real, fake: F.softplus(fake).mean(),
        "This is the mean confidence, not the logarithm of it.": lambda real, fake: (
            -(real.sigmoid().mean() + (1 - fake.sigmoid()).mean()) / 2
        ),
        "The sigmoid is taken twice: the loss takes it itself.": lambda real, fake: (
            bce_discriminator(real.sigmoid(), fake.sigmoid())
        ),
        "The sign is wrong: this one grows as D gets better.": lambda real, fake: (
            -bce_discriminator(real, fake)
        ),
    },
)

LOSS_OF_G = Exercise(
    "loss_of_generator",
    "The training loop",
    minutes=3,
    right=bce_generator,
    trials=on(lambda: _two()[1:], lambda: _more()[1:]),
    slips={
        "This is the saturating loss, log(1 - D(G(z))): flat where D is sure, just when G has most "
        "to learn.": saturating_generator,
        "This is D's loss for generated images: G would help D to see through them.": lambda fake: (
            F.softplus(fake).mean()
        ),
        "The sign is wrong: this one is small when D is not fooled.": lambda fake: (
            -bce_generator(fake)
        ),
        "This is the hinge game's loss for G, minus the mean logit. Here the logarithm of the "
        "confidence is wanted.": lambda fake: -fake.mean(),
        "This is minus the mean confidence: the logarithm is missing.": lambda fake: (
            -fake.sigmoid().mean()
        ),
        "This is the sum over the batch: take the mean.": lambda fake: F.softplus(-fake).sum(),
    },
)

HINGE_LOSS = Exercise(
    "hinge",
    "The training loop",
    minutes=4,
    right=hinge_discriminator,
    trials=on(_two, _more),
    slips={
        "The margin is missing: max(0, 1 - logit), not max(0, -logit).": lambda real, fake: (
            F.relu(-real).mean() + F.relu(fake).mean()
        ),
        "The two are swapped: a real image should cost nothing above 1, a generated one "
        "below -1.": (lambda real, fake: hinge_discriminator(fake, real)),
        "Nothing is cut off at 0: images on the right side would go on to "
        "count.": lambda real, fake: (1 - real).mean() + (1 + fake).mean(),
        "The mean is taken before the cut: an image on the right side makes up for one on the "
        "wrong side. Cut first.": lambda real, fake: (
            F.relu(1 - real.mean()) + F.relu(1 + fake.mean())
        ),
        "This is half of it: in the hinge game the two means are added.": lambda real, fake: (
            hinge_discriminator(real, fake) / 2
        ),
        "This squares the hinge; here it is straight.": lambda real, fake: (
            F.relu(1 - real).square().mean() + F.relu(1 + fake).square().mean()
        ),
    },
)


def _averages() -> tuple[Tensor, Tensor, float]:
    return torch.tensor([1.0, -2.0, 0.5]), torch.tensor([3.0, 0.0, -1.0]), 0.9


AVERAGE = Exercise(
    "average",
    "The training loop",
    minutes=3,
    right=lambda averaged, new, decay: decay * averaged + (1 - decay) * new,
    trials=on(_averages, lambda: (*_averages()[:2], 0.99)),
    slips={
        "The two are swapped: with a decay of 0.99 the average should keep 99 % of itself.": (
            lambda averaged, new, decay: (1 - decay) * averaged + decay * new
        ),
        "The parts do not add up to 1: the new weights count only 1 - decay.": (
            lambda averaged, new, decay: decay * averaged + new
        ),
        "This is the plain mean of the two: the decay is not used.": lambda averaged, new, decay: (
            (averaged + new) / 2
        ),
        "This is the new generator alone: nothing is averaged.": lambda averaged, new, decay: new,
        "The average only shrinks: the new weights are missing.": lambda averaged, new, decay: (
            decay * averaged
        ),
    },
)
