"""Writing a file so that it is either whole or not there."""

import os
import time
from pathlib import Path
from uuid import uuid4

WAITS = (0.05, 0.1, 0.2, 0.3, 0.4)  # seconds, between tries to put a file in its place


def write_atomically(path: str | Path, data: bytes) -> None:
    """Write ``data`` to ``path``: afterwards the file holds all of it, or what it held before.

    The bytes go to a temporary file in the same folder first. It has to be the same folder, since
    a rename is atomic only within one file system. The temporary file is removed on any failure,
    an interrupt from the keyboard included. Raises ``OSError`` where the folder is missing, cannot
    be written, or is full. If ``path`` is a symbolic link, the link itself is replaced.
    """
    path = Path(path)
    # Not tempfile: its files are for their owner alone, and so would the finished file be.
    temporary = path.with_name(f".{path.name}.{uuid4().hex[:8]}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # or a power cut could leave the new name with no content
        _replace(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)  # and not the temporary file's, which tells nobody anything
        raise


def _replace(source: Path, target: Path) -> None:
    """Rename; again a moment later where that is denied: on Windows a virus scanner may look in."""
    for wait in WAITS:
        try:
            return os.replace(source, target)
        except PermissionError:
            time.sleep(wait)
    return os.replace(source, target)
