"""Generators and discriminators as plain modules. They know nothing of how they are trained.

Every generator maps a latent batch `z` of shape (N, latent_dim) to images (N, C, H, W) in [-1, 1].
Every discriminator maps images (N, C, H, W) to logits (N,): above 0 it says "real", below 0
"generated", and sigmoid(logit) is its confidence that the image is real. `shape` and the number of
`classes` are facts of the images. Notebook "Two networks" builds the first pair by hand.
"""

import math

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_lib.remedies.ink import Ink
from gan_lib.sources.imageset import Shape, check_folds


class MLPGenerator(nn.Module):
    """Four linear layers, 100 → 256 → 512 → 1024 → 784. For MNIST 1,486,352 parameters."""

    def __init__(self, latent_dim: int, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.layers = nn.Sequential(
            nn.Linear(latent_dim, 256),
            nn.LeakyReLU(0.01),
            nn.Linear(256, 512),
            nn.LeakyReLU(0.01),
            nn.Linear(512, 1024),
            nn.LeakyReLU(0.01),
            nn.Linear(1024, math.prod(shape)),
            nn.Tanh(),  # the range of the images: [-1, 1]
        )

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z).unflatten(1, self.shape)


class MLPDiscriminator(nn.Module):
    """Four linear layers, 784 → 1024 → 512 → 256 → 1. For MNIST 1,460,225 parameters.

    Dropout keeps it from learning the training images by heart, and from winning too early.
    """

    def __init__(self, shape: Shape, classes: int = 0) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(math.prod(shape), 1024),
            nn.LeakyReLU(0.2),
            nn.Dropout(0.3),
            nn.Linear(1024, 512),
            nn.LeakyReLU(0.2),
            nn.Dropout(0.3),
            nn.Linear(512, 256),
            nn.LeakyReLU(0.2),
            nn.Dropout(0.3),
            nn.Linear(256, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x).squeeze(1)


class QuickGenerator(nn.Module):
    """Convolutions at a quarter and at half of the size: learns within a minute on two CPU cores.

    The cost of a convolution grows with the area that it slides over. So the work is done on
    small maps with many channels, and a pixel shuffle (Shi et al., 2016) turns every four
    channels into a map of twice the width and height: the last one costs nothing but a reshape.
    """

    def __init__(self, latent_dim: int, shape: Shape, width_multiplier: float = 1.0) -> None:
        super().__init__()
        check_folds(shape)
        channels, height, width = shape
        many, few = round(32 * width_multiplier), round(24 * width_multiplier)
        small = (many, height // 4, width // 4)  # for MNIST 7 x 7
        self.layers = nn.Sequential(
            nn.Linear(latent_dim, math.prod(small)),
            nn.Unflatten(1, small),
            nn.BatchNorm2d(many),
            nn.LeakyReLU(0.2),
            nn.Conv2d(many, 4 * few, 3, padding=1, bias=False),  # batch norm takes a constant off
            nn.PixelShuffle(2),  # 96 maps → 24 of twice the size
            nn.BatchNorm2d(few),
            nn.LeakyReLU(0.2),
            nn.Conv2d(few, few, 3, padding=1, bias=False),
            nn.BatchNorm2d(few),
            nn.LeakyReLU(0.2),
            nn.Conv2d(few, 4 * channels, 3, padding=1),
            nn.PixelShuffle(2),  # four maps a channel → the image
            Ink(),
        )

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z)


def quick_features(shape: Shape, width_multiplier: float = 1.0) -> tuple[nn.Sequential, int]:
    """Three convolutions with spectral norm, images (N, *shape) → features (N, F); and F.

    For MNIST F is 96 · 4 · 4 = 1,536.
    """
    check_folds(shape)
    channels, height, width = shape
    first, second, third = (round(maps * width_multiplier) for maps in (24, 48, 96))
    layers = nn.Sequential(
        nn.PixelUnshuffle(2),
        spectral_norm(nn.Conv2d(4 * channels, first, 3, padding=1)),  # half the size
        nn.LeakyReLU(0.2),
        spectral_norm(nn.Conv2d(first, second, 3, stride=2, padding=1)),  # a quarter
        nn.LeakyReLU(0.2),
        spectral_norm(nn.Conv2d(second, third, 3, stride=2, padding=1)),  # an eighth, rounded up
        nn.LeakyReLU(0.2),
        nn.Flatten(),
    )
    return layers, third * math.ceil(height / 8) * math.ceil(width / 8)


class QuickDiscriminator(nn.Module):
    """Three convolutions on a folded image, each with spectral norm.

    The pixel unshuffle folds the image into four maps of half its size without losing a pixel.
    Spectral norm (Miyato et al., "Spectral Normalization for GANs", 2018) divides each weight, laid
    out as a matrix, by its largest singular value. So no layer can stretch a difference by much,
    the logit cannot change abruptly between two images that look alike, and the generator is always
    told which way is better. Notebook "When it fails" measures it. The last layer is left free: it
    only sets the scale of the logit, and both players learn faster if it can.
    """

    def __init__(self, shape: Shape, classes: int = 0, width_multiplier: float = 1.0) -> None:
        super().__init__()
        features, count = quick_features(shape, width_multiplier)
        self.layers = nn.Sequential(*features, nn.Linear(count, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x).squeeze(1)


class ConditionalDiscriminator(nn.Module):
    """`QuickDiscriminator`'s convolutions, and a second question: is it real *as this class*?

    With the features φ(x) of the image and a learned vector v for each class c, the logit is

        D(x, c) = w · φ(x) + b  +  v_c · φ(x).

    The first part asks whether the image looks real at all, the second whether it fits the class.
    Each v begins at 0: at first there is only the first part. Miyato & Koyama, "cGANs with
    Projection Discriminator", 2018.
    """

    def __init__(self, shape: Shape, classes: int, width_multiplier: float = 1.0) -> None:
        super().__init__()
        self.features, count = quick_features(shape, width_multiplier)
        self.score = nn.Linear(count, 1)
        self.of_class = nn.Linear(classes, count, bias=False)
        nn.init.zeros_(self.of_class.weight)

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        """Images (N, C, H, W) and one-hot classes (N, classes) → logits (N,)."""
        phi = self.features(x)
        return self.score(phi).squeeze(1) + (self.of_class(told) * phi).sum(dim=1)


def count_parameters(module: nn.Module) -> int:
    """How many numbers training may change in `module`."""
    return sum(parameter.numel() for parameter in module.parameters())
