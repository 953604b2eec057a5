"""What a learner has done: one small file on their own machine, named and erasable.

It is JSON, in the user's data folder, or where $GAN_LIB_PROGRESS says; nothing is sent anywhere.
"""

import json
import os
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout
from IPython.display import display

from gan_lib.keeping.files import write_atomically

EMPTY = {"exercises": {}, "predictions": {}, "game": {}}


def path() -> Path:
    """Where the file is, or will be."""
    if named := os.environ.get("GAN_LIB_PROGRESS"):
        return Path(named)
    return Path(platformdirs.user_data_dir("gan_lib", appauthor=False)) / "progress.json"


def read() -> dict[str, dict]:
    """What is kept so far. A damaged file counts as empty; the next note replaces it."""
    try:
        kept = json.loads(path().read_text(encoding="utf-8"))
        return {part: dict(kept.get(part, {})) for part in EMPTY}
    except (OSError, ValueError, TypeError, AttributeError):
        return {part: {} for part in EMPTY}


def note(part: str, name: str, **values: object) -> None:
    """Keep these values of an exercise, a prediction or the game, beside what is kept of it.

    Where the file cannot be written, nothing is kept and nothing is said: no lesson depends on it.
    """
    place = path()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{place}.lock", timeout=2):
            kept = read()
            kept[part][name] = kept[part].get(name, {}) | values
            write_atomically(place, json.dumps(kept, indent=1).encode())
    except (OSError, Timeout):
        pass


def show(markdown: str) -> None:
    """Display a text below a cell."""
    display({"text/markdown": markdown, "text/plain": markdown}, raw=True)
