"""Figures of the game in the plane: its curves, two densities, two players that take turns."""

import functools
import math
from collections.abc import Sequence

import numpy as np

from gan_lib.pictures.grids import FAKE, REAL, Picture
from gan_lib.pictures.plots import DescribedFigure
from gan_lib.pictures.training_plots import ABOVE, draw_course
from gan_lib.plane.scene import Reading
from gan_lib.plane.separation import Separation, normal_density, optimal_discriminator, separation
from gan_lib.plane.turns import Method
from gan_lib.state import Record


def course(
    readings: Sequence[Reading], history: Sequence[Record], counted: bool = True
) -> DescribedFigure:
    """V between its bounds, modes and how many points are near one, and both losses, over steps.

    Modes only where they are `counted`. Raises `ValueError` for an empty history.
    """
    figure = DescribedFigure(4.4, 3.85, "")
    top, middle, bottom = figure.subplots(3, 1, sharex=True)
    steps = [each.step for each in readings]
    top.plot(steps, [each.value for each in readings], color="#0072B2")
    for bound, words, side in (
        (0, "0: D is sure, and right", "bottom"),
        (-2 * math.log(2), "-2 log 2: D cannot tell", "top"),
    ):
        top.axhline(bound, color="#777777", lw=0.8, ls=":")
        top.annotate(words, (1, bound), (0, 2 if side == "bottom" else -3), va=side, ha="right",
                     xycoords=("axes fraction", "data"), textcoords="offset points",
                     fontsize=8, color="#555555")  # fmt: skip
    top.set_ylim(-2.1, 0.6)
    top.set_title("V(D, G), measured", fontsize=10)
    last = readings[-1].coverage
    shares = [each.coverage.share for each in readings]
    middle.plot(steps, shares, color="#D55E00", ls="--", label="points near real ones")
    said = f"{last.share:.0%} of the points lie near real ones"
    if counted:
        found = [each.coverage.found / each.coverage.modes for each in readings]
        middle.plot(steps, found, color="#0072B2", label=f"modes found, of {last.modes}")
        said += f", at {last.found} of {last.modes} modes"
    middle.set_ylim(-0.03, 1.06)
    middle.legend(**ABOVE)
    losses = draw_course(bottom, history, "loss")
    bottom.set_xlabel("step")
    for axes in (top, middle):
        axes.spines[["top", "right"]].set_visible(False)
    value = readings[-1].value
    figure.alt = f"Curves over {steps[-1]:,} steps. V is {value:.2f}; {said}. {losses}"
    return figure


@functools.cache
def _pulls() -> tuple[np.ndarray, list[Separation]]:
    """What both losses do at many distances: the same for each place of the slider."""
    away = np.linspace(0, 12, 60)
    return away, [separation(each) for each in away]


def separated(d: float) -> Picture:
    """N(0, 1), N(d, 1), the best D, and how strongly either loss pulls at the generator."""
    found, x = separation(d), np.linspace(-4, 12, 500)
    figure = DescribedFigure(8.2, 3.3, "")
    left, right = figure.subplots(1, 2, width_ratios=(1.7, 1))
    left.fill_between(x, normal_density(x), color=REAL, alpha=0.3, label="real")
    left.plot(x, normal_density(x, d), "--", color=FAKE, label="generated")
    left.plot(x, optimal_discriminator(x, d), color="black", lw=1.2, label="the best D")
    left.set(xlabel="x", ylabel="density; confidence", ylim=(0, 1.05))
    left.set_title(f"d = {d:.1f}: JS {found.js:.4f} of at most 0.6931 nats; D is right in "
                   f"{found.accuracy:.1%}", fontsize=10)  # fmt: skip
    left.legend(frameon=False, fontsize=8, loc="center right")
    away, pulls = _pulls()
    right.plot(
        away, [p.saturating for p in pulls], color="#0072B2", label="log(1 - D), G's half of V"
    )
    right.plot(away, [p.non_saturating for p in pulls], "--", color="#CC79A7", label="-log D")
    right.plot([d, d], [found.saturating, found.non_saturating], "o", color="black", ms=5)
    right.set(
        xlabel="d",
        ylabel="pull on G",
        title=f"the pull: {found.saturating:.4f} and {found.non_saturating:.3f}",
    )
    right.title.set_fontsize(10)
    right.legend(frameon=False, fontsize=8)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.alt = (
        f"Two bell curves, {d:.1f} apart, and the best D between them. JS {found.js:.4f}, D right "
        f"in {found.accuracy:.1%}. The saturating loss pulls with {found.saturating:.4f}, the "
        f"non-saturating one with {found.non_saturating:.3f}."
    )
    return figure.picture()


def taking_turns(method: Method, steps: int = 100) -> Picture:
    """The path of the two players of min–max x · y, and its eigenvalues in the unit circle."""
    places, values = method.path(steps), method.eigenvalues()
    values = values[np.abs(values) > 1e-9]  # without those of what a method does not remember
    far = float(np.hypot(*places[-1]))
    figure = DescribedFigure(8.2, 3.7, "")
    left, right = figure.subplots(1, 2)
    left.plot(*places.T, color="#0072B2", lw=1, marker=".", ms=3)
    left.plot(*places[0], "s", color="black", ms=6)
    left.plot(0, 0, "*", color=REAL, ms=12)
    reach = min(20.0, max(1.6, 1.1 * np.abs(places).max()))
    left.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="x, the generator", aspect="equal",
             ylabel="y, the discriminator")  # fmt: skip
    left.set_title(f"after {steps} steps: {far:.3g} from the middle", fontsize=10)
    angle = np.linspace(0, 2 * np.pi, 200)
    right.plot(np.cos(angle), np.sin(angle), color="#777777", lw=0.8)
    right.plot(values.real, values.imag, "o", color="#D55E00")
    right.set(xlim=(-1.4, 1.4), ylim=(-1.4, 1.4), aspect="equal", xlabel="real part",
              ylabel="imaginary part")  # fmt: skip
    largest = abs(values[0])
    right.set_title(f"eigenvalues; the largest is {largest:.4f} long", fontsize=10)
    end = "outside" if largest > 1 + 1e-9 else "on" if largest > 1 - 1e-9 else "inside"
    figure.alt = (
        f"Left, the path of two players from (1, 1), {method.order}; after {steps} steps they are "
        f"{far:.3g} from the middle. Right, the eigenvalues: the largest is {end} the unit circle."
    )
    return figure.picture()
