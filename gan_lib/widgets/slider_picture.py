"""A picture that follows sliders and choices. Notebook "The game in the plane"."""

from collections.abc import Callable

from ipywidgets import HBox, Image, Layout, Widget

from gan_lib.pictures.grids import Picture
from gan_lib.widgets.panel import Panel, when


class SliderPicture(Panel):
    """Draws anew whenever one of the `controls` is moved: `draw` gets their values, by name.

    SliderPicture(draw, "two densities", d=FloatSlider(2, min=0, max=10, description="d"))
    """

    def __init__(self, draw: Callable[..., Picture], name: str, **controls: Widget) -> None:
        self.draw, self.controls = draw, controls
        self.picture = Image(format="png")
        self.picture.add_class("gan-smooth")
        for control in controls.values():
            when(control, lambda _: self._follow())
        row = HBox(list(controls.values()), layout=Layout(flex_flow="row wrap"))
        super().__init__([row, self.picture], [name])
        self._follow()

    def shown(self) -> Picture:
        """The picture of now, for where no kernel runs."""
        return self.draw(**{name: control.value for name, control in self.controls.items()})

    def _follow(self) -> None:
        self.picture.value = self.shown().png
