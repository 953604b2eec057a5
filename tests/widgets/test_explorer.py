"""The explorer without a browser: positions, pictures and words belong together."""

import asyncio
import re
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from seen import held, on, until

from gan_lib.keeping import checkpoints
from gan_lib.latents import points
from gan_lib.pictures import grids
from gan_lib.recipes import CLUSTERED, CONDITIONAL, MINIBATCH, QUICK
from gan_lib.sources.bundled import resource
from gan_lib.state import new_state
from gan_lib.widgets import FIRST_LABEL, front_end
from gan_lib.widgets.cluster_choice import sheet
from gan_lib.widgets.explorer import LatentExplorer
from gan_lib.widgets.explorer_view import STRIP

PAIRS = [QUICK, CONDITIONAL, MINIBATCH]


def untrained(recipe, images, seed=3):
    """With weights that are not all alike in their answers: enough for what is shown."""
    return checkpoints.Checkpoint.of(new_state(recipe, images, seed=seed))


@pytest.fixture(scope="module", params=PAIRS, ids=lambda recipe: recipe.name)
def pair(request, few):
    return untrained(request.param, few)


@pytest.fixture
def explorer(pair):
    return LatentExplorer(pair, seed=5)


def expected(explorer, z=None):
    """The levels of the image that the generator makes of a latent."""
    with torch.no_grad():
        return grids.pixels(explorer.here.pair.generator(explorer.z if z is None else z))[0]


def shown(explorer):
    """The large picture, back at the size that the generator makes."""
    large, (_, height, width) = on(explorer.picture), explorer.here.pair.shape
    down, across = large.shape[0] // height, large.shape[1] // width
    assert down == across > 1  # whole pixels, in the right proportion
    return large[::down, ::across]


def test_it_shows_what_the_generator_makes_of_its_latent(explorer, pair):
    assert explorer.z.shape == (1, pair.recipe.latent_dim(10))
    assert np.array_equal(shown(explorer), expected(explorer))
    copied = re.fullmatch(r"z = torch\.tensor\((.*)\)", explorer.take_away.text)[1]
    assert torch.equal(torch.tensor(eval(copied)), explorer.z)  # not a digit is lost
    assert bytes(explorer.take_away.png) == bytes(explorer.picture.value)
    assert explorer.take_away.file == "digit.png"


def test_it_shows_pairs_of_any_kind(images):
    recipe = QUICK if images.labels is None else CONDITIONAL
    explorer = LatentExplorer(untrained(recipe, images))
    assert np.array_equal(shown(explorer), expected(explorer))
    begin = explorer.picture.value
    explorer.sliders[3].value += 1.0
    assert explorer.picture.value != begin
    assert np.array_equal(shown(explorer), expected(explorer))
    assert [name for name, _ in explorer.label.options] == list(images.classes or [""])
    assert (explorer.label.layout.display is None) == bool(images.classes)
    if images.classes:
        explorer.label.index = 9
        assert explorer.z[0, 64:].argmax() == 9
    picture = explorer.shown()
    assert picture.image().width > 300 and len(picture.alt) > 20


def test_a_latent_of_two_numbers_has_two_sliders(few):
    explorer = LatentExplorer(untrained(replace(QUICK, noise_dim=2), few))
    explorer.family.value = "coordinates"
    assert len(explorer.sliders) == 2
    explorer.sliders[1].value = -1.5  # far from where it stands
    assert explorer.z[0, 1] == pytest.approx(-1.5)


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
            assert np.array_equal(shown(explorer), expected(explorer))


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
    far = 4 * explorer.here.axes[0]  # farther out than the slider reaches
    explorer.here.noise = far
    explorer.family.value = "coordinates"
    explorer.family.value = "main directions"
    assert explorer.sliders[0].value == 3.0
    explorer.sliders[0].value = 3.0000000000000004
    assert torch.equal(explorer.here.noise, far)


def test_a_strip_shows_what_its_slider_would_do(explorer):
    explorer.family.value = "coordinates"
    explorer.first.value = 10
    strip = on(explorer.strips[1])[::2, ::2]
    for column, position in enumerate(STRIP):
        z = explorer.z.clone()
        z[0, 11] = position
        cell = strip[2:30, 2 + 30 * column : 30 + 30 * column]
        assert np.abs(cell.astype(int) - expected(explorer, z).astype(int)).max() <= 1
    assert explorer.sliders[1].description == "number 11"
    assert explorer.sliders[1].value == pytest.approx(explorer.z[0, 11].item())


