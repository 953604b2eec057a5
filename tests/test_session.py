"""A training that is held: what starts, halts, goes back and breaks, and that nothing is lost."""

import copy
import dataclasses
import subprocess
import sys
import threading
import time

import pytest
import torch

from gan_lib.keeping.session import Session, SessionError
from gan_lib.recipes import CONDITIONAL, MLP, QUICK
from gan_lib.state import new_state
from gan_lib.training import TrainingDiverged, train

SMALL = dataclasses.replace(QUICK, batch_size=16)


def weights(state):
    networks = (state.generator, state.discriminator, state.sampler)
    return [t.clone() for network in networks for t in network.state_dict().values()]


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


@pytest.fixture
def session(few):
    held = Session(SMALL, few, steps=400)
    yield held
    held.pause()


@pytest.mark.parametrize("recipe", [SMALL, MLP, CONDITIONAL], ids=lambda recipe: recipe.name)
def test_interrupted_again_and_again_it_ends_in_the_weights_of_an_unbroken_training(few, recipe):
    for expected in train(recipe, few, steps=8, state=new_state(recipe)):
        pass
    session = Session(recipe, few, steps=8)
    session.step()
    session.start()
    session.pause()
    if session.status == "paused":
        session.step()
    if session.status == "paused":
        session.start()
    state = session.wait()
    assert session.status == "finished" and state.step == 8
    assert same(weights(state), weights(expected))
    assert [record.step for record in session.history] == list(range(1, 9))


def test_the_call_returns_at_once_and_the_training_goes_on_in_a_thread(session):
    session.start()
    assert session.status == "running" and session.state.step < 400
    until(lambda: session.state.step >= 3)
    session.pause()
    assert session.status == "paused"
    step = session.state.step
    time.sleep(0.1)
    assert session.state.step == step < 400
    assert not [t for t in threading.enumerate() if t.name == "gan_lib training"]  # none is left


@pytest.mark.parametrize("learns, moves", [("generator", 0), ("discriminator", 1)])
def test_a_step_of_one_player_leaves_the_weights_of_the_other_alone(session, learns, moves):
    session.step()
    players = (session.state.generator, session.state.discriminator)
    before = [[p.clone() for p in player.parameters()] for player in players]
    averaged = [p.clone() for p in session.state.averaged.parameters()]
    record = session.step(learns)
    for index, player in enumerate(players):
        moved = not same(before[index], list(player.parameters()))
        assert moved == (index == moves)
    assert same(averaged, list(session.state.averaged.parameters())) == (learns == "discriminator")
    assert record.step == 2 and record.loss_discriminator > 0  # both are measured all the same
    optimizers = session.state.optimizer_generator, session.state.optimizer_discriminator
    steps = [next(iter(o.state.values()))["step"].item() for o in optimizers]
    assert steps[moves] == 2 and steps[1 - moves] == 1
    assert session.state.learns == "both"


def test_going_back_and_training_on_repeats_the_very_same_training(session):
    for _ in range(6):
        session.step()
    then, history = weights(session.state), list(session.history)
    session.rewind(2)
    assert session.state.step == 2 and len(session.history) == 2 and len(session.snapshots) == 3
    assert session.left == history
    for _ in range(4):
        session.step()
    assert same(weights(session.state), then)

    session.rewind(2)
    session.change(generator_rate=1e-3)
    for _ in range(4):
        session.step()
    assert not same(weights(session.state), then)  # another branch


def test_what_was_kept_is_never_trained(session):
    session.step()
    kept = weights(session.snapshots[1])
    session.rewind(1)
    session.step()
    session.step()
    assert same(weights(session.snapshots[1]), kept)
    assert not same(weights(session.snapshots[2]), kept)


def test_its_memory_covers_the_whole_run_and_has_a_bound(few):
    session = Session(SMALL, few, steps=60, keep=6)
    for _ in range(60):
        session.step()
        steps = [snapshot.step for snapshot in session.snapshots]
        assert len(steps) <= 6 and steps[0] == 0 and steps[-1] == session.state.step
        assert steps == sorted(set(steps))


def test_rates_and_noise_change_on_the_run_and_the_recipe_stays_as_it_was(session, monkeypatch):
    seen = []
    original = torch.randn_like
    monkeypatch.setattr(torch, "randn_like", lambda x: seen.append(x.shape) or original(x))
    session.step()
    assert not seen  # quick puts no noise on what D sees
    session.change(generator_rate=0.25, discriminator_rate=0.5, input_noise_std=0.1)
    session.step()
    assert seen
    assert session.state.optimizer_generator.param_groups[0]["lr"] == 0.25
    assert session.state.optimizer_discriminator.param_groups[0]["lr"] == 0.5
    assert SMALL.generator_rate == QUICK.generator_rate == 4e-3


@pytest.mark.parametrize(
    "choices", [{"batch_size": 8}, {"generator_rate": -1.0}, {"input_noise_std": float("nan")}]
)
def test_what_cannot_change_is_said(session, choices):
    before = session.state.recipe
    with pytest.raises(SessionError, match=next(iter(choices))):
        session.change(**choices)
    assert session.state.recipe == before


def test_an_error_in_the_thread_is_kept_and_raised_by_wait(few):
    bad = dataclasses.replace(few, images=few.images.clone().fill_(float("nan")))
    session = Session(SMALL, bad, steps=5)
    session.start()
    with pytest.raises(TrainingDiverged):
        session.wait()
    assert session.status == "failed" and isinstance(session.error, TrainingDiverged)
    with pytest.raises(SessionError, match="[Rr]ewind"):
        session.start()
    session.rewind(0)  # the weights before the damage are still there
    assert session.status == "ready" and session.error is None


