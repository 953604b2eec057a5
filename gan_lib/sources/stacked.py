"""Stacked-MNIST: three random digits as the red, the green and the blue of one image.

With ten digits in each of three channels, such a set has 1,000 modes that can be counted: how many
of them a generator finds is the field's usual test for mode collapse. Metz et al., "Unrolled
Generative Adversarial Networks", 2017. Notebook "Better games".
"""

from dataclasses import dataclass, replace

import torch

from gan_lib.machine.randomness import Purpose, generator
from gan_lib.sources.imageset import ImageSet

NAME = "Stacked-MNIST"


@dataclass(frozen=True, eq=False, repr=False)
class Stacks(ImageSet):
    """Images whose three channels have nothing to do with each other, as `stack` makes them."""

    def anew(self, seed: int, epoch: int) -> "Stacks":
        """The same digits in other company; images that have labels stay as they are.

        So a training sees ever new stacks, and there is none that a discriminator could learn by
        heart.
        """
        if self.labels is not None:  # clusters, of the digits that stand together now
            return self
        draw, device = generator(seed, Purpose.STACKS, epoch), self.images.device
        orders = [torch.randperm(len(self), generator=draw).to(device) for _ in range(3)]
        channels = [self.images[order, channel] for channel, order in enumerate(orders)]
        return replace(self, images=torch.stack(channels, dim=1))


def stack(digits: ImageSet, seed: int = 7) -> Stacks:
    """As many stacks as there are `digits`, (N, 1, H, W) → (N, 3, H, W): each digit in each colour.

    A stack has no label. 60,000 of them take 141 MB, and in a training, which makes an epoch's
    stacks of them, two or three times as much.
    """
    images = digits.images.expand(-1, 3, -1, -1)
    about = {"split": digits.split, "source": digits.source, "notes": digits.notes}
    return Stacks(images, name=NAME, **about).anew(seed, 0)
