"""A slider through what the discriminator believed. Notebook "What the discriminator believes"."""

from collections.abc import Sequence

from ipywidgets import HTML, HBox, Image, IntSlider, Layout

from gan_lib.belief.confidence import Moment, shares_right
from gan_lib.pictures import grids, verdict_pictures
from gan_lib.pictures.belief_plots import Timeline
from gan_lib.pictures.grids import Picture
from gan_lib.state import Record
from gan_lib.widgets.paced import PlayButton
from gan_lib.widgets.panel import Panel, when

SHOWN = 10  # images of each kind


class ConfidenceScrubber(Panel):
    """A slider through the moments of a training: verdicts, histogram and curves move together.

    The pictures are drawn when they are asked for; at two cores that takes 40 ms.
    """

    def __init__(self, moments: Sequence[Moment], history: Sequence[Record]) -> None:
        self.moments, self.timeline = moments, Timeline(moments, history)
        last = len(moments) - 1
        self.slider = IntSlider(
            value=last, max=last, description="moment", readout=False,
            layout=Layout(width="300px"),
        )  # fmt: skip
        self.play = PlayButton(self.slider, milliseconds=700)
        self.caption = HTML()
        # No higher than that of MNIST's digits is, so that the panel fits a laptop's screen.
        self.verdicts = Image(format="png", layout=Layout(max_height="474px"))
        self.verdicts.add_class("gan-smooth")
        self.curves = Image(format="png")
        pictures = HBox(
            [self.verdicts, self.curves],
            layout=Layout(flex_flow="row wrap", align_items="flex-start"),
        )
        when(self.slider, lambda _: self._show())
        names = "The discriminator's verdicts", "Curves of confidence, accuracies, losses"
        super().__init__([HBox([self.play, self.slider]), self.caption, pictures], names)
        self._show()

    def shown(self) -> Picture:
        """Both pictures side by side, for where no kernel runs."""
        pngs = Picture(self.verdicts.value, ""), Picture(self.curves.value, "")
        sheet = grids.side_by_side(*(picture.image() for picture in pngs))
        alt = f"{self.timeline.at(self.slider.value).alt} Beside it the discriminator's verdicts."
        return Picture(grids.to_png(sheet), alt)

    def _show(self) -> None:
        moment = self.moments[self.slider.value]
        sides = moment.x_real, moment.x_fake, moment.logits_real, moment.logits_fake
        picture = verdict_pictures.bars(*(side[:SHOWN] for side in sides), width=420)
        self.verdicts.value = picture.png
        self.curves.value = self.timeline.at(self.slider.value).png
        right = shares_right(moment.logits_real, moment.logits_fake)
        self.caption.value = (
            f"step <b>{moment.step:,}</b>. Of {len(moment.logits_real)} images each, D is right "
            f"about {right[0]:.0%} of the real and {right[1]:.0%} of the generated."
        )
