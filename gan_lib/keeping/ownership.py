"""One process at a time writes in the folder of a training.

The lock is the operating system's, so that it ends with its process, however that ends. Who holds
it stands in a file beside it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from gan_lib.keeping.fileformat import CheckpointError

LOCK, OWNER = "training.lock", "training.pid"


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Inside, a file in `folder` that cannot be written is one clear line, a `CheckpointError`."""
    try:
        yield
    except OSError as error:
        raise CheckpointError(f"Cannot write to {folder}: {error.strerror or error}.") from error


@contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Inside, nobody else owns `folder`. It is made, and removed again if nothing was put into it.

    Raises `CheckpointError`, with the number of the process, where somebody else owns it, and where
    it cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise CheckpointError(f"{folder} is a file; a training needs a folder.")
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    lock, ours = FileLock(folder / LOCK), False
    try:
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            _take(lock, folder)
            ours = True
            (folder / OWNER).write_text(str(os.getpid()))
        yield
    finally:
        for name in (OWNER, LOCK) if ours else ():
            with suppress(OSError):
                (folder / name).unlink()
        lock.release()  # last: who comes next makes a lock of its own
        for path in made:
            with suppress(OSError):  # it is not empty
                path.rmdir()


def _take(lock: FileLock, folder: Path) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        try:
            owner = int((folder / OWNER).read_text())
        except (OSError, ValueError):  # it has not said so yet
            owner = "unknown"
        who = "this process" if owner == os.getpid() else f"process {owner}"
        raise CheckpointError(
            f"Another training is under way in {folder}, in {who}: wait until it is over, or name "
            "another folder."
        ) from error
    except (OSError, NotImplementedError):
        pass  # some network drives have no locks; where the folder is at fault, writing will say so
