"""A game in the plane as a picture, in time for ten a second. Notebook "The game in the plane"."""

from collections.abc import Collection

import numpy as np
import torch
from PIL import Image, ImageColor, ImageDraw
from torch import Tensor

from gan_lib.pictures.grids import FAKE, REAL, Picture, to_png
from gan_lib.plane.scene import PARTS, Scene

SIZE, FINE = 370, 2  # pixels each way; drawn so many times as fine, and then smoothed
PUSH, MOST = 0.1, 0.25  # of the view's half width: a push of 1, and the longest arrow
ARROWS = 60  # of so many points the push is drawn: more hide each other
TINT = 0.55  # how strongly D's map is coloured where D is sure
GREY = "#E4E4E4"  # D cannot tell


def picture(scene: Scene, parts: Collection[str] = PARTS, size: int = SIZE) -> Picture:
    """D's map with its ½ contour, real circles, generated crosses with their arrows, G's grid.

    `parts` names what is drawn, of `scene.PARTS`.
    """
    fine = size * FINE
    if "map" in parts:
        sheet = _map(scene.confidence, size).resize((fine, fine), Image.Resampling.BILINEAR)
    else:
        sheet = Image.new("RGB", (fine, fine), GREY)
    draw = ImageDraw.Draw(sheet)
    to_pixels = _Places(scene.reach, fine)
    if "warp" in parts:
        for line in to_pixels(scene.warp):
            draw.line([tuple(p) for p in line.tolist()], fill="#7A6A5A", width=1)
    if "real" in parts:
        for x, y in to_pixels(scene.real).tolist():
            draw.ellipse((x - 6, y - 6, x + 6, y + 6), fill=REAL, outline="white", width=2)
    fakes = to_pixels(scene.fake).tolist()
    if "push" in parts:
        _arrows(draw, fakes[:ARROWS], scene.push[:ARROWS], fine)
    if "fake" in parts:
        for x, y in fakes:
            for width, colour in ((6, "white"), (3, FAKE)):
                draw.line((x - 6, y - 6, x + 6, y + 6), fill=colour, width=width)
                draw.line((x - 6, y + 6, x + 6, y - 6), fill=colour, width=width)
    return Picture(to_png(sheet.reduce(FINE), quickly=True), _said(scene))


def _map(confidence: Tensor, size: int) -> Image.Image:
    """Generated … cannot tell (grey) … real, and a dark line where D says ½."""
    small = Image.fromarray(confidence.float().numpy(), mode="F")
    said = np.asarray(small.resize((size, size), Image.Resampling.BILINEAR))
    levels = PALETTE[(said * 255).round().astype(np.uint8)]
    above = said > 0.5
    edge = np.zeros_like(above)
    edge[:, 1:] |= above[:, 1:] != above[:, :-1]
    edge[1:] |= above[1:] != above[:-1]
    levels[edge] = 40
    return Image.fromarray(levels)


def _palette() -> np.ndarray:
    """The colour (256, 3) of each confidence, 0 to 255."""
    fake, grey, real = (np.array(ImageColor.getrgb(c), float) for c in (FAKE, GREY, REAL))
    sure = np.linspace(-1, 1, 256)[:, None]
    mixed = grey + TINT * np.abs(sure) * (np.where(sure < 0, fake, real) - grey)
    return mixed.round().astype(np.uint8)


PALETTE = _palette()


class _Places:
    """Points of the view → pixels of the sheet."""

    def __init__(self, reach: float, size: int) -> None:
        self.reach, self.size = reach, size

    def __call__(self, points: Tensor) -> Tensor:
        x, y = points.unbind(-1)
        unit = torch.stack([x / self.reach + 1, 1 - y / self.reach], dim=-1)
        return (unit * self.size / 2).nan_to_num().clamp(-self.size, 2 * self.size)


def _arrows(draw: ImageDraw.ImageDraw, fakes: list, push: Tensor, size: int) -> None:
    """From each point the way that its gradient pushes it, as long as the push is strong."""
    length = push.norm(dim=1, keepdim=True).clamp_min(1e-12)
    drawn = push / length * (PUSH * length).clamp(max=MOST) * size / 2
    for (x, y), (dx, dy) in zip(fakes, drawn.tolist()):
        dy, long = -dy, (dx * dx + dy * dy) ** 0.5
        if long < 4:
            continue
        head = min(12.0, 0.5 * long)
        ux, uy = dx / long * head, dy / long * head
        tip = (x + dx, y + dy)
        draw.line((x, y, *tip), fill="#222222", width=2)
        left = (tip[0] - ux - uy / 2, tip[1] - uy + ux / 2)
        right = (tip[0] - ux + uy / 2, tip[1] - uy - ux / 2)
        draw.polygon([tip, left, right], fill="#222222")


def _said(scene: Scene) -> str:
    inside = (scene.fake.abs() < scene.reach).all(dim=1).float().mean().item()
    sure = (scene.confidence - 0.5).abs().mean().item() * 2
    return (
        f"The plane after {scene.step:,} steps: {len(scene.real)} real points as green circles, "
        f"{len(scene.fake)} generated ones as orange crosses with arrows, {inside:.0%} of them in "
        f"view. On average, D is {sure:.0%} sure."
    )
