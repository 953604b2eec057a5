"""The command line: a function a command. Exit status 0, or 1 with one clear line on stderr."""

import argparse
import functools
import sys
from pathlib import Path

from gan_lib import UserError

# torch, and all that imports it, comes in inside the commands: `doctor` must be able to speak
# where torch and torchvision cannot be imported.


def doctor(args: argparse.Namespace) -> int:
    """Print what works on this machine; see `gan_lib.doctor`."""
    from gan_lib.doctor import examine

    checks = examine(args.data)
    print(*checks, sep="\n")
    if all(check.ok for check in checks):
        print("Everything works.")
        return 0
    raise UserError("Not everything works: see the lines marked BAD above.")


def recipes(args: argparse.Namespace) -> int:
    """Print every recipe with the exact size of its networks."""
    from gan_lib.models import count_parameters
    from gan_lib.recipes import RECIPES

    for recipe in RECIPES.values():
        print(f"{recipe.name}: {recipe.summary}")
        for player, network in zip(("generator", "discriminator"), recipe.build()):
            kind = type(network).__name__
            print(f"    {player:<14}{kind:<24}{count_parameters(network):>10,} parameters")
        print(f"    {'objective':<14}{recipe.objective.name}")
        print(f"    {'batch, latent':<14}{recipe.batch_size}, {recipe.latent_dim}")
        print(f"    {'source':<14}{recipe.source}\n")
    return 0


def train(args: argparse.Namespace) -> int:
    """Train in a folder with a progress bar; see `gan_lib.runs`."""
    import torch
    from tqdm import tqdm

    from gan_lib import runs
    from gan_lib.data import load
    from gan_lib.devices import precision_name
    from gan_lib.recipes import RECIPES

    if args.recipe not in RECIPES:
        raise UserError(f"There is no recipe {args.recipe!r}. Choose from: {', '.join(RECIPES)}.")
    recipe, out = RECIPES[args.recipe], Path(args.out)
    runs.check_folder(out, args.resume)  # before the images are loaded, which takes longer
    data = load("mnist", "train", args.data)
    precision = getattr(torch, args.precision) if args.precision else None
    state, about = runs.start_or_resume(
        recipe, data, out, args.resume, args.seed, args.device, precision
    )
    named = {name: getattr(args, name) for name in runs.LENGTHS if getattr(args, name) is not None}
    length = named or runs.stored_length(about) or {"epochs": recipe.epochs}
    if about and length != runs.stored_length(about):
        _say(f"Until {_words(length)} now, not {_words(runs.stored_length(about))}.")
    _say(data)
    how = f"{state.device.type}, {precision_name(state.precision)}"
    _say(f"{recipe.name} on {how}, seed {state.seed}")
    if state.step:
        _say(f"Going on after step {state.step:,}.")
    elif args.resume:
        _say(f"There is no checkpoint in {out} yet: starting at step 1.")

    done = functools.partial(runs.share_done, state, data, length)
    form = "{percentage:3.0f}%|{bar:16}| {remaining} left {postfix}"
    with runs.StopSignal() as stop, tqdm(total=1.0, initial=done(), bar_format=form) as bar:
        for _ in runs.train_in_folder(state, data, out, length, stop=stop):
            bar.set_postfix_str(_progress(state.record), refresh=False)
            bar.update(done() - bar.n)
    if stop():
        _say(f"Stopped after step {state.step:,}. Add --resume to go on.")
    print(f"{out / 'last.safetensors'}: step {state.step:,}, {state.seconds:.0f} s of training")
    return 0


def _say(text: object) -> None:
    print(text, file=sys.stderr)


def _words(length: dict[str, float]) -> str:
    return ", ".join(f"{total:g} {unit}" for unit, total in length.items())


def _progress(record: tuple) -> str:
    return (
        f"epoch {record.epoch} step {record.step:,} | {record.images_per_second:,.0f} images/s | "
        f"loss D {record.loss_discriminator:.2f} G {record.loss_generator:.2f} | "
        f"D right: real {record.accuracy_real:.0%} fake {record.accuracy_fake:.0%}"
    )


