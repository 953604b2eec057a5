"""The readings of a yardstick: what each figure is called and means, and all of them as a table."""

import math
from dataclasses import dataclass

COPYING = "copying, C_T"
ABOUT = {  # what is better, and what the figure means
    "Fréchet distance": ("lower", "from the real features to the generated ones"),
    "kernel distance": ("lower", "the same without taking them for Gaussian"),
    "density": ("higher", "do generated images lie where real ones do? (quality)"),
    "coverage": ("higher", "real images with a generated one near them (variety)"),
    "classifier score": ("higher", "1 to 10: each surely one digit, and all as frequent"),
    "digit divergence": ("lower", "nats between its shares of digits and the real ones"),
    "rarest digit (%)": ("near floor", "share of the digit that it makes least often"),
    "commonest digit (%)": ("near floor", "share of the digit that it makes most often"),
    "judge, grey levels (%)": ("near 50", "right verdicts of a new network: real or generated?"),
    "judge, binarised (%)": ("near 50", "the same without greys: shapes alone"),
    COPYING: ("near 0", "below -3: copies of training images; above 3: unlike them"),
    "obedience (%)": ("higher", "recognised as the digit that was asked for"),
}


@dataclass(frozen=True)
class Reading:
    """One figure, and the same figure of held-out real images. Spreads are standard deviations."""

    name: str
    value: float
    spread: float
    floor: float
    floor_spread: float
    better: str  # "lower", "higher", "near 50", ...
    meaning: str  # one short sentence

    @property
    def off(self) -> float:
        """By how many spreads, of both together, the value is above its floor."""
        difference, spread = self.value - self.floor, math.hypot(self.spread, self.floor_spread)
        if spread == 0:  # as where both have found all modes
            return math.copysign(math.inf, difference) if difference else 0.0
        return difference / spread


def as_table(readings: list[Reading]) -> str:
    """The readings as lines of text in columns: "±" is a standard deviation."""
    rows = [("", "value", "floor", "better", "")]
    for r in readings:
        value, floor = _figure(r.value, r.spread), _figure(r.floor, r.floor_spread)
        rows.append((r.name, value, floor, r.better, r.meaning))
    widths = [max(map(len, column)) for column in zip(*rows)]
    align = ("<", ">", ">", "<", "<")
    return "\n".join(
        "  ".join(f"{cell:{a}{w}}" for cell, a, w in zip(row, align, widths)).rstrip()
        for row in rows
    )


def _figure(value: float, spread: float) -> str:
    """ "2.945 ± 0.041": decimals up to the second digit of the spread; 2 if it is 0."""
    decimals = max(0, 1 - math.floor(math.log10(spread))) if spread > 1e-5 else 2
    return f"{value:.{decimals}f} ± {spread:.{decimals}f}"
