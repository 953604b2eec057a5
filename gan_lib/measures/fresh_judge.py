"""The fresh judge: a small network that learns on the spot to tell generated images from real ones.

The discriminator of a GAN cannot serve as its judge, since the generator was trained to please it.
This one has never seen the generator before, and is asked only about images that it did not learn
from: 50 % right is a generator that cannot be told from reality by a judge of this size. The idea
is the classifier two-sample test of Lopez-Paz and Oquab, "Revisiting Classifier Two-Sample Tests",
2017. Notebook "How good is it?" lets it judge images whose faults are known.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_lib.machine.randomness import Purpose, randomness
from gan_lib.measures.metrics import check_images

EPOCHS = 6  # passes over what it learns from: with 10,000 + 10,000 images, 2 s on two cores
BATCH = 256  # or a sixteenth of what it learns from, if that is less
RATE = 5e-3  # the peak: the rate rises to it and falls to 0 in one cycle (Smith & Topin, 2017)


def fresh_judge(x_real: Tensor, x_fake: Tensor, seed: int = 7) -> tuple[float, float]:
    """The judge's share of right verdicts on images new to it, 0 to 1, and its standard error.

    `x_real` and `x_fake` are (N, C, H, W) in [-1, 1], of one shape; from the larger set as many are
    drawn as the smaller one has. The judge learns from half of each and is asked about the other
    halves. The error is binomial: of the images asked about, not of the training. The same images
    and seed give the same verdicts. Raises `MetricError` as `metrics.check_images` does.
    """
    checked = (check_images(x, shape=x_real.shape[1:]) for x in (x_real, x_fake))
    x_real, x_fake = map(_lift_shadows, checked)
    half = min(len(x_real), len(x_fake)) // 2
    targets = torch.cat([torch.ones(half), torch.zeros(half)])  # 1: real
    with randomness(seed, Purpose.JUDGE):
        drawn = [x[torch.randperm(len(x))[: 2 * half]] for x in (x_real, x_fake)]
        learn, ask = (torch.cat(halves) for halves in zip(*(x.split(half) for x in drawn)))
        judge = _train(learn, targets)
    with torch.no_grad():
        logits = torch.cat([judge(part) for part in ask.split(BATCH)]).squeeze(1)
    right = ((logits > 0) == (targets > 0)).double().mean().item()
    return right, math.sqrt(right * (1 - right) / len(ask))


def binarise(images: Tensor) -> Tensor:
    """Each pixel white (1) if it is above 0, else black (-1): the shapes without their greys."""
    return torch.where(images > 0, 1.0, -1.0)


def _lift_shadows(images: Tensor) -> Tensor:
    """The images with the cube root of their brightness: [-1, 1] → [-1, 1], black and white stay.

    tanh hardly reaches -1, so a generator that ends in it strews greys of 1 to 8 out of 255 where
    MNIST is black. Lifted, they are plain to a small judge: about one such generator it was right
    in 98 % instead of 64 %. A larger judge, in 25 times the time, learns to see them by itself.
    """
    return ((images + 1) / 2).pow(1 / 3) * 2 - 1


def _train(x: Tensor, targets: Tensor) -> nn.Module:
    """A judge that has learnt to give `x` (N, C, H, W) a logit above 0 where the target is 1."""
    channels, *sides = x.shape[1:]
    quarters = [(side // 2 + 1) // 2 for side in sides]
    judge = nn.Sequential(
        nn.Conv2d(channels, 16, 4, stride=2, padding=1),  # half the size
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1),  # a quarter
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * math.prod(quarters), 128, bias=False),
        nn.BatchNorm1d(128),  # without it, the judge finds half as much in the time
        nn.ReLU(),
        nn.Linear(128, 1),
    )
    size = min(BATCH, len(x) // 16)
    steps = len(x) // size
    optimizer = torch.optim.Adam(judge.parameters(), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=EPOCHS * steps)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(x)).split(size)[:steps]:
            loss = F.binary_cross_entropy_with_logits(judge(x[chosen]).squeeze(1), targets[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return judge.eval()
