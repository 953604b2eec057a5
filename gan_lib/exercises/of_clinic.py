"""The exercises of “When it fails”: three signs that tell what ails a training."""

from collections.abc import Callable

import torch
from torch import Tensor

from gan_lib.exercises.exercise import Exercise, on

TITLE = "When it fails"


def _images(count: int, seed: int) -> Tensor:
    return torch.randn(count, 1, 6, 6, generator=torch.Generator().manual_seed(seed))


def _pairs(x: Tensor) -> Tensor:
    """The distances (N, N) of all pairs, an image with itself among them."""
    return torch.cdist(x.flatten(1), x.flatten(1))


SPREAD = Exercise(
    "mean_distance",
    TITLE,
    minutes=6,
    right=lambda x: _pairs(x).sum() / (len(x) * (len(x) - 1)),
    trials=on(lambda: (_images(7, 1),), lambda: (3 * _images(12, 2),)),
    tolerance=1e-3,
    slips={
        "Each image is compared with itself as well: N of the N² distances are 0. Leave them "
        "out.": lambda x: _pairs(x).mean(),
        "These are squared distances: the root is missing.": lambda x: (
            _pairs(x).square().sum() / (len(x) * (len(x) - 1))
        ),
        "This is the sum over all pairs, not their mean.": lambda x: _pairs(x).sum(),
        "This is twice too much: the table holds each pair twice, so N(N - 1) entries are "
        "left.": lambda x: 2 * _pairs(x).sum() / (len(x) * (len(x) - 1)),
        "This is the root of the mean square: take the root of each pair first, and then the "
        "mean.": lambda x: (_pairs(x).square().sum() / (len(x) * (len(x) - 1))).sqrt(),
        "Squares are added up over the pixels here, and not averaged.": lambda x: (
            _pairs(x).sum() / (len(x) * (len(x) - 1)) / x[0].numel() ** 0.5
        ),
        "This is the sum of the differences' sizes: square them, add, and take the "
        "root.": lambda x: torch.pdist(x.flatten(1), p=1).mean(),
        "This is half of it: divide by N(N - 1), the entries that are left.": lambda x: (
            _pairs(x).sum() / (2 * len(x) * (len(x) - 1))
        ),
        "This is the distance from the mean image. That is a spread, too, but not the distance "
        "between two images.": lambda x: (x - x.mean(0)).flatten(1).norm(dim=1).mean(),
        "This is how much each pixel varies, and no distance between images.": lambda x: x.std(
            dim=0
        ).mean(),
    },
)

Judge = Callable[[Tensor], Tensor]


def _against_the_mean(x: Tensor) -> Tensor:
    """A D that sees its batch, as batch norm does."""
    h = x.flatten(1).sum(1)
    return (h - h.mean()) / h.std()


def _batch(judge: Judge, seed: int) -> tuple[Judge, Tensor, Tensor, Tensor]:
    return judge, _images(5, seed), _images(8, seed + 1), _images(8, seed + 2) + 1


