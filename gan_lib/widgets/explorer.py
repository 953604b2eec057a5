"""Sliders into the latent space: one digit, what the discriminator says, and where to go next.

Notebook 05; `python -m gan_lib explore` shows it alone, for a projector.
"""

import asyncio
import threading

import torch
from ipywidgets import (
    HTML,
    BoundedIntText,
    Button,
    FloatSlider,
    HBox,
    Image,
    Layout,
    ToggleButtons,
    VBox,
)
from torch import Tensor

from gan_lib.keeping.checkpoints import Checkpoint
from gan_lib.keeping.session import Session
from gan_lib.latents import latent
from gan_lib.latents.viewpoint import Viewpoint
from gan_lib.pictures import grids
from gan_lib.pictures.grids import FAKE, REAL, Picture
from gan_lib.recipes import DIGITS, Recipe
from gan_lib.widgets import MOST_SEED
from gan_lib.widgets.panel import Panel, TakeAway, by_hand

AXES = 6  # sliders
STEP = 0.1  # of a slider
REACH = 3.0  # how far a slider goes to either side; of 1,000 normal numbers, 997 are within 3
STRIP = torch.linspace(-REACH, REACH, 7)  # positions that the strip beside a slider shows
STRIP_WIDTH = 422
SIDE = 336  # of the large digit, in pixels
REST = 0.15  # seconds that a slider has to rest before the strips follow


