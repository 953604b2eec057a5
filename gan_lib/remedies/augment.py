"""Random changes to all that the discriminator sees, real and generated alike, for few images.

With few images D soon knows them by heart. Changed anew in each step, they never come back the
same; and since generated images are changed in the same ways, G does not learn the changes, and
since each can be differentiated, it still learns through them. Zhao et al., "Differentiable
Augmentation for Data-Efficient GAN Training", 2020: their policy of colour, translation and cutout.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

FEW = 2_000  # images; with fewer, a training from the command line is augmented
SHIFT = 8  # an image moves by up to an eighth of its side
CUT = 2  # a square of half of its side is greyed out


def augmented(x: Tensor) -> Tensor:
    """Images (N, C, H, W) in [-1, 1], each changed in its own way, with torch's random state.

    They may leave [-1, 1] a little. Differentiable by `x`.
    """
    return cut_out(moved(recoloured(x)))


def recoloured(x: Tensor) -> Tensor:
    """Brighter or darker by up to ½; in colour, less or more of it; and half to 1½ the contrast."""
    brighter, coloured, contrast = torch.rand(3, len(x), 1, 1, 1, device=x.device)
    x = x + (brighter - 0.5)
    grey = x.mean(dim=1, keepdim=True)
    x = grey + (x - grey) * 2 * coloured if x.shape[1] > 1 else x
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    return mean + (x - mean) * (0.5 + contrast)


def moved(x: Tensor) -> Tensor:
    """Each image shifted by whole pixels, up and down, left and right; its edge is drawn out."""
    count, _, height, width = x.shape
    down, right = height // SHIFT, width // SHIFT
    x = F.pad(x, (right, right, down, down), mode="replicate")
    rows = _starts(count, 2 * down + 1, x.device) + torch.arange(height, device=x.device)
    columns = _starts(count, 2 * right + 1, x.device) + torch.arange(width, device=x.device)
    each = torch.arange(count, device=x.device)[:, None, None]
    # Indices that broadcast to (N, H, W) put the channels last.
    return x[each, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def cut_out(x: Tensor) -> Tensor:
    """A square anywhere in each image, perhaps partly outside, becomes grey, which is 0."""
    count, _, height, width = x.shape
    inside = []
    for side in (height, width):
        half = side // CUT // 2
        middle = _starts(count, side + 1, x.device)
        inside.append((torch.arange(side, device=x.device) - middle).abs() < half)
    hole = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    return x.masked_fill(hole, 0.0)


def _starts(count: int, most: int, device: torch.device) -> Tensor:
    """Whole numbers (count, 1), from 0 to below `most`."""
    return torch.randint(most, (count, 1), device=device)
