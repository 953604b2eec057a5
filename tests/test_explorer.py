"""The explorer and the finder without a browser: positions, pictures and words belong together."""

import dataclasses
import io
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lib.keeping import checkpoints
from gan_lib.keeping.session import Session
from gan_lib.latents import latent
from gan_lib.pictures import grids
from gan_lib.recipes import CONDITIONAL, MINIBATCH, QUICK
from gan_lib.state import new_state
from gan_lib.widgets.explorer import AXES, STRIP, LatentExplorer
from gan_lib.widgets.finder import DigitFinder

RESOURCES = Path(__file__).parents[1] / "resources"
PAIRS = [QUICK, CONDITIONAL, MINIBATCH]


def pixels(widget):
    return np.asarray(Image.open(io.BytesIO(widget.value)))


@pytest.fixture(scope="module", params=PAIRS, ids=lambda recipe: recipe.name)
def pair(request):
    """Untrained, with weights that are not all alike in their answers: enough for what is shown."""
    return checkpoints.Checkpoint.of(new_state(request.param, seed=3))


@pytest.fixture
def explorer(pair):
    return LatentExplorer(pair, seed=5)


def expected(explorer, z=None):
    with torch.no_grad():
        return grids.to_uint8(explorer.here.pair.generator(explorer.z if z is None else z))


def test_it_shows_what_the_generator_makes_of_its_latent(explorer, pair):
    assert explorer.z.shape == (1, pair.recipe.latent_dim)
    assert np.array_equal(pixels(explorer.picture)[::12, ::12], expected(explorer)[0])
    copied = re.fullmatch(r"z = torch\.tensor\((.*)\)", explorer.take_away.text)[1]
    assert torch.equal(torch.tensor(eval(copied)), explorer.z)  # not a digit is lost
    assert bytes(explorer.take_away.png) == bytes(explorer.picture.value)


def test_a_slider_sets_where_the_latent_stands_along_its_direction(explorer):
    for family in explorer.family.options:
        explorer.family.value = family
        for index, slider in enumerate(explorer.sliders):
            before = explorer.here.noise.clone()
            position = -1.3 if slider.value > 0 else 1.3
            slider.value = position
            axis = explorer.here.axes[index]
            assert torch.dot(explorer.here.noise, axis).item() == pytest.approx(position, abs=1e-4)
            moved = explorer.here.noise - before
            assert torch.allclose(moved, torch.dot(moved, axis) * axis, atol=1e-5)
            assert np.array_equal(pixels(explorer.picture)[::12, ::12], expected(explorer)[0])


def test_the_same_positions_give_the_same_digit_whatever_came_between(explorer):
    explorer.family.value = "coordinates"
    for index, position in enumerate((0.5, -1.0, 2.0, 0.0, 0.3, -0.7)):
        explorer.sliders[index].value = position
    first, strips = explorer.picture.value, [s.value for s in explorer.strips]
    explorer.sliders[2].value = -3.0
    explorer.family.value = "main directions"
    explorer.family.value = "coordinates"
    assert explorer.picture.value != first
    explorer.sliders[2].value = 2.0
    assert explorer.picture.value == first and [s.value for s in explorer.strips] == strips


def test_a_seed_is_a_digit_and_reset_leads_back_to_it(explorer):
    begin = explorer.picture.value
    explorer.new_seed.click()
    assert explorer.seed.value == 6 and explorer.picture.value != begin
    explorer.seed.value = 5
    assert explorer.picture.value == begin
    explorer.sliders[0].value += 1.0
    assert explorer.picture.value != begin
    explorer.reset.click()
    assert explorer.picture.value == begin


def test_a_position_that_the_browser_has_rounded_is_no_move(explorer):
    for seed in (5, 6, 7):
        explorer.seed.value = seed
        noise, picture = explorer.here.noise.clone(), explorer.picture.value
        for slider in explorer.sliders:
            slider.value = -3.0 + 0.1 * round((slider.value + 3.0) / 0.1)
        assert torch.equal(explorer.here.noise, noise) and explorer.picture.value == picture
        explorer.sliders[0].value = 0.1 * round(explorer.sliders[0].value / 0.1) - 0.1  # one step
        assert not torch.equal(explorer.here.noise, noise)
    explorer.here.noise = 4 * explorer.here.axes[0]  # farther out than the slider reaches
    explorer._turn()
    assert explorer.sliders[0].value == 3.0
    explorer.sliders[0].value = 3.0000000000000004
    assert torch.equal(explorer.here.noise, 4 * explorer.here.axes[0])


def test_a_strip_shows_what_its_slider_would_do(explorer):
    explorer.family.value = "coordinates"
    explorer.first.value = 10
    strip = pixels(explorer.strips[1])[::2, ::2]
    for column, position in enumerate(STRIP):
        z = explorer.z.clone()
        z[0, 11] = position
        cell = strip[2:30, 2 + 30 * column : 30 + 30 * column]
        assert np.abs(cell.astype(int) - expected(explorer, z)[0].astype(int)).max() <= 1
    assert explorer.sliders[1].description == "number 11"
    assert explorer.sliders[1].value == pytest.approx(explorer.z[0, 11].item())


