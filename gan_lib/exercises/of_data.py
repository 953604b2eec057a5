"""The exercises of “Start here” and “Data”."""

import torch
from torch import Tensor

from gan_lib.exercises.exercise import Answer, Exercise, as_tensor, on
from gan_lib.sources.imageset import to_float, to_levels

# --- Start here


def _drawn(answer: Answer) -> list[object]:
    """What is always true of normal numbers, and of few others."""
    torch.manual_seed(1)
    z = as_tensor(given := answer(4000))
    if z is None or tuple(z.shape) != (4000, 64):
        return [given]
    z = z.double()
    return [bool((z.std() - 1).abs() < 0.05), bool(z.mean().abs() < 0.05), bool((z < 0).any()),
            bool((z.mean(1) - z.mean()).std() < 0.2), bool(z.std(0).min() > 0.5)]  # fmt: skip


DRAW = Exercise(
    "draw",
    "Start here",
    minutes=2,
    right=lambda count: torch.randn(count, 64),
    trials=_drawn,
    slips={
        "These numbers are even between 0 and 1, as torch.rand draws them. The generator learned "
        "with normal ones, which torch.randn draws: half of them are below 0.": lambda count: (
            torch.rand(count, 64)
        ),
        "The shape is the wrong way round: a row for each image, so (count, 64).": lambda count: (
            torch.randn(64, count)
        ),
        "All rows are the same latent, so all images would be the same: draw anew for each.": (
            lambda count: torch.randn(1, 64).expand(count, 64)
        ),
        "Each row repeats one number 64 times: draw 64 numbers for each image.": lambda count: (
            torch.randn(count, 1).expand(count, 64)
        ),
        "All zeros: that is one single point, and every image would be the same.": lambda count: (
            torch.zeros(count, 64)
        ),
    },
)

# --- Data


def _levels() -> tuple[Tensor]:
    some = torch.randint(20, 200, (5, 4, 6), generator=torch.Generator().manual_seed(1))
    some[0, 0, :3] = torch.tensor([0, 255, 128])
    return (some.to(torch.uint8),)


def _dim_levels() -> tuple[Tensor]:
    return (_levels()[0][1:],)  # without 0 and 255


SCALE = Exercise(
    "scale",
    "Data",
    minutes=3,
    right=lambda levels: levels.unsqueeze(1).float() / 127.5 - 1,
    trials=on(_levels, _dim_levels),
    slips={
        "This gives the range [0, 1]. The generator ends in tanh, which gives [-1, 1], and D would "
        "tell the two apart by their range alone.": lambda levels: levels.unsqueeze(1) / 255,
        "The range is right, but the channel is missing: (N, H, W) should become (N, 1, H, W).": (
            lambda levels: levels.float() / 127.5 - 1
        ),
        "The channel stands last. PyTorch wants it before the rows: (N, 1, H, W).": lambda levels: (
            levels.unsqueeze(3).float() / 127.5 - 1
        ),
        "255 becomes 0.992 and not 1: half of the range is 127.5, not 128.": lambda levels: (
            levels.unsqueeze(1).float() / 128 - 1
        ),
        "This stretches by the darkest and brightest pixel of the batch, so one image is scaled "
        "differently in each batch. Take 0 and 255.": lambda levels: (
            2 * (levels.unsqueeze(1).float() - levels.min()) / (levels.max() - levels.min()).float()
            - 1
        ),
        "This gives the range [0, 2]: something is still to be taken off.": lambda levels: (
            levels.unsqueeze(1).float() / 127.5
        ),
        "This shifts by 127.5 and does not divide: the range is [-127.5, 127.5].": lambda levels: (
            levels.unsqueeze(1).float() - 127.5
        ),
        "uint8 has no negative numbers and wraps round: change to float before you subtract.": (
            lambda levels: (levels.unsqueeze(1) - 128) / 127.5
        ),
    },
)


def _floats() -> tuple[Tensor]:
    x = to_float(torch.arange(256, dtype=torch.uint8).view(4, 1, 8, 8))
    return ((x + torch.linspace(-0.003, 0.003, 64).view(8, 8)).clamp(-1, 1),)


