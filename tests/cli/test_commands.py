"""The command line as a user meets it: real processes, exit status, one clear line."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from onnxruntime import InferenceSession
from PIL import Image

from gan_lib import data
from gan_lib.cli.commands import main
from gan_lib.keeping import checkpoints
from gan_lib.measures.yardstick import ABOUT
from gan_lib.recipes import CLUSTERED, CONDITIONAL
from gan_lib.state import new_state


def gan_lib(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "gan_lib", *map(str, arguments)],
        capture_output=True, text=True, **options,
    )  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A short real training by the command line; `train` has tests of its own."""
    out = tmp_path_factory.mktemp("runs") / "quick"
    done = gan_lib("train", "--recipe", "quick", "--steps", 12, "--seed", 3, "--out", out)
    assert done.returncode == 0, done.stderr
    return out, done


@pytest.fixture
def bundled(monkeypatch, sample):
    """The command line finds the bundled sample, whatever else this machine has."""
    monkeypatch.setattr(data, "load", lambda name, split, *_: sample[split == "test"])


def test_evaluate_prints_a_table(trained, bundled, capsys):
    checkpoint = trained[0] / "last.safetensors"
    assert main(["evaluate", str(checkpoint)]) == 0
    printed = capsys.readouterr().out
    assert "4,500 images from the bundled sample" in printed
    assert f"{checkpoint}: 500 images; for the floor, as many real ones" in printed
    for name, (_, meaning) in ABOUT.items():
        line = next((line for line in printed.splitlines() if line.startswith(name)), "")
        # This recipe's latent names no digit, so there is none that could be obeyed.
        assert line.endswith(meaning) and "±" in line or name == "obedience (%)" and not line


def test_export_writes_a_file_and_says_what_goes_in_and_what_comes_out(trained, tmp_path, capsys):
    checkpoint, out = str(trained[0] / "last.safetensors"), tmp_path / "new" / "mine.onnx"
    assert main(["export", checkpoint, "--out", str(out)]) == 0
    said = f"{out}: z (N, 64), 64 normal numbers → x (N, 1, 28, 28)\n"
    assert capsys.readouterr().out == said
    (x,) = InferenceSession(out).run(["x"], {"z": np.zeros((3, 64), np.float32)})
    assert x.shape == (3, 1, 28, 28) and -1 <= x.min() < x.max() <= 1


def test_evaluate_prints_json_and_nothing_else(trained, bundled, capsys):
    checkpoint = str(trained[0] / "last.safetensors")
    assert main(["evaluate", checkpoint, "--json", "--seed", "5"]) == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert printed.err == ""
    assert (found["checkpoint"], found["images"], found["seed"]) == (checkpoint, 500, 5)
    readings = {reading["name"]: reading for reading in found["readings"]}
    assert list(readings) == list(ABOUT)[:-1]
    frechet = readings["Fréchet distance"]  # 12 steps of training: noise
    assert frechet["value"] > 20 * frechet["floor"] > 0
    assert main(["evaluate", checkpoint, "--json", "--seed", "5"]) == 0
    assert json.loads(capsys.readouterr().out) == found


def test_evaluate_asks_a_conditional_generator_for_digits(tmp_path, sample, bundled, capsys):
    checkpoints.save(new_state(CONDITIONAL, sample[0], device="cpu"), tmp_path)
    assert main(["evaluate", str(tmp_path / "last.safetensors"), "--json"]) == 0
    obedience = json.loads(capsys.readouterr().out)["readings"][-1]
    assert obedience["name"] == "obedience (%)"
    assert obedience["value"] < 30 < 98 < obedience["floor"]  # it has not learnt anything


