"""Whose turn it is on the cores: one session runs at a time, and it steps aside for a hand.

The cores belong to the process, and so does what is kept here. Two trainings on the same cores take
ten times as long; a slider beside one that never pauses follows the hand late.
"""

import atexit
import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol


class Runner(Protocol):
    """A session, as far as its turn is concerned."""

    pause: Callable[..., None]


class _Turns:
    running: Runner | None = None
    hand_until = 0.0  # by time.monotonic: so long a hand goes first


def make_way(runner: Runner) -> None:
    """Pause what runs, unless it is this one."""
    running = _Turns.running
    if running is not None and running is not runner:
        running.pause("Paused: another training was started. Only one runs at a time.")


def begin(runner: Runner) -> None:
    """It is the turn of this one."""
    make_way(runner)
    _Turns.running = runner
    _let_interrupts_pause()


def end(runner: Runner) -> None:
    """This one has stopped running."""
    if _Turns.running is runner:
        _Turns.running = None


@contextmanager
def hand_first(seconds: float = 0.3) -> Iterator[None]:
    """A hand moves something: inside, and for so long after, no running session takes a step.

    For each movement, around what it takes to show it. A session's seconds of training do not
    count that time.
    """
    _Turns.hand_until = math.inf
    try:
        yield
    finally:
        _Turns.hand_until = time.monotonic() + seconds


def give_way(halt: threading.Event) -> bool:
    """Wait until no hand has moved anything for long enough, or until `halt`: whether it is set."""
    while (left := _Turns.hand_until - time.monotonic()) > 0 and not halt.wait(min(left, 0.05)):
        pass
    return halt.is_set()


def _let_interrupts_pause() -> None:
    """Jupyter's ■ pauses the session that runs, also while no cell does.

    A kernel ignores interrupts between two cells. After each it puts back the handler that it found
    before it, so what it is told here to put back stays.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    kernel = getattr(shell, "kernel", None)
    if getattr(kernel, "saved_sigint_handler", None) == signal.SIG_IGN:
        kernel.saved_sigint_handler = _halt


def _halt(number: int, frame: object) -> None:
    if _Turns.running is not None:  # not waited for: who was interrupted may hold what it needs
        _Turns.running.pause(wait=False)


@atexit.register
def _pause_at_exit() -> None:
    """A thread that computes while Python ends could take the process down with a crash."""
    if _Turns.running is not None:
        _Turns.running.pause()
