"""What the notebooks look like as committed. That they run is nbval's part, over notebooks/."""

import ast
import re
from pathlib import Path
from unittest import mock

import nbformat
import pytest

from gan_lib.keeping import checkpoints
from gan_lib.sources.bundled import resource

ROOT = Path(__file__).parents[1]

GLOSSARY = ROOT / "notebooks" / "glossary.ipynb"
NOTEBOOKS = sorted(set((ROOT / "notebooks").glob("*.ipynb")) - {GLOSSARY})
TITLE = r"# \d\d · (.*)\n"


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def read(title):
    """The notebook of that title."""
    read = [nbformat.read(path, as_version=4) for path in NOTEBOOKS]
    (found,) = [notebook for notebook in read if titled(notebook, title)]
    return found


def titled(notebook, title):
    return title_of(notebook) == title


def title_of(notebook):
    return re.match(TITLE, prose(notebook)).group(1)


def outputs(notebook):
    return [output for cell in code(notebook) for output in cell.outputs]


def unfolded(text):
    """Markdown without what is folded away in it, however deep."""
    inner = re.compile(r"<details>(?:(?!<details>).)*?</details>", re.S)
    while (less := inner.sub("", text)) != text:
        text = less
    return text


def asked_in(notebook):
    """The names of the exercises and of the predictions, in the order in which they come."""
    source = "\n".join(cell.source for cell in code(notebook))
    checks, predictions = r'^check\("(\w+)", \1\)$', r'^predict\("([\w-]+)"\)$'
    return re.findall(checks, source, re.M) + re.findall(predictions, source, re.M)


def test_there_are_notebooks_in_reading_order():
    numbers = [int(path.name[:2]) for path in NOTEBOOKS]
    assert numbers == list(range(len(numbers))) and len(numbers) >= 7


def test_it_was_run_from_top_to_bottom_and_saved_without_an_error(notebook):
    counts = [cell.execution_count for cell in code(notebook)]
    assert counts == list(range(1, len(counts) + 1))
    kinds = {output.output_type for output in outputs(notebook)}
    assert "error" not in kinds
    assert notebook.metadata.kernelspec.name == "python3"  # else JupyterLab asks for a kernel


def test_nothing_in_it_tells_of_the_machine_that_ran_it(notebook):
    text = nbformat.writes(notebook)
    found = re.findall(r"(?:/(?:home|root|work|tmp|Users)/|[A-Z]:\\\\)[^\s\"]*", text)
    assert not found
    assert "stderr" not in {output.get("name") for output in outputs(notebook)}


def test_every_picture_has_an_alternative_text(notebook):
    for output in outputs(notebook):
        if "image/png" in output.get("data", {}):
            assert len(output.metadata["image/png"]["alt"]) > 20, output.data["text/plain"]


def test_every_widget_has_a_picture_beside_it(notebook):
    """The cell after a widget, or the widget's own cell, shows a picture."""
    cells = code(notebook)
    for cell, after in zip(cells, [*cells[1:], None]):
        mimes = [mime for o in cell.outputs for mime in o.get("data", {})]
        if cell.source.startswith("predict("):  # a question is text as well
            assert cell.outputs[0].data["text/plain"].startswith("Predict: ")
        elif "application/vnd.jupyter.widget-view+json" in mimes:
            beside = mimes + [mime for o in after.outputs for mime in o.get("data", {})]
            assert "image/png" in beside, cell.source


def test_cells_are_small_and_the_prose_is_enough(notebook):
    for cell in code(notebook):
        assert len(cell.source.splitlines()) <= 15, cell.source
    lines = sum(len(cell.source.splitlines()) for cell in code(notebook))
    words = len(unfolded(prose(notebook)).split())
    # The first checks and shows; it has less to build than the others.
    assert (20 if titled(notebook, "Start here") else 100) <= lines <= 250
    assert 600 <= words <= (1500 if asked_in(notebook) else 2000)


def test_it_says_what_for_how_long_and_what_next(notebook):
    text = prose(notebook)
    assert re.match(TITLE, text)
    for part in ("After this notebook you will be able to", "**Time:**", "## Try it", "**Next:**"):
        assert part in text, part


def test_it_prints_the_time_that_it_took_and_the_prose_does_not_contradict_it(notebook):
    printed = "".join(o.get("text", "") for o in outputs(notebook))
    seconds = int(re.search(r"This notebook took (\d+) seconds", printed).group(1))
    claim = re.search(r"\*\*Time:\*\* (.*?) to run", prose(notebook)).group(1)
    claimed = {"half a minute": 30, "under a minute": 30, "a minute": 60, "two minutes": 120}
    assert seconds <= 2 * claimed[claim], f"“{claim}” for {seconds} s"


