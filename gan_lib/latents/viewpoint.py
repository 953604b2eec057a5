"""Where one stands in the latent space of a trained pair, and what is to be seen from there.

`explorer` puts sliders on it. Notebook 05 builds the parts by hand.
"""

import torch
from torch import Tensor

from gan_lib.keeping.checkpoints import Checkpoint
from gan_lib.latents import latent
from gan_lib.recipes import DIGITS

EXAMINED = 24  # images whose changes say which directions matter most
OTHERS = 100  # images of G to compare one with


class Viewpoint:
    """A point in the latent space of a trained pair, with axes along which it can be moved.

    `noise` (D,) are the normal numbers of its latent, `digit` the digit of it if the recipe has
    one, `axes` (K, D) unit vectors. `directions` (D, D) are those along which the images change
    most, the strongest first: see `latent.principal_directions`.
    """

    def __init__(self, pair: Checkpoint, digit: int = 7) -> None:
        self.digit, self._examined = digit, None
        self.follow(pair)
        self.noise, self.axes = torch.zeros(pair.recipe.noise_dim), torch.eye(pair.recipe.noise_dim)
        self.examine()

    def follow(self, pair: Checkpoint) -> None:
        """Look at another pair of the same recipe from the same point. `directions` stay."""
        self.pair = pair
        digits = self._digits_to_try()
        noise = latent.normal(OTHERS // len(digits), pair.recipe.noise_dim, seed=1)
        verdicts = [pair.judge(self.images(noise, d), self._all(noise, d)) for d in digits]
        self._others = None if verdicts[0] is None else torch.cat(verdicts)

    def examine(self) -> None:
        """Find the `directions` of the pair that is looked at now, unless they are known."""
        if self._examined is self.pair:
            return
        self._examined, digits = self.pair, self._digits_to_try()

        def of_every_digit(noise: Tensor) -> Tensor:  # so that the directions suit all of them
            return torch.cat([self.images(noise, digit) for digit in digits], dim=1)

        points = latent.normal(EXAMINED // len(digits), self.pair.recipe.noise_dim, seed=0)
        _, self.directions = latent.principal_directions(of_every_digit, points)

    @property
    def z(self) -> Tensor:
        """The latent as the generator takes it: (1, latent_dim)."""
        noise = self.noise.unsqueeze(0)
        return self.pair.recipe.join(noise, self._all(noise, self.digit))

    def position(self, index: int) -> float:
        """How far along one of the axes the point lies."""
        return torch.dot(self.noise, self.axes[index]).item()

    def move(self, index: int, position: float) -> None:
        """Go to a position along one of the axes. What is perpendicular to it stays."""
        self.noise = latent.scan(self.noise, self.axes[index], torch.tensor([position]))[0]

    @torch.no_grad()
    def images(self, noise: Tensor | None = None, digit: int | None = None) -> Tensor:
        """The images (N, 1, 28, 28) of normal numbers (N, D) and a digit: those of here, or others.

        They are in [-1, 1].
        """
        noise = self.noise.unsqueeze(0) if noise is None else noise
        digit = self.digit if digit is None else digit
        return self.pair.generator(self.pair.recipe.join(noise, self._all(noise, digit)))

    def scans(self, positions: Tensor) -> list[Tensor]:
        """What moves to `positions` (P,) would show: for each axis, images (P, 1, 28, 28)."""
        ways = [latent.scan(self.noise, axis, positions) for axis in self.axes]
        return list(self.images(torch.cat(ways)).split(len(positions)))

    def verdict(self, x: Tensor) -> tuple[float, float] | None:
        """D's confidence that `x`, the image of here, is real; the share of others it trusts less.

        Both are 0 to 1. The others are random images of the same generator. None where the
        discriminator judges whole batches.
        """
        logit = self.pair.judge(x, self._all(x, self.digit))
        if logit is None:
            return None
        return logit.sigmoid().item(), (self._others < logit).float().mean().item()

    def _digits_to_try(self) -> list[int]:
        return list(range(DIGITS)) if self.pair.recipe.latent_digit else [self.digit]

    @staticmethod
    def _all(rows: Tensor, digit: int) -> Tensor:
        """The digit for each of the rows: (N,)."""
        return torch.full((len(rows),), digit)
