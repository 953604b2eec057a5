"""What ipywidgets lacks, and a browser has: names, a clipboard, a choice of pictures, a canvas.

Each class here is the Python half of a small program in the folder `browser`, which anywidget
carries into the page. Nothing is fetched from a network.
"""

from pathlib import Path

import numpy as np
import traitlets
from ipywidgets import DOMWidget

from gan_lib.widgets import front_end

try:
    from anywidget import AnyWidget
except ImportError:  # then no part is shown
    AnyWidget = DOMWidget

BROWSER = Path(__file__).parent / "browser"
PAD = 112  # pixels of the drawing pad each way, as in drawing_pad.js


class Part(AnyWidget):
    """A part of a page. Where the page cannot show it, it is only a place for its values."""

    @property
    def shown(self) -> list["Part"]:
        """The part itself, for a list of children; empty where the page could not show it."""
        return [] if front_end.missing() else [self]

    def open(self) -> None:
        """Tell the page of it, unless that would only bring an error there."""
        if self.shown:
            super().open()


class Names(Part):
    """Invisible. Names the sliders and pictures of the `Panel` around it; see names.js."""

    _esm = BROWSER / "names.js"
    pictures = traitlets.List(traitlets.Unicode()).tag(sync=True)  # in the order of the page


class TakeAway(Part):
    """Two buttons: "copy this z" puts `text` on the clipboard, "save as PNG" saves `png`."""

    _esm = BROWSER / "take_away.js"
    text = traitlets.Unicode().tag(sync=True)
    png = traitlets.Bytes().tag(sync=True)
    file = traitlets.Unicode("image.png").tag(sync=True)


class PictureChoice(Part):
    """A sheet of small pictures, row by row, of which one is chosen: with a click, or the keys.

    The browser draws the frame around it, so that a choice sends its number and no picture.
    """

    _esm = BROWSER / "picture_choice.js"
    png = traitlets.Bytes().tag(sync=True)  # all of the sheet, whose cells are of one size
    columns = traitlets.Int(1).tag(sync=True)
    count = traitlets.Int(1).tag(sync=True)
    name = traitlets.Unicode().tag(sync=True)  # what each of them is called, before its number
    value = traitlets.Int().tag(sync=True)  # the number of the chosen one


class DrawingPad(Part):
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
        """Put grey levels (112, 112) on the canvas."""
        self.pixels = np.ascontiguousarray(grey, np.uint8).tobytes()
