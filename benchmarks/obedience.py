"""Does `conditional` make the digit that it is asked for? After one and three minutes, three seeds.

python benchmarks/obedience.py [--seconds 60 180] [--seeds 7 8 9] [--mismatched 4 0] [--keep]

With and without mismatched fakes, which teach D that a fine 3 is no 8. The digits are asked for in
their real shares, and recognised by the bundled classifier, which never saw a generated image. It
needs nobody else on the machine; it writes `benchmarks/obedience.json` and the table in
`benchmarks/README.md`.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

from ablation import cell, measure
from report import put
from time_to_digits import machine

from gan_lib.data import load
from gan_lib.keeping.files import write_atomically
from gan_lib.length import Length
from gan_lib.measures import metrics
from gan_lib.measures.classifier import look_at
from gan_lib.recipes import CONDITIONAL
from gan_lib.state import new_state
from gan_lib.training import train

HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, nargs="+", default=[60, 180])
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    parser.add_argument("--mismatched", type=int, nargs="+", default=[4, 0])
    parser.add_argument("--keep", action="store_true", help="add to the figures that are there")
    args = parser.parse_args()
    path, rows = HERE / "obedience.json", []
    if args.keep and path.exists():
        rows = json.loads(path.read_text(encoding="utf-8"))
    data = load("mnist", "train")
    distance = metrics.frechet_from(look_at(data.floats())[0])
    for seconds in args.seconds:
        for seed in args.seeds:
            for mismatched in args.mismatched:
                recipe = replace(CONDITIONAL, mismatched=mismatched)
                state = new_state(recipe, data, seed)
                for state in train(state, data, Length(seconds=seconds)):
                    pass
                key = {"seconds": seconds, "mismatched": mismatched, "seed": seed}
                row = key | {"steps": state.step, "machine": machine()}
                row |= measure(state, data, distance)
                print(json.dumps(row), flush=True)
                rows = [r for r in rows if any(r[k] != key[k] for k in key)] + [row]
                write_atomically(path, json.dumps(rows, indent=1).encode())
                put(HERE / "README.md", "obedience", table(rows))


def table(rows) -> str:
    """Markdown, the mean and the range over the seeds."""
    machines = "; ".join(sorted({row["machine"] for row in rows}))
    lines = [
        f"{machines}. Mean over the seeds (least to most).",
        "",
        "| seconds | mismatched fakes of 64 | seeds | steps | obedience, % | Fréchet distance |",
        "|---|---|---|---|---|---|",
    ]
    for seconds in sorted({row["seconds"] for row in rows}):
        for mismatched in sorted({row["mismatched"] for row in rows}, reverse=True):
            mine = [r for r in rows if (r["seconds"], r["mismatched"]) == (seconds, mismatched)]
            if mine:
                seeds = ", ".join(str(r["seed"]) for r in sorted(mine, key=lambda r: r["seed"]))
                steps = f"{sum(r['steps'] for r in mine) / len(mine):,.0f}"
                figures = (cell([r[k] for r in mine]) for k in ("obedience", "distance"))
                lines.append(
                    f"| {seconds} | {mismatched} | {seeds} | {steps} | {' | '.join(figures)} |"
                )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
