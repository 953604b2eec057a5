"""Which objective makes the best digits in equal time? Six of them in nine arms, told and not.

python benchmarks/objectives.py --tune [--arms NAME ...] [--afresh]
python benchmarks/objectives.py [--seeds 7 8 9 10 11] [--arms NAME ...]

The networks, the batch and the average are those of `quick`, or, told the digit, of `conditional`;
where a penalty bounds D, spectral norm does not. The first call lets every arm try as many settings
on a seed of its own, for 60 s; what was tried is not tried again. The second trains each arm with
its best setting, and what the recipes had when it began, for 60 s and anew for 180 s; what has been
trained is not trained again, and all arms of a seed are trained on one machine. A second is of CPU
time on one thread, so that two calls may run side by side, each on a core of its own (taskset).
Two and a half hours to tune, and 90 minutes a seed. Writes `benchmarks/objectives.json`, a table
and a picture.
"""

import argparse
import itertools
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
from report import keep_rows, machine, matching, mean_and_range, put

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
    ratio: float  # the discriminator's rate over it
    gamma: float  # weight of the penalty, where there is one


@dataclass(frozen=True)
class Arm:
    """An objective, and the settings that it may choose from."""

    objective: Objective
    settings: tuple[Setting, ...]  # of a single one nothing need be tried
    spectral: bool  # whether D keeps spectral norm
    told: tuple[str, ...] = ("nobody", "both")  # where it takes part

    def recipe(self, told: bool, setting: Setting) -> Recipe:
        """The recipe that the arm trains."""
        penalties = tuple(replace(p, gamma=setting.gamma) for p in self.objective.penalties)
        choices = {"objective": replace(self.objective, penalties=penalties)}
        choices |= {"generator_rate": setting.rate}
        choices |= {"discriminator_rate": setting.rate * setting.ratio}
        if not self.spectral:
            choices["discriminator"] = NoSpectral if told else FreeQuick
        return replace(CONDITIONAL if told else QUICK, **choices)


def plain(objective: Objective, spectral: bool = True) -> Arm:
    """Without a penalty: four rates of G, and a D that is as fast, or a quarter."""
    rates = 1e-3, 2e-3, 4e-3, 8e-3
    return Arm(objective, tuple(Setting(g, d, 0.0) for g in rates for d in (1.0, 0.25)), spectral)


def penalised(objective: Objective, *gammas: float) -> Arm:
    """With one: two rates and two weights of it. Rates of 2e-3 were worse wherever tried."""
    choices = itertools.product((4e-3, 8e-3), (1.0, 0.25), gammas)
    return Arm(objective, tuple(itertools.starmap(Setting, choices)), spectral=False)


def near(share: float) -> Objective:
    """The relativistic loss with the penalties that need no second gradient."""
    penalties = Penalty(near_r1, share=share), Penalty(near_r2, share=share)
    return replace(objectives.RELATIVISTIC, penalties=penalties)


def as_in(recipe: Recipe) -> Arm:
    """What a recipe of the course has, at its own rates."""
    ratio = recipe.discriminator_rate / recipe.generator_rate
    own = Setting(recipe.generator_rate, ratio, 0.0)
    return Arm(recipe.objective, (own,), spectral=True, told=(recipe.told,))


