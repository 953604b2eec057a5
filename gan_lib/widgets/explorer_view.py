"""What the explorer is made of: sliders over strips of images, and the discriminator's word."""

from collections.abc import Sequence

import torch
from ipywidgets import FloatSlider, Image, Layout, ToggleButtons, VBox, Widget
from torch import Tensor

from gan_lib.latents.viewpoint import Viewpoint
from gan_lib.pair import Pair
from gan_lib.pictures import grids
from gan_lib.pictures.grids import FAKE, REAL, Picture
from gan_lib.sources.imageset import Shape
from gan_lib.widgets.cluster_choice import ClusterChoice

STEP = 0.1  # of a slider
REACH = 3.0  # how far a slider goes to either side; of 1,000 normal numbers, 997 are within 3
STRIP = torch.linspace(-REACH, REACH, 7)  # positions that the strip shows
TILE = 56  # longest side of an image in a strip, in pixels of its PNG
# On the page, in pixels: the slider's way from one image to the next, where it begins, and what of
# the slider's width is not its way; and the height of a strip, so that six fit a laptop's screen.
APART, BEGIN, BESIDE, HEIGHT = 45, 108, 186, 48


class SliderWithStrip(VBox):
    """`slider`, and under it images of one shape, each where the handle stands to get it."""

    def __init__(self, shape: Shape) -> None:
        _, height, width = shape
        self._scale = max(1, TILE // max(height, width))
        width, gap = width * self._scale, 2 * self._scale
        shrink = min(APART / (width + gap), HEIGHT / (height * self._scale + 2 * gap))
        self.slider = FloatSlider(
            min=-REACH, max=REACH, step=STEP, readout_format=".1f",
            layout=Layout(width=f"{APART * (len(STRIP) - 1) + BESIDE}px", margin="0 2px"),
            style={"description_width": "90px"},
        )  # fmt: skip
        left = BEGIN - shrink * (gap + width / 2)
        self.strip = Image(
            format="png",
            width=round(shrink * (len(STRIP) * (width + gap) + gap)),
            layout=Layout(margin=f"0 0 2px {left:.0f}px"),
        )
        self.strip.add_class("gan-smooth")
        super().__init__([self.slider, self.strip])

    def show(self, x: Tensor) -> None:
        """Put images (7, C, H, W) in [-1, 1] into the strip."""
        self.strip.value = grids.to_png(grids.grid(x, len(STRIP), self._scale))


def in_words(verdict: tuple[float, float] | None, width: int) -> str:
    """What `Viewpoint.verdict` says, with a bar, `width` pixels wide, from a half to it."""
    if verdict is None:
        return "This discriminator judges whole batches,<br>and has no opinion of one image."
    confidence, rank = verdict
    word, colour = ("real", REAL) if confidence > 0.5 else ("generated", FAKE)
    low, high = sorted((50, 100 * confidence))
    return (
        f"D's confidence that it is real: <b>{confidence:.0%}</b>, so “{word}”"
        f'<div style="position:relative;width:{width}px;height:12px;background:#D9D9D9">'
        f'<div style="position:absolute;left:{low:.1f}%;width:{high - low:.1f}%;height:100%;'
        f'background:{colour}"></div><div style="position:absolute;left:50%;width:1px;'
        'height:100%;background:#222222"></div></div>'
        f"more real to D than {rank:.0%} of what G makes"
    )


def word_for(pair: Pair) -> str:
    """What an image of the pair is called: classes whose names are digits are of digits."""
    digits = pair.classes and all(name.isdigit() for name in pair.classes)
    return "digit" if digits else "image"


def class_choice(pair: Pair, label: int, word: str) -> tuple[Widget, Widget]:
    """What has the number of the class as its `value`, and all that is to be shown to choose it."""
    if pair.kind.clusters is None or not pair.latent_has_class:
        return (buttons := class_buttons(pair, label, word)), buttons
    where = ", for each colour the same" if pair.kind.at_once > 1 else ""
    choice = ClusterChoice(pair.kind.clusters, label, where)
    return choice.control, choice


def class_buttons(pair: Pair, label: int, word: str) -> ToggleButtons:
    """A button for each class, that of `label` pressed; hidden where none can be asked for."""
    buttons = ToggleButtons(
        options=[(name, index) for index, name in enumerate(pair.classes)] or [("", 0)],
        value=label,
        tooltips=[f"{word} {name}" for name in pair.classes],
        style={"button_width": "auto"},
    )
    buttons.layout.display = None if pair.latent_has_class else "none"
    return buttons


def sheet(here: Viewpoint, sliders: Sequence[FloatSlider], word: str) -> Picture:
    """The image where one stands, beside what each slider would make of it, all with names."""
    x, strips = here.images(), here.scans(STRIP)
    verdict = here.verdict(x)
    rows = grids.grid(torch.cat(strips), len(STRIP), scale=max(1, TILE // max(x.shape[2:])))
    large = grids.grid(x, scale=max(1, rows.height // x.shape[2]), gap=0)
    said = "" if verdict is None else f"D: {verdict[0]:.0%} real"
    names = [slider.description for slider in sliders]
    rows = grids.named(rows, [f"{position:g}" for position in STRIP.tolist()], names)
    large = grids.named(large, [said])
    alt = (
        f"A generated {word}, large, beside {len(strips)} rows of {len(STRIP)}: "
        "what each slider does"
    )
    return Picture(grids.to_png(grids.side_by_side(large, rows, gap=12)), alt)
