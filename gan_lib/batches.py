"""In which order a training is shown the images. Notebook "Data" shuffles and cuts by hand.

The order depends on the seed and the epoch alone, so that a resumed training finds its place.
"""

import itertools
from collections.abc import Iterator

import torch
from torch import Tensor

from gan_lib.machine.randomness import Purpose, generator
from gan_lib.sources.imageset import ImageSet


def epoch_order(count: int, seed: int, epoch: int) -> Tensor:
    """The order (count,) in which epoch `epoch` (from 0) shows the images: each once."""
    return torch.randperm(count, generator=generator(seed, Purpose.ORDER, epoch))


def real_batches(
    data: ImageSet, batch_size: int, seed: int, taken: int, device: torch.device | str = "cpu"
) -> Iterator[tuple[int, Tensor, Tensor | None]]:
    """Real batches on `device`, without end, from the one that follows the `taken` first ones.

    Each is the number of its epoch, from 1, its images (batch_size, C, H, W) in [-1, 1] and their
    labels (batch_size,), or None. The few images that do not fill a last batch wait for the next
    epoch, which has another order. Too few for a batch, they come several times in it.
    """
    data = data.on(device)
    batches = max(1, len(data) // batch_size)
    first_epoch, position = divmod(taken, batches)
    for epoch in itertools.count(first_epoch):
        shown, order = data.anew(seed, epoch), epoch_order(len(data), seed, epoch).to(device)
        order = order.repeat(-(-batch_size // len(data)))[: batches * batch_size]
        for chosen in order.split(batch_size)[position:]:
            labels = None if shown.labels is None else shown.labels[chosen]
            yield epoch + 1, shown.floats(chosen), labels
        position = 0
