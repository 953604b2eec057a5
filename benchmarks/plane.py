"""Are all modes of a ring and of a grid found, and how near do the points lie? In equal seconds.

python benchmarks/plane.py [--json FILE] [--seeds 7 8 9 10 11] [--games NAME ...] [--keep]

One thread, so that two calls with seeds of their own may run side by side, each with `--keep`.
About 14 minutes a seed for all games. It prints each row, and writes FILE, `benchmarks/plane.json`
unless named, and the table in `benchmarks/README.md`.
"""

import argparse
import statistics
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from report import keep_rows, put
from torch import nn

from gan_lib.length import Length
from gan_lib.plane import players
from gan_lib.plane.mixtures import Mixture, grid, ring
from gan_lib.plane.players import OBJECTIVES, PLANE, new_game, penalised
from gan_lib.plane.scene import coverage
from gan_lib.recipes import Recipe
from gan_lib.training import train

HERE = Path(__file__).parent
MIXTURES = {"ring": (ring(), (5, 20)), "grid": (grid(), (20, 60))}  # and when, in seconds
COUNT = 10_000  # generated points that are looked at


class LeakyGenerator(players.PlaneGenerator):
    """The generator with LeakyReLU: nowhere flat."""

    def __init__(self, latent_dim: int, shape: tuple[int, ...], width_multiplier: float = 1.0):
        super().__init__(latent_dim, shape, width_multiplier)
        for number, layer in enumerate(self.layers):
            if isinstance(layer, nn.ReLU):
                self.layers[number] = nn.LeakyReLU(0.2)


def games() -> dict[str, Recipe]:
    """What is compared: `PLANE`, the same with one other choice, and other objectives."""
    non_saturating = OBJECTIVES["non-saturating"]
    falling = {"generator_rate": 4e-3, "discriminator_rate": 4e-3, "decay_from": 0.0}
    return {
        "`PLANE`: non-saturating": PLANE,
        "LeakyReLU in G": replace(PLANE, generator=LeakyGenerator),
        "no moving average": replace(PLANE, moving_average=None),
        "R1 + R2, γ = 0.1": replace(PLANE, objective=penalised(non_saturating, 0.1)),
    } | {
        f"{name}, rates of 4e-3 that fall": replace(PLANE, objective=objective, **falling)
        for name, objective in OBJECTIVES.items()
    }


def play(recipe: Recipe, mixture: Mixture, moments: tuple[int, ...], seed: int) -> Iterator[dict]:
    """Train once, and measure the averaged generator at these seconds of training."""
    points = mixture.points(50_000)
    state, left = new_game(recipe, points, seed), list(moments)
    for state in train(state, points, Length(seconds=moments[-1])):
        while left and state.seconds >= left[0]:
            found = coverage(state.sample(COUNT, seed)[0], mixture)
            yield {"seconds": left.pop(0), "step": state.step} | asdict(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, default=HERE / "plane.json", metavar="FILE")
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9, 10, 11])
    parser.add_argument("--games", nargs="+", choices=games(), default=list(games()))
    parser.add_argument("--keep", action="store_true", help="add to the figures that are there")
    args = parser.parse_args()
    if not args.keep:
        args.json.unlink(missing_ok=True)
    for seed in args.seeds:
        for name in args.games:
            for which, (mixture, moments) in MIXTURES.items():
                key = {"real": which, "game": name, "seed": seed}
                rows = [key | row for row in play(games()[name], mixture, moments, seed)]
                keep_rows(args.json, key, rows, write)


def write(rows: list[dict]) -> None:
    """The table in the README."""
    put(HERE / "README.md", "plane", table(rows))


def table(rows: list[dict]) -> str:
    """Markdown: a line for each game, a group of columns for each mixture and moment."""
    lines = ["| game | seeds | " + " | ".join(
        f"{which}, {moment} s: modes (least); near, %; KL"
        for which, (_, moments) in MIXTURES.items() for moment in moments
    ) + " |"]  # fmt: skip
    lines.append("|---" * (lines[0].count("|") - 1) + "|")
    for name in games():
        ours = [row for row in rows if row["game"] == name]
        if ours:
            seeds = len({row["seed"] for row in ours})
            cells = [
                cell([r for r in ours if (r["real"], r["seconds"]) == (which, moment)])
                for which, (_, moments) in MIXTURES.items()
                for moment in moments
            ]
            lines.append(f"| {name} | {seeds} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def cell(rows: list[dict]) -> str:
    """Mean modes and the fewest, mean share near one and the least, mean KL."""
    if not rows:
        return "–"
    found, share, kl = ([row[what] for row in rows] for what in ("found", "share", "kl"))
    return (
        f"{statistics.mean(found):.1f} ({min(found)}); {statistics.mean(share):.0%} "
        f"({min(share):.0%}); {statistics.mean(kl):.3f}"
    )


if __name__ == "__main__":
    main()
