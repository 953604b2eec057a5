"""Data → a matplotlib figure, returned and never shown. No pyplot, so no global state.

Real is green and solid, generated is orange and dashed, everywhere: two colours that no colour
vision confuses (Okabe & Ito, 2008), and a second mark for print.
"""

import io
import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from torch import Tensor

from gan_lib.pictures.grids import FAKE, REAL, Picture, grid
from gan_lib.state import Record

GREY = "#555555"
BELIEF = LinearSegmentedColormap.from_list("belief", [FAKE, "white", REAL])  # generated … real


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


def tall_curves(history: Sequence[Record], left: Sequence[Record] = ()) -> DescribedFigure:
    """The same one below the other; the course `left` behind by going back in time is faint."""
    figure = DescribedFigure(4.4, 6.4, "")
    said = [f"Curves over {len(history):,} steps."]
    panels = figure.subplots(3, 1, sharex=True)
    for axes, kind in zip(panels, ("loss", "accuracy", "confidence")):
        said.append(panel(axes, history, kind, left))
    panels[-1].set_xlabel("step")
    figure.alt = " ".join(said)
    return figure


def rows_of_images(rows: Mapping[str, Tensor], alt: str, columns: int = 12) -> DescribedFigure:
    """Images (N, 1, 28, 28) in [-1, 1] in rows of `columns`, each row behind its name."""
    figure = DescribedFigure(1.5 + 0.52 * columns, 0.6 * len(rows), alt)
    for axes, (name, x) in zip(figure.subplots(len(rows), 1, squeeze=False)[:, 0], rows.items()):
        axes.imshow(grid(x[:columns], columns), cmap="gray", vmin=0, vmax=255)
        axes.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
        axes.set(xticks=[], yticks=[], anchor="E")  # what is left of the width, for the names
        axes.spines[:].set_visible(False)
    return figure


def balls(real: Tensor, clouds: Mapping[str, Tensor], k: int) -> DescribedFigure:
    """Points (N, 2), real ones in balls that reach to their k-th nearest, each cloud over them.

    What `metrics.in_balls` does with features, in two dimensions. Notebook 06.
    """
    alt = f"Green points in circles, under orange crosses: {', '.join(clouds)}"
    figure = DescribedFigure(8, 3.0, alt)
    radii = torch.cdist(real, real).sort().values[:, k]  # the nearest of all, number 0, is itself
    panels = figure.subplots(1, len(clouds), squeeze=False, sharex=True, sharey=True)[0]
    for axes, (name, fake) in zip(panels, clouds.items()):
        for centre, radius in zip(real.tolist(), radii.tolist()):
            axes.add_patch(Circle(centre, radius, color=REAL, alpha=0.12))
        axes.plot(*real.T, "o", color=REAL, ms=4, label="real")
        axes.plot(*fake.T, "x", color=FAKE, ms=6, label="generated")
        axes.set(title=name, aspect="equal")
    axes.legend(fontsize=8)
    return figure


def heat_map(
    values: Sequence[Sequence[float]],
    off: Sequence[Sequence[float]],
    rows: Sequence[str],
    columns: Sequence[str],
) -> DescribedFigure:
    """A table of `values` in `rows` and `columns`, shaded by how far each is `off` its floor.

    `off` counts spreads, with a sign. From 3 on, a cell gets an arrow, the number of spreads, and
    orange, which stays light enough for black text: nothing hangs on the colour alone. Notebook 06.
    """
    figure = DescribedFigure(1.3 + 0.86 * len(columns), 0.6 + 0.46 * len(rows), "")
    axes, said = figure.subplots(), []
    shades = LinearSegmentedColormap.from_list("white to orange", ["white", "#F4A261"])
    far = np.abs(off)
    axes.imshow(np.where(far < 3, 0, 0.3 + far / 40), cmap=shades, vmin=0, vmax=1, aspect="auto")
    for y, x in np.ndindex(far.shape):
        arrow = "▲" if off[y][x] > 0 else "▼"
        mark = "" if far[y, x] < 3 else f"\n{arrow} {far[y, x]:.0f}"
        axes.text(x, y, f"{values[y][x]:.3g}{mark}", ha="center", va="center", fontsize=8)
    for row, distances in zip(rows, far):
        found = [column for column, distance in zip(columns, distances) if distance >= 3]
        said.append(f"{row}: {' + '.join(found) or 'none'}")
    figure.alt = f"A table. Figures that are off their floor: {'; '.join(said)}."
    labels = [textwrap.fill(column, 12, break_on_hyphens=False) for column in columns]
    axes.set_xticks(range(len(columns)), labels, fontsize=8)
    axes.set_yticks(range(len(rows)), rows, fontsize=9)
    axes.set_xticks(np.arange(len(columns) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(rows) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="#BBBBBB", lw=0.8)
    axes.tick_params(which="both", length=0, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    return figure


# A legend between a panel and its title, where it hides no curve.
ABOVE = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "borderaxespad": 0.1}
ABOVE |= {"frameon": False, "fontsize": 8, "ncols": 2, "columnspacing": 1}
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
    figure = DescribedFigure(3.7 * len(kinds) + (1 if len(kinds) == 1 else 0), 3.2, "")
    said = [f"Curves over {len(history):,} steps."]
    for axes, kind in zip(figure.subplots(1, len(kinds), squeeze=False)[0], kinds):
        said.append(panel(axes, history, kind))
        axes.set_xlabel("step")
    figure.alt = " ".join(said)
    return figure


def panel(axes: Axes, history: Sequence[Record], kind: str, left: Sequence[Record] = ()) -> str:
    """Draw the two curves of one of `PANELS` into `axes`, and return in words where they end.

    Those of `left` are drawn faintly. Raises `ValueError` for an empty history.
    """
    if not history:
        raise ValueError("there is no step to draw yet")
    title, columns, labels, colours = PANELS[kind]
    ends = []
    for column, label, colour, line in zip(columns, labels, colours, ("-", "--")):
        courses = [(left, {"alpha": 0.35, "lw": 0.8})] if left else []
        for records, style in (*courses, (history, {"label": label})):
            values = smooth([getattr(record, column) for record in records])
            axes.plot([record.step for record in records], values, line, color=colour, **style)
        ends.append(f"{label} {values[-1]:.2f}")
    axes.set_title(title, fontsize=10, pad=20)
    if kind != "loss":
        axes.set_ylim(-0.03, 1.03)
        axes.axhline(0.5, color="#BBBBBB", lw=0.8, zorder=0)
    axes.legend(**ABOVE)
    axes.spines[["top", "right"]].set_visible(False)
    return f"{title}, at the end: {', '.join(ends)}."
