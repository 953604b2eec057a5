"""A small classifier, frozen: the eyes of the metrics. It never sees a generated image.

The usual yardstick for GANs looks through Inception, a network trained on photographs. It has to be
downloaded, it takes minutes, and photographs teach little about digits. Ours was trained on MNIST's
training set by `resources/make_classifier.py`; what it calls alike are digits that look alike.
Notebook "How good is it?" explains why its features, and not its answers, measure a generator.
"""

import hashlib
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor, nn

from gan_lib import UserError
from gan_lib.sources.bundled import resource
from gan_lib.sources.imageset import Shape

WEIGHTS = "classifier.safetensors"
SHA256 = "63a26f74d32b9f188c94a40257122cda8e510903f01c1b4554808ad9a6b50d13"
SHAPE = (1, 28, 28)  # of the images that the bundled one knows, MNIST's
FEATURES = 128


class ClassifierError(UserError):
    """The classifier's weights are missing or not the ones that the figures are defined by."""


class Classifier(nn.Module):
    """Three convolutions and two linear layers: for MNIST's digits 168,458 parameters.

    Images (N, C, H, W) in [-1, 1] → logits (N, classes). `features` stops one layer earlier. The
    first convolution halves the size at once, so that all of MNIST is looked at within seconds.
    """

    def __init__(self, shape: Shape = SHAPE, classes: int = 10) -> None:
        super().__init__()
        channels, height, width = shape
        self.body = nn.Sequential(  # of 28 x 28 pixels become
            nn.Conv2d(channels, 32, 5, stride=2, padding=2, bias=False),  # 14 x 14
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.Conv2d(32, 48, 3, padding=1, bias=False),
            nn.BatchNorm2d(48),
            nn.ReLU(),
            nn.MaxPool2d(2),  # 7 x 7
            nn.Conv2d(48, 96, 3, padding=1, bias=False),
            nn.BatchNorm2d(96),
            nn.ReLU(),
            nn.MaxPool2d(2),  # 3 x 3
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(96 * (height // 8) * (width // 8), FEATURES),
            nn.ReLU(),
        )
        self.head = nn.Linear(FEATURES, classes)

    def features(self, x: Tensor) -> Tensor:
        """What the last layer decides by: (N, 128), none of them below 0."""
        return self.body(x)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))


def load_classifier(path: Path | None = None, sha256: str = SHA256) -> Classifier:
    """The frozen classifier, in eval mode, on the CPU, in float32; without `path` the bundled one.

    Raises `MissingResource` without the bundled file, `ClassifierError` where `path` is missing or
    its SHA-256 is another: figures measured with other eyes could not be compared.
    """
    path = path or resource(WEIGHTS)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ClassifierError(f"Cannot read the classifier {path}: {error.strerror}.") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ClassifierError(
            f"{path} is not the classifier that this version measures with (its SHA-256 differs). "
            f"Install the course again, or, in a checkout, restore it with: git checkout {path}"
        )
    network = Classifier()
    network.load_state_dict(safetensors.torch.load(content))
    return network.eval().requires_grad_(False)


@torch.no_grad()
def look_at(images: Tensor, classifier: nn.Module | None = None) -> tuple[Tensor, Tensor]:
    """Features (N, 128) and logits (N, classes) of images in [-1, 1], of the shape it was made for.

    Without a `classifier` it is the bundled one, for digits (N, 1, 28, 28).
    """
    classifier = classifier or load_classifier()
    parts = [classifier.features(part) for part in images.split(500)]
    features = torch.cat(parts)
    return features, classifier.head(features)
