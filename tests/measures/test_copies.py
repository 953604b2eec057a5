"""The nearest training images and the copying test, against naive loops and scipy."""

import itertools
import math

import pytest
import scipy.stats
import torch

from gan_lib.measures import copies
from gan_lib.measures.metrics import MetricError


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_nearest_in_cell_against_a_naive_loop():
    train, x = normal(60, 4).float(), normal(25, 4, seed=1).float()
    train_cells, cells = torch.arange(60) % 3, torch.arange(25) % 4  # no training image in cell 3
    x[0] = train[42]  # a copy, in the same cell
    distances, indices = copies.nearest_in_cell(train, train_cells, x, cells)
    assert (distances[0], indices[0]) == (0, 42)
    for i in range(25):
        near = [(math.dist(x[i], train[j]), j) for j in range(60) if train_cells[j] == cells[i]]
        distance, index = min(near, default=(math.inf, -1))
        assert distances[i].item() == pytest.approx(distance, rel=1e-5)
        assert indices[i] == index


def test_copying_test_against_a_naive_loop_and_scipy():
    q, p = normal(60).round(decimals=1), normal(80, seed=1).round(decimals=1) + 0.3  # with ties
    q_cells = torch.arange(60) // 25  # 25, 25 and 10 in the cells 0, 1 and 2; none in cell 3
    p_cells = torch.arange(4).repeat_interleave(torch.tensor([40, 20, 12, 8]))
    total = weight = 0
    for cell in range(3):
        a, b = q[q_cells == cell].tolist(), p[p_cells == cell].tolist()
        u = sum((x > y) + 0.5 * (x == y) for x, y in itertools.product(a, b))
        assert u == scipy.stats.mannwhitneyu(a, b).statistic
        m, n = len(a), len(b)
        total += n * (u - m * n / 2) / math.sqrt(m * n * (m + n + 1) / 12)
        weight += n
    assert copies.copying_test(q, q_cells, p, p_cells) == pytest.approx(total / weight)


def test_copying_test_tells_nearer_from_farther():
    cells, distances = torch.zeros(500).long(), normal(500).abs()
    assert abs(copies.copying_test(normal(500, seed=1).abs(), cells, distances, cells)) < 3
    assert copies.copying_test(distances / 3, cells, distances, cells) < -3
    assert copies.copying_test(distances * 3, cells, distances, cells) > 3
    with pytest.raises(MetricError, match="No digit has 5"):
        copies.copying_test(distances[:4], cells[:4], distances, cells)


def test_a_digit_that_the_training_set_lacks_is_passed_over():
    """Nothing could be copied; the distances to the nearest image of it are infinite."""
    q, p = normal(40), normal(40, seed=1)
    cells = torch.arange(40) % 2
    expected = copies.copying_test(q[cells == 0], cells[cells == 0], p, cells)
    q[cells == 1] = p[cells == 1] = math.inf
    assert copies.copying_test(q, cells, p, cells) == expected
