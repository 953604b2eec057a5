"""What is to be seen of a session: where it stands, in words, and two pictures that follow it.

`dashboard` adds the buttons and sliders.
"""

import torch
from ipywidgets import HTML, FloatProgress, Image, Layout

from gan_lib.belief import confidence
from gan_lib.keeping.session import Session
from gan_lib.pictures import plots, verdict_pictures
from gan_lib.pictures.grids import Picture, side_by_side, to_png
from gan_lib.recipes import DIGITS
from gan_lib.state import Record, State
from gan_lib.widgets.views import Paced

SHOWN = 18  # images of each kind
WORDS = {
    "ready": "Ready. Start it, or take single steps.",
    "running": "Running.",
    "paused": "Paused.",
    "finished": "Finished. Rewind to go on from an earlier moment.",
    "stopped": "Stopped. Rewind to go on from one of its moments.",
}


class SessionView:
    """A progress bar, two lines of words, the discriminator's verdicts and the curves of a session.

    Any state of the session can be shown: the present one, `session.state`, or a snapshot, which
    is then called the past. Nothing is drawn until it is asked for.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        labels = session.data.labels
        # Real images of the digits that the state's fixed latents ask for: 0 to 9, and again.
        rows = [(labels == i % DIGITS).nonzero()[i // DIGITS, 0] for i in range(SHOWN)]
        self._real = session.data.part(torch.stack(rows))
        self.progress = FloatProgress(min=0, max=1, layout=Layout(width="160px"))
        self.words, self.numbers = HTML(), HTML()
        self.verdicts, self.curves = Image(format="png"), Image(format="png")
        # Together less than a tenth of the time, and fewer than ten messages a second.
        self._parts = [
            Paced(draw, share=0.03) for draw in (self.say, self.draw_verdicts, self.draw_curves)
        ]

    def draw_what_is_due(self, state: State) -> None:
        """After a step: draw each part whose last drawing is long enough ago."""
        for paced in self._parts:
            paced(state)

    def draw(self, state: State) -> None:
        """Draw everything now."""
        for paced in self._parts:
            paced.draw(state)

    def say(self, state: State) -> None:
        """The session's status, and the figures of the state's last step."""
        session, present = self.session, state is self.session.state
        words = session.note or WORDS.get(session.status, "")
        if session.error is not None:
            who = "Failed." if session.status == "failed" else "A view of this training has failed:"
            words = f"<b>{who}</b> {session.error}"
        self.words.value = f"<span role='status'>{words}</span>"
        self.progress.value = session.state.progress
        if state.record is None:
            self.numbers.value = f"step <b>{state.step:,}</b>"
            return
        running = present and session.status == "running"
        left = f", {session.seconds_left:.0f} s left" if running else ""
        self.numbers.value = ("" if present else "<b>The past:</b> ") + _figures(state.record, left)

    def draw_verdicts(self, state: State) -> None:
        """Eighteen real and eighteen generated images, with the verdict on each."""
        x_real, labels = self._real.images, self._real.labels
        x_fake = state.sample(state.fixed_latent[:SHOWN])
        logits = confidence.verdicts(state.recipe, state.discriminator, x_real, x_fake, labels)
        self.verdicts.value = verdict_pictures.bars(x_real, x_fake, *logits, width=460).png

    def draw_curves(self, _: State) -> None:
        """Losses, accuracies and confidence up to now, and of the course that was left."""
        history, left = list(self.session.history), self.session.left
        self.curves.layout.display = None if history else "none"
        if history:
            self.curves.value = plots.tall_curves(history, left).picture().png

    def picture(self, state: State) -> Picture:
        """Verdicts and curves side by side, as a picture for where no kernel runs."""
        self.draw_verdicts(state)
        self.draw_curves(state)
        pngs = [widget.value for widget in (self.verdicts, self.curves) if widget.value]
        sheet = side_by_side(*(Picture(png, "").image() for png in pngs))
        alt = (
            f"The dashboard at step {state.step:,}: the discriminator's verdicts, and three curves"
        )
        return Picture(to_png(sheet), alt)


def _figures(record: Record, left: str) -> str:
    return (
        f"step <b>{record.step:,}</b>, {record.seconds:.1f} s, "
        f"{record.images_per_second:,.0f} images/s{left}. Loss of D "
        f"{record.loss_discriminator:.2f}, of G {record.loss_generator:.2f}. D is right about "
        f"{record.accuracy_real:.0%} of the real and {record.accuracy_fake:.0%} of the "
        f"generated images of the batch. D(x) {record.confidence_real:.2f}, "
        f"D(G(z)) {record.confidence_fake:.2f}."
    )
