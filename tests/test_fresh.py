"""A fresh copy is what the source builds, and nothing that somebody wrote is lost."""

import shutil
import subprocess

import build_notebooks
import fresh
import nbformat
import pytest


@pytest.fixture
def course(tmp_path, monkeypatch):
    """The first notebooks and their sources, in a folder of this test."""
    folder = tmp_path / "notebooks"
    (folder / "solutions").mkdir(parents=True)
    for name in ("00_start_here", "02_data"):
        for part in (".", "solutions"):
            shutil.copy(build_notebooks.SOURCES.parent / part / f"{name}.ipynb", folder / part)
    monkeypatch.setattr(build_notebooks, "SOURCES", folder / "solutions")
    monkeypatch.setattr(fresh, "NOTEBOOKS", folder)
    return folder


def write_in(path, change):
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)
    return path.read_bytes()


def test_what_was_written_is_kept_and_the_notebook_is_as_at_first(course, capsys):
    path = course / "02_data.ipynb"
    at_first = path.read_bytes()
    mine = write_in(path, lambda n: n.cells[9].update(source="def scale(levels):\n    return 1"))
    fresh.main(["02"])
    assert path.read_bytes() == at_first
    (kept,) = (course / "mine").iterdir()
    assert kept.read_bytes() == mine and kept.stem.startswith("02_data 20")
    assert capsys.readouterr().out.strip().endswith(f"yours is notebooks/mine/{kept.name}")


def test_one_that_was_only_run_has_nothing_to_be_kept(course, capsys):
    path = course / "00_start_here.ipynb"
    at_first = path.read_bytes()
    write_in(path, lambda n: [c.update(outputs=[]) for c in n.cells if c.cell_type == "code"])
    fresh.main([])
    assert path.read_bytes() == at_first and not (course / "mine").exists()
    assert capsys.readouterr().out == ""


def test_a_damaged_or_missing_one_comes_back_too(course):
    damaged, missing = course / "00_start_here.ipynb", course / "02_data.ipynb"
    damaged.write_text("{ not a notebook")
    missing.unlink()
    fresh.main([])
    assert len(nbformat.read(damaged, as_version=4).cells) > 10 and missing.exists()
    (kept,) = (course / "mine").iterdir()
    assert kept.read_text() == "{ not a notebook"


def test_a_name_that_is_not_there_is_one_line(course):
    with pytest.raises(SystemExit, match="No notebook begins with 42."):
        fresh.main(["42"])


def test_an_update_gets_the_newest_version_and_keeps_what_was_written(
    course, tmp_path, monkeypatch
):
    def git(*words, at):
        name = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", *name, *words], cwd=at, check=True, capture_output=True)

    root = course.parent
    git("init", "-b", "main", at=root)
    git("add", ".", at=root)
    git("commit", "-m", "one", at=root)
    git("clone", str(root), str(tmp_path / "learner"), at=root)
    for part in (".", "solutions"):
        write_in(course / part / "02_data.ipynb", lambda n: n.cells[0].update(source="# newer"))
    git("commit", "-am", "two", at=root)
    theirs = tmp_path / "learner" / "notebooks"
    mine = write_in(theirs / "02_data.ipynb", lambda n: n.cells[9].update(source="mine"))
    monkeypatch.setattr(build_notebooks, "SOURCES", theirs / "solutions")
    monkeypatch.setattr(fresh, "NOTEBOOKS", theirs)
    with pytest.raises(SystemExit) as ended:
        fresh.main(["--update"])
    assert ended.value.code == 0
    assert nbformat.read(theirs / "02_data.ipynb", as_version=4).cells[0].source == "# newer"
    (kept,) = (theirs / "mine").iterdir()
    assert kept.read_bytes() == mine
