"""The playground without a browser: a press acts, a choice begins anew, and what is shown is so."""

import numpy as np
import pytest
import torch
from seen import until

from gan_lib.pictures.plane_pictures import picture
from gan_lib.plane.scene import scene
from gan_lib.plane.stages import STAGES
from gan_lib.widgets import front_end
from gan_lib.widgets.playground import DRAWING, SHOWN, Playground


@pytest.fixture
def playground():
    made = Playground()
    yield made
    made.session.pause()


def places(playground):
    seen = scene(playground.session.state, playground.mixture())
    return seen.fake, seen.confidence


def test_step_d_moves_the_map_and_step_g_the_points(playground):
    buttons, view = playground.dashboard.buttons, playground.dashboard.view
    fake, confidence = places(playground)
    buttons["Step D"].click()
    assert torch.equal(places(playground)[0], fake)
    assert not torch.equal(places(playground)[1], confidence)
    fake, confidence = places(playground)
    picture = view.verdicts.value
    buttons["Step G"].click()
    assert torch.equal(places(playground)[1], confidence)
    assert not torch.equal(places(playground)[0], fake)
    assert view.verdicts.value != picture


def test_slow_motion_goes_through_one_step_beside_its_code(playground):
    view, before = playground.dashboard.view, playground.session.state.step
    for number, stage in enumerate(STAGES):
        fake, confidence = places(playground)
        playground.slow.click()
        assert f">{stage.words[:2]}" in view.words.value and "<mark>▶" in view.code.value
        now_fake, now_confidence = places(playground)
        assert torch.equal(fake, now_fake) == (stage.learns != "generator"), number
        assert torch.equal(confidence, now_confidence) == (stage.learns != "discriminator")
    assert playground.session.state.step == before + 2  # each step lets one player learn
    assert view.curves.layout.display == "none"
    playground.slow.click()  # the first stage of the next step, without D's map
    playground.dashboard.buttons["Step both"].click()
    assert view.curves.layout.display != "none" and view.code.layout.display == "none"
    now = scene(playground.session.state, playground.mixture())
    assert bytes(view.verdicts.value) == picture(now).png


def test_slow_motion_of_a_game_that_is_over_changes_nothing(playground):
    playground.dashboard.buttons["Stop"].click()
    said = playground.dashboard.view.words.value
    playground.slow.click()
    assert playground.stage == -1 and playground.dashboard.view.words.value == said


def test_looking_back_while_it_runs_takes_nothing_from_the_curves(playground):
    playground.dashboard.buttons["Start"].click()
    view = playground.dashboard.view
    until(lambda: len(view.readings) > 3 and len(playground.session.snapshots) > 1)
    playground.dashboard.past.value = -1
    before, step = len(view.readings), playground.session.state.step
    until(lambda: playground.session.state.step > step + 100)
    playground.dashboard.buttons["Pause"].click()
    assert len(view.readings) >= before


def test_without_the_parts_of_the_page_there_is_no_drawing(monkeypatch):
    monkeypatch.setattr(front_end, "missing", lambda: "A part is missing.")
    playground = Playground()
    assert DRAWING not in playground.controls["real"].options
    playground.controls["real"].value = "two moons"
    assert playground.session.data.name == "two moons"


def test_a_choice_begins_a_new_game_as_chosen(playground):
    first = places(playground)[0]
    playground.dashboard.buttons["Step both"].click()
    playground.again.click()
    assert torch.equal(places(playground)[0], first)  # the same seed
    playground.controls["seed"].value = 8
    assert not torch.equal(places(playground)[0], first)
    for name, value in {
        "loss": "hinge",
        "gamma": 0.1,
        "beta": 0.5,
        "steps": 2,
        "width": 0.25,
    }.items():
        playground.controls[name].value = value
    recipe = playground.session.state.recipe
    assert recipe.objective.name == "hinge" and len(recipe.objective.penalties) == 2
    assert recipe.generator_betas == recipe.discriminator_betas == (0.5, 0.99)
    assert recipe.discriminator_steps == 2 and recipe.width_multiplier == 0.25
    playground.dashboard.buttons["Step both"].click()
    assert playground.session.state.step == 1
    for name in SHOWN:
        playground.controls["real"].value = name
        assert playground.session.data.name == name


def test_what_is_drawn_is_played_for(playground):
    old = playground.session
    playground.controls["real"].value = DRAWING
    assert "Nothing is drawn yet" in playground.dashboard.view.words.value
    assert playground.session is old
    levels = np.zeros((112, 112), np.uint8)
    levels[50:60, 20:90] = 255
    playground.pad.drawing = levels
    playground.again.click()
    assert playground.session.data.name == "your drawing"
    assert playground.session.data.floats()[:, 1].abs().max() < 0.5


def test_it_runs_with_pictures_and_goes_back(playground):
    playground.dashboard.buttons["Start"].click()
    view = playground.dashboard.view
    until(lambda: len(view.readings) > 2)
    playground.dashboard.buttons["Pause"].click()
    until(lambda: playground.session.status == "paused")
    assert playground.session.error is None
    playground.dashboard.past.value = 1 - len(playground.session.snapshots)
    playground.dashboard.branch.click()
    assert playground.session.state.step == 0
    assert playground.dashboard.view.readings[-1].step == 0
    assert playground.shown().png.startswith(b"\x89PNG")
