"""A GAN in the plane to play with: what it is shown, how it plays, and each step by hand.

Below the choices it is a `Dashboard`, so the game starts, pauses, steps and goes back as a training
on images does. Notebook "The game in the plane".
"""

import html
from dataclasses import replace

from ipywidgets import Button, Dropdown, HBox, IntText, Layout, Widget

from gan_lib import UserError
from gan_lib.keeping.session import Session
from gan_lib.length import Length
from gan_lib.pictures.grids import Picture
from gan_lib.plane import mixtures
from gan_lib.plane.mixtures import Mixture
from gan_lib.plane.players import OBJECTIVES, PLANE, new_game, penalised
from gan_lib.plane.scene import PARTS
from gan_lib.plane.stages import STAGES, Stage, lines_of
from gan_lib.recipes import Recipe
from gan_lib.widgets.dashboard import Dashboard
from gan_lib.widgets.panel import Panel, close_all, when
from gan_lib.widgets.parts import DrawingPad
from gan_lib.widgets.plane_view import PlaneView

SHOWN = {
    "ring of 8": mixtures.ring,
    "grid of 25": mixtures.grid,
    "two moons": mixtures.two_moons,
    "spiral": mixtures.spiral,
    "two bands": mixtures.two_bands,
}
DRAWING = "your drawing"
STEPS = 20_000  # of a game, if nobody ends it


class Playground(Panel):
    """Choose what is real and how the two play, then start, or take steps, or one in slow motion.

    A choice begins a new game, from the same seed and with the recipe's rates. `session` is the
    game that is shown.
    """

    def __init__(self, seed: int = 7) -> None:
        self.pad = DrawingPad()
        drawing = [DRAWING] if self.pad.shown else []  # it needs a part that may be missing
        self.controls = _controls(seed, [*SHOWN, *drawing])
        self.again = Button(description="New game", icon="refresh", tooltip="from the same seed")
        self.slow = Button(
            description="Slow motion", icon="step-forward", tooltip="the next sixth of a step"
        )
        for control in self.controls.values():
            when(control, lambda _: self._begin())
        when(self.again, self._begin)
        when(self.slow, self._next_stage)
        row = Layout(flex_flow="row wrap", align_items="center")
        self._choices = HBox(list(self.controls.values()), layout=row)
        self.dashboard: Dashboard | None = None
        super().__init__([])
        self._last = self.children  # the names and styles of the panel
        self._begin()

    @property
    def session(self) -> Session:
        """The game that is shown."""
        return self.dashboard.session

    def shown(self) -> Picture:
        """The plane and the curves side by side, as a picture for where no kernel runs."""
        return self.dashboard.shown()

    def mixture(self) -> Mixture:
        """What the real points are drawn from. Raises `UserError` where nothing is drawn."""
        name = self.controls["real"].value
        return mixtures.drawn(self.pad.drawing) if name == DRAWING else SHOWN[name]()

    def recipe(self) -> Recipe:
        """How the two play, as the controls say."""
        chosen = {name: control.value for name, control in self.controls.items()}
        betas = (chosen["beta"], 0.99)
        return replace(
            PLANE,
            objective=penalised(OBJECTIVES[chosen["loss"]], chosen["gamma"]),
            generator_betas=betas,
            discriminator_betas=betas,
            discriminator_steps=chosen["steps"],
            width_multiplier=chosen["width"],
        )

    def _begin(self) -> None:
        """A new game, as the controls say. Where nothing is drawn yet the old one stays."""
        old = self.dashboard
        if old is not None:
            old.session.pause()
        try:
            mixture = self.mixture()
        except UserError as error:
            self._say(str(error))
            self._arrange()
            return
        points = mixture.points()
        state = new_game(self.recipe(), points, self.controls["seed"].value)
        session = Session(state, points, Length(steps=STEPS), keep=60)
        self.stage = -1
        self.dashboard = Dashboard(session, PlaneView(session, mixture, [self.slow, self.again]))
        buttons = self.dashboard.buttons
        for name in ("Start", "Step both", "Step D", "Step G"):
            buttons[name].on_click(lambda _: self._leave_slow_motion())
        self.dashboard.branch.on_click(lambda _: self._leave_slow_motion())
        self._arrange()
        if old is not None:
            old.session.watchers.clear()
            close_all(old, self.slow, self.again)

    def _arrange(self) -> None:
        side = self.pad.shown if self.controls["real"].value == DRAWING else []
        self.children = [self._choices, HBox([*side, self.dashboard]), *self._last]

    def _say(self, words: str) -> None:
        self.dashboard.view.words.value = f"<span role='status'>{html.escape(words)}</span>"

    def _next_stage(self) -> None:
        """The next sixth of a step: in words, in the code, and in the plane."""
        self.session.pause()
        if self.session.status in ("finished", "stopped", "failed"):
            return  # the words already say what to do
        self.dashboard.past.value = 0
        self.stage = (self.stage + 1) % len(STAGES)
        stage, view = STAGES[self.stage], self.dashboard.view
        view.parts = stage.parts
        view.code.value = _in_html(stage)
        view.code.layout.display, view.curves.layout.display = None, "none"
        if stage.learns:
            try:
                self.session.step(stage.learns)
            except UserError:
                return  # the session has kept it, and says so
        view.draw_verdicts(self.session.state)
        self._say(stage.words)

    def _leave_slow_motion(self) -> None:
        """Show everything again, and the curves in place of the code."""
        if self.stage < 0:
            return
        self.stage, view = -1, self.dashboard.view
        view.parts = PARTS
        view.code.layout.display = "none"
        if self.session.status != "running":
            view.draw_verdicts(self.session.state)
            view.draw_curves(self.session.state)


def _in_html(stage: Stage) -> str:
    """The lines of a stage's function, those that it is at marked by more than a colour."""
    rows = []
    for line, at in lines_of(stage):
        text = html.escape(line) or " "
        rows.append(f"<mark>▶{text[1:]}</mark>" if at else text)
    return f"<pre class='gan-code'>{chr(10).join(rows)}</pre>"


def _controls(seed: int, real: list[str]) -> dict[str, Widget]:
    """What can be chosen: each begins a new game."""

    def choose(label: str, options: object, value: object, width: str = "150px") -> Dropdown:
        return Dropdown(
            options=options, value=value, description=label, layout=Layout(width=width),
            style={"description_width": "initial"},
        )  # fmt: skip

    return {
        "real": choose("real", real, "ring of 8", "155px"),
        "loss": choose("loss", list(OBJECTIVES), "non-saturating", "170px"),
        "gamma": choose("R1 + R2 γ", [0.0, 0.01, 0.1, 1.0], 0.0, "125px"),
        "beta": choose("momentum β₁", [0.0, 0.5, 0.9], 0.0, "150px"),
        "steps": choose("D's steps", [1, 2, 5], 1, "105px"),
        "width": choose("width", [("32", 0.25), ("64", 0.5), ("128", 1.0)], 1.0, "95px"),
        "seed": IntText(seed, description="seed", layout=Layout(width="85px"),
                        style={"description_width": "initial"}),
    }  # fmt: skip
