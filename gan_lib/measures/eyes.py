"""Eyes for other images than MNIST's digits: a classifier that learns on the spot what they show.

Features that were learnt on digits say little about shoes. So for other images the network learns
here, from the training images alone, to tell their classes, or clusters where nobody has labelled
them. What it calls alike are then images that look alike to it. Figures seen through such eyes can
be compared with others of the same images and the same seed, and with nothing else. Notebook "Your
own images".
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.transforms import InterpolationMode, v2

from gan_lib.batches import real_batches
from gan_lib.machine.randomness import Purpose, randomness
from gan_lib.measures.classifier import SHAPE, Classifier, load_classifier
from gan_lib.sources.imageset import ImageSet
from gan_lib.sources.kind import Kind

STEPS = 300  # of 128 images: about 10 s on two cores; 600 see no better
BATCH = 128
RATE = 4e-3  # the peak: the rate rises to it and falls to 0 in one cycle (Smith & Topin, 2017)
CLUSTERS = 20  # that are told apart where there are no classes


def shows_digits(data: ImageSet) -> bool:
    """Whether these are images that the bundled classifier knows: MNIST's."""
    return (data.name, data.shape) == ("MNIST", SHAPE)


def eyes_for(data: ImageSet, seed: int = 7) -> Classifier:
    """A frozen classifier for images like these, the training images: bundled, or taught here."""
    if shows_digits(data):
        return load_classifier()
    told = data if data.classes else Kind.of(data, CLUSTERS, seed).labelled(data)
    with randomness(seed, Purpose.EYES):
        network = Classifier(data.shape, len(told.classes)).to(memory_format=torch.channels_last)
        for _ in lessons(network, told, STEPS, seed):
            pass
    return network.eval().requires_grad_(False)


def lessons(network: nn.Module, data: ImageSet, steps: int, seed: int) -> Iterator[int]:
    """Teach a classifier the labels of `data`, and yield the number of each step, from 1.

    The images are shifted, turned and stretched at random: they show the same, only otherwise. No
    label smoothing: it wipes out how images of one class differ (Müller et al., 2019), and the
    metrics have to see that.
    """
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    distort = v2.RandomAffine(
        degrees=12,
        translate=(0.08, 0.08),
        scale=(0.9, 1.1),
        shear=8,
        interpolation=InterpolationMode.BILINEAR,
        fill=-1.0,
    )
    batches = real_batches(data, BATCH, seed, 0)
    for step in range(1, steps + 1):
        _, x, labels = next(batches)
        x = torch.cat([distort(part) for part in x.split(16)])  # 16 images are distorted alike
        loss = F.cross_entropy(network(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        yield step
