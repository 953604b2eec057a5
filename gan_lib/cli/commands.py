"""The command line: a function a command. Exit status 0, or 1 with one clear line on stderr."""

import argparse
import sys
from pathlib import Path

from gan_lib import UserError
from gan_lib.cli.arguments import build_parser

# torch, and all that imports it, comes in inside the commands: `doctor` must be able to speak
# where torch and torchvision cannot be imported.


def doctor(args: argparse.Namespace) -> int:
    """Print what works on this machine; see `gan_lib.cli.doctor`."""
    from gan_lib.cli.doctor import examine

    checks = []
    for check in examine(args.data):
        print(check, flush=True)  # at once: what comes next may take a while, or never come
        checks.append(check)
    if not all(check.ok for check in checks):
        raise UserError("Not everything works: see the lines marked BAD above.")
    notes = any(check.advice for check in checks)
    print("Everything works." if not notes else "Everything works; there are notes above.")
    return 0


def recipes(args: argparse.Namespace) -> int:
    """Print every recipe with the exact size of its networks, as they are for MNIST."""
    from gan_lib.models import count_parameters
    from gan_lib.recipes import RECIPES
    from gan_lib.sources.kind import MNIST

    for recipe in RECIPES.values():
        classes = recipe.clusters or len(MNIST.classes)
        print(f"{recipe.name}: {recipe.summary}")
        for player, network in zip(
            ("generator", "discriminator"), recipe.build(MNIST.shape, classes)
        ):
            kind = type(network).__name__
            print(f"    {player:<14}{kind:<24}{count_parameters(network):>10,} parameters")
        print(f"    {'objective':<14}{recipe.objective.name}")
        print(f"    {'batch, latent':<14}{recipe.batch_size}, {recipe.latent_dim(classes)}")
        print(f"    {'source':<14}{recipe.source}\n")
    return 0


def train(args: argparse.Namespace) -> int:
    """Train in a folder with a progress bar; see `gan_lib.cli.training`."""
    from gan_lib.cli import training

    return training.run(args)


def sample(args: argparse.Namespace) -> int:
    """Write generated images as a .npz file or as a .png grid; see `gan_lib.cli.making`."""
    from gan_lib.cli import making

    return making.sample(args)


def export(args: argparse.Namespace) -> int:
    """Write a generator as an ONNX file; see `gan_lib.cli.making`."""
    from gan_lib.cli import making

    return making.export(args)


def evaluate(args: argparse.Namespace) -> int:
    """Print how good the digits of a checkpoint are; see `gan_lib.cli.judging`."""
    from gan_lib.cli import judging

    return judging.evaluate(args)


def confidence(args: argparse.Namespace) -> int:
    """Write a picture of the discriminator's verdicts; see `gan_lib.cli.judging`."""
    from gan_lib.cli import judging

    return judging.confidence(args)


def diagnose(args: argparse.Namespace) -> int:
    """Say what looks wrong with a training; see `gan_lib.cli.diagnosing`."""
    from gan_lib.cli import diagnosing

    return diagnosing.run(args)


def explore(args: argparse.Namespace) -> int:
    """Show the latent explorer alone in the browser, for a projector, until Ctrl-C."""
    import json
    import tempfile

    try:
        from voila.app import Voila
    except ImportError as error:
        raise UserError("This needs Voilà, which shows widgets as a page: pip install voila") from (
            error
        )
    from gan_lib.keeping import checkpoints

    checkpoints.read(args.checkpoint)  # what is wrong with it is said here, and not in the browser
    code = (
        "import gan_lib.keeping.checkpoints, gan_lib.widgets.explorer\n"
        f"pair = gan_lib.keeping.checkpoints.read({str(Path(args.checkpoint).resolve())!r})\n"
        f"gan_lib.widgets.explorer.LatentExplorer(pair, seed={args.seed})"
    )
    cell = {"cell_type": "code", "source": code, "metadata": {}, "outputs": []}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    page = {"cells": [cell | {"execution_count": None}], "metadata": kernel}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "explorer.ipynb")
        path.write_text(json.dumps(page | {"nbformat": 4, "nbformat_minor": 4}), encoding="utf-8")
        options = [str(path), "--token", f"--theme={args.theme}"]
        options += [f"--port={args.port}"] if args.port else []
        options += ["--no-browser"] if args.no_browser else []
        Voila.launch_instance(options)
    return 0


COMMANDS = (doctor, recipes, train, sample, export, evaluate, confidence, diagnose, explore)


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    args = build_parser({command.__name__: command for command in COMMANDS}).parse_args(arguments)
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