def sample(args: argparse.Namespace) -> int:
    """Write generated digits as a .npz file or as a .png grid."""
    import io

    import numpy as np

    from gan_lib import checkpoints, files, images

    out = Path(args.out)
    if out.suffix not in (".npz", ".png"):
        raise UserError(f"--out must end in .npz or .png, not {out.name!r}.")
    digits, _ = checkpoints.read(args.checkpoint).sample(args.count, args.seed)
    if out.suffix == ".png":
        content = images.to_png(images.grid(digits, scale=2))
    else:
        np.savez_compressed(buffer := io.BytesIO(), images=images.to_uint8(digits))
        content = buffer.getvalue()
    out.parent.mkdir(parents=True, exist_ok=True)
    files.write_atomically(out, content)
    print(f"{out}: {args.count:,} images")
    return 0


def evaluate(args: argparse.Namespace) -> int:
    """Print how good the digits of a checkpoint are; see `gan_lib.evaluation`."""
    import json

    from gan_lib import checkpoints
    from gan_lib.data import load
    from gan_lib.evaluation import Yardstick, as_table

    checkpoint = checkpoints.read(args.checkpoint)
    train, test = (load("mnist", split, args.data) for split in ("train", "test"))
    if not args.json:
        print(train, flush=True)
    yardstick = Yardstick(train, test, args.seed)
    shares = None  # who makes the digit that it is told is asked for as many of each as there are
    if checkpoint.recipe.tells_discriminator:
        shares = train.labels[yardstick.drawn]
    digits, asked = checkpoint.sample(yardstick.most, args.seed, shares)
    readings = yardstick.measure(digits, asked)
    if args.json:
        about = {"checkpoint": args.checkpoint, "data": str(train), "images": len(digits)}
        about |= {"seed": args.seed, "readings": list(map(vars, readings))}
        print(json.dumps(about, indent=2))
    else:
        print(f"{len(digits):,} images of {args.checkpoint}; for the floor, as many real ones\n")
        print(as_table(readings))
    return 0