def test_while_hands_move_the_strips_rest_and_then_show_where_it_stands(explorer):
    """In a kernel there is a loop that calls back; what it shows must be of the last move."""

    looked, scans = [], explorer.here.scans
    explorer.here.scans = lambda positions: looked.append(1) or scans(positions)

    async def drag():
        before = [strip.value for strip in explorer.strips]
        explorer.sliders[0].value += 0.5
        explorer.sliders[1].value -= 0.5
        explorer.sliders[1].value -= 0.5
        assert [strip.value for strip in explorer.strips] == before
        while [strip.value for strip in explorer.strips] == before:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)  # nothing comes after it

    asyncio.run(asyncio.wait_for(drag(), 60))
    assert len(looked) == 1  # and not once for each move
    for index, x in enumerate(explorer.here.scans(STRIP)):  # all six: two of them were moved
        assert np.array_equal(on(explorer.strips[index]), np.asarray(grids.grid(x, 7, scale=2)))
    assert str(explorer.z.tolist()) in explorer.take_away.text


def test_the_digit_changes_and_the_rest_of_the_latent_stays(pair):
    explorer = LatentExplorer(pair)
    told = explorer.label.layout.display != "none"
    assert told == (pair.recipe.told != "nobody")
    if told:
        noise, seen = explorer.here.noise.clone(), set()
        for digit in range(10):
            explorer.label.value = digit
            assert explorer.z[0, 64:].argmax() == digit and torch.equal(explorer.here.noise, noise)
            seen.add(bytes(explorer.picture.value))
        assert len(seen) == 10


def choose_each(explorer):
    """Choose each cluster in turn, look at what is said and shown, and return what chooses it."""
    words, control = explorer.children[1].children
    clusters, noise = explorer.here.pair.kind.clusters, explorer.here.noise.clone()
    assert explorer.label.value == min(FIRST_LABEL, len(explorer.here.pair.classes) - 1)
    for number in reversed(range(len(clusters))):
        explorer.label.value = number
        assert explorer.z[0, 64:].argmax() == number and torch.equal(explorer.here.noise, noise)
        assert np.array_equal(shown(explorer), expected(explorer))
        assert f"cluster <b>{number}</b> of {len(clusters)} " in words.value
        yield number, grids.pixels(clusters.means)[number], control


