"""The exact values of the plane's theory, against a table, an integral and a formula."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm

from gan_lib.plane import mixtures
from gan_lib.plane.dirac import dirac_path
from gan_lib.plane.separation import optimal_discriminator, separation
from gan_lib.plane.turns import Method


@pytest.mark.parametrize(
    "d, js, accuracy, saturating, non_saturating",
    [(1, 0.1114, 0.691, 0.398, 0.602), (2, 0.3368, 0.841, 0.450, 1.550),
     (4, 0.6327, 0.977, 0.137, 3.863), (8, 0.6931, 1.000, 0.0004, 8.000)],
)  # fmt: skip
def test_two_normal_distributions(d, js, accuracy, saturating, non_saturating):
    found = separation(d)
    assert found.js == pytest.approx(js, abs=6e-5)
    assert found.value == pytest.approx(2 * js - 2 * math.log(2), abs=2e-4)
    assert found.accuracy == pytest.approx(accuracy, abs=6e-4)
    assert found.saturating == pytest.approx(saturating, abs=6e-4)
    assert found.non_saturating == pytest.approx(non_saturating, abs=6e-4)


def test_where_they_are_the_same_nobody_can_tell():
    assert separation(0) == pytest.approx((0, -2 * math.log(2), 0.5, 0, 0), abs=1e-9)


def test_the_jensen_shannon_divergence_is_that_of_its_definition():
    p, q = norm(0).pdf, norm(1.5).pdf

    def integrand(x):
        middle = (p(x) + q(x)) / 2
        return (p(x) * math.log(p(x) / middle) + q(x) * math.log(q(x) / middle)) / 2

    assert separation(1.5).js == pytest.approx(quad(integrand, -9, 11)[0], abs=1e-8)
    best = partial(optimal_discriminator, d=1.5)
    value = quad(lambda x: p(x) * np.log(best(x)) + q(x) * np.log(1 - best(x)), -9, 11)[0]
    assert separation(1.5).value == pytest.approx(value, abs=1e-8)  # V(D*, G)
    assert optimal_discriminator(np.array(0.3), 1.5) == pytest.approx(p(0.3) / (p(0.3) + q(0.3)))


@pytest.mark.parametrize(
    "method, distance",
    [(Method("simultaneous"), 10.05), (Method(), 1.543), (Method("extragradient"), 0.1996),
     (Method("optimistic"), 0.1754), (Method(momentum=-0.5), 0.8102),
     (Method(momentum=0.5), 8961), (Method("simultaneous", damping=1), 2.294e-4)],
    ids=str,
)  # fmt: skip
def test_min_max_xy_after_a_hundred_steps(method, distance):
    places = method.path()
    assert places.shape == (101, 2)
    assert np.linalg.norm(places[-1]) == pytest.approx(distance, rel=1e-3)
    largest = abs(method.eigenvalues()[0])
    if method == Method():  # bounded for ever: on the unit circle
        assert largest == pytest.approx(1)
        assert np.linalg.norm(method.path(5000)[-1]) < 3
        assert np.linalg.norm(places.mean(axis=0)) < 0.1
    else:
        assert (largest > 1) == (distance > math.sqrt(2))


def test_simultaneous_steps_grow_as_the_formula_says():
    for rate in (0.1, 0.5):
        eigenvalues = Method("simultaneous", rate).eigenvalues()[:2]
        assert np.abs(eigenvalues) == pytest.approx(math.sqrt(1 + rate**2))


def test_an_order_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="order must be one of simultaneous, "):
        Method("backwards").path()


def test_momentum_fights_the_cure_of_the_dirac_gan():
    """Mean distance over the steps 1,500 to 2,000. Our cross-entropy is a mean over both halves,
    so that γ = 0.15 is to it what 0.3 is to a sum."""
    far = {}
    for betas in ((0.0, 0.99), (0.9, 0.999)):
        for gamma in (0.0, 0.15):
            places = dirac_path(betas=betas, gamma=gamma)
            assert places.shape == (2001, 2) and places[0].tolist() == [1, 1]
            far[betas[0], gamma] = places[1500:].norm(dim=1).mean().item()
    assert far == {
        (0.0, 0.0): pytest.approx(0.066, rel=0.05), (0.0, 0.15): pytest.approx(0.005, abs=0.001),
        (0.9, 0.0): pytest.approx(1.23, rel=0.05), (0.9, 0.15): pytest.approx(0.68, rel=0.05),
    }  # fmt: skip


EVERY = [mixtures.ring(), mixtures.grid(3), mixtures.two_moons(), mixtures.spiral(),
         mixtures.two_bands()]  # fmt: skip


@pytest.mark.parametrize("mixture", EVERY, ids=lambda m: m.name)
def test_a_density_is_one_in_all_and_that_of_the_samples(mixture):
    reach = mixture.centres.abs().max().item() + 6 * mixture.std
    cells = 800
    row = torch.linspace(-reach, reach, cells)
    density = mixture.log_density(torch.cartesian_prod(row, row)).exp()
    cell = (2 * reach / (cells - 1)) ** 2
    assert density.sum().item() * cell == pytest.approx(1, abs=2e-3)
    x = mixture.sample(20_000)
    box = (x > 0).all(dim=1).float().mean().item()  # of the samples, and by the density
    inside = (torch.cartesian_prod(row, row) > 0).all(dim=1)
    assert box == pytest.approx((density[inside].sum() * cell).item(), abs=0.015)
    assert torch.equal(x, mixture.sample(20_000)) and not torch.equal(x, mixture.sample(20_000, 8))


def test_ring_and_grid_are_where_they_are_said_to_be():
    ring, grid = mixtures.ring(), mixtures.grid()
    assert ring.centres.norm(dim=1).tolist() == pytest.approx([1.0] * 8)
    assert len(grid.centres) == 25 and grid.centres.abs().max() == 2
    near = torch.cdist(grid.sample(20_000), grid.centres).min(dim=1).values < 3 * grid.std
    assert near.float().mean().item() == pytest.approx(1 - math.exp(-4.5), abs=0.003)  # 98.9 %


def test_a_drawing_is_where_it_was_drawn():
    levels = np.zeros((112, 112), np.uint8)
    levels[10:14, 100:104] = 255  # above, to the right
    drawing = mixtures.drawn(levels)
    x, y = drawing.sample(500).mean(dim=0).tolist()
    assert x == pytest.approx(101.5 / 111 * 2.8 - 1.4, abs=0.02) and y == pytest.approx(
        1.4 - 11.5 / 111 * 2.8, abs=0.02
    )
    with pytest.raises(mixtures.UserError, match="Nothing is drawn yet"):
        mixtures.drawn(np.zeros((112, 112), np.uint8))
