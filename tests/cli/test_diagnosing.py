"""`diagnose`: what it says of a real training, and one line for what it cannot judge."""

import shutil

import pytest

from gan_lib.cli.commands import main
from gan_lib.keeping import checkpoints, history
from gan_lib.keeping.folder import TrainingFolder
from gan_lib.length import Length
from gan_lib.recipes import QUICK
from gan_lib.sources.bundled import resource
from gan_lib.state import new_state


@pytest.fixture(scope="module")
def run(few, tmp_path_factory):
    """A real training of thirty steps."""
    path = tmp_path_factory.mktemp("runs") / "quick"
    with TrainingFolder(path) as folder:
        for _ in folder.train(new_state(QUICK, few, 7, "cpu"), few, Length(steps=30)):
            pass
    return path


@pytest.fixture
def copied(run, tmp_path):
    return shutil.copytree(run, tmp_path / "run")


def said(capsys, *arguments):
    status = main(["diagnose", *map(str, arguments)])
    out, err = capsys.readouterr()
    return status, out, err.splitlines()


def test_a_folder_its_checkpoint_and_its_history_are_the_same_training(run, capsys):
    texts = [said(capsys, path) for path in (run, run / "last.safetensors", run / "history.csv")]
    assert len({out.split("\n", 1)[1] for _, out, _ in texts}) == 1  # but for the name
    status, out, err = texts[0]
    assert status == 0 and err == []
    assert "step 30, quick on MNIST train 320" in out and "Vital signs, step 30:" in out
    assert "whether it knows its images by heart cannot be told" in out  # these are others
    assert "Too early to say more" in out


def test_a_bundled_pair_is_healthy(capsys):
    status, out, err = said(capsys, resource("quick.safetensors"))
    assert (status, err) == (0, [])
    assert "There is no history beside it" in out and "Looks healthy" in out


def test_without_its_checkpoint_the_history_speaks(copied, capsys):
    (copied / "last.safetensors").unlink()
    status, out, err = said(capsys, copied)
    assert status == 0 and "only the history is looked at" in out and "Vital signs" in out


def test_a_history_that_was_cut_short_is_read_as_far_as_it_goes(copied, capsys):
    path = copied / "history.csv"
    path.write_bytes(path.read_bytes()[:-900])
    status, out, err = said(capsys, copied)
    assert status == 0 and ", the checkpoint at 30." in out


def broken(copied, kind):
    path = copied / "history.csv"
    records = history.read(path)
    if kind == "three steps":
        history.write(path, records[:3])
    elif kind == "empty":
        path.write_text("")
    elif kind == "another program's":
        path.write_text("epoch,loss\n1,0.3\n2,0.2\n")
    elif kind == "nothing there":
        shutil.rmtree(copied)
        copied.mkdir()
    elif kind == "half a checkpoint":
        file = copied / "last.safetensors"
        file.write_bytes(file.read_bytes()[:5000])
    elif kind == "no such folder":
        return copied / "elsewhere"
    return copied


KINDS = {
    "three steps": "3 steps, too few to judge",
    "empty": "holds no step that can be read",
    "another program's": "holds no step that can be read",
    "nothing there": "holds neither last.safetensors nor history.csv",
    "half a checkpoint": "last.safetensors",
    "no such folder": "does not exist",
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_judged_is_said_in_one_line(copied, kind, capsys):
    status, out, err = said(capsys, broken(copied, kind))
    assert status == 1 and out == "" and len(err) == 1, (out, err)
    assert KINDS[kind] in err[0]


def test_its_images_may_be_missing(copied, capsys, monkeypatch):
    monkeypatch.setattr("gan_lib.cli.diagnosing.real_images", lambda *_: missing())
    status, out, err = said(capsys, copied)
    assert status == 0 and "Only the history is looked at: no images here" in out


def test_a_recipe_of_ones_own_leaves_the_history(copied, capsys, monkeypatch):
    monkeypatch.setattr("gan_lib.keeping.chosen.RECIPES", {})
    status, out, err = said(capsys, copied)
    assert status == 0 and "Only the history is looked at" in out and "unknown here" in out


def test_a_checkpoint_that_names_no_images_is_not_asked_about_digits(few, tmp_path, capsys):
    path = checkpoints.save(new_state(QUICK, few, 7, "cpu"), tmp_path)
    status, out, err = said(capsys, path)
    assert status == 1 and "does not say which images" in err[0] and len(err) == 1


def missing():
    from gan_lib.data import DataError

    raise DataError("no images here")
