"""Generators and discriminators as plain modules. They know nothing of how they are trained.

Every generator maps a latent batch `z` of shape (N, latent_dim) to images (N, 1, 28, 28) in
[-1, 1]. Every discriminator maps images (N, 1, 28, 28) to logits (N,): above 0 it says "real",
below 0 "generated", and sigmoid(logit) is its confidence that the image is real.
Notebook 02 builds the first pair by hand.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class MLPGenerator(nn.Module):
    """Four linear layers, 100 → 256 → 512 → 1024 → 784: 1,486,352 parameters. Notebook 02."""

    def __init__(self, latent_dim: int = 100) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(latent_dim, 256),
            nn.LeakyReLU(0.01),
            nn.Linear(256, 512),
            nn.LeakyReLU(0.01),
            nn.Linear(512, 1024),
            nn.LeakyReLU(0.01),
            nn.Linear(1024, 28 * 28),
            nn.Tanh(),  # the range of the images: [-1, 1]
        )

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z).view(-1, 1, 28, 28)


class MLPDiscriminator(nn.Module):
    """Four linear layers, 784 → 1024 → 512 → 256 → 1: 1,460,225 parameters. Notebook 02.

    Dropout keeps it from learning the training images by heart, and from winning too early.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(28 * 28, 1024),
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


class MinibatchDiscrimination(nn.Module):
    """Lets the discriminator see how alike the images of one batch are.

    A generator that has collapsed makes the same image again and again. One image at a time, the
    discriminator cannot notice; beside the rest of the batch it can. With M = reshape(x T) of
    shape (N, kernels, kernel_dim), the layer adds to the features of image i

        o(x_i)_b = sum over j of exp(-|M_ib - M_jb|_1),

    a count, per kernel b, of the images that look like image i (itself included).
    Salimans et al., "Improved Techniques for Training GANs", 2016. Notebook 02.
    """

    def __init__(self, features: int, kernels: int, kernel_dim: int) -> None:
        super().__init__()
        # 1 / sqrt(features) keeps the entries of x T of order 1. Larger, and every distance is so
        # long that exp(-distance), and with it the gradient, is 0 from the start.
        self.T = nn.Parameter(torch.randn(features, kernels, kernel_dim) / features**0.5)

    def forward(self, x: Tensor) -> Tensor:
        """(N, features) → (N, features + kernels)."""
        M = torch.einsum("nf,fkd->knd", x, self.T)  # one kernel at a time: (kernels, N, kernel_dim)
        closeness = torch.exp(-torch.cdist(M, M, p=1))  # (kernels, N, N)
        return torch.cat([x, closeness.sum(dim=2).T], dim=1)


class MinibatchGenerator(nn.Module):
    """Transposed convolutions from 3 x 3 to 24 x 24, then enlarged to 28 x 28: 85,713 parameters.

    Its latent has 74 numbers: 64 normal ones and a one-hot digit.
    """

    def __init__(self, latent_dim: int = 74) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(latent_dim, 64 * 3 * 3),
            nn.BatchNorm1d(64 * 3 * 3),
            nn.ReLU(),
            nn.Unflatten(1, (64, 3, 3)),
            nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1),  # 6 x 6
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1),  # 12 x 12
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1),  # 24 x 24
            nn.Upsample(size=(28, 28), mode="bilinear"),
            nn.Tanh(),
        )

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z)


