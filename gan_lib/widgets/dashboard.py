"""A training to hold in your hand: buttons, rates, pictures that follow, and a slider back in time.

All that it does a `Session` does, and all that it shows a `SessionView`. Notebooks "The training
loop" and "The latent space".
"""

import html
import math
import threading
from collections.abc import Callable

from ipywidgets import Button, FloatLogSlider, FloatSlider, HBox, IntSlider, Layout

from gan_lib.keeping.session import CHANGEABLE, Session, SessionError
from gan_lib.pictures.grids import Picture
from gan_lib.recipes import Recipe
from gan_lib.state import State
from gan_lib.widgets.panel import Panel, by_hand, when
from gan_lib.widgets.session_view import SessionView


class Dashboard(Panel):
    """Shows a session and holds it: start, pause, stop, single steps, rates and noise, rewind.

    The pictures are drawn in the thread that trains, and rest between two drawings for many times
    as long as one takes, so that at least nine tenths of the time are training (of points, more
    than half). Move the slider *past* to look at the past; the training does not mind. "Go back
    here" makes it branch there.
    A new dashboard of the same session takes the place of this one.
    """

    def __init__(self, session: Session, view: SessionView | None = None) -> None:
        """What is shown is a `SessionView` of the session, or one of its kin."""
        self.session, self.view = session, view or SessionView(session)
        self._busy, self._status = threading.RLock(), ""
        self._looked_at: State | None = None  # the snapshot, unless it is the present
        self.buttons = self._make_buttons()
        self.rates = _make_rates(session.state.recipe)
        for name, slider in self.rates.items():
            when(slider, lambda value, name=name: self._change(name, value))
        # From the present, 0, backwards. (A slider whose range grows forgets where End is.)
        self.past = IntSlider(
            0, 1 - session.keep, 0, description="past", readout=False, layout=Layout(width="420px")
        )
        when(self.past, lambda _: self._look_back())
        self.branch = self._button(
            "Go back here", "history", "let the training go on from the moment shown", self._branch
        )
        super().__init__(self._arranged(), self.view.names)
        self.watch(session, self._update)
        with self._busy:
            self._enable()
            self._show_rates()
            self.view.draw(self._at_rest())

    def shown(self) -> Picture:
        """Verdicts and curves side by side, as a picture for where no kernel runs."""
        with self._busy:
            return self.view.picture(self._at_rest())

    # --- what it is made of ---

    def _make_buttons(self) -> dict[str, Button]:
        session = self.session
        described = (
            ("Start", "play", "train until the end, or until Pause", session.start),
            ("Pause", "pause", "stop after the step that is being taken", session.pause),
            ("Stop", "stop", "end this training; its moments stay", session.stop),
            ("Step both", "step-forward", "one step in which both players learn",
             lambda: session.step("both")),
            ("Step D", "step-forward", "one step of the discriminator alone",
             lambda: session.step("discriminator")),
            ("Step G", "step-forward", "one step of the generator alone",
             lambda: session.step("generator")),
        )  # fmt: skip
        return {name: self._button(name, *rest) for name, *rest in described}

    def _button(self, name: str, icon: str, tooltip: str, press: Callable[[], object]) -> Button:
        button = Button(description=name, icon=icon, tooltip=tooltip)

        def pressed(_: Button) -> None:
            try:
                press()
            except SessionError as error:  # two dashboards of one session: the other was quicker
                self.view.words.value = html.escape(str(error))
            except Exception as error:  # the session has kept it, and says so
                if error is not self.session.error:
                    raise

        button.on_click(pressed)
        return button

    def _arranged(self) -> list:
        view, wrap = self.view, Layout(flex_flow="row wrap", align_items="center")
        pictures = Layout(flex_flow="row wrap", grid_gap="12px")
        return [
            HBox([*self.buttons.values(), *view.buttons, view.progress], layout=wrap),
            view.words,
            view.numbers,
            HBox(view.pictures, layout=pictures),
            HBox(list(self.rates.values()), layout=wrap),
            HBox([self.past, self.branch], layout=wrap),
        ]

    # --- what the session tells ---

    def _update(self, session: Session) -> None:
        """After a step, draw what is due; where the training rests, draw everything."""
        with self._busy:
            if session.status != self._status:
                self._status = session.status
                self._enable()
            try:
                state, past = self._shown(), self._looked_at is not None
                if session.status == "running":
                    self.view.draw_what_is_due(state, past)
                else:
                    self._show_rates()
                    self.view.draw(state, past)
            except Exception as error:
                words = html.escape(str(error))
                self.view.words.value = f"<b>This dashboard has failed:</b> {words}"
                raise

    def _enable(self) -> None:
        status = self.session.status
        held = status in ("ready", "paused")
        for name, button in self.buttons.items():
            button.disabled = not (status == "running" if name == "Pause" else held)
        self.buttons["Stop"].disabled = not (held or status == "running")
        self.branch.disabled = self._looked_at is None

    def _shown(self) -> State:
        """The state that is shown; called where nobody else changes it, between two steps."""
        return self.session.state if self._looked_at is None else self._looked_at

    def _at_rest(self) -> State:
        """What is shown, or while the training runs its newest snapshot: for any thread."""
        running = self.session.status == "running" and self._looked_at is None
        return self.session.snapshots[-1] if running else self._shown()

    # --- what a hand does ---

    def _change(self, name: str, value: float) -> None:
        slider, now = self.rates[name], self._in_reach(name)
        scale = math.log10 if isinstance(slider, FloatLogSlider) else float
        if by_hand(scale(value), scale(now), slider.step):
            self.session.change(**{name: value})

    def _show_rates(self) -> None:
        """Set the sliders to what the session trains with; that is no change of it."""
        for name, slider in self.rates.items():
            slider.value = self._in_reach(name)

    def _in_reach(self, name: str) -> float:
        """A rate or the noise of the session, as far as its slider reaches."""
        slider, now = self.rates[name], getattr(self.session.state.recipe, name)
        low, high = slider.min, slider.max
        if isinstance(slider, FloatLogSlider):
            low, high = slider.base**low, slider.base**high
        return min(max(now, low), high)

    def _look_back(self) -> None:
        with self._busy:
            kept, back = self.session.snapshots, self.past.value
            self._looked_at = kept[max(0, len(kept) - 1 + back)] if back else None
            self.branch.disabled = self._looked_at is None
            self.view.say(self._at_rest(), past=self._looked_at is not None)
            self.view.draw_verdicts(self._at_rest())

    def _branch(self) -> None:
        if (snapshot := self._looked_at) is not None:
            self.past.value = 0
            self.session.rewind(snapshot)


def _make_rates(recipe: Recipe) -> dict[str, FloatSlider | FloatLogSlider]:
    """A slider for each of `CHANGEABLE`: both rates, in powers of ten, and the noise."""
    rate_of_g, rate_of_d, noise = CHANGEABLE
    wide = {"description_width": "120px"}
    sliders = {
        name: FloatLogSlider(
            value=getattr(recipe, name), min=-5, max=-1, step=0.05, description=label,
            readout_format=".1e", style=wide,
        )
        for name, label in ((rate_of_g, "rate of G"), (rate_of_d, "rate of D"))
    }  # fmt: skip
    sliders[noise] = FloatSlider(
        value=getattr(recipe, noise), min=0, max=1, step=0.05, description="noise on D's input",
        style=wide,
    )  # fmt: skip
    return sliders
