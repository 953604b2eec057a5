"""`train` and `sample` as a user meets them: real processes, exit status, one clear line."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lib import data as images
from gan_lib.cli.commands import main
from gan_lib.data import ImageSet, load
from gan_lib.keeping import checkpoints
from gan_lib.keeping.folder import TrainingFolder, stored_length
from gan_lib.length import Length, steps_an_epoch
from gan_lib.measures.classifier import load_classifier
from gan_lib.recipes import CONDITIONAL, QUICK
from gan_lib.sources.bundled import resource
from gan_lib.sources.imageset import to_float
from gan_lib.state import new_state

TRAIN = [sys.executable, "-m", "gan_lib", "train", "--recipe", "quick"]


def train(*arguments):
    """`train` in a process of its own."""
    return subprocess.run([*TRAIN, *map(str, arguments)], capture_output=True, text=True)


def steps_in(out):
    with (out / "history.csv").open() as file:
        return [int(row["step"]) for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A short real training by the command line."""
    out = tmp_path_factory.mktemp("runs") / "quick"
    done = train("--steps", 12, "--seed", 3, "--threads", 1, "--out", out)
    assert done.returncode == 0, done.stderr
    return out, done


def test_train_shows_its_progress_and_leaves_what_it_promises(trained):
    out, done = trained
    assert "step 12" in done.stdout and done.stdout.count("\n") == 1
    assert "Too early to say more: no sign that was measured speaks of an illness." in done.stderr
    for word in ("MNIST, training set", "images/s", "loss D", "D right: real", "left", "seed 3"):
        assert word in done.stderr
    names = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert names == {
        "last.safetensors", "last-00000012.resume.safetensors", "history.csv",
        "samples/last.png", "losses.png", "accuracies.png",
    }  # fmt: skip
    assert steps_in(out) == list(range(1, 13))
    with (out / "history.csv").open() as file:
        assert 0 < float(list(csv.DictReader(file))[-1]["seconds"])
    assert Image.open(out / "samples" / "last.png").size == (604, 604)
    assert checkpoints.read(out / "last.safetensors").about["threads"] == "1"


def test_a_training_is_not_overwritten_and_can_be_resumed(trained, capsys):
    out, _ = trained

    def said(*arguments):
        status = main(["train", "--out", str(out), *map(str, arguments)])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    status, words = said("--recipe", "quick", "--steps", 15)
    assert status == 1 and words.strip().endswith("name a new folder.")
    status, words = said("--recipe", "mlp", "--steps", 15, "--resume")
    assert status == 1 and "of the recipe quick, not mlp" in words
    status, words = said("--recipe", "quick", "--seed", 4, "--resume")
    assert status == 1 and "was started with seed 3, not 4" in words
    status, words = said("--recipe", "quick", "--steps", 5, "--resume")
    assert status == 0 and "step 12" in words and "Until 5 steps now, not 12 steps." in words
    assert "That training is over." in words
    more = train("--steps", 15, "--out", out, "--resume")
    assert more.returncode == 0 and "Going on after step 12." in more.stderr
    assert steps_in(out) == list(range(1, 16))


@pytest.mark.parametrize(
    "length", [Length(steps=6), Length(epochs=0.01), Length(seconds=1)], ids=str
)
def test_resume_without_a_length_goes_on_to_the_stored_one(length, tmp_path, capsys):
    data = load("mnist", "train")
    with TrainingFolder(tmp_path) as folder:
        state = new_state(QUICK, data, threads=1)
        for _ in folder.train(state, data, length, stop=lambda: True):
            pass
    assert state.step == 1
    assert main(["train", "--recipe", "quick", "--out", str(tmp_path), "--resume"]) == 0
    end = checkpoints.read(tmp_path / "last.safetensors").about
    step, seconds = int(end["step"]), float(end["seconds"])
    assert stored_length(end) == length
    assert length.progress(step, seconds, data, QUICK) == 1
    if length.seconds is None:
        expected = length.steps or max(1, round(length.epochs * steps_an_epoch(data, QUICK)))
        assert step == max(2, expected) if expected > 1 else step == 1
    assert "now, not" not in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent as a POSIX signal")
