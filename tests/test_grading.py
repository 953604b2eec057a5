"""Thirty students hand in, and nbgrader grades them: the right ones, the wrong ones, the broken."""

import csv
import html
import json
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed: pip install -e '.[teach]'")
import grade  # noqa: E402
import make_assignments  # noqa: E402
from nbformat.v4 import new_code_cell  # noqa: E402

from gan_lib.exercises.all import EXERCISES  # noqa: E402

NAME = "03_two_networks"
NAMES = ("parameters", "cross_entropy", "side")
RIGHT = "from gan_lib.exercises.all import EXERCISES\n{0} = EXERCISES['{0}'].right"
SLIP = "from gan_lib.exercises.all import EXERCISES\n{0} = [*EXERCISES['{0}'].slips.values()][{1}]"
ENDLESS = "def {0}(*_):\n    while True:\n        pass"
RAISES = "raise ValueError('a cell that stops')"


@pytest.fixture(scope="module")
def class_room(tmp_path_factory):
    """The folder after grading, and what was said of those that could not be graded."""
    folder = tmp_path_factory.mktemp("assignments")
    assert NAME in make_assignments.make(folder)
    for student, answers in students().items():
        hand_in(folder, student, answers)
    twice = read(folder, "twice")
    twice.cells.append(twice.cells[3])  # the answer cell of the first exercise, with its metadata
    write(folder, "twice", twice)
    place(folder, "cut").write_text(place(folder, "right_0").read_text()[:500])
    return folder, grade.grade(folder)


def students():
    """Who hands in what: for each exercise the code of the answer cell, or nothing."""
    right = {name: RIGHT.format(name) for name in NAMES}
    handed_in = {f"right_{i}": right for i in range(7)} | {
        "blank": {},
        "twice": right,
        "cut": right,
    }
    handed_in["endless"] = right | {"side": ENDLESS.format("side")}
    handed_in["raises"] = right | {"parameters": RAISES}
    for name in NAMES:
        for i in range(len(EXERCISES[name].slips)):
            handed_in[f"{name}_{i}"] = right | {name: SLIP.format(name, i)}
    return handed_in


def place(folder: Path, student: str) -> Path:
    return folder / "submitted" / student / NAME / f"{NAME}.ipynb"


def read(folder, student):
    return nbformat.read(place(folder, student), as_version=4)


def write(folder, student, notebook):
    place(folder, student).write_text(json.dumps(notebook))


def hand_in(folder, student, answers):
    notebook = nbformat.read(folder / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    for cell in notebook.cells:
        if (name := cell.metadata.get("nbgrader", {}).get("grade_id")) in answers:
            cell.source = answers[name]
    notebook.cells.append(new_code_cell("# a note of my own"))
    place(folder, student).parent.mkdir(parents=True)
    write(folder, student, notebook)


def points(folder):
    rows = csv.DictReader((folder / "grades.csv").read_text().splitlines())
    return {(row["student"], row["exercise"]): (row["points"], row["of"]) for row in rows}


def test_there_are_thirty():
    assert len(students()) == 30


def test_right_answers_get_full_points_and_blanks_none(class_room):
    folder, _ = class_room
    given = points(folder)
    for name in NAMES:
        full = str(EXERCISES[name].points)
        assert given["blank", name] == ("0", full)
        for i in range(6):
            assert given[f"right_{i}", name] == (full, full)


def test_each_known_wrong_answer_gets_none_and_its_sentence_stands_in_the_feedback(class_room):
    folder, _ = class_room
    given = points(folder)
    for name in NAMES:
        for i, sentence in enumerate(EXERCISES[name].slips):
            student = f"{name}_{i}"
            for other in NAMES:
                full = str(EXERCISES[other].points)
                assert given[student, other] == ("0" if other == name else full, full)
            page = (folder / "feedback" / student / NAME / f"{NAME}.html").read_text()
            assert sentence in html.unescape(page)


def test_what_does_not_end_or_raises_costs_its_own_points_only(class_room):
    folder, _ = class_room
    given = points(folder)
    assert given["endless", "side"][0] == given["raises", "parameters"][0] == "0"
    full = str(EXERCISES["cross_entropy"].points)
    assert given["endless", "cross_entropy"] == given["raises", "cross_entropy"] == (full, full)


def test_a_broken_notebook_is_named_and_stops_nobody_elses_grading(class_room):
    _, failed = class_room
    assert len(failed) == 2
    assert failed[0].startswith(f"cut, {NAME}: not graded. ")
    assert failed[1].startswith(f"twice, {NAME}: not graded. ") and "\n" not in "".join(failed)