class MinibatchDiscriminator(nn.Module):
    """Two convolutions with spectral norm, then minibatch discrimination: 457,859 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            spectral_norm(nn.Conv2d(1, 32, 3, padding=1)),
            nn.BatchNorm2d(32),
            nn.LeakyReLU(0.2),
            nn.MaxPool2d(2),  # 14 x 14
            spectral_norm(nn.Conv2d(32, 64, 3, padding=1)),
            nn.BatchNorm2d(64),
            nn.LeakyReLU(0.2),
            nn.MaxPool2d(2),  # 7 x 7
            nn.Flatten(),
            spectral_norm(nn.Linear(64 * 7 * 7, 100)),
        )
        self.similarity = MinibatchDiscrimination(100, kernels=50, kernel_dim=25)
        self.score = nn.Linear(150, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.score(self.similarity(self.features(x))).squeeze(1)


class Ink(nn.Module):
    """tanh, stretched to [-1.1, 1] and cut off at -1: paper without ink comes out black.

    tanh alone never reaches -1. The generated ground is then strewn with greys of 1 to 8 out of 255
    where MNIST has exactly 0: hardly visible, but it tells a real image from a generated one at
    once. Notebook 06 shows it. The range stays [-1, 1].
    """

    def forward(self, x: Tensor) -> Tensor:
        return (1.05 * torch.tanh(x) - 0.05).clamp(min=-1)


class QuickGenerator(nn.Module):
    """Convolutions at 7 x 7 and 14 x 14 only: learns within a minute on two CPU cores.

    The cost of a convolution grows with the area that it slides over. So the work is done on
    small maps with many channels, and a pixel shuffle (Shi et al., 2016) turns every four
    channels into a map of twice the width and height: the last one costs nothing but a reshape.
    """

    def __init__(self, latent_dim: int = 64) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(latent_dim, 32 * 7 * 7),
            nn.Unflatten(1, (32, 7, 7)),
            nn.BatchNorm2d(32),
            nn.LeakyReLU(0.2),
            nn.Conv2d(32, 96, 3, padding=1, bias=False),  # batch norm takes any constant off again
            nn.PixelShuffle(2),  # 96 maps of 7 x 7 → 24 maps of 14 x 14
            nn.BatchNorm2d(24),
            nn.LeakyReLU(0.2),
            nn.Conv2d(24, 24, 3, padding=1, bias=False),
            nn.BatchNorm2d(24),
            nn.LeakyReLU(0.2),
            nn.Conv2d(24, 4, 3, padding=1),
            nn.PixelShuffle(2),  # 4 maps of 14 x 14 → the image, 28 x 28
            Ink(),
        )

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z)


def quick_features() -> nn.Sequential:
    """Images (N, 1, 28, 28) → features (N, 1536): three convolutions, each with spectral norm."""
    return nn.Sequential(
        nn.PixelUnshuffle(2),
        spectral_norm(nn.Conv2d(4, 24, 3, padding=1)),  # 14 x 14
        nn.LeakyReLU(0.2),
        spectral_norm(nn.Conv2d(24, 48, 3, stride=2, padding=1)),  # 7 x 7
        nn.LeakyReLU(0.2),
        spectral_norm(nn.Conv2d(48, 96, 3, stride=2, padding=1)),  # 4 x 4
        nn.LeakyReLU(0.2),
        nn.Flatten(),
    )


class QuickDiscriminator(nn.Module):
    """Three convolutions on a folded image, each with spectral norm.

    The pixel unshuffle folds the image into four maps of 14 x 14 without losing a pixel. Spectral
    norm (Miyato et al., "Spectral Normalization for GANs", 2018) divides each weight, laid out as
    a matrix, by its largest singular value. So no layer can stretch a difference by much, the logit
    cannot change abruptly between two images that look alike, and the generator is always told
    which way is better. Notebook 02 measures it. The last layer is left free: it only sets the
    scale of the logit, and both players learn faster if it can.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(*quick_features(), nn.Linear(96 * 4 * 4, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x).squeeze(1)


class ConditionalDiscriminator(nn.Module):
    """`QuickDiscriminator`'s convolutions, and a second question: is it real *as this digit*?

    With the features φ(x) of the image and a learned vector v for each digit, the logit is

        D(x, digit) = w · φ(x) + b  +  v_digit · φ(x).

    The first part asks whether the image looks real at all, the second whether it fits the digit.
    Miyato & Koyama, "cGANs with Projection Discriminator", 2018.
    """

    def __init__(self) -> None:
        super().__init__()
        self.features = quick_features()
        self.score = nn.Linear(96 * 4 * 4, 1)
        self.digit = nn.Linear(10, 96 * 4 * 4, bias=False)

    def forward(self, x: Tensor, digits: Tensor) -> Tensor:
        """Images (N, 1, 28, 28) and one-hot digits (N, 10) → logits (N,)."""
        phi = self.features(x)
        return self.score(phi).squeeze(1) + (self.digit(digits) * phi).sum(dim=1)


def count_parameters(module: nn.Module) -> int:
    """How many numbers training may change in `module`."""
    return sum(parameter.numel() for parameter in module.parameters())


def layer_shapes(network: nn.Sequential, x: Tensor) -> dict[str, tuple[int, ...]]:
    """The shape after each layer of `network` for the input `x`: {"0 Linear": (N, 256), ...}."""
    shapes = {}
    with torch.no_grad():
        for index, layer in enumerate(network):
            x = layer(x)
            shapes[f"{index} {type(layer).__name__.removeprefix('Parametrized')}"] = tuple(x.shape)
    return shapes
