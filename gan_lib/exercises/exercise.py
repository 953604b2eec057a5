"""What an exercise is, and what is said of an answer: right, or one sentence that says what is not.

An answer is a function that the learner wrote. It is tried on fixed cases. What it does there is
compared with what the course's own answer does, and then with what each known *slip* does: a wrong
answer that people give, and the sentence that names it.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gan_lib.exercises.fence import Stopped, fenced

Answer = Callable[..., object]
BLANK = "The blank is still there: put your own code where the ... stands."


@dataclass(frozen=True)
class Exercise:
    """A function to be written. Its `name` is what the notebook calls it."""

    name: str
    notebook: str  # the title
    minutes: int  # that a learner may need
    right: Answer
    slips: Mapping[str, Answer]  # the sentence that names what is wrong → a function that does it
    trials: Callable[[Answer], Iterable[object]]  # what an answer gives, trial by trial
    tolerance: float = 1e-4  # absolute and relative, between numbers that count as equal

    @property
    def points(self) -> int:
        """What it is worth where it is graded: one for two minutes."""
        return max(1, self.minutes // 2)


def on(*cases: Callable[[], tuple]) -> Callable[[Answer], Iterable[object]]:
    """Trials that give an answer the arguments of each case, made anew: it may change them.

    What it yields one by one counts as a list.
    """

    def results(answer: Answer) -> Iterable[object]:
        for case in cases:
            result = answer(*case())
            yield list(result) if isinstance(result, Iterator) else result

    return results


def slope(value: object, by: Tensor) -> Tensor:
    """The gradient of what an answer gave; 0 where it is no scalar that depends on `by`."""
    if isinstance(value, Tensor) and value.requires_grad and value.ndim == 0:
        (gradient,) = torch.autograd.grad(value, by, allow_unused=True)
        if gradient is not None:
            return gradient
    return torch.zeros_like(by)


def judge(exercise: Exercise, answer: object) -> str:
    """Nothing if the answer is right, else one sentence that says what is not."""
    if not callable(answer):
        name = exercise.name
        return f"Hand over the function itself: {name}, without brackets and arguments behind it."
    with torch.random.fork_rng(devices=[]):  # the notebook's random numbers stay what they are
        try:
            given = fenced(lambda: list(exercise.trials(answer)), answer)
        except Stopped as stopped:
            return str(stopped)
        wanted = list(exercise.trials(exercise.right))
        if same(given, wanted, exercise.tolerance):
            return ""
        if has_blank(answer):
            return BLANK
        for sentence, slip in exercise.slips.items():
            if same(given, list(exercise.trials(slip)), exercise.tolerance):
                return sentence
        return difference(given, wanted, exercise.tolerance)


def has_blank(answer: Answer) -> bool:
    """Does a line of its source still end in the three dots of a blank?"""
    try:
        return bool(re.search(r"(=|return) \.\.\.\s*(#.*)?$", inspect.getsource(answer), re.M))
    except (OSError, TypeError):
        return False


def same(a: object, b: object, tolerance: float) -> bool:
    """Do both hold the same values? A number and a tensor of one are alike, as are rows and lists.

    For what is wanted, `b`, a tensor is never a list.
    """
    if isinstance(b, list) and isinstance(a, Tensor) and a.ndim:
        a = list(a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(same(x, y, tolerance) for x, y in zip(a, b))
    first, second = as_tensor(a), as_tensor(b)
    if first is None or second is None:
        return type(a) is type(b) and a == b
    if first.shape != second.shape or first.dtype.is_complex:
        return False
    return torch.allclose(
        first.double(), second.double(), rtol=tolerance, atol=tolerance, equal_nan=True
    )


def as_tensor(value: object) -> Tensor | None:
    """The value as a tensor, if it is one or more numbers."""
    if isinstance(value, Tensor):
        return value.detach().cpu()
    if isinstance(value, (bool, int, float, np.ndarray, np.generic)):
        try:
            return torch.as_tensor(value)
        except (TypeError, RuntimeError, OverflowError):
            return None
    return None


def difference(given: list, wanted: list, tolerance: float) -> str:
    """A sentence about the first trial in which the two differ, where no slip explains it."""
    for one, right in zip(given, wanted):
        if same(one, right, tolerance):
            continue
        if one is Ellipsis:
            return BLANK
        if one is None:
            return "It returns nothing: does it end in return?"
        if isinstance(right, (list, tuple)):
            if not isinstance(one, (list, tuple)):
                return f"It returns {described(one)}, where {len(right)} things are wanted."
            if len(one) != len(right):
                return f"It returns {len(one)} things, where {len(right)} are wanted."
            return difference(list(one), list(right), tolerance)
        return of_values(one, right)
    return "In one of the trials it does not do what is asked."


def of_values(one: object, right: object) -> str:
    """The same for two single values."""
    a, b = as_tensor(one), as_tensor(right)
    if a is None or b is None or a.dtype.is_complex:
        return f"It returns {described(one)}, where {described(right)} is wanted."
    if a.shape != b.shape:
        return f"Its result has the shape {tuple(a.shape)}, where {tuple(b.shape)} is wanted."
    a, b = a.double(), b.double()
    if a.isnan().any() > b.isnan().any():
        return (
            "It gives NaN, “not a number”: 0 / 0, 0 · log 0, or the logarithm or root of a "
            "negative number?"
        )
    if a.isinf().any() > b.isinf().any():
        return "Its result is infinite: is something divided by 0, or is it the logarithm of 0?"
    if b.numel() == 1:
        return f"It gives {a.item():.4g} where {b.item():.4g} is right; the reason is none we know."
    off = (a - b).abs().max().item()
    return f"The shape is right, the values are off by up to {off:.3g}; the reason is none we know."


def described(value: object) -> str:
    """A value in a few words."""
    tensor = as_tensor(value)
    if tensor is not None and tensor.ndim:
        return f"a tensor of the shape {tuple(tensor.shape)}"
    text = f"{value!r}" if tensor is None else f"the number {tensor.item():.4g}"
    return text if len(text) <= 60 else f"something of the type {type(value).__name__}"
