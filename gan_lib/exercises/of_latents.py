"""The exercises of “The latent space”."""

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_lib.exercises.exercise import Answer, Exercise, as_tensor, on


def _ends(t: float) -> tuple[Tensor, Tensor, float]:
    g = torch.Generator().manual_seed(1)
    return 1.3 * torch.randn(8, generator=g), torch.randn(8, generator=g), t


def _arc(a: Tensor, b: Tensor, t: float, omega: Tensor | None = None) -> Tensor:
    omega = torch.acos((a @ b) / (a.norm() * b.norm())) if omega is None else omega
    return (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / torch.sin(omega)


SLERP = Exercise(
    "slerp",
    "The latent space",
    minutes=8,
    right=_arc,
    trials=on(lambda: _ends(0.3), lambda: _ends(0.5), lambda: _ends(0.9)),
    slips={
        "This is the straight line, lerp: half-way it runs below the shell.": lambda a, b, t: (
            (1 - t) * a + t * b
        ),
        "This is the straight line, pulled out to the length of a. The arc has its own weights, "
        "with the sine of the angle.": lambda a, b, t: (
            a.norm() * F.normalize((1 - t) * a + t * b, dim=0)
        ),
        "The ends are swapped: t = 0 should give a.": lambda a, b, t: _arc(b, a, t),
        "The ends are made unit vectors first, and so the result has length 1: the lengths of a "
        "and b should stay.": lambda a, b, t: _arc(a / a.norm(), b / b.norm(), t),
        "The division by sin ω is missing: even t = 0 does not give a.": lambda a, b, t: (
            _arc(a, b, t) * torch.sin(torch.acos((a @ b) / (a.norm() * b.norm())))
        ),
        "This takes the cosine for the angle: the arccosine, torch.acos, is "
        "missing.": lambda a, b, t: _arc(a, b, t, (a @ b) / (a.norm() * b.norm())),
    },
)


def _cut_off(answer: Answer) -> list[object]:
    """Extremes, share at the edge, spread and mean of what was drawn."""
    torch.manual_seed(2)
    z = as_tensor(given := answer(4000, 0.8))
    if z is None or tuple(z.shape) != (4000, 64):
        return [given]
    edge = (z.abs() > 0.99 * 0.8).float().mean()
    return [bool(z.max() <= 0.8), bool(z.min() >= -0.8), edge, z.std(), z.mean()]


def _again(count: int, most: float) -> Tensor:
    z = torch.randn(count, 64)
    while (beyond := z.abs() > most).any():
        z[beyond] = torch.randn(int(beyond.sum()))
    return z


def _above_again(count: int, most: float) -> Tensor:
    z = torch.randn(count, 64)
    while (beyond := z > most).any():
        z[beyond] = torch.randn(int(beyond.sum()))
    return z


def _once(count: int, most: float) -> Tensor:
    z = torch.randn(count, 64)
    return torch.where(z.abs() > most, torch.randn(count, 64), z)


TRUNCATED = Exercise(
    "truncated",
    "The latent space",
    minutes=6,
    right=_again,
    trials=_cut_off,
    tolerance=0.01,
    slips={
        "The numbers beyond the threshold are moved onto it, so that many sit exactly at the edge. "
        "Draw them again.": lambda count, most: torch.randn(count, 64).clamp(-most, most),
        "The numbers are made smaller, and some are still beyond the threshold. Draw those "
        "again.": (lambda count, most: most * torch.randn(count, 64)),
        "Only numbers above the threshold are drawn again: those below minus the threshold are too "
        "far out as well.": _above_again,
        "They are drawn again only once, and some of the new ones lie beyond the threshold, "
        "too: go "
        "on until none does.": _once,
        "These are even between the two thresholds, and not normal numbers.": lambda count, most: (
            (2 * torch.rand(count, 64) - 1) * most
        ),
        "These are normal numbers: nothing is truncated.": lambda count, most: torch.randn(
            count, 64
        ),
        "Each number beyond becomes 0: draw it again instead.": lambda count, most: (
            (z := torch.randn(count, 64)) * (z.abs() <= most)
        ),
    },
)


def _noise_and_digit() -> tuple[Tensor, Tensor]:
    return torch.randn(5, 64, generator=torch.Generator().manual_seed(3)), torch.tensor(
        [3, 0, 9, 3, 7]
    )


JOIN = Exercise(
    "join",
    "The latent space",
    minutes=4,
    right=lambda noise, digits: torch.cat([noise, F.one_hot(digits, 10).float()], 1),
    trials=on(_noise_and_digit),
    slips={
        "This adds the digit as one number, as if a 9 were three times a 3. Give each digit "
        "a place "
        "of its own, one-hot.": lambda noise, digits: torch.cat(
            [noise, digits[:, None].float()], 1
        ),
        "The digit stands before the noise: this generator expects it "
        "behind.": lambda noise, digits: torch.cat([F.one_hot(digits, 10).float(), noise], 1),
        "Only nine places: the ten digits are 0 to 9.": lambda noise, digits: torch.cat(
            [noise, F.one_hot(digits.clamp(max=8), 9).float()], 1
        ),
        "The rows are put below each other: join along dim=1, number after number.": (
            lambda noise, digits: torch.cat([noise[:, :10], F.one_hot(digits, 10).float()], 0)
        ),
        "This is the one-hot digit alone: the noise, which makes each 3 another 3, is missing.": (
            lambda noise, digits: F.one_hot(digits, 10).float()
        ),
        "The places are counted from 1: the digit 0 has the first one.": lambda noise, digits: (
            torch.cat([noise, F.one_hot((digits + 1) % 10, 10).float()], 1)
        ),
    },
)


def _seen() -> tuple[Tensor, Tensor]:
    g = torch.Generator().manual_seed(4)
    asked = torch.randint(10, (50,), generator=g)
    return torch.randn(50, 10, generator=g) + 3 * F.one_hot(asked, 10), asked


OBEYED = Exercise(
    "obeyed",
    "The latent space",
    minutes=3,
    right=lambda logits, asked: (logits.argmax(1) == asked).float().mean(),
    trials=on(_seen, lambda: tuple(part[:20] for part in _seen())),
    slips={
        "This looks for the best image of each digit. Take the best digit of each image: dim=1.": (
            lambda logits, asked: (logits.argmax(0) == asked[:10]).float().mean()
        ),
        "This compares how often each digit occurs. Two wrong digits could make up for each other: "
        "compare image by image.": lambda logits, asked: (
            1
            - (
                (logits.argmax(1).bincount(minlength=10) - asked.bincount(minlength=10)).abs().sum()
                / 2
                / len(asked)
            )
        ),
        "This is how sure the classifier is of the digit that was asked for. Count verdicts.": (
            lambda logits, asked: logits.softmax(1)[torch.arange(len(asked)), asked].mean()
        ),
        "This is a number of images: divide by how many there are.": lambda logits, asked: (
            (logits.argmax(1) == asked).float().sum()
        ),
        "This is the share that disobeys.": lambda logits, asked: (
            (logits.argmax(1) != asked).float().mean()
        ),
    },
)

EXERCISES = (SLERP, TRUNCATED, JOIN, OBEYED)
