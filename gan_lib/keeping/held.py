"""A training with its past: a record for each step, copies on the way, and a folder to lie in.

`session.Session` adds what runs it in the background.
"""

import json
import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Self

from gan_lib import UserError
from gan_lib.data import ImageSet
from gan_lib.keeping import folder
from gan_lib.keeping.snapshots import Snapshots
from gan_lib.length import Length
from gan_lib.recipes import Recipe
from gan_lib.state import Record, State
from gan_lib.training import check_fit, train

PLAYERS = ("both", "discriminator", "generator")
CHANGEABLE = ("generator_rate", "discriminator_rate", "input_noise_std")


class SessionError(UserError):
    """The session cannot do that now. The message is one line that says what to do instead."""


class HeldTraining:
    """A training of `state` on `data` for `length`, with what a hand may do between two steps."""

    def __init__(
        self,
        state: State,
        data: ImageSet,
        length: Length,
        *,
        keep: int = 24,
        memory: float = 300e6,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        data = check_fit(state, data)  # as its players are told of it
        self.state, self.data, self.length, self.clock = state, data, length, clock
        train(state, data, length, clock)  # raises here what it would later
        self.history: list[Record] = []
        self.left: list[Record] = []
        self.keep, self._kept = keep, Snapshots(state, keep, memory)
        self._saved: dict[str, str] = {}  # the text of its last checkpoint
        self._begun = {name: getattr(state.recipe, name) for name in CHANGEABLE}

    @property
    def snapshots(self) -> list[State]:
        """Copies of the state from the start to now, the oldest first."""
        return self._kept.states

    def _named(self, snapshot: int | State) -> State:
        """The snapshot of that index, or the very one."""
        if isinstance(snapshot, State):
            return snapshot
        if not -len(self.snapshots) <= snapshot < len(self.snapshots):
            raise SessionError(f"There are {len(self.snapshots)} snapshots to go back to.")
        return self.snapshots[snapshot]

    @property
    def seconds_left(self) -> float:
        """Of training until the end, at the pace so far; infinite before the first step."""
        done = self.state.progress
        return self.state.seconds * (1 - done) / done if done else math.inf

    def change(self, **choices: float) -> None:
        """Change a rate or the noise from the next update on: see `CHANGEABLE`.

        The state gets a new recipe, and the old one stays as it was. A rate is that of the recipe,
        before it falls towards the end of the run.
        """
        for name, value in choices.items():
            if name not in CHANGEABLE:
                raise SessionError(
                    f"{name} cannot change on the run, only {', '.join(CHANGEABLE)}."
                )
            if not (math.isfinite(value) and value >= 0):
                raise SessionError(f"{name} must be a number that is not below 0, not {value}.")
        self.state.recipe = replace(self.state.recipe, **choices)

    def rewind(self, snapshot: State) -> None:
        """Go back to one of the `snapshots`, and leave what came after it."""
        threads = self.state.threads  # found out after the first snapshot was made
        self.state = self._kept.go_back_to(snapshot)
        self.state.threads = threads
        if self.left[: len(self.history)] != self.history:  # else it is a part of what was left
            self.left = self.history
        self.history = [record for record in self.history if record.step <= self.state.step]

    def save(self, path: Path | str, overwrite: bool = False) -> None:
        """Write a checkpoint and the history into the folder `path`, to be resumed from there.

        `python -m gan_lib train --resume --out PATH` goes on from it, too, and both bit for bit as
        if there had been no break; rates and noise are those of now. Snapshots and `left` are not
        written. Raises `CheckpointError`, and `SessionError` where the folder holds a training that
        is not this one, unless it may `overwrite` it.
        """
        with folder.TrainingFolder(path) as place:
            if not overwrite and place.text() not in ({}, self._saved):
                raise SessionError(
                    f"{path} holds another training, or one that has gone on: name a new folder, "
                    "or save it with overwrite=True."
                )
            about = folder.described(self.data, self.length) | {"begun": json.dumps(self._begun)}
            place.keep(self.state, self.history, about)
            self._saved = place.text()

    @classmethod
    def resume(
        cls,
        path: Path | str,
        data: ImageSet,
        length: Length | None = None,
        *,
        recipe: Recipe | None = None,
        device: str | None = None,
        **options: object,
    ) -> Self:
        """The training in the folder `path`, to go on from its checkpoint, until `length` is over.

        Without a length it is the one stored, without a `recipe` the one of that name that comes
        with the course, as wide and as augmented as it was. `options` are those of the class.
        Raises `CheckpointError`.
        """
        state, about = folder.resumed(Path(path), data, recipe, device)
        records = folder.TrainingFolder(path).records(state.step)
        state.record = records[-1] if records else None
        length = length or folder.stored_length(about) or Length(epochs=state.recipe.epochs)
        held = cls(state, data, length, **options)
        held.history, held._saved = records, about
        held._begun = json.loads(about.get("begun", json.dumps(held._begun)))
        return held
