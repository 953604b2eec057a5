"""A training that is held: what starts, halts, goes back and breaks, and that nothing is lost."""

import asyncio
import copy
import itertools
import subprocess
import sys
import threading
import time

import pytest
import torch
from kept import SMALL, fresh, until

from gan_lib import data as images
from gan_lib.data import ImageSet
from gan_lib.keeping.session import Session, SessionError
from gan_lib.length import Length
from gan_lib.recipes import CONDITIONAL, MLP, QUICK
from gan_lib.training import TrainingDiverged, train


def held(data, recipe=SMALL, state=None, keep=24, **length):
    """A session of `length`, such as steps=5, that need not find out how many threads are best."""
    return Session(state or fresh(recipe, data), data, Length(**length), keep=keep)


def weights(state):
    networks = (state.generator, state.discriminator, state.sampler)
    return [t.clone() for network in networks for t in network.state_dict().values()]


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.fixture
def session(few):
    made = held(few, steps=400)
    yield made
    made.pause()


@pytest.mark.parametrize("recipe", [SMALL, MLP, CONDITIONAL], ids=lambda recipe: recipe.name)
def test_interrupted_again_and_again_it_ends_in_the_weights_of_an_unbroken_training(few, recipe):
    for expected in train(fresh(recipe, few), few, Length(steps=8)):
        pass
    session = held(few, recipe, steps=8)
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
    session = held(few, steps=60, keep=6)
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
    assert SMALL.generator_rate == QUICK.generator_rate == 8e-3


@pytest.mark.parametrize(
    "choices", [{"batch_size": 8}, {"generator_rate": -1.0}, {"input_noise_std": float("nan")}]
)
def test_what_cannot_change_is_said(session, choices):
    before = session.state.recipe
    with pytest.raises(SessionError, match=next(iter(choices))):
        session.change(**choices)
    assert session.state.recipe == before


def test_an_error_in_the_thread_is_kept_and_raised_by_wait(few):
    session = held(few, steps=5)
    with torch.no_grad():
        next(session.state.discriminator.parameters()).fill_(float("nan"))
    session.start()
    with pytest.raises(TrainingDiverged):
        session.wait()
    assert session.status == "failed" and isinstance(session.error, TrainingDiverged)
    for wrong in (session.start, lambda: session.save("nowhere")):
        with pytest.raises(SessionError, match="[Rr]ewind"):
            wrong()
    session.rewind(0)  # the weights before the damage are still there
    assert session.status == "ready" and session.error is None


def test_an_error_of_a_watcher_ends_no_training_and_is_not_swallowed(few):
    def broken(_):
        raise ZeroDivisionError("drawing failed")

    session = held(few, steps=5)
    session.watchers.append(broken)
    session.start()
    with pytest.raises(ZeroDivisionError):
        session.wait()
    assert session.status == "finished" and session.state.step == 5 and not session.watchers


def test_only_one_runs_at_a_time_and_the_other_says_why(few):
    first, second = (held(few, steps=10**6) for _ in range(2))
    first.start()
    until(lambda: first.state.step > 0)
    second.start()
    assert (first.status, second.status) == ("paused", "running")
    assert "another training was started" in first.note
    third = held(few, steps=10)  # a cell that is run again
    assert second.status == "paused" and "another training" in second.note
    running = [t for t in threading.enumerate() if t.name == "gan_lib training"]
    assert not running and third.status == "ready"
    first.start()
    assert first.note == ""
    first.pause()


def test_a_training_that_is_over_says_how_to_go_on(few):
    session = held(few, steps=2)
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
        with pytest.raises(SessionError, match="1 snapshots"):
            session.rewind(wrong)
    with pytest.raises(SessionError, match="both, discriminator, generator"):
        session.step("judge")


def test_a_length_that_cannot_be_is_refused_before_any_thread_starts(few):
    with pytest.raises(images.DataError, match="no image to train on"):
        held(few.part(slice(0)), SMALL, steps=5)
    other = ImageSet(torch.zeros(64, 3, 16, 16, dtype=torch.uint8))
    with pytest.raises(images.DataError, match="make a new state"):
        held(other, state=fresh(SMALL, few), steps=5)


def test_time_left_falls_to_nothing(few):
    session = held(few, steps=4)
    assert session.seconds_left == float("inf")
    session.step()
    assert session.seconds_left == pytest.approx(3 * session.state.seconds)
    session.start()
    session.wait()
    assert session.seconds_left == 0


def test_waiting_a_while_leaves_it_running(few):
    session = held(few, steps=10**6)
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
        "from gan_lib.keeping.session import Session\n"
        "from gan_lib.length import Length\n"
        "from gan_lib.recipes import QUICK\n"
        "from gan_lib.sources.sample import load_sample\n"
        "from gan_lib.state import new_state\n"
        "data = load_sample('train')\n"
        "session = Session(new_state(QUICK, data, threads=1), data, Length(steps=10**6))\n"
        "session.start()\n"
        "while session.state.step < 2:\n"
        "    session.wait(0.1)\n"
        "print(session.status)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "running")
    assert "Error" not in done.stderr and "terminate" not in done.stderr


