"""How near is a step to what these cores can compute at all? Every recipe, in one run.

python benchmarks/roofline.py [--seconds 8]

The arithmetic of a step (counted by PyTorch: convolutions and matrix products, forwards and
backwards), times steps per second, over the rate at which the same threads multiply two large
matrices in the same precision. Batch norm, activations and Adam are not counted, and take time.
"""

import argparse
import time

import torch
from torch.utils.flop_counter import FlopCounterMode

from gan_lib.data import load
from gan_lib.length import Length
from gan_lib.machine.devices import precision_name
from gan_lib.machine.threads import threads
from gan_lib.recipes import RECIPES
from gan_lib.state import new_state
from gan_lib.training import train

SIDE = 2048  # of the matrices


def multiplying(count: int, precision: torch.dtype, seconds: float) -> float:
    """Operations per second of products of large matrices, by so many threads."""
    a, b = (torch.randn(SIDE, SIDE).to(precision) for _ in range(2))
    with threads(count):
        a @ b
        begun, times = time.perf_counter(), 0
        while time.perf_counter() - begun < seconds:
            a @ b
            times += 1
        return times * 2 * SIDE**3 / (time.perf_counter() - begun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8.0, help="for each recipe")
    args = parser.parse_args()
    data = load("mnist", "train")
    print(f"{'recipe':<12}{'GFLOP a step':>14}{'steps/s':>9}{'GFLOP/s':>9}{'matrices':>10}  share")
    for name, recipe in RECIPES.items():
        state = new_state(recipe, data, device="cpu")
        steps = train(state, data, Length(steps=10**6))
        next(steps)  # finds the number of threads
        with FlopCounterMode(display=False) as counted:
            next(steps)
        begun, first = state.seconds, state.step
        while state.seconds - begun < args.seconds:
            next(steps)
        pace = (state.step - first) / (state.seconds - begun)
        rate = pace * counted.get_total_flops()
        most = multiplying(state.threads, state.precision, args.seconds / 4)
        print(
            f"{name:<12}{counted.get_total_flops() / 1e9:>14.2f}{pace:>9.1f}{rate / 1e9:>9.0f}"
            f"{most / 1e9:>10.0f}  {rate / most:.0%}  "
            f"({state.threads} threads, {precision_name(state.precision)})",
            flush=True,
        )


if __name__ == "__main__":
    main()
