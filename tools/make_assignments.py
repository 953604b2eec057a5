"""nbgrader assignments from the solved notebooks: the exercises of each, and nothing else.

    python tools/make_assignments.py [FOLDER]        # `assignments`; needs the extra "teach"

Makes FOLDER with nbgrader's configuration, FOLDER/source with solutions and FOLDER/release with
blanks: what students get. Put what they hand in under FOLDER/submitted/NAME/ASSIGNMENT/, and then
`python tools/grade.py FOLDER`.
"""

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import build_notebooks
import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

from gan_lib.exercises.all import EXERCISES
from gan_lib.keeping.files import write_atomically

CONFIG = '''"""What `python tools/make_assignments.py` made this course with."""

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "gan"
c.ClearSolutions.code_stub = {"python": "return ..."}  # the default raises, and stops Run All
c.ExecutePreprocessor.timeout = 120  # seconds a cell
'''


def assignments() -> Iterator[tuple[str, NotebookNode]]:
    """The name of each assignment, and its source notebook."""
    for path in sorted(build_notebooks.SOURCES.glob("*.ipynb")):
        solved = nbformat.read(path, as_version=4)
        if any(build_notebooks.solutions_of(solved)):
            yield path.stem, assignment(solved)


def assignment(solved: NotebookNode) -> NotebookNode:
    """Of a solved notebook: its title, its imports, and each exercise with its check."""
    title = solved.cells[0].source.splitlines()[0]
    text = "Write your code where the `...` stands. Each check below says what is wrong, if it is."
    cells = [new_markdown_cell(f"{title}\n\n{text}"), new_code_cell(_imports(solved))]
    for number, cell in enumerate(solved.cells):
        if name := cell.metadata.get("gan", {}).get("exercise"):
            cells += [new_markdown_cell(solved.cells[number - 1].source)]
            cells += [_graded(_answer(cell.source), name, solution=True)]
            cells += [_graded(f'check("{name}", {name})', f"check_{name}", EXERCISES[name].points)]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number:02d}"
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _imports(solved: NotebookNode) -> str:
    """What the solutions use: torch, and the check."""
    needed = {"import torch": "torch", "import torch.nn.functional as F": "F"}
    needed["from gan_lib import objectives"] = "objectives"
    sources = [c.source for c in solved.cells if c.metadata.get("gan", {}).get("exercise")]
    names = {n.id for text in sources for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
    lines = [line for line, name in needed.items() if name in names]
    return "\n".join([*lines, "", "from gan_lib.exercises import check"]).strip()


def _answer(code: str) -> str:
    """The function alone, marked as nbgrader wants it."""
    code = code[code.index("def ") :]
    code = build_notebooks.SOLUTION.sub(
        lambda m: f"{m['indent']}### BEGIN SOLUTION\n{m['solved']}{m['indent']}### END SOLUTION\n",
        code,
    )
    return code.rstrip("\n")


def _graded(code: str, name: str, points: int = 0, solution: bool = False) -> NotebookNode:
    about = {"schema_version": 3, "grade_id": name, "solution": solution, "task": False}
    about |= {"grade": not solution, "locked": not solution}
    if not solution:
        about["points"] = points
    return new_code_cell(code, metadata={"nbgrader": about})


def make(folder: Path) -> list[str]:
    """Write the sources and the release; the names of the assignments."""
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "nbgrader_config.py", CONFIG.encode())
    nbgrader, names = api(folder), []
    for name, notebook in assignments():
        place = folder / "source" / name / f"{name}.ipynb"
        place.parent.mkdir(parents=True, exist_ok=True)
        build_notebooks.write(notebook, place)
        result = nbgrader.generate_assignment(name, force=True, create=True)
        if not result["success"]:
            raise SystemExit(f"nbgrader cannot make {name}:\n{result['log']}")
        names.append(name)
    return names


def api(folder: Path) -> NbGraderAPI:
    """nbgrader on that folder, configured as CONFIG says. It calls a program of its environment."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    config = Config()
    exec(CONFIG, {"get_config": lambda: config})
    config.CourseDirectory.root = str(folder.resolve())
    return NbGraderAPI(config=config)


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "assignments")
    print(f"{folder}/release: {', '.join(make(folder))}")