UNSCALE = Exercise(
    "unscale",
    "Data",
    minutes=4,
    right=lambda x: to_levels(x),
    trials=on(_floats),
    tolerance=0,
    slips={
        "Nearly: casting to uint8 cuts the fraction off, so most levels are one too dark. Round "
        "before you cast.": lambda x: ((x + 1) * 127.5).to(torch.uint8),
        "This takes the range for [0, 1], and the dark half wraps round below 0.": lambda x: (
            (x * 255).round().to(torch.int64) % 256
        ),
        "White comes out as 128: add 1 before you multiply, and not after.": lambda x: (
            (x * 127.5 + 1).clamp(0, 255).round().to(torch.uint8)
        ),
        "These are whole numbers in spirit, but floats in type: cast to torch.uint8 in the end, "
        "after rounding.": lambda x: (x + 1) * 127.5,
        "The levels run to 256: half of the range is 127.5, not 128.": lambda x: (
            (x + 1) * 128
        ).round(),
    },
)


def _cut(order: Tensor, size: int) -> list[Tensor]:
    return [order[i : i + size] for i in range(0, len(order) - size + 1, size)]


def _shuffled(count: int) -> Tensor:
    return torch.randperm(count, generator=torch.Generator().manual_seed(2))


CUT = Exercise(
    "cut",
    "Data",
    minutes=4,
    right=_cut,
    trials=on(lambda: (_shuffled(10), 3), lambda: (_shuffled(12), 4), lambda: (_shuffled(5), 8)),
    slips={
        "The last, smaller batch is still there: leave it out.": lambda order, size: list(
            order.split(size)
        ),
        "A full last batch is lost where the size divides the number of "
        "images.": lambda order, size: (
            [order[i : i + size] for i in range(0, len(order) - size, size)]
        ),
        "`chunk(size)` makes that many batches. Wanted are batches with that many images.": (
            lambda order, size: list(order.chunk(size))
        ),
        "These batches overlap: the next one begins where the last one ended, so go on by "
        "the size.": (
            lambda order, size: [order[i : i + size] for i in range(len(order) - size + 1)]
        ),
        "The images are in their old order again: cut the order that you are given, without "
        "sorting.": (lambda order, size: _cut(order.sort().values, size)),
        "These are the numbers 0, 1, 2 …, not the order that you are given.": lambda order, size: (
            _cut(torch.arange(len(order)).flip(0), size)
        ),
    },
)


def _images_and_means() -> tuple[Tensor, Tensor]:
    g = torch.Generator().manual_seed(3)
    return torch.randn(40, 1, 5, 5, generator=g), torch.randn(10, 1, 5, 5, generator=g) * 0.7


NEAREST = Exercise(
    "nearest",
    "Data",
    minutes=6,
    right=lambda x, means: torch.cdist(x.flatten(1), means.flatten(1)).argmin(1),
    trials=on(_images_and_means, lambda: tuple(part[:, :, :3] for part in _images_and_means())),
    slips={
        "This takes the mean that is farthest away: argmin, not argmax.": lambda x, means: (
            torch.cdist(x.flatten(1), means.flatten(1)).argmax(1)
        ),
        "This finds, for each mean, the nearest image. Asked is the nearest mean of each image: "
        "the other dimension.": lambda x, means: torch.cdist(x.flatten(1), means.flatten(1)).argmin(
            0
        ),
        "This adds the differences up without their square or size, so that + and - cancel.": (
            lambda x, means: (x[:, None] - means[None]).flatten(2).sum(2).argmin(1)
        ),
        "This compares the mean brightness of the images: compare pixel by "
        "pixel.": lambda x, means: (
            (x.flatten(1).mean(1)[:, None] - means.flatten(1).mean(1)).abs().argmin(1)
        ),
        "These are the distances. Asked is the number of the nearest mean.": lambda x, means: (
            torch.cdist(x.flatten(1), means.flatten(1)).amin(1)
        ),
    },
)

EXERCISES = (DRAW, SCALE, UNSCALE, NEAREST, CUT)
