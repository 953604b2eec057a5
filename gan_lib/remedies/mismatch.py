"""Fakes that are real: images beside a class that is not theirs. D learns to look at the class.

Reed et al., "Generative Adversarial Text to Image Synthesis", 2016.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_lib.remedies.penalties import Half


def another_class(labels: Tensor, classes: int, count: int) -> Tensor:
    """Classes (N,): for the first `count` a random one, but never their own, and `labels` after."""
    first = labels[:count]
    other = (first + torch.randint_like(first, 1, classes)) % classes
    return torch.cat([other, labels[count:]])


def mismatched(fake: Half, real: Half, claimed: Tensor) -> Half:
    """The fakes, of which the first are now real images that claim the classes `claimed` (M,)."""
    count = len(claimed)
    if count == 0:
        return fake
    told = F.one_hot(claimed, fake.told.shape[1]).float()
    return Half(torch.cat([real.x[:count], fake.x[count:]]), torch.cat([told, fake.told[count:]]))
