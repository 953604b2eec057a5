"""Directions of the latent space: against closed forms, and of a trained generator."""

import pytest
import torch

from gan_lib.keeping import checkpoints
from gan_lib.latents import directions as d
from gan_lib.latents import points
from gan_lib.sources.bundled import resource


@pytest.fixture(scope="module")
def quick():
    return checkpoints.read(resource("quick.safetensors")).generator


def test_principal_directions_of_a_linear_generator_are_its_singular_vectors():
    torch.manual_seed(1)
    weight = torch.randn(784, 12) * torch.linspace(3, 1, 12)
    values, found = d.principal_directions(
        lambda z: (z @ weight.T).view(-1, 1, 28, 28), points.normal(3, 12, seed=1)
    )
    _, singular, rows = torch.linalg.svd(weight)
    assert torch.allclose(values, singular**2, rtol=1e-3)
    assert torch.allclose((found * rows).sum(1).abs(), torch.ones(12), atol=1e-3)
    assert all(v[v.abs().argmax()] > 0 for v in found)
    same = d.first_layer_directions(weight)  # one layer is all that there is
    assert torch.allclose(same[1], found, atol=1e-3)


def test_the_first_principal_direction_changes_the_images_most(quick):
    z = points.normal(200, 64, seed=9)
    values, found = d.principal_directions(quick, points.normal(16, 64, seed=1))
    assert (values[:-1] >= values[1:]).all()
    gram = found @ found.T
    assert torch.allclose(gram, torch.eye(64), atol=1e-4)

    def change(direction):
        with torch.no_grad():
            return (quick(z + 0.5 * direction) - quick(z)).square().mean().item()

    singles = [change(e) for e in torch.eye(64)]
    assert change(found[0]) > max(singles)
    assert change(found[-1]) < min(singles)


def test_a_scan_moves_along_its_direction_and_nowhere_else():
    z, direction = points.normal(2, 64, seed=3)
    direction = direction / direction.norm()
    positions = torch.tensor([-3.0, 0.0, 1.5])
    moved = d.scan(z, direction, positions)
    assert torch.allclose(moved @ direction, positions, atol=1e-5)
    rest = moved - (moved @ direction).unsqueeze(1) * direction
    assert torch.allclose(rest, rest[0].expand(3, 64), atol=1e-5)
    where = torch.dot(z, direction)
    assert torch.allclose(d.scan(z, direction, where.view(1))[0], z, atol=1e-5)
