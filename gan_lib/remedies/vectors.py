"""A learned vector for each class, where there are very many: what both players are then told."""

import torch
from torch import Tensor, nn


class ToldByVectors(nn.Module):
    """A network that is told short vectors (embeddings) instead of one-hot classes.

    A layer that is told one of K classes has a column for each. Where there are a thousand, and
    three of them in an image, that is nearly all of the network. Here each class has one learned
    vector of `size` numbers, whichever channel it is told of; they begin as random normal numbers.
    Casanova et al., "Instance-Conditioned GAN", 2021, tell a vector, too.
    """

    def __init__(self, network: nn.Module, classes: int, size: int, at_once: int = 1) -> None:
        super().__init__()
        self.network, self.at_once = network, at_once
        self.vectors = nn.Linear(classes, size, bias=False)
        nn.init.normal_(self.vectors.weight)

    def forward(self, *inputs: Tensor) -> Tensor:
        """What the network takes, the last of it ending in `at_once` one-hots (N, classes) each."""
        *images, latent = inputs
        told = self.at_once * self.vectors.in_features
        noise, one_hots = latent[:, :-told], latent[:, -told:]  # D is told no noise: (N, 0)
        vectors = self.vectors(one_hots.unflatten(1, (self.at_once, -1))).flatten(1)
        return self.network(*images, torch.cat([noise, vectors], dim=1))


def told_by_vectors(
    networks: tuple[nn.Module, nn.Module], told_dim: int, size: int, at_once: int
) -> tuple[nn.Module, nn.Module]:
    """Both players, told `at_once` one-hots of `told_dim` numbers together, each as a vector.

    The `networks` are built for `size` · `at_once` numbers that tell the class. Each player learns
    vectors of its own.
    """
    generator, discriminator = (
        ToldByVectors(network, told_dim // at_once, size, at_once) for network in networks
    )
    return generator, discriminator
