"""Images as a training is fed them: grey levels or colours of a file, 0 to 255, and their labels.

The networks see floats in [-1, 1], the range of a generator's tanh. A batch is scaled when it is
taken, so that a set takes a quarter of the memory. Notebook "Data" builds the scaling by hand.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from gan_lib import UserError

Shape = tuple[int, ...]  # of an image: channels (1: grey, 3: colour), height, width


class DataError(UserError):
    """No usable images. The message says what is wrong and what to do about it."""


def to_float(levels: Tensor) -> Tensor:
    """Levels of a file, uint8 in 0..255 → float32 in [-1, 1]: 0 is -1 and 255 is 1."""
    return levels.float().div_(127.5).sub_(1)


def to_levels(x: Tensor) -> Tensor:
    """Images in [-1, 1] → levels of a file, uint8 in 0..255 on the CPU, rounded and cut off."""
    return ((x.detach().float().cpu() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


def check_folds(shape: Shape) -> None:
    """Raise `UserError` unless images of this shape can be folded to a quarter of their size."""
    channels, *sides = shape
    if channels not in (1, 3) or any(side % 4 or not 16 <= side <= 64 for side in sides):
        raise UserError(
            "The networks of quick and conditional take 1 or 3 channels and sides of 16 to 64 "
            f"pixels that 4 divides, not {' x '.join(map(str, shape))}: scale or pad the images."
        )


@dataclass(frozen=True, eq=False, repr=False)
class ImageSet:
    """Images with their labels, if there are any, and where they came from: printing it says that.

    `ImageSet(images, labels, classes)` is enough for images of one's own. Raises `DataError` where
    images or labels are not of the type, shape or range that is said here.
    """

    images: Tensor  # (N, C, H, W) uint8 in 0..255, C = 1 or 3
    labels: Tensor | None = None  # (N,) int64, each the number of one of `classes`; see `Kind`
    classes: tuple[str, ...] = ()  # a list of names is taken too
    name: str = "images"  # "MNIST", "Fashion-MNIST", ...
    split: str = "train"  # or "test"
    source: str = "memory"  # the place that was used
    notes: tuple[str, ...] = ()  # why the places before it were passed over

    def __post_init__(self) -> None:
        if isinstance(self.classes, list):  # what knows of classes compares tuples
            object.__setattr__(self, "classes", tuple(self.classes))
        if fault := _fault_of_images(self.images) or _fault_of_labels(self):
            raise DataError(fault)

    def __len__(self) -> int:
        return len(self.images)

    @property
    def shape(self) -> Shape:
        """Channels, height and width of each image."""
        return tuple(self.images.shape[1:])

    def floats(self, rows: slice | Tensor = slice(None)) -> Tensor:
        """Some of the images, or all, as the networks see them: (N, C, H, W) in [-1, 1]."""
        return to_float(self.images[rows])

    def part(self, rows: slice | Tensor) -> "ImageSet":  # slice(1000): the first 1,000
        """Some of the images with their labels. The classes stay, also those without an image."""
        labels = None if self.labels is None else self.labels[rows]
        return replace(self, images=self.images[rows], labels=labels)

    def anew(self, seed: int, epoch: int) -> "ImageSet":
        """The images that epoch `epoch` (from 0) shows: always the same ones, but for `Stacks`."""
        return self

    def apart(self) -> Tensor:
        """The images (N, C, H, W) in which clusters are found: of `Stacks`, each channel is one."""
        return self.images

    def on(self, device: torch.device | str) -> "ImageSet":
        """The same in that device's memory."""
        if self.images.device == torch.device(device):
            return self
        labels = None if self.labels is None else self.labels.to(device)
        return replace(self, images=self.images.to(device), labels=labels)

    def __str__(self) -> str:
        which = f"{self.name}, {'training' if self.split == 'train' else self.split} set"
        return "\n".join([f"{which}: {len(self):,} images from {self.source}", *self.notes])

    __repr__ = __str__  # so that a notebook's cell that ends with it shows no tensors


def first_of(places: list[Callable[[], ImageSet]]) -> ImageSet:
    """What the first place gives that has images, with notes on why others were passed over.

    Raises `DataError`, with all of these notes, where none has.
    """
    notes = []
    for place in places:
        try:
            images = place()
        except DataError as error:
            notes.append(str(error))
        else:
            return replace(images, notes=(*notes, *images.notes))
    raise DataError("; ".join(notes))


def _fault_of_images(images: Tensor) -> str:
    """What is wrong with `images`, and what to do; "" if nothing is."""
    if not isinstance(images, Tensor):
        return f"Images must be a torch tensor, not {type(images).__name__}: torch.as_tensor(x)."
    if images.dtype != torch.uint8:
        kind = str(images.dtype).removeprefix("torch.")
        return (
            f"Images must be uint8, levels 0 to 255 as in a file, not {kind}: x.to(torch.uint8), "
            "after 255 * x if they lie in [0, 1], or (x + 1) * 127.5 if they lie in [-1, 1]."
        )
    if images.ndim != 4 or images.shape[1] not in (1, 3):
        return (
            "Images must be of shape (N, 1, H, W) or, in colour, (N, 3, H, W), not "
            f"{tuple(images.shape)}: x.unsqueeze(1) adds the channel, x.permute(0, 3, 1, 2) takes "
            "it from the end to its place."
        )
    if images.numel() and images.max() == 1:
        return "These images have only the levels 0 and 1 of 255, all but black: 255 * x."
    return ""


def _fault_of_labels(data: ImageSet) -> str:
    labels, classes = data.labels, data.classes
    if not isinstance(classes, tuple) or not all(isinstance(name, str) for name in classes):
        return f"Classes must be names, as in ('cat', 'dog'), not {classes!r}."
    if labels is None:
        return "There are classes but no labels: give both or neither." if classes else ""
    is_tensor = isinstance(labels, Tensor) and labels.dtype == torch.int64
    # One for each image, or one for each of its colours.
    if not is_tensor or labels.ndim != 1 and not labels.shape[1:] == (3,) == data.shape[:1]:
        return (
            "Labels must be a torch tensor (N,) of int64, for each image the number of its class: "
            "torch.as_tensor(labels).long()."
        )
    if len(labels) != len(data.images):
        return f"{len(labels):,} labels do not fit {len(data.images):,} images: one for each."
    if len(labels) and not classes:
        return "There are labels but no classes: name them, as in classes=('cat', 'dog')."
    if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < len(classes):
        return (
            f"Labels go from {int(labels.min())} to {int(labels.max())}, but there are "
            f"{len(classes)} classes: they must be the numbers 0 to {len(classes) - 1}."
        )
    return ""
