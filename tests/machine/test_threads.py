"""How many threads: never more than the machine gives, fewer where other work spins."""

import os
import time

import pytest
import torch

from gan_lib.machine import threads
from gan_lib.machine.threads import pick_threads, share_of_cores


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with eight cores and no limits, whose cgroup files are in a folder."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(threads, "CGROUP", tmp_path)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    "quota, cores",
    [("max 100000", 8), ("200000 100000", 2), ("150000 100000", 2), ("50000 100000", 1),
     ("1600000 100000", 8), ("rubbish", 8), ("", 8)],
)  # fmt: skip
def test_the_quota_of_a_container_of_version_2(machine, quota, cores):
    (machine / "cpu.max").write_text(quota)
    assert share_of_cores() == cores


@pytest.mark.parametrize("quota, cores", [("-1", 8), ("300000", 3), ("x", 8)])
def test_the_quota_of_a_container_of_version_1(machine, quota, cores):
    (machine / "cpu").mkdir()
    (machine / "cpu/cpu.cfs_quota_us").write_text(quota)
    (machine / "cpu/cpu.cfs_period_us").write_text("100000")
    assert share_of_cores() == cores


def test_affinity_and_the_environment(machine, monkeypatch):
    assert share_of_cores() == 8
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert share_of_cores() == 3
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 5})
    assert share_of_cores() == 2
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert share_of_cores() == 2


@pytest.mark.parametrize(
    "seconds, chosen", [({1: 3, 8: 1}, 8), ({1: 1, 8: 3}, 1), ({1: 1, 8: 1.05}, 8)]
)
def test_the_faster_number_is_chosen_and_a_jitter_chooses_nothing(
    machine, monkeypatch, seconds, chosen
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


def test_where_there_is_one_core_nothing_is_tried(machine, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert pick_threads(lambda: pytest.fail("no need to ask")) == 1
