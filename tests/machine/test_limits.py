"""What a container leaves a process of cores and memory."""

import os

import pytest

from gan_lib.machine import limits
from gan_lib.machine.limits import memory_limit, share_of_cores


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with eight cores and no limits, whose cgroup files are in a folder."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(limits, "CGROUPS", tmp_path)
    monkeypatch.setattr(limits, "OWN_GROUPS", tmp_path / "own")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    (tmp_path / "own").write_text("0::/\n4:cpu,cpuacct:/\n3:memory:/\n")
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


def test_a_group_is_held_to_the_limits_of_those_above_it(machine):
    (machine / "own").write_text("0::/system.slice/lab.service\n")
    inner = machine / "system.slice" / "lab.service"
    inner.mkdir(parents=True)
    (inner / "cpu.max").write_text("400000 100000")
    assert share_of_cores() == 4
    (inner.parent / "cpu.max").write_text("200000 100000")
    (inner.parent / "memory.max").write_text("1000000000")
    assert share_of_cores() == 2 and memory_limit() == 10**9
    (inner / "memory.max").write_text("max")
    assert memory_limit() == 10**9


def test_without_control_groups_there_is_no_limit(machine):
    (machine / "own").unlink()
    (machine / "cpu.max").write_text("100000 100000")  # of whom, nobody says
    assert share_of_cores() == 8 and memory_limit() is None
