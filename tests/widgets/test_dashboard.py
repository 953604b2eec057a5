"""The dashboard without a browser: that it shows what the session is at, and that a press acts."""

import threading
from dataclasses import replace

import pytest
import torch
from seen import held, on, until

from gan_lib.belief import confidence
from gan_lib.keeping.session import Session
from gan_lib.length import Length
from gan_lib.pictures import verdict_pictures
from gan_lib.recipes import CLUSTERED, CONDITIONAL, MINIBATCH, QUICK
from gan_lib.state import new_state
from gan_lib.widgets.dashboard import Dashboard


@pytest.fixture
def dashboard(few):
    made = Dashboard(held(few))
    yield made
    made.session.pause()


def press(dashboard, name):
    dashboard.buttons[name].click()


def enabled(dashboard):
    return {name for name, button in dashboard.buttons.items() if not button.disabled}


def expected_verdicts(images, state, rows, latents):
    """The picture of the verdicts on images of these rows, and of these fixed latents."""
    real = images.part(torch.tensor(rows))
    x_real, x_fake = real.floats(), state.generate(state.fixed_latent[latents])
    logits = confidence.verdicts(state, x_real, x_fake, real.labels)
    return verdict_pictures.bars(x_real, x_fake, *logits, width=420).png


def of_each_digit(few):
    return [(few.labels == digit).nonzero()[0].item() for digit in range(10)]


@pytest.mark.parametrize("recipe", [QUICK, CONDITIONAL, MINIBATCH], ids=lambda r: r.name)
def test_it_shows_the_verdicts_on_images_of_the_digits_that_are_asked_for(few, recipe):
    dashboard = Dashboard(held(few, recipe, steps=3))
    press(dashboard, "Step both")
    state = dashboard.session.state
    expected = expected_verdicts(few, state, of_each_digit(few), range(10))
    assert bytes(dashboard.view.verdicts.value) == expected
    assert on(dashboard.view.curves).shape[1] > 400


def test_it_shows_images_of_any_kind(images):
    dashboard = Dashboard(held(images, steps=3))
    press(dashboard, "Step both")
    sheet = on(dashboard.view.verdicts)
    red = (sheet[:, :, 0] > 200) & (sheet[:, :, 1:] == 0).all(2)  # ink of the red digits alone
    assert sheet.std() > 20 and red.any() == (images.shape[0] == 3)
    assert "step <b>1</b>" in dashboard.view.numbers.value
    assert dashboard.shown().image().width > 800


def test_where_classes_are_missing_those_that_are_there_take_their_place(threes_and_one_seven):
    images = threes_and_one_seven
    dashboard = Dashboard(held(images, CONDITIONAL, steps=3))
    press(dashboard, "Step both")
    threes, seven = (images.labels == 3).nonzero().flatten().tolist(), 63
    rows = [row for three in threes[:5] for row in (three, seven)]
    latents = [10 * again + digit for again in range(5) for digit in (3, 7)]
    expected = expected_verdicts(images, dashboard.session.state, rows, latents)
    assert bytes(dashboard.view.verdicts.value) == expected


def test_of_many_clusters_it_shows_some_that_are_far_apart(few, in_clusters):
    state = new_state(CLUSTERED, in_clusters, device="cpu", threads=1)
    view = Dashboard(Session(state, few, Length(steps=3))).view
    asked_for = state.fixed_latent[view.fixed, 64:].argmax(1)
    assert torch.equal(in_clusters.clusters.of(view.real.images), asked_for)
    assert asked_for.tolist() == [20 * number % 150 for number in range(10)]


def test_of_stacks_in_clusters_it_makes_some_of_the_clusters_of_the_real_ones(stacks):
    state = new_state(replace(CLUSTERED, clusters=4), stacks, device="cpu", threads=1)
    dashboard = Dashboard(Session(state, stacks, Length(steps=3)))
    press(dashboard, "Step both")
    real = state.kind.labelled(stacks.part(slice(10)))
    x_fake = state.generate(state.join(state.fixed_latent[:10, :64], real.labels))
    logits = confidence.verdicts(state, real.floats(), x_fake, real.labels)
    expected = verdict_pictures.bars(real.floats(), x_fake, *logits, width=420).png
    assert bytes(dashboard.view.verdicts.value) == expected


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