@pytest.mark.parametrize("kind", ["few", "colours", "unlabelled", "stacks"])
def test_a_cluster_is_chosen_by_its_mean_image(kind, request, monkeypatch):
    pair = untrained(replace(CLUSTERED, clusters=7), request.getfixturevalue(kind))
    _, height, width = pair.shape
    explorer = LatentExplorer(pair)
    assert ("for each colour the same" in explorer.children[1].children[0].value) == (
        kind == "stacks"
    )
    png = explorer.label.png
    for number, mean, control in choose_each(explorer):
        assert control is explorer.label and control.png is png  # nothing but a number is sent
        left = number * (width + 2) + 1
        cell = grids.Picture(png, "").image().crop((left, 1, left + width, 1 + height))
        assert np.array_equal(np.asarray(cell.convert("L" if mean.ndim == 2 else "RGB")), mean)
    monkeypatch.setattr(front_end, "missing", lambda: "All is missing.")
    for number, mean, control in choose_each(LatentExplorer(pair)):
        slider, beside = control.children
        assert slider.value == number and slider.description == "cluster"
        assert np.array_equal(on(beside)[:: 56 // height, :: 56 // height], mean)


@pytest.mark.parametrize("count, columns", [(1, 1), (7, 7), (40, 40), (41, 21), (200, 40)])
def test_the_sheet_of_clusters_is_a_few_full_rows(count, columns):
    made = sheet(torch.zeros(count, 1, 28, 28, dtype=torch.uint8), 0)
    assert (made.columns, made.count) == (columns, count)
    assert 20 <= int(made.layout.width[:-2]) / columns <= 40  # pixels of an image on the page
    assert grids.Picture(made.png, "").image().size == (30 * columns, 30 * -(-count // columns))


def test_the_verdict_is_that_of_the_discriminator(explorer, pair):
    if pair.recipe is MINIBATCH:
        assert "whole batches" in explorer.verdict.value
        return
    with torch.no_grad():
        told = [explorer.z[:, 64:]] if pair.recipe.told == "both" else []
        confidence = pair.discriminator(pair.generator(explorer.z), *told).sigmoid().item()
    assert f"<b>{confidence:.0%}</b>" in explorer.verdict.value
    assert ("“real”" in explorer.verdict.value) == (confidence > 0.5)


def test_the_first_digit_is_one_that_the_discriminator_takes_for_real():
    """With the weights of the course. That it is well written somebody has to see."""
    explorer = LatentExplorer(checkpoints.read(resource("conditional.safetensors")))
    assert "“real”" in explorer.verdict.value
    assert int(re.search(r"than (\d+)% of what G", explorer.verdict.value)[1]) > 90


def test_the_confidence_is_ranked_among_other_images_of_the_same_generator():
    here = LatentExplorer(checkpoints.read(resource("conditional.safetensors"))).here
    ranks = []
    for seed in range(200):
        here.noise = points.normal(1, 64, seed=1000 + seed)[0]
        here.label = seed % 10
        ranks.append(here.verdict(here.images())[1])
    assert 0 <= min(ranks) < 0.1 and 0.9 < max(ranks) <= 1
    assert np.mean(ranks) == pytest.approx(0.5, abs=0.1)  # they are of the same kind


def test_the_picture_beside_it_has_the_digit_and_every_strip(explorer):
    picture = explorer.shown()
    sheet = np.asarray(picture.image().convert("L"))
    strips = [on(strip) for strip in explorer.strips]
    rows = sheet[:, -strips[0].shape[1] :]
    for index, strip in enumerate(strips):
        top = 20 + 60 * index  # below the positions
        assert np.array_equal(rows[top + 4 : top + 60, 4:60], strip[4:60, 4:60])
    assert len(picture.alt) > 20


def test_it_follows_a_session_and_leaves_it_alone(few):
    session = held(few, steps=6)
    explorer = LatentExplorer(session, seed=2)
    seen = {bytes(explorer.picture.value)}
    for _ in range(2):
        session.step()
        made = session.snapshots[-1].generate(explorer.z)
        assert np.array_equal(shown(explorer), grids.pixels(made)[0])
        seen.add(bytes(explorer.picture.value))
    assert len(seen) == 3
    assert session.state.generator.training and session.state.averaged is not None
    state = session.start() or session.wait()
    unwatched = held(few, steps=6)
    unwatched.start()
    for a, b in zip(state.generator.parameters(), unwatched.wait().generator.parameters()):
        assert torch.equal(a, b)  # being looked at changes nothing


def test_it_follows_a_session_in_the_cluster_that_was_chosen(few):
    session = held(few, CLUSTERED, steps=6)
    explorer = LatentExplorer(session)
    explorer.label.value = 5
    before = explorer.picture.value
    session.step()
    assert explorer.z[0, 64:].argmax() == explorer.label.value == 5
    assert explorer.picture.value != before and np.array_equal(shown(explorer), expected(explorer))


def test_shown_again_it_follows_there_and_a_dashboard_beside_it_stays(few):
    from gan_lib.widgets.dashboard import Dashboard

    session = held(few)
    first, dashboard, second = LatentExplorer(session), Dashboard(session), LatentExplorer(session)
    assert len(session.watchers) == 2
    before = first.picture.value
    session.step()
    assert first.picture.value == before != second.picture.value
    assert "shown again" in first.children[0].value
    assert "step <b>1</b>" in dashboard.view.numbers.value


def test_a_hand_that_moves_a_slider_makes_the_training_step_aside(few):
    session = held(few)
    explorer = LatentExplorer(session)
    session.start()
    until(lambda: session.state.step > 2)
    step = [session.state.step]
    for position in np.linspace(-2, 2, 40):  # longer than a step takes
        explorer.sliders[0].value = position
        threading.Event().wait(0.02)
        step.append(session.state.step)
    assert step[-1] - step[0] <= 1  # the one that was under way
    until(lambda: session.state.step > step[-1] + 2)  # and goes on
    session.pause()
