"""The dashboard without a browser: that it shows what the session is at, and that a press acts."""

import dataclasses
import io
import threading
import time

import numpy as np
import pytest
from PIL import Image

from gan_lib.belief import confidence
from gan_lib.keeping.session import Session
from gan_lib.pictures import verdict_pictures
from gan_lib.recipes import CONDITIONAL, MINIBATCH, QUICK
from gan_lib.widgets.dashboard import Dashboard

SMALL = dataclasses.replace(QUICK, batch_size=16)


@pytest.fixture
def dashboard(few):
    made = Dashboard(Session(SMALL, few, steps=10**6))
    yield made
    made.session.pause()


def press(dashboard, name):
    dashboard.buttons[name].click()


def enabled(dashboard):
    return {name for name, button in dashboard.buttons.items() if not button.disabled}


def expected_verdicts(dashboard, state):
    real = dashboard.view._real
    x_fake = state.sample(state.fixed_latent[: len(real)])
    logits = confidence.verdicts(
        state.recipe, state.discriminator, real.images, x_fake, real.labels
    )
    return verdict_pictures.bars(real.images, x_fake, *logits, width=460).png


@pytest.mark.parametrize("recipe", [QUICK, CONDITIONAL, MINIBATCH], ids=lambda r: r.name)
def test_it_shows_the_verdicts_on_images_of_the_digits_that_are_asked_for(few, recipe):
    session = Session(recipe, few, steps=3)
    dashboard = Dashboard(session)
    press(dashboard, "Step both")
    assert bytes(dashboard.view.verdicts.value) == expected_verdicts(dashboard, session.state)
    assert dashboard.view._real.labels.tolist() == [digit % 10 for digit in range(18)]
    assert Image.open(io.BytesIO(dashboard.view.curves.value)).width > 400


def test_each_press_does_what_it_says(dashboard):
    session = dashboard.session
    assert enabled(dashboard) == {"Start", "Stop", "Step both", "Step D", "Step G"}
    press(dashboard, "Start")
    assert session.status == "running" and enabled(dashboard) == {"Pause", "Stop"}
    assert "Running" in dashboard.view.words.value
    press(dashboard, "Pause")
    assert session.status == "paused" and "Pause" not in enabled(dashboard)
    step = session.state.step
    weights = [[p.clone() for p in n.parameters()]
               for n in (session.state.generator, session.state.discriminator)]  # fmt: skip
    press(dashboard, "Step G")
    assert f"step <b>{step + 1:,}</b>" in dashboard.view.numbers.value
    now = session.state.generator, session.state.discriminator
    moved = [any((a != b).any() for a, b in zip(w, n.parameters())) for w, n in zip(weights, now)]
    assert moved == [True, False]
    press(dashboard, "Stop")
    assert session.status == "stopped" and enabled(dashboard) == set()
    assert "Rewind" in dashboard.view.words.value


def test_the_slider_shows_the_past_and_go_back_makes_the_training_branch(dashboard):
    session = dashboard.session
    for _ in range(4):
        press(dashboard, "Step both")
    dashboard.moment.value = -3
    assert (
        "past" in dashboard.view.numbers.value and "step <b>1</b>" in dashboard.view.numbers.value
    )
    assert bytes(dashboard.view.verdicts.value) == expected_verdicts(
        dashboard, session.snapshots[1]
    )
    assert session.state.step == 4  # looking is not going
    dashboard.branch.click()
    assert session.state.step == 1 and dashboard.moment.value == 0
    assert "past" not in dashboard.view.numbers.value
    press(dashboard, "Step both")
    assert session.state.step == 2 and len(session.left) == 4


def test_rates_and_noise_reach_the_training_and_come_back_with_the_past(dashboard):
    session = dashboard.session
    press(dashboard, "Step both")
    dashboard.rates["generator_rate"].value = 1e-3
    dashboard.rates["input_noise_std"].value = 0.2
    recipe = session.state.recipe
    assert recipe.generator_rate == pytest.approx(1e-3) and recipe.input_noise_std == 0.2
    press(dashboard, "Step both")
    dashboard.moment.value = -1
    dashboard.branch.click()
    assert session.state.recipe.input_noise_std == 0
    assert dashboard.rates["generator_rate"].value == pytest.approx(SMALL.generator_rate)


