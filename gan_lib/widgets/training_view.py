"""A training to watch, where a cell's own loop trains."""

from ipywidgets import HTML, HBox, Image, Layout

from gan_lib.pictures import grids, training_plots
from gan_lib.state import Record, State
from gan_lib.widgets.paced import Paced
from gan_lib.widgets.panel import Panel


class TrainingView(Panel):
    """A training to watch: images of the same latents, curves, and the figures in words.

        view = TrainingView()
        display(view)
        for state in train(new_state(QUICK, mnist), mnist, Length(seconds=60)):
            view.update(state)

    The two pictures take at most a tenth of the time, and are drawn from a copy of the generator,
    so that they do not disturb the training. `history` keeps every record. Notebook "What the
    discriminator believes"; to hold the training as well, see `dashboard`.
    """

    def __init__(self) -> None:
        self.history: list[Record] = []
        self.samples, self.curves = Image(format="png"), Image(format="png", width=560)
        self.caption = HTML("Waiting for the first step …")
        self._paced = [Paced(draw, share=0.05) for draw in (self._draw_samples, self._draw_curves)]
        pictures = HBox([self.samples, self.curves], layout=Layout(flex_flow="row wrap"))
        names = "A hundred generated images", "Curves of losses and accuracies"
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
        self.samples.value = grids.to_png(grids.grid(state.fixed_images(), columns=10))
        self.caption.value = (
            f"step <b>{record.step:,}</b>, {record.seconds:.0f} s of training, "
            f"{record.images_per_second:,.0f} images/s. The discriminator is right on "
            f"{record.accuracy_real:.0%} of the real and {record.accuracy_fake:.0%} of the "
            "generated images of this step."
        )

    def _draw_curves(self, state: State) -> None:
        self.curves.value = training_plots.losses_and_accuracies(self.history).picture().png
