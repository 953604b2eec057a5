"""Your image in the latent space: draw one, and watch the generator come as near as it can.

Notebook "The latent space". The search is `latents.search.approach`; here it gets a canvas and two
pictures.
"""

import html

import numpy as np
import torch
from ipywidgets import HTML, Button, HBox, Image, Layout, VBox
from PIL import Image as Pillow
from torch import Tensor

from gan_lib import UserError
from gan_lib.data import ImageSet
from gan_lib.latents import points
from gan_lib.latents.search import Approach, approach
from gan_lib.pair import Pair
from gan_lib.pictures import grids
from gan_lib.pictures.grids import Picture
from gan_lib.sources.imageset import to_levels
from gan_lib.widgets.paced import Paced
from gan_lib.widgets.panel import Panel, when
from gan_lib.widgets.parts import PAD, DrawingPad

STARTS = 60  # latents to begin from, shared by the classes
NEAREST = 20  # clusters that are tried, at most
SIDE = 224  # longest side of the two pictures, in pixels


class DigitFinder(Panel):
    """A canvas, and the image of a trained generator that is nearest to what is drawn on it.

    `find` searches from many latents at once, some of each class if a latent has one, or of the
    nearest clusters, and keeps the course of the best in `course`. What is searched for is
    `target`: a real image, or the drawing, treated as MNIST's makers treated theirs, and grey in
    all channels. Raises `UserError` where the images of `data` are not of the pair's shape.
    """

    def __init__(self, pair: Pair, data: ImageSet) -> None:
        if data.shape != pair.shape:
            raise UserError(
                f"This pair makes images of shape {pair.shape}, and these are {data.shape}: "
                "give the finder the images that it was trained on, or such as these."
            )
        self.pair, self.data, self._number = pair, data, 0
        self.course: list[Approach] = []
        self.pad = DrawingPad()
        self.search = Button(description="Find it", icon="search", tooltip="search for its latent")
        self.another = Button(description="A real one", tooltip="take an image of the data instead")
        self.clear = Button(description="Clear", icon="eraser", tooltip="wipe the canvas")
        self._scale = SIDE // max(pair.shape[1:])
        self.seen, self.found = Image(format="png"), Image(format="png")
        self.seen_words, self.found_words, self.words = HTML(), HTML(), HTML()
        when(self.search, self.find)
        when(self.another, lambda: self.take(self._number + 1))
        when(self.clear, lambda: setattr(self.pad, "pixels", b""))
        self.pad.observe(lambda _: self._look_at_the_pad(), "pixels")
        names = "The drawing as an image like the data's", "The nearest image of the generator"
        super().__init__(self._arranged(), names)
        self._look_at_the_pad()

    @property
    def target(self) -> Tensor:
        """What is searched for: (1, C, H, W) in [-1, 1]."""
        return self._target

    def take(self, number: int) -> None:
        """Search for the image `number` of the data, and put it on the canvas, in grey."""
        self._number = number % len(self.data)
        part = self.data.images[self._number : self._number + 1]
        grey = Pillow.fromarray(grids.pixels(part)[0]).convert("L")
        self.pad.drawing = np.asarray(grey.resize((PAD, PAD), Pillow.Resampling.NEAREST))
        self._look(self.data.floats(slice(self._number, self._number + 1)))

    def find(self, steps: int = 120) -> Approach | None:
        """Search for `target`, and show how it goes. None, and a word, if nothing is drawn."""
        target, pair = self._target, self.pair
        if target.max() <= -1:
            self.words.value = "There is nothing to search for yet: draw, or take a real one."
            return None
        labels = self._labels_to_try()
        labels = torch.cat([labels] * max(1, STARTS // len(labels)))
        starts = points.normal(len(labels), pair.recipe.noise_dim, seed=0)
        draw, self.course = Paced(self._draw, share=0.2, least=0.1), []
        for now in approach(lambda z: pair.sampler(pair.join(z, labels)), target, starts, steps):
            self.course.append(now)
            draw(now)
        self._draw(now)
        label = labels[now.index : now.index + 1]
        name = html.escape(pair.kind.name(label)) if pair.latent_has_class else ""
        article = "a " if pair.kind.clusters is None else ""
        who = f" as {article}<b>{name}</b>" if name else ""
        self.words.value = (
            f"Found{who} after {now.step} steps: off by {now.error:.2f} in brightness, which is "
            f"from −1 to 1 (at first {self.course[0].error:.2f}). The latent is "
            f"{now.z.norm():.1f} long; usual is {pair.recipe.noise_dim**0.5:.0f}."
        )
        self.seen_words.value = self._opinion(target, label)
        self.found_words.value = self._opinion(now.x, label)
        return now

    def shown(self) -> Picture:
        """The target, and nine moments of the search, for where no kernel runs.

        They are close together at first, when most happens. Raises `ValueError` before a search.
        """
        if not self.course:
            raise ValueError("nothing has been searched for yet")
        chosen = np.geomspace(1, len(self.course), 9).round().astype(int) - 1
        row = torch.cat([self._target, *(self.course[i].x for i in chosen)])
        alt = "An image, and then nine of a generator that come nearer to it step by step"
        names = ["target", *(f"step {self.course[i].step}" for i in chosen)]
        sheet = grids.grid(row, columns=10, scale=max(1, 84 // max(row.shape[2:])))
        return Picture(grids.to_png(grids.named(sheet, names)), alt)

    def _labels_to_try(self) -> Tensor:
        """All classes; of clusters, those whose mean images are nearest to the target."""
        clusters = self.pair.kind.clusters
        if not self.pair.latent_has_class:
            return torch.zeros(1, dtype=torch.long)
        if clusters is None:
            return torch.arange(len(self.pair.classes))
        nearest = clusters.distances(to_levels(self._target))[0].argsort(-1)
        return nearest[..., :NEAREST].movedim(-1, 0)

    def _arranged(self) -> list:
        pad = [HTML("draw here"), self.pad] if self.pad.shown else []
        columns = (
            pad,
            [HTML("what G is asked for"), self.seen, self.seen_words],
            [HTML("the nearest that G can do"), self.found, self.found_words],
        )
        row = Layout(flex_flow="row wrap", grid_gap="20px")
        buttons = [self.search, self.another, *([self.clear] if pad else [])]
        return [HBox([VBox(c) for c in columns if c], layout=row), HBox(buttons), self.words]

    def _look_at_the_pad(self) -> None:
        self._look(grids.from_drawing(self.pad.drawing, self.pair.shape))

    def _look(self, target: Tensor) -> None:
        self._target, self.course = target, []
        self.seen.value = self._large(target)
        self.found.value = self._large(torch.full_like(target, -0.25))  # grey: nothing yet
        self.seen_words.value = self.found_words.value = ""
        begin = "Draw, or take a real one." if self.pad.shown else "Take a real one."
        self.words.value = f"{begin} Then find it."

    def _draw(self, now: Approach) -> None:
        self.found.value = self._large(now.x)
        self.words.value = f"Searching: step {now.step}, off by {now.error:.2f} …"

    def _large(self, x: Tensor) -> bytes:
        return grids.to_png(grids.grid(x, scale=self._scale, gap=0))

    def _opinion(self, x: Tensor, label: Tensor) -> str:
        logit = self.pair.logits(x, label)
        if logit is None:
            return "This discriminator judges whole batches only."
        return f"D's confidence that it is real: <b>{logit.sigmoid().item():.0%}</b>"
