"""The search for the latent of an image, among images that the generator made itself."""

import math

import pytest
import torch

from gan_lib.keeping import checkpoints
from gan_lib.latents import points
from gan_lib.latents.search import approach
from gan_lib.sources.bundled import resource


@pytest.fixture(scope="module")
def quick():
    return checkpoints.read(resource("quick.safetensors")).generator


def test_the_search_finds_the_latent_of_an_image_that_the_generator_made(quick):
    truth = points.normal(1, 64, seed=11)
    with torch.no_grad():
        target = quick(truth)
    found = list(approach(quick, target, points.normal(32, 64, seed=12), steps=150))
    assert [f.step for f in found] == list(range(151))
    assert found[-1].error < 0.35 * found[0].error
    assert math.isclose(
        found[-1].error, (found[-1].x - target).square().mean().sqrt(), rel_tol=1e-4
    )
    with torch.no_grad():
        assert torch.allclose(quick(found[-1].z.unsqueeze(0)), found[-1].x, atol=1e-4)
    assert found[-1].z.norm() < 10  # it has not wandered off to where no latent is


def test_the_search_leaves_the_generator_as_it_is(quick):
    before = [p.clone() for p in quick.parameters()]
    for _ in approach(quick, torch.zeros(1, 1, 28, 28), points.normal(4, 64, 1), steps=3):
        pass
    assert all(torch.equal(a, b) for a, b in zip(before, quick.parameters()))
    assert all(p.grad is None for p in quick.parameters())