def test_ctrl_c_stops_cleanly_with_a_checkpoint(tmp_path):
    process = subprocess.Popen(
        [*TRAIN, "--seconds", "300", "--out", tmp_path / "run"],
        stderr=subprocess.PIPE, text=True, env=os.environ,
    )  # fmt: skip
    seen = ""
    while "images/s" not in seen:  # the bar shows its first step
        seen += process.stderr.read(1)
    assert (tmp_path / "run" / "training.pid").read_text() == str(process.pid)
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=120)[1]
    assert process.returncode == 0
    assert "Add --resume to go on" in rest and "Traceback" not in rest
    path = tmp_path / "run" / "last.safetensors"
    assert stored_length(checkpoints.read(path).about) == Length(seconds=300)
    assert not (tmp_path / "run" / "training.lock").exists()


def test_clusters_are_found_where_there_are_no_labels(tmp_path, monkeypatch, capsys):
    draw = torch.Generator().manual_seed(0)
    levels = torch.randint(256, (160, 3, 16, 16), dtype=torch.uint8, generator=draw)
    pets = ImageSet(levels, name="pets")
    monkeypatch.setattr(images, "load", lambda *_, **__: pets)
    out, path = tmp_path / "run", str(tmp_path / "run" / "last.safetensors")
    command = ["train", "--recipe", "clustered", "--images", "pets"]
    command += ["--threads", "1", "--out", str(out)]
    assert main([*command, "--steps", "2"]) == main([*command, "--steps", "3", "--resume"]) == 0
    assert "Going on after step 2." in capsys.readouterr().err
    pair = checkpoints.read(path)
    assert pair.about["step"] == "3" and len(pair.kind.clusters) == len(pair.classes) == 8
    for name, arguments in (("sample", []), ("confidence", ["--count", "16", "--data", "pets"])):
        picture = tmp_path / f"{name}.png"
        assert main([name, path, *arguments, "--out", str(picture)]) == 0
        assert Image.open(picture).mode == "RGB"
    assert "Of 160 of each kind, D is right about" in capsys.readouterr().out


def test_networks_have_the_width_that_is_asked_for_where_they_can(tmp_path, capsys):
    out = tmp_path / "run"
    command = ["train", "--threads", "1", "--steps", "1", "--width", "0.5", "--out", str(out)]
    assert main([*command, "--recipe", "mlp"]) == 1
    assert capsys.readouterr().err == "The networks of mlp come in one width: leave --width out.\n"
    assert main([*command, "--recipe", "quick"]) == 0
    go_on = ["train", "--threads", "1", "--out", str(out), "--resume", "--steps"]
    assert main([*go_on, "2"]) == 0  # and need not be said again
    assert checkpoints.read(out / "last.safetensors").recipe.width_multiplier == 0.5
    assert main([*go_on, "3", "--width", "1"]) == 1
    assert "width_multiplier 0.5 → 1.0" in capsys.readouterr().err


def test_it_trains_on_images_of_any_kind_and_names_them(tmp_path, monkeypatch, capsys):
    def pets(name, split, root, *_):
        asked.append((name, split, root))
        levels = torch.arange(160 * 3 * 16 * 16) % 255
        images = levels.to(torch.uint8).view(160, 3, 16, 16)
        return ImageSet(images, torch.arange(160) % 2, ("cat", "dog"), "pets", split)

    asked = []
    monkeypatch.setattr(images, "load", pets)
    out = tmp_path / "run"
    command = ["train", "--recipe", "conditional", "--images", "pets", "--data", "shelf"]
    assert main([*command, "--steps", "3", "--threads", "1", "--out", str(out)]) == 0
    assert asked == [("pets", "train", "shelf")] and "pets, training set" in capsys.readouterr().err
    assert Image.open(out / "samples" / "epoch-001.png").mode == "RGB"  # two steps are an epoch
    pair = checkpoints.read(out / "last.safetensors")
    recipe = replace(CONDITIONAL, augmented=True)  # so few are
    assert (pair.recipe, pair.shape, pair.classes) == (recipe, (3, 16, 16), ("cat", "dog"))
    written = tmp_path / "x.npz"
    assert (
        main(["sample", str(out / "last.safetensors"), "--count", "5", "--out", str(written)]) == 0
    )
    with np.load(written, allow_pickle=False) as file:
        assert file["images"].shape == (5, 16, 16, 3) and file["images"].dtype == np.uint8


