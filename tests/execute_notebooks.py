"""Run the solved notebooks, save what they print, build the learners' from them: `make notebooks`.

    python tests/execute_notebooks.py                           # all of them
    python tests/execute_notebooks.py notebooks/solutions/01*   # these

A notebook is replaced only after its last cell has run. Timestamps and other traces of the run
are left out, so that a second run changes only what the notebook prints; but a cell that takes
long has its seconds in its metadata, since teachers plan with them.
"""

import os
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import build_notebooks  # noqa: E402

LONG = 8  # seconds
WIDGET = "application/vnd.jupyter.widget-view+json"


def executed(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    """The notebook with the outputs of a fresh run in a folder. Raises what a cell raises."""
    for index, cell in enumerate(notebook.cells):
        cell.id = f"cell-{index:02d}"  # stable, for small differences between versions
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        coalesce_streams=True,
        resources={"metadata": {"path": folder}},
    )
    return client.execute()


def seconds_of(cell: nbformat.NotebookNode) -> float:
    """How long a cell has just run."""
    times = cell.metadata.get("execution", {})
    begun, done = (times.get(what) for what in ("iopub.execute_input", "shell.execute_reply"))
    if not (begun and done):
        return 0.0
    return (datetime.fromisoformat(done) - datetime.fromisoformat(begun)).total_seconds()


def save(notebook: nbformat.NotebookNode, path: Path) -> None:
    for cell in notebook.cells:
        if (seconds := seconds_of(cell)) >= LONG:
            cell.metadata["seconds"] = round(seconds)
        else:
            cell.metadata.pop("seconds", None)
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if WIDGET in data and not data["text/plain"].startswith("Predict: "):
                # What is shown where no kernel runs.
                output.data["text/plain"] = "[A widget: run this cell to use it.]"
    notebook.metadata.language_info = {"name": "python"}
    build_notebooks.write(notebook, path)


def main() -> None:
    sources = sorted(build_notebooks.SOURCES.glob("*.ipynb"))
    paths = [Path(name) for name in sys.argv[1:]] or sources
    # What a maintainer did is theirs, and no part of a notebook.
    os.environ["GAN_LIB_PROGRESS"] = f"{tempfile.mkdtemp()}/progress.json"
    for path in paths:
        started = time.perf_counter()
        notebook = nbformat.read(path, as_version=4)
        save(executed(notebook, path.resolve().parent), path)
        print(f"{path.name}: {time.perf_counter() - started:.0f} s", flush=True)
    build_notebooks.main()


if __name__ == "__main__":
    main()
