"""What networks have to know of images: their shape, and the classes or clusters they are told.

An image has one class, or, where clusters are of single channels, one in each channel: labels are
(N,), or (N, C). Stacked-MNIST has such clusters: what is red says nothing about what is blue.
"""

from dataclasses import replace
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_lib.sources.clusters import Clusters, find_clusters
from gan_lib.sources.imageset import DataError, ImageSet, Shape


class Kind(NamedTuple):
    """The shape of images, and the names of their classes."""

    shape: Shape
    classes: tuple[str, ...]  # () where nobody has labelled the images
    clusters: Clusters | None = None  # what the classes are, where they were found

    @classmethod
    def of(cls, data: ImageSet, clusters: int = 0, seed: int = 7, alike: str = "pixels") -> "Kind":
        """What the images are: with their own classes, or at most so many `clusters` for them.

        Those are of images that are `alike` in "pixels" or in "edges". Raises `DataError` where
        clusters are to be found and there is no image.
        """
        if not clusters:
            return cls(data.shape, data.classes)
        if len(data) == 0:
            raise DataError("Where there are no images, no clusters can be found.")
        found = find_clusters(data.apart(), clusters, seed, alike)
        return cls(data.shape, found.names, found)

    @property
    def at_once(self) -> int:
        """How many classes an image has: one, or one in each channel."""
        return 1 if self.clusters is None else self.shape[0] // self.clusters.means.shape[1]

    @property
    def told_dim(self) -> int:
        """How many numbers tell them: a one-hot, or one for each channel."""
        return self.at_once * len(self.classes)

    def one_hot(self, labels: Tensor) -> Tensor:
        """Classes (N,) or (N, C) → (N, told_dim): a 1 at each class, and 0 elsewhere.

        Where an image has several classes, a single one is that of each channel.
        """
        if labels.ndim == 1:
            labels = labels.unsqueeze(1).expand(-1, self.at_once)
        return F.one_hot(labels, len(self.classes)).flatten(1).float()

    def labels_of(self, one_hot: Tensor) -> Tensor:
        """(N, told_dim) → the classes (N,) or (N, C) that it tells."""
        labels = one_hot.unflatten(1, (self.at_once, -1)).argmax(2)
        return labels if self.at_once > 1 else labels.squeeze(1)

    def name(self, label: Tensor) -> str:
        """The name of an image's class (1,), or of all that it has (1, C)."""
        return ", ".join(self.classes[number] for number in label.view(-1).tolist())

    def labelled(self, data: ImageSet) -> ImageSet:
        """`data` with those labels that the networks are told: its clusters, where they are."""
        if self.clusters is None or data.classes is self.classes:
            return data
        return replace(data, labels=self.clusters.of(data.images), classes=self.classes)

    def in_turn(self, count: int) -> Tensor | None:
        """All classes, or some of many, one after another (count,); None, if an image has more."""
        if self.at_once > 1:
            return None
        return torch.arange(count) * -(-len(self.classes) // count) % max(1, len(self.classes))

    def draw(self, count: int, device: torch.device | str = "cpu") -> Tensor:
        """Random classes (count,) or (count, C): clusters as frequent as they are, others alike.

        Drawn with torch's global random state.
        """
        if self.clusters is None:
            return torch.randint(len(self.classes), (count,), device=device)
        shares = self.clusters.shares.to(device)
        drawn = shares.multinomial(count * self.at_once, replacement=True)
        return drawn.view(count, self.at_once) if self.at_once > 1 else drawn


MNIST = Kind((1, 28, 28), tuple("0123456789"))
