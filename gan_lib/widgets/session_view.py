"""What is to be seen of a session: where it stands, in words, and two pictures that follow it.

`dashboard` adds the buttons and sliders.
"""

import html
from collections.abc import Sequence

import torch
from ipywidgets import HTML, Button, FloatProgress, Image, Layout, Widget

from gan_lib.belief import confidence
from gan_lib.clinic.report import in_a_line
from gan_lib.clinic.rules import diagnose
from gan_lib.clinic.windows import windows
from gan_lib.keeping.session import Session
from gan_lib.pictures import training_plots, verdict_pictures
from gan_lib.pictures.grids import Picture, side_by_side, to_png
from gan_lib.state import FIXED, Record, State
from gan_lib.widgets.paced import Paced

SHOWN = 10  # images of each kind: two rows of them, and all fits a laptop's screen
WORDS = {
    "ready": "Ready. Start it, or take single steps.",
    "running": "Running.",
    "paused": "Paused.",
    "finished": "Finished. Rewind to go on from an earlier moment.",
    "stopped": "Stopped. Rewind to go on from one of its moments.",
}


class SessionView:
    """A progress bar, lines of words and signs, the verdicts of D, and the curves of a session.

    Any state of the session can be shown: the present one, `session.state`, or a snapshot. The
    present one changes while the session runs, so only the thread that trains may then show it.
    Nothing is drawn until it is asked for.
    """

    names = ["The discriminator's verdicts", "Losses, accuracies, confidence"]  # of the pictures
    share, rest = 0.03, 0.5  # of the time, for each part; and the least seconds between two

    def __init__(self, session: Session, buttons: Sequence[Button] = ()) -> None:
        """`buttons` are to stand beside those of the dashboard."""
        self.session, self.buttons = session, buttons
        self.progress = FloatProgress(min=0, max=1, layout=Layout(width="160px"))
        self.words, self.numbers = HTML(), HTML()
        # No higher than that of MNIST's digits is, so that the panel fits a laptop's screen.
        self.verdicts = Image(format="png", layout=Layout(max_height="474px"))
        self.verdicts.add_class("gan-smooth")
        self.curves = Image(format="png")
        # Together less than a tenth of the time, and fewer than ten messages a second.
        self._say = Paced(self.say, share=0.03)
        self._pictures = (
            Paced(self.draw_verdicts, self.share, self.rest),
            Paced(self.draw_curves, share=0.03),
        )
        self._choose()

    def _choose(self) -> None:
        """Which of the state's fixed latents are shown, and real images like them."""
        self.fixed, rows = _chosen(self.session)
        self.real = self.session.data.part(rows)

    @property
    def pictures(self) -> list[Widget]:
        """What stands side by side."""
        return [self.verdicts, self.curves]

    def draw_what_is_due(self, state: State, past: bool = False) -> None:
        """After a step: draw each part whose last drawing is long enough ago."""
        self._say(state, past)
        for paced in self._pictures:
            paced(state)

    def draw(self, state: State, past: bool = False) -> None:
        """Draw everything now."""
        self.say(state, past)
        self.draw_verdicts(state)
        self.draw_curves(state)

    def say(self, state: State, past: bool = False) -> None:
        """The session's status, and the figures of the last step of `state`, called the past."""
        session = self.session
        words = html.escape(session.note) or WORDS.get(session.status, "")
        if session.error is not None:
            who = "Failed." if session.status == "failed" else "A view of this training has failed:"
            words = f"<b>{who}</b> {html.escape(str(session.error))}"
        self.words.value = f"<span role='status'>{words}</span>"
        self.progress.value = session.state.progress
        running = session.status == "running" and not past
        left = f", {session.seconds_left:.0f} s left" if running else ""
        before = "<b>The past:</b> " if past else ""
        self.numbers.value = before + _figures(state, left) + self._signs(state)

    def _signs(self, state: State) -> str:
        """The vital signs of the steps before, and what they say of an illness."""
        records = [each for each in list(self.session.history) if each.step <= state.step]
        if not records:
            return ""
        last = windows(records)[-1]
        said = in_a_line(diagnose(records), state.step)
        return f"<br>Variety {last.variety:.2f}. {html.escape(said)}"

    def draw_verdicts(self, state: State) -> None:
        """Ten real and ten generated images, with the verdict on each."""
        x_real, labels = self.real.floats(), self.real.labels
        noise = state.fixed_latent[self.fixed, : state.recipe.noise_dim]
        x_fake = state.generate(state.join(noise, labels))
        logits = confidence.verdicts(state, x_real, x_fake, labels)
        self.verdicts.value = verdict_pictures.bars(x_real, x_fake, *logits, width=420).png

    def draw_curves(self, _: State) -> None:
        """Losses, accuracies and confidence up to now, and of the course that was left."""
        history, left = list(self.session.history), self.session.left
        self.curves.layout.display = None if history else "none"
        if history:
            self.curves.value = training_plots.tall_curves(history, left).picture().png

    def picture(self, state: State) -> Picture:
        """Verdicts and curves side by side, as a picture for where no kernel runs."""
        self.draw_verdicts(state)
        self.draw_curves(state)
        shown = {name: bytes(w.value) for name, w in zip(self.names, (self.verdicts, self.curves))}
        shown = {name: png for name, png in shown.items() if png}
        sheet = side_by_side(*(Picture(png, "").image() for png in shown.values()))
        alt = f"The dashboard at step {state.step:,}: {'; '.join(shown)}"
        return Picture(to_png(sheet), alt)


def _chosen(session: Session) -> tuple[list[int], torch.Tensor]:
    """Numbers of fixed latents, and of real images of the classes that these latents ask for.

    Class by class, and again: each class has other images the second time. A class that has no
    image is left out. Of many classes, every tenth or so is taken: neighbours may be alike.
    """
    data, state = session.data, session.state
    apart = max(1, min(len(data.classes), FIXED) // SHOWN)
    every = sorted(range(FIXED), key=lambda number: number % apart)
    if data.labels is None or data.labels.ndim > 1:  # no real image is of the same three clusters
        return every[:SHOWN], torch.arange(SHOWN) % len(data)
    labels = torch.arange(FIXED) % len(data.classes)
    if state.latent_has_class:
        labels = state.labels_of(state.fixed_latent)
    fixed, rows = [], []
    for number in every:
        found = (data.labels == labels[number]).nonzero().squeeze(1)
        if len(found) and len(fixed) < SHOWN:
            fixed.append(number)
            rows.append(found[number // len(data.classes) % len(found)])
    return fixed, torch.stack(rows)


def _figures(state: State, left: str) -> str:
    record: Record | None = state.record
    if record is None:
        return f"step <b>{state.step:,}</b>"
    return (
        f"step <b>{record.step:,}</b>, {record.seconds:.1f} s, "
        f"{record.images_per_second:,.0f} images/s{left}. Loss: D "
        f"{record.loss_discriminator:.2f}, G {record.loss_generator:.2f}. D is right: real "
        f"{record.accuracy_real:.0%}, generated {record.accuracy_fake:.0%}. "
        f"D(x) {record.confidence_real:.2f}, D(G(z)) {record.confidence_fake:.2f}."
    )
