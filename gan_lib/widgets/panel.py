"""What ipywidgets lacks, and a browser has: names for screen readers, a clipboard, a canvas.

Each class here is the Python half of a small program in the folder `browser`, which anywidget
carries into the page. Nothing is fetched from a network.
"""

from collections.abc import Sequence
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from ipywidgets import VBox, Widget

BROWSER = Path(__file__).parent / "browser"
PAD = 112  # pixels of the drawing pad each way, as in drawing_pad.js


class Names(anywidget.AnyWidget):
    """Invisible. Names the sliders and pictures of the `Panel` around it; see names.js."""

    _esm = BROWSER / "names.js"
    _css = BROWSER / "panel.css"
    pictures = traitlets.List(traitlets.Unicode()).tag(sync=True)  # in the order of the page


class Panel(VBox):
    """A box whose sliders and pictures have names that a screen reader can say.

    A slider is called by its `description`; `pictures` names the pictures, in the order of the
    page. (ipywidgets cannot: its `Image` has no alternative text, and breaks if given a tooltip.)
    """

    def __init__(self, children: list[Widget], pictures: Sequence[str] = ()) -> None:
        self.names = Names(pictures=list(pictures))
        super().__init__([*children, self.names])
        self.add_class("gan-panel")


def by_hand(position: float, given: float, step: float) -> bool:
    """Whether a slider that was given the position `given` has been moved since.

    The browser rounds what it is given to a whole step, and sends that back as if a hand had moved
    it. Only half a step or more is a move.
    """
    return abs(position - given) > step / 2


class TakeAway(anywidget.AnyWidget):
    """Two buttons: "copy this z" puts `text` on the clipboard, "save as PNG" saves `png`."""

    _esm = BROWSER / "take_away.js"
    text = traitlets.Unicode().tag(sync=True)
    png = traitlets.Bytes().tag(sync=True)
    file = traitlets.Unicode("digit.png").tag(sync=True)


class DrawingPad(anywidget.AnyWidget):
    """A black canvas to draw on in white, with a mouse, a finger or the keys.

    `drawing` are its grey levels; setting them shows a picture to go on from.
    """

    _esm = BROWSER / "drawing_pad.js"
    # PAD x PAD grey levels, or nothing: black. From the browser comes a view of memory, not bytes.
    pixels = traitlets.Bytes().tag(sync=True, from_json=lambda value, _: bytes(value))

    @property
    def drawing(self) -> np.ndarray:
        """Grey levels (112, 112) in 0..255."""
        grey = np.frombuffer(self.pixels or bytes(PAD * PAD), np.uint8)
        return grey.reshape(PAD, PAD)

    @drawing.setter
    def drawing(self, grey: np.ndarray) -> None:
        self.pixels = np.ascontiguousarray(grey, np.uint8).tobytes()
