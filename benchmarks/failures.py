"""Does each case of the clinic fall ill, and does its remedy heal it? Over six seeds.

python benchmarks/failures.py [--json FILE] [--seeds 7 8 9 10 11 12]
                              [--of NAME ...] [--keep]

Every training has 600 steps of one thread on MNIST, so that two calls with seeds of their own may
run side by side, each with --keep. About four minutes a seed. A training counts as ill where the
rule of its illness says so, and as healed where no rule finds anything; the distance is measured
beside it, and knows nothing of rules. Prints each row, and writes FILE, `benchmarks/failures.json`
unless named, and the table in `benchmarks/README.md`.
"""

import argparse
import statistics
from collections import Counter
from pathlib import Path

import torch
from report import keep_rows, put

from gan_lib.clinic.cases import CASES, MYTHS, STEPS, Setup
from gan_lib.clinic.rules import diagnose
from gan_lib.data import ImageSet, load
from gan_lib.measures.yardstick import Yardstick
from gan_lib.training import TrainingDiverged

HERE = Path(__file__).parent


SETUPS = {
    (name, role): getattr(case, role) for name, case in CASES.items() for role in ("ill", "cured")
} | {(name, "myth"): setup for name, setup in MYTHS.items()}


def observed(setup: Setup, seed: int, real: ImageSet, held_out: ImageSet) -> tuple[dict, object]:
    """Train once and say what is found; and the state that it ended in."""
    try:
        state, history, seen = setup.examined(real, held_out, seed)
    except TrainingDiverged as error:
        raise SystemExit(f"{setup}, seed {seed}: {error}") from error
    found = [one.illness.name for one in diagnose(history, seen)]
    return {"seconds": state.seconds, "found": found}, state


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, default=HERE / "failures.json", metavar="FILE")
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9, 10, 11, 12])
    parser.add_argument("--of", nargs="+", choices=[*CASES, *MYTHS], default=[*CASES, *MYTHS])
    parser.add_argument("--keep", action="store_true", help="add to the figures that are there")
    args = parser.parse_args()
    torch.set_num_threads(1)
    if not args.keep:
        args.json.unlink(missing_ok=True)
    real, held_out = load("mnist", "train"), load("mnist", "test")
    yardstick = Yardstick(real, held_out)
    for seed in args.seeds:
        known: dict[Setup, dict] = {}  # most remedies lead back to the same healthy training
        for (name, role), setup in SETUPS.items():
            if name not in args.of:
                continue
            if setup not in known:
                row, state = observed(setup, seed, real, held_out)
                distance = yardstick.distance(yardstick.sample(state, seed)[0])
                known[setup] = row | {"distance": distance}
            key = {"of": name, "role": role, "seed": seed}
            row = key | known[setup]
            keep_rows(args.json, key, [row], write)


def write(rows: list[dict]) -> None:
    """The tables in the README."""
    put(HERE / "README.md", "failures", table(rows))
    put(HERE / "README.md", "myths", myths(rows))


def table(rows: list[dict]) -> str:
    """Markdown: a line for each illness."""
    lines = [
        f"{STEPS} steps, seeds {', '.join(map(str, sorted({row['seed'] for row in rows})))}.",
        "",
        "| illness | switch | ill | distance | remedy | healed | distance | longest, s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, case in CASES.items():
        ill, cured = (
            [row for row in rows if (row["of"], row["role"]) == (name, role)]
            for role in ("ill", "cured")
        )
        if ill and cured:
            fell = sum(name in row["found"] for row in ill)
            healed = sum(not row["found"] for row in cured)
            longest = max(row["seconds"] for row in ill + cured)
            lines.append(
                f"| {name} | {case.switch} | {fell} of {len(ill)} | {spread(ill)} | {case.remedy} "
                f"| {healed} of {len(cured)} | {spread(cured)} | {longest:.0f} |"
            )
    return "\n".join(lines) + "\n"


def myths(rows: list[dict]) -> str:
    """Markdown: a line for each myth, and what was found instead."""
    lines = ["| said | found by the rules | distance |", "|---|---|---|"]
    for name in MYTHS:
        if ours := [row for row in rows if (row["of"], row["role"]) == (name, "myth")]:
            found = Counter(next(iter(row["found"]), "nothing wrong") for row in ours)
            said = ", ".join(f"{what}: {often}" for what, often in found.most_common())
            lines.append(f"| {name} | {said} | {spread(ours)} |")
    return "\n".join(lines) + "\n"


def spread(rows: list[dict]) -> str:
    """The mean distance, and the least and the most."""
    values = [row["distance"] for row in rows]
    return f"{statistics.mean(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


if __name__ == "__main__":
    main()