def test_the_signs_stand_below_the_figures(dashboard):
    assert "Variety" not in dashboard.view.numbers.value
    dashboard.buttons["Step both"].click()
    dashboard.session.wait()
    variety = dashboard.session.history[-1].variety
    assert f"<br>Variety {variety:.2f}. Too early to say more" in dashboard.view.numbers.value
    for number in range(400):  # as a training that has collapsed leaves it
        record = dashboard.session.history[-1]
        ill = {"variety": 0.1, "accuracy_real": 0.9, "accuracy_fake": 0.9, "step": number + 2}
        dashboard.session.history.append(record._replace(**ill))
    dashboard.session.state.step = 401
    dashboard.view.say(dashboard.session.state)
    assert "This looks like mode collapse, since about step" in dashboard.view.numbers.value


def test_the_slider_shows_the_past_and_go_back_makes_the_training_branch(dashboard, few):
    session = dashboard.session
    for _ in range(4):
        press(dashboard, "Step both")
    dashboard.past.value = -3
    numbers = dashboard.view.numbers.value
    assert "past" in numbers and "step <b>1</b>" in numbers
    expected = expected_verdicts(few, session.snapshots[1], of_each_digit(few), range(10))
    assert bytes(dashboard.view.verdicts.value) == expected
    assert session.state.step == 4  # looking is not going
    dashboard.branch.click()
    assert session.state.step == 1 and dashboard.past.value == 0
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
    dashboard.past.value = -1
    dashboard.branch.click()
    assert session.state.recipe.input_noise_std == 0
    assert dashboard.rates["generator_rate"].value == pytest.approx(QUICK.generator_rate)


def test_a_rate_that_the_browser_has_rounded_is_no_change(dashboard):
    """Showing a dashboard must not change the training: it would no longer end in the same bits."""
    before = dashboard.session.state.recipe
    dashboard.rates["generator_rate"].value = 10 ** (-5 + 0.05 * 58)  # 7.94e-3, for 8e-3
    dashboard.rates["input_noise_std"].value = 0.02
    assert dashboard.session.state.recipe == before
    dashboard.rates["generator_rate"].value = 10 ** (-5 + 0.05 * 59)
    assert dashboard.session.state.recipe.generator_rate == pytest.approx(8.91e-3, rel=1e-2)


def test_an_error_in_the_thread_is_shown_and_is_no_html(few, monkeypatch):
    session = held(few, steps=9)
    dashboard = Dashboard(session)
    press(dashboard, "Step both")

    def fail(*_):
        raise RuntimeError("<script>alert(1)</script> & so on")

    monkeypatch.setattr(session.state.generator, "forward", fail)
    press(dashboard, "Start")
    with pytest.raises(RuntimeError, match="so on"):
        session.wait()
    words = dashboard.view.words.value
    assert "Failed" in words and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; so on" in words
    assert "<script" not in words and enabled(dashboard) == set()


def test_a_note_is_no_html(dashboard):
    dashboard.session.start()
    dashboard.session.pause("<b>why</b>")
    assert "&lt;b&gt;why&lt;/b&gt;" in dashboard.view.words.value


def test_shown_again_it_follows_there_and_leaves_nothing_behind(few):
    session = held(few)
    dashboards = [Dashboard(session) for _ in range(5)]
    assert len(session.watchers) == 1
    *old, new = dashboards
    press(new, "Step both")
    assert "step <b>1</b>" in new.view.numbers.value
    for each in old:
        assert "step <b>0</b>" in each.view.numbers.value  # it rests, and says so
        assert [child.value for child in each.children] == [
            "This panel has been shown again, and follows there."
        ]


def test_two_dashboards_of_two_sessions(few):
    one, other = Dashboard(held(few)), Dashboard(held(few))
    press(one, "Start")
    press(other, "Start")
    assert one.session.status == "paused" and other.session.status == "running"
    assert "another training was started" in one.view.words.value
    press(one, "Start")
    assert other.session.status == "paused" and one.session.status == "running"
    one.session.stop()
    press(one, "Stop")  # too late, and harmless
    assert not [t for t in threading.enumerate() if t.name == "gan_lib training"]


def test_a_session_that_was_ended_in_a_cell_says_why_it_does_not_start(dashboard):
    dashboard.buttons["Start"].disabled = False  # the page has not heard of it yet
    press(dashboard, "Step both")
    dashboard.session.stop()
    press(dashboard, "Start")
    assert "has stopped after step 1" in dashboard.view.words.value


