"""Which objective makes the best digits in equal time? Seven of them, told the digit and not.

python benchmarks/objectives.py [--tune] [--seeds 7 8 9 10 11] [--arms NAME ...] [--keep]

The networks, the batch and the average are those of `quick`, or, told the digit, of `conditional`;
where a penalty bounds D, spectral norm does not. First, with --tune, every arm tries the same
number of settings on a seed of its own, after 60 s; each seed then trains an arm with its best one
for 60 s and anew for 180 s. A second is one of CPU time on one thread, so that two calls may run
side by side, each on a core of its own (taskset) and with --keep. 70 minutes to tune, and 75 a
seed. Writes `benchmarks/objectives.json`, a table and a picture.
"""

import argparse
import json
import math
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import torch
from ablation import FreeQuick, NoSpectral
from report import keep_rows, put

from gan_lib import objectives
from gan_lib.data import ImageSet, load
from gan_lib.keeping.files import write_atomically
from gan_lib.length import Length
from gan_lib.measures.yardstick import Yardstick
from gan_lib.objectives import Objective
from gan_lib.pictures.plots import GREY, DescribedFigure
from gan_lib.recipes import CONDITIONAL, QUICK, Recipe
from gan_lib.remedies.penalties import Penalty, near_r1, near_r2
from gan_lib.state import new_state
from gan_lib.training import TrainingDiverged, train

HERE = Path(__file__).parent
PATH, PICTURE = HERE / "objectives.json", HERE.parent / "resources" / "objectives.png"
LENGTHS = (60, 180)  # seconds
TUNING_SEED = 6
FAILED = 0.1  # coverage below which a training has failed, as one that diverged has


class Setting(NamedTuple):
    """What may be chosen for an arm."""

    rate: float  # of the generator
    ratio: float  # of the discriminator's rate to it
    gamma: float  # weight of the penalty, where there is one


@dataclass(frozen=True)
class Arm:
    """An objective, and the settings that it may choose from."""

    objective: Objective
    settings: tuple[Setting, ...]

    def recipe(self, told: bool, setting: Setting) -> Recipe:
        """The recipe that the arm trains."""
        penalties = tuple(replace(p, gamma=setting.gamma) for p in self.objective.penalties)
        choices = {"objective": replace(self.objective, penalties=penalties)}
        choices |= {"generator_rate": setting.rate}
        choices |= {"discriminator_rate": setting.rate * setting.ratio}
        if penalties:
            choices["discriminator"] = NoSpectral if told else FreeQuick
        return replace(CONDITIONAL if told else QUICK, **choices)


def plain(objective: Objective) -> Arm:
    """Without a penalty: three rates of G, and a D that is as fast, or a quarter."""
    return Arm(
        objective, tuple(Setting(g, d, 0.0) for g in (2e-3, 4e-3, 8e-3) for d in (1.0, 0.25))
    )


def penalised(objective: Objective, *gammas: float) -> Arm:
    """With one: its weight instead of the rate of G."""
    return Arm(objective, tuple(Setting(4e-3, d, gamma) for gamma in gammas for d in (1.0, 0.25)))


def near(share: float) -> Objective:
    """The relativistic loss with the penalties that need no second gradient."""
    penalties = Penalty(near_r1, share=share), Penalty(near_r2, share=share)
    return replace(objectives.RELATIVISTIC, penalties=penalties)


