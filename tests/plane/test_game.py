"""A game in the plane: the loop of the images plays it, and what is seen of it is what it is."""

import math
from dataclasses import replace

import pytest
import torch

from gan_lib.keeping.session import Session
from gan_lib.length import Length
from gan_lib.objectives import RELATIVISTIC
from gan_lib.pictures import plane_pictures
from gan_lib.plane import mixtures
from gan_lib.plane.players import OBJECTIVES, PLANE, new_game, penalised
from gan_lib.plane.scene import PARTS, coverage, measured_value, reading, scene, value
from gan_lib.plane.stages import STAGES, lines_of
from gan_lib.training import train


@pytest.fixture(scope="module")
def ring():
    return mixtures.ring()


def played(recipe, mixture, steps, seed=7):
    points = mixture.points()
    state = new_game(recipe, points, seed)
    for state in train(state, points, Length(steps=steps)):
        pass
    return state


@pytest.fixture(scope="module")
def game(ring):
    """Three hundred steps of a game that goes well."""
    return played(PLANE, ring, 300)


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize("gamma", [0.0, 0.1])
def test_the_same_loop_plays_every_objective(name, gamma, ring):
    objective = penalised(OBJECTIVES[name], gamma)
    state = played(replace(PLANE, objective=objective), ring, 3)
    assert state.step == 3 and math.isfinite(state.record.loss_generator)
    assert (state.record.penalty > 0) == (gamma > 0 or name == "Wasserstein")
    assert penalised(OBJECTIVES["relativistic"], 1.0) == RELATIVISTIC


def test_it_finds_the_modes_of_a_ring(game, ring):
    before = coverage(new_game(PLANE, ring.points()).sample(2500)[0], ring)
    after = coverage(game.sample(2500)[0], ring)
    assert after.found == 8 and after.share > 2 * before.share


def test_points_come_as_images_do(ring):
    points = ring.points(1000)
    assert points.shape == (2,) and len(points) == 1000 and points.classes == ()
    assert torch.equal(points.part(slice(3)).floats(), points.floats(slice(3)))
    assert "ring of 8" in str(points)


def test_a_session_holds_a_game_and_resumes_it(ring, tmp_path):
    points = ring.points(2000)
    session = Session(new_game(PLANE, points), points, Length(steps=40))
    for _ in range(20):
        session.step()
    session.save(tmp_path / "game")
    session.start()
    session.wait()
    again = Session.resume(tmp_path / "game", points, recipe=PLANE, device="cpu")
    again.start()
    again.wait()
    ours, theirs = (each.state.generator.parameters() for each in (session, again))
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs))


def test_coverage_counts_as_its_papers_do():
    grid = mixtures.grid(2)
    x = torch.cat([grid.centres[:1].repeat(6, 1), grid.centres[1:2].repeat(2, 1),
                   grid.centres[:2] + 4 * grid.std])  # fmt: skip
    found = coverage(x, grid)
    assert (found.found, found.modes, found.share) == (2, 4, pytest.approx(0.8))
    kl = 0.75 * math.log(0.75 * 4) + 0.25 * math.log(0.25 * 4)
    assert found.kl == pytest.approx(kl)
    assert coverage(x + 100, grid).found == 0
    even = coverage(grid.sample(20_000), grid)
    assert even.found == 4 and even.kl < 1e-3


def test_v_is_between_its_bounds(game, ring):
    assert value(torch.zeros(3), torch.zeros(5)) == pytest.approx(-2 * math.log(2))
    assert value(torch.full((3,), 50.0), torch.full((3,), -50.0)) == pytest.approx(0)
    assert -2.0 < measured_value(game, ring) < 0
    assert reading(game, ring).coverage.modes == 8


def test_a_scene_shows_the_state_and_changes_nothing(game, ring):
    def everything():
        weights = (*game.discriminator.parameters(), *game.generator.parameters())
        return [*(p.detach().clone() for p in weights), torch.get_rng_state()]

    before = everything()
    seen = scene(game, ring, count=50)
    assert all(torch.equal(a, b) for a, b in zip(before, everything(), strict=True))
    row = torch.linspace(-seen.reach, seen.reach, len(seen.confidence))
    at = torch.tensor([[row[5], -row[60]]])  # column 5, row 60 from the top
    said = game.discriminator(at).sigmoid().item()
    assert seen.confidence[60, 5].item() == pytest.approx(said, abs=1e-5)
    again = scene(game, ring, count=50)
    assert torch.equal(seen.fake, again.fake)
    # A small move along its push makes G's loss at each point smaller.
    with torch.no_grad():
        loss = PLANE.objective.generator
        for place, push in zip(seen.fake[:20], seen.push[:20]):
            here, there = (game.discriminator(p[None]) for p in (place, place + 1e-3 * push))
            assert loss(there) <= loss(here)


def test_the_picture_has_what_is_asked_for(game, ring):
    seen = scene(game, ring)
    bare = plane_pictures.picture(seen, ()).image()
    assert len(bare.getcolors()) == 1
    whole = plane_pictures.picture(seen)
    assert whole.image().size == (370, 370) and "200 real points as green circles" in whole.alt
    for part in PARTS:
        assert plane_pictures.picture(seen, (part,)).png != plane_pictures.picture(seen, ()).png, (
            part
        )


def test_green_ground_is_real_and_orange_generated(game, ring):
    seen = scene(game, ring)
    for said, sign in ((1.0, 1), (0.0, -1)):
        sure = type(seen)(**{**vars(seen), "confidence": torch.full((64, 64), said)})
        red, green, _ = plane_pictures.picture(sure, ("map",)).image().getpixel((100, 100))
        assert sign * (green - red) > 30


def test_each_stage_is_at_lines_that_exist():
    for stage in STAGES:
        at = [line for line, marked in lines_of(stage) if marked]
        assert len(at) == len(stage.begins), stage.words
    assert [stage.learns for stage in STAGES if stage.learns] == ["discriminator", "generator"]
