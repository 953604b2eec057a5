"""Pictures of your own without a camera: draw symbols, and each is kept as a file.

Notebook "Your own images". What it fills is a folder of pictures like any other: a folder for each
class, which `data.load` reads.
"""

import html
import re
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from ipywidgets import HTML, Button, Combobox, HBox, Image, Layout, VBox
from PIL import Image as Pillow

from gan_lib.keeping.files import write_atomically
from gan_lib.pictures import grids
from gan_lib.pictures.grids import Picture
from gan_lib.sources.folders import LEAST
from gan_lib.widgets.panel import Panel, when
from gan_lib.widgets.parts import DrawingPad

NAME = r"[^\W_][\w -]{0,30}"  # what every system takes as the name of a folder
COLUMNS, ROWS = 12, 4  # of the sheet, at most: the newest drawings
SIDE = 28  # pixels of a drawing, treated as MNIST's makers treated their digits


class SymbolMaker(Panel):
    """A canvas, and a sheet of what has been drawn on it and kept in the folder `folder`.

    "Keep" writes FOLDER/CLASS/NUMBER.png and clears the canvas; "Take back" removes the newest
    file again. What lies in the folder already is shown, and stays.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder, self.pad = Path(folder), DrawingPad()
        self.name = Combobox(
            description="what it is", placeholder="star", layout=Layout(width="260px")
        )
        self.keep = Button(description="Keep", icon="check", tooltip="write it to a file")
        self.back = Button(
            description="Take back", icon="undo", tooltip="remove the newest drawing of the folder"
        )
        self.clear = Button(description="Clear", icon="eraser", tooltip="wipe the canvas")
        self.sheet, self.words = Image(format="png"), HTML()
        when(self.keep, self._keep)
        when(self.back, self._take_back)
        when(self.clear, self._wipe)
        super().__init__(self._arranged(), ["The drawings that were kept, the newest last"])
        self._show()

    @property
    def files(self) -> list[Path]:
        """The drawings that are kept, the oldest first."""
        return sorted(self.folder.glob("*/*.png"), key=lambda path: (path.stat().st_mtime_ns, path))

    def shown(self) -> Picture:
        """The sheet as a picture, for where no kernel runs."""
        return Picture(bytes(self.sheet.value), f"A sheet of {len(self.files)} drawings")

    def _arranged(self) -> list:
        if not self.pad.shown:
            return [self.sheet, self.words]
        row = Layout(flex_flow="row wrap", grid_gap="20px")
        buttons = HBox([self.keep, self.back, self.clear])
        return [HBox([self.pad, VBox([self.name, buttons, self.sheet, self.words])], layout=row)]

    def _keep(self) -> None:
        name = self.name.value.strip()
        if not re.fullmatch(NAME, name) or name.lower() in ("train", "test"):
            return self._show("Say first what it is, in up to 31 letters, digits and spaces.")
        if not self.pad.drawing.any():
            return self._show("There is nothing on the canvas yet.")
        pixels = grids.pixels(grids.from_drawing(self.pad.drawing, (1, SIDE, SIDE)))[0]
        (place := self.folder / name).mkdir(parents=True, exist_ok=True)
        number = 1 + max((int(f.stem) for f in place.glob("*.png") if f.stem.isdigit()), default=0)
        write_atomically(place / f"{number:03}.png", grids.to_png(Pillow.fromarray(pixels)))
        self._wipe()
        self._show()

    def _take_back(self) -> None:
        if files := self.files:
            files[-1].unlink()
            if not any(files[-1].parent.iterdir()):
                files[-1].parent.rmdir()
        self._show()

    def _wipe(self) -> None:
        self.pad.pixels = b""

    def _show(self, words: str = "") -> None:
        files = self.files
        counts = Counter(path.parent.name for path in files)
        self.name.options = sorted(counts)
        newest = files[-COLUMNS * ROWS :]
        rows = max(1, -(-len(newest) // COLUMNS))
        sheet = torch.zeros(rows * COLUMNS, 1, SIDE, SIDE, dtype=torch.uint8)
        for place, path in enumerate(newest):
            with Pillow.open(path) as image:
                sheet[place, 0] = torch.from_numpy(
                    np.array(image.convert("L").resize((SIDE, SIDE)))
                )
        self.sheet.value = grids.to_png(grids.grid(sheet, COLUMNS))
        each = ", ".join(f"{html.escape(name)} {count}" for name, count in sorted(counts.items()))
        so_far = f"<b>{len(files)}</b> kept{': ' if files else ''}{each}."
        wanted = "" if len(files) >= LEAST else f" A training takes at least {LEAST}."
        self.words.value = f"{words} {so_far}{wanted}".strip()
