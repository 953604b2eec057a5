"""Interactive parts: ipywidgets put together from data, pictures and trainings.

A picture that follows a control is one `Image` widget whose bytes are replaced: that takes a
millisecond, while drawing the cell's output anew takes many and flickers. Each picture has a
caption in words beside it, for those who cannot see it.
"""

import time
from collections.abc import Callable, Sequence

import torch
from ipywidgets import HTML, HBox, Image, IntSlider, Play, ToggleButtons, jslink

from gan_lib.belief.confidence import Moment, shares_right
from gan_lib.data import ImageSet
from gan_lib.pictures import grids, plots, verdict_pictures
from gan_lib.pictures.belief_plots import Timeline
from gan_lib.state import Record, State
from gan_lib.widgets.panel import Panel


class Paced:
    """Draws only now and then: at most a `share` of the time, and with `least` seconds of rest.

    So a view of a training costs the same share on a machine of any speed.
    """

    def __init__(self, draw: Callable[..., None], share: float, least: float = 0.5) -> None:
        self.draw, self.share, self.least, self._due = draw, share, least, 0.0

    def __call__(self, *args: object) -> None:
        """Draw, if the last drawing is long enough ago."""
        started = time.monotonic()
        if started >= self._due:
            self.draw(*args)
            ended = time.monotonic()
            self._due = ended + max(self.least, (ended - started) * (1 / self.share - 1))


def digit_browser(data: ImageSet, per_page: int = 40) -> Panel:
    """Buttons for the ten classes and a slider through the pages of each. Notebook 01."""
    classes = ToggleButtons(
        options=[(name, index) for index, name in enumerate(data.classes)],
        style={"button_width": "auto"},
        tooltips=[f"show the class {name}" for name in data.classes],
    )
    page = IntSlider(min=1, max=1, description="page", layout={"width": "460px"})
    picture = Image(format="png", width=604, height=304)
    caption = HTML()

    def turn(_: object = None) -> None:
        found = (data.labels == classes.value).nonzero().squeeze(1)
        page.max = -(-len(found) // per_page)
        start = (page.value - 1) * per_page
        part = data.images[found[start : start + per_page]]
        blank = torch.full((per_page - len(part), 1, 28, 28), -1.0)
        sheet = grids.grid(torch.cat([part, blank]), columns=10, scale=2)
        picture.value = grids.to_png(sheet)
        caption.value = (
            f"class <b>{data.classes[classes.value]}</b>, images {start + 1:,} to "
            f"{start + len(part):,} of {len(found):,}"
        )

    def choose(_: object) -> None:
        page.value = 1
        turn()

    classes.observe(choose, names="value")
    page.observe(turn, names="value")
    turn()
    return Panel([classes, page, picture, caption], ["A page of images of one class"])


class TrainingView(Panel):
    """A training to watch: digits of the same latents, curves, and the figures in words.

        view = TrainingView()
        display(view)
        for state in train(QUICK, data, seconds=60):
            view.update(state)

    The two pictures take at most a tenth of the time, and are drawn from a copy of the generator,
    so that they do not disturb the training. `history` keeps every record. Notebook 04; to hold the
    training as well, see `dashboard`.
    """

    def __init__(self) -> None:
        self.history: list[Record] = []
        self.samples = Image(format="png", width=304, height=304)
        self.curves = Image(format="png", width=640)
        self.caption = HTML("Waiting for the first step …")
        self._paced = [Paced(draw, share=0.05) for draw in (self._draw_samples, self._draw_curves)]
        pictures = HBox([self.samples, self.curves], layout={"flex_flow": "row wrap"})
        names = "A hundred generated digits", "Curves of losses and accuracies"
        super().__init__([self.caption, pictures], names)

    def update(self, state: State) -> None:
        """Take note of the state's record, and draw what is due."""
        self.history.append(state.record)
        for paced in self._paced:
            paced(state)

    def draw(self, state: State) -> None:
        """Draw everything now: once more at the end of a training, say."""
        for paced in self._paced:
            paced.draw(state)

    def _draw_samples(self, state: State) -> None:
        record = self.history[-1]
        self.samples.value = grids.to_png(grids.grid(state.sample(), columns=10))
        self.caption.value = (
            f"step <b>{record.step:,}</b>, {record.seconds:.0f} s of training, "
            f"{record.images_per_second:,.0f} images/s. The discriminator is right on "
            f"{record.accuracy_real:.0%} of the real and {record.accuracy_fake:.0%} of the "
            "generated images of this step."
        )

    def _draw_curves(self, state: State) -> None:
        self.curves.value = plots.losses_and_accuracies(self.history).picture().png


class ConfidenceScrubber(Panel):
    """A slider through the moments of a training: verdicts, histogram and curves move together.

    The pictures are drawn when they are asked for; at two cores that takes 40 ms. Notebook 04.
    """

    def __init__(self, moments: Sequence[Moment], history: Sequence[Record]) -> None:
        self.moments, self.timeline = moments, Timeline(moments, history)
        last = len(moments) - 1
        self.slider = IntSlider(
            value=last, max=last, description="moment", readout=False, layout={"width": "420px"}
        )
        # At its end a Play button only starts if it may begin again.
        play = Play(value=last, max=last, interval=700, repeat=True, show_repeat=False)
        jslink((play, "value"), (self.slider, "value"))
        self.caption = HTML()
        self.verdicts = Image(format="png")
        self.curves = Image(format="png")
        pictures = HBox(
            [self.verdicts, self.curves],
            layout={"flex_flow": "row wrap", "align_items": "flex-start"},
        )
        self.slider.observe(self._show, names="value")
        names = "The discriminator's verdicts", "Curves of confidence, accuracies, losses"
        super().__init__([HBox([play, self.slider, self.caption]), pictures], names)
        self._show()

    def _show(self, _: object = None) -> None:
        moment = self.moments[self.slider.value]
        shown = [v[:18] for v in (moment.x_real, moment.x_fake, moment.logits_real)]
        picture = verdict_pictures.bars(*shown, moment.logits_fake[:18], width=460)
        self.verdicts.value = picture.png
        self.curves.value = self.timeline.at(self.slider.value).png
        right = shares_right(moment.logits_real, moment.logits_fake)
        self.caption.value = (
            f"step <b>{moment.step:,}</b>. Of {len(moment.logits_real)} images each, D is right "
            f"about {right[0]:.0%} of the real and {right[1]:.0%} of the generated."
        )


class Flipbook(Panel):
    """Pictures of equal size to play, stop and leaf through. Notebook 05."""

    def __init__(self, pictures: Sequence[bytes], name: str, interval: int = 100) -> None:
        last = len(pictures) - 1
        play = Play(max=last, interval=interval, repeat=True, show_repeat=False)
        self.slider = IntSlider(max=last, description=name, layout={"width": "420px"})
        jslink((play, "value"), (self.slider, "value"))
        self.picture = Image(format="png", value=pictures[0])

        def turn(_: object) -> None:
            self.picture.value = pictures[self.slider.value]

        self.slider.observe(turn, names="value")
        super().__init__([HBox([play, self.slider]), self.picture], [f"One picture of the {name}"])
