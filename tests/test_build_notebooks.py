"""What becomes of a solved source, and what is refused."""

import build_notebooks
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

SOLVED = """def twice(x):
    y = x
    # BEGIN SOLUTION: return ...
    z = 2 * y
    return z
    # END SOLUTION


print(twice(2))"""
BLANK = """def twice(x):
    y = x
    return ...


print(twice(2))"""


def source(*cells):
    return new_notebook(cells=list(cells))


def answer(text=SOLVED):
    return new_code_cell(text, metadata={"gan": {"exercise": "twice"}}, outputs=printed("4"))


def printed(text):
    return [new_output("stream", text=text)]


def test_a_blank_stands_for_the_solution_and_the_source_stays_as_it_is():
    notebook = source(answer(), new_code_cell('check("twice", twice)', outputs=printed("Right.")))
    before = nbformat.writes(notebook)
    built = build_notebooks.built(notebook)
    assert [cell.source for cell in built.cells] == [BLANK, 'check("twice", twice)']
    assert not any(cell.outputs for cell in built.cells)
    assert nbformat.writes(notebook) == before


def test_two_solutions_in_one_cell():
    text = "# BEGIN SOLUTION: a = ...\na = 1\n# END SOLUTION\nb = 2\n" * 2
    assert build_notebooks.with_blanks(text) == "a = ...\nb = 2\na = ...\nb = 2"
    assert build_notebooks.solved(text) == "a = 1\nb = 2\na = 1\nb = 2"


def test_hints_unfold_one_in_the_other_and_then_the_solution():
    hints = new_markdown_cell("First.\n\n**Hint 2.** Second.", metadata={"gan": {"hints": "twice"}})
    _, built = build_notebooks.built(source(answer(), hints)).cells
    parts = built.source.split("<details><summary>")
    assert [part.split("</summary>")[0] for part in parts[1:]] == [
        "Hint",
        "Another hint",
        "Solution",
    ]
    assert "First." in parts[1] and "\n\nSecond." in parts[2] and "z = 2 * y" in parts[3]
    assert "SOLUTION" not in built.source and built.source.count("</details>") == 3


def test_what_speaks_of_a_prediction_is_folded_and_its_output_is_not_kept():
    cells = [
        new_code_cell(
            "predict('x')", outputs=[new_output("display_data", {"text/plain": "Predict: ?"})]
        ),
        new_code_cell('x = 1\nreveal("x", x)', outputs=printed("Measured")),
        new_code_cell("draw()", metadata={"gan": {"hidden": True}}, outputs=printed("curve")),
        new_code_cell("print(2)", outputs=printed("2")),
        new_markdown_cell("So it is.", metadata={"gan": {"after": "x"}}),
    ]
    built = build_notebooks.built(source(*cells)).cells
    assert [len(cell.outputs) for cell in built[:4]] == [1, 0, 0, 1]
    assert built[4].source == build_notebooks.folded("Afterwards", "So it is.")


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ([answer("def twice(x):\n    return 2 * x")], "no solution in its cell"),
        ([answer(SOLVED.replace("    # END SOLUTION\n", ""))], "not closed"),
        ([answer(SOLVED.replace("# BEGIN SOLUTION: return ...", ""))], "not closed, or not opened"),
        ([answer(SOLVED.replace("SOLUTION: return ...", "SOLUTION"))], "marks no solution"),
        ([answer(SOLVED.replace("# END SOLUTION", "# END  SOLUTION"))], "marks no solution"),
        ([new_markdown_cell("x", metadata={"gan": {"hints": "twice"}})], "no exercise of this"),
    ],
)
def test_a_source_with_a_slip_is_refused(cells, says):
    with pytest.raises(build_notebooks.SourceError, match=says):
        build_notebooks.built(source(*cells))
