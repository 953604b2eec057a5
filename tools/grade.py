"""Grade what students handed in, with nbgrader: one of them after the other.

    python tools/grade.py [FOLDER [ASSIGNMENT ...]]        # `assignments`, all that were handed in

A notebook that nbgrader cannot read, or a student who copied a cell twice, is named in the end and
stops nobody else's grading. Writes FOLDER/autograded, pages of feedback in FOLDER/feedback with the
sentence of each check, and FOLDER/grades.csv.
"""

import csv
import io
import sys
from pathlib import Path

from make_assignments import api
from nbgrader.api import Gradebook

from gan_lib.keeping.files import write_atomically


def grade(folder: Path, names: list[str] | None = None) -> list[str]:
    """Grade every student's hand-in of these assignments; a line for each that could not be."""
    nbgrader, failed = api(folder), []
    for place in sorted((folder / "submitted").glob("*/*")):
        student, name = place.parent.name, place.name
        if names and name not in names:
            continue
        for step in (nbgrader.autograde, nbgrader.generate_feedback):
            result = step(name, student, force=True)
            if not result["success"]:
                said = (result.get("error") or result.get("log") or "").strip().splitlines()
                reason = next((line for line in reversed(said) if "Error" in line), "see nbgrader")
                failed.append(f"{student}, {name}: not graded. {reason.strip()}")
                break
    write_atomically(folder / "grades.csv", grades(folder).encode())
    return failed


def grades(folder: Path) -> str:
    """All points so far, as CSV: student, assignment, exercise, points, of how many."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["student", "assignment", "exercise", "points", "of"])
    with Gradebook(f"sqlite:///{folder.resolve()}/gradebook.db", "gan") as book:
        for name in [assignment.name for assignment in book.assignments]:
            for submission in book.assignment_submissions(name):
                for notebook in submission.notebooks:
                    for each in sorted(notebook.grades, key=lambda grade: grade.name):
                        exercise = each.name.removeprefix("check_")
                        student = submission.student.id
                        rows.writerow(
                            [student, name, exercise, f"{each.score:g}", f"{each.max_score:g}"]
                        )
    return text.getvalue()


def main() -> None:
    folder, *names = sys.argv[1:] or ["assignments"]
    failed = grade(Path(folder), names)
    print(f"{folder}/grades.csv and {folder}/feedback are written.", *failed, sep="\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
