"""Data → a matplotlib figure, returned and never shown. No pyplot, so no global state.

Real is green and solid, generated is orange and dashed, everywhere: two colours that no colour
vision confuses (Okabe & Ito, 2008), and a second mark for print.
"""

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from gan_lib.images import Picture
from gan_lib.training import Record

REAL, FAKE, GREY = "#009E73", "#D55E00", "#555555"


class DescribedFigure(Figure):
    """A figure with an alternative text. As the last line of a cell, it shows itself."""

    def __init__(self, width: float, height: float, alt: str) -> None:
        super().__init__(figsize=(width, height), dpi=96, layout="constrained")
        self.alt = alt

    def picture(self) -> Picture:
        """The figure as PNG, at the size of the screen."""
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        return Picture(buffer.getvalue(), self.alt)

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        return self.picture()._repr_mimebundle_()


def smooth(values: Sequence[float], window: int = 25) -> np.ndarray:
    """The mean over the last `window` values, so that a curve of single batches can be read."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(sums))
    starts = np.maximum(0, ends - window)
    return (sums[ends] - sums[starts]) / (ends - starts)


def losses(history: Sequence[Record]) -> DescribedFigure:
    """Both players' losses against the step, smoothed."""
    return _panels(history, ["loss"])


def accuracies(history: Sequence[Record]) -> DescribedFigure:
    """The discriminator's accuracy on real and on generated images, smoothed."""
    return _panels(history, ["accuracy"])


def losses_and_accuracies(history: Sequence[Record]) -> DescribedFigure:
    """Both of these side by side."""
    return _panels(history, ["loss", "accuracy"])


def curves(history: Sequence[Record]) -> DescribedFigure:
    """Losses, accuracies and mean confidence side by side, smoothed."""
    return _panels(history, ["loss", "accuracy", "confidence"])


# Which two columns of the history a panel shows, and how: title, columns, labels, colours.
PANELS = {
    "loss": (
        "Losses",
        ("loss_discriminator", "loss_generator"),
        ("discriminator", "generator"),
        (GREY, "#0072B2"),
    ),
    "accuracy": (
        "The discriminator's accuracy",
        ("accuracy_real", "accuracy_fake"),
        ("on real images", "on generated images"),
        (REAL, FAKE),
    ),
    "confidence": (
        "Its mean confidence that they are real",
        ("confidence_real", "confidence_fake"),
        ("real images, D(x)", "generated images, D(G(z))"),
        (REAL, FAKE),
    ),
}


def _panels(history: Sequence[Record], kinds: Sequence[str]) -> DescribedFigure:
    """One panel for each of `kinds`. Raises `ValueError` for an empty history."""
    if not history:
        raise ValueError("there is no step to draw yet")
    steps = [record.step for record in history]
    figure = DescribedFigure(3.7 * len(kinds) + (1 if len(kinds) == 1 else 0), 3.2, "")
    said = [f"Curves over {len(steps):,} steps."]
    for axes, kind in zip(figure.subplots(1, len(kinds), squeeze=False)[0], kinds):
        title, columns, labels, colours = PANELS[kind]
        ends = []
        for column, label, colour, line in zip(columns, labels, colours, ("-", "--")):
            values = smooth([getattr(record, column) for record in history])
            axes.plot(steps, values, line, color=colour, label=label)
            ends.append(f"{label} {values[-1]:.2f}")
        axes.set_title(title, fontsize=10, pad=20)
        axes.set_xlabel("step")
        if kind != "loss":
            axes.set_ylim(-0.03, 1.03)
            axes.axhline(0.5, color="#BBBBBB", lw=0.8, zorder=0)
        above = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "borderaxespad": 0.1}
        axes.legend(frameon=False, fontsize=8, ncols=2, columnspacing=1, **above)
        axes.spines[["top", "right"]].set_visible(False)
        said.append(f"{title}, at the end: {', '.join(ends)}.")
    figure.alt = " ".join(said)
    return figure
