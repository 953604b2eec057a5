"""Snapshots: spread over the whole run, and never more of them than was said."""

import pytest
import torch
from kept import SMALL, fresh

from gan_lib.keeping.snapshots import Snapshots, size
from gan_lib.length import Length
from gan_lib.recipes import MLP
from gan_lib.training import train


@pytest.fixture(scope="module")
def state(few):
    for state in train(fresh(SMALL, few), few, Length(steps=1)):
        pass
    return state


def followed(kept, state, steps, a_step=1.0):
    """`steps` steps go by, each of so many seconds; nothing is trained."""
    for _ in range(steps):
        state.step += 1
        state.seconds += a_step
        kept.follow(state)
    return [snapshot.step for snapshot in kept.states]


@pytest.mark.parametrize("keep", [2, 3, 6, 24])
def test_they_are_few_and_cover_the_whole_run(state, keep):
    state.step, state.seconds = 0, 0.0
    kept = Snapshots(state, keep, memory=1e12)
    for steps in (5, 50, 500):
        found = followed(kept, state, steps)
        assert len(found) <= keep and found[0] == 0 and found == sorted(set(found))
    gaps = [b - a for a, b in zip(found, found[1:])]
    assert max(gaps) <= 4 * state.step / (keep - 1)


def test_their_memory_has_a_bound(few, state):
    """An `mlp` with its averages takes 35 MB; 24 of them would take 850."""
    big = fresh(MLP, few)
    for _ in train(big, few, Length(steps=1)):
        pass
    parameters = 1_486_352 + 1_460_225
    assert size(big) == 3 * 4 * parameters + 4 * len(list(big.optimizer_generator.state)) * 2
    bound = 3.5 * size(big)
    kept = Snapshots(big, 24, bound)
    found = followed(kept, big, 12)
    assert sum(map(size, kept.states)) <= bound and len(found) == 3 and found[0] == 1
    assert len(followed(Snapshots(big, 24, 1.0), big, 12)) == 2  # the first and the last, always
    assert size(fresh(SMALL, few)) < size(state)  # before the first step there are no averages


def test_many_single_steps_do_not_blind_it_to_what_comes(state):
    state.step, state.seconds = 0, 0.0
    kept = Snapshots(state, 8, memory=1e12)
    for _ in range(40):  # a hand takes them one by one, and each is kept
        state.step += 1
        state.seconds += 0.01
        kept.add(state)
    assert len(kept.states) <= 8
    found = followed(kept, state, 300, a_step=0.01)
    assert sum(step > 40 for step in found) >= 2


def test_going_back_forgets_what_came_after_and_gives_a_copy(state):
    state.step, state.seconds = 0, 0.0
    kept = Snapshots(state, 24, memory=1e12)
    followed(kept, state, 4)
    taken, meant = kept.states, kept.states[2]
    again = kept.go_back_to(meant)
    assert [s.step for s in kept.states] == [0, 1, 2] and kept.states[-1] is meant
    assert [s.step for s in taken] == [0, 1, 2, 3, 4]  # who was looking goes on looking
    with torch.no_grad():
        next(again.generator.parameters()).zero_()
    assert next(meant.generator.parameters()).abs().sum() > 0
