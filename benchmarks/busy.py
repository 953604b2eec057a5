"""Steps per second alone, and beside another process that keeps a core busy.

    python benchmarks/busy.py [--recipe quick] [--seconds 6] [--rounds 3]

Each line is a training of its own in a process of its own: with one thread, with all cores, and
with the number that the loop chooses for itself when it starts. In turn, since machines drift.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager

MEASURE = """
import sys, time
from gan_lib.data import load
from gan_lib.length import Length
from gan_lib.recipes import RECIPES
from gan_lib.state import new_state
from gan_lib.training import train

recipe, seconds, threads = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]) or None
data = load("mnist", "train")
for state in train(new_state(RECIPES[recipe], data, threads=threads), data, Length(steps=10**6)):
    if state.step == 5:
        begun = time.perf_counter()
    if state.step > 5 and time.perf_counter() - begun >= seconds:
        break
print((state.step - 5) / (time.perf_counter() - begun), state.threads)
"""


@contextmanager
def busy(processes: int):
    """Other processes meanwhile, each with a core's worth of work."""
    working = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)
    ]
    try:
        time.sleep(1)  # until they are under way
        yield
    finally:
        for process in working:
            process.kill()
            process.wait()


def measure(recipe: str, seconds: float, threads: int) -> tuple[float, int]:
    """Steps per second, and the number of threads; 0 lets the loop choose."""
    command = [sys.executable, "-c", MEASURE, recipe, str(seconds), str(threads)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    speed, used = done.stdout.split()
    return float(speed), int(used)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default="quick")
    parser.add_argument("--seconds", type=float, default=6.0, help="for each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    from gan_lib.machine.threads import share_of_cores

    cores = share_of_cores()
    print(f"{args.recipe}, {cores} of {os.cpu_count()} cores, {args.rounds} rounds, medians")
    print(f"{'other busy processes':<22}{'1 thread':>10}{f'{cores} threads':>12}{'chosen':>10}"
          f"{'of the best':>13}   threads chosen")  # fmt: skip
    for others in (0, 1, cores):
        speeds, chosen = {1: [], cores: [], 0: []}, []
        with busy(others):
            for _ in range(args.rounds):
                for threads in speeds:
                    speed, used = measure(args.recipe, args.seconds, threads)
                    speeds[threads].append(speed)
                    chosen += [used] if threads == 0 else []
        one, all_, ours = (statistics.median(speeds[n]) for n in (1, cores, 0))
        print(f"{others:<22}{one:>10.1f}{all_:>12.1f}{ours:>10.1f}{ours / max(one, all_):>13.2f}"
              f"   {chosen}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
