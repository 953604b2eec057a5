"""What the discriminator believes → figures, in the style of `plots`.

Notebook "What the discriminator believes" explains each.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image
from torch import Tensor

from gan_lib.belief.calibration import Reliability
from gan_lib.belief.confidence import Moment
from gan_lib.pictures.grids import FAKE, REAL, Picture, pixels, to_png
from gan_lib.pictures.plots import BELIEF, GREY, DescribedFigure
from gan_lib.pictures.training_plots import ABOVE, draw_course
from gan_lib.state import Record

# Field of a `Moment`: what it is called, its colour and its line.
KINDS = {
    "logits_real": ("training images", REAL, "-"),
    "logits_held_out": ("held-out real images", "#00382A", ":"),
    "logits_fake": ("generated images", FAKE, "--"),
}
EDGES = np.linspace(0, 1, 26)  # of the bins of confidence


def distributions(moment: Moment) -> DescribedFigure:
    """How D's answers to training, held-out and generated images are spread: logits, confidence."""
    figure = DescribedFigure(8.4, 3.2, "")
    left, right = figure.subplots(1, 2)
    values = torch.stack([getattr(moment, kind) for kind in KINDS])
    edges = np.linspace(values.min().item(), values.max().item(), 41)
    said = []
    for logits, (name, colour, line) in zip(values, KINDS.values()):
        style = {"color": colour, "ls": line, "lw": 1.8}
        left.stairs(_shares(logits, edges), edges, label=name, **style)
        right.stairs(_shares(logits.sigmoid(), EDGES), EDGES, **style)
        said.append(f"{name} {logits.mean():.2f} and {logits.sigmoid().mean():.0%}")
    left.set(xlabel="logit", ylabel="% of the images", title="Logits")
    right.set(
        xlabel="confidence that it is real",
        ylabel="% of the images",
        title="The same as confidence",
    )
    for axes, undecided in ((left, 0), (right, 0.5)):
        axes.axvline(undecided, color="#BBBBBB", lw=0.8, zorder=0)
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    figure.alt = f"Three histograms. Mean logit and mean confidence: {', '.join(said)}."
    return figure


class Timeline(DescribedFigure):
    """One moment of a training, and where it lies in the whole.

    From above: the confidence at that moment, the confidence at every step (the middle 80 % of the
    images, and the median), D's accuracies and both losses. By itself it shows the last moment.
    What moves is drawn over a stored background, so that `at` takes 20 ms. Raises `ValueError`
    where there is no moment, or no history.
    """

    def __init__(self, moments: Sequence[Moment], history: Sequence[Record]) -> None:
        if not moments:
            raise ValueError("there is no moment to draw yet")
        super().__init__(5.0, 6.0, "")
        self.moments = moments
        now, through_time, *others = self.subplots(4, 1, height_ratios=(1.2, 1.2, 1, 1))
        self._bars = {
            kind: now.stairs(
                np.zeros(len(EDGES) - 1), EDGES, color=colour, ls=line, lw=1.8, animated=True
            )
            for kind, (_, colour, line) in KINDS.items()
        }
        # Early on all images may be in two bins; room for them would flatten what comes later.
        now.set(xlim=(0, 1), ylim=(0, 30), ylabel="% of images\n(cut off at 30)")
        now.set_title("Confidence that an image is real, at this step", fontsize=10)
        now.spines[["top", "right"]].set_visible(False)
        _confidence_bands(through_time, moments)
        for axes, kind in zip(others, ("accuracy", "loss")):
            draw_course(axes, history, kind)
        others[-1].set_xlabel("step")
        self._lines = [
            axes.axvline(0, color="black", lw=1.2, animated=True)
            for axes in (through_time, *others)
        ]
        self._canvas, self._background = FigureCanvasAgg(self), None

    def at(self, index: int) -> Picture:
        """The figure at the moment number `index`."""
        moment = self.moments[index]
        if self._background is None:
            self._canvas.draw()
            self._background = self._canvas.copy_from_bbox(self.bbox)
        self._canvas.restore_region(self._background)
        for kind, bars in self._bars.items():
            bars.set_data(_shares(getattr(moment, kind).sigmoid(), EDGES))
        for line in self._lines:
            line.set_xdata([moment.step, moment.step])
        for artist in (*self._bars.values(), *self._lines):
            artist.axes.draw_artist(artist)
        means = [f"{KINDS[k][0]} {getattr(moment, k).sigmoid().mean():.0%}" for k in KINDS]
        alt = (
            f"Step {moment.step:,} of {self.moments[-1].step:,}: histograms of confidence, its "
            f"course, accuracies and losses. Mean confidence: {', '.join(means)}."
        )
        drawn = Image.fromarray(np.asarray(self._canvas.buffer_rgba()))
        return Picture(to_png(drawn.convert("RGB")), alt)

    def picture(self) -> Picture:
        """The figure at the last moment."""
        return self.at(-1)


