"""Randomness that is the same each time: every draw has a key of its own.

A key is a seed, what the draw is for, a step and a rank (the number of a process, where several
train together). So a training that is resumed at a step draws what an unbroken one draws there, and
no random state is stored.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import torch

STEPS, RANKS = 2**23, 2**5  # more of either would share numbers with another purpose


class Purpose(IntEnum):
    """What numbers are drawn for. No two of them ever share any."""

    WEIGHTS = 0  # of new networks
    FIXED_LATENT = 1  # whose images are followed through a training
    ORDER = 2  # in which an epoch shows the images; the step is the number of the epoch
    STEP = 3  # all that one step of a training draws: latents, noise, dropout
    SAMPLE = 4  # latents of images that are asked for
    VERDICT = 5  # noise on what the discriminator is asked outside of a training
    CHOICE = 6  # which images are looked at
    POINT = 7  # in the latent space, to walk from
    MEASURE = 8  # subsets and bootstrap rounds of a metric
    JUDGE = 9  # a fresh judge's weights, and what it learns from
    PLANE = 11  # points of a distribution in the plane
    CLUSTERS = 10  # which images are looked at to find them, and where the search begins
    STACKS = 12  # which digits stand together in an image; the step is the number of the epoch
    EYES = 13  # a classifier's weights, and how the images that it learns from are distorted


def key(seed: int, purpose: Purpose, step: int = 0, rank: int = 0) -> int:
    """A 64-bit number for torch to draw with. For one seed, no two keys are equal.

    torch's generator on the CPU looks at the lower 32 bits alone, where a plain hash would let two
    steps of a long training collide. So purpose, rank and step have places of their own there, and
    are stirred one-to-one. Raises `ValueError` beyond 8,388,608 steps and 32 ranks.
    """
    if not (0 <= step < STEPS and 0 <= rank < RANKS):
        raise ValueError(f"there are keys for {STEPS:,} steps and {RANKS} ranks")
    digest = hashlib.sha256(str(int(seed)).encode()).digest()
    of_seed, upper = (int.from_bytes(digest[i : i + 4], "big") for i in (0, 4))
    lower = (purpose << 28 | rank << 23 | step) ^ of_seed
    for factor, shift in ((0x85EBCA6B, 13), (0xC2B2AE35, 16)):  # each can be undone: one-to-one
        lower = (lower ^ lower >> 16) * factor & 0xFFFFFFFF
        lower ^= lower >> shift
    return upper << 32 | lower


def generator(
    seed: int, purpose: Purpose, step: int = 0, rank: int = 0, device: torch.device | str = "cpu"
) -> torch.Generator:
    """A generator of random numbers of one's own: nobody else's randomness is touched."""
    return torch.Generator(device).manual_seed(key(seed, purpose, step, rank))


# torch has one random state for all threads: no slider shall draw from it in the middle of a step.
_one_at_a_time = threading.RLock()


@contextmanager
def randomness(
    seed: int, purpose: Purpose, step: int = 0, rank: int = 0, device: torch.device | str = "cpu"
) -> Iterator[None]:
    """All that torch draws inside, on the CPU and on `device`, depends on the key alone.

    For what takes no generator: new weights, dropout. Afterwards torch's own random state is put
    back, but on Apple GPUs.
    """
    number, device = key(seed, purpose, step, rank), torch.device(device)
    cuda = device.type == "cuda"
    with _one_at_a_time, torch.random.fork_rng(devices=[device] if cuda else []):
        torch.default_generator.manual_seed(number)
        if cuda:
            with torch.cuda.device(device):  # or it would be the first GPU, whichever is named
                torch.cuda.manual_seed(number)
        elif device.type == "mps":
            torch.mps.manual_seed(number)
        yield
