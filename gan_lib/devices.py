"""What the machine can do well, and randomness that is the same each time on it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from gan_lib import UserError


def pick_device(name: str | None = None) -> torch.device:
    """A CUDA GPU if there is one, else an Apple GPU, else the CPU; or the one that is named.

    Raises `UserError` if the machine has none of that name.
    """
    here = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name is None:
        return torch.device(next(kind for kind, available in here.items() if available))
    if not here.get(name.partition(":")[0]):
        raise UserError(f"This machine has no device {name!r} for torch to use.")
    return torch.device(name)


def precision_name(precision: torch.dtype) -> str:
    """torch.float32 → "float32"."""
    return str(precision).removeprefix("torch.")


def pick_precision(device: torch.device) -> torch.dtype:
    """bfloat16 where the CPU multiplies it in hardware (AMX or AVX512-BF16), else float32.

    There it doubles the speed; on other CPUs it is emulated and slower. On a GPU these networks
    are so small that starting each operation costs more than its arithmetic: float32.
    """
    if device.type != "cpu":
        return torch.float32
    abilities = getattr(torch.cpu, "get_capabilities", dict)()
    fast = abilities.get("amx_bf16") or abilities.get("avx512_bf16")
    return torch.bfloat16 if fast else torch.float32


def seed_from(*numbers: int) -> int:
    """One 64-bit seed from several numbers; neighbours, like steps 1 and 2, give unrelated ones."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0])


# torch has one random state for all threads: no slider shall draw from it in the middle of a step.
_one_at_a_time = threading.RLock()


@contextmanager
def step_randomness(seed: int, step: int, device: torch.device) -> Iterator[None]:
    """All randomness inside depends on (seed, step) alone.

    torch's own random state is put back afterwards (but on Apple GPUs, where torch cannot).

    So a training resumed at a step draws the very numbers that an unbroken one draws there, and no
    random state needs to be stored.
    """
    number = seed_from(seed, step)
    forked = torch.random.fork_rng(devices=[device] if device.type == "cuda" else [])
    with _one_at_a_time, forked:
        torch.default_generator.manual_seed(number)
        if device.type != "cpu":
            getattr(torch, device.type).manual_seed(number)
        yield
