"""What works on this machine, and what to do about what does not: `python -m gan_lib doctor`.

Most of it is found out in a child process, for an import can end the process that tries it. Each
finding is told as soon as it is there. The notebook "Start here" begins with this.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection

from gan_lib.cli import checks
from gan_lib.cli.checks import Check, first_line

Tasks = dict[str, Callable[[], Check]]  # what is looked at, by the names of the findings


def examine(root: str | None = None) -> Iterator[Check]:
    """All findings, in the order in which they depend on each other. `root`: see `data.load`.

    They end where nearly all that would follow needs what is not well, or ends the child, too.
    """
    yield checks.python()
    yield checks.memory()
    tasks: Tasks = {}
    try:
        for name, requirement in checks.requirements().items():
            tasks[name] = partial(checks.library, requirement)
    except ImportError as error:
        advice = f"In the folder of the course: {checks.install('.', '--editable')}"
        yield Check("packages", False, first_line(error), advice)
    tasks |= {"device": checks.device, "threads": checks.threads}
    tasks |= {"data": partial(checks.images, root), "widgets": checks.widgets}
    system = get_context("spawn")  # so that nothing of this process is in the child
    findings, tell = system.Pipe(duplex=False)
    child = system.Process(target=_look, args=(tasks, tell), daemon=True)
    child.start()
    tell.close()  # so that the findings end where the child ends
    try:
        for name in tasks:
            yield (check := findings.recv())
            if name in checks.FIRST and not check.ok:
                return
    except EOFError:
        child.join()
        yield Check(name, False, *_death(name, child.exitcode))
    finally:
        child.kill()
        child.join()


def _look(tasks: Tasks, tell: Connection) -> None:
    """In the child: look at everything, and tell each finding at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    sys.stdout = sys.stderr = open(os.devnull, "w")  # libraries may write lines of their own
    for name, look in tasks.items():
        try:
            tell.send(look())
        except Exception as error:
            tell.send(Check(name, False, f"{type(error).__name__}: {first_line(error)}"))


def _death(name: str, status: int) -> tuple[str, str]:
    """What was seen, and what to do, where looking at something ended a child with that status."""
    cause = f"signal {-status}, {signal.strsignal(-status)}" if status < 0 else f"status {status}"
    advice = checks.remedy(name)
    if status in (-4, 0xC000001D):  # POSIX, Windows: an illegal instruction
        advice = (
            "The processor probably lacks AVX, which the ready-made builds of torch need. In a "
            "virtual machine, let it see the host's processor; else take another computer."
        )
    if name == "device":
        advice = "If this machine has a GPU, hide it: set CUDA_VISIBLE_DEVICES to -1."
    return f"trying it ends Python ({cause})", advice