def test_links_between_notebooks_lead_somewhere(notebook):
    for target in re.findall(r"\]\(([^)#:]+\.ipynb)\)", prose(notebook)):
        assert (NOTEBOOKS[0].parent / target).exists(), target


def test_words_of_the_field_are_explained_in_the_glossary_which_every_notebook_names(notebook):
    glossary = nbformat.read(GLOSSARY, as_version=4).cells[0].source
    assert "(glossary.ipynb)" in notebook.cells[0].source
    for name in re.findall(r"\b(?:FID|KID|MMD|AUC|EMA|DCGAN|SeFa|C_T)\b", prose(notebook)):
        assert name in glossary, name


def test_the_glossary_has_the_standard_names_in_order_and_they_stand_in_bold_where_it_says():
    text = nbformat.read(GLOSSARY, as_version=4).cells[0].source
    entries = re.findall(r"^\*\*(.+?)\*\*(.*)$", text, re.M)
    names = [name.lower().replace("–", "-").replace("_", "") for name, _ in entries]
    assert names == sorted(names) and len(names) > 40
    for name in (
        "FID, KID, MMD, Inception score, AUC, EMA, overfitting, Lipschitz, minimax, equilibrium, "
        "DCGAN, GAN inversion, mode collapse"
    ).split(", "):
        assert name.lower() in text.lower(), name
        bold = re.compile(rf"\*\*[^*]*{name}[^*]*\*\*", re.I)
        assert any(bold.search(prose(nbformat.read(p, as_version=4))) for p in NOTEBOOKS), name
    for name, said in entries:
        targets = re.findall(r"\]\((\w+\.ipynb)\)", said)
        assert targets and len(said) > 20, name
        stems = re.sub(r"[\W_]+", " ", name.lower())
        for target in targets:
            there = prose(nbformat.read(ROOT / "notebooks" / target, as_version=4)).lower()
            assert re.sub(r"[\W_]+", " ", there).count(stems) > 0, f"{name} in {target}"


def test_it_does_the_same_in_whichever_folder_the_kernel_starts(notebook):
    for cell in code(notebook):
        assert not re.search(r"""["']\.\.?/|Path\(["']""", cell.source), cell.source


def test_its_trainings_are_so_many_steps_long_on_any_machine(notebook):
    for cell in code(notebook):
        if "seconds=seconds), time.process_time)" in cell.source:
            assert titled(notebook, "Better games")  # of which equal seconds are the subject,
            assert "assert" not in cell.source  # and of which nothing is asserted
        else:
            assert not re.search(r"Length\((?!steps=)", cell.source), cell.source


def test_the_doctor_speaks_before_anything_that_may_be_missing_is_imported():
    cells = [cell.source for cell in code(read("Start here"))]
    (first,) = [i for i, source in enumerate(cells) if "doctor.examine()" in source]
    nodes = [node for source in cells[: first + 1] for node in ast.walk(ast.parse(source))]
    names = [a.name for node in nodes if isinstance(node, ast.Import) for a in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
    assert set(names) == {"time", "gan_lib.cli"}


def test_a_damaged_pair_of_ones_own_is_passed_over_with_one_line(tmp_path, capsys):
    (cell,) = [cell for cell in code(read("How good is it?")) if "last.safetensors" in cell.source]
    trained = mock.Mock(sample=lambda count: ("trained", None))
    names = {
        "resource": lambda name: tmp_path / "resources" / name,
        "checkpoints": checkpoints,
        "train": lambda *_: [trained],
        "as_table": lambda readings: "table",
        "x": range(3),
    } | {name: mock.MagicMock() for name in ("new_state", "QUICK", "mnist", "Length", "yardstick")}

    def run():
        exec(cell.source, names)
        return names["x_mine"], capsys.readouterr().out.splitlines()

    path = tmp_path / "runs" / "quick" / "last.safetensors"
    assert run() == ("trained", ["table"])
    path.parent.mkdir(parents=True)
    path.write_bytes(b"damaged")
    x, (said, _) = run()
    assert x == "trained" and str(path) in said
    path.write_bytes(resource("quick.safetensors").read_bytes())
    x, said = run()
    assert x.shape == (3, 1, 28, 28) and said == ["table"]
