"""The answer key of all exercises, `teaching/answers.md`, from the solved notebooks.

python tools/make_answer_key.py
"""

from pathlib import Path

import build_notebooks
import nbformat

from gan_lib.exercises.all import EXERCISES
from gan_lib.keeping.files import write_atomically

KEY = Path(__file__).parents[1] / "teaching" / "answers.md"


def answer_key() -> str:
    """Markdown: of each notebook each exercise, solved, with the slips that its check names."""
    lines = [
        "# Answer key",
        "",
        "Written by `python tools/make_answer_key.py` from `notebooks/solutions`. A check compares "
        "what a function does, so an answer may be written in any way. Below each solution: the "
        "slips that the check names.",
    ]
    for path in sorted(build_notebooks.SOURCES.glob("*.ipynb")):
        notebook, solved = nbformat.read(path, as_version=4), []
        for name, code in build_notebooks.solutions_of(notebook):
            exercise = EXERCISES[name]
            many = "" if exercise.points == 1 else "s"
            worth = f"{exercise.minutes} minutes, {exercise.points} point{many}"
            solved += ["", f"### `{name}` ({worth})", "", f"```python\n{code}\n```", ""]
            solved += [f"- {sentence}" for sentence in exercise.slips]
        if solved:
            title = notebook.cells[0].source.splitlines()[0].removeprefix("# ")
            lines += ["", f"## {title}", *solved]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    write_atomically(KEY, answer_key().encode())