def test_sample_asks_for_one_class(trained, tmp_path, capsys):
    def sample(checkpoint, *label):
        status = main(
            ["sample", str(checkpoint), "--count=20", f"--out={tmp_path / 'x.npz'}", *label]
        )
        return status, capsys.readouterr().err

    pair = resource("conditional.safetensors")
    assert sample(pair, "--label", "7") == (0, "")
    with np.load(tmp_path / "x.npz") as file:
        x = to_float(torch.from_numpy(file["images"])[:, None])
    seen = load_classifier()(x).argmax(1)
    assert (seen == 7).float().mean() > 0.9
    status, words = sample(pair, "--label", "ten")
    assert status == 1 and "no class 'ten', only 0, 1, 2" in words and words.count("\n") == 1
    status, words = sample(trained[0] / "last.safetensors", "--label", "7")
    assert status == 1 and "was told no class" in words


def test_sample_writes_grey_levels_or_a_grid(trained, tmp_path):
    checkpoint = trained[0] / "last.safetensors"
    assert main(["sample", str(checkpoint), "--count", "30", "--out", str(tmp_path / "x.npz")]) == 0
    with np.load(tmp_path / "x.npz", allow_pickle=False) as file:
        assert file.files == ["images"]
        levels = file["images"]
    assert levels.shape == (30, 28, 28) and levels.dtype == np.uint8
    assert len(np.unique(levels.reshape(30, -1), axis=0)) == 30
    assert main(["sample", str(checkpoint), "--count", "9", "--out", str(tmp_path / "x.png")]) == 0
    assert Image.open(tmp_path / "x.png").size == (184, 184)  # 3 x 3 of 28, gaps of 2, twice


# --- Pictures of one's own ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shells(tmp_path_factory):
    """Forty pictures in two classes, and a training on them without a recipe's name."""
    folder = tmp_path_factory.mktemp("pictures") / "my shells"
    for number in range(40):
        kind = folder / ("round", "síň")[number % 2]
        kind.mkdir(parents=True, exist_ok=True)
        colour = (number * 6, 255 - number * 6, 90 if number % 2 else 200)
        Image.new("RGB", (40, 50), colour).save(kind / f"{number}.png")
    out = tmp_path_factory.mktemp("runs") / "shells"
    command = [*TRAIN[:4], "--images", folder, "--steps", 20, "--threads", 1, "--out", out]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder, out, done.stderr


def test_pictures_in_class_folders_train_the_conditional_recipe_augmented(shells):
    folder, out, said = shells
    assert "conditional on" in said and "all that D sees changed at random" in said
    pair = checkpoints.read(out / "last.safetensors")
    assert pair.classes == ("round", "síň") and pair.shape == (3, 32, 32)
    assert pair.about["data"] == "pictures in my shells train 36"
    assert json.loads(pair.about["choices"])["augmented"] == "True"
    # An epoch has a single step: 1 to 10 are kept, and 20.
    samples = sorted(path.name for path in (out / "samples").iterdir())
    kept = [f"epoch-{number:03d}.png" for number in (*range(1, 11), 20)]
    assert samples == [*kept, "last.png"]


def test_a_training_on_pictures_goes_on_without_a_recipes_name(shells, tmp_path, capsys):
    folder, out, _ = shells
    copy = shutil.copytree(out, tmp_path / "copy")
    go_on = ["train", "--images", str(folder), "--out", str(copy), "--resume", "--threads", "1"]
    assert main([*go_on, "--steps", "22"]) == 0
    assert steps_in(copy) == list(range(1, 23))
    assert main([*go_on, "--steps", "24", "--no-augment"]) == 1
    assert "augmented True → False" in capsys.readouterr().err


