"""What Linux leaves a process of the machine's cores and memory: its control groups' limits.

A group is held to the limits of those above it. A container may see its own path from outside.
"""

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")  # where Linux keeps the limits, and which of
OWN_GROUPS = Path("/proc/self/cgroup")  # them this process is in
NONE = 2**60  # version 1 writes no limit of memory as nearly 2**63


def share_of_cores() -> int:
    """How many CPU cores its affinity, its container and OMP_NUM_THREADS leave this process."""
    affinity = getattr(os, "sched_getaffinity", None)
    limits = [len(affinity(0)) if affinity else os.cpu_count() or 1]
    names = ("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")
    for quota, period in _limits("cpu", *names):
        if quota > 0:  # version 1 writes no limit as -1
            limits.append(math.ceil(quota / period))
    named = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min([*limits, *([int(named)] if named.isdigit() else [])]))


def memory_limit() -> int | None:
    """Bytes of memory that this process may use; None if no limit is set."""
    limits = _limits("memory", ("memory.max",), ("memory.limit_in_bytes",))
    return min((limit for (limit,) in limits if limit < NONE), default=None)


def _limits(kind: str, *files: tuple[str, ...]) -> Iterator[list[int]]:
    """The numbers in the files of versions 2 and 1, of each group that this process is held to."""
    with suppress(OSError):  # not Linux
        for line in OWN_GROUPS.read_text().splitlines():
            _, kinds, path = line.split(":", 2)  # version 1 has a tree for each kind of limit
            if kinds and kind not in kinds.split(","):
                continue
            root, names = (CGROUPS / kind, files[1]) if kinds else (CGROUPS, files[0])
            group = root / path.lstrip("/")
            for folder in (group, *group.parents):
                if folder.is_relative_to(root):
                    with suppress(OSError, ValueError):  # no such file, or "max": no limit
                        texts = [(folder / name).read_text() for name in names]
                        if numbers := [int(word) for text in texts for word in text.split()]:
                            yield numbers
