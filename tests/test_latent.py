"""Points, paths and directions against closed forms; the search against its own images."""

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from gan_lib.keeping import checkpoints
from gan_lib.latents import latent
from gan_lib.recipes import MINIBATCH, QUICK

RESOURCES = Path(__file__).parents[1] / "resources"


@pytest.fixture(scope="module")
def quick():
    return checkpoints.read(RESOURCES / "quick.safetensors").generator


def test_the_same_seed_gives_the_same_latents_and_touches_no_other_random_numbers():
    torch.manual_seed(3)
    expected = torch.randn(5)
    torch.manual_seed(3)
    a, b = latent.normal(4, 64, seed=1), latent.normal(4, 64, seed=1)
    latent.truncated(4, 64, 1.0, seed=1)
    assert torch.equal(torch.randn(5), expected)
    assert torch.equal(a, b) and not torch.equal(a, latent.normal(4, 64, seed=2))


def test_truncated_latents_are_the_normal_ones_that_lie_within():
    z = latent.truncated(2000, 64, 0.7, seed=1).flatten()
    assert z.abs().max() <= 0.7
    normal = latent.normal(4000, 64, seed=2).flatten()
    within = normal[normal.abs() <= 0.7]
    assert z.std().item() == pytest.approx(within.std().item(), rel=0.02)
    for wrong in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError):
            latent.truncated(2, 2, wrong, seed=1)


def test_paths_begin_and_end_where_they_should_and_the_arc_keeps_its_length():
    a, b = latent.normal(2, 64, seed=5)
    for path in (latent.linear(a, b, 9), latent.spherical(a, b, 9)):
        assert path.shape == (9, 64)
        assert torch.allclose(path[0], a) and torch.allclose(path[-1], b, atol=1e-5)
    a, b = a / a.norm(), b / b.norm()
    arc = latent.spherical(a, b, 9)
    assert torch.allclose(arc.norm(dim=1), torch.ones(9), atol=1e-5)
    angles = torch.acos((arc[1:] * arc[:-1]).sum(1).clamp(-1, 1))
    assert torch.allclose(angles, angles[0].expand(8), atol=1e-3)  # steps of equal size
    assert latent.linear(a, b, 3)[1].norm() < 0.9  # the straight line cuts the corner


def test_an_arc_between_a_point_and_itself_stays_there():
    a = latent.normal(1, 64, seed=5)[0]
    assert torch.allclose(latent.spherical(a, a, 5), a.expand(5, 64))
    assert torch.isfinite(latent.spherical(a, -a, 5)).all()


def test_a_walk_comes_by_each_stop_and_closes():
    stops = latent.normal(3, 64, seed=5)
    way = latent.walk(stops, 4)
    assert way.shape == (12, 64)
    assert torch.allclose(way[::4], stops)
    steps = (way.roll(-1, 0) - way).norm(dim=1)  # the last one leads back to the beginning
    assert steps.max() < 2 * steps.median()


def test_a_plane_has_its_three_latents_at_three_corners():
    a, b, c = latent.normal(3, 64, seed=5)
    sheet = latent.plane(a, b, c, 5)
    assert sheet.shape == (5, 5, 64)
    for found, corner in ((sheet[0, 0], a), (sheet[0, -1], b), (sheet[-1, 0], c)):
        assert torch.allclose(found, corner * 8 / corner.norm(), atol=1e-5)
    assert torch.allclose(sheet.norm(dim=2), torch.full((5, 5), 8.0), atol=1e-4)


def test_principal_directions_of_a_linear_generator_are_its_singular_vectors():
    torch.manual_seed(1)
    weight = torch.randn(784, 12) * torch.linspace(3, 1, 12)
    values, directions = latent.principal_directions(
        lambda z: (z @ weight.T).view(-1, 1, 28, 28), latent.normal(3, 12, seed=1)
    )
    _, singular, rows = torch.linalg.svd(weight)
    assert torch.allclose(values, singular**2, rtol=1e-3)
    assert torch.allclose((directions * rows).sum(1).abs(), torch.ones(12), atol=1e-3)
    assert all(d[d.abs().argmax()] > 0 for d in directions)
    same = latent.first_layer_directions(weight)  # one layer is all that there is
    assert torch.allclose(same[1], directions, atol=1e-3)


def test_the_first_principal_direction_changes_the_images_most(quick):
    z = latent.normal(200, 64, seed=9)
    values, directions = latent.principal_directions(quick, latent.normal(16, 64, seed=1))
    assert (values[:-1] >= values[1:]).all()
    gram = directions @ directions.T
    assert torch.allclose(gram, torch.eye(64), atol=1e-4)

    def change(direction):
        with torch.no_grad():
            return (quick(z + 0.5 * direction) - quick(z)).square().mean().item()

    singles = [change(e) for e in torch.eye(64)]
    assert change(directions[0]) > max(singles)
    assert change(directions[-1]) < min(singles)


def test_a_scan_moves_along_its_direction_and_nowhere_else():
    z, direction = latent.normal(2, 64, seed=3)
    direction = direction / direction.norm()
    positions = torch.tensor([-3.0, 0.0, 1.5])
    moved = latent.scan(z, direction, positions)
    assert torch.allclose(moved @ direction, positions, atol=1e-5)
    rest = moved - (moved @ direction).unsqueeze(1) * direction
    assert torch.allclose(rest, rest[0].expand(3, 64), atol=1e-5)
    where = torch.dot(z, direction)
    assert torch.allclose(latent.scan(z, direction, where.view(1))[0], z, atol=1e-5)


def test_the_search_finds_the_latent_of_an_image_that_the_generator_made(quick):
    truth = latent.normal(1, 64, seed=11)
    with torch.no_grad():
        target = quick(truth)
    found = list(latent.approach(quick, target, latent.normal(32, 64, seed=12), steps=150))
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
    for _ in latent.approach(quick, torch.zeros(1, 1, 28, 28), latent.normal(4, 64, 1), steps=3):
        pass
    assert all(torch.equal(a, b) for a, b in zip(before, quick.parameters()))
    assert all(p.grad is None for p in quick.parameters())


def test_joining_adds_the_digit_only_where_it_belongs():
    noise, digits = latent.normal(3, 64, seed=1), torch.tensor([4, 0, 9])
    assert torch.equal(QUICK.join(noise), noise)
    joined = MINIBATCH.join(noise, digits)
    assert joined.shape == (3, 74) and torch.equal(joined[:, 64:].argmax(1), digits)
    assert isinstance(nn.Identity()(joined), torch.Tensor)
