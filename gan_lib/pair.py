"""A generator and a discriminator that belong together, and what they were built for.

A training is a pair with optimizers (`state.State`), a checkpoint a pair that has been trained.
"""

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gan_lib.machine.randomness import Purpose, randomness
from gan_lib.recipes import Recipe
from gan_lib.remedies.augment import augmented
from gan_lib.remedies.penalties import ask
from gan_lib.sources.imageset import Shape
from gan_lib.sources.kind import Kind


@dataclass
class Pair:
    """Two networks of a recipe, for images of one shape and of some classes. Labels: see `Kind`."""

    recipe: Recipe
    kind: Kind  # of the images
    generator: nn.Module
    discriminator: nn.Module

    @property
    def shape(self) -> Shape:
        """Channels, height and width of the images."""
        return self.kind.shape

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of their classes, or clusters; () where the images have no labels."""
        return self.kind.classes

    @property
    def latent_has_class(self) -> bool:
        """Whether a latent ends in a one-hot class."""
        return self.recipe.told != "nobody" and len(self.classes) > 0

    @property
    def sampler(self) -> nn.Module:
        """The generator to take samples from."""
        return self.generator

    def latents(self, count: int, labels: Tensor | None = None) -> Tensor:
        """`count` random latents, (count, latent_dim), drawn with torch's global random state.

        Where a class belongs to the latent, `labels` (count,) name it; without, it is random.
        """
        device = next(self.generator.parameters()).device
        noise = torch.randn(count, self.recipe.noise_dim, device=device)
        if self.latent_has_class and labels is None:
            labels = self.kind.draw(count, device)
        return self.join(noise, labels)

    def join(self, noise: Tensor, labels: Tensor | None = None) -> Tensor:
        """Latents (N, latent_dim) from their normal numbers (N, noise_dim) and classes (N,).

        Where no class belongs to the latent, the normal numbers are all of it.
        """
        if not self.latent_has_class:
            return noise
        return torch.cat([noise, self.kind.one_hot(labels.to(noise.device))], dim=1)

    def labels_of(self, z: Tensor) -> Tensor | None:
        """The classes (N,), on the CPU, that belong to latents (N, latent_dim); None if none do."""
        told = z[:, self.recipe.noise_dim :].cpu()
        return self.kind.labels_of(told) if self.latent_has_class else None

    def told(self, labels: Tensor | None) -> Tensor | None:
        """What the discriminator is told of images of these classes (N,): nothing, or one-hot."""
        return self.kind.one_hot(labels) if self.recipe.told == "both" else None

    def noisy(self, x: Tensor) -> Tensor:
        """Images with the noise that the recipe puts on all that the discriminator sees."""
        mean, std = self.recipe.input_noise_mean, self.recipe.input_noise_std
        return x if mean == std == 0 else x + mean + std * torch.randn_like(x)

    def as_seen(self, x: Tensor) -> Tensor:
        """Images as the discriminator sees them in training: changed at random, with noise."""
        return self.noisy(augmented(x) if self.recipe.augmented else x)

    def generate(self, z: Tensor, batch_size: int = 500) -> Tensor:
        """`generate` of a copy, so that a model in training never leaves training mode."""
        return generate(copy.deepcopy(self.sampler), z, batch_size)

    def sample(
        self, count: int, seed: int = 7, labels: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Images (count, C, H, W) in [-1, 1], and the classes (count,) that were asked for.

        `labels` asks for these; without, they are random. None comes back instead of them where no
        class belongs to the latent. The same seed gives the same.
        """
        device = next(self.generator.parameters()).device
        with randomness(seed, Purpose.SAMPLE, device=device):
            z = self.latents(count, None if labels is None else labels.to(device))
        return self.generate(z), self.labels_of(z)

    @torch.no_grad()
    def logits(self, x: Tensor, labels: Tensor | None = None) -> Tensor | None:
        """The discriminator's logits (N,) of images (N, C, H, W), each judged by itself.

        `labels` (N,) are the classes that the images claim to be, where the recipe tells them. None
        where the discriminator judges whole batches. For a pair in eval mode; for verdicts as in
        training see `belief.confidence.verdicts`.
        """
        if getattr(self.discriminator, "judges_batches", False):
            return None
        return ask(self.discriminator, x, self.told(labels))


@torch.no_grad()
def generate(generator: nn.Module, z: Tensor, batch_size: int = 500) -> Tensor:
    """Images (N, C, H, W), float32 in [-1, 1], on the CPU. Puts `generator` in eval mode."""
    generator.eval()
    device = next(generator.parameters()).device
    return torch.cat([generator(part.to(device)).float().cpu() for part in z.split(batch_size)])