ARMS = {
    "cross-entropy": plain(objectives.binary_cross_entropy()),
    "saturating": plain(objectives.SATURATING),
    "hinge": plain(objectives.HINGE),
    "hinge without spectral norm": plain(objectives.HINGE, spectral=False),
    "least squares": plain(objectives.LEAST_SQUARES),
    "Wasserstein + GP": penalised(objectives.WASSERSTEIN, 1.0, 10.0),
    "relativistic + R1 + R2": penalised(objectives.RELATIVISTIC, 0.01, 0.1),
    "the same, approximate": penalised(near(1.0), 0.01, 0.1),
    "approximate, a quarter": penalised(near(0.25), 0.01, 0.1),
    "hinge, both rates 4e-3": as_in(replace(QUICK, generator_rate=4e-3, discriminator_rate=4e-3)),
    "hinge, as in conditional": as_in(CONDITIONAL),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tune", action="store_true", help="try the settings of each arm")
    parser.add_argument("--seeds", type=int, nargs="*", default=[7, 8, 9, 10, 11])
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    parser.add_argument("--told", nargs="+", choices=("nobody", "both"), default=["nobody", "both"])
    parser.add_argument("--device", default="cpu", help="cpu, or cuda: seconds are then real ones")
    parser.add_argument("--afresh", action="store_true", help="forget all figures on file")
    parser.add_argument("--draw", action="store_true", help="measure nothing, only write and draw")
    args = parser.parse_args()
    if args.draw:
        return write(kept())
    if args.afresh:
        PATH.unlink(missing_ok=True)
    seeds = [TUNING_SEED] if args.tune else args.seeds
    if not args.tune and not all(has_setting(kept(), arm, told) for arm, told in arms(args)):
        parser.error("not all of these arms have settings: begin with --tune")
    torch.set_num_threads(1)
    begun = [row for row in kept() if row["seed"] in seeds]
    if others := {row["machine"] for row in begun} - {machine_of(args.device)}:
        parser.error(f"these seeds were begun on another machine, {others.pop()}: see --afresh")
    data = load("mnist", "train")
    yardstick = Yardstick(data, load("mnist", "test"))
    for seed in seeds:
        for arm, told, seconds, setting in work(args, seed):
            key = {"arm": arm, "told": told, "seed": seed, "seconds": seconds}
            key |= setting._asdict() | {"machine": machine_of(args.device)}
            recipe = ARMS[arm].recipe(told == "both", setting)
            row = key | run(recipe, seed, seconds, data, yardstick, args.device)
            keep_rows(PATH, key, [row], write)


def machine_of(device: str) -> str:
    """What the seconds are seconds of."""
    return machine(torch.float32) if device == "cpu" else torch.cuda.get_device_name(device)


def kept() -> list[dict]:
    """The rows that are on file."""
    return json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else []


def arms(args: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """The arms that were asked for, and who is told the digit."""
    both = itertools.product(args.arms, args.told)
    return ((arm, told) for arm, told in both if told in ARMS[arm].told)


def work(args: argparse.Namespace, seed: int) -> Iterator[tuple]:
    """What is to be trained with a seed: arm, who is told, seconds, setting."""
    for arm, told in arms(args):
        tried = list(map(setting_of, tuned(kept(), arm, told)))
        if seed == TUNING_SEED:
            left = (each for each in choices_of(arm) if each not in tried)
            yield from ((arm, told, LENGTHS[0], setting) for setting in left)
        else:
            setting = best(kept(), arm, told)
            done = [(row["seed"], row["seconds"]) for row in of(kept(), arm, told)]
            left = (seconds for seconds in LENGTHS if (seed, seconds) not in done)
            yield from ((arm, told, seconds, setting) for seconds in left)


def tuned(rows: list[dict], arm: str, told: str) -> list[dict]:
    """The rows of an arm's tuning, of those settings that it may choose from."""
    found = matching(rows, arm=arm, told=told, seed=TUNING_SEED)
    return [row for row in found if setting_of(row) in ARMS[arm].settings]


def choices_of(arm: str) -> tuple[Setting, ...]:
    """The settings among which an arm has a choice; none where there is a single one."""
    return ARMS[arm].settings if len(ARMS[arm].settings) > 1 else ()


def has_setting(rows: list[dict], arm: str, told: str) -> bool:
    """Whether it is known what an arm is trained with."""
    return told in ARMS[arm].told and bool(not choices_of(arm) or tuned(rows, arm, told))


def best(rows: list[dict], arm: str, told: str) -> Setting:
    """The setting of the smallest distance in the tuning; one that diverged has none."""
    if not choices_of(arm):
        return ARMS[arm].settings[0]
    tried = tuned(rows, arm, told)
    return setting_of(min(tried, key=lambda row: row.get("Fréchet distance", math.inf)))


def setting_of(row: dict) -> Setting:
    """What a row was trained with."""
    return Setting(row["rate"], row["ratio"], row["gamma"])


def run(
    recipe: Recipe, seed: int, seconds: int, data: ImageSet, yardstick: Yardstick, device: str
) -> dict:
    """Train, and measure 10,000 images; without figures where it diverged."""
    state = new_state(recipe, data, seed, device, torch.float32, threads=1)
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
    seeds = {(row["machine"], row["seed"]) for row in rows}
    for where, pairs in itertools.groupby(sorted(seeds), key=lambda pair: pair[0]):
        parts.append(f"On {where}: seeds {', '.join(str(seed) for _, seed in pairs)}.\n")
    return "\n".join(parts)


def settings(rows: list[dict]) -> str:
    """Markdown: what each arm tried, and which it chose."""
    told = "nobody is told: G's rate, D's over it, γ: distance", "both are told the digit"
    lines = [f"| objective | {' | '.join(told)} |", "|---|---|---|"]
    for arm in filter(choices_of, ARMS):
        cells = []
        for told in ("nobody", "both"):
            tried = tuned(rows, arm, told)
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


def of(rows: list[dict], arm: str, told: str, **key: int) -> list[dict]:
    """The rows of an arm that count: those with the setting that it has chosen."""
    if not has_setting(rows, arm, told):
        return []
    found = matching(rows, arm=arm, told=told, **best(rows, arm, told)._asdict(), **key)
    return [row for row in found if row["seed"] != TUNING_SEED]


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
        both = [of(rows, arm, told, seconds=seconds) for seconds in LENGTHS]
        if not any(both):
            continue
        steps = ", ".join(f"{statistics.mean(r['steps'] for r in rs):,.0f}" for rs in both if rs)
        bad = ", ".join(f"{sum(map(failed, rs))} of {len(rs)}" for rs in both if rs)
        cells = [mean_and_range(_values(rs, f)) for rs in both for f in figures]
        lines.append(f"| {arm} | {len(both[0])} | {steps} | {bad} | {' | '.join(cells)} |")
    floor = {f: r[f"floor of {f}"] for r in rows for f in figures if f"floor of {f}" in r}
    cells = [f"{floor[f]:.2f}" if f in floor else "–" for f in figures] * len(LENGTHS)
    lines.append(f"| *floor: MNIST's test set* | | | | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _values(rows: list[dict], figure: str) -> list[float]:
    return [row[figure] for row in rows if figure in row and not failed(row)]


def picture(rows: list[dict]) -> DescribedFigure:
    """Every training that did not fail a point, after 180 s: a line an arm, and how many failed."""
    figure = DescribedFigure(9.5, 3.6, "")
    panels, said = figure.subplots(1, 2, sharey=True), []
    floor = max(row.get("floor of Fréchet distance", 0) for row in rows)
    for axes, told, title in zip(
        panels, ("nobody", "both"), ("nobody is told the digit", "both players are told it")
    ):
        for place, arm in enumerate(ARMS):
            trained = of(rows, arm, told, seconds=LENGTHS[-1])
            values = _values(trained, "Fréchet distance")
            if bad := sum(map(failed, trained)):
                axes.annotate(f"{bad} failed", (1, place), xycoords=("axes fraction", "data"),
                              ha="right", va="center", fontsize=8, color="#D55E00")  # fmt: skip
                said.append(f"{arm}, {title}: {bad} of {len(trained)} failed")
            if values:
                axes.plot(values, [place] * len(values), "o", ms=5, alpha=0.6, color="#0072B2")
                axes.plot([statistics.mean(values)] * 2, [place - 0.3, place + 0.3], "k-", lw=1.5)
                said.append(f"{arm}, {title}: {statistics.mean(values):.1f}")
        axes.axvline(floor, color=GREY, lw=1)
        axes.set(xscale="log", title=title, xlabel=f"Fréchet distance after {LENGTHS[-1]} s")
        ticks = [1, 2, 3, 5, 10, 20, 40, 80]
        low, high = axes.get_xlim()
        shown = [tick for tick in ticks if low <= tick <= high]
        axes.set_xticks(shown, list(map(str, shown)))
        axes.set_xticks([], minor=True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color="#eeeeee")
    panels[0].set_yticks(range(len(ARMS)), list(ARMS))
    panels[0].invert_yaxis()
    figure.alt = f"Mean distances: {'; '.join(said)}. Floor {floor:.2f}, a line."
    return figure


if __name__ == "__main__":
    main()
