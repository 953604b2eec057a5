"""Copies: how near generated images come to the training images, by the classifier's features.

Notebook "How good is it?" shows the nearest pairs, and what the test says of copies.
"""

import math

import torch
from torch import Tensor

from gan_lib.belief.confidence import ranked_right
from gan_lib.measures.metrics import CHUNK, MetricError

FEWEST = 5  # images of a digit in both sets, or the copying test passes that digit over


def nearest_in_cell(
    train: Tensor, train_cells: Tensor, features: Tensor, cells: Tensor
) -> tuple[Tensor, Tensor]:
    """For each of `features` (N, d), the nearest of `train` (M, d) that is in the same cell.

    Cells (N,) and (M,) are the digits that the classifier sees. Returns the distances (N,) and the
    numbers of the training images (N,); infinity and -1 where the training set has no such digit.
    """
    distances = torch.full((len(features),), math.inf)
    indices = torch.full((len(features),), -1)
    for cell in cells.unique():
        candidates = (train_cells == cell).nonzero().squeeze(1)
        if len(candidates) == 0:
            continue
        for rows in (cells == cell).nonzero().squeeze(1).split(CHUNK):
            nearest = candidates[torch.cdist(features[rows], train[candidates]).min(dim=1).indices]
            # Once more for the nearest alone: cdist is fast, but says 0.03 where a copy has 0.
            distances[rows] = (features[rows] - train[nearest]).norm(dim=1)
            indices[rows] = nearest
    return distances, indices


def copying_test(
    distances: Tensor, cells: Tensor, distances_held_out: Tensor, cells_held_out: Tensor
) -> float:
    """C_T: far below 0 for copies of training images, far above 0 for images unlike any of them.

    Are generated images closer to their nearest training image than held-out real ones are? In each
    cell all pairs are compared (the U of Mann and Whitney), as standard deviations from a draw; the
    cells are averaged by their share of held-out images. Meehan, Chaudhuri and Dasgupta, "A
    Non-Parametric Test to Detect Data-Copying", 2020. Theirs are cells of k-means. Ours are digits,
    since a 1 has its neighbours much nearer than a 2. Raises `MetricError` if no cell has enough.
    """
    total, weight = 0.0, 0
    for cell in cells_held_out.unique():
        q = distances[cells == cell]
        p = distances_held_out[cells_held_out == cell]
        m, n = len(q), len(p)
        if min(m, n) < FEWEST or torch.isinf(q).any():  # there is no such digit to be copied
            continue
        u = m * n * ranked_right(q, p)  # in how many pairs of both the held-out image is nearer
        total += n * (u - m * n / 2) / math.sqrt(m * n * (m + n + 1) / 12)
        weight += n
    if weight == 0:
        raise MetricError(f"No digit has {FEWEST} generated and {FEWEST} held-out images.")
    return total / weight
