"""The discriminator's verdict on each image, as a picture: real ones above, generated ones below.

`marks` is the picture of the second program that the course grew from: a small mark in a corner.
`bars` says more: how sure D is, and whether it is right. Notebook
"What the discriminator believes" shows both.
"""

import math

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from gan_lib.pictures.grids import FAKE, REAL, Picture, pixels, to_png

Font = ImageFont.FreeTypeFont
INK, PALE, PAPER = "#222222", "#D9D9D9", "#FFFFFF"


def marks(x_real: Tensor, x_fake: Tensor, logits_real: Tensor, logits_fake: Tensor) -> Picture:
    """Each image with a small mark: a green disc where D says "real", an orange square where not.

    Images (N, C, H, W) as `grids.grid` takes them, and their logits (N,); a line parts the real
    from the generated half. Raises `ValueError` where images and logits differ in number.
    """
    columns, rows = _layout(x_real, x_fake, logits_real, logits_fake)
    gap, (scale, width, height) = 4, _size(x_real, 84)
    across, down = width + gap, height + gap  # from one image to the next
    sheet = Image.new("RGB", (columns * across + gap, 2 * rows * down + 3 * gap), "#606060")
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((0, rows * down + gap, sheet.width, rows * down + 2 * gap), fill=PAPER)
    for half, (x, logits) in enumerate(((x_real, logits_real), (x_fake, logits_fake))):
        for i, (image, logit) in enumerate(zip(pixels(x), logits.tolist())):
            left = gap + i % columns * across
            top = gap + (half * rows + i // columns) * down + 2 * gap * half
            sheet.paste(_enlarged(image, scale), (left, top))
            box = (left + 4, top + 4, left + 16, top + 16)
            # Each with an edge: an image may be green or orange.
            if logit > 0:
                draw.ellipse(box, fill=REAL, outline=PAPER)
            else:
                draw.rectangle(box, fill=FAKE, outline=PAPER)
    return Picture(to_png(sheet), _in_words("a mark in a corner", logits_real, logits_fake))


def bars(
    x_real: Tensor, x_fake: Tensor, logits_real: Tensor, logits_fake: Tensor, width: int = 780
) -> Picture:
    """Each image over D's confidence that it is real, as a bar and in per cent.

    The bar starts at ½, in the middle, and grows to the right for "real", to the left for
    "generated". A cross marks a wrong verdict. Generated images stand in dashed frames. For 8 to
    128 images of each kind, (N, C, H, W) as `grids.grid` takes them, and their logits (N,). The
    picture is about `width` pixels wide, and more where the images are many or large. Raises
    `ValueError` where images and logits differ in number.
    """
    columns, rows = _layout(x_real, x_fake, logits_real, logits_fake)
    head, edge, gap = 44, 10, 14
    scale, side, height = _size(x_real, min(140, max(56, width / columns - gap)))
    text = 10 + side // 14
    across, down = side + gap, height + 24 + text  # from one image to the next
    half_height = head + rows * down
    size = (max(400, columns * across) + 2 * edge, 2 * half_height + edge)  # 400: the headings
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    heading_font, font = ImageFont.load_default(22), ImageFont.load_default(text)
    halves = (("real", x_real, logits_real, REAL), ("generated", x_fake, logits_fake, FAKE))
    for half, (name, x, logits, colour) in enumerate(halves):
        top = half * half_height
        right = (logits > 0) == (name == "real")
        heading = f"{name}: D is right about {int(right.sum())} of {len(x)}"
        draw.text((edge + 6, top + head / 2), heading, colour, heading_font, anchor="lm")
        for i, (image, logit) in enumerate(zip(pixels(x), logits)):
            at = edge + 7 + i % columns * across, top + head + 4 + i // columns * down
            enlarged = _enlarged(image, scale)
            sheet.paste(enlarged, at)
            _frame(draw, at, enlarged.size, colour, dashed=name == "generated")
            below = at[0], at[1] + height + 7
            _confidence(draw, below, side, torch.sigmoid(logit).item(), bool(right[i]), font)
    return Picture(to_png(sheet), _in_words("a bar below", logits_real, logits_fake))


def _size(x: Tensor, wanted: float) -> tuple[int, int, int]:
    """How often a pixel is repeated, so that an image is about as wide as wanted; its two sides."""
    height, width = x.shape[2:]
    scale = max(1, round(wanted / max(height, width)))
    return scale, scale * width, scale * height


def _layout(x_real: Tensor, x_fake: Tensor, *logits: Tensor) -> tuple[int, int]:
    """Columns, and rows of each half: together about a square."""
    if not len(x_real) == len(x_fake) == len(logits[0]) == len(logits[1]) > 0:
        raise ValueError("as many images of each kind are needed, and as many logits")
    columns = math.ceil(math.sqrt(2 * len(x_real)))
    return columns, math.ceil(len(x_real) / columns)


def _in_words(how: str, logits_real: Tensor, logits_fake: Tensor) -> str:
    """The alternative text."""
    right_real, right_fake = int((logits_real > 0).sum()), int((logits_fake <= 0).sum())
    return (
        f"{len(logits_real)} real images over {len(logits_fake)} generated ones, each with the "
        f"discriminator's verdict as {how}. It is right about {right_real} of the real and "
        f"{right_fake} of the generated. Mean confidence that they are real: "
        f"{logits_real.sigmoid().mean():.0%} and {logits_fake.sigmoid().mean():.0%}."
    )


def _enlarged(image: np.ndarray, scale: int) -> Image.Image:
    return Image.fromarray(image.repeat(scale, 0).repeat(scale, 1))


def _cross(draw: ImageDraw.ImageDraw, box: tuple, colour: str, width: int) -> None:
    left, top, right, bottom = box
    draw.line((left, top, right, bottom), colour, width)
    draw.line((left, bottom, right, top), colour, width)


def _confidence(
    draw: ImageDraw.ImageDraw, at: tuple, length: int, confidence: float, right: bool, font: Font
) -> None:
    """A bar from a half to the confidence, below it the confidence in per cent, and a cross."""
    left, top = at
    middle, end = left + length / 2, left + length * confidence
    draw.rectangle((left, top, left + length - 1, top + 7), fill=PALE)
    colour = REAL if confidence > 0.5 else FAKE
    draw.rectangle((min(middle, end), top, max(middle, end), top + 7), fill=colour)
    draw.line((middle, top - 2, middle, top + 9), INK, 1)
    draw.text((left, top + 9), f"{100 * confidence:.0f} %", INK, font)
    if not right:
        cross = 0.6 * font.size
        x, y = left + length - cross - 2, top + 9 + 0.3 * font.size
        _cross(draw, (x, y, x + cross, y + cross), INK, width=2)


def _frame(
    draw: ImageDraw.ImageDraw, at: tuple, size: tuple[int, int], colour: str, dashed: bool
) -> None:
    left, top = at[0] - 3, at[1] - 3
    right, bottom = left + size[0] + 5, top + size[1] + 5
    step = 9
    length = step // 2 if dashed else step
    for x in range(left, right, step):
        for y in (top, bottom):
            draw.line((x, y, min(x + length, right), y), colour, 2)
    for y in range(top, bottom, step):
        for x in (left, right):
            draw.line((x, y, x, min(y + length, bottom)), colour, 2)
