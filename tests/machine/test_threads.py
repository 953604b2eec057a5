"""How many threads: never more than the machine gives, fewer where other work spins."""

import time

import pytest
import torch

from gan_lib.machine import threads
from gan_lib.machine.threads import pick_threads


@pytest.fixture
def eight_cores(monkeypatch):
    monkeypatch.setattr(threads, "share_of_cores", lambda: 8)


@pytest.mark.parametrize(
    "seconds, chosen", [({1: 3, 8: 1}, 8), ({1: 1, 8: 3}, 1), ({1: 1, 8: 1.05}, 8)]
)
def test_the_faster_number_is_chosen_and_a_jitter_chooses_nothing(
    eight_cores, monkeypatch, seconds, chosen
):
    """A clock on which a step takes as long as the number of threads of the moment says."""
    now, before = [0.0], torch.get_num_threads()
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    used = []

    def work():
        used.append(torch.get_num_threads())
        now[0] += seconds[used[-1]] / 100

    assert pick_threads(work) == chosen
    assert {1, 8} == set(used) and torch.get_num_threads() == before


def test_where_there_is_one_core_nothing_is_tried(monkeypatch):
    monkeypatch.setattr(threads, "share_of_cores", lambda: 1)
    assert pick_threads(lambda: pytest.fail("no need to ask")) == 1
