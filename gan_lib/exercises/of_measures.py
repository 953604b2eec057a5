"""The exercises of “How good is it?”."""

import torch
from torch import Tensor

from gan_lib.exercises.exercise import Exercise, on


def _clouds() -> tuple[Tensor, Tensor]:
    g = torch.Generator().manual_seed(1)
    return 0.5 + 0.8 * torch.randn(30, generator=g), -0.4 + 1.7 * torch.randn(12, generator=g)


FRECHET_1D = Exercise(
    "frechet_1d",
    "How good is it?",
    minutes=5,
    right=lambda real, fake: (real.mean() - fake.mean()) ** 2 + (real.std() - fake.std()) ** 2,
    trials=on(_clouds, lambda: _clouds()[::-1]),
    slips={
        "The second term wants the standard deviations; these are the "
        "variances.": lambda real, fake: (
            (real.mean() - fake.mean()) ** 2 + (real.var() - fake.var()) ** 2
        ),
        "Only the means are compared: a cloud of the wrong width would not be noticed.": (
            lambda real, fake: (real.mean() - fake.mean()) ** 2
        ),
        "Only the widths are compared: a cloud in the wrong place would not be noticed.": (
            lambda real, fake: (real.std() - fake.std()) ** 2
        ),
        "The spread is divided by n, which is too small for a sample: torch's std divides by "
        "n - 1.": (
            lambda real, fake: (
                (real.mean() - fake.mean()) ** 2
                + (real.std(correction=0) - fake.std(correction=0)) ** 2
            )
        ),
        "The square is missing: both differences are squared, and then added.": lambda real, fake: (
            (real.mean() - fake.mean()).abs() + (real.std() - fake.std()).abs()
        ),
        "The root is taken at the end. What is called FD, and FID, is the squared distance.": (
            lambda real, fake: (
                (real.mean() - fake.mean()) ** 2 + (real.std() - fake.std()) ** 2
            ).sqrt()
        ),
        "The two terms are subtracted: both are faults, so add them.": lambda real, fake: (
            (real.mean() - fake.mean()) ** 2 - (real.std() - fake.std()) ** 2
        ),
    },
)


def _figures() -> tuple[Tensor, Tensor]:
    return torch.tensor([9.0, 11.0, 10.0, 12.0]), torch.tensor([1.0, 2.0, 1.5, 1.1])


SPREADS_OFF = Exercise(
    "spreads_off",
    "How good is it?",
    minutes=5,
    right=lambda values, floors: (
        (values.mean() - floors.mean()) / (values.var() + floors.var()).sqrt()
    ),
    trials=on(_figures, lambda: tuple(part[:3] for part in _figures()[::-1])),
    slips={
        "The floor is missing: how far is the figure from what real images get, and not from 0?": (
            lambda values, floors: values.mean() / (values.var() + floors.var()).sqrt()
        ),
        "Only the spread of the figure counts here: the floor varies as "
        "well.": lambda values, floors: (values.mean() - floors.mean()) / values.std(),
        "Spreads do not add up like lengths, since chance seldom pushes both the same way. Add "
        "their squares, and take the root.": lambda values, floors: (
            (values.mean() - floors.mean()) / (values.std() + floors.std())
        ),
        "This is a multiple of the floor. Without the spread nobody knows if it could be chance.": (
            lambda values, floors: values.mean() / floors.mean()
        ),
        "The root is missing: this divides by a variance.": lambda values, floors: (
            (values.mean() - floors.mean()) / (values.var() + floors.var())
        ),
        "The sign is wrong: above the floor should be positive.": lambda values, floors: (
            (floors.mean() - values.mean()) / (values.var() + floors.var()).sqrt()
        ),
    },
)


def _in_plane() -> tuple[Tensor, Tensor, Tensor]:
    g = torch.Generator().manual_seed(2)
    real, fake = torch.randn(30, 2, generator=g), 0.5 * torch.randn(25, 2, generator=g) + 0.4
    radius = torch.cdist(real, real).sort(dim=1).values[:, 3]
    return torch.cdist(real, fake), radius, torch.cdist(fake, fake).sort(dim=1).values[:, 3]


def _real_balls() -> tuple[Tensor, Tensor]:
    return _in_plane()[:2]


COVERED = Exercise(
    "covered",
    "How good is it?",
    minutes=7,
    right=lambda distances, radius: (distances <= radius[:, None]).any(1).float().mean(),
    trials=on(_real_balls, lambda: (_real_balls()[0][:15], _real_balls()[1][:15])),
    slips={
        "This is the share of generated images that lie in some ball: how good they are, and not "
        "how much of reality they cover.": lambda distances, radius: (
            (distances <= radius[:, None]).any(0).float().mean()
        ),
        "This is the mean number of balls around a generated image: density, before it is divided "
        "by k.": lambda distances, radius: (distances <= radius[:, None]).float().sum(0).mean(),
        "This is the share of all pairs in which the one lies in the other's ball.": (
            lambda distances, radius: (distances <= radius[:, None]).float().mean()
        ),
        "Here every generated image has to lie in the ball. One is "
        "enough.": lambda distances, radius: (distances <= radius[:, None]).all(1).float().mean(),
        "This is the number of balls that hold an image: divide by how many there are.": (
            lambda distances, radius: (distances <= radius[:, None]).any(1).float().sum()
        ),
        "This is the share of real images that are *not* covered.": lambda distances, radius: (
            1 - (distances <= radius[:, None]).any(1).float().mean()
        ),
    },
)


def _answers() -> tuple[Tensor]:
    return (3 * torch.randn(50, 10, generator=torch.Generator().manual_seed(3)),)


def _kl(p: Tensor, q: Tensor) -> Tensor:
    return (p * (p.log() - q.log())).sum(-1)


SCORE = Exercise(
    "score",
    "How good is it?",
    minutes=8,
    right=lambda logits: _kl(p := logits.softmax(1), p.mean(0)).mean().exp(),
    trials=on(_answers, lambda: (_answers()[0] * torch.linspace(0.2, 2, 10),)),
    slips={
        "The exponential at the end is missing: then the best value is log 10, and not 10.": (
            lambda logits: _kl(p := logits.softmax(1), p.mean(0)).mean()
        ),
        "The divergence runs the wrong way: from each image's shares to their "
        "mean.": lambda logits: _kl((p := logits.softmax(1)).mean(0).expand_as(p), p).mean().exp(),
        "This compares with equal shares of a tenth, and not with the mean of the images' own.": (
            lambda logits: _kl(logits.softmax(1), torch.full((10,), 0.1)).mean().exp()
        ),
        "This is the certainty alone, the mean entropy: variety does not count.": lambda logits: (
            -(p := logits.softmax(1)).mul(p.log()).sum(1).mean().exp()
        ),
        "The exponential is taken for each image, and then the mean. Mean first.": lambda logits: (
            _kl(p := logits.softmax(1), p.mean(0)).exp().mean()
        ),
        "The softmax runs over the images. Each image's ten numbers should add up to 1: dim=1.": (
            lambda logits: _kl(p := logits.softmax(0), p.mean(0)).mean().exp()
        ),
    },
)

EXERCISES = (FRECHET_1D, SPREADS_OFF, COVERED, SCORE)
