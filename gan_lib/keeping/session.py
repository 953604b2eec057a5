"""A training that you can hold: start it, pause it, take a single step, change it, go back.

`Session` runs `train` in a thread of its own, so that a notebook's cell returns at once and sliders
stay alive. The thread exists only while the training runs. While it is paused there is none, and
the state belongs to whoever asks. Notebook 03 uses it by hand and in a dashboard.
"""

import atexit
import copy
import math
import threading
from collections.abc import Callable
from dataclasses import replace

from gan_lib import UserError
from gan_lib.data import ImageSet
from gan_lib.recipes import Recipe
from gan_lib.state import Record, State, new_state
from gan_lib.training import train

PLAYERS = ("both", "discriminator", "generator")
CHANGEABLE = ("generator_rate", "discriminator_rate", "input_noise_std")


class SessionError(UserError):
    """The session cannot do that now. The message is one line that says what to do instead."""


class Session:
    """A training of `recipe` on `data` that is held, of one length as `train` takes it.

        session = Session(QUICK, mnist, steps=2000)
        session.start()                  # returns at once
        session.pause()
        session.step("generator")        # one update of G alone
        session.change(generator_rate=1e-3)
        session.rewind(3)                # back to the fourth moment that was kept
        session.start()
        session.wait()                   # until it is over; raises what the thread raised

    `status` is "ready", "running", "paused", "finished", "stopped" or "failed". `snapshots` are
    copies of the state from the start to now, at most `keep` of them; nothing ever trains one, so
    that pictures may be drawn from them while the training runs. `history` has a record for each
    step, and `left` those of the course that the last `rewind` left. Each of `watchers` is called
    with the session after each step and each change of status, in the thread where that happened;
    one that fails is not called again.

    Only one session runs at a time: two trainings on the same cores take ten times as long. So a
    new session, or a start, pauses the one that runs; its `note` says so.
    """

    _running: "Session | None" = None  # the cores belong to the process, and so does this

    def __init__(
        self,
        recipe: Recipe,
        data: ImageSet,
        *,
        state: State | None = None,
        keep: int = 24,
        **length: float,
    ) -> None:
        self.data, self.length, self.keep = data, length, keep
        self.state = new_state(recipe) if state is None else state
        train(recipe, data, state=self.state, **length)  # raises here what it would in the thread
        self.snapshots: list[State] = [copy.deepcopy(self.state)]
        self.history: list[Record] = []
        self.left: list[Record] = []
        self.watchers: list[Callable[[Session], None]] = []
        self.status, self.note = "ready" if self.state.progress < 1 else "finished", ""
        self.error: BaseException | None = None
        self._every = 1.0  # seconds of training between two snapshots, at first
        self._thread: threading.Thread | None = None
        self._halt = threading.Event()
        _make_way(self)

    def start(self) -> None:
        """Train in the background until the length is over, or until `pause`. Also goes on."""
        if self.status == "running":
            return
        self.pause()  # until a thread that has just halted is gone
        self._check_open()
        _make_way(self)
        Session._running = self
        self._halt.clear()
        self._set("running")
        self._thread = threading.Thread(target=self._run, name="gan_lib training", daemon=True)
        self._thread.start()

    def pause(self, note: str = "") -> None:
        """Stop after the step that is being taken, and return once it has been."""
        self._halt.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
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
            self.state.learns = learns
            self._advance(limit=1)
        except BaseException as error:  # an interrupt, too, may leave a step half done
            self._fail(error)
            raise
        finally:
            self.state.learns = "both"
        return self.history[-1]

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

    def rewind(self, moment: int | State) -> None:
        """Go back to one of the `snapshots`, or to the one of that index; training branches there.

        Its step, weights, optimizers, rates and noise are as they were then. With the same rates
        and a length in steps or epochs, the very same training happens again.
        """
        if isinstance(moment, int):  # now, since a pause may thin the snapshots out
            if not -len(self.snapshots) <= moment < len(self.snapshots):
                raise SessionError(f"There are {len(self.snapshots)} moments to go back to.")
            moment = self.snapshots[moment]
        self.pause()
        self.state = copy.deepcopy(moment)
        self.snapshots = [s for s in self.snapshots if s.step < moment.step] + [moment]
        self.left = self.history or self.left
        self.history = [r for r in self.history if r.step <= self.state.step]
        self.error = None
        over = self.state.progress >= 1
        self._set("finished" if over else "paused" if self.state.step else "ready")

    def wait(self, seconds: float | None = None) -> State:
        """Return the state when the training no longer runs, or after so many seconds of waiting.

        Raises what the thread raised. Interrupting the wait pauses the training.
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

    @property
    def images_per_second(self) -> float:
        """Real images shown so far for each second of training; 0 before the first step."""
        return self.history[-1].images_per_second if self.history else 0.0

    @property
    def seconds_left(self) -> float:
        """Of training until the end, at the pace so far; infinite before the first step."""
        done = self.state.progress
        return self.state.seconds * (1 - done) / done if done else math.inf

    def _run(self) -> None:
        """What the thread does: train until the end, or until somebody asks it to halt."""
        try:
            self._advance()
        except BaseException as error:  # kept for `wait`, or nobody would ever see it
            self._fail(error)
        finally:
            if Session._running is self:
                Session._running = None

    def _advance(self, limit: int | None = None) -> None:
        """Take steps, `limit` of them at most, and note what there is to note after each."""
        count, state = 0, self.state
        for _ in train(state.recipe, self.data, state=state, **self.length):
            count += 1
            self.history.append(state.record)
            if state.seconds - self.snapshots[-1].seconds >= self._every:
                self._keep()
            if self._halt.is_set() or count == limit:
                break
            self._tell()
        if self.snapshots[-1].step < state.step:
            self._keep()
        self._set("finished" if state.progress >= 1 else "paused")

    def _keep(self) -> None:
        """Keep a copy of the state; where there are too many, drop every second one."""
        self.snapshots.append(copy.deepcopy(self.state))
        if len(self.snapshots) > self.keep:
            self.snapshots = self.snapshots[:-1:2] + self.snapshots[-1:]
            self._every = max(1.0, 2 * self.state.seconds / self.keep)

    def _check_open(self) -> None:
        if self.status in ("finished", "stopped", "failed"):
            raise SessionError(
                f"This training has {self.status} after step {self.state.step:,}. "
                "Rewind to a moment to go on from there, or make a new session."
            )

    def _fail(self, error: BaseException) -> None:
        self.error = error
        self._set("failed")

    def _set(self, status: str) -> None:
        self.status, self.note = status, ""
        self._tell()

    def _tell(self) -> None:
        for watcher in list(self.watchers):
            try:
                watcher(self)
            except Exception as error:  # no picture is worth a training; `wait` raises it
                self.watchers.remove(watcher)
                self.error = self.error or error


def _make_way(session: Session) -> None:
    """Pause the session that runs, unless it is this one."""
    running = Session._running
    if running is not None and running is not session:
        running.pause("Paused: another training was started. Only one runs at a time.")


@atexit.register
def _pause_at_exit() -> None:
    """A thread that computes while Python ends could take the process down with a crash."""
    if Session._running is not None:
        Session._running.pause()
