"""`evaluate` and `confidence`: how good the images of a checkpoint are, and what its D says."""

import argparse
import json
import sys
from pathlib import Path

from gan_lib import UserError, data
from gan_lib.belief.confidence import both_sides, shares_right
from gan_lib.data import ImageSet
from gan_lib.keeping import checkpoints, files
from gan_lib.keeping.folder import described, stored_images
from gan_lib.machine.limits import share_of_cores
from gan_lib.machine.threads import threads
from gan_lib.measures.modes import StackedYardstick
from gan_lib.measures.table import as_table
from gan_lib.measures.yardstick import Yardstick
from gan_lib.pictures import verdict_pictures
from gan_lib.sources.stacked import Stacks


def evaluate(args: argparse.Namespace) -> int:
    """Print all figures of a checkpoint as a table, or as JSON."""
    checkpoint = checkpoints.read(args.checkpoint)
    train, test = (real_images(checkpoint, split, args.data) for split in ("train", "test"))
    if not args.json:
        print(train, flush=True)
    with threads(args.threads or share_of_cores()):
        kind = StackedYardstick if isinstance(train, Stacks) else Yardstick
        yardstick = kind(train, test, args.seed)
        readings = yardstick.readings(checkpoint, args.seed)
    if args.json:
        about = {"checkpoint": args.checkpoint, "data": str(train), "images": yardstick.most}
        about["compared"] = yardstick.about
        about |= {"seed": args.seed, "readings": list(map(vars, readings))}
        print(json.dumps(about, indent=2))
    else:
        print(f"{args.checkpoint}: {yardstick.about}\n")
        print(as_table(readings))
    return 0


def confidence(args: argparse.Namespace) -> int:
    """Write a picture of the verdicts on some images, and print how often D is right."""
    out = Path(args.out)
    if out.suffix != ".png" or out.is_dir():
        raise UserError(f"--out must name a file that ends in .png, not {out.name!r}.")
    checkpoint = checkpoints.read(args.checkpoint)
    real = real_images(checkpoint, "train", args.data)
    # More are asked about than shown, for the shares, and since some look at whole batches.
    asked = both_sides(checkpoint, real, args.seed, drawn=2000)
    draw = verdict_pictures.marks if args.marks else verdict_pictures.bars
    picture = draw(*(part[: args.count // 2] for part in asked))
    out.parent.mkdir(parents=True, exist_ok=True)
    files.write_atomically(out, picture.png)
    right = shares_right(asked.logits_real, asked.logits_fake)
    print(
        f"{out}: {args.count} images. Of {len(asked.x_real):,} of each kind, D is right about "
        f"{right[0]:.1%} of the real and {right[1]:.1%} of the generated."
    )
    return 0


def real_images(checkpoint: checkpoints.Checkpoint, split: str, root: str | None) -> ImageSet:
    """Images like those that a checkpoint was trained on: its "MNIST train 60000" is mnist.

    Pictures of one's own are looked for in `root`, which is then their folder.
    """
    name = stored_images(checkpoint.about)
    if name.lower() in data.NAMES:
        return data.load(name.lower(), split, root)
    if root is None:
        raise UserError(f"It was trained on {name}: say where that folder is, with --data FOLDER.")
    found = data.load(root, split, size=checkpoint.shape[-1])
    before, now = checkpoint.about["data"], described(found)["data"]
    if split == "train" and before != now:
        print(f"Mind: it was trained on {before}, and these are {now}.", file=sys.stderr)
    return found
