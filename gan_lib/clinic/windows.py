"""The signs that a history holds: figures of single steps, as means over windows of steps.

Notebook "When it fails".
"""

import itertools
from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from gan_lib.state import Record

STEPS = 50  # that are averaged, so that single batches do not count


class Window(NamedTuple):
    """How a training went over the last steps up to `step`. NaN is what its history lacks."""

    step: int
    accuracy_real: float  # the discriminator's, 0 to 1
    accuracy_fake: float
    logit_real: float  # means
    logit_fake: float
    variety: float  # how varied the generated images are; 1: as the real ones
    gradient_discriminator: float  # norms of the players' gradients, over all weights
    gradient_generator: float
    gradient_images: float  # and of G's at the images that it made: how strongly D pushes at them

    @property
    def largest_logit(self) -> float:
        """The larger of the two mean logits, without its sign."""
        return max(abs(self.logit_real), abs(self.logit_fake))

    @property
    def right(self) -> float:
        """D's accuracy over both halves, 0 to 1."""
        return (self.accuracy_real + self.accuracy_fake) / 2

    @property
    def least_right(self) -> float:
        """D's accuracy on that half on which it is worse, 0 to 1."""
        return min(self.accuracy_real, self.accuracy_fake)


def windows(history: Sequence[Record], steps: int = STEPS) -> list[Window]:
    """A history in windows, counted back from its last step: the first may be shorter."""
    if not history:
        return []
    last = history[-1].step
    grouped = itertools.groupby(history, lambda record: (last - record.step) // steps)
    parts = [list(part) for _, part in grouped]
    names = Window._fields[1:]
    return [
        Window(part[-1].step, **{name: fmean(getattr(r, name) for r in part) for name in names})
        for part in parts
    ]
