"""A GAN that breaks easily: the base that each case of the clinic changes in one place.

Convolutions as in DCGAN (Radford et al., "Unsupervised Representation Learning with Deep
Convolutional Generative Adversarial Networks", 2015), made small enough for two CPU cores. Nothing
keeps it healthy that the other recipes have: no spectral norm, no averaged generator, no rates
that fall. Notebook "When it fails".
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from gan_lib.objectives import binary_cross_entropy
from gan_lib.recipes import Recipe
from gan_lib.remedies.ink import Ink
from gan_lib.remedies.similarity import MinibatchDiscrimination
from gan_lib.sources.imageset import Shape, check_folds


class PlainGenerator(nn.Module):
    """A linear layer and two transposed convolutions, with batch norm and ReLU between them.

    `momentum` is how much of its stored statistics batch norm replaces in each step; `last` makes
    the last layer.
    """

    def __init__(
        self,
        latent_dim: int,
        shape: Shape,
        momentum: float = 0.1,
        last: Callable[[], nn.Module] = Ink,
    ) -> None:
        super().__init__()
        check_folds(shape)
        channels, height, width = shape
        small = (32, height // 4, width // 4)  # for MNIST 7 x 7
        self.layers = nn.Sequential(
            nn.Linear(latent_dim, 32 * small[1] * small[2]),
            nn.Unflatten(1, small),
            nn.BatchNorm2d(32, momentum=momentum),
            nn.ReLU(),
            nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1),  # twice the size
            nn.BatchNorm2d(16, momentum=momentum),
            nn.ReLU(),
            nn.ConvTranspose2d(16, channels, 4, stride=2, padding=1),  # and again
            last(),
        )

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z)


class PlainDiscriminator(nn.Module):
    """Two convolutions with a stride of 2 and a linear layer: LeakyReLU between them, no norm.

    `wrap` is put around each layer that has weights (spectral norm, say), `norm` makes a layer
    behind the second convolution, and `last` one behind the logit. `maps` are those of the first.
    """

    def __init__(
        self,
        shape: Shape,
        classes: int = 0,
        wrap: Callable[[nn.Module], nn.Module] = lambda layer: layer,
        norm: Callable[[int], nn.Module] = lambda maps: nn.Identity(),
        last: Callable[[], nn.Module] = nn.Identity,
        maps: int = 16,
    ) -> None:
        super().__init__()
        check_folds(shape)
        channels, height, width = shape
        self.layers = nn.Sequential(
            wrap(nn.Conv2d(channels, maps, 4, stride=2, padding=1)),
            nn.LeakyReLU(0.2),
            wrap(nn.Conv2d(maps, 2 * maps, 4, stride=2, padding=1)),
            norm(2 * maps),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            wrap(nn.Linear(2 * maps * (height // 4) * (width // 4), 1)),
            last(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x).squeeze(1)


class Shifted(PlainDiscriminator):
    """The same, but in training it sees each image moved by up to three pixels, at random.

    Real and generated ones alike, so that what it learns by heart is of no use: a small part of
    Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training", 2020.
    """

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            sides = torch.arange(x.shape[2]), torch.arange(x.shape[3])
            rows, columns = (side + torch.randint(-3, 4, (len(x), 1)) for side in sides)
            padded = nn.functional.pad(x, (3, 3, 3, 3), mode="replicate")
            which = torch.arange(len(x))[:, None, None]
            x = padded[which, :, rows[:, :, None] + 3, columns[:, None, :] + 3].permute(0, 3, 1, 2)
        return super().forward(x)


class Comparing(PlainDiscriminator):
    """The same with minibatch discrimination before its last layer: it judges a batch as a whole.

    `remedies.similarity.MinibatchDiscrimination`; Salimans et al., 2016.
    """

    judges_batches = True

    def __init__(self, shape: Shape, classes: int = 0) -> None:
        super().__init__(shape, classes)
        *features, score, _ = self.layers
        similarity = MinibatchDiscrimination(score.in_features, kernels=16, kernel_dim=8)
        self.layers = nn.Sequential(*features, similarity, nn.Linear(score.in_features + 16, 1))


PLAIN = Recipe(
    name="plain",
    summary="a small DCGAN without anything that keeps it healthy",
    source="this course, notebook “When it fails”",
    generator=PlainGenerator,
    discriminator=PlainDiscriminator,
    objective=binary_cross_entropy(),
    generator_rate=1e-3,
    discriminator_rate=1e-3,
    batch_size=64,
    epochs=1,
    noise_dim=64,
    generator_betas=(0.5, 0.999),  # as DCGAN's
    discriminator_betas=(0.5, 0.999),
    channels_last=True,
)
