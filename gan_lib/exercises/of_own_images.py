"""The exercises of “Your own images”: leaks, changes that D cannot learn by heart, copies."""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_lib.belief.confidence import ranked_right
from gan_lib.exercises.exercise import Answer, Exercise, on, slope
from gan_lib.objectives import hinge_discriminator, mean_generator

TITLE = "Your own images"


def _sets(seed: int) -> tuple[Tensor, Tensor]:
    """Training and held-out images, uint8, of which some are in both, one of them twice in each."""
    g = torch.Generator().manual_seed(seed)
    train, held_out = (torch.randint(256, (n, 1, 4, 4), generator=g) for n in (30, 12))
    held_out[[1, 5, 8]], held_out[9], train[3] = train[[20, 11, 3]], train[3], train[11]
    train[7], train[14] = held_out[9], train[20]
    held_out[2, :, 0] = train[2, :, 0]  # only a part of it
    held_out[4] = train[4].flip(1)  # the same levels in other places
    held_out[0] = train[0]
    return train.to(torch.uint8), held_out.to(torch.uint8)


def _same(a: Tensor, b: Tensor) -> Tensor:
    """(len(a), len(b)): whether two images are equal in each pixel."""
    return (a.flatten(1)[:, None] == b.flatten(1)[None]).all(dim=2)


LEAKED = Exercise(
    "leaked",
    TITLE,
    minutes=5,
    right=lambda train, held_out: _same(held_out, train).any(dim=1).sum(),
    trials=on(lambda: _sets(1), lambda: tuple(part[:6] for part in _sets(2))),
    slips={
        "This counts training images that are held out, too. Count held-out ones.": (
            lambda train, held_out: _same(train, held_out).any(dim=1).sum()
        ),
        "This counts pairs: a held-out image that is twice in the training set counts once.": (
            lambda train, held_out: _same(held_out, train).sum()
        ),
        "This is a share. Return how many there are.": (
            lambda train, held_out: _same(held_out, train).any(dim=1).float().mean()
        ),
        "This compares the first with the first, the second with the second. An image may lie "
        "anywhere in the other set.": lambda train, held_out: (
            _same(held_out, train).diagonal().sum()
        ),
        "It finds none. In a set two tensors are the same only if they are one object: compare "
        "their bytes.": lambda train, held_out: 0,
        "Two images that are equal count as one here. A held-out image that is there twice has "
        "leaked twice.": lambda train, held_out: len(
            {image.numpy().tobytes() for image in train}
            & {image.numpy().tobytes() for image in held_out}
        ),
        "These are the held-out images that are new.": (
            lambda train, held_out: (~_same(held_out, train).any(dim=1)).sum()
        ),
    },
)

Change = Callable[[Tensor], Tensor]


def _players(seed: int) -> tuple[Change, Change, Tensor, Tensor]:
    """A small D, a change of images, real images, and generated ones that G can learn through."""
    g = torch.Generator().manual_seed(seed)
    weight = torch.randn(9, generator=g)
    x_real, x_fake = torch.randn(2, 5, 1, 3, 3, generator=g)

    def change(x: Tensor) -> Tensor:
        return 0.5 * x.flip(3) + 0.3

    return lambda x: (x.flatten(1) @ weight).tanh() * 2, change, x_real, x_fake.requires_grad_()


def _both(answer: Answer) -> Iterator[object]:
    """Both losses, and how G's moves when its images do."""
    for seed in (1, 2):
        D, change, x_real, x_fake = _players(seed)
        losses = answer(D, change, x_real, x_fake)
        yield losses
        loss_g = losses[1] if isinstance(losses, (tuple, list)) and len(losses) == 2 else None
        yield slope(loss_g, x_fake)


def _hinge(real: Tensor, fake: Tensor, fake_for_g: Tensor) -> tuple[Tensor, Tensor]:
    return hinge_discriminator(real, fake), mean_generator(fake_for_g)


