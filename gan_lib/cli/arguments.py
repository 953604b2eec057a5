"""The arguments of the command line, apart from what its commands do."""

import argparse
from collections.abc import Callable, Mapping

Command = Callable[[argparse.Namespace], int]  # the parsed arguments → the exit status


class Parser(argparse.ArgumentParser):
    """argparse, but a wrong argument is one line and exit status 1."""

    def error(self, message: str) -> None:
        self.exit(1, f"{self.prog}: {message}\n")


def positive(kind: type, most: float = 1e9) -> Callable[[str], float]:
    """A number of that kind (int or float) above 0."""

    def number(text: str) -> float:
        value = kind(text)
        if not 0 < value <= most:
            raise ValueError
        return value

    number.__name__ = f"positive number, at most {most:,.0f}:"  # argparse names it in its message
    return number


def seed(text: str) -> int:
    """A seed that torch takes."""
    if not 0 <= int(text) < 2**63:
        raise ValueError
    return int(text)


seed.__name__ = "seed (0 or more)"


def port(text: str) -> int:
    """A number that a server may listen on without being root."""
    if not 1024 <= int(text) < 65536:
        raise ValueError
    return int(text)


port.__name__ = "port (1024 to 65535)"


def even(text: str) -> int:
    """How many images the picture of verdicts shows, half of them real."""
    if not 16 <= int(text) <= 256 or int(text) % 2:
        raise ValueError
    return int(text)


even.__name__ = "even number from 16 to 256:"


def build_parser(commands: Mapping[str, Command]) -> Parser:
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

    sample = add("sample", "generate digits with a checkpoint")
    sample.add_argument("--count", type=positive(int, 1e6), default=100, metavar="N")
    sample.add_argument("--out", required=True, metavar="FILE", help=".npz (uint8 images) or .png")

    evaluate = add("evaluate", "measure how good a checkpoint's digits are")
    evaluate.add_argument("--json", action="store_true", help="print JSON and nothing else")

    verdicts = add("confidence", "what the discriminator says, image by image")
    verdicts.add_argument("--count", type=even, default=64, metavar="N", help="half of them real")
    verdicts.add_argument("--marks", action="store_true", help="a mark in a corner, and no bars")
    verdicts.add_argument("--out", required=True, metavar="FILE", help=".png")

    explore = add("explore", "sliders into the latent space, full window, for a projector")
    explore.add_argument("--port", type=port, help="default: 8866")
    explore.add_argument("--theme", choices=("light", "dark"), default="light")
    explore.add_argument("--no-browser", action="store_true", help="only print the address")

    for each in (sample, evaluate, verdicts, explore):
        each.add_argument("checkpoint", metavar="CHECKPOINT", help="a last.safetensors")
        each.add_argument("--seed", type=seed, default=7, help="of the latents, and of all draws")
    for each in (*with_data, evaluate, verdicts):
        each.add_argument("--data", metavar="ROOT", help="folder that holds MNIST/raw")
    return parser


def _train(parser: Parser) -> Parser:
    parser.add_argument("--recipe", required=True, metavar="NAME", help="see `recipes`")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", type=positive(int), help="until this step")
    length.add_argument("--epochs", type=positive(float), help="passes over the images")
    length.add_argument("--seconds", type=positive(float), help="of training alone")
    parser.add_argument("--seed", type=seed, help="default: the recipe's")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder of the training")
    parser.add_argument("--resume", action="store_true", help="go on with the training in DIR")
    devices, precisions = ("cpu", "cuda", "mps"), ("float32", "bfloat16")
    parser.add_argument("--device", choices=devices, help="default: the best there is")
    parser.add_argument("--precision", choices=precisions, help="default: the fastest")
    return parser
