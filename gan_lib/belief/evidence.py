"""Why does the discriminator say so? Whom it believes, and which pixels speak for what.

Notebook "What the discriminator believes" tries whether the evidence can be trusted.
"""

import itertools
import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Score = Callable[[Tensor], Tensor]  # images (N, C, H, W) → logits (N,), each for itself


def whom_it_believes(
    x: Tensor, logits: Tensor, labels: Tensor, classes: Sequence[str]
) -> dict[str, tuple[Tensor, Tensor]]:
    """For each class, the image that D finds most real, least real, and is most in doubt about.

    Of images (N, C, H, W), their logits (N,) and labels (N,). Each value is an image a class,
    (classes, C, H, W), and their logits (classes,): black and NaN for a class that is not there.
    """
    orders = {"most believed": -logits, "most in doubt": logits.abs(), "least believed": logits}
    chosen = {}
    for name, key in orders.items():
        images = torch.full((len(classes), *x.shape[1:]), -1.0)
        values = torch.full((len(classes),), math.nan)
        for label in labels.unique():
            rows = (labels == label).nonzero().squeeze(1)
            best = rows[key[rows].argmin()]
            images[label], values[label] = x[best], logits[best]
        chosen[name] = images, values
    return chosen


def input_gradient(score: Score, x: Tensor) -> Tensor:
    """∂ logit / ∂ pixel for images (N, C, H, W): would D believe more if a pixel were brighter?

    Same shape as `x`. It speaks of small changes only, and not of `minibatch`, which looks at whole
    batches. Simonyan, Vedaldi and Zisserman, "Deep Inside Convolutional Networks", 2013.
    """
    x = x.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(score(x).sum(), x)
    return gradient


@torch.no_grad()
def occlusion(score: Score, x: Tensor, size: int | None = None) -> Tensor:
    """How much the logit falls when a patch around a pixel is blackened: (N, 1, H, W).

    For images (N, C, H, W). Above 0 where the patch speaks for "real", 0 where it was black before.
    Patches of `size` x `size` pixels, or about a fifth of the side, overlap by half; a pixel gets
    the mean over those that cover it. Not for `minibatch` either. Zeiler & Fergus, "Visualizing and
    Understanding Convolutional Networks", 2014.
    """
    height, width = x.shape[2:]
    size = size or round(min(height, width) / 4.7)  # 6 of 28
    before, fall = score(x), torch.zeros_like(x[:, :1])
    covered, step = torch.zeros_like(fall), max(1, size // 2)
    corners = (range(-(size // 2), side, step) for side in (height, width))
    for top, left in itertools.product(*corners):
        rows, columns = slice(max(0, top), top + size), slice(max(0, left), left + size)
        patched = x.clone()
        patched[:, :, rows, columns] = -1
        fall[:, :, rows, columns] += (before - score(patched)).view(-1, 1, 1, 1)
        covered[:, :, rows, columns] += 1
    return fall / covered
