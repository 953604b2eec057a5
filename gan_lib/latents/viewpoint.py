"""Where one stands in the latent space of a trained pair, and what is to be seen from there.

`widgets.explorer` puts sliders on it. Notebook "The latent space" builds the parts by hand.
"""

import math

import torch
from torch import Tensor

from gan_lib.latents import directions, points
from gan_lib.pair import Pair

EXAMINED = 24  # images whose changes say which directions matter most
OTHERS = 100  # images of G to compare one with
TRIED = 12  # classes that both are taken of, at most


class Viewpoint:
    """A point in the latent space of a trained pair, with axes along which it can be moved.

    `noise` (D,) are the normal numbers of its latent, `label` the class of it if a latent has one,
    `axes` (K, D) unit vectors. `directions` (D, D) are those along which the images change most,
    the strongest first: see `latents.directions`. The pair is on the CPU and in eval mode.
    """

    def __init__(self, pair: Pair, label: int = 0) -> None:
        self.label, self._examined = label, None
        self.follow(pair)
        self.noise, self.axes = torch.zeros(pair.recipe.noise_dim), torch.eye(pair.recipe.noise_dim)
        self.examine()

    def follow(self, pair: Pair) -> None:
        """Look at another pair of the same recipe from the same point. `directions` stay."""
        self.pair = pair
        labels = self._labels_to_try()
        noise = points.normal(OTHERS // len(labels), pair.recipe.noise_dim, seed=1)
        verdicts = [pair.logits(self.images(noise, i), self._all(noise, i)) for i in labels]
        self._others = None if verdicts[0] is None else torch.cat(verdicts)

    def examine(self) -> None:
        """Find the `directions` of the pair that is looked at now, unless they are known."""
        if self._examined is self.pair:
            return
        self._examined, labels = self.pair, self._labels_to_try()

        def of_every_class(noise: Tensor) -> Tensor:  # so that the directions suit all of them
            return torch.cat([self.images(noise, label) for label in labels], dim=1)

        examined = points.normal(EXAMINED // len(labels), self.pair.recipe.noise_dim, seed=0)
        _, self.directions = directions.principal_directions(of_every_class, examined)

    @property
    def z(self) -> Tensor:
        """The latent as the generator takes it: (1, latent_dim)."""
        noise = self.noise.unsqueeze(0)
        return self.pair.join(noise, self._all(noise, self.label))

    def position(self, index: int) -> float:
        """How far along one of the axes the point lies."""
        return torch.dot(self.noise, self.axes[index]).item()

    def move(self, index: int, position: float) -> None:
        """Go to a position along one of the axes. What is perpendicular to it stays."""
        self.noise = directions.scan(self.noise, self.axes[index], torch.tensor([position]))[0]

    @torch.no_grad()
    def images(self, noise: Tensor | None = None, label: int | None = None) -> Tensor:
        """The images (N, C, H, W) of normal numbers (N, D) and a class: those of here, or others.

        They are in [-1, 1].
        """
        noise = self.noise.unsqueeze(0) if noise is None else noise
        label = self.label if label is None else label
        return self.pair.sampler(self.pair.join(noise, self._all(noise, label)))

    def scans(self, positions: Tensor) -> list[Tensor]:
        """What moves to `positions` (P,) would show: for each axis, images (P, C, H, W)."""
        ways = [directions.scan(self.noise, axis, positions) for axis in self.axes]
        return list(self.images(torch.cat(ways)).split(len(positions)))

    def verdict(self, x: Tensor) -> tuple[float, float] | None:
        """D's confidence that `x`, the image of here, is real; the share of others it trusts less.

        Both are 0 to 1. The others are random images of the same generator. None where the
        discriminator judges whole batches.
        """
        logit = self.pair.logits(x, self._all(x, self.label))
        if logit is None:
            return None
        return logit.sigmoid().item(), (self._others < logit).float().mean().item()

    def _labels_to_try(self) -> list[int]:
        if not self.pair.latent_has_class:
            return [self.label]
        classes = len(self.pair.classes)
        return list(range(0, classes, math.ceil(classes / TRIED)))

    @staticmethod
    def _all(rows: Tensor, label: int) -> Tensor:
        """The class for each of the rows: (N,)."""
        return torch.full((len(rows),), label)
