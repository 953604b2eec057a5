"""How long a training is, and how much of it is behind it: the one place that knows."""

from dataclasses import dataclass

from gan_lib.recipes import Recipe
from gan_lib.sources.imageset import DataError, ImageSet


def steps_an_epoch(data: ImageSet, recipe: Recipe) -> int:
    """How many steps show each image once, or several times in one. `DataError` for no image."""
    if len(data) == 0:
        raise DataError("There is no image to train on.")
    return max(1, len(data) // recipe.images_a_step)


@dataclass(frozen=True)
class Length:
    """So many steps, or passes over the images, or seconds of training. Name one of the three.

    Raises `ValueError` for none or several, and for what is not above 0.
    """

    steps: int | None = None
    epochs: float | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if len(self.named) != 1:
            raise ValueError("name one of steps, epochs and seconds")
        if not sum(self.named.values()) > 0:
            raise ValueError("a training needs a length above 0")

    @property
    def named(self) -> dict[str, float]:
        """The one that was named, and how many: {"steps": 1000}."""
        return {unit: total for unit, total in vars(self).items() if total is not None}

    def in_steps(self, data: ImageSet, recipe: Recipe) -> int | None:
        """How many steps that is; None for seconds, since nobody knows."""
        if self.epochs is not None:
            return max(1, round(self.epochs * steps_an_epoch(data, recipe)))
        return self.steps

    def progress(self, step: int, seconds: float, data: ImageSet, recipe: Recipe) -> float:
        """The share of the training that is over after so many steps and seconds: 0 to 1."""
        steps = self.in_steps(data, recipe)
        return min(1.0, seconds / self.seconds if steps is None else step / steps)

    def __str__(self) -> str:
        return " ".join(f"{total:g} {unit}" for unit, total in self.named.items())
