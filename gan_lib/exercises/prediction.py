"""What a prediction is: a question that the next cell answers, and what may be answered."""

from collections.abc import Mapping
from dataclasses import dataclass

from gan_lib import UserError


@dataclass(frozen=True)
class Prediction:
    """A question about what a cell will measure, and options of which one will turn out true."""

    name: str
    notebook: str  # the title
    question: str
    options: Mapping[str, tuple[float, float] | str]  # what is offered → range of values, or value

    def true(self, value: float | str) -> str:
        """The option that is true of a measured value. Raises `UserError` where none is."""
        for text, fits in self.options.items():
            if value == fits if isinstance(fits, str) else fits[0] <= value < fits[1]:
                return text
        raise UserError(f"{self.name}: none of the options fits the value {value!r}.")


def named(*names: str) -> Mapping[str, str]:
    """Options that are true where the value is their own text."""
    return {name: name for name in names}
