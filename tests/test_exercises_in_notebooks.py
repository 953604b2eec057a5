"""The notebooks that learners get: built from their solved source, and nothing in them tells."""

import ast
import re

import build_notebooks
import nbformat
import pytest
from test_notebooks import GLOSSARY, NOTEBOOKS, asked_in, code, prose, title_of, unfolded

from gan_lib.exercises.all import EXERCISES, PREDICTIONS
from gan_lib.exercises.exercise import judge

SOURCES = sorted(build_notebooks.SOURCES.glob("*.ipynb"))
LEARNERS = [nbformat.read(path, as_version=4) for path in NOTEBOOKS]
ASKING = [notebook for notebook in LEARNERS if asked_in(notebook)]


@pytest.fixture(params=ASKING, ids=title_of)
def asking(request):
    return request.param


def of(notebook, kind):
    return [name for name, one in kind.items() if one.notebook == title_of(notebook)]


def test_the_notebooks_are_what_their_sources_build():
    learners = sorted([*NOTEBOOKS, GLOSSARY])
    assert [path.name for path in SOURCES] == [path.name for path in learners]
    for source, path in zip(SOURCES, learners):
        built = build_notebooks.built(nbformat.read(source, as_version=4))
        same = nbformat.writes(built) + "\n" == path.read_text(encoding="utf-8")
        assert same, f"{path.name}: python tools/build_notebooks.py"


def test_each_exercise_and_each_prediction_stands_in_its_notebook_and_nowhere_else(asking):
    asked = asked_in(asking)
    assert sorted(asked) == sorted(of(asking, EXERCISES) + of(asking, PREDICTIONS))
    listed = [name for name in EXERCISES if name in asked]
    assert listed == [name for name in asked if name in EXERCISES], "in another order"


def test_an_exercise_is_told_tried_checked_and_hinted_at(asking):
    cells = asking.cells
    for name in of(asking, EXERCISES):
        (at,) = [
            i for i, c in enumerate(cells) if c.metadata.get("gan", {}).get("exercise") == name
        ]
        told = f"**Exercise** `{name}` ({EXERCISES[name].minutes} minutes)."
        assert told in cells[at - 1].source
        assert f"def {name}(" in cells[at].source and "..." in cells[at].source
        assert cells[at + 1].source == f'check("{name}", {name})'
        assert cells[at + 2].metadata.gan.hints == name
        assert cells[at + 2].source.count("<details>") == 3  # two hints, and the solution
        assert f"def {name}(" in cells[at + 2].source and not unfolded(cells[at + 2].source).strip()
        for cell in cells[at : at + 2]:
            assert not cell.outputs


def test_no_solution_stands_unfolded(asking):
    path = build_notebooks.SOURCES / NOTEBOOKS[LEARNERS.index(asking)].name
    shown = [cell.source for cell in code(asking)] + [unfolded(prose(asking))]
    for cell in code(nbformat.read(path, as_version=4)):
        for solution in build_notebooks.SOLUTION.finditer(cell.source):
            for line in solution["solved"].strip().splitlines():
                if len(line.strip()) > 25:
                    assert not any(line.strip() in text for text in shown), line
            stub = solution["stub"].replace("...", "").strip()
            assert stub in solution["solved"], f"{stub}: not a part of the solution"


def test_each_solution_is_right(asking):
    path = build_notebooks.SOURCES / NOTEBOOKS[LEARNERS.index(asking)].name
    names = {}
    for cell in code(nbformat.read(path, as_version=4)):
        if name := cell.metadata.get("gan", {}).get("exercise"):
            exec(build_notebooks.solved(cell.source), names)
            assert judge(EXERCISES[name], names[name]) == ""
        else:
            nodes = ast.parse(cell.source).body
            imports = [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
            exec(compile(ast.Module(imports, []), path.name, "exec"), names)


def test_a_prediction_is_made_before_it_is_revealed_and_nothing_stored_reveals_it(asking):
    cells = asking.cells
    source = [cell.source if cell.cell_type == "code" else "" for cell in cells]
    after_of = [cell.metadata.get("gan", {}).get("after", "").split() for cell in cells]
    for name in of(asking, PREDICTIONS):
        (asks,) = [i for i, text in enumerate(source) if f'predict("{name}")' in text]
        reveal = re.compile(rf'reveal\(\s*"{name}"')
        (reveals,) = [i for i, text in enumerate(source) if reveal.search(text)]
        (after,) = [i for i, names in enumerate(after_of) if name in names]
        assert asks < reveals < after
        options = "".join(f"\n  ( ) {option}" for option in PREDICTIONS[name].options)
        stored = [output.data["text/plain"] for output in cells[asks].outputs]
        assert f"Predict: {PREDICTIONS[name].question}{options}" in stored
        assert not cells[reveals].outputs and not unfolded(cells[after].source).strip()
        for cell in cells[asks + 1 : after]:
            pictures = [o for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
            assert not pictures, f"a stored picture between {name} and its end"


def test_after_each_notebook_five_questions_whose_wrong_answers_have_a_name(asking):
    text = prose(asking).split("## Check yourself")[1].split("## Try it")[0]
    questions = re.split(r"^(?:<br>)?\*\*\d\.\*\* ", text, flags=re.M)[1:]
    assert len(questions) == 5
    assert not re.search(r"<summary>[^<]*[`*]", text), "a summary is HTML: <code>, not `"
    letters = []
    for question in questions:
        answers = re.findall(
            r"<summary>(\w)\) .*?</summary>\n\n(.*?)\n\n</details>", question, re.S
        )
        right = [letter for letter, said in answers if said.startswith("Yes")]
        wrong = [said for letter, said in answers if letter not in right]
        assert len(answers) >= 3 and len(right) == 1
        assert all(re.match(r"No\. \*[^*]+\*[:.] ?", said) for said in wrong), question
        letters += right
    assert len(set(letters)) > 1, "the right answers all have the same letter"


def test_it_has_a_recap_links_and_a_summary_of_what_was_done(asking):
    text = prose(asking)
    assert len(text.split("## Recap")[1].split("##")[0].split()) >= 40
    assert 2 <= len(re.findall(r"\]\(https?://", text.split("**Read on.**")[1])) <= 3
    assert f'progress("{title_of(asking)}")' in [cell.source for cell in code(asking)]


def test_each_try_it_has_its_outcome_folded_below(asking):
    tasks = prose(asking).split("## Try it")[1]
    tasks = re.split(r"^\d\. ", tasks, flags=re.M)[1:]
    assert tasks
    for task in tasks:
        said = re.search(
            r"<summary>What you should find</summary>\n\n(.+?)\n\n</details>", task, re.S
        )
        assert said and len(said.group(1)) > 40, task
