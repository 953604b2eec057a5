"""Pictures to leaf through. Notebook "The latent space"."""

from collections.abc import Sequence

from ipywidgets import HBox, Image, IntSlider, Layout

from gan_lib.widgets.paced import PlayButton
from gan_lib.widgets.panel import Panel, when


class Flipbook(Panel):
    """Pictures of equal size, as PNGs, to play, stop and leaf through. `name`: what one is."""

    def __init__(self, pictures: Sequence[bytes], name: str, interval: int = 100) -> None:
        width = Layout(width="420px")
        self.slider = IntSlider(max=len(pictures) - 1, description=name, layout=width)
        self.play = PlayButton(self.slider, interval)
        self.picture = Image(format="png", value=pictures[0])
        when(self.slider, lambda number: setattr(self.picture, "value", pictures[number]))
        super().__init__(
            [HBox([self.play, self.slider]), self.picture], [f"One picture of the {name}"]
        )