class LatentExplorer(Panel):
    """A latent to move about: six sliders at a time, a digit, the discriminator's confidence.

    The latent `z` comes from a seed. A slider shows, and sets, where it stands along one direction,
    while all that is perpendicular to it stays. The directions are single coordinates of the
    latent, or those along which the images change most. So the same seed, digit and positions
    always give the same image. Beside each slider is a strip: the images at seven of its positions.

    `source` is a trained pair, or a `Session`: then the newest moment that it has kept is shown,
    also while it trains. Its principal directions are worked out anew with each new seed.
    """

    def __init__(self, source: Checkpoint | Session, seed: int = 1) -> None:
        self._session = source if isinstance(source, Session) else None
        self._moment = None if self._session is None else source.snapshots[-1]
        self.here = Viewpoint(source if self._session is None else Checkpoint.of(self._moment))
        self._busy, self._silent = threading.RLock(), False
        self._resting: asyncio.TimerHandle | None = None
        self._moved: int | None = None
        self._make_controls(self.here.pair.recipe, seed)
        self._make_pictures()
        super().__init__(self._arranged())
        self._listen()
        self.begin()
        if self._session is not None:
            self._session.watchers.append(lambda _: self._follow())

    @property
    def z(self) -> Tensor:
        """The latent that is shown, as the generator takes it: (1, latent_dim)."""
        return self.here.z

    def begin(self) -> None:
        """Go back to the latent of the seed, with directions that fit the generator of now."""
        with self._busy:
            dim = self.here.pair.recipe.noise_dim
            self.here.noise = latent.normal(1, dim, self.seed.value)[0]
            self.here.examine()
            self._turn()

    def shown(self) -> Picture:
        """What the explorer shows, as a picture for where no kernel runs: the digit, the strips."""
        with self._busy:
            digit, strips = self.here.images(), torch.cat(self.here.scans(STRIP))
        rows = grids.grid(strips, len(STRIP), scale=2)
        large = grids.grid(digit, scale=rows.height // 28, gap=0)
        sheet = grids.side_by_side(large, rows, gap=12)
        alt = f"A generated digit, large, beside {AXES} rows of {len(STRIP)}: what each slider does"
        return Picture(grids.to_png(sheet), alt)

    # --- what it is made of ---

    def _make_controls(self, recipe: Recipe, seed: int) -> None:
        narrow, short = Layout(width="160px"), {"button_width": "auto"}
        self.seed = BoundedIntText(seed, 0, MOST_SEED, description="seed", layout=narrow)
        self.new_seed = Button(description="New seed", icon="random")
        self.reset = Button(description="Reset", icon="undo")
        self.digit = ToggleButtons(
            options=list(range(DIGITS)), value=self.here.digit, description="digit", style=short
        )
        if not recipe.latent_digit:
            self.digit.layout.display = "none"
        self.family = ToggleButtons(options=["main directions", "coordinates"], style=short)
        self.first = BoundedIntText(
            0, 0, recipe.noise_dim - AXES, description="from number", layout=Layout(width="160px")
        )

    def _make_pictures(self) -> None:
        self.picture = Image(format="png", width=SIDE, height=SIDE)
        self.verdict, self.take_away = HTML(), TakeAway()
        self.sliders = [
            FloatSlider(
                min=-REACH, max=REACH, step=STEP, readout_format=".1f",
                layout=Layout(width="546px"), style={"description_width": "90px"},
            )
            for _ in range(AXES)
        ]  # fmt: skip
        below = Layout(margin="0 0 6px 76px")  # under the slider's track, so that they agree
        self.strips = [
            Image(format="png", width=STRIP_WIDTH, height=60, layout=below) for _ in range(AXES)
        ]

    def _arranged(self) -> list[HBox]:
        seeds, wrap = HBox([self.seed, self.new_seed, self.reset]), Layout(flex_flow="row wrap")
        controls = HBox([seeds, self.digit, HBox([self.family, self.first])], layout=wrap)
        left = VBox([self.picture, self.verdict, self.take_away])
        right = VBox([VBox(pair) for pair in zip(self.sliders, self.strips)])
        return [controls, HBox([left, right], layout=Layout(flex_flow="row wrap", grid_gap="24px"))]

    def _listen(self) -> None:
        self.seed.observe(lambda _: self.begin(), "value")
        self.new_seed.on_click(lambda _: self._next_seed())
        self.reset.on_click(lambda _: self.begin())
        self.digit.observe(lambda change: self._ask_for(change.new), "value")
        self.family.observe(lambda _: self._turn(), "value")
        self.first.observe(lambda _: self._turn(), "value")
        for index, slider in enumerate(self.sliders):
            slider.observe(lambda change, index=index: self._move(index, change.new), "value")

    # --- what happens when something moves ---

    def _next_seed(self) -> None:
        self.seed.value = (self.seed.value + 1) % MOST_SEED

    def _ask_for(self, digit: int) -> None:
        with self._busy:
            self.here.digit = digit
            self._show()

    def _move(self, index: int, position: float) -> None:
        if self._silent or not by_hand(position, self._in_reach(index), STEP):
            return
        with self._busy:
            self.here.move(index, position)
            self._show(moved=index)

    def _in_reach(self, index: int) -> float:
        """Where the latent stands along a slider's direction, as far as the slider reaches."""
        return min(max(self.here.position(index), -REACH), REACH)

    def _turn(self) -> None:
        """Show the sliders of the chosen directions, each where the latent stands."""
        with self._busy:
            single = self.family.value == "coordinates"
            self.first.layout.display = None if single else "none"
            number = self.first.value if single else 0
            axes = torch.eye(len(self.here.noise)) if single else self.here.directions
            self.here.axes = axes[number : number + AXES]
            self._silent = True
            for index, slider in enumerate(self.sliders):
                name = f"number {number + index}" if single else f"direction {index + 1}"
                slider.description = name
                slider.value = self._in_reach(index)
            self._silent = False
            strips = [f"The digit at seven positions of {s.description}" for s in self.sliders]
            self.names.pictures = ["The generated digit", *strips]
            self._show()

    def _follow(self) -> None:
        """Show what the newest generator of the session makes of the latent."""
        newest = self._session.snapshots[-1]
        if newest is not self._moment:
            with self._busy:
                self._moment = newest
                self.here.follow(Checkpoint.of(newest))
                self._show()

    def _show(self, moved: int | None = None) -> None:
        """Show the digit of the latent at once, and the rest at once too unless a hand moves."""
        with self._busy:
            x = self.here.images()
            self._png = grids.to_png(grids.grid(x, scale=SIDE // 28, gap=0))
            self.picture.value = self._png
            self.verdict.value = _in_words(self.here.verdict(x))
        if self._resting is not None:
            self._resting.cancel()
            moved = moved if moved == self._moved else None  # another's strip is still to follow
        try:
            loop = asyncio.get_running_loop() if moved is not None else None
        except RuntimeError:  # nobody would call back
            loop = None
        if loop is None:
            return self._show_the_rest(moved)
        self._moved, self._resting = moved, loop.call_later(REST, self._show_the_rest, moved)

    def _show_the_rest(self, moved: int | None) -> None:
        """The strips, and what can be taken away. While a slider moves they would slow it down."""
        with self._busy:
            self._resting = None
            for index, strip in enumerate(self.here.scans(STRIP)):
                if index != moved:  # its own strip stays as it is
                    sheet = grids.grid(strip, len(STRIP), scale=2)
                    self.strips[index].value = grids.to_png(sheet)
            with self.take_away.hold_sync():
                self.take_away.text = f"z = torch.tensor({self.z.tolist()})"
                self.take_away.png = self._png


def _in_words(verdict: tuple[float, float] | None) -> str:
    """What `Viewpoint.verdict` says, with a bar from a half to the confidence."""
    if verdict is None:
        return "This discriminator judges whole batches,<br>and has no opinion of one image."
    confidence, rank = verdict
    word, colour = ("real", REAL) if confidence > 0.5 else ("generated", FAKE)
    low, high = sorted((50, 100 * confidence))
    return (
        f"D's confidence that it is real: <b>{confidence:.0%}</b>, so “{word}”"
        f'<div style="position:relative;width:{SIDE}px;height:12px;background:#D9D9D9">'
        f'<div style="position:absolute;left:{low:.1f}%;width:{high - low:.1f}%;height:100%;'
        f'background:{colour}"></div><div style="position:absolute;left:50%;width:1px;'
        'height:100%;background:#222222"></div></div>'
        f"more real to D than {rank:.0%} of what G makes"
    )
