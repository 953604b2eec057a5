"""Which device a training runs on, and in which precision."""

import functools
import statistics
import time

import torch
import torch.nn.functional as F

from gan_lib import UserError
from gan_lib.machine.threads import threads

CLEARLY = 1.15  # times as fast bfloat16 has to be, or a mere jitter would decide


def gpus() -> list[torch.device]:
    """CUDA's GPU and Apple's, as far as torch says that they are there."""
    kinds = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return [torch.device(kind) for kind, is_here in kinds.items() if is_here]


def pick_device(name: str | None = None) -> torch.device:
    """A GPU if one works, else the CPU; or the one that is named, if that works.

    Raises `UserError` if it does not, or if the machine has none of that name.
    """
    if name is None:
        return next((gpu for gpu in gpus() if not probe(gpu)), torch.device("cpu"))
    if reason := probe(torch.device(name)):
        raise UserError(
            f"This machine has no device {name!r} that works ({reason}): leave it out for the CPU."
        )
    return torch.device(name)


@functools.cache
def probe(device: torch.device) -> str:
    """What is wrong with a device; "" if one small convolution and its gradient work on it.

    A GPU may be there, and every operation on it fail: a driver too old, a chip too new.
    """
    try:
        x = torch.ones(2, 1, 8, 8, device=device)
        weight = torch.ones(1, 1, 3, 3, device=device, requires_grad=True)
        F.conv2d(x, weight).sum().backward()
        works = weight.grad.sum().item() == 2 * 36 * 9
    except Exception as error:  # whatever the driver raises
        return (str(error) or type(error).__name__).splitlines()[0]
    return "" if works else "a small sum comes out wrong"


def precision_name(precision: torch.dtype) -> str:
    """torch.float32 → "float32"."""
    return str(precision).removeprefix("torch.")


def pick_precision(device: torch.device) -> torch.dtype:
    """bfloat16 where it makes convolutions on this CPU clearly faster, else float32.

    A CPU without AMX or AVX512-BF16 emulates it, and not each that has them is the faster for it:
    so it is tried. On a GPU starting an operation of these small networks costs more than its
    arithmetic.
    """
    if device.type != "cpu":
        return torch.float32
    abilities = getattr(torch.cpu, "get_capabilities", dict)()
    able = abilities.get("amx_bf16") or abilities.get("avx512_bf16")
    return torch.bfloat16 if able and gain_of_bfloat16() > CLEARLY else torch.float32


@functools.cache
def gain_of_bfloat16(tries: int = 11) -> float:
    """How many times as fast in bfloat16 a convolution as in these networks is, with its gradient.

    The median of `tries`, each one against the other at once, in one thread and by its own clock:
    whatever else the machine does, a training that is begun again shall find the same.
    """
    x = torch.ones(64, 32, 14, 14).to(memory_format=torch.channels_last).requires_grad_(True)
    weight = torch.ones(32, 32, 3, 3, requires_grad=True)
    gains, clock = [], time.thread_time
    if time.get_clock_info("thread_time").resolution > 1e-4:  # on Windows, longer than a try
        clock = time.perf_counter
    with threads(1):
        for _ in range(tries):
            seconds = []
            for precision in (torch.float32, torch.bfloat16):
                begun = clock()
                with torch.autocast("cpu", precision, enabled=precision != torch.float32):
                    F.conv2d(x, weight, padding=1).float().sum().backward()
                seconds.append(clock() - begun)
            gains.append(seconds[0] / max(seconds[1], 1e-9))
    return statistics.median(gains)