def _changed(D: Change, T: Change, x: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    return _hinge(D(T(x)), D(T(g)), D(T(g)))


CHANGED = Exercise(
    "losses_of_changed",
    TITLE,
    minutes=8,
    right=_changed,
    trials=_both,
    slips={
        "Only real images are changed. Then D tells the two kinds apart by the change itself, and "
        "G learns to make changed images.": lambda D, T, x, g: _hinge(D(T(x)), D(g), D(g)),
        "Only generated images are changed: D tells them by the change.": lambda D, T, x, g: _hinge(
            D(x), D(T(g)), D(T(g))
        ),
        "In G's loss its images are not changed: D judges there what it never learnt "
        "from.": lambda D, T, x, g: _hinge(D(T(x)), D(T(g)), D(g)),
        "In D's loss the generated images are not changed.": lambda D, T, x, g: _hinge(
            D(T(x)), D(g), D(T(g))
        ),
        "In D's loss neither kind is changed, only in G's: D judges there what it never learnt "
        "from.": lambda D, T, x, g: _hinge(D(x), D(g), D(T(g))),
        "Nothing is changed here: D shall see T(x), of both kinds.": lambda D, T, x, g: _hinge(
            D(x), D(g), D(g)
        ),
        "G cannot learn through this: no detach and no no_grad on the way from its images to its "
        "loss.": lambda D, T, x, g: _hinge(D(T(x)), D(T(g)), D(T(g.detach()))),
        "The change comes after D: it is for images, T(x), not for logits.": lambda D, T, x, g: (
            _hinge(*(0.5 * D(part) + 0.3 for part in (x, g, g)))
        ),
        "The two have changed places: return D's loss first.": lambda *a: _changed(*a)[::-1],
        "G's sign is turned round: its loss is -D(T(G(z))), so that a larger logit is a smaller "
        "loss.": lambda D, T, x, g: _hinge(D(T(x)), D(T(g)), -D(T(g))),
        "D's signs have changed places: it wants large logits for real images, relu(1 - D(T(x))), "
        "and small ones for generated.": lambda D, T, x, g: _hinge(-D(T(x)), -D(T(g)), D(T(g))),
        "This is half of D's loss: add the two means up.": lambda *a: (
            _changed(*a)[0] / 2,
            _changed(*a)[1],
        ),
        "G has no hinge in this loss: minus the mean of D(T(x_fake)).": lambda D, T, x, g: (
            _changed(D, T, x, g)[0],
            F.relu(1 - D(T(g))).mean(),
        ),
    },
)


def _images(seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Generated images of which some are near copies, held-out ones, and the training images."""
    g = torch.Generator().manual_seed(seed)
    x_train, x_new, x_fake = (torch.randn(n, 1, 3, 3, generator=g) for n in (20, 7, 9))
    x_fake[:4] = x_train[:4] + 0.1 * x_fake[:4]
    return x_fake, x_new, x_train


def _nearer(pick: Change = lambda distances: distances.amin(dim=1)) -> Callable[..., float]:
    """The share of pairs by what `pick` takes of the distances (N, M) to all training images."""

    def share(x_fake: Tensor, x_new: Tensor, x_train: Tensor) -> float:
        near, far = (pick(torch.cdist(x.flatten(1), x_train.flatten(1))) for x in (x_fake, x_new))
        return ranked_right(far, near)

    return share


NEARER = Exercise(
    "nearer_than_new",
    TITLE,
    minutes=8,
    right=_nearer(),
    trials=on(lambda: _images(1), lambda: _images(2)),
    slips={
        "The two have changed places: copies are nearer, so the share has to be large for "
        "them.": lambda x_fake, x_new, x_train: _nearer()(x_new, x_fake, x_train),
        "This compares the first with the first, the second with the second. Compare each "
        "generated image with each held-out one.": lambda x_fake, x_new, x_train: (
            sum(_nearer()(f[None], n[None], x_train) for f, n in zip(x_fake, x_new)) / len(x_new)
        ),
        "This is the mean distance to all training images. Take the nearest alone.": _nearer(
            lambda distances: distances.mean(dim=1)
        ),
        "This takes the farthest training image, not the nearest.": _nearer(
            lambda distances: distances.amax(dim=1)
        ),
        "For each training image this takes the nearest generated one. Turn it round: for each "
        "generated image the nearest training image, dim=1.": _nearer(
            lambda distances: distances.amin(dim=0)
        ),
        "This looks for the nearest held-out image. What may be copied is the training set.": (
            lambda x_fake, x_new, x_train: _nearer()(x_fake, x_train, x_new)
        ),
        "This is a count of pairs: divide by how many there are.": lambda x_fake, x_new, x_train: (
            len(x_fake) * len(x_new) * _nearer()(x_fake, x_new, x_train)
        ),
        "This is in percent. Return the share, 0 to 1.": lambda *a: 100 * _nearer()(*a),
    },
)

EXERCISES = (LEAKED, CHANGED, NEARER)
