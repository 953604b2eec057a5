"""What the teacher's texts promise: minutes that add up, exercises that exist, answers that fit."""

import re
from collections import Counter
from pathlib import Path

import make_answer_key
import nbformat
import pytest
from test_notebooks import NOTEBOOKS

from gan_lib.exercises.all import EXERCISES, PREDICTIONS

TEACHING = Path(__file__).parents[1] / "teaching"
PLANS = sorted(TEACHING.glob("plan_*.md"))
KNOWN = EXERCISES | PREDICTIONS
PARTS = (
    "Predictions, and the split to expect", "Misconceptions to listen for", "To discuss",
    "Exit ticket", "If short of time", "If a laptop fails",
)  # fmt: skip


@pytest.fixture(params=PLANS, ids=lambda path: path.stem)
def plan(request):
    return request.param.read_text(encoding="utf-8")


def rows(text, heading):
    """The cells of the rows below the table's heading that begins with a word."""
    table = text.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]
    ]


def named(text):
    """The exercises and predictions that a text names, and what looks like one and is none."""
    words = re.findall(r"`([a-z0-9_-]+)`", text)
    others = {"detach", "minibatch", "zero_grad", "resources", "ok", "quick", "conditional"}
    return [word for word in words if word not in others]


def test_there_are_ten_plans_of_ninety_minutes():
    assert len(PLANS) == 10
    for path in PLANS:
        minutes = [int(cells[0]) for cells in rows(path.read_text(encoding="utf-8"), "minutes")]
        assert sum(minutes) == 90 and max(minutes) <= 20, path.name


def test_a_plan_names_what_exists_and_lies_in_its_notebooks(plan):
    for part in PARTS:
        assert f"## {part}\n" in plan, part
    titles = [re.sub(r"^\d\d ", "", name) for name in re.findall(r"\[(\d\d [^\]]+)\]", plan)]
    for name in named(plan):
        assert name in KNOWN, name
        assert KNOWN[name].notebook in titles, f"{name} is of {KNOWN[name].notebook}"
    table = (
        "\n".join(" ".join(cells) for cells in rows(plan, "minutes")) + plan.split("Homework")[-1]
    )
    for cells in rows(plan, "prediction"):
        assert named(cells[0])[0] in named(table), f"{cells[0]} is in no lesson"


def test_an_exercise_has_at_least_its_minutes(plan):
    for minutes, _, *about in rows(plan, "minutes"):
        exercises = [EXERCISES[name] for name in named(" ".join(about)) if name in EXERCISES]
        assert sum(exercise.minutes for exercise in exercises) <= int(minutes) + 2, about


def test_every_exercise_and_prediction_is_in_a_plan():
    text = "\n".join(path.read_text(encoding="utf-8") for path in PLANS)
    assert set(KNOWN) <= set(named(text)), set(KNOWN) - set(named(text))


def long_sections():
    """Notebook's number and section → seconds of its cells that take long, as they last ran."""
    found = Counter()
    for path in sorted((TEACHING.parent / "notebooks" / "solutions").glob("[0-9]*.ipynb")):
        section = ""
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                section = (re.findall(r"^## (.+)$", cell.source, re.M) or [section])[-1]
            found[path.name[:2], section] += cell.metadata.get("seconds", 0)
    return {place: seconds for place, seconds in found.items() if seconds}


def test_the_long_cells_are_named_with_what_they_take():
    table = rows((TEACHING / "README.md").read_text(encoding="utf-8"), "in notebook")
    said = {(number, section.strip("*")): int(seconds) for number, section, seconds in table}
    found = long_sections()
    assert said.keys() == found.keys(), found
    for place, seconds in said.items():
        assert found[place] / 2 <= seconds <= 2 * found[place], (place, found[place])


def test_a_misconception_is_found_by_something_that_exists():
    table = rows((TEACHING / "misconceptions.md").read_text(encoding="utf-8"), "they say")
    assert len(table) >= 20
    for says, why, experiment, found in table:
        assert says and why and experiment
        assert re.match(r"question [1-5] of \d\d$", found) or set(named(found)) <= set(KNOWN), found


def test_the_answer_key_is_fresh():
    key = make_answer_key.KEY.read_text(encoding="utf-8")
    assert key == make_answer_key.answer_key(), "python tools/make_answer_key.py"
    assert all(f"### `{name}` (" in key for name in EXERCISES)


def test_links_lead_somewhere():
    for path in TEACHING.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
    assert len(NOTEBOOKS) >= 9
