"""How many of the 1,000 modes of Stacked-MNIST are found, in how long, and how evenly?

python benchmarks/stacked.py [--seeds 7 8 9] [--arms NAME ...] [--seconds 180 1800]
                             [--device cpu] [--keep]

It needs nobody else on the machine: half an hour an arm and seed. Only training counts as time. The
rates fall towards the end of a run, so each length is a training of its own. Writes
`benchmarks/stacked.json` and the table in `benchmarks/README.md`.
"""

import argparse
import statistics
from dataclasses import replace
from functools import partial
from pathlib import Path

from report import keep_rows, matching, mean_and_range, put

from gan_lib.clinic.networks import PLAIN, PlainDiscriminator
from gan_lib.data import load
from gan_lib.keeping import checkpoints
from gan_lib.keeping.folder import described
from gan_lib.length import Length
from gan_lib.measures.modes import DISTANCE, EQUAL, FOUND, REAL, StackedYardstick
from gan_lib.models import count_parameters
from gan_lib.recipes import CLUSTERED, STACKED
from gan_lib.state import new_state
from gan_lib.training import train

HERE = Path(__file__).parent
PATH = HERE / "stacked.json"
RUNS = HERE.parent / "runs" / "stacked"


ARMS = {
    "`stacked`": STACKED,
    "`clustered --width 2`, told of each channel": replace(CLUSTERED, width_multiplier=2.0),
    "`clustered --width 1.5`, of each channel one of 1,000, by edges, as vectors": replace(
        CLUSTERED, width_multiplier=1.5, clusters=1000, alike="edges", vectors=14
    ),
    "a small DCGAN (`clinic.networks.PLAIN`)": PLAIN,
    "the same, its D with a quarter of the maps": replace(
        PLAIN, name="plain-quarter", discriminator=partial(PlainDiscriminator, maps=4)
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    parser.add_argument("--seconds", type=int, nargs="+", default=[180, 1800])
    parser.add_argument("--device", help="default: the best there is")
    parser.add_argument("--keep", action="store_true", help="add to the figures that are there")
    args = parser.parse_args()
    if not args.keep:
        PATH.unlink(missing_ok=True)
    data = load("stacked-mnist", "train")
    yardstick = StackedYardstick(data, load("stacked-mnist", "test"))
    for seed in args.seeds:
        for arm in args.arms:
            for seconds in args.seconds:
                state = new_state(ARMS[arm], data, seed, args.device)
                for state in train(state, data, Length(seconds=seconds)):
                    pass
                device = state.device.type
                name = ARMS[arm].name + "-edges" * (ARMS[arm].alike == "edges")
                folder = RUNS / f"{name}-{seed}-{seconds}-{device}"
                folder.mkdir(parents=True, exist_ok=True)
                checkpoints.save(state, folder, described(data, Length(seconds=seconds)))
                key = {"arm": arm, "seed": seed, "seconds": seconds, "device": device}
                networks = state.generator, state.discriminator
                figures = {r.name: [r.value, r.floor] for r in yardstick.readings(state, seed)}
                row = {"steps": state.step, "parameters": list(map(count_parameters, networks))}
                keep_rows(PATH, key, [key | row | {"figures": figures}], write)


COLUMNS = {  # heading: figure, decimals
    "modes among 26,000": (FOUND, 1),
    "KL to equal shares, 26,000": (EQUAL.format(26_000), 4),
    "of 100,000": (EQUAL.format(100_000), 4),
    "KL to the real shares, 26,000": (REAL.format(26_000), 4),
    "the same of 100,000": (REAL.format(100_000), 4),
    "distance of the channels": (DISTANCE, 2),
}


def write(rows: list[dict]) -> None:
    """The table in the README."""
    put(HERE / "README.md", "stacked", table(rows))


def table(rows: list[dict]) -> str:
    """Markdown: a line for each arm, device and length, mean and range over the seeds."""
    lines = ["| | seconds | seeds | steps | parameters of G, D | " + " | ".join(COLUMNS) + " |"]
    lines.append("|---" * (len(COLUMNS) + 5) + "|")
    for arm in ARMS:
        kinds = sorted({(r["seconds"], r["device"]) for r in rows if r["arm"] == arm})
        for seconds, device in kinds:
            ours = matching(rows, arm=arm, seconds=seconds, device=device)
            steps = statistics.mean(row["steps"] for row in ours)
            sizes = ", ".join(f"{size:,}" for size in ours[0]["parameters"])
            when = f"{seconds:,}" + f" ({device})" * (device != "cpu")
            cells = [
                mean_and_range([r["figures"][f][0] for r in ours], d) for f, d in COLUMNS.values()
            ]
            lines.append(
                f"| {arm} | {when} | {len(ours)} | {steps:,.0f} | {sizes} | {' | '.join(cells)} |"
            )
    floor = [f"{rows[0]['figures'][f][1]:,.{d}f}" for f, d in COLUMNS.values()]
    lines.append(f"| *floor: held-out digits* | | | | | {' | '.join(floor)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