def test_a_rate_that_the_browser_has_rounded_is_no_change(dashboard):
    """Showing a dashboard must not change the training: it would no longer end in the same bits."""
    dashboard.rates["generator_rate"].value = 10 ** (-5 + 0.05 * 52)  # 3.98e-3, for 4e-3
    dashboard.rates["input_noise_std"].value = 0.02
    assert dashboard.session.state.recipe == SMALL
    dashboard.rates["generator_rate"].value = 10 ** (-5 + 0.05 * 53)
    assert dashboard.session.state.recipe.generator_rate == pytest.approx(4.47e-3, rel=1e-2)


def test_an_error_in_the_thread_is_shown(few):
    bad = dataclasses.replace(few, images=few.images.clone().fill_(float("nan")))
    session = Session(SMALL, few, steps=9)
    dashboard = Dashboard(session)
    session.data = bad
    press(dashboard, "Start")
    with pytest.raises(Exception, match="finite"):
        session.wait()
    assert "Failed" in dashboard.view.words.value and "Step 1" in dashboard.view.words.value
    assert enabled(dashboard) == set()


def test_two_dashboards_of_one_session_and_of_two(few):
    session = Session(SMALL, few, steps=10**6)
    one, two = Dashboard(session), Dashboard(session)
    press(one, "Start")
    assert enabled(two) == {"Pause", "Stop"}
    press(two, "Pause")
    assert session.status == "paused" and enabled(one) == enabled(two)
    press(one, "Start")
    other = Dashboard(Session(SMALL, few, steps=10**6))
    assert session.status == "paused" and "another training was started" in one.view.words.value
    press(other, "Start")
    press(two, "Start")
    assert other.session.status == "paused" and session.status == "running"
    press(two, "Stop")
    press(one, "Stop")  # too late, and harmless
    assert not [t for t in threading.enumerate() if t.name == "gan_lib training"]


def test_while_it_runs_it_draws_seldom_and_sends_few_messages(dashboard):
    sent = []
    view = dashboard.view
    for widget in (view.verdicts, view.curves, view.numbers, view.words, view.progress,
                   dashboard.moment):  # fmt: skip
        widget.observe(lambda change: sent.append(change), names="value")
    press(dashboard, "Start")
    time.sleep(3)
    press(dashboard, "Pause")
    assert dashboard.session.state.step > 5
    # All that is sent at the two presses, and ten a second.
    assert len(sent) <= 3 * 10 + 2 * 6


def test_the_picture_that_is_looked_at_is_not_replaced_by_the_running_training(dashboard):
    for _ in range(3):
        press(dashboard, "Step both")
    first = dashboard.session.snapshots[1]
    press(dashboard, "Start")
    dashboard.moment.value = -23  # farther back than it remembers: the beginning
    assert "step <b>0</b>" in dashboard.view.numbers.value
    press(dashboard, "Pause")
    dashboard.moment.value = 0
    assert "past" not in dashboard.view.numbers.value
    dashboard.moment.value = dashboard.session.snapshots.index(first) - (
        len(dashboard.session.snapshots) - 1
    )
    press(dashboard, "Start")
    expected = expected_verdicts(dashboard, first)
    time.sleep(1.5)
    assert bytes(dashboard.view.verdicts.value) == expected
    assert dashboard.session.status == "running"
    press(dashboard, "Pause")
    assert np.isfinite([r.loss_generator for r in dashboard.session.history]).all()


def test_rates_beyond_its_sliders_and_changes_from_a_cell_are_shown_and_kept(dashboard):
    session = dashboard.session
    session.change(generator_rate=0.25, discriminator_rate=0.0, input_noise_std=2.0)
    press(dashboard, "Step both")
    assert session.state.recipe.generator_rate == 0.25  # though the slider ends at 0.1
    assert dashboard.rates["generator_rate"].value == pytest.approx(0.1)
    assert session.state.recipe.discriminator_rate == 0.0
    press(dashboard, "Step both")
    dashboard.moment.value = -1
    dashboard.branch.click()
    assert session.state.recipe.generator_rate == 0.25
    dashboard.rates["discriminator_rate"].value = 1e-3
    assert session.state.recipe.discriminator_rate == pytest.approx(1e-3)


def test_a_view_that_fails_is_said_and_the_training_goes_on(few, monkeypatch):
    session = Session(SMALL, few, steps=6)
    good, bad = Dashboard(session), Dashboard(session)
    bad.view._parts[1].draw = lambda _: 1 / 0
    press(good, "Step both")
    assert "This dashboard has failed" in bad.view.words.value
    press(good, "Start")
    with pytest.raises(ZeroDivisionError):
        session.wait()
    assert session.status == "finished" and session.wait().step == 6  # said once
    assert "Finished" in good.view.words.value or "view of this training" in good.view.words.value
