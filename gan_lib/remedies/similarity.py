"""The networks of the second program that the course grew from, and minibatch discrimination.

The roles are those of `models`. Notebook "When it fails" needs the second.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_lib.sources.imageset import Shape


def variety(x: Tensor) -> Tensor:
    """How varied images (N, ...) are: the root of the mean square distance between two of them.

    A scalar, in brightness from -1 to 1, over all pixels. 0 where all are the same image.
    """
    x = x.float().flatten(1)
    return (2 * (x - x.mean(dim=0)).square().sum() / len(x)).sqrt()


class MinibatchDiscrimination(nn.Module):
    """Lets the discriminator see how alike the images of one batch are.

    A generator that has collapsed makes the same image again and again. One image at a time, the
    discriminator cannot notice; beside the rest of the batch it can. With M = reshape(x T) of
    shape (N, kernels, kernel_dim), the layer adds to the features of image i

        o(x_i)_b = sum over j of exp(-|M_ib - M_jb|_1),

    a count, per kernel b, of the images that look like image i (itself included).
    Salimans et al., "Improved Techniques for Training GANs", 2016. Notebook "When it fails".
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
    """Transposed convolutions from 3 x 3 to 24 x 24, then enlarged to the size of the images.

    For MNIST 85,713 parameters: its latent has 74 numbers, 64 normal ones and a one-hot digit.
    """

    def __init__(self, latent_dim: int, shape: Shape) -> None:
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
            nn.ConvTranspose2d(16, shape[0], 4, stride=2, padding=1),  # 24 x 24
            nn.Upsample(size=shape[1:], mode="bilinear"),
            nn.Tanh(),
        )

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z)


class MinibatchDiscriminator(nn.Module):
    """Two convolutions with spectral norm, then minibatch discrimination.

    For MNIST 457,859 parameters. It judges a batch as a whole, so no image by itself.
    """

    judges_batches = True

    def __init__(self, shape: Shape, classes: int = 0) -> None:
        super().__init__()
        channels, height, width = shape
        self.features = nn.Sequential(
            spectral_norm(nn.Conv2d(channels, 32, 3, padding=1)),
            nn.BatchNorm2d(32),
            nn.LeakyReLU(0.2),
            nn.MaxPool2d(2),  # half the size
            spectral_norm(nn.Conv2d(32, 64, 3, padding=1)),
            nn.BatchNorm2d(64),
            nn.LeakyReLU(0.2),
            nn.MaxPool2d(2),  # a quarter
            nn.Flatten(),
            spectral_norm(nn.Linear(64 * (height // 4) * (width // 4), 100)),
        )
        self.similarity = MinibatchDiscrimination(100, kernels=50, kernel_dim=25)
        self.score = nn.Linear(150, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.score(self.similarity(self.features(x))).squeeze(1)
