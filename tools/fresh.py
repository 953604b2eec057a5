"""A fresh copy of notebooks, or a newer version of the course; what you wrote is kept beside it.

    python tools/fresh.py 01 03          # notebooks 01 and 03 as they were at first
    python tools/fresh.py                # all notebooks that you changed
    python tools/fresh.py --update       # the same, and then the newest version, by git

A notebook in which you changed a cell is first copied into the folder notebooks/mine, with the date
in its name. One that you only ran has nothing of yours, and is not.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

import build_notebooks
import nbformat

from gan_lib.keeping.files import write_atomically

NOTEBOOKS = build_notebooks.SOURCES.parent


def fresh(path: Path, now: str) -> Path | None:
    """Make the notebook anew from its source; where yours is kept, if you had written in it."""
    source = nbformat.read(build_notebooks.SOURCES / path.name, as_version=4)
    new, kept = build_notebooks.built(source), None
    if path.exists() and not _same(path, new):
        kept = path.parent / "mine" / f"{path.stem} {now}.ipynb"
        kept.parent.mkdir(exist_ok=True)
        write_atomically(kept, path.read_bytes())
    build_notebooks.write(new, path)
    return kept


def _same(path: Path, new: nbformat.NotebookNode) -> bool:
    """Are the cells those of the fresh notebook, whatever they printed?"""
    try:
        old = nbformat.read(path, as_version=4)
        return [(c.cell_type, c.source) for c in old.cells] == [
            (c.cell_type, c.source) for c in new.cells
        ]
    except Exception:  # whatever it is now, it is theirs
        return False


def chosen(names: list[str]) -> list[Path]:
    """The notebooks whose names begin like that; without a name, all."""
    there = [NOTEBOOKS / path.name for path in sorted(build_notebooks.SOURCES.glob("*.ipynb"))]
    found = [path for path in there if not names or any(map(path.name.startswith, names))]
    if not found:
        raise SystemExit(f"No notebook begins with {' or '.join(names)}.")
    return found


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="how the notebooks' names begin, such as 01")
    parser.add_argument("--update", action="store_true", help="then get the newest version, by git")
    asked = parser.parse_args(arguments)
    now = time.strftime("%Y-%m-%d %H.%M.%S")
    for path in chosen(asked.names):
        if kept := fresh(path, now):
            print(f"{path.name} is fresh; yours is notebooks/mine/{kept.name}")
    if asked.update:
        pulled = subprocess.run(["git", "pull", "--ff-only"], cwd=NOTEBOOKS.parent)
        sys.exit(pulled.returncode)


if __name__ == "__main__":
    main()
