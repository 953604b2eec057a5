"""What works on this machine, and what to do about what does not: `python -m gan_lib doctor`.

Most of it is found out in a child process, for an import can end the process that tries it. Each
finding is told as soon as it is there. The notebook "Start here" begins with this.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict

from gan_lib.cli import checks, installed
from gan_lib.cli.checks import Check, first_line

LAST = {  # what is looked at after the libraries
    "device": checks.device,
    "threads": checks.threads,
    "data": checks.images,
    "widgets": checks.widgets,
}
NEEDS = {  # what cannot be looked at where one of these is not well
    **dict.fromkeys(("torch", "matplotlib", "scikit-learn", "scipy"), {"numpy"}),
    **dict.fromkeys(("torchvision", "safetensors", "threads"), {"torch"}),
    **dict.fromkeys(("torchmetrics", "device"), {"numpy", "torch"}),
    "data": {"numpy", "torch", "torchvision"},
}
MARK = "gan_lib doctor: "  # what the child says; libraries may write lines of their own
CHILD = """
import sys
sys.path[:] = {path!r}
from gan_lib.cli.doctor import report
report({tasks!r}, {root!r})
"""


def examine(root: str | None = None) -> Iterator[Check]:
    """All findings, in the order in which they depend on each other. `root`: see `data.load`."""
    yield checks.python()
    yield checks.memory()
    try:
        tasks = installed.requirements()
    except ImportError as error:
        yield Check("packaging", False, first_line(error), installed.install("packaging"))
        tasks = {}
    yield from _in_children(tasks | dict.fromkeys(LAST, ""), root)


def report(tasks: dict[str, str], root: str | None) -> None:
    """In the child: look at everything, and tell each finding at once."""
    for name, requirement in tasks.items():
        try:
            check = installed.library(requirement) if requirement else LAST[name](root)
        except Exception as error:
            check = Check(name, False, f"{type(error).__name__}: {first_line(error)}")
        print(MARK + json.dumps(asdict(check)), flush=True)


def _in_children(tasks: dict[str, str], root: str | None) -> Iterator[Check]:
    """Every finding. After one that is not well, a fresh child looks at what does not need it."""
    while tasks:
        command = [sys.executable, "-c", CHILD.format(path=sys.path, tasks=tasks, root=root)]
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", errors="replace",
        )  # fmt: skip
        try:
            for check in _findings(child, tasks):
                yield check
                if not check.ok:
                    break
        finally:
            child.kill()
            child.communicate()
        for name in [name for name in tasks if not check.ok and check.name in NEEDS.get(name, ())]:
            del tasks[name]


def _findings(child: subprocess.Popen, tasks: dict[str, str]) -> Iterator[Check]:
    """What the child tells, and of what it dies. What has been looked at goes from the tasks."""
    words = ""
    for line in child.stdout:
        noise, _, found = line.partition(MARK)
        words = noise.strip() or words
        if found:
            check = Check(**json.loads(found))
            del tasks[check.name]
            yield check
    if tasks:  # in the order of the tasks, so it fell silent at the first of these
        name, requirement = next(iter(tasks.items()))
        del tasks[name]
        yield Check(name, False, *_death(name, requirement, child.wait(), words))


def _death(name: str, requirement: str, status: int, words: str) -> tuple[str, str]:
    """What was seen, and what to do, where a child ended with that status and these last words."""
    cause = f"signal {-status}, {signal.strsignal(-status)}" if status < 0 else f"status {status}"
    advice = installed.remedy(requirement) if requirement else ""
    if name == "device":
        advice = "If this machine has a GPU, hide it: set CUDA_VISIBLE_DEVICES to -1."
    if status == -9:
        advice = "Probably memory ran out: close other programs, or raise the container's limit."
    if status in (-4, 0xC000001D):  # POSIX, Windows: an illegal instruction
        advice = (
            "The processor probably lacks AVX, which the ready-made builds of torch need. In a "
            "virtual machine, let it see the host's processor; else take another computer."
        )
    last = f", with the words: {words}" if words else ""
    return f"trying it ends Python ({cause}){last}", advice
