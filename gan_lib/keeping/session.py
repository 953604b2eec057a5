"""A training that you can hold: start it, pause it, take a single step, change it, go back.

`Session` runs `train` in a thread of its own, so that a notebook's cell returns at once and sliders
stay alive. The thread exists only while the training runs. While it is paused there is none, and
the state belongs to whoever asks. Notebook "The training loop" uses it by hand and in a dashboard.
"""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from gan_lib.data import ImageSet
from gan_lib.keeping import kernel, turns
from gan_lib.keeping.held import CHANGEABLE, PLAYERS, HeldTraining, SessionError
from gan_lib.length import Length
from gan_lib.state import Record, State
from gan_lib.training import train

__all__ = ["CHANGEABLE", "Session", "SessionError"]


class Session(HeldTraining):
    """A training that is held: `state`, trained on `data` for `length`.

        session = Session(new_state(QUICK, mnist), mnist, Length(steps=2000))
        session.start()               # returns at once
        session.wait()                # until it is over; raises what the thread raised
        session.rewind(3)             # back to the fourth snapshot
        session.change(generator_rate=1e-3)
        session.step("generator")     # one update of G alone
        session.save("runs/mine")     # Session.resume("runs/mine", mnist) goes on from there

    `status` is "ready", "running", "paused", "finished", "stopped" or "failed". `snapshots` are
    copies of the state from the start to now, at most `keep` of them and `memory` bytes; nothing
    ever trains one, so that pictures may be drawn from them while the training runs. `history` has
    a record for each step, and `left` those of the course that was left by going back. `watchers`
    is a list to append to and remove from at any time: each is called with the session after each
    step and each change of status, in the thread where that happened; one that fails is removed.
    Only one session runs at a time, see `turns`: a new one, or a start, pauses the one that runs.
    """

    def __init__(self, state: State, data: ImageSet, length: Length, **options: object) -> None:
        """`options`: `keep`, `memory` in bytes, and the `clock` that counts seconds of training."""
        super().__init__(state, data, length, **options)
        self.watchers: list[Callable[[Session], None]] = []
        self.status, self.note = "ready" if state.progress < 1 else "finished", ""
        self.error: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._halt = threading.Event()
        turns.make_way(self)

    def start(self) -> None:
        """Train in the background until the length is over, or until `pause`. Also goes on."""
        if self.status == "running":
            return
        self.pause()  # until a thread that has just halted is gone
        self._check_open()
        turns.begin(self)
        self._halt.clear()
        self._set("running")
        self._thread = threading.Thread(target=self._run, name="gan_lib training", daemon=True)
        self._thread.start()

    def pause(self, note: str = "", wait: bool = True) -> None:
        """Stop after the step that is being taken; `wait` until it has been."""
        self._halt.set()
        thread = self._thread
        if wait and thread is not None and thread is not threading.current_thread():
            thread.join()
        if note and self.status == "paused":  # it may just have come to its end
            self.note = note
            self._tell()

    def stop(self) -> None:
        """End the training for good. Its snapshots stay, and `rewind` can open it again."""
        self.pause()
        if self.status in ("ready", "paused"):
            self._set("stopped")

    def step(self, learns: str = "both") -> Record:
        """One step, here and now, in which "both", the "discriminator" or the "generator" learns.

        Pauses first. Returns the step's record. The player that does not learn is measured only.
        """
        if learns not in PLAYERS:
            raise SessionError(f"There is no player {learns!r}; choose from: {', '.join(PLAYERS)}.")
        self.pause()
        self._check_open()
        try:
            self._advance(learns, limit=1)
        except BaseException as error:  # an interrupt, too, may leave a step half done
            self.error = error
            self._set("failed")
            raise
        return self.history[-1]

    def rewind(self, snapshot: int | State) -> None:
        """Go back to one of the `snapshots`, or to the one of that index; training branches there.

        Its step, weights, optimizers, rates and noise are as they were then. With the same rates
        and a length in steps or epochs, the very same training happens again.
        """
        snapshot = self._named(snapshot)  # now, since a pause may thin the snapshots out
        self.pause()
        super().rewind(snapshot)
        self.error = None
        resting = "paused" if self.state.step else "ready"
        self._set("finished" if self.state.progress >= 1 else resting)

    def save(self, path: Path | str, overwrite: bool = False) -> None:
        """`HeldTraining.save`, between two steps: a training that runs goes on running."""
        if self.status == "failed":
            raise SessionError("This training has failed. Rewind to a snapshot, and save that.")
        inside = threading.current_thread() is self._thread  # between two steps, then
        running = self.status == "running" and not inside
        if not inside:
            self.pause()
        try:
            super().save(path, overwrite)
        finally:
            if running and self.status == "paused":
                self.start()

    def wait(self, seconds: float | None = None) -> State:
        """Return the state when the training no longer runs, or after so many seconds of waiting.

        Raises what the thread raised. Interrupting it pauses the training. (See `finished`.)
        """
        thread = self._thread
        try:
            if thread is not None:
                thread.join(seconds)
        except KeyboardInterrupt:
            self.pause()
            raise
        if (error := self.error) is not None:
            if self.status != "failed":  # only a watcher failed: said once, that is enough
                self.error = None
            raise error
        return self.state

    async def finished(self) -> State:
        """`await session.finished()` in a notebook: `wait`, but sliders and buttons stay alive."""
        try:
            await kernel.wait_while(lambda: self._thread is not None and self._thread.is_alive())
        except (asyncio.CancelledError, KeyboardInterrupt):
            self.pause()
            raise
        return self.wait()

    def _run(self) -> None:
        """What the thread does: train until the end, or until somebody asks it to halt."""
        try:
            self._advance()
        except BaseException as error:  # kept for `wait`, or nobody would ever see it
            self.error = error
            self._set("failed")
        finally:
            turns.end(self)

    def _advance(self, learns: str = "both", limit: int | None = None) -> None:
        """Take steps, `limit` of them at most; between two, tell of the one before."""
        state = self.state
        state.learns = learns
        try:
            for count, _ in enumerate(train(state, self.data, self.length, self.clock), start=1):
                self.history.append(state.record)
                self._kept.follow(state)
                if count == limit or self._halt.is_set():
                    break
                self._tell()
                if turns.give_way(self._halt):
                    break
        finally:
            state.learns = "both"
        self._kept.add(state)
        self._set("finished" if state.progress >= 1 else "paused")

    def _check_open(self) -> None:
        if self.status in ("finished", "stopped", "failed"):
            raise SessionError(
                f"This training has {self.status} after step {self.state.step:,}. "
                "Rewind to a snapshot to go on from there, or make a new session."
            )

    def _set(self, status: str) -> None:
        self.status, self.note = status, ""
        self._tell()

    def _tell(self) -> None:
        for watcher in list(self.watchers):
            try:
                watcher(self)
            except Exception as error:  # no picture is worth a training; `wait` raises it
                if watcher in self.watchers:
                    self.watchers.remove(watcher)
                self.error = self.error or error