def test_going_back_while_it_runs_leads_to_the_snapshot_that_was_meant(few):
    """The pause keeps one snapshot more, and may thin them out: indices are not what they were."""
    seconds = itertools.count()  # every step takes one: each is kept, until there are too many
    state, length = fresh(SMALL, few), Length(steps=10**6)
    session = Session(state, few, length, keep=5, clock=lambda: next(seconds))
    session.start()
    until(lambda: len(session.snapshots) == 5)
    meant = session.snapshots[3]
    session.rewind(meant)
    assert session.state.step == meant.step and session.snapshots[-1] is meant
    assert [s.step for s in session.snapshots] == sorted({s.step for s in session.snapshots})
    assert session.status == "paused" and session.history[-1].step == meant.step


def test_going_back_twice_leaves_the_course_that_was_left_first(session):
    """The short course between the two was a part of it, and no other one."""
    for _ in range(4):
        session.step()
    whole = list(session.history)
    session.rewind(2)
    session.rewind(1)
    assert session.left == whole and session.history == whole[:1]
    session.rewind(0)
    assert session.left == whole and session.history == []
    session.step()  # another course
    other = list(session.history)
    session.rewind(0)
    assert session.left == other != whole[:1]


def test_a_watcher_can_be_taken_away_at_any_time(session):
    seen, kept = [], []

    def watch(session):
        seen.append(session.state.step)
        session.watchers.remove(watch)  # in the middle of being told

    session.watchers += [watch, lambda s: kept.append(s.state.step)]
    session.start()
    until(lambda: len(kept) > 3)
    late = []
    session.watchers.append(late.append)
    until(lambda: late)
    session.watchers.remove(late.append)
    session.pause()
    assert len(seen) == 1 and len(session.watchers) == 1
    told = len(late)
    session.step()
    assert len(late) == told and session.error is None


def test_a_watcher_that_is_gone_when_it_fails_is_no_second_error(few):
    def leave_and_fail(session):
        session.watchers.clear()
        raise ZeroDivisionError

    session = held(few, steps=2)
    session.watchers.append(leave_and_fail)
    session.start()
    with pytest.raises(ZeroDivisionError):
        session.wait()


def test_the_seconds_of_a_session_are_those_of_its_clock(few):
    seconds = itertools.count()
    session = Session(fresh(SMALL, few), few, Length(seconds=5), clock=lambda: next(seconds))
    session.start()
    assert session.wait().step == 5 and session.state.seconds == 5


# --- Waiting in a notebook ------------------------------------------------------------------------


def test_others_get_their_turn_while_its_end_is_awaited(few):
    async def cell():
        waiting = asyncio.ensure_future(session.finished())
        while session.status == "running":
            turns.append(session.state.step)
            await asyncio.sleep(0.001)
        return await waiting

    session, turns = held(few, steps=6), []
    session.start()
    assert asyncio.run(cell()).step == 6 and len(turns) > 3
    assert asyncio.run(session.finished()) is session.state  # nothing to wait for


def test_an_interrupt_while_it_is_awaited_pauses(session):
    async def cell():
        waiting = asyncio.ensure_future(session.finished())
        while session.state.step < 2:
            await asyncio.sleep(0.001)
        waiting.cancel()  # what a kernel does on an interrupt
        await waiting

    session.start()
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cell())
    assert session.status == "paused" and session.state.step < 400


def test_what_the_thread_raised_is_raised_where_it_is_awaited(few):
    session = held(few, steps=5)
    with torch.no_grad():
        next(session.state.discriminator.parameters()).fill_(float("nan"))
    session.start()
    with pytest.raises(TrainingDiverged):
        asyncio.run(session.finished())


# --- Its end --------------------------------------------------------------------------------------


def test_a_finished_training_stays_finished_until_it_goes_back(few):
    session = held(few, steps=2)
    session.start()
    state = session.wait()
    session.rewind(-1)
    assert session.status == "finished"
    again = held(few, state=copy.deepcopy(state), steps=2)
    assert again.status == "finished"
    with pytest.raises(SessionError, match="finished"):
        again.step()
    longer = held(few, state=copy.deepcopy(state), steps=3)
    assert longer.status == "ready" and longer.step().step == 3


def test_a_note_lasts_until_the_status_changes(few):
    first, second = (held(few, steps=10**6) for _ in range(2))
    first.start()
    second.start()
    assert "another training" in first.note
    first.stop()
    assert first.status == "stopped" and first.note == ""
    second.pause()
