"""Data → a matplotlib figure, returned and never shown. No pyplot, so no global state.

Real is green and solid, generated is orange and dashed, everywhere: two colours that no colour
vision confuses (Okabe & Ito, 2008), and a second mark for print.
"""

import io
import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from torch import Tensor

from gan_lib.pictures.grids import FAKE, REAL, Picture, grid

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


def rows_of_images(rows: Mapping[str, Tensor], alt: str, columns: int = 12) -> DescribedFigure:
    """Images (N, C, H, W) as `grids.grid` takes them, in rows of `columns`, behind their names."""
    figure = DescribedFigure(1.5 + 0.52 * columns, 0.6 * len(rows), alt)
    for axes, (name, x) in zip(figure.subplots(len(rows), 1, squeeze=False)[:, 0], rows.items()):
        axes.imshow(grid(x[:columns], columns), cmap="gray", vmin=0, vmax=255)
        axes.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
        axes.set(xticks=[], yticks=[], anchor="E")  # what is left of the width, for the names
        axes.spines[:].set_visible(False)
    return figure


def balls(real: Tensor, clouds: Mapping[str, Tensor], k: int) -> DescribedFigure:
    """Points (N, 2), real ones in balls that reach to their k-th nearest, each cloud over them.

    What `metrics.in_balls` does with features, in two dimensions. Notebook "How good is it?".
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
    better: Sequence[str],
) -> DescribedFigure:
    """A table of `values` in `rows` and `columns`, shaded by how far each is `off` its floor.

    `off` counts spreads, with a sign; `better` says of each column what is good: "lower", "higher",
    or "near ...". From 3 spreads on, a cell gets an arrow and their number. Where that is worse
    than the floor it is orange, with an exclamation mark, where it is better, green: nothing hangs
    on the colour alone. Notebook "How good is it?".
    """
    figure = DescribedFigure(1.3 + 0.86 * len(columns), 0.6 + 0.46 * len(rows), "")
    axes, said = figure.subplots(), []
    shades = LinearSegmentedColormap.from_list("both ways", ["#8FD3BE", "white", "#F4A261"])
    far = np.abs(off)
    good = {"lower": np.less(off, 0), "higher": np.greater(off, 0)}
    nowhere = np.zeros(far.shape, bool)  # where a figure should be near one value, far is bad
    fine = np.stack([good.get(word, nowhere)[:, x] for x, word in enumerate(better)], axis=1)
    shade = np.where(far < 3, 0, 0.3 + far / 40) * np.where(fine, -1, 1)
    axes.imshow(shade, cmap=shades, vmin=-1, vmax=1, aspect="auto")
    for y, x in np.ndindex(far.shape):
        arrow, bad = "▲" if off[y][x] > 0 else "▼", "" if fine[y, x] else " !"
        mark = "" if far[y, x] < 3 else f"\n{arrow} {far[y, x]:.0f}{bad}"
        axes.text(x, y, f"{values[y][x]:.3g}{mark}", ha="center", va="center", fontsize=8)
    for row, worse in zip(rows, (far >= 3) & ~fine):
        found = [column for column, is_worse in zip(columns, worse) if is_worse]
        said.append(f"{row}: {' + '.join(found) or 'none'}")
    figure.alt = f"A table. Figures that are worse than their floor: {'; '.join(said)}."
    labels = [textwrap.fill(column, 12, break_on_hyphens=False) for column in columns]
    axes.set_xticks(range(len(columns)), labels, fontsize=8)
    axes.set_yticks(range(len(rows)), rows, fontsize=9)
    axes.set_xticks(np.arange(len(columns) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(rows) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="#BBBBBB", lw=0.8)
    axes.tick_params(which="both", length=0, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    return figure
