"""Running code that somebody is still writing: limits of time and memory, and no traceback."""

import linecache
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

try:
    import resource
except ImportError:  # Windows has none: there the time limit alone holds
    resource = None

SECONDS = 10.0  # that an answer may take
MEMORY = 4 << 30  # bytes that it may ask for beyond what the process has
T = TypeVar("T")


class Stopped(Exception):
    """The code did not come to its end. The message is one sentence that says why."""


def fenced(work: Callable[[], T], answer: Callable) -> T:
    """What `work` returns, which calls `answer`. Raises `Stopped` where it does not end well.

    `KeyboardInterrupt` passes.
    """
    try:
        with _deadline(SECONDS), _less_memory(MEMORY):
            return work()
    except _TooLong:
        said = (
            f"It was still running after {SECONDS:.0f} seconds: is there a loop that does not end?"
        )
    except (Exception, SystemExit) as error:
        said = _sentence(error, answer)
    raise Stopped(said)


class _TooLong(BaseException):
    """Not an Exception, so that an `except Exception` in the answer does not swallow it."""


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Interrupt Python code, at the beginning of its next line, when the time is up."""
    end = time.monotonic() + seconds

    def look(frame: FrameType, event: str, argument: object) -> Callable:
        if time.monotonic() > end:
            raise _TooLong
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def _less_memory(allowed: int) -> Iterator[None]:
    """Let an allocation fail that takes far more than is needed, before the machine starves."""
    if resource is None or not sys.platform.startswith("linux"):
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm", encoding="ascii") as file:
        has = int(file.read().split()[0]) * resource.getpagesize()
    most = has + allowed if before[1] < 0 else min(has + allowed, before[1])
    resource.setrlimit(resource.RLIMIT_AS, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _sentence(error: BaseException, answer: Callable) -> str:
    """What an exception says, in a sentence, with the learner's own line that raised it."""
    first = (str(error).strip().splitlines() or [""])[0]
    if "ellipsis" in first.lower() or isinstance(error, NotImplementedError):
        return "A blank is still there: put your own code where the ... stands."
    if isinstance(error, MemoryError) or "allocate" in first or "out of memory" in first:
        return "It asks for far more memory than it needs: is one of the shapes much too large?"
    if isinstance(error, TypeError) and "positional argument" in first:
        return f"It does not take the arguments that it is given: {first}."
    text = f"{type(error).__name__}: {first}" if first else type(error).__name__
    text = text if len(text) <= 200 else text[:197] + "…"
    line = _line_of(error, answer)
    return f"It stops with {text.rstrip('.')}{f', in the line “{line}”' if line else ''}."


def _line_of(error: BaseException, answer: Callable) -> str:
    """The last line of the answer's own file that the error passed through."""
    file = getattr(getattr(answer, "__code__", None), "co_filename", None)
    trace, found = error.__traceback__, ""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            found = linecache.getline(file, trace.tb_lineno).strip()
        trace = trace.tb_next
    return found