def reliability_diagram(curves: Mapping[str, Reliability]) -> DescribedFigure:
    """For each of up to three names: the share of real images against D's confidence in them.

    A larger mark stands for more images; "off by" is the expected calibration error.
    """
    said = "; ".join(f"{name}: {curve.error:.1%} off on average" for name, curve in curves.items())
    figure = DescribedFigure(5.6, 4.4, f"Share of real images against confidence. {said}.")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="#BBBBBB", label="as it should be")
    styles = ((GREY, "o", "--"), ("black", "s", "-"), ("#0072B2", "D", "-"))
    for (name, curve), (colour, mark, line) in zip(
        curves.items(), styles[: len(curves)], strict=True
    ):
        label = f"{name}: off by {curve.error:.1%}"
        axes.plot(curve.said, curve.was, line, color=colour, lw=1)
        sizes = 8 + 250 * curve.count / curve.count.sum()
        axes.scatter(curve.said, curve.was, s=sizes, color=colour, marker=mark, label=label)
    axes.set(xlabel="confidence that D states", ylabel="share that is real")
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    legend = axes.legend(frameon=False, fontsize=9, loc="upper left")
    for handle in legend.legend_handles[1:]:
        handle.set_sizes([30])
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def evidence(x: Tensor, maps: Mapping[str, Tensor], titles: Sequence[str]) -> DescribedFigure:
    """Images (N, C, H, W) under their `titles`, and below each what speaks for what.

    `maps` are (N, C, H, W) or (N, 1, H, W), and channels are summed up: above 0, green, for "real";
    below 0, orange, for "generated". Each map of each image has its own scale, from its strongest
    pixel, and the outline of what is bright in the image.
    """
    alt = f"{len(x)} images ({', '.join(titles)}) and below each: {', '.join(maps)}"
    alt = alt.replace("\n", " ")
    figure = DescribedFigure(1.2 + 1.1 * len(x), 0.5 + 1.13 * (1 + len(maps)), alt)
    panels = figure.subplots(1 + len(maps), len(x), squeeze=False)
    for column, (image, title) in enumerate(zip(pixels(x), titles, strict=True)):
        panels[0, column].imshow(image, cmap="gray", vmin=0, vmax=255)
        panels[0, column].set_title(title, fontsize=8)
        for axes, values in zip(panels[1:, column], maps.values()):
            values = values[column].sum(0).numpy()
            strongest = max(np.abs(values).max(), 1e-9)
            axes.imshow(values, cmap=BELIEF, vmin=-strongest, vmax=strongest)
            # To see where the evidence lies.
            brightness = image if image.ndim == 2 else image.max(axis=2)
            axes.contour(brightness, levels=[127], colors=[GREY], linewidths=0.7)
    for axes, name in zip(panels[:, 0], ("image", *maps)):
        axes.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
    for axes in panels.flat:
        axes.set(xticks=[], yticks=[])
    return figure


def _shares(values: Tensor, edges: np.ndarray) -> np.ndarray:
    """How many per cent of `values` lie between each two edges."""
    return 100 * np.histogram(values.numpy(), edges)[0] / len(values)


def _confidence_bands(axes: Axes, moments: Sequence[Moment]) -> None:
    steps = [moment.step for moment in moments]
    levels = torch.tensor([0.1, 0.5, 0.9])
    for kind, (name, colour, line) in KINDS.items():
        low, middle, high = zip(*(getattr(m, kind).sigmoid().quantile(levels) for m in moments))
        if kind != "logits_held_out":  # its band would hide the others
            hatch = "//" if kind == "logits_fake" else None
            axes.fill_between(steps, low, high, color=colour, alpha=0.18, hatch=hatch, lw=0)
        axes.plot(steps, middle, line, color=colour, lw=1.5, label=name)
    axes.axhline(0.5, color="#BBBBBB", lw=0.8, zorder=0)
    axes.set(ylim=(0, 1), ylabel="confidence")
    axes.set_title("… and through time: median, middle 80 %", fontsize=10, pad=20)
    axes.legend(**ABOVE | {"ncols": 3})
    axes.spines[["top", "right"]].set_visible(False)
