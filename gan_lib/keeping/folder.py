"""A training that lives in a folder, and survives being interrupted there.

    DIR/last.safetensors   the checkpoint, with what resuming needs beside it
    DIR/history.csv        one line a step: the fields of `state.Record`
    DIR/training.lock      while a process owns the folder; training.pid says which

Nothing is drawn here. Whoever trains may hand in what is to be drawn after each epoch.
"""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from gan_lib.data import ImageSet
from gan_lib.keeping import checkpoints, history
from gan_lib.keeping.checkpoints import CheckpointError
from gan_lib.keeping.fileformat import from_file, reading
from gan_lib.keeping.history import History
from gan_lib.keeping.ownership import owned, writing
from gan_lib.length import Length, steps_an_epoch
from gan_lib.recipes import Recipe
from gan_lib.state import Record, State, new_state
from gan_lib.training import TrainingDiverged, train

SHORT = 20  # steps; of a shorter epoch there are hundreds in a minute


class TrainingFolder:
    """The folder of one training, which this process owns inside `with`.

        with TrainingFolder("runs/mine") as folder:
            state = folder.start_or_resume(QUICK, mnist)
            for _ in folder.train(state, mnist, Length(steps=1000)):
                ...

    Entering raises `CheckpointError` where somebody else owns it. A process that is killed owns
    nothing any more.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.about: dict[str, str] = {}  # the text of the checkpoint that was resumed, if any
        self._owned = owned(self.path)

    def __enter__(self) -> "TrainingFolder":
        self._owned.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._owned.__exit__(*exc)

    def check(self, resume: bool) -> None:
        """Raise `CheckpointError` if there is a training here that is not to be resumed."""
        if not resume and any((self.path / n).exists() for n in (checkpoints.NAME, history.NAME)):
            raise CheckpointError(
                f"{self.path} already holds a training. Add --resume to go on with it, or name a "
                "new folder."
            )

    def start_or_resume(
        self,
        recipe: Recipe,
        data: ImageSet,
        seed: int | None = None,
        device: str | None = None,
        precision: torch.dtype | None = None,
        threads: int | None = None,
    ) -> State:
        """The state to train from: that of the checkpoint here, or a new one where there is none.

        Raises `CheckpointError` as `resumed` does, and if the training here began with another seed
        or precision.
        """
        if not (self.path / checkpoints.NAME).exists():  # also after a kill before the first one
            return new_state(recipe, data, seed, device, precision, threads)
        state, self.about = resumed(self.path, data, recipe, device, threads)
        for what, asked, stored in (
            ("seed", seed, state.seed),
            ("precision", precision, state.precision),
        ):
            if asked not in (None, stored):
                raise CheckpointError(f"{self.path} was started with {what} {stored}, not {asked}.")
        return state

    def train(
        self,
        state: State,
        data: ImageSet,
        length: Length,
        *,
        save_every: float = 10.0,
        on_epoch: Callable[[State], None] = lambda state: None,
        stop: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> Iterator[State]:
        """Train here until `length` is over, and yield after each step.

        Saves every `save_every` seconds and after each epoch, but of very short epochs after those
        of round numbers alone (1, 2, ..., 10, 20, ..., 100, 200, ...); and once more at the end or
        when `stop` says so. `on_epoch` is called before its epoch is saved: should the process be
        killed in between, both happen again. Raises `TrainingDiverged`, naming the last good
        checkpoint, and `CheckpointError`.
        """
        self.about |= described(data, length)
        saved, saved_at = state.step, time.monotonic()
        records = self.records(state.step)
        try:
            with writing(self.path), History(self.path / history.NAME, records) as growing:
                for _ in train(state, data, length, clock):
                    growing.add(state.record)
                    if ends_epoch := _ends_epoch(state, steps_an_epoch(data, state.recipe)):
                        on_epoch(state)
                    if ends_epoch or time.monotonic() - saved_at >= save_every:
                        saved, saved_at = self._save(state, growing), time.monotonic()
                    yield state
                    if stop():
                        break
                if state.step > saved:
                    self._save(state, growing)
        except TrainingDiverged as error:
            good = f"{self.path / checkpoints.NAME}, step {saved}" if saved else "none yet"
            last = f" Last good checkpoint: {good}."
            raise TrainingDiverged(error.step, error.what, last) from error

    def _save(self, state: State, growing: History) -> int:
        growing.flush()  # the checkpoint comes last: killed before it, all this is made again
        checkpoints.save(state, self.path, self.about)
        return state.step

    def keep(self, state: State, records: list[Record], about: dict[str, str]) -> None:
        """Write checkpoint and history of what was trained elsewhere, to be resumed from here."""
        with writing(self.path):
            history.write(self.path / history.NAME, records)
        checkpoints.save(state, self.path, about)

    def text(self) -> dict[str, str]:
        """The text of the checkpoint here, {} where there is none. Raises `CheckpointError`."""
        path = self.path / checkpoints.NAME
        return from_file(path)[1] if path.exists() else {}

    def records(self, last_step: int) -> list[Record]:
        """What the history here says of the steps up to that one."""
        return history.read(self.path / history.NAME, last_step) if last_step else []


def _ends_epoch(state: State, steps: int) -> bool:
    """Whether the step was the last of an epoch that is to be kept."""
    epoch, rest = divmod(state.step, steps)
    is_round = epoch % 10 ** (len(str(epoch)) - 1) == 0
    return rest == 0 and (steps >= SHORT or is_round)


def resumed(
    path: Path,
    data: ImageSet,
    recipe: Recipe | None = None,
    device: str | None = None,
    threads: int | None = None,
) -> tuple[State, dict[str, str]]:
    """`checkpoints.resume`; raises `CheckpointError`, too, if the training was fed other images."""
    state, about = checkpoints.resume(path, recipe, device, threads)
    asked, stored = described(data)["data"], about.get("data")
    if asked != stored:
        raise CheckpointError(
            f"{path} was trained on {stored}, not on {asked}: give it the images that it began "
            "with, or name a new folder."
        )
    return state, about


def described(data: ImageSet, length: Length | None = None) -> dict[str, str]:
    """What a checkpoint says of a training's images, "MNIST train 60000", and of its length."""
    images = {"data": f"{data.name} {data.split} {len(data)}"}
    return images | ({} if length is None else {"length": json.dumps(length.named)})


def stored_images(about: dict[str, str]) -> str:
    """The name of the images that a checkpoint was trained on: "MNIST", "pictures in shells"."""
    return about.get("data", "MNIST train 0").rsplit(" ", 2)[0]


def stored_length(about: dict[str, str]) -> Length | None:
    """The length that a checkpoint was trained for, None if it names none."""
    if "length" not in about:
        return None
    with reading(Path(checkpoints.NAME)):
        return Length(**json.loads(about["length"]))
