"""A last layer whose black is black, so that the ground does not tell who made an image."""

import torch
from torch import Tensor, nn


class Ink(nn.Module):
    """tanh, stretched to [-1.1, 1] and cut off at -1: paper without ink comes out black.

    tanh alone never reaches -1. The generated ground is then strewn with greys of 1 to 8 out of 255
    where MNIST has exactly 0: hardly visible, but it tells a real image from a generated one at
    once. Notebook "How good is it?" shows it. The range stays [-1, 1].
    """

    def forward(self, x: Tensor) -> Tensor:
        return (1.05 * torch.tanh(x) - 0.05).clamp(min=-1)