def test_what_is_left_out_when_a_training_on_pictures_is_resumed_is_said(shells, tmp_path, capsys):
    folder, out, said = shells
    assert "2 classes: round 18, síň 18." in said
    copy = shutil.copytree(out, tmp_path / "copy")
    go_on = ["train", "--out", str(copy), "--resume", "--threads", "1", "--steps", "22"]
    assert main(go_on) == 1
    assert capsys.readouterr().err.endswith("on pictures in my shells: add --images FOLDER.\n")
    assert main([*go_on, "--images", str(folder), "--size", "64"]) == 1
    assert capsys.readouterr().err.endswith("with --size 32: leave --size out.\n")
    large = tmp_path / "large"
    first = ["train", "--images", str(folder), "--size", "64", "--steps", "1", "--threads", "1"]
    assert main([*first, "--out", str(large)]) == 0
    assert main(["train", "--images", str(folder), "--out", str(large), "--resume",
                 "--steps", "2", "--threads", "1"]) == 0  # fmt: skip
    assert checkpoints.read(large / "last.safetensors").shape == (3, 64, 64)
    assert main(["sample", str(out), "--out", str(tmp_path / "x.png")]) == 1
    assert "is a folder: name the last.safetensors in it" in capsys.readouterr().err


def test_other_commands_find_the_pictures_where_they_are_told(shells, tmp_path, capsys):
    folder, out, _ = shells
    path, png = str(out / "last.safetensors"), str(tmp_path / "x.png")
    with_pictures = ["--data", str(folder)]
    for command in (["confidence", path, "--out", png, "--count", "16"], ["evaluate", path]):
        assert main(command) == 1
        assert "trained on pictures in my shells" in capsys.readouterr().err
    assert main(["confidence", path, "--out", png, "--count", "16", *with_pictures]) == 0
    assert capsys.readouterr().err == ""
    others = ["--data", str(shutil.copytree(folder, tmp_path / "others"))]
    assert main(["confidence", path, "--out", png, "--count", "16", *others]) == 0
    assert "Mind: it was trained on pictures in my shells train" in capsys.readouterr().err
    assert main(["sample", path, "--out", png, "--count", "4", "--label", "síň"]) == 0
    assert main(["diagnose", str(out), *with_pictures]) == 0
    assert "trained on" not in capsys.readouterr().err
    assert main(["evaluate", path, *with_pictures]) == 1
    assert "no yardstick for so few images" in capsys.readouterr().err


def test_resumed_it_remembers_whether_what_d_sees_is_changed(shells, tmp_path, capsys):
    folder, _, _ = shells
    for flag, said in (("--no-augment", False), ("--augment", True)):
        out = tmp_path / flag
        first = ["train", "--images", str(folder), "--threads", "1", "--out", str(out)]
        assert main([*first, "--steps", "1", flag]) == 0
        capsys.readouterr()
        assert main([*first, "--resume", "--steps", "2"]) == 0
        assert ("changed at random" in capsys.readouterr().err) is said
    assert main([*first, "--resume", "--steps", "3", "--no-augment"]) == 1
    assert "augmented" in capsys.readouterr().err


def test_without_labels_clusters_are_found_and_a_size_is_for_pictures(shells, tmp_path, capsys):
    folder, _, _ = shells
    flat = tmp_path / "flat"
    flat.mkdir()
    for number, path in enumerate(sorted(folder.rglob("*.png"))):
        shutil.copy(path, flat / f"{number}.png")
    train_flat = ["train", "--images", str(flat), "--size", "64", "--steps", "1", "--threads", "1"]
    assert main([*train_flat, "--out", str(tmp_path / "run")]) == 0
    assert "clustered on" in capsys.readouterr().err
    assert checkpoints.read(tmp_path / "run" / "last.safetensors").shape == (3, 64, 64)
    for wrong in (["--images", "mnist", "--size", "64"], ["--images", str(tmp_path / "nowhere")]):
        assert main(["train", *wrong, "--steps", "1", "--out", str(tmp_path / "no")]) == 1
        assert capsys.readouterr().err.count("\n") == 1
