"""Your digit in the latent space: draw one, and watch the generator come as near as it can.

Notebook 05. The search is `latent.approach`; here it gets a canvas and two pictures.
"""

import numpy as np
import torch
from ipywidgets import HTML, Button, HBox, Image, Layout, VBox
from PIL import Image as Pillow
from torch import Tensor

from gan_lib.data import ImageSet
from gan_lib.keeping.checkpoints import Checkpoint
from gan_lib.latents import latent
from gan_lib.latents.latent import Approach
from gan_lib.pictures import grids
from gan_lib.pictures.grids import Picture
from gan_lib.recipes import DIGITS
from gan_lib.widgets.panel import PAD, DrawingPad, Panel
from gan_lib.widgets.views import Paced

TRIES = 6  # latents to begin from, for each digit


class DigitFinder(Panel):
    """A canvas, and the digit of a trained generator that is nearest to what is drawn on it.

    `find` searches from several latents at once, for each of the ten digits if the generator takes
    one, and keeps the course of the best in `course`. What is searched for is `target`: the
    drawing, treated as MNIST's makers treated theirs.
    """

    def __init__(self, pair: Checkpoint, data: ImageSet) -> None:
        self.pair, self.data, self._number = pair, data, 0
        self.course: list[Approach] = []
        self.pad = DrawingPad()
        self.search = Button(description="Find it", icon="search", tooltip="search for its latent")
        self.another = Button(description="A real one", tooltip="take a digit of MNIST instead")
        self.clear = Button(description="Clear", icon="eraser", tooltip="wipe the canvas")
        size = {"format": "png", "width": 224, "height": 224}
        self.seen, self.found = Image(**size), Image(**size)
        self.seen_words, self.found_words = HTML(), HTML()
        self.words = HTML("Draw a digit, or take a real one.")
        self.search.on_click(lambda _: self.find())
        self.another.on_click(lambda _: self.take(self._number + 1))
        self.clear.on_click(lambda _: setattr(self.pad, "pixels", b""))
        self.pad.observe(lambda _: self._look(), "pixels")
        columns = (
            [HTML("draw here"), self.pad],
            [HTML("what G is asked for"), self.seen, self.seen_words],
            [HTML("the nearest that G can do"), self.found, self.found_words],
        )
        row = Layout(flex_flow="row wrap", grid_gap="20px")
        buttons = HBox([self.search, self.another, self.clear])
        names = "The drawing as an image like MNIST's", "The nearest digit of the generator"
        super().__init__([HBox([VBox(c) for c in columns], layout=row), buttons, self.words], names)
        self._look()

    @property
    def target(self) -> Tensor:
        """What is searched for: (1, 1, 28, 28) in [-1, 1]."""
        return grids.like_mnist(self.pad.drawing)

    def take(self, number: int) -> None:
        """Put the image `number` of the data on the canvas."""
        self._number = number % len(self.data)
        pixels = grids.to_uint8(self.data.images[self._number : self._number + 1])[0]
        self.pad.drawing = pixels.repeat(PAD // 28, 0).repeat(PAD // 28, 1)

    def find(self, steps: int = 120) -> Approach | None:
        """Search for `target`, and show how it goes. None, and a word, if nothing is drawn."""
        target, recipe = self.target, self.pair.recipe
        if target.max() <= -1:
            self.words.value = "The canvas is empty: draw a digit first."
            return None
        digits = torch.arange(DIGITS).repeat(TRIES)
        starts = latent.normal(len(digits), recipe.noise_dim, seed=0)
        draw, self.course = Paced(self._draw, share=0.2, least=0.1), []
        for now in latent.approach(
            lambda z: self.pair.generator(recipe.join(z, digits)), target, starts, steps
        ):
            self.course.append(now)
            draw(now)
        self._draw(now)
        digit = digits[now.index].item()
        who = f" as a <b>{digit}</b>" if recipe.latent_digit else ""
        self.words.value = (
            f"Found{who} after {now.step} steps: off by {now.error:.2f} in brightness, which is "
            f"from −1 to 1 (at first {self.course[0].error:.2f}). The latent is "
            f"{now.z.norm():.1f} long; usual is {recipe.noise_dim**0.5:.0f}."
        )
        self.seen_words.value = self._opinion(target, digit)
        self.found_words.value = self._opinion(now.x, digit)
        return now

    def shown(self) -> Picture:
        """The target, and nine moments of the search, for where no kernel runs.

        They are close together at first, when most happens. Raises `ValueError` before a search.
        """
        if not self.course:
            raise ValueError("nothing has been searched for yet")
        chosen = np.geomspace(1, len(self.course), 9).round().astype(int) - 1
        row = torch.cat([self.target, *(self.course[i].x for i in chosen)])
        alt = "A digit, and then nine images of a generator that comes nearer to it step by step"
        return grids.grid_picture(row, alt, columns=10, scale=3)

    def _look(self) -> None:
        self.course = []
        self.seen.value = grids.to_png(grids.grid(self.target, scale=8, gap=0))
        self.found.value = grids.to_png(Pillow.new("L", (224, 224), 96))
        self.seen_words.value = self.found_words.value = ""
        self.words.value = "Draw a digit, or take a real one. Then find it."

    def _draw(self, now: Approach) -> None:
        self.found.value = grids.to_png(grids.grid(now.x, scale=8, gap=0))
        self.words.value = f"Searching: step {now.step}, off by {now.error:.2f} …"

    def _opinion(self, x: Tensor, digit: int) -> str:
        logit = self.pair.judge(x, torch.tensor([digit]))
        if logit is None:
            return "This discriminator judges whole batches only."
        return f"D's confidence that it is real: <b>{logit.sigmoid().item():.0%}</b>"