def test_an_error_of_a_watcher_ends_no_training_and_is_not_swallowed(few):
    def broken(_):
        raise ZeroDivisionError("drawing failed")

    session = Session(SMALL, few, steps=5)
    session.watchers.append(broken)
    session.start()
    with pytest.raises(ZeroDivisionError):
        session.wait()
    assert session.status == "finished" and session.state.step == 5 and not session.watchers


def test_only_one_runs_at_a_time_and_the_other_says_why(few):
    first, second = (Session(SMALL, few, steps=10**6) for _ in range(2))
    first.start()
    until(lambda: first.state.step > 0)
    second.start()
    assert (first.status, second.status) == ("paused", "running")
    assert "another training was started" in first.note
    third = Session(SMALL, few, steps=10)  # a cell that is run again
    assert second.status == "paused" and "another training" in second.note
    running = [t for t in threading.enumerate() if t.name == "gan_lib training"]
    assert not running and third.status == "ready"
    first.start()
    assert first.note == ""
    first.pause()


def test_a_training_that_is_over_says_how_to_go_on(few):
    session = Session(SMALL, few, steps=2)
    session.start()
    session.wait()
    for again in (session.start, session.step):
        with pytest.raises(SessionError, match="finished after step 2"):
            again()
    session.rewind(0)
    session.stop()
    assert session.status == "stopped"
    with pytest.raises(SessionError, match="stopped after step 0"):
        session.start()
    for wrong in (1, -2):
        with pytest.raises(SessionError, match="1 moments"):
            session.rewind(wrong)
    with pytest.raises(SessionError, match="both, discriminator, generator"):
        session.step("judge")


def test_a_length_that_cannot_be_is_refused_before_any_thread_starts(few):
    for length in ({"steps": 0}, {"steps": 5, "epochs": 1}):
        with pytest.raises(ValueError):
            Session(SMALL, few, **length)


def test_time_left_falls_to_nothing(few):
    session = Session(SMALL, few, steps=4)
    assert session.seconds_left == float("inf") and session.images_per_second == 0
    session.step()
    assert session.seconds_left == pytest.approx(3 * session.state.seconds)
    session.start()
    session.wait()
    assert session.seconds_left == 0 and session.images_per_second > 0


def test_waiting_a_while_leaves_it_running(few):
    session = Session(SMALL, few, steps=10**6)
    session.start()
    session.wait(0.2)
    assert session.status == "running"
    session.pause()


def test_interrupting_the_wait_pauses_and_loses_nothing(session, monkeypatch):
    session.start()
    until(lambda: session.state.step > 0)
    join, interrupted = threading.Thread.join, []

    def interrupt_once(thread, timeout=None):
        if not interrupted:
            interrupted.append(True)
            raise KeyboardInterrupt
        return join(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", interrupt_once)
    with pytest.raises(KeyboardInterrupt):
        session.wait()
    assert session.status == "paused" and len(session.history) == session.state.step > 0


def test_a_copy_of_the_state_is_whole(session):
    session.step()
    copied = copy.deepcopy(session.state)
    for name in ("generator", "discriminator"):
        optimizer = getattr(copied, f"optimizer_{name}")
        own = list(getattr(copied, name).parameters())
        assert all(a is b for a, b in zip(optimizer.param_groups[0]["params"], own, strict=True))


def test_python_ends_while_a_training_runs(tmp_path):
    code = (
        "from gan_lib.data import _from_sample\n"
        "from gan_lib.recipes import QUICK\n"
        "from gan_lib.keeping.session import Session\n"
        "session = Session(QUICK, _from_sample('MNIST', 'train', []), steps=10**6)\n"
        "session.start()\n"
        "session.wait(0.5)\n"
        "print(session.status)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "running")
    assert "Error" not in done.stderr and "terminate" not in done.stderr


def test_going_back_while_it_runs_leads_to_the_moment_that_was_meant(few):
    """The pause keeps one moment more, and may thin them out: indices are not what they were."""
    session = Session(SMALL, few, steps=10**6, keep=5)
    session._every = 0.0
    session.start()
    until(lambda: len(session.snapshots) == 5)
    meant = session.snapshots[3]
    session.rewind(meant)
    assert session.state.step == meant.step and session.snapshots[-1] is meant
    assert [s.step for s in session.snapshots] == sorted({s.step for s in session.snapshots})
    assert session.status == "paused" and session.history[-1].step == meant.step


def test_many_single_steps_do_not_blind_it_to_what_comes(few):
    session = Session(SMALL, few, steps=10**6, keep=4)
    for _ in range(40):
        session.step()
    assert session._every <= max(1.0, session.state.seconds)


def test_a_finished_training_stays_finished_until_it_goes_back(few):
    session = Session(SMALL, few, steps=2)
    session.start()
    state = session.wait()
    session.rewind(-1)
    assert session.status == "finished"
    again = Session(SMALL, few, state=copy.deepcopy(state), steps=2)
    assert again.status == "finished"
    with pytest.raises(SessionError, match="finished"):
        again.step()
    longer = Session(SMALL, few, state=copy.deepcopy(state), steps=3)
    assert longer.status == "ready" and longer.step().step == 3


def test_a_note_lasts_until_the_status_changes(few):
    first, second = (Session(SMALL, few, steps=10**6) for _ in range(2))
    first.start()
    second.start()
    assert "another training" in first.note
    first.stop()
    assert first.status == "stopped" and first.note == ""
    second.pause()
