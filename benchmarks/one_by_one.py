"""The images as a first tutorial reads them: one at a time, through torchvision's transforms."""

import torch
from PIL import Image
from torch.utils.data import Dataset
from torchvision.transforms import Compose, Normalize, ToTensor

from gan_lib.data import ImageSet


class OneByOne(Dataset):
    """What torchvision's MNIST does for each image: a Pillow image, then the transforms."""

    def __init__(self, data: ImageSet) -> None:
        self.pixels, self.labels = data.images[:, 0].numpy(), data.labels.tolist()
        self.transform = Compose([ToTensor(), Normalize((0.5,), (0.5,))])

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.transform(Image.fromarray(self.pixels[index])), self.labels[index]
