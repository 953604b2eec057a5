"""A training to hold in your hand: buttons, rates, pictures that follow, and a slider back in time.

All that it does a `Session` does; this module only shows it. Notebooks 03 and 05.
"""

import math
import threading
from collections.abc import Callable

import torch
from ipywidgets import (
    HTML,
    Button,
    FloatLogSlider,
    FloatProgress,
    FloatSlider,
    HBox,
    Image,
    IntSlider,
    Layout,
)
from PIL import Image as Pillow

from gan_lib import confidence, plots, verdict_pictures
from gan_lib.images import Picture, to_png
from gan_lib.panel import Panel, by_hand
from gan_lib.recipes import DIGITS
from gan_lib.session import CHANGEABLE, Session, SessionError
from gan_lib.training import State
from gan_lib.widgets import Paced

SHOWN = 18  # images of each kind
WORDS = {
    "ready": "Ready. Start it, or take single steps.",
    "running": "Running.",
    "paused": "Paused.",
    "finished": "Finished. Rewind to go on from an earlier moment.",
    "stopped": "Stopped. Rewind to go on from one of its moments.",
}


class Dashboard(Panel):
    """Shows a session and holds it: start, pause, stop, single steps, rates and noise, rewind.

    The pictures are drawn in the thread that trains, and rest between two drawings for many times
    as long as one takes, so that at least nine tenths of the time are training. Move the slider
    *moment* to look at the past; the training does not mind. "Go back here" makes it branch there.
    """

    def __init__(self, session: Session) -> None:
        self.session, self._busy, self._status = session, threading.RLock(), ""
        self._past: State | None = None  # the moment that is looked at, unless it is the present
        # Together less than a tenth of the time, and fewer than ten messages a second.
        self._now_and_then = [
            Paced(draw, share=0.03) for draw in (self._say, self._draw_verdicts, self._draw_curves)
        ]
        labels = session.data.labels
        # Real images of the digits that the state's fixed latents ask for: 0 to 9, and again.
        rows = [(labels == i % DIGITS).nonzero()[i // DIGITS, 0] for i in range(SHOWN)]
        self._real = session.data.part(torch.stack(rows))
        self.buttons = {
            name: self._button(name, icon, tooltip, press)
            for name, icon, tooltip, press in (
                ("Start", "play", "train until the end, or until Pause", session.start),
                ("Pause", "pause", "stop after the step that is being taken", session.pause),
                ("Stop", "stop", "end this training; its moments stay", session.stop),
                ("Step both", "step-forward", "one step in which both players learn",
                 lambda: session.step("both")),
                ("Step D", "step-forward", "one step of the discriminator alone",
                 lambda: session.step("discriminator")),
                ("Step G", "step-forward", "one step of the generator alone",
                 lambda: session.step("generator")),
            )
        }  # fmt: skip
        self.progress = FloatProgress(min=0, max=1, layout=Layout(width="160px"))
        self.words, self.numbers = HTML(), HTML()
        self._pictures = self.verdicts, self.curves = Image(format="png"), Image(format="png")
        recipe = session.state.recipe
        self.rates = {
            name: FloatLogSlider(
                value=getattr(recipe, name), min=-5, max=-1, step=0.05, description=label,
                readout_format=".1e", style={"description_width": "120px"},
            )
            for name, label in zip(CHANGEABLE, ("rate of G", "rate of D"))
        }  # fmt: skip
        self.rates[CHANGEABLE[2]] = FloatSlider(
            value=recipe.input_noise_std, min=0, max=1, step=0.05, description="noise on D's input",
            style={"description_width": "120px"},
        )  # fmt: skip
        for name, slider in self.rates.items():
            slider.observe(lambda change, name=name: self._change(name, change.new), "value")
        # From the present, 0, backwards. (A slider whose range grows forgets where End is.)
        self.moment = IntSlider(
            0,
            1 - session.keep,
            0,
            description="moment",
            readout=False,
            layout=Layout(width="420px"),
        )
        self.moment.observe(lambda _: self._look_back(), "value")
        self.branch = self._button(
            "Go back here", "history", "let the training go on from the moment shown", self._branch
        )
        wrap = Layout(flex_flow="row wrap", align_items="center")
        pictures = HBox(
            [self.verdicts, self.curves], layout=Layout(flex_flow="row wrap", grid_gap="12px")
        )
        super().__init__([
            HBox([*self.buttons.values(), self.progress], layout=wrap),
            self.words,
            self.numbers,
            pictures,
            HBox(list(self.rates.values()), layout=wrap),
            HBox([self.moment, self.branch], layout=wrap),
        ], ["The discriminator's verdicts", "Losses, accuracies, confidence"])  # fmt: skip
        session.watchers.append(self._update)
        self._update(session)

    def shown(self) -> Picture:
        """Verdicts and curves side by side, as a picture for where no kernel runs."""
        with self._busy:
            running = self.session.status == "running"
            state = self.session.snapshots[-1] if running else self._shown()
            self._draw_verdicts(state)
            self._draw_curves(state)
        parts = [Picture(widget.value, "").image() for widget in self._pictures if widget.value]
        size = sum(part.width for part in parts), max(part.height for part in parts)
        sheet, left = Pillow.new("RGB", size, "white"), 0
        for part in parts:
            sheet.paste(part, (left, 0))
            left += part.width
        alt = (
            f"The dashboard at step {state.step:,}: the discriminator's verdicts, and three curves"
        )
        return Picture(to_png(sheet), alt)

    # --- what the session tells ---

    def _update(self, session: Session) -> None:
        """After a step, draw what is due; where the training rests, draw everything."""
        with self._busy:
            if session.status != self._status:
                self._status = session.status
                self._enable()
            running = session.status == "running"
            try:
                if not running:
                    self._show_rates()
                for paced in self._now_and_then:
                    (paced if running else paced.draw)(self._shown())
            except Exception as error:
                self.words.value = f"<b>This dashboard has failed:</b> {error}"
                raise

    def _enable(self) -> None:
        status = self.session.status
        held = status in ("ready", "paused")
        for name, button in self.buttons.items():
            button.disabled = not (status == "running" if name == "Pause" else held)
        self.buttons["Stop"].disabled = not (held or status == "running")
        self.branch.disabled = self._past is None

    def _shown(self) -> State:
        """The state that is shown; called where nobody else changes it, between two steps."""
        return self.session.state if self._past is None else self._past

    # --- what a hand does ---

    def _button(self, name: str, icon: str, tooltip: str, press: Callable[[], object]) -> Button:
        button = Button(description=name, icon=icon, tooltip=tooltip)

        def pressed(_: Button) -> None:
            try:
                press()
            except SessionError as error:  # two dashboards of one session: the other was quicker
                self.words.value = str(error)
            except Exception as error:  # the session has kept it, and says so
                if error is not self.session.error:
                    raise

        button.on_click(pressed)
        return button

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
            kept, back = self.session.snapshots, self.moment.value
            self._past = kept[max(0, len(kept) - 1 + back)] if back else None
            running = self.session.status == "running"
            self.branch.disabled = self._past is None
            if not running or self._past is not None:  # else the thread will draw it
                self._say(self._shown())
                self._draw_verdicts(self._shown())

    def _branch(self) -> None:
        if (moment := self._past) is not None:
            self.moment.value = 0
            self.session.rewind(moment)

    # --- what is shown ---

    def _say(self, state: State) -> None:
        session = self.session
        words = session.note or WORDS.get(session.status, "")
        if session.error is not None:
            who = "Failed." if session.status == "failed" else "A view of this training has failed:"
            words = f"<b>{who}</b> {session.error}"
        self.words.value = f"<span role='status'>{words}</span>"
        self.progress.value = session.state.progress
        if (record := state.record) is None:
            self.numbers.value = f"step <b>{state.step:,}</b>"
            return
        past = "" if self._past is None else "<b>The past:</b> "
        left = ""
        if session.status == "running" and self._past is None:
            left = f", {session.seconds_left:.0f} s left"
        self.numbers.value = (
            f"{past}step <b>{record.step:,}</b>, {record.seconds:.1f} s, "
            f"{record.images_per_second:,.0f} images/s{left}. Loss of D "
            f"{record.loss_discriminator:.2f}, of G {record.loss_generator:.2f}. D is right about "
            f"{record.accuracy_real:.0%} of the real and {record.accuracy_fake:.0%} of the "
            f"generated images of the batch. D(x) {record.confidence_real:.2f}, "
            f"D(G(z)) {record.confidence_fake:.2f}."
        )

    def _draw_verdicts(self, state: State) -> None:
        x_real, labels = self._real.images, self._real.labels
        x_fake = state.sample(state.fixed_latent[:SHOWN])
        logits = confidence.verdicts(state.recipe, state.discriminator, x_real, x_fake, labels)
        self.verdicts.value = verdict_pictures.bars(x_real, x_fake, *logits, width=460).png

    def _draw_curves(self, _: State) -> None:
        history, left = list(self.session.history), self.session.left
        self.curves.layout.display = None if history else "none"
        if history:
            self.curves.value = plots.tall_curves(history, left).picture().png
