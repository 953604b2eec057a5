"""How many threads of a CPU a training is shared by."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from gan_lib.machine.limits import share_of_cores

CLEARLY = 1.15  # one thread has to be so many times as fast, or a mere jitter would decide


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

    torch's threads wait by spinning, and where another process spins on their cores, two wait more
    than they work. So `work`, a step of a training, is tried both ways for so many `seconds` each.
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
