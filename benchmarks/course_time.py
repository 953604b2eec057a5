"""How long the whole course takes to run, notebook by notebook. Nothing is saved.

python benchmarks/course_time.py
"""

import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
GOAL = 15 * 60  # seconds for all notebooks together, on two cores


def main() -> None:
    total = 0.0
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        started = time.perf_counter()
        NotebookClient(notebook, timeout=600, resources={"metadata": {"path": NOTEBOOKS}}).execute()
        seconds = time.perf_counter() - started
        total += seconds
        print(f"{path.stem:<28}{seconds:>6.0f} s", flush=True)
    print(f"{'the whole course':<28}{total:>6.0f} s, {total / GOAL:.0%} of the goal of {GOAL} s")


if __name__ == "__main__":
    main()
