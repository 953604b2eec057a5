"""Stacked-MNIST: three random digits as the red, the green and the blue of one image.

With ten digits in each of three channels, such a set has 1,000 modes that can be counted: how many
of them a generator finds is the field's usual test for mode collapse. Metz et al., "Unrolled
Generative Adversarial Networks", 2017. Notebook "Better games".
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from gan_lib.machine.randomness import Purpose, generator
from gan_lib.sources.imageset import ImageSet

NAME = "Stacked-MNIST"


@dataclass(frozen=True, eq=False, repr=False)
class Stacks(ImageSet):
    """Images whose three channels have nothing to do with each other, as `stack` makes them."""

    def anew(self, seed: int, epoch: int) -> "Stacks":
        """The same digits in other company, each with its own label.

        So a training sees ever new stacks, and there is none that a discriminator could learn by
        heart. Images that have a label as a whole stay as they are.
        """
        if self.labels is not None and self.labels.ndim == 1:
            return self
        draw, device = generator(seed, Purpose.STACKS, epoch), self.images.device
        orders = [torch.randperm(len(self), generator=draw).to(device) for _ in range(3)]

        def mixed(of_digits: Tensor) -> Tensor:
            return torch.stack([of_digits[order, c] for c, order in enumerate(orders)], dim=1)

        labels = None if self.labels is None else mixed(self.labels)
        return replace(self, images=mixed(self.images), labels=labels)

    def apart(self) -> Tensor:
        """The digits (3N, 1, H, W), each by itself."""
        return self.images.flatten(0, 1).unsqueeze(1)


def stack(digits: ImageSet, seed: int = 7) -> Stacks:
    """As many stacks as there are `digits`, (N, 1, H, W) → (N, 3, H, W): each digit in each colour.

    A stack has no label. 60,000 of them take 141 MB, and in a training, which makes an epoch's
    stacks of them, two or three times as much.
    """
    images = digits.images.expand(-1, 3, -1, -1)
    about = {"split": digits.split, "source": digits.source, "notes": digits.notes}
    return Stacks(images, name=NAME, **about).anew(seed, 0)