ARMS = {
    "cross-entropy": plain(objectives.binary_cross_entropy()),
    "saturating": plain(objectives.SATURATING),
    "hinge": plain(objectives.HINGE),
    "least squares": plain(objectives.LEAST_SQUARES),
    "Wasserstein + GP": penalised(objectives.WASSERSTEIN, 1.0, 10.0, 100.0),
    "relativistic + R1 + R2": penalised(objectives.RELATIVISTIC, 0.01, 0.1, 1.0),
    "the same, approximate": penalised(near(1.0), 0.01, 0.1, 1.0),
    "approximate, a quarter": penalised(near(0.25), 0.01, 0.1, 1.0),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tune", action="store_true", help="try the settings of each arm")
    parser.add_argument("--seeds", type=int, nargs="*", default=[7, 8, 9, 10, 11])
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    parser.add_argument("--told", nargs="+", choices=("nobody", "both"), default=["nobody", "both"])
    parser.add_argument("--device", default="cpu", help="cpu, or cuda: seconds are then real ones")
    parser.add_argument("--keep", action="store_true", help="add to the figures that are there")
    parser.add_argument("--draw", action="store_true", help="measure nothing, only write and draw")
    args = parser.parse_args()
    if args.draw:
        return write(json.loads(PATH.read_text(encoding="utf-8")))
    if not args.keep:
        PATH.unlink(missing_ok=True)
    torch.set_num_threads(1)
    data = load("mnist", "train")
    yardstick = Yardstick(data, load("mnist", "test"))
    for seed in [TUNING_SEED] * args.tune + args.seeds:
        for arm, told, seconds, chosen in work(args, seed):
            key = {"arm": arm, "told": told, "seed": seed, "seconds": seconds}
            setting = chosen._asdict()
            key |= setting if seed == TUNING_SEED else {}
            recipe = ARMS[arm].recipe(told == "both", chosen)
            row = key | setting | run(recipe, seed, seconds, data, yardstick, args.device)
            keep_rows(PATH, key, [row], write)


def work(args: argparse.Namespace, seed: int) -> Iterator[tuple]:
    """What is to be trained with a seed: arm, who is told, seconds, setting."""
    for arm in args.arms:
        for told in args.told:
            rows = json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else []
            if seed == TUNING_SEED:  # settings that were tried stay as they are
                key = {"arm": arm, "told": told, "seed": seed}
                tried = [setting_of(row) for row in rows if key.items() <= row.items()]
                left = (each for each in ARMS[arm].settings if each not in tried)
                yield from ((arm, told, LENGTHS[0], setting) for setting in left)
            else:
                yield from ((arm, told, seconds, best(rows, arm, told)) for seconds in LENGTHS)


def best(rows: list[dict], arm: str, told: str) -> Setting:
    """The setting of the smallest distance in the tuning; one that diverged has none."""
    key = {"arm": arm, "told": told, "seed": TUNING_SEED}
    tried = [row for row in rows if key.items() <= row.items()]
    row = min(tried, key=lambda row: row.get("Fréchet distance", math.inf))
    return setting_of(row)


def setting_of(row: dict) -> Setting:
    """What a row was trained with."""
    return Setting(row["rate"], row["ratio"], row["gamma"])


def run(
    recipe: Recipe, seed: int, seconds: int, data: ImageSet, yardstick: Yardstick, device: str
) -> dict:
    """Train, and measure 10,000 images; without figures where it diverged."""
    state = new_state(recipe, data, seed, device, threads=1)
    clock = time.process_time if device == "cpu" else time.perf_counter
    try:
        for state in train(state, data, Length(seconds=seconds), clock):
            pass
    except TrainingDiverged as error:
        return {"steps": state.step, "diverged": error.what}
    images, asked = yardstick.sample(state, seed)
    if seed == TUNING_SEED:
        return {"steps": state.step, "Fréchet distance": yardstick.distance(images)}
    readings = yardstick.measure(images, asked, judge=False)
    wanted = "Fréchet distance", "coverage", "obedience (%)"
    floors = {f"floor of {r.name}": r.floor for r in readings if r.name in wanted}
    return {"steps": state.step} | {r.name: r.value for r in readings if r.name in wanted} | floors


# --- The table and the picture -------------------------------------------------------------------


def write(rows: list[dict]) -> None:
    """Both, from what there is."""
    put(HERE / "README.md", "objectives", tables(rows))
    if any(row["seed"] != TUNING_SEED for row in rows):
        write_atomically(PICTURE, picture(rows).picture().png)


def tables(rows: list[dict]) -> str:
    """Markdown: what was tuned, and, once a seed has been trained, what came of it."""
    parts = [settings(rows)]
    if any(row["seed"] != TUNING_SEED for row in rows):
        parts += [table(rows, told) for told in ("nobody", "both")]
    return "\n".join(parts)


def settings(rows: list[dict]) -> str:
    """Markdown: what each arm tried, and which it chose."""
    told = "nobody is told: G's rate, D's share of it, γ: distance", "both are told the digit"
    lines = [f"| objective | {' | '.join(told)} |", "|---|---|---|"]
    for arm in ARMS:
        cells = []
        for told in ("nobody", "both"):
            key = {"arm": arm, "told": told, "seed": TUNING_SEED}
            tried = [row for row in rows if key.items() <= row.items()]
            chosen = best(rows, arm, told) if tried else None
            cells.append("; ".join(_tried(row, chosen) for row in tried) or "–")
        lines.append(f"| {arm} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _tried(row: dict, chosen: Setting | None) -> str:
    value = f"{row['Fréchet distance']:.1f}" if "Fréchet distance" in row else "diverged"
    setting = setting_of(row)
    gamma = f", γ {setting.gamma:g}" if setting.gamma else ""
    text = f"{setting.rate:g}, {setting.ratio:g}{gamma}: {value}"
    return f"**{text}**" if setting == chosen else text


def of(rows: list[dict], arm: str, told: str, seconds: int) -> list[dict]:
    """The rows of an arm that count, one a seed."""
    key = {"arm": arm, "told": told, "seconds": seconds}
    return [r for r in rows if key.items() <= r.items() and r["seed"] != TUNING_SEED]


def failed(row: dict) -> bool:
    """Whether it diverged, or found next to nothing."""
    return row.get("coverage", 0.0) < FAILED


def table(rows: list[dict], told: str) -> str:
    """Markdown: mean (least to most) of the trainings that did not fail."""
    figures = ["Fréchet distance", "coverage"] + ["obedience (%)"] * (told == "both")
    columns = [f"{figure}, {seconds} s" for seconds in LENGTHS for figure in figures]
    said = "Nobody is told the digit." if told == "nobody" else "Both players are told the digit."
    lines = [f"{said} Mean (least to most) of those that did not fail.", ""]
    lines.append("| objective | seeds | steps | failed | " + " | ".join(columns) + " |")
    lines.append("|---" * (len(columns) + 4) + "|")
    for arm in ARMS:
        both = [of(rows, arm, told, seconds) for seconds in LENGTHS]
        if not any(both):
            continue
        steps = ", ".join(f"{statistics.mean(r['steps'] for r in rs):,.0f}" for rs in both if rs)
        bad = ", ".join(f"{sum(map(failed, rs))} of {len(rs)}" for rs in both if rs)
        cells = [_cell([r for r in rs if not failed(r)], f) for rs in both for f in figures]
        lines.append(f"| {arm} | {len(both[0])} | {steps} | {bad} | {' | '.join(cells)} |")
    floor = {f: r[f"floor of {f}"] for r in rows for f in figures if f"floor of {f}" in r}
    cells = [f"{floor[f]:.2f}" if f in floor else "–" for f in figures] * len(LENGTHS)
    lines.append(f"| *floor: MNIST's test set* | | | | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(rows: list[dict], figure: str) -> str:
    values = [row[figure] for row in rows if figure in row]
    if not values:
        return "–"
    return f"{statistics.mean(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def picture(rows: list[dict]) -> DescribedFigure:
    """Every training a point, after 180 s: one panel a way of telling, one line an objective."""
    figure = DescribedFigure(9.5, 3.6, "")
    panels, said = figure.subplots(1, 2, sharey=True), []
    floor = max(row.get("floor of Fréchet distance", 0) for row in rows)
    for axes, told, title in zip(
        panels, ("nobody", "both"), ("nobody is told the digit", "both players are told it")
    ):
        for place, arm in enumerate(ARMS):
            good = [r for r in of(rows, arm, told, LENGTHS[-1]) if not failed(r)]
            values = [row["Fréchet distance"] for row in good]
            if values:
                axes.plot(values, [place] * len(values), "o", ms=5, alpha=0.6, color="#0072B2")
                axes.plot([statistics.mean(values)] * 2, [place - 0.3, place + 0.3], "k-", lw=1.5)
                said.append(f"{arm}, {title}: {statistics.mean(values):.1f}")
        axes.axvline(floor, color=GREY, lw=1)
        axes.set(xscale="log", title=title, xlabel=f"Fréchet distance after {LENGTHS[-1]} s")
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color="#eeeeee")
    panels[0].set_yticks(range(len(ARMS)), list(ARMS))
    panels[0].invert_yaxis()
    figure.alt = f"Mean distances: {'; '.join(said)}. Floor {floor:.2f}, a line."
    return figure


if __name__ == "__main__":
    main()