def test_evaluate_asks_a_clustered_generator_for_no_digits(
    tmp_path, sample, bundled, capsys, monkeypatch
):
    def spy(self, count, seed, labels):
        asked.append(labels)
        return original(self, count, seed, labels)

    asked, original = [], checkpoints.Checkpoint.sample
    monkeypatch.setattr(checkpoints.Checkpoint, "sample", spy)
    checkpoints.save(new_state(CLUSTERED, sample[0], device="cpu"), tmp_path)
    assert main(["evaluate", str(tmp_path / "last.safetensors"), "--json"]) == 0
    assert asked == [None]  # of random clusters, as frequent as they are
    found = json.loads(capsys.readouterr().out)
    assert [reading["name"] for reading in found["readings"]] == list(ABOUT)[:-1]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["train", "--recipe", "nope", "--out", "x"], "no recipe 'nope'. Choose from: mlp"),
        (["train", "--recipe", "quick"], "--out"),
        (
            ["train", "--recipe", "quick", "--out", "x", "--steps", "0"],
            "of steps from 1 to 1,000,000,000",
        ),
        (["train", "--recipe", "quick", "--out", "x", "--steps", "1", "--epochs", "1"], "allowed"),
        (["train", "--recipe", "quick", "--out", "x", "--seed", "-1"], "seed"),
        (["train", "--recipe", "quick", "--out", "x", "--data", "nowhere"], "nowhere"),
        (["train", "--recipe", "quick", "--out", "x", "--device", "mps"], "no device 'mps'"),
        (["sample", "nowhere.safetensors", "--out", "x.png"], "no checkpoint"),
        (["sample", "README.md", "--out", "x.png"], "not a safetensors file"),
        (["sample", "README.md", "--out", "x.txt"], "must end in .npz or .png"),
        (["export", "README.md", "--out", "x.onnx"], "not a safetensors file"),
        (["export", "README.md", "--out", "x.pt"], "must end in .onnx"),
        (["train", "--recipe", "quick", "--out", "README.md"], "README.md is a file"),
        (
            ["sample", "README.md", "--count", "99999999999", "--out", "x.png"],
            "from 1 to 1,000,000,",
        ),
        (["sample", "README.md", "--count", "many", "--out", "x.png"], "a number of images"),
        (["train", "--recipe", "quick", "--out", "x", "--images", "nope"], "no data set 'nope'"),
        (["train", "--recipe", "quick", "--out", "x", "--threads", "0"], "threads from 1 to 1,024"),
        (["train", "--recipe", "quick", "--out", "x", "--epochs", "nan"], "of epochs from 0.0001"),
        (
            ["explore", "README.md", "--seed", "2000000"],
            "a seed from 0 to 1,000,000, not '2000000'",
        ),
        (["evaluate", "nowhere.safetensors"], "no checkpoint"),
        (["evaluate", "README.md", "--json"], "not a safetensors file"),
        (["evaluate", "README.md", "--seed", "x"], "seed"),
        (["doctor", "--data", "nowhere"], "BAD"),
        (["explode"], "explode"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_argument_is_one_clear_line(arguments, words, tmp_path, monkeypatch, capsys):
    if "mps" in arguments and sys.platform == "darwin":
        pytest.skip("this machine may have that device")
    (tmp_path / "README.md").write_text("no checkpoint")
    monkeypatch.chdir(tmp_path)
    try:
        status = main(arguments)
    except SystemExit as end:  # argparse ends the program itself
        status = end.code
    printed = capsys.readouterr()
    assert status == 1
    assert words in printed.out + printed.err
    assert printed.err.count("\n") == 1 and "Traceback" not in printed.err
    assert [p.name for p in tmp_path.iterdir()] == ["README.md"]  # nothing was left behind


def test_evaluate_without_images_is_one_clear_line(trained, capsys):
    checkpoint = str(trained[0] / "last.safetensors")
    assert main(["evaluate", checkpoint, "--data", "nowhere"]) == 1
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1 and "nowhere" in printed.err


def test_a_wrong_argument_ends_a_real_process_with_status_1():
    done = gan_lib("train", "--recipe", "nope", "--out", "x")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


def test_recipes_prints_exact_parameter_counts(capsys):
    assert main(["recipes"]) == 0
    printed = capsys.readouterr().out
    for count in ("1,486,352", "1,460,225", "85,713", "457,859"):
        assert count in printed


def test_doctor_finds_a_healthy_machine_healthy(tmp_path):
    # Another JupyterLab that runs on this machine may be ill.
    done = gan_lib("doctor", env=os.environ | {"JUPYTER_RUNTIME_DIR": str(tmp_path)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything works." in done.stdout and "BAD" not in done.stdout


def test_confidence_draws_the_verdicts(trained, tmp_path):
    checkpoint = trained[0] / "last.safetensors"
    seen = {}
    for count, *extra in ((64,), (64, "--marks"), (64, "--seed", 8), (16,)):
        file = tmp_path / "new folder" / "verdicts.png"
        done = gan_lib("confidence", checkpoint, "--count", count, "--out", file, *extra)
        assert done.returncode == 0, done.stderr
        assert re.search(rf"{count} images\. Of 2,000 of each kind, D is right about", done.stdout)
        seen[count, *extra] = file.read_bytes()
        assert Image.open(file).width > 300
    assert len(set(seen.values())) == 4


@pytest.mark.parametrize("recipe", ["quick", "conditional", "minibatch"])
def test_confidence_of_the_pairs_that_come_with_the_course(recipe, capsys, tmp_path):
    """One is told the digit; one looks at whole batches, and is stored in float16."""
    path = Path(__file__).parents[2] / "resources" / f"{recipe}.safetensors"
    assert main(["confidence", str(path), "--out", str(tmp_path / "verdicts.png")]) == 0
    said = re.search(r"about ([\d.]+)% of the real and ([\d.]+)%", capsys.readouterr().out)
    assert 40 < float(said[1]) < 90 and 40 < float(said[2]) < 95  # trained, and not yet beaten


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--out", "verdicts.jpg"], "a file that ends in .png, not 'verdicts.jpg'"),
        (["--out", "folder.png"], "a file that ends in .png, not 'folder.png'"),
        (["--out", "file/v.png"], "file"),
        (["--out", "v.png", "--seed", 2**64], "a seed from 0 to"),
        (["--out", "v.png", "--count", "15"], "an even number of images from 16 to 256"),
        (["--out", "v.png", "--count", "300"], "an even number of images from 16 to 256"),
        (["--out", "v.png", "--data", "nowhere"], "nowhere"),
    ],
)
def test_confidence_refuses_in_one_line(trained, tmp_path, arguments, expected):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    done = gan_lib("confidence", trained[0] / "last.safetensors", *arguments, cwd=tmp_path)
    assert done.returncode == 1 and expected in done.stderr and ".tmp" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"folder.png", "file"}


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent there")
def test_explore_serves_the_explorer_and_keeps_its_token(tmp_path):
    pytest.importorskip("voila")
    path = Path(__file__).parents[2] / "resources" / "conditional.safetensors"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "gan_lib", "explore", path, "--no-browser", "--port", str(port)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        # In the background of a shell, a process is born deaf to Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    try:
        said = ""
        while not (found := re.search(rf"http://\S+:{port}/\S*token=\w+", said)):
            line = server.stdout.readline()
            assert line, said
            said += line
        with urllib.request.urlopen(f"http://localhost:{port}/", timeout=60) as page:
            assert "login" in page.url  # a stranger is asked for the token
        with urllib.request.urlopen(found[0], timeout=120) as page:
            text = page.read().decode()
        assert "application/vnd.jupyter.widget-view+json" in text and "Traceback" not in text
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)
    assert not list(tmp_path.rglob("explorer.ipynb"))  # nothing is left behind


def test_explore_says_in_one_line_what_is_wrong(tmp_path, monkeypatch, capsys):
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(b"no")
    for arguments, expected in (
        (["nowhere.safetensors"], "There is no checkpoint nowhere.safetensors"),
        ([str(damaged)], "is damaged"),
    ):
        assert main(["explore", *arguments]) == 1
        said = capsys.readouterr().err
        assert expected in said and said.count("\n") == 1
    for wrong in ("80", "http", "70000"):
        with pytest.raises(SystemExit, match="1"):
            main(["explore", "x", "--port", wrong])
        assert "a port from 1,024 to 65,535" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "voila.app", None)
    assert main(["explore", str(damaged)]) == 1
    assert "pip install voila" in capsys.readouterr().err
