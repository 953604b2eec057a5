"""In which order a training is shown the images. Notebook 01 shuffles and cuts by hand.

The order depends on the seed and the epoch alone, so that a resumed training finds its place.
"""

import itertools
from collections.abc import Iterator

import torch
from torch import Tensor

from gan_lib.devices import seed_from


def epoch_order(count: int, seed: int, epoch: int) -> Tensor:
    """The order (count,) in which epoch `epoch` (from 0) shows the images: each once."""
    number = seed_from(seed, epoch, 1)  # three numbers, so that no step's randomness is the same
    return torch.randperm(count, generator=torch.Generator().manual_seed(number))


def real_batches(
    images: Tensor, labels: Tensor, batch_size: int, seed: int, step: int
) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Real batches, without end, from the one that follows step `step`.

    Each is the number of its epoch, from 1, its images (batch_size, 1, 28, 28) and their labels
    (batch_size,). The few images that do not fill a last batch wait for the next epoch, which has
    another order.
    """
    batches = len(images) // batch_size
    first_epoch, position = divmod(step, batches)
    for epoch in itertools.count(first_epoch):
        order = epoch_order(len(images), seed, epoch).to(images.device)
        for chosen in order.split(batch_size)[position:batches]:
            yield epoch + 1, images[chosen], labels[chosen]
        position = 0
