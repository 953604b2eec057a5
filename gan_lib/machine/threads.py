"""How many threads of a CPU a training is shared by."""

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

CGROUP = Path("/sys/fs/cgroup")  # where Linux says what a container may use
CLEARLY = 1.15  # one thread has to be so many times as fast, or a mere jitter would decide


def share_of_cores() -> int:
    """How many CPU cores this process may use: 1 or more.

    Not those that the machine has, but those that it was given: by its affinity, by the quota of
    its container (both versions of cgroups), by OMP_NUM_THREADS.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    limits = [len(affinity(0)) if affinity else os.cpu_count() or 1]
    for file, period in (("cpu.max", ""), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            words = (CGROUP / file).read_text().split()
            quota = words[0]
            of = words[1] if not period else (CGROUP / period).read_text()
            limits.append(math.ceil(int(quota) / int(of)) if int(quota) > 0 else limits[0])
        except (OSError, ValueError, IndexError):  # no such file, or "max": no limit
            continue
    named = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min([*limits, *([int(named)] if named.isdigit() else [])]))


@contextmanager
def threads(count: int) -> Iterator[None]:
    """What torch computes inside, in the thread that called, is shared by `count` threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def pick_threads(work: Callable[[], object], seconds: float = 0.4) -> int:
    """All the cores that this process may use, or one, if `work` is clearly faster with that.

    torch's threads wait for each other by spinning. Where another process spins on the same cores,
    two threads wait more than they work. So `work`, a step of a training, is tried both ways for so
    many `seconds` each, in turn.
    """
    share = share_of_cores()
    if share == 1:
        return 1
    best = {1: math.inf, share: math.inf}
    with threads(share):
        work()  # the first time, memory is laid out
    for _ in range(2):
        for count in best:
            with threads(count):
                begun, times = time.perf_counter(), 0
                while time.perf_counter() - begun < seconds / 2:
                    work()
                    times += 1
                best[count] = min(best[count], (time.perf_counter() - begun) / times)
    return 1 if best[1] * CLEARLY < best[share] else share
