"""Steps per second of one process, and of two that share each batch; those of more are reckoned.

    python benchmarks/team_scaling.py [--steps 40] [--rounds 3]

Each figure is of a training in processes of its own, with one thread each unless it says so; in
turn, since machines drift. A step of N processes is reckoned as the step of one with an N-th of
the batch, measured alone, and the talking, which is counted: around a ring of N, a message takes
2 (N - 1) times DELAY, and 2 (N - 1) / N times its bytes go at the pace of NETWORK.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch
import torch.distributed as dist
import torch.nn.functional as F
from report import machine, put

from gan_lib.data import ImageSet, load
from gan_lib.length import Length
from gan_lib.machine.team import joined
from gan_lib.recipes import RECIPES
from gan_lib.sources.imageset import to_levels
from gan_lib.state import new_state
from gan_lib.training import train

TABLE = Path(__file__).with_name("README.md")
CASES = (("quick", 28), ("stacked", 28), ("stacked", 64))  # recipe, pixels
NETWORK = 117e6  # bytes a second that get through an Ethernet of 1 Gbit/s
DELAY = 1e-4  # seconds until a message has gone one step further, in a room
SIZES = (4, 8)  # processes that are reckoned
FIRST = 8  # steps before the clock starts: memory is laid out, the processes wait for each other


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=40, help="for each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="of all measurements, in turn")
    parser.add_argument("--work", type=json.loads, help=argparse.SUPPRESS)  # in a process started
    args = parser.parse_args()
    if args.work:
        return work(**args.work)
    lines = [compared(recipe, side, args.steps, args.rounds) for recipe, side in CASES]
    put(TABLE, "team_scaling", table(lines, args.rounds))


def work(recipe: str, side: int, share: int, threads: int, steps: int) -> None:
    """Train in this process; the first of a team prints steps per second, messages and bytes."""
    torch.set_num_threads(threads)
    images = images_of(recipe, side)
    recipe = RECIPES[recipe]
    recipe = replace(recipe, batch_size=recipe.batch_size // share)
    talk = Talk()
    with joined() as team:
        state = new_state(recipe, images, 7, "cpu", torch.float32, threads)
        state.team = team
        for _ in train(state, images, Length(steps=FIRST + steps)):
            if state.step == FIRST:
                begun, before = time.perf_counter(), (talk.messages, talk.bytes)
        speed = steps / (time.perf_counter() - begun)
    if team.rank == 0:
        messages, sent = talk.messages - before[0], talk.bytes - before[1]
        print(json.dumps([speed, messages / steps, sent / steps]))


def images_of(recipe: str, side: int) -> ImageSet:
    """4,096 real digits, or stacks of them, so many pixels large."""
    data = load("stacked-mnist" if recipe == "stacked" else "mnist", "train").part(slice(4096))
    if side == data.shape[-1]:
        return data
    large = F.interpolate(data.floats(), size=(side, side), mode="bilinear")
    return replace(data, images=to_levels(large))


class Talk:
    """Counts what torch.distributed sends from now on."""

    def __init__(self) -> None:
        self.messages = self.bytes = 0
        dist.all_reduce, dist.broadcast = map(self._counted, (dist.all_reduce, dist.broadcast))

    def _counted(self, send):
        def counted(tensor, *others, **more):
            self.messages += 1
            self.bytes += tensor.nbytes
            return send(tensor, *others, **more)

        return counted


def measure(processes: int = 1, **given: object) -> list[float]:
    """What `work` prints, in so many processes."""
    command = [sys.executable]
    if processes > 1:
        command += ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    environment = os.environ | {"OMP_NUM_THREADS": str(given["threads"])}
    environment |= {"GLOO_SOCKET_IFNAME": "lo"} if sys.platform == "linux" else {}
    command += [__file__, "--work", json.dumps(given)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def compared(recipe: str, side: int, steps: int, rounds: int) -> dict[str, object]:
    """One line of the table: medians of steps per second, and what two say to each other."""
    asked = {
        "one": {"threads": 1, "share": 1},
        "two threads": {"threads": 2, "share": 1},
        "two": {"threads": 1, "share": 1, "processes": 2},
        **{size: {"threads": 1, "share": size} for size in (2, *SIZES)},
    }
    found = {name: [] for name in asked}
    for _ in range(rounds):
        for name, given in asked.items():
            found[name].append(measure(recipe=recipe, side=side, steps=steps, **given))
    line = {name: statistics.median(speed for speed, *_ in all_) for name, all_ in found.items()}
    _, messages, sent = found["two"][0]
    line |= {"what": f"{recipe}, {side} x {side}", "messages": messages, "bytes": sent}
    for size in SIZES:
        rounds_of_a_ring = 2 * (size - 1)
        talking = messages * rounds_of_a_ring * DELAY + sent * rounds_of_a_ring / size / NETWORK
        line[f"reckoned {size}"] = 1 / (1 / line[size] + talking)
    print(json.dumps(line), flush=True)
    return line


def table(lines: list[dict[str, object]], rounds: int) -> str:
    """The table of the README, in steps per second."""
    heads = ["recipe, pixels", "1 process", "1, two threads", "2 processes", "half a batch alone"]
    heads += ["messages a step", "KB a step"]
    for size in SIZES:
        heads += [f"1/{size} batch alone", f"{size} processes, reckoned"]
    text = f"{machine(torch.float32)}. Steps per second, medians of {rounds}.\n\n"
    text += f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n"
    for line in lines:
        cells = [line["what"], *(f"{line[n]:.1f}" for n in ("one", "two threads", "two", 2))]
        cells += [f"{line['messages']:.0f}", f"{line['bytes'] / 1e3:,.0f}"]
        for size in SIZES:
            cells += [f"{line[size]:.1f}", f"{line[f'reckoned {size}']:.1f}"]
        text += f"| {' | '.join(cells)} |\n"
    return text


if __name__ == "__main__":
    main()
