"""By what does a fresh judge tell generated digits from real ones? Switch differences off, and see.

python benchmarks/what_the_judge_sees.py CHECKPOINT [CHECKPOINT ...]

Both sides are changed in the same way before the judge learns and is asked. If it is right less
often then, it had used what the change takes away. Beside it: in how many images the longer side
of the box around all ink is exactly 20 pixels, as MNIST's makers scaled it.
"""

import argparse

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_lib.data import load
from gan_lib.keeping import checkpoints
from gan_lib.measures import metrics
from gan_lib.measures.fresh_judge import binarise, fresh_judge
from gan_lib.measures.yardstick import Yardstick
from gan_lib.sources.imageset import to_float, to_levels


def without_faint(x: Tensor) -> Tensor:
    """Levels below 64 of 255 become black."""
    return torch.where(to_levels(x) < 64, -1.0, x)


def without_white(x: Tensor) -> Tensor:
    """Levels above 192 of 255 become white."""
    return torch.where(to_levels(x) > 192, 1.0, x)


def only_faint(x: Tensor) -> Tensor:
    """Which pixels have any ink at all."""
    return torch.where(to_levels(x) > 0, 1.0, -1.0)


CHANGES = {
    "as they are": lambda x: x,
    "no faint greys": without_faint,
    "no shades of white": without_white,
    "neither": lambda x: without_white(without_faint(x)),
    "black or white, at 128": binarise,
    "any ink, or none": only_faint,
    "half the size": lambda x: (
        to_float(to_levels(F.avg_pool2d(x, 2))).repeat_interleave(2, 2).repeat_interleave(2, 3)
    ),
}


def longer_side(x: Tensor) -> Tensor:
    """Of the box around all ink of each image (N, 1, 28, 28): pixels (N,)."""
    spans = []
    for axis in (1, 2):
        ink = (x[:, 0] > -1).any(axis).float()
        spans.append(ink.shape[1] - ink.flip(1).argmax(1) - ink.argmax(1))
    return torch.maximum(*spans)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoints", nargs="+", metavar="CHECKPOINT")
    args = parser.parse_args()
    data, held_out = load("mnist", "train"), load("mnist", "test")
    yardstick = Yardstick(data, held_out)
    real, sets = data.floats(yardstick.drawn), {"real": held_out.floats()}
    for path in args.checkpoints:
        pair = checkpoints.read(path)
        x, _ = yardstick.sample(pair, 7)
        sets[f"{pair.recipe.name}, {int(pair.about['step']):,} steps"] = metrics.check_images(x)
    print("| the judge is right about, % | " + " | ".join(sets) + " |")
    print("|---" * (len(sets) + 1) + "|")
    for name, change in CHANGES.items():
        right = [100 * fresh_judge(change(real), change(x))[0] for x in sets.values()]
        print(f"| {name} | " + " | ".join(f"{share:.1f}" for share in right) + " |", flush=True)
    boxes = [100 * (longer_side(x) == 20).float().mean().item() for x in sets.values()]
    print("| *longer side exactly 20, %* | " + " | ".join(f"{share:.1f}" for share in boxes) + " |")


if __name__ == "__main__":
    main()
