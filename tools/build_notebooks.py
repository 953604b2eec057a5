"""The notebooks that learners get, built from their solved source in notebooks/solutions.

    python tools/build_notebooks.py            # build all of them; nothing is run

In the source, what a learner is to write stands between two comments, and the first one says what
stands in its place:

    # BEGIN SOLUTION: return ...
    return levels.float() / 127.5 - 1
    # END SOLUTION

The metadata of a cell, under "gan", say what else becomes of it:

    {"exercise": NAME}  code: holds the answer; its output, and that of its check, is not kept
    {"hints": NAME}     text: its paragraphs unfold one inside the other, then the solution
    {"after": NAMES}    text: unfolds, since it speaks of what predictions ask
    {"hidden": true}    code: its output would give a prediction away, and is not kept
"""

import copy
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from gan_lib.keeping.files import write_atomically

SOURCES = Path(__file__).parents[1] / "notebooks" / "solutions"
SOLUTION = re.compile(
    r"^(?P<indent> *)# BEGIN SOLUTION: (?P<stub>[^\n]*)\n(?P<solved>.*?)^ *# END SOLUTION\n?",
    re.M | re.S,
)
# The output of such a cell is not kept.
GIVES_AWAY = re.compile(r"""^(check\("(\w+)", \2\)| *reveal\(|progress\()""", re.M)


class SourceError(ValueError):
    """A source cannot be built from. The message says which cell, and why."""


def built(source: NotebookNode) -> NotebookNode:
    """The notebook that a learner gets. Raises `SourceError`."""
    notebook = copy.deepcopy(source)
    solutions = dict(solutions_of(notebook))
    for cell in notebook.cells:
        about = cell.metadata.get("gan", {})
        if cell.cell_type == "markdown":
            if name := about.get("hints"):
                cell.source = _unfolding_hints(cell.source, name, solutions)
            elif about.get("after"):
                cell.source = folded("Afterwards", cell.source)
        else:
            cell.source = with_blanks(cell.source)
            if about or GIVES_AWAY.search(cell.source):
                cell.outputs = [each for each in cell.outputs if _is_question(each)]
    return notebook


def with_blanks(code: str) -> str:
    """Code with the stub in place of each solution."""
    for line in code.splitlines():
        if "SOLUTION" in line and not re.fullmatch(r" *# (BEGIN SOLUTION: .+|END SOLUTION)", line):
            raise SourceError(f"This line marks no solution as it should: {line}")
    code, found = SOLUTION.subn(lambda m: f"{m['indent']}{m['stub']}\n", code)
    if "SOLUTION" in code:
        raise SourceError(f"A solution is not closed, or not opened:\n{code}")
    return code.rstrip("\n") if found else code


def solved(code: str) -> str:
    """Code with each solution, and without the comments around it."""
    return SOLUTION.sub(lambda m: m["solved"], code).rstrip("\n")


def solutions_of(notebook: NotebookNode) -> Iterator[tuple[str, str]]:
    """The name of each exercise, and its solved cell."""
    for cell in notebook.cells:
        if name := cell.metadata.get("gan", {}).get("exercise"):
            if "SOLUTION" not in cell.source:
                raise SourceError(f"The exercise {name} has no solution in its cell.")
            yield name, solved(cell.source)


def _unfolding_hints(text: str, name: str, solutions: dict[str, str]) -> str:
    """Each paragraph of the text, and then the solution, inside the one before."""
    if name not in solutions:
        raise SourceError(f"Hints for {name}, which is no exercise of this notebook.")
    inner = folded("Solution", f"```python\n{solutions[name]}\n```")
    hints = [hint for hint in text.split("\n\n") if hint.strip()]
    for number, hint in reversed(list(enumerate(hints, 1))):
        hint = re.sub(r"^\*\*Hint( \d)?\.\*\* ", "", hint)
        inner = folded("Hint" if number == 1 else "Another hint", f"{hint}\n\n{inner}")
    return inner


def folded(summary: str, text: str) -> str:
    """Markdown that unfolds at a click. Without the empty lines its inside would be plain text."""
    return f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>"


def _is_question(output: NotebookNode) -> bool:
    """Is it what a prediction shows before it is made?"""
    return output.get("data", {}).get("text/plain", "").startswith("Predict: ")


def write(notebook: NotebookNode, path: Path) -> None:
    """Put a notebook in its place, whole or not at all."""
    write_atomically(path, nbformat.writes(notebook).encode() + b"\n")


def main() -> None:
    for path in sorted(SOURCES.glob("*.ipynb")):
        notebook = built(nbformat.read(path, as_version=4))
        write(notebook, SOURCES.parent / path.name)


if __name__ == "__main__":
    main()
