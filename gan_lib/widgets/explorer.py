"""Sliders into the latent space: one image, what the discriminator says, and where to go next.

Notebook "The latent space"; `python -m gan_lib explore` shows it alone, for a projector.
"""

import asyncio
import threading

import torch
from ipywidgets import HTML, BoundedIntText, Button, HBox, Image, Layout, ToggleButtons, VBox
from torch import Tensor

from gan_lib.keeping.checkpoints import Checkpoint
from gan_lib.keeping.session import Session
from gan_lib.latents import points
from gan_lib.latents.viewpoint import Viewpoint
from gan_lib.pair import Pair
from gan_lib.pictures import grids
from gan_lib.pictures.grids import Picture
from gan_lib.widgets import FIRST_LABEL, FIRST_SEED, MOST_SEED, explorer_view
from gan_lib.widgets.explorer_view import REACH, STRIP, SliderWithStrip
from gan_lib.widgets.panel import Panel, by_hand, when
from gan_lib.widgets.parts import TakeAway

AXES = 6  # sliders
SIDE = 336  # longest side of the large image, in pixels
REST = 0.15  # seconds that a slider has to rest before the strips follow


class LatentExplorer(Panel):
    """A latent to move about: six sliders at a time, an image, the discriminator's confidence.

    The latent `z` comes from a seed. A slider shows, and sets, where it stands along one direction,
    while all that is perpendicular to it stays. The directions are single coordinates of the
    latent, or those along which the images change most. So the same seed, class and positions
    always give the same image. Under each slider is a strip: the images at seven of its positions.

    `source` is a trained pair, or a `Session`: then the newest snapshot that it has kept is shown,
    also while it trains. Its principal directions are worked out anew with each new seed. A new
    explorer of the same session takes the place of this one.
    """

    def __init__(self, source: Pair | Session, seed: int = FIRST_SEED) -> None:
        session = source if isinstance(source, Session) else None
        self._snapshot = session and session.snapshots[-1]
        pair = Checkpoint.of(self._snapshot) if session else source
        self.here = Viewpoint(pair, min(FIRST_LABEL, max(0, len(pair.classes) - 1)))
        self._word = explorer_view.word_for(pair)
        self._busy, self._silent = threading.RLock(), False
        # Each change has a number. The strips follow the last one, and rest until it is at rest.
        self._change, self._moved, self._resting = 0, None, True
        self._make_controls(pair, seed)
        self._make_pictures(pair)
        super().__init__(self._arranged())
        self._listen()
        self.begin()
        if session:
            self.watch(session, self._follow)

    @property
    def z(self) -> Tensor:
        """The latent that is shown, as the generator takes it: (1, latent_dim)."""
        return self.here.z

    def begin(self) -> None:
        """Go back to the latent of the seed, with directions that fit the generator of now."""
        with self._busy:
            self.here.noise = points.normal(1, len(self.here.noise), self.seed.value)[0]
            self.here.examine()
            self._turn()

    def shown(self) -> Picture:
        """What the explorer shows, as a picture for where no kernel runs: the image, the strips."""
        with self._busy:
            return explorer_view.sheet(self.here, self.sliders, self._word)

    # --- what it is made of ---

    def _make_controls(self, pair: Pair, seed: int) -> None:
        def number(value: int, most: int, name: str) -> BoundedIntText:
            return BoundedIntText(value, 0, most, description=name, layout=Layout(width="160px"))

        self.seed = number(seed, MOST_SEED, "seed")
        self.new_seed = Button(description="New seed", icon="random")
        self.reset = Button(description="Reset", icon="undo")
        self.label, self._choice = explorer_view.class_choice(pair, self.here.label, self._word)
        self.family = ToggleButtons(
            options=["main directions", "coordinates"], style={"button_width": "auto"}
        )
        self.first = number(0, max(0, pair.recipe.noise_dim - AXES), "from number")

    def _make_pictures(self, pair: Pair) -> None:
        _, height, width = pair.shape
        self._scale = SIDE // max(height, width)
        height, width = height * self._scale, width * self._scale
        self.picture = Image(format="png", width=width, height=height)
        self.verdict, self.take_away = HTML(), TakeAway(file=f"{self._word}.png")
        count = min(AXES, pair.recipe.noise_dim)
        self._axes = [SliderWithStrip(pair.shape) for _ in range(count)]
        self.sliders = [axis.slider for axis in self._axes]
        self.strips = [axis.strip for axis in self._axes]

    def _arranged(self) -> list[HBox]:
        wrap = Layout(flex_flow="row wrap")
        seeds = HBox([self.seed, self.new_seed, self.reset])
        controls = HBox([seeds, HBox([self.family, self.first])], layout=wrap)
        left = VBox([self.picture, self.verdict, *self.take_away.shown])
        sides = Layout(flex_flow="row wrap", grid_gap="24px")
        return [controls, self._choice, HBox([left, VBox(self._axes)], layout=sides)]

    def _listen(self) -> None:
        when(self.seed, lambda _: self.begin())
        when(self.new_seed, lambda: setattr(self.seed, "value", (self.seed.value + 1) % MOST_SEED))
        when(self.reset, self.begin)
        when(self.label, self._ask_for)
        when(self.family, lambda _: self._turn())
        when(self.first, lambda _: self._turn())
        for index, slider in enumerate(self.sliders):
            when(slider, lambda position, index=index: self._move(index, position))

    # --- what happens when something moves ---

    def _ask_for(self, label: int) -> None:
        with self._busy:
            self.here.label = label
            self._show()

    def _move(self, index: int, position: float) -> None:
        with self._busy:
            slider = self.sliders[index]
            if not self._silent and by_hand(position, self._in_reach(index), slider.step):
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
            names = [
                f"The {self._word} at seven positions of {s.description}" for s in self.sliders
            ]
            self.names.pictures = [f"The generated {self._word}", *names]
            self._show()

    def _follow(self, session: Session) -> None:
        """Show what the newest generator of the session makes of the latent."""
        newest = session.snapshots[-1]
        if newest is not self._snapshot:
            self._snapshot, pair = newest, Checkpoint.of(newest)
            with self._busy:
                self.here.follow(pair)
                self._show()

    def _show(self, moved: int | None = None) -> None:
        """Show the image of the latent at once, and the rest at once too unless a hand moves."""
        with self._busy:
            x = self.here.images()
            self._png = grids.to_png(grids.grid(x, scale=self._scale, gap=0))
            self.picture.value = self._png
            verdict, width = self.here.verdict(x), int(self.picture.width)
            self.verdict.value = explorer_view.in_words(verdict, width)
            # A slider's own strip stays as it is, unless another's move is still to follow.
            self._moved = moved if self._resting or moved == self._moved else None
            self._change += 1
            change, self._resting = self._change, False
        try:
            loop = asyncio.get_running_loop() if moved is not None else None
        except RuntimeError:  # nobody would call back
            loop = None
        if loop is None:
            self._show_the_rest(change)
        else:
            loop.call_later(REST, self._show_the_rest, change)

    def _show_the_rest(self, change: int) -> None:
        """The strips, and what can be taken away, unless there has been another change since."""
        with self._busy:
            if change != self._change:
                return
            self._resting = True
            for index, x in enumerate(self.here.scans(STRIP)):
                if index != self._moved:
                    self._axes[index].show(x)
            with self.take_away.hold_sync():
                self.take_away.text = f"z = torch.tensor({self.z.tolist()})"
                self.take_away.png = self._png
