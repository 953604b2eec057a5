"""The arguments of the command line, apart from what its commands do."""

import argparse
from collections.abc import Callable, Mapping

from gan_lib.widgets import FIRST_SEED, MOST_SEED


class Parser(argparse.ArgumentParser):
    """argparse, but a wrong argument is one line and exit status 1."""

    def error(self, message: str) -> None:
        self.exit(1, f"{self.prog}: {message}\n")


def between(
    kind: Callable[[str], float], low: float, high: float, what: str
) -> Callable[[str], float]:
    """What argparse calls for a number from `low` to `high`; `what` names it in the message."""

    def number(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = float("nan")  # which is between no two numbers
        if not low <= value <= high:
            message = f"needs {what} from {low:,} to {high:,}, not {text!r}"
            raise argparse.ArgumentTypeError(message)
        return value

    return number


def even(text: str) -> int:
    """An even number: half of so many images are real."""
    if int(text) % 2:
        raise ValueError
    return int(text)


SEED = between(int, 0, 2**63 - 1, "a seed")  # those that torch takes
THREADS = between(int, 1, 1024, "a number of threads")


def build_parser(commands: Mapping[str, Callable[[argparse.Namespace], int]]) -> Parser:
    """All commands with their arguments. `commands` are the functions that carry them out."""
    parser = Parser(prog="python -m gan_lib", description="Train GANs on MNIST, and look at them.")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)

    def add(name: str, summary: str) -> Parser:
        added = subparsers.add_parser(name, help=summary)
        added.set_defaults(command=commands[name])
        return added

    with_data = [add("doctor", "versions, device, data, widgets: what works")]
    add("recipes", "the recipes and their networks")
    with_data.append(_train(add("train", "train a recipe in a folder")))

    sample = _sample(add("sample", "generate images with a checkpoint"))
    export = add("export", "write a checkpoint's generator as an ONNX file")
    export.add_argument("--out", required=True, metavar="FILE", help=".onnx")

    evaluate = add("evaluate", "measure how good a checkpoint's digits are")
    evaluate.add_argument("--threads", type=THREADS, help="one is faster beside a busy process")
    evaluate.add_argument("--json", action="store_true", help="print JSON and nothing else")

    verdicts = _confidence(add("confidence", "what the discriminator says, image by image"))
    diagnose = add("diagnose", "what looks wrong with a training, and what to try")
    diagnose.add_argument("training", metavar="DIR|CHECKPOINT", help="a training's folder or file")

    explore = _explore(
        add("explore", "sliders into the latent space, full window, for a projector")
    )
    for each in (sample, export, evaluate, verdicts, explore):
        each.add_argument("checkpoint", metavar="CHECKPOINT", help="a last.safetensors")
    for each in (sample, evaluate, verdicts):
        each.add_argument("--seed", type=SEED, default=7, help="of the latents, and of all draws")
    for each in (*with_data, evaluate, verdicts, diagnose):
        each.add_argument(
            "--data", metavar="ROOT", help="folder that holds MNIST/raw, or pictures of your own"
        )
    return parser


def _sample(parser: Parser) -> Parser:
    count = between(int, 1, 10**6, "a number of images")
    parser.add_argument("--count", type=count, default=100, metavar="N")
    parser.add_argument("--label", metavar="NAME", help="of this class alone: 7, or Sneaker")
    parser.add_argument("--out", required=True, metavar="FILE", help=".npz (uint8 images) or .png")
    return parser


def _confidence(parser: Parser) -> Parser:
    count = between(even, 16, 256, "an even number of images")
    parser.add_argument("--count", type=count, default=64, metavar="N", help="half of them real")
    parser.add_argument("--marks", action="store_true", help="a mark in a corner, and no bars")
    parser.add_argument("--out", required=True, metavar="FILE", help=".png")
    return parser


def _explore(parser: Parser) -> Parser:
    parser.add_argument("--port", type=between(int, 1024, 65535, "a port"), help="default: 8866")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    seed = between(int, 0, MOST_SEED, "a seed")  # those that its seed box takes
    parser.add_argument("--seed", type=seed, default=FIRST_SEED, help="of the latent")
    return parser


def _train(parser: Parser) -> Parser:
    default = "see `recipes`; default: conditional where images have labels, else clustered"
    parser.add_argument("--recipe", metavar="NAME", help=default)
    images = "mnist (default), fashion-, stacked-, k-, e- or qmnist, or a folder of pictures"
    parser.add_argument("--images", metavar="NAME|FOLDER", help=images)
    sides = "pixels a side that pictures are brought to; default: 28 or 32, as they are"
    parser.add_argument("--size", type=int, choices=(28, 32, 64), help=sides)
    of_few = "change all that D sees at random; default: with fewer than 2,000 images"
    parser.add_argument("--augment", action=argparse.BooleanOptionalAction, help=of_few)
    width = between(float, 0.25, 8, "a factor")
    parser.add_argument("--width", type=width, help="quick and its kin with so many times the maps")
    length = parser.add_mutually_exclusive_group()
    most = 10**9
    steps = between(int, 1, most, "a number of steps")
    epochs = between(float, 0.0001, most, "a number of epochs")
    seconds = between(float, 0.001, most, "a number of seconds")
    length.add_argument("--steps", type=steps, help="until this step")
    length.add_argument("--epochs", type=epochs, help="passes over the images")
    length.add_argument("--seconds", type=seconds, help="of training alone")
    parser.add_argument("--seed", type=SEED, help="default: the recipe's")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder of the training")
    parser.add_argument("--resume", action="store_true", help="go on with the training in DIR")
    devices, precisions = ("cpu", "cuda", "mps"), ("float32", "bfloat16")
    parser.add_argument("--device", choices=devices, help="default: the best there is")
    parser.add_argument("--precision", choices=precisions, help="default: the fastest")
    parser.add_argument("--threads", type=THREADS, help="default: as many as are fastest here")
    return parser
