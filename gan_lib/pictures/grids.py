"""Tensors of images → grids → PNG, without matplotlib: fast enough to follow a slider."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.utils import make_grid

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


def to_uint8(images: Tensor) -> np.ndarray:
    """Images (N, 1, 28, 28) in [-1, 1] → grey levels (N, 28, 28) in 0..255, rounded."""
    levels = ((images.detach().float().cpu() + 1) * 127.5).round().clamp(0, 255)
    return levels.to(torch.uint8).squeeze(1).numpy()


def grid(images: Tensor, columns: int | None = None, scale: int = 1, gap: int = 2) -> Image.Image:
    """Images (N, 1, 28, 28) in [-1, 1] side by side, row by row, on a mid-grey ground.

    `columns` is the square root of N unless named. Each pixel becomes `scale` x `scale` of them.
    Raises `ValueError` for an empty batch.
    """
    if len(images) == 0:
        raise ValueError("there is no image to show")
    columns = columns or math.ceil(math.sqrt(len(images)))
    levels = torch.from_numpy(to_uint8(images)).unsqueeze(1)
    sheet = make_grid(levels, nrow=columns, padding=gap, pad_value=96)[0]
    picture = Image.fromarray(sheet.numpy())
    return picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)


def side_by_side(*pictures: Image.Image, gap: int = 0) -> Image.Image:
    """Pictures of one mode from left to right, their tops level, on a white ground."""
    width = sum(picture.width for picture in pictures) + gap * (len(pictures) - 1)
    height = max(picture.height for picture in pictures)
    sheet, left = Image.new(pictures[0].mode, (width, height), "white"), 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        left += picture.width + gap
    return sheet


def to_png(picture: Image.Image) -> bytes:
    """The bytes of a PNG file."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def to_gif(pictures: Sequence[Image.Image], milliseconds: int = 80) -> bytes:
    """The bytes of an animated GIF that plays the grey `pictures` for ever."""
    buffer, (first, *others) = io.BytesIO(), pictures
    first.save(buffer, "GIF", save_all=True, append_images=others, duration=milliseconds, loop=0)
    return buffer.getvalue()


def like_mnist(drawing: np.ndarray) -> Tensor:
    """A drawing, grey levels (H, W) in 0..255, white on black → an image (1, 1, 28, 28) in [-1, 1].

    As MNIST's makers treated their digits: the ink is scaled to fit a square of 20 x 20 pixels, and
    its centre of mass is put in the middle. So a digit of MNIST comes back as it was. Without ink,
    the image is black. LeCun et al., "Gradient-Based Learning Applied to Document Recognition",
    1998.
    """
    canvas = np.zeros((28, 28), np.uint8)
    picture = Image.fromarray(drawing)
    if box := picture.getbbox():
        picture = picture.crop(box)
        scale = 20 / max(picture.size)
        size = [max(1, round(scale * side)) for side in picture.size]
        ink = np.asarray(picture.resize(size, Image.Resampling.BOX))
        height, width = ink.shape
        down, across = np.indices(ink.shape)
        top = np.clip(round(14 - np.average(down, weights=ink)), 0, 28 - height)
        left = np.clip(round(14 - np.average(across, weights=ink)), 0, 28 - width)
        canvas[top : top + height, left : left + width] = ink
    return torch.from_numpy(canvas).float().div(127.5).sub(1).view(1, 1, 28, 28)


def grid_picture(images: Tensor, alt: str, columns: int | None = None, scale: int = 2) -> Picture:
    """`grid` as a `Picture`, for a notebook."""
    return Picture(to_png(grid(images, columns, scale)), alt)
