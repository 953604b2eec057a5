"""Leafing through images, class by class. Notebook "Data"."""

import html

import torch
from ipywidgets import HTML, Image, IntSlider, Layout, ToggleButtons

from gan_lib.pictures import grids
from gan_lib.pictures.grids import Picture
from gan_lib.sources.imageset import ImageSet
from gan_lib.widgets.panel import Panel, when

COLUMNS = 10


class DigitBrowser(Panel):
    """A button for each class that has an image, and a slider through its pages.

    Where nobody has labelled the images, there are no buttons, and the pages show all of them.
    """

    def __init__(self, data: ImageSet, per_page: int = 40) -> None:
        self.data, self.per_page = data, per_page
        here = [] if data.labels is None else data.labels.unique().tolist()
        names = [(data.classes[label], label) for label in here]
        self.classes = ToggleButtons(
            options=names,
            style={"button_width": "auto"},
            tooltips=[f"show the class {name}" for name, _ in names],
        )
        self.picture, self.caption = Image(format="png"), HTML()
        when(self.classes, lambda _: self._begin())
        super().__init__([], ["A page of images of one class"])
        self._last = self.children
        self._begin()

    def shown(self) -> Picture:
        """The page that is shown, as a picture for where no kernel runs."""
        title = f"of the class {self.classes.label}" if self.classes.options else "of all kinds"
        return Picture(bytes(self.picture.value), f"Images {title} in rows of {COLUMNS}")

    def _begin(self) -> None:
        """The first page of the chosen class, with a slider of its own.

        (One whose range changes still goes to its old end when End is pressed.)
        """
        if self.classes.options:
            self._rows = (self.data.labels == self.classes.value).nonzero().squeeze(1)
        else:
            self._rows = torch.arange(len(self.data))
        pages = max(1, -(-len(self._rows) // self.per_page))
        width = Layout(width="460px")
        self.page = IntSlider(min=1, max=pages, description="page", layout=width)
        when(self.page, lambda _: self._turn())
        buttons = [self.classes] if self.classes.options else []
        self.children = [*buttons, self.page, self.picture, self.caption, *self._last]
        self._turn()

    def _turn(self) -> None:
        start = (self.page.value - 1) * self.per_page
        part = self.data.images[self._rows[start : start + self.per_page]]
        # Black ones fill the last page, so that all pages are of one size.
        blank = part.new_zeros(self.per_page - len(part), *self.data.shape)
        scale = max(1, 56 // max(self.data.shape[1:]))
        self.picture.value = grids.to_png(grids.grid(torch.cat([part, blank]), COLUMNS, scale))
        title = ""
        if self.classes.options:
            title = f"class <b>{html.escape(self.classes.label)}</b>, "
        self.caption.value = (
            f"{title}images {start + 1:,} to {start + len(part):,} of {len(self._rows):,}"
        )