def _moved(D: Judge, x: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """How far each verdict on x moves, with its sign."""
    return D(torch.cat([x, second]))[: len(x)] - D(torch.cat([x, first]))[: len(x)]


NEIGHBOURS = Exercise(
    "moved_by_neighbours",
    TITLE,
    minutes=8,
    right=lambda D, x, first, second: _moved(D, x, first, second).abs().mean(),
    trials=on(
        lambda: _batch(_against_the_mean, 1),
        lambda: _batch(lambda x: x.flatten(1).mean(1) * x.std(), 5),
        lambda: _batch(lambda x: x.flatten(1).norm(dim=1), 9),
    ),
    slips={
        "Differences of both signs cancel here: take their sizes before the "
        "mean.": lambda D, x, first, second: _moved(D, x, first, second).mean(),
        "Differences of both signs cancel, the other way round: take their sizes before the "
        "mean.": lambda D, x, first, second: _moved(D, x, second, first).mean(),
        "x stands in front of its neighbours in each batch: torch.cat([x, first]).": (
            lambda D, x, first, second: (
                (D(torch.cat([second, x]))[: len(x)] - D(torch.cat([first, x]))[: len(x)])
                .abs()
                .mean()
            )
        ),
        "This is the root of the mean square; the mean of the sizes was asked "
        "for.": lambda D, x, first, second: _moved(D, x, first, second).square().mean().sqrt(),
        "This is the size of the mean: differences of both signs have cancelled "
        "before.": lambda D, x, first, second: _moved(D, x, first, second).mean().abs(),
        "D is asked about x alone the second time. Its neighbours are what is to be "
        "changed.": lambda D, x, first, second: (
            (D(x) - D(torch.cat([x, first]))[: len(x)]).abs().mean()
        ),
        "The neighbours' own verdicts are compared as well; they are other images each time. Only "
        "those of x count.": lambda D, x, first, second: (
            (D(torch.cat([x, second])) - D(torch.cat([x, first]))).abs().mean()
        ),
        "These are the verdicts on the neighbours: x stands at the beginning of the "
        "batch.": lambda D, x, first, second: (
            (D(torch.cat([x, second]))[-len(x) :] - D(torch.cat([x, first]))[-len(x) :])
            .abs()
            .mean()
        ),
        "This is the largest difference; the mean was asked for.": lambda D, x, first, second: (
            _moved(D, x, first, second).abs().max()
        ),
        "This is a sum: divide by the number of images.": lambda D, x, first, second: (
            _moved(D, x, first, second).abs().sum()
        ),
        "x is judged without its neighbours, twice: so nothing can "
        "move.": lambda D, x, first, second: (D(x) - D(x)).abs().mean(),
    },
)


def _diagnosis(right: float, variety: float, gradient: float) -> str:
    if gradient == 0:
        return "detached"
    if variety >= 0.5:
        return "healthy"
    return "blind" if right < 0.56 else "collapse"


_SIGNS = [
    (right, variety, gradient)
    for right in (0.5, 0.75, 0.99)
    for variety in (0.05, 0.3, 0.8, 1.0)
    for gradient in (0.0, 1e-4, 0.02, 3.0)
]


DIAGNOSIS = Exercise(
    "diagnosis",
    TITLE,
    minutes=8,
    right=_diagnosis,
    trials=on(*[lambda signs=signs: signs for signs in _SIGNS]),
    slips={
        "Where G's gradient is 0 the images may be alike as well. Ask for the gradient first: a "
        "cause comes before what follows from it.": lambda right, variety, gradient: (
            _diagnosis(right, variety, 1.0)
            if variety < 0.5
            else _diagnosis(right, variety, gradient)
        ),
        "Nothing reaches G, and yet varied images are called healthy: noise is varied, too. Ask "
        "for the gradient first.": lambda right, variety, gradient: (
            "healthy" if variety >= 0.5 else _diagnosis(right, variety, gradient)
        ),
        "A D that is right about half, before varied images, is an equal game: healthy. It is "
        "blind only where the images are alike.": lambda right, variety, gradient: (
            "blind" if gradient and right < 0.56 else _diagnosis(right, variety, gradient)
        ),
        "Blind and collapse have changed places: blind is who is right about no more than "
        "half.": lambda right, variety, gradient: {"blind": "collapse", "collapse": "blind"}.get(
            _diagnosis(right, variety, gradient), _diagnosis(right, variety, gradient)
        ),
        "A D that is right about nearly all images is no illness by itself: look at what the "
        "images are like.": lambda right, variety, gradient: (
            "collapse" if gradient and right > 0.9 else _diagnosis(right, variety, gradient)
        ),
        "A small gradient is not 0. Only where it is exactly 0 has something been "
        "detached.": lambda right, variety, gradient: (
            "detached" if gradient < 0.1 else _diagnosis(right, variety, gradient)
        ),
        "Collapse is never found: where the images are alike and D is right, it is "
        "one.": lambda right, variety, gradient: _diagnosis(right, variety, gradient).replace(
            "collapse", "healthy"
        ),
        "Blind is never found: ask D's accuracy where the images are "
        "alike.": lambda right, variety, gradient: _diagnosis(right, variety, gradient).replace(
            "blind", "collapse"
        ),
    },
)

EXERCISES = (SPREAD, NEIGHBOURS, DIAGNOSIS)
