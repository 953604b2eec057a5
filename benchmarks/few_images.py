"""What are random changes to all that D sees worth, where there are few images?

python benchmarks/few_images.py [--seeds 7 8 9] [--steps 1500] [--keep]

The recipe `clustered`, on the first 200, 1,000 or 4,500 images of MNIST in an order drawn by the
seed, with `remedies.augment` and without: distance and coverage against all of MNIST, and C_T,
which finds copies of the images that it was trained on. As many steps for each. With --keep, two
calls with seeds of their own may run side by side. Writes `benchmarks/few_images.json` and a table.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from report import keep_rows, matching, mean_and_range, put

from gan_lib.data import ImageSet, load
from gan_lib.length import Length
from gan_lib.machine.randomness import Purpose, generator
from gan_lib.measures.table import COPYING
from gan_lib.measures.yardstick import Yardstick
from gan_lib.recipes import CLUSTERED
from gan_lib.state import new_state
from gan_lib.training import train

HERE = Path(__file__).parent
PATH = HERE / "few_images.json"
COUNTS = 200, 1_000, 4_500
FIGURES = {"Fréchet distance": 1, "coverage": 2}  # against all of MNIST; decimals


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--keep", action="store_true", help="add to the figures that are there")
    args = parser.parse_args()
    if not args.keep:
        PATH.unlink(missing_ok=True)
    data, held_out = load("mnist", "train"), load("mnist", "test")
    whole = Yardstick(data, held_out)
    for seed in args.seeds:
        order = torch.randperm(len(data), generator=generator(seed, Purpose.CHOICE))
        for count in COUNTS:
            few = data.part(order[:count])
            own = Yardstick(few, held_out, seed)  # copies are looked for among the few
            for augmented in (False, True):
                key = {"images": count, "augmented": augmented, "seed": seed}
                row = (
                    key | {"steps": args.steps} | run(few, augmented, seed, args.steps, whole, own)
                )
                keep_rows(
                    PATH, key, [row], lambda rows: put(HERE / "README.md", "few", table(rows))
                )


def run(
    few: ImageSet, augmented: bool, seed: int, steps: int, whole: Yardstick, own: Yardstick
) -> dict:
    """Train on a few images, and measure against all of them, and for copies against the few."""
    state = new_state(replace(CLUSTERED, augmented=augmented), few, seed)
    for state in train(state, few, Length(steps=steps)):
        pass
    images, _ = whole.sample(state, seed)
    figures = {r.name: r.value for r in whole.measure(images, judge=False) if r.name in FIGURES}
    against_few = own.measure(images, judge=False)
    return figures | {COPYING: next(r.value for r in against_few if r.name == COPYING)}


def table(rows: list[dict]) -> str:
    """Markdown: mean (least to most) over the seeds."""
    figures = FIGURES | {COPYING: 1}
    lines = [f"{rows[0]['steps']:,} steps each. Mean (least to most) over the seeds.", ""]
    lines += ["| images | what D sees | seeds | " + " | ".join(figures) + " |"]
    lines += ["|---" * (len(figures) + 3) + "|"]
    for count in COUNTS:
        for augmented, seen in ((False, "the images"), (True, "changed at random")):
            ours = matching(rows, images=count, augmented=augmented)
            cells = [mean_and_range([r[f] for r in ours], d) for f, d in figures.items()]
            lines.append(f"| {count:,} | {seen} | {len(ours)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
