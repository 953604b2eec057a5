"""Do the rules name the right illness where they were not chosen? A matrix of truth and finding.

python benchmarks/diagnoses.py [--json FILE] [--seeds 21 22 23] [--keep]
                               [--only NAME ...] [--fashion ROOT]

The rules were chosen on MNIST, on the base of the clinic, with seeds 7 to 12. Here are other seeds;
Fashion-MNIST; the course's recipes, healthy and with a switch that goes with them; and the plane.
One thread, so that two calls with seeds of their own may run side by side, each with --keep. About
eighteen minutes a seed. Prints each row, and writes FILE, `benchmarks/diagnoses.json` unless named,
and the tables in `benchmarks/README.md`.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch
from report import keep_rows, put
from torch import Tensor, nn

from gan_lib import models
from gan_lib.clinic import illnesses
from gan_lib.clinic.cases import CASES, Detaching, Setup, few, in_half_range, never_cleared
from gan_lib.clinic.rules import RULES, diagnose
from gan_lib.data import ImageSet, load
from gan_lib.plane.mixtures import grid, ring
from gan_lib.plane.players import OBJECTIVES, PLANE
from gan_lib.recipes import CONDITIONAL, QUICK, RECIPES
from gan_lib.sources.imageset import Shape
from gan_lib.training import TrainingDiverged

HERE = Path(__file__).parent
HEALTHY = "nothing"
UNKNOWN = "as published: "  # trainings in which nobody switched anything on


class Detached(Detaching, models.QuickGenerator):
    """The generator of `quick`, detached."""


class Bounded(models.QuickDiscriminator):
    """The discriminator of `quick`, which ends in a sigmoid."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).sigmoid()


class Normed(models.QuickDiscriminator):
    """The discriminator of `quick` with batch norm behind its second convolution."""

    def __init__(self, shape: Shape, classes: int = 0) -> None:
        super().__init__(shape, classes)
        self.layers.insert(4, nn.BatchNorm2d(48))


class Trial(NamedTuple):
    """A training whose truth is known."""

    of: str  # which group it belongs to
    name: str
    truth: str  # the name of the illness, or `HEALTHY`
    setup: Setup
    data: tuple[ImageSet, ImageSet]  # to train on, held out


def trials(fashion: str | None) -> Iterator[Trial]:
    """All of them, each with its images; `fashion` is the root of Fashion-MNIST's folder."""
    digits = load("mnist", "train"), load("mnist", "test")
    clothes = tuple(load("fashion-mnist", part, fashion) for part in ("train", "test"))
    stacks = load("stacked-mnist", "train"), load("stacked-mnist", "test")
    for of, data in (("other seeds", digits), ("Fashion-MNIST", clothes)):
        yield Trial(of, "the base", HEALTHY, Setup(), data)
        for name, case in CASES.items():
            yield Trial(of, name, name, case.ill, data)
            if case.cured != Setup():
                yield Trial(of, f"cured: {name}", HEALTHY, case.cured, data)
    for name, recipe in RECIPES.items():
        truth = f"{UNKNOWN}{name}" if name in ("mlp", "minibatch") else HEALTHY
        yield Trial("recipes", name, truth, Setup(recipe), stacks if name == "stacked" else digits)
    for name in ("quick", "conditional"):
        yield Trial("recipes", f"{name}, clothes", HEALTHY, Setup(RECIPES[name]), clothes)
    for illness, setup in switched():
        name = f"{setup.recipe.name}: {illness.name}"
        yield Trial("recipes, ill", name, illness.name, setup, digits)
    for name, mixture in (("ring", ring()), ("grid", grid())):
        points = mixture.points(20_000, 1), mixture.points(2_000, 2)
        for which, objective in OBJECTIVES.items():
            if which != "Wasserstein":  # finds few modes in so short a time: see `plane.py`
                recipe = replace(PLANE, objective=objective)
                yield Trial("plane", f"{name}, {which}", HEALTHY, Setup(recipe), points)
        slow = replace(PLANE, generator_rate=PLANE.generator_rate / 100)
        yield Trial("plane", name, illnesses.SLOW_GENERATOR.name, Setup(slow), points)


def switched() -> Iterator[tuple[illnesses.Illness, Setup]]:
    """The course's recipes, each ill by one switch."""
    for recipe in (QUICK, CONDITIONAL):
        yield illnesses.WRONG_RANGE, Setup(recipe, in_half_range)
        yield illnesses.BY_HEART, Setup(recipe, few)
        yield illnesses.UNCLEARED, Setup(recipe, meddle=never_cleared)
        yield illnesses.DETACHED, Setup(replace(recipe, generator=Detached))
    yield illnesses.SIGMOID, Setup(replace(QUICK, discriminator=Bounded))
    yield illnesses.MIXED_BATCH, Setup(replace(QUICK, discriminator=Normed))


def observed(trial: Trial, seed: int) -> list[str]:
    """Train, and return the names of what the rules find, the likeliest first."""
    try:
        _, history, seen = trial.setup.examined(*trial.data, seed)
    except TrainingDiverged:
        return ["diverged"]
    return [one.illness.name for one in diagnose(history, seen)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, default=HERE / "diagnoses.json", metavar="FILE")
    parser.add_argument("--seeds", type=int, nargs="+", default=[21, 22, 23])
    parser.add_argument("--keep", action="store_true", help="add to the figures that are there")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="trainings of these names")
    parser.add_argument("--fashion", metavar="ROOT", help="the folder that holds Fashion-MNIST")
    args = parser.parse_args()
    torch.set_num_threads(1)
    if not args.keep:
        args.json.unlink(missing_ok=True)
    known = [each for each in trials(args.fashion) if not args.only or each.name in args.only]
    for seed in args.seeds:
        for trial in known:
            key = {"of": trial.of, "name": trial.name, "truth": trial.truth, "seed": seed}
            row = key | {"found": observed(trial, seed)}
            keep_rows(args.json, key, [row], write)


def write(rows: list[dict]) -> None:
    """The tables in the README."""
    put(HERE / "README.md", "diagnoses", shares(rows))
    put(HERE / "README.md", "confusion", confusion(rows))


def first(row: dict) -> str:
    """What the rules name first."""
    return row["found"][0] if row["found"] else HEALTHY


def shares(rows: list[dict]) -> str:
    """Markdown: per group, how often the truth comes first, and how often health raises alarm."""
    lines = ["| trainings | ill: the right illness first | healthy: no alarm |", "|---|---|---|"]
    for of in [*dict.fromkeys(row["of"] for row in rows), "all"]:
        ours = [row for row in rows if of in (row["of"], "all") and UNKNOWN not in row["truth"]]
        cells = []
        for ill in (True, False):
            asked = [row for row in ours if (row["truth"] != HEALTHY) == ill]
            right = sum(first(row) == row["truth"] for row in asked)
            share = f"{right} of {len(asked)}, {right / len(asked):.0%}" if asked else "–"
            cells.append(share)
        lines.append(f"| {of} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines) + "\n"


def confusion(rows: list[dict]) -> str:
    """Markdown: for each truth, what was named first, and how often."""
    lines = ["| truth | trainings | named first |", "|---|---|---|"]
    published = sorted({row["truth"] for row in rows if UNKNOWN in row["truth"]})
    for truth in [*(one.name for one in RULES.values()), HEALTHY, *published]:
        if ours := [row for row in rows if row["truth"] == truth]:
            named = Counter(map(first, ours)).most_common()
            said = ", ".join(f"{name}: {often}" for name, often in named)
            lines.append(f"| {truth} | {len(ours)} | {said} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