def test_the_digit_changes_and_the_rest_of_the_latent_stays(pair):
    explorer = LatentExplorer(pair)
    shown = explorer.digit.layout.display != "none"
    assert shown == pair.recipe.latent_digit
    if shown:
        noise, seen = explorer.here.noise.clone(), set()
        for digit in range(10):
            explorer.digit.value = digit
            assert explorer.z[0, 64:].argmax() == digit and torch.equal(explorer.here.noise, noise)
            seen.add(bytes(explorer.picture.value))
        assert len(seen) == 10


def test_the_verdict_is_that_of_the_discriminator(explorer, pair):
    if pair.recipe is MINIBATCH or pair.recipe.name == "minibatch":
        assert "whole batches" in explorer.verdict.value
        return
    with torch.no_grad():
        told = [explorer.z[:, 64:]] if pair.recipe.tells_discriminator else []
        confidence = pair.discriminator(pair.generator(explorer.z), *told).sigmoid().item()
    assert f"<b>{confidence:.0%}</b>" in explorer.verdict.value
    assert ("“real”" in explorer.verdict.value) == (confidence > 0.5)


def test_the_confidence_is_ranked_among_other_images_of_the_same_generator():
    trained = checkpoints.read(RESOURCES / "conditional.safetensors")
    here = LatentExplorer(trained).here
    ranks = []
    for seed in range(200):
        here.noise = latent.normal(1, 64, seed=1000 + seed)[0]
        here.digit = seed % 10
        ranks.append(here.verdict(here.images())[1])
    assert 0 <= min(ranks) < 0.1 and 0.9 < max(ranks) <= 1
    assert np.mean(ranks) == pytest.approx(0.5, abs=0.1)  # they are of the same kind


def test_a_later_generator_is_seen_from_the_same_point(pair):
    here = LatentExplorer(pair).here
    z, directions, x = here.z, here.directions, here.images()
    here.follow(checkpoints.Checkpoint.of(new_state(pair.recipe, seed=4)))
    assert torch.equal(here.z, z) and torch.equal(here.directions, directions)
    assert not torch.equal(here.images(), x)
    here.examine()
    assert not torch.equal(here.directions, directions)


def test_the_picture_beside_it_has_the_digit_and_every_strip(explorer):
    picture = explorer.shown()
    sheet = np.asarray(picture.image().convert("L"))
    strips = [pixels(strip) for strip in explorer.strips]
    rows = sheet[:, -strips[0].shape[1] :]
    for index in range(AXES):
        top = 60 * index
        assert np.array_equal(rows[top + 4 : top + 60, 4:60], strips[index][4:60, 4:60])
    assert len(picture.alt) > 20


def test_it_follows_a_session_and_leaves_it_alone(few):
    session = Session(dataclasses.replace(QUICK, batch_size=16), few, steps=6)
    explorer = LatentExplorer(session, seed=2)
    before = [explorer.picture.value]
    for _ in range(2):
        session.step()
        now = session.snapshots[-1]
        with torch.no_grad():
            made = grids.to_uint8(now.sample(explorer.z))
        assert np.array_equal(pixels(explorer.picture)[::12, ::12], made[0])
        before.append(explorer.picture.value)
    assert len(set(map(bytes, before))) == 3
    assert session.state.generator.training and session.state.averaged is not None
    state = session.start() or session.wait()
    unwatched = Session(dataclasses.replace(QUICK, batch_size=16), few, steps=6)
    unwatched.start()
    for a, b in zip(state.generator.parameters(), unwatched.wait().generator.parameters()):
        assert torch.equal(a, b)  # being looked at changes nothing


def drawn_one():
    pad = np.zeros((112, 112), np.uint8)
    pad[20:92, 52:62] = 255
    return pad


def test_a_drawing_is_treated_as_mnist_treats_digits():
    x = grids.like_mnist(drawn_one())
    assert x.shape == (1, 1, 28, 28) and x.min() == -1 and x.max() == 1
    rows, columns = (x[0, 0] > -1).nonzero(as_tuple=True)
    assert rows.max() - rows.min() + 1 == 20  # the longer side
    shifted = grids.like_mnist(np.roll(drawn_one(), (12, -30), (0, 1)))
    assert torch.equal(shifted, x)  # where on the canvas it is drawn does not matter
    assert torch.equal(grids.like_mnist(np.zeros((112, 112), np.uint8)), -torch.ones(1, 1, 28, 28))


def test_real_digits_come_back_as_they_were(mnist):
    for x in mnist.images[:200]:
        large = grids.to_uint8(x[None])[0].repeat(4, 0).repeat(4, 1)
        assert torch.equal(grids.like_mnist(large)[0], x)


def test_the_finder_comes_nearer_and_says_so(few):
    pair = checkpoints.Checkpoint.of(new_state(CONDITIONAL, seed=3))
    finder = DigitFinder(pair, few)
    assert finder.find() is None and "empty" in finder.words.value
    finder.take(3)
    assert finder.target.max() > 0.5
    end = finder.find(steps=12)
    assert len(finder.course) == 13 and end.error < finder.course[0].error
    assert f"off by {end.error:.2f}" in finder.words.value
    assert np.array_equal(pixels(finder.found)[::8, ::8], grids.to_uint8(end.x)[0])
    assert "confidence" in finder.seen_words.value and "confidence" in finder.found_words.value
    assert finder.shown().image().width > 800
    finder.clear.click()
    assert finder.target.max() == -1 and finder.found_words.value == ""
