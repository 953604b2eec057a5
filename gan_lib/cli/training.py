"""The command `train`: a training in a folder, with a progress bar and pictures."""

import argparse
import signal
import sys
from functools import partial
from pathlib import Path

import torch
from tqdm import tqdm

from gan_lib import data
from gan_lib.cli.choosing import (
    classes_in_words,
    images_for,
    length_for,
    recipe_for,
    recipe_named,
)
from gan_lib.clinic.report import Watch, in_a_line
from gan_lib.clinic.rules import diagnose
from gan_lib.data import ImageSet
from gan_lib.keeping.fileformat import CheckpointError
from gan_lib.keeping.files import write_atomically
from gan_lib.keeping.folder import TrainingFolder, stored_length
from gan_lib.length import Length
from gan_lib.machine.devices import precision_name
from gan_lib.machine.team import Team, joined
from gan_lib.pictures import grids, training_plots
from gan_lib.state import Record, State
from gan_lib.training import train


def run(args: argparse.Namespace) -> int:
    """Train as the arguments say, until the end or until Ctrl-C; what is left can be resumed.

    Of several processes that torchrun has started, the first alone writes and says something.
    """
    if args.recipe:
        recipe_named(args.recipe, args.width)  # before the images are loaded, which takes longer
    with joined() as team:
        return _lead(args, team) if team.rank == 0 else _follow(args, team)


def _follow(args: argparse.Namespace, team: Team) -> int:
    with StopSignal():
        state, images, length = _begin(args, TrainingFolder(args.out), team)
        for _ in train(state, images, length):
            if team.agreed(0.0):
                break
    return 0


def _begin(
    args: argparse.Namespace, folder: TrainingFolder, team: Team
) -> tuple[State, ImageSet, Length]:
    """The training as it is to go on, its images, and until when."""
    before = folder.text()
    images = images_for(args, before)
    recipe = recipe_for(images, args, before)
    precision = getattr(torch, args.precision) if args.precision else None
    own = team.device() if args.device in (None, "cuda") else None
    device = own or args.device
    state = folder.start_or_resume(recipe, images, args.seed, device, precision, args.threads)
    state.team = team
    if (first := round(team.agreed(state.step))) != state.step:
        raise CheckpointError(
            f"The training in {folder.path} is at step {state.step:,} here, and at step {first:,} "
            "for the first of the processes: give all of them a folder that all can see."
        )
    # Each has tried for itself which is faster: one for all.
    in_bfloat16 = team.agreed(float(state.precision == torch.bfloat16))
    state.precision = torch.bfloat16 if in_bfloat16 else torch.float32
    return state, images, length_for(args, stored_length(folder.about), state.recipe)


def _lead(args: argparse.Namespace, team: Team) -> int:
    with TrainingFolder(args.out) as folder:
        folder.check(args.resume)
        state, images, length = _begin(args, folder, team)
        recipe = state.recipe
        _say(images)
        if images.classes and args.images and args.images.lower() not in data.NAMES:
            _say(classes_in_words(images))
        seen = ", all that D sees changed at random" if recipe.augmented else ""
        _say(f"{recipe.name} on {state.device.type}, {precision_name(state.precision)}, "
             f"seed {state.seed}{seen}")  # fmt: skip
        if state.step:
            _say(f"Going on after step {state.step:,}.")
        elif args.resume:
            _say(f"There is no checkpoint in {folder.path} yet: starting at step 1.")
        done = length.progress(state.step, state.seconds, images, state.recipe)
        if done >= 1:
            _say("That training is over. A greater --steps, --epochs or --seconds goes on with it.")
        form = "{percentage:3.0f}%|{bar:16}| {remaining} left {postfix}"
        draw, watch = Drawing(folder.path), Watch(folder.records(state.step))
        with StopSignal() as stop, tqdm(total=1.0, initial=done, bar_format=form) as bar:
            heard = partial(_heard, team, stop)
            for _ in folder.train(state, images, length, on_epoch=draw.epoch, stop=heard):
                bar.set_postfix_str(_progress(state.record), refresh=False)
                bar.update(state.progress - bar.n)
                if line := watch.look(state.record):
                    bar.write(line, file=sys.stderr)
        records = folder.records(state.step)
        draw.end(state, records)
    if stop():
        _say(f"Stopped after step {state.step:,}. Add --resume to go on.")
    if records:
        _say(in_a_line(diagnose(records), state.step))
    print(f"{Path(args.out, 'last.safetensors')}: step {state.step:,}, "
          f"{state.seconds:.0f} s of training")  # fmt: skip
    return 0


def _heard(team: Team, stop: "StopSignal") -> bool:
    """Whether all shall stop: the first process says so after each step, and they all hear it."""
    return bool(team.agreed(float(stop())))


def _say(text: object) -> None:
    print(text, file=sys.stderr)


def _progress(record: Record) -> str:
    return (
        f"epoch {record.epoch} step {record.step:,} | {record.images_per_second:,.0f} images/s | "
        f"loss D {record.loss_discriminator:.2f} G {record.loss_generator:.2f} | "
        f"D right: real {record.accuracy_real:.0%} fake {record.accuracy_fake:.0%}"
    )


class Drawing:
    """What a training leaves in its folder beside its checkpoint.

    DIR/samples/                      a 10 x 10 grid an epoch, always of the same latents
    DIR/losses.png, accuracies.png    the curves, at the end
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def epoch(self, state: State) -> None:
        """The images of one epoch."""
        self._samples(state, f"epoch-{state.record.epoch:03d}.png")

    def end(self, state: State, history: list[Record]) -> None:
        """The last images, and the curves of a history that has at least one step."""
        self._samples(state, "last.png")
        if history:
            for draw in (training_plots.losses, training_plots.accuracies):
                png = draw(history).picture().png
                write_atomically(self.folder / f"{draw.__name__}.png", png)

    def _samples(self, state: State, name: str) -> None:
        path = self.folder / "samples" / name
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, grids.to_png(grids.grid(state.fixed_images(), columns=10, scale=2)))


class StopSignal:
    """The first Ctrl-C asks the training to stop after its step; a second one ends the program."""

    def __enter__(self) -> "StopSignal":
        self.asked = False
        self.before = {s: signal.signal(s, self._ask) for s in (signal.SIGINT, signal.SIGTERM)}
        return self

    def _ask(self, number: int, frame: object) -> None:
        self.asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def __call__(self) -> bool:
        return self.asked

    def __exit__(self, *exc: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
