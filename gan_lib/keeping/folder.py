"""A training that lives in a folder, and survives being interrupted there.

    DIR/last.safetensors   the checkpoint, with what resuming needs beside it
    DIR/history.csv        one line a step: the fields of `state.Record`
    DIR/samples/           a grid of digits an epoch, always of the same latents
    DIR/losses.png, accuracies.png   the curves, written at the end

The command line's `train` is a progress bar around `train_in_folder`.
"""

import csv
import io
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from gan_lib.data import ImageSet
from gan_lib.keeping import checkpoints
from gan_lib.keeping.checkpoints import CheckpointError
from gan_lib.keeping.files import write_atomically
from gan_lib.pictures import grids, plots
from gan_lib.recipes import Recipe
from gan_lib.state import Record, State, new_state
from gan_lib.training import TrainingDiverged, train

LENGTHS = ("steps", "epochs", "seconds")


def check_folder(out: Path, resume: bool) -> None:
    """Raise `CheckpointError` if `out` cannot hold a training, or holds one not to be resumed."""
    if out.exists() and not out.is_dir():
        raise CheckpointError(f"{out} is a file; a training needs a folder.")
    if not resume and any((out / name).exists() for name in (checkpoints.NAME, "history.csv")):
        raise CheckpointError(
            f"{out} already holds a training. Add --resume to go on with it, or name a new folder."
        )


def start_or_resume(
    recipe: Recipe,
    data: ImageSet,
    out: Path,
    resume: bool,
    seed: int | None = None,
    device: str | None = None,
    precision: torch.dtype | None = None,
) -> tuple[State, dict[str, str]]:
    """The state to train from, and the text of the checkpoint that it came from ({} if new).

    Raises `CheckpointError` as `check_folder` does, and if the training in `out` was fed other
    data or began with another seed or precision.
    """
    check_folder(out, resume)
    if not (out / checkpoints.NAME).exists():  # also after a kill before the first checkpoint
        return new_state(recipe, seed, device, precision), {}
    state, about = checkpoints.resume(out, recipe, device)
    if about.get("data") != describe_data(data):
        raise CheckpointError(
            f"{out} was trained on {about.get('data')}, not on {describe_data(data)}: "
            "give it the images that it began with, or name a new folder."
        )
    for what, asked, stored in (
        ("seed", seed, state.seed),
        ("precision", precision, state.precision),
    ):
        if asked not in (None, stored):
            raise CheckpointError(f"{out} was started with {what} {stored}, not {asked}.")
    return state, about


def train_in_folder(
    state: State,
    data: ImageSet,
    out: Path,
    length: dict[str, float],
    *,
    save_every: float = 10.0,
    stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[State]:
    """Train in the folder `out` for `length`, such as {"steps": 1000}, and yield after each step.

    Saves every `save_every` seconds and after each epoch, and once more at the end or when `stop`
    says so. Raises `TrainingDiverged`, naming the last good checkpoint, and `CheckpointError`.
    """
    about = {"data": describe_data(data), "length": json.dumps(length)}
    saved, saved_at, history = state.step, time.monotonic(), None
    try:
        history = History(out / "history.csv", state.step)
        for _ in train(state.recipe, data, state=state, clock=clock, **length):
            history.add(state.record)
            if ends_epoch := state.step % (len(data) // state.recipe.batch_size) == 0:
                save_samples(state, out / "samples" / f"epoch-{state.record.epoch:03d}.png")
            if ends_epoch or time.monotonic() - saved_at >= save_every:
                # The checkpoint comes last: should we be killed before it, all this is made again.
                history.flush()
                checkpoints.save(state, out, about)
                saved, saved_at = state.step, time.monotonic()
            yield state
            if stop():
                break
        history.flush()
        if state.step > saved:  # else only the pictures may lack
            checkpoints.save(state, out, about)
        save_samples(state, out / "samples" / "last.png")
        save_curves(history.read(), out)
    except TrainingDiverged as error:
        good = f"{out / checkpoints.NAME}, step {saved}" if saved else "none yet"
        raise TrainingDiverged(error.step, error.what, f" Last good checkpoint: {good}.") from error
    except OSError as error:
        raise CheckpointError(f"Cannot write to {out}: {error.strerror or error}.") from error
    finally:
        if history is not None:
            history.close()


def share_done(state: State, data: ImageSet, length: dict[str, float]) -> float:
    """How much of `length` is behind `state`, from 0 to 1."""
    ((unit, total),) = length.items()
    epochs = state.step / (len(data) // state.recipe.batch_size)
    done = {"steps": state.step, "epochs": epochs, "seconds": state.seconds}
    return min(1.0, done[unit] / total)


def describe_data(data: ImageSet) -> str:
    """Which images a training was fed: "MNIST train 60000"."""
    return f"{data.name} {data.split} {len(data)}"


def stored_length(about: dict[str, str]) -> dict[str, float]:
    """The length that a checkpoint was trained for, {} if it names none."""
    return json.loads(about.get("length", "{}"))


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


def save_samples(state: State, path: Path) -> None:
    """A 10 x 10 grid of the fixed latents' images."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, grids.to_png(grids.grid(state.sample(), columns=10, scale=2)))


def save_curves(history: list[Record], out: Path) -> None:
    """losses.png and accuracies.png of a history that has at least one step."""
    if history:
        for name, figure in (
            ("losses", plots.losses(history)),
            ("accuracies", plots.accuracies(history)),
        ):
            write_atomically(out / f"{name}.png", figure.picture().png)


class History:
    """history.csv, cut back to `step` when a training resumes from there."""

    def __init__(self, path: Path, step: int) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = self.read(step) if step else []
        write_atomically(path, _as_csv([Record._fields, *kept]).encode())
        self.file = path.open("a", newline="")

    def add(self, record: Record) -> None:
        self.file.write(_as_csv([record]))

    def flush(self) -> None:
        self.file.flush()
        os.fsync(self.file.fileno())

    def close(self) -> None:
        self.file.close()

    def read(self, last_step: float = float("inf")) -> list[Record]:
        """The records up to `last_step`, or up to the first line that is not whole."""
        records: list[Record] = []
        kinds = Record.__annotations__.values()
        if self.path.exists():
            with self.path.open(newline="", errors="replace") as file:
                for row in list(csv.reader(file))[1:]:
                    try:
                        record = Record(*(kind(text) for kind, text in zip(kinds, row)))
                    except (ValueError, TypeError):
                        break
                    if record.step > last_step:
                        break
                    records.append(record)
        return records


def _as_csv(rows: list) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
