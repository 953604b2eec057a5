"""The history of a training → a figure: losses, accuracies, confidence. In the style of `plots`."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from gan_lib.pictures.plots import FAKE, GREY, REAL, DescribedFigure
from gan_lib.state import Record

# A legend between a panel and its title, where it hides no curve.
ABOVE = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "borderaxespad": 0.1}
ABOVE |= {"frameon": False, "fontsize": 8, "ncols": 2, "columnspacing": 1}
# Which fields of a `Record` are drawn together, and how: title, fields, labels, colours.
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
    "logit": (
        "Its mean logit",
        ("logit_real", "logit_fake"),
        ("of real images", "of generated images"),
        (REAL, FAKE),
    ),
    "variety": (
        "Variety (real images: 1)",
        ("variety",),
        ("variety",),
        (FAKE,),
    ),
    "gradient": (
        "Norms of gradients",
        ("gradient_discriminator", "gradient_generator", "gradient_images"),
        ("D", "G", "G's images"),
        (GREY, "#0072B2", "#CC79A7"),
    ),
}
MIDDLE = {"accuracy": 0.5, "confidence": 0.5, "logit": 0, "variety": 1}  # a thin line there
VITAL = ("accuracy", "logit", "variety", "gradient")


SMOOTH = 25  # steps


def smooth(values: Sequence[float], window: int = SMOOTH) -> np.ndarray:
    """The mean over the last `window` values, so that a curve of single batches can be read.

    What is NaN or infinite is left out; NaN where nothing is left.
    """
    known = np.isfinite(values)
    sums, counts = (
        np.concatenate([[0.0], np.cumsum(part)]) for part in (np.where(known, values, 0.0), known)
    )
    ends = np.arange(1, len(sums))
    starts = np.maximum(0, ends - window)
    with np.errstate(invalid="ignore"):
        return (sums[ends] - sums[starts]) / (counts[ends] - counts[starts])


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


def vital_signs(history: Sequence[Record]) -> DescribedFigure:
    """What a training that fails is told by: accuracy, logits, variety, gradients, smoothed."""
    return _panels(history, VITAL, width=2.6)


def _panels(history: Sequence[Record], kinds: Sequence[str], width: float = 3.7) -> DescribedFigure:
    """One panel for each of `kinds`. Raises `ValueError` for an empty history."""
    figure = DescribedFigure(width * len(kinds) + (1 if len(kinds) == 1 else 0), 3.2, "")
    said = [f"Curves over {history[-1].step if history else 0:,} steps."]
    for axes, kind in zip(figure.subplots(1, len(kinds), squeeze=False)[0], kinds):
        said.append(draw_course(axes, history, kind))
        axes.set_xlabel("step")
    figure.alt = " ".join(said)
    return figure


def draw_course(
    axes: Axes, history: Sequence[Record], kind: str, left: Sequence[Record] = ()
) -> str:
    """Draw the curves of one of `COURSES` into `axes`, and return in words where they end.

    Those of `left` are drawn faintly. Raises `ValueError` for an empty history.
    """
    if not history:
        raise ValueError("there is no step to draw yet")
    title, columns, labels, colours = COURSES[kind]
    ends = []
    apart = (history[-1].step - history[0].step) / max(1, len(history) - 1)  # steps of a record
    window = max(1, round(SMOOTH / max(1, apart)))
    for column, label, colour, line in zip(columns, labels, colours, ("-", "--", ":")):
        courses = [(left, {"alpha": 0.35, "lw": 0.8})] if left else []
        for records, style in (*courses, (history, {"label": label})):
            values = smooth([getattr(record, column) for record in records], window)
            axes.plot([record.step for record in records], values, line, color=colour, **style)
        ends.append(f"{label} {values[-1]:{'.2g' if kind == 'gradient' else '.2f'}}")
    axes.set_title(title, fontsize=10, pad=20)
    if kind in MIDDLE:
        axes.axhline(MIDDLE[kind], color="#BBBBBB", lw=0.8, zorder=0)
    if kind in ("accuracy", "confidence"):
        axes.set_ylim(-0.03, 1.03)
    if kind == "variety":
        axes.set_ylim(bottom=0)
    if kind == "gradient" and any(np.nan_to_num(line.get_ydata()).any() for line in axes.lines):
        axes.set_yscale("log")
    axes.legend(**ABOVE | {"ncols": len(labels)})
    axes.spines[["top", "right"]].set_visible(False)
    return f"{title}, at the end: {', '.join(ends)}."
