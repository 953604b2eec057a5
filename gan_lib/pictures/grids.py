"""Tensors of images → grids → PNG, without matplotlib: fast enough to follow a slider."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torchvision.utils import make_grid

from gan_lib.sources.imageset import Shape, to_float, to_levels

REAL, FAKE = "#009E73", "#D55E00"  # told apart with any colour vision (Okabe & Ito, 2008)


@dataclass(frozen=True)
class Picture:
    """A PNG with its alternative text. As the last line of a cell, it shows itself."""

    png: bytes
    alt: str

    def image(self) -> Image.Image:
        """The picture as pixels, to put together with others."""
        return Image.open(io.BytesIO(self.png)).convert("RGB")

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        return {"image/png": self.png, "text/plain": self.alt}, {"image/png": {"alt": self.alt}}


def pixels(images: Tensor) -> np.ndarray:
    """Images → levels 0 to 255 as files and matplotlib take them: (N, H, W), or (N, H, W, 3).

    `images` are (N, C, H, W), floats in [-1, 1] or the uint8 levels of an `ImageSet`; so with all
    functions here.
    """
    levels = _levels(images)
    return (levels[:, 0] if levels.shape[1] == 1 else levels.permute(0, 2, 3, 1)).numpy()


def grid(images: Tensor, columns: int | None = None, scale: int = 1, gap: int = 2) -> Image.Image:
    """Images (N, C, H, W) side by side, row by row, on a mid-grey ground; in colour if they are.

    `columns` is the square root of N unless named. Each pixel becomes `scale` x `scale` of them.
    Raises `ValueError` for an empty batch.
    """
    if len(images) == 0:
        raise ValueError("there is no image to show")
    levels = _levels(images)
    columns = columns or math.ceil(math.sqrt(len(images)))
    sheet = make_grid(levels, nrow=columns, padding=gap, pad_value=96)  # always in three channels
    picture = Image.fromarray(pixels(sheet[None, : levels.shape[1]])[0])
    return picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)


def _levels(images: Tensor) -> Tensor:
    return images.cpu() if images.dtype == torch.uint8 else to_levels(images)


def side_by_side(*pictures: Image.Image, gap: int = 0) -> Image.Image:
    """Pictures of one mode from left to right, their tops level, on a white ground."""
    width = sum(picture.width for picture in pictures) + gap * (len(pictures) - 1)
    height = max(picture.height for picture in pictures)
    sheet, left = Image.new(pictures[0].mode, (width, height), "white"), 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        left += picture.width + gap
    return sheet


def named(sheet: Image.Image, columns: Sequence[str], rows: Sequence[str] = ()) -> Image.Image:
    """A sheet of equal columns and rows, in RGB, with a name above each and before each."""
    font, ink, top = ImageFont.load_default(13), "#222222", 20
    left = 8 + math.ceil(max(map(font.getlength, rows))) if rows else 0
    whole = Image.new("RGB", (left + sheet.width, top + sheet.height), "white")
    whole.paste(sheet, (left, top))
    draw = ImageDraw.Draw(whole)
    for i, name in enumerate(columns):
        x = left + (i + 0.5) * sheet.width / len(columns)
        draw.text((x, top / 2), name, ink, font, anchor="mm")
    for i, name in enumerate(rows):
        draw.text((left - 6, top + (i + 0.5) * sheet.height / len(rows)), name, ink, font, "rm")
    return whole


def to_png(picture: Image.Image, quickly: bool = False) -> bytes:
    """The bytes of a PNG file; `quickly`, in a third of the time, for a third more of them."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", compress_level=1 if quickly else 6)
    return buffer.getvalue()


def to_gif(pictures: Sequence[Image.Image], milliseconds: int = 80) -> bytes:
    """The bytes of an animated GIF that plays `pictures` for ever."""
    buffer, (first, *others) = io.BytesIO(), pictures
    first.save(buffer, "GIF", save_all=True, append_images=others, duration=milliseconds, loop=0)
    return buffer.getvalue()


def from_drawing(drawing: np.ndarray, shape: Shape = (1, 28, 28)) -> Tensor:
    """A drawing, grey levels (H, W) in 0..255, white on black → an image (1, *shape) in [-1, 1].

    As MNIST's makers treated their digits: the ink is scaled to fit a square of 20 pixels of 28,
    and its centre of mass is put in the middle. So a digit of MNIST comes back as it was. Without
    ink, the image is black. LeCun et al., "Gradient-Based Learning Applied to Document
    Recognition", 1998.
    """
    canvas = np.zeros(shape[1:], np.uint8)
    picture = Image.fromarray(drawing)
    if box := picture.getbbox():
        picture = picture.crop(box)
        scale = round(min(canvas.shape) * 20 / 28) / max(picture.size)
        size = [max(1, round(scale * side)) for side in picture.size]
        ink = np.asarray(picture.resize(size, Image.Resampling.BOX))
        down, across = (np.average(at, weights=ink) for at in np.indices(ink.shape))
        (whole_height, whole_width), (height, width) = canvas.shape, ink.shape
        top = np.clip(round(whole_height / 2 - down), 0, whole_height - height)
        left = np.clip(round(whole_width / 2 - across), 0, whole_width - width)
        canvas[top : top + height, left : left + width] = ink
    return to_float(torch.from_numpy(canvas)).expand(1, *shape)


def grid_picture(
    images: Tensor, alt: str, columns: int | None = None, scale: int | None = None
) -> Picture:
    """`grid` as a `Picture`, for a notebook; without `scale`, images are about 56 pixels high."""
    scale = scale or max(1, round(56 / images.shape[2]))
    return Picture(to_png(grid(images, columns, scale)), alt)
