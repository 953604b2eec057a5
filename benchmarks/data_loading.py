"""How fast batches of MNIST come: torch's DataLoader against one tensor held in memory.

    python benchmarks/data_loading.py

The same job three ways, a shuffled batch of 64 images in [-1, 1] with their labels:

(a) DataLoader over one image at a time, with ToTensor and Normalize, in this process;
(b) the same with two worker processes, timed from the first batch on, so without their start;
(c) `gan_lib.data.load` once, then random indices into its tensor.

The ways take turns for three rounds, and the best of each counts, since other programs can only
slow one down. It takes about half a minute on two cores. Times drift between machines and hours;
the ratios of one run are what to look at.
"""

import time
from collections.abc import Iterable, Iterator
from itertools import islice

import torch
from one_by_one import OneByOne
from torch.utils.data import DataLoader

from gan_lib import data

BATCH = 64
ROUNDS = 3
SECONDS = 2.0  # a round of each way ends after this long, or with the epoch


def from_memory(images: data.ImageSet) -> Iterator[list[torch.Tensor]]:
    """Yield the batches of one epoch, each ``(64, 1, 28, 28)`` and ``(64,)``."""
    order = torch.randperm(len(images))
    for index in order[: len(order) // BATCH * BATCH].split(BATCH):
        yield [images.floats(index), images.labels[index]]


def images_per_second(batches: Iterable) -> float:
    """Return the rate from the second batch on."""
    iterator = iter(batches)
    next(iterator)
    start, count = time.perf_counter(), 0
    for x, _ in islice(iterator, 900):
        count += len(x)
        if time.perf_counter() - start > SECONDS:
            break
    return count / (time.perf_counter() - start)


def main() -> None:
    images = data.load("mnist", "train")
    dataset = OneByOne(images)
    ways = {
        "(a) DataLoader, num_workers=0": DataLoader(dataset, BATCH, shuffle=True),
        "(b) DataLoader, num_workers=2": DataLoader(dataset, BATCH, shuffle=True, num_workers=2),
    }
    best = dict.fromkeys([*ways, "(c) one tensor in memory"], 0.0)
    for _ in range(ROUNDS):
        for way in best:
            batches = ways.get(way) or from_memory(images)
            best[way] = max(best[way], images_per_second(batches))
    slowest = best["(a) DataLoader, num_workers=0"]
    print(images)
    print(f"batches of {BATCH}, best of {ROUNDS} rounds, {torch.get_num_threads()} threads")
    for way, rate in best.items():
        print(f"{way:32}{rate:12,.0f} images/s   {rate / slowest:7.1f} times (a)")


if __name__ == "__main__":
    main()