def confidence(args: argparse.Namespace) -> int:
    """Write a picture of the discriminator's verdicts; see `gan_lib.confidence`."""
    import torch

    from gan_lib import checkpoints, files, verdict_pictures
    from gan_lib.confidence import ask
    from gan_lib.data import load

    out = Path(args.out)
    if out.suffix != ".png":
        raise UserError(f"--out must end in .png, not {out.name!r}.")
    checkpoint, data = checkpoints.read(args.checkpoint), load("mnist", "train", args.data)
    # More are asked about than shown, for the shares, and since some look at whole batches.
    drawn = torch.randperm(len(data), generator=torch.Generator().manual_seed(args.seed))
    asked = ask(checkpoint, data.part(drawn[:2000]), args.seed)
    draw = verdict_pictures.marks if args.marks else verdict_pictures.bars
    picture = draw(*(part[: args.count // 2] for part in asked))
    out.parent.mkdir(parents=True, exist_ok=True)
    files.write_atomically(out, picture.png)
    right = (asked.logits_real > 0).float().mean(), (asked.logits_fake <= 0).float().mean()
    print(
        f"{out}: {args.count} images. Of {len(asked.x_real):,} of each kind, D is right about "
        f"{right[0]:.1%} of the real and {right[1]:.1%} of the generated."
    )
    return 0


class Parser(argparse.ArgumentParser):
    """argparse, but a wrong argument is one line and exit status 1."""

    def error(self, message: str) -> None:
        self.exit(1, f"{self.prog}: {message}\n")


def _positive(kind: type, most: float = 1e9) -> object:
    def number(text: str) -> float:
        value = kind(text)
        if not 0 < value <= most:
            raise ValueError
        return value

    number.__name__ = f"positive number, at most {most:,.0f}:"  # argparse names it in its message
    return number


def _count(text: str) -> int:
    if not 16 <= int(text) <= 256 or int(text) % 2:
        raise ValueError
    return int(text)


_count.__name__ = "even number from 16 to 256:"


def _seed(text: str) -> int:
    if int(text) < 0:
        raise ValueError
    return int(text)


_seed.__name__ = "seed (0 or more)"


def build_parser() -> Parser:
    """All commands with their arguments."""
    parser = Parser(prog="python -m gan_lib", description="Train GANs on MNIST, and look at them.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)

    add = commands.add_parser("doctor", help="versions, device, data, widgets: what works")
    add.add_argument("--data", metavar="ROOT", help="look for the images here only")
    add.set_defaults(command=doctor)

    add = commands.add_parser("recipes", help="the recipes and their networks")
    add.set_defaults(command=recipes)

    add = commands.add_parser("train", help="train a recipe in a folder")
    add.add_argument("--recipe", required=True, metavar="NAME", help="see `recipes`")
    length = add.add_mutually_exclusive_group()
    length.add_argument("--steps", type=_positive(int), help="until this step")
    length.add_argument("--epochs", type=_positive(float), help="passes over the images")
    length.add_argument("--seconds", type=_positive(float), help="of training alone")
    add.add_argument("--seed", type=_seed, help="default: the recipe's")
    add.add_argument("--data", metavar="ROOT", help="folder that holds MNIST/raw")
    add.add_argument("--out", required=True, metavar="DIR", help="folder of the training")
    add.add_argument("--resume", action="store_true", help="go on with the training in DIR")
    add.add_argument("--device", choices=("cpu", "cuda", "mps"), help="default: the best there is")
    add.add_argument("--precision", choices=("float32", "bfloat16"), help="default: the fastest")
    add.set_defaults(command=train)

    add = commands.add_parser("sample", help="generate digits with a checkpoint")
    add.add_argument("checkpoint", metavar="CHECKPOINT", help="a last.safetensors")
    add.add_argument("--count", type=_positive(int, 1e6), default=100, metavar="N")
    add.add_argument("--out", required=True, metavar="FILE", help=".npz (uint8 images) or .png")
    add.add_argument("--seed", type=_seed, default=7, help="of the latents")
    add.set_defaults(command=sample)

    add = commands.add_parser("evaluate", help="measure how good a checkpoint's digits are")
    add.add_argument("checkpoint", metavar="CHECKPOINT", help="a last.safetensors")
    add.add_argument("--json", action="store_true", help="print JSON and nothing else")
    add.add_argument("--data", metavar="ROOT", help="folder that holds MNIST/raw")
    add.add_argument("--seed", type=_seed, default=7, help="of the latents, and of what is drawn")
    add.set_defaults(command=evaluate)

    add = commands.add_parser("confidence", help="what the discriminator says, image by image")
    add.add_argument("checkpoint", metavar="CHECKPOINT", help="a last.safetensors")
    add.add_argument("--count", type=_count, default=64, metavar="N", help="half of them real")
    add.add_argument("--marks", action="store_true", help="a mark in a corner instead of bars")
    add.add_argument("--out", required=True, metavar="FILE", help=".png")
    add.add_argument("--data", metavar="ROOT", help="folder that holds MNIST/raw")
    add.add_argument("--seed", type=_seed, default=7, help="of the latents, and of what is drawn")
    add.set_defaults(command=confidence)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    args = build_parser().parse_args(arguments)
    try:
        return args.command(args)
    except KeyboardInterrupt:
        message = "Interrupted."
    except BrokenPipeError:  # `| head` has read enough
        return 0
    except Exception as error:
        message = _explain(error)
        if message is None:
            raise
    print(message, file=sys.stderr)
    return 1


def _explain(error: Exception) -> str | None:
    """The one line for an error that users meet; None for one that is a defect of ours."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'Input or output'}: {error.strerror or error}"
    if isinstance(error, ImportError) or "torchvision::" in str(error):
        return f"{str(error).splitlines()[0]} – run: python -m gan_lib doctor"
    return None


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):  # a Windows console may not know every character
        stream.reconfigure(errors="replace")
    sys.exit(main())
