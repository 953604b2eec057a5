"""Points and paths of the latent space, against closed forms."""

import pytest
import torch

from gan_lib.latents import points


def test_the_same_seed_gives_the_same_latents_and_touches_no_other_random_numbers():
    torch.manual_seed(3)
    expected = torch.randn(5)
    torch.manual_seed(3)
    a, b = points.normal(4, 64, seed=1), points.normal(4, 64, seed=1)
    points.truncated(4, 64, 1.0, seed=1)
    assert torch.equal(torch.randn(5), expected)
    assert torch.equal(a, b) and not torch.equal(a, points.normal(4, 64, seed=2))


def test_truncated_latents_are_the_normal_ones_that_lie_within():
    z = points.truncated(2000, 64, 0.7, seed=1).flatten()
    assert z.abs().max() <= 0.7
    normal = points.normal(4000, 64, seed=2).flatten()
    within = normal[normal.abs() <= 0.7]
    assert z.std().item() == pytest.approx(within.std().item(), rel=0.02)
    for wrong in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError):
            points.truncated(2, 2, wrong, seed=1)


def test_paths_begin_and_end_where_they_should_and_the_arc_keeps_its_length():
    a, b = points.normal(2, 64, seed=5)
    for path in (points.linear(a, b, 9), points.spherical(a, b, 9)):
        assert path.shape == (9, 64)
        assert torch.allclose(path[0], a) and torch.allclose(path[-1], b, atol=1e-5)
    a, b = a / a.norm(), b / b.norm()
    arc = points.spherical(a, b, 9)
    assert torch.allclose(arc.norm(dim=1), torch.ones(9), atol=1e-5)
    angles = torch.acos((arc[1:] * arc[:-1]).sum(1).clamp(-1, 1))
    assert torch.allclose(angles, angles[0].expand(8), atol=1e-3)  # steps of equal size
    assert points.linear(a, b, 3)[1].norm() < 0.9  # the straight line cuts the corner


def test_an_arc_between_a_point_and_itself_stays_there():
    a = points.normal(1, 64, seed=5)[0]
    assert torch.allclose(points.spherical(a, a, 5), a.expand(5, 64))
    assert torch.isfinite(points.spherical(a, -a, 5)).all()


def test_a_walk_comes_by_each_stop_and_closes():
    stops = points.normal(3, 64, seed=5)
    way = points.walk(stops, 4)
    assert way.shape == (12, 64)
    assert torch.allclose(way[::4], stops)
    steps = (way.roll(-1, 0) - way).norm(dim=1)  # the last one leads back to the beginning
    assert steps.max() < 2 * steps.median()


def test_a_plane_has_its_three_latents_at_three_corners():
    a, b, c = points.normal(3, 64, seed=5)
    sheet = points.plane(a, b, c, 5)
    assert sheet.shape == (5, 5, 64)
    for found, corner in ((sheet[0, 0], a), (sheet[0, -1], b), (sheet[-1, 0], c)):
        assert torch.allclose(found, corner * 8 / corner.norm(), atol=1e-5)
    assert torch.allclose(sheet.norm(dim=2), torch.full((5, 5), 8.0), atol=1e-4)
