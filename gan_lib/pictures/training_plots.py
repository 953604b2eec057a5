"""The history of a training → a figure: losses, accuracies, confidence. In the style of `plots`."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from gan_lib.pictures.plots import FAKE, GREY, REAL, DescribedFigure
from gan_lib.state import Record

# A legend between a panel and its title, where it hides no curve.
ABOVE = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "borderaxespad": 0.1}
ABOVE |= {"frameon": False, "fontsize": 8, "ncols": 2, "columnspacing": 1}
# Which two fields of a `Record` are drawn together, and how: title, fields, labels, colours.
COURSES = {
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
    figure = DescribedFigure(4.9, 4.9, "")
    said = [f"Curves over {len(history):,} steps."]
    panels = figure.subplots(3, 1, sharex=True)
    for axes, kind in zip(panels, ("loss", "accuracy", "confidence")):
        said.append(draw_course(axes, history, kind, left))
    panels[-1].set_xlabel("step")
    figure.alt = " ".join(said)
    return figure


def _panels(history: Sequence[Record], kinds: Sequence[str]) -> DescribedFigure:
    """One panel for each of `kinds`. Raises `ValueError` for an empty history."""
    figure = DescribedFigure(3.7 * len(kinds) + (1 if len(kinds) == 1 else 0), 3.2, "")
    said = [f"Curves over {len(history):,} steps."]
    for axes, kind in zip(figure.subplots(1, len(kinds), squeeze=False)[0], kinds):
        said.append(draw_course(axes, history, kind))
        axes.set_xlabel("step")
    figure.alt = " ".join(said)
    return figure


def draw_course(
    axes: Axes, history: Sequence[Record], kind: str, left: Sequence[Record] = ()
) -> str:
    """Draw the two curves of one of `COURSES` into `axes`, and return in words where they end.

    Those of `left` are drawn faintly. Raises `ValueError` for an empty history.
    """
    if not history:
        raise ValueError("there is no step to draw yet")
    title, columns, labels, colours = COURSES[kind]
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
