"""Fakes that are real: images beside a class that is not theirs. D learns to look at the class.

Reed et al., "Generative Adversarial Text to Image Synthesis", 2016.
"""

import torch
from torch import Tensor

from gan_lib.remedies.penalties import Half


def another_class(labels: Tensor, classes: int, count: int) -> Tensor:
    """Classes (N,): for the first `count` a random one, but never their own, and `labels` after."""
    first = labels[:count]
    other = (first + torch.randint_like(first, 1, classes)) % classes
    return torch.cat([other, labels[count:]])


def mismatched(fake: Half, real: Half, told: Tensor) -> Half:
    """The fakes, of which the first are now real images of which D is `told` (M, classes) this."""
    count = len(told)
    return Half(torch.cat([real.x[:count], fake.x[count:]]), torch.cat([told, fake.told[count:]]))
