"""What is left of an image if only its edges count: two digits of one shape are then alike."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

DIRECTIONS = 8


def edges(images: Tensor) -> Tensor:
    """How brightness changes in each part of images (N, C, H, W) uint8, and which way: (N, F).

    In eight directions, in squares of 6 pixels a side that overlap by 2. Whole numbers from 0 to
    255, on the CPU: uint8. Brighter ink, or all of it moved by a pixel, changes little.
    Dalal & Triggs, "Histograms of Oriented Gradients for Human Detection", 2005.
    """
    x = images.cpu().float() / 255
    x = F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)  # a border is no edge
    right = x[..., 1:-1, 2:] - x[..., 1:-1, :-2]
    down = x[..., 2:, 1:-1] - x[..., :-2, 1:-1]
    steepness = (right.square() + down.square()).sqrt().clamp(min=1e-6)
    angles = [2 * math.pi * turn / DIRECTIONS for turn in range(DIRECTIONS)]
    uphill = (F.relu(right * math.cos(angle) + down * math.sin(angle)) for angle in angles)
    each = torch.cat([along.square() / steepness for along in uphill], dim=1)
    parts = F.avg_pool2d(each, 6, stride=4, padding=1).flatten(1)
    lengths = parts.norm(dim=1, keepdim=True).clamp(min=1e-6)
    return (255 * (parts / lengths).sqrt()).round().to(torch.uint8)