def test_made_while_it_trains_it_draws_from_a_snapshot(few, monkeypatch):
    """The live weights change in the middle of a drawing: what is drawn must not be they."""
    session, drawn = held(few), []
    generate = type(session.state).generate

    def noted(state, z):
        drawn.append((state is session.state, threading.current_thread().name))
        return generate(state, z)

    monkeypatch.setattr(type(session.state), "generate", noted)
    session.start()
    until(lambda: session.state.step > 2)
    dashboard = Dashboard(session)
    dashboard.shown()
    dashboard.past.value = -1
    dashboard.past.value = 0
    until(lambda: len({thread for _, thread in drawn}) == 2)  # the training has drawn as well
    session.pause()
    for live, thread in drawn:
        assert not live or thread == "gan_lib training"


def test_while_it_runs_it_draws_seldom_and_sends_few_messages(dashboard):
    sent, view = [], dashboard.view
    for widget in (view.verdicts, view.curves, view.numbers, view.words, view.progress,
                   dashboard.past):  # fmt: skip
        widget.observe(lambda change: sent.append(change), names="value")
    press(dashboard, "Start")
    until(lambda: dashboard.session.state.seconds > 2)
    press(dashboard, "Pause")
    seconds = dashboard.session.state.seconds
    # All that is sent at the two presses, and ten a second.
    assert len(sent) <= 10 * seconds + 2 * 6


def test_the_picture_that_is_looked_at_is_not_replaced_by_the_running_training(dashboard, few):
    session = dashboard.session
    for _ in range(3):
        press(dashboard, "Step both")
    first = session.snapshots[1]
    press(dashboard, "Start")
    dashboard.past.value = -23  # farther back than it remembers: the beginning
    assert "step <b>0</b>" in dashboard.view.numbers.value
    press(dashboard, "Pause")
    dashboard.past.value = 0
    assert "past" not in dashboard.view.numbers.value
    dashboard.past.value = session.snapshots.index(first) - (len(session.snapshots) - 1)
    press(dashboard, "Start")
    begun = session.state.seconds
    until(lambda: session.state.seconds > begun + 1.5)  # several drawings have been due
    expected = expected_verdicts(few, first, of_each_digit(few), range(10))
    assert bytes(dashboard.view.verdicts.value) == expected
    assert session.status == "running"


def test_rates_beyond_its_sliders_and_changes_from_a_cell_are_shown_and_kept(dashboard):
    session = dashboard.session
    session.change(generator_rate=0.25, discriminator_rate=0.0, input_noise_std=2.0)
    press(dashboard, "Step both")
    assert session.state.recipe.generator_rate == 0.25  # though the slider ends at 0.1
    assert dashboard.rates["generator_rate"].value == pytest.approx(0.1)
    assert session.state.recipe.discriminator_rate == 0.0
    press(dashboard, "Step both")
    dashboard.past.value = -1
    dashboard.branch.click()
    assert session.state.recipe.generator_rate == 0.25
    dashboard.rates["discriminator_rate"].value = 1e-3
    assert session.state.recipe.discriminator_rate == pytest.approx(1e-3)


def test_a_view_that_fails_is_said_and_the_training_goes_on(few, monkeypatch):
    session = held(few, steps=6)
    dashboard = Dashboard(session)

    def fail(*_, **__):
        raise ZeroDivisionError("<i>nothing</i>")

    monkeypatch.setattr(verdict_pictures, "bars", fail)
    press(dashboard, "Step both")
    words = dashboard.view.words.value
    assert "This dashboard has failed" in words and "&lt;i&gt;nothing&lt;/i&gt;" in words
    assert session.watchers == []
    press(dashboard, "Start")
    with pytest.raises(ZeroDivisionError):
        session.wait()
    assert session.status == "finished" and session.wait().step == 6  # said once


def test_a_dashboard_leaves_the_training_as_it_is(few):
    watched, alone = held(few, steps=12), held(few, steps=12)
    dashboard = Dashboard(watched)
    press(dashboard, "Start")
    dashboard.past.value = -1
    dashboard.shown()
    watched.wait()
    alone.start()
    for a, b in zip(watched.state.generator.parameters(), alone.wait().generator.parameters()):
        assert torch.equal(a, b)
    assert watched.state.recipe == alone.state.recipe
