"""A training in a folder: a real kill -9, two processes, a full disk, other images."""

import json
import math
import random
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch
from kept import SMALL, fresh, same, same_files, text

from gan_lib.keeping import checkpoints, history
from gan_lib.keeping.checkpoints import CheckpointError
from gan_lib.keeping.folder import TrainingFolder, stored_length
from gan_lib.length import Length
from gan_lib.recipes import QUICK
from gan_lib.training import TrainingDiverged, train

# A training that saves after every step, so that most kills hit a save. Its clock is exact: every
# reading is 1/64 s after the last one.
DRIVER = """
import dataclasses, itertools, json, sys
from pathlib import Path
import torch
from gan_lib import UserError
from gan_lib.cli.training import Drawing
from gan_lib.keeping.folder import TrainingFolder
from gan_lib.length import Length
from gan_lib.recipes import QUICK
from gan_lib.sources.sample import load_sample
recipe = dataclasses.replace(QUICK, batch_size=8)
data = load_sample("train").part(slice(80))
ticks = itertools.count()
out, length, every = sys.argv[1:]
out, length = Path(out), Length(**json.loads(length))
try:
    with TrainingFolder(out) as folder:
        # Not the faster precision: which one that is, each process finds out for itself.
        exact = dict(precision=torch.float32, threads=1)
        state, draw = folder.start_or_resume(recipe, data, **exact), Drawing(out)
        options = dict(save_every=float(every), on_epoch=draw.epoch, clock=lambda: next(ticks) / 64)
        for _ in folder.train(state, data, length, **options):
            print(state.step, flush=True)
        draw.end(state, folder.records(state.step))
except UserError as error:
    sys.exit(str(error))
"""
DRIVEN = replace(QUICK, batch_size=8)


def start(out, length):
    """DRIVER in a process of its own."""
    command = [sys.executable, "-c", DRIVER, str(out), json.dumps(length), "0"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def drive(out, length, kill_after=None, delay=0.0):
    """Run DRIVER; kill it (-9) `delay` seconds after it has printed `kill_after` steps."""
    with start(out, length) as process:
        for count, _ in enumerate(process.stdout, start=1):
            if count == kill_after:
                time.sleep(delay)
                process.kill()
                break
    return process.returncode


@pytest.mark.parametrize("length", [{"steps": 24}, {"seconds": 24 / 64}], ids=["steps", "seconds"])
def test_a_run_killed_at_random_moments_ends_in_the_same_weights(length, tmp_path):
    assert drive(tmp_path / "unbroken", length) == 0
    moments = [(random.randint(1, 5), random.uniform(0, 0.1)) for _ in range(3)]
    for count, delay in moments:
        code = drive(tmp_path / "killed", length, count, delay)
        assert code != 0, (moments, "it was over before it could be killed")
    assert checkpoints.resume(tmp_path / "killed", DRIVEN)[0].step >= 3
    assert drive(tmp_path / "killed", length) == 0
    assert not list((tmp_path / "killed").glob(".*")), (moments, "half-written files stayed")
    assert not list((tmp_path / "killed").glob("training.*")), (moments, "it is still owned")
    for name in ("last.safetensors", "last-00000024.resume.safetensors"):
        assert same_files(tmp_path / "unbroken" / name, tmp_path / "killed" / name), moments
    for name in ("history.csv", "losses.png", "samples/epoch-001.png"):
        unbroken, killed = ((tmp_path / run / name).read_bytes() for run in ("unbroken", "killed"))
        assert unbroken == killed, (name, moments)


def test_one_process_at_a_time_owns_a_folder_and_a_killed_one_owns_nothing(tmp_path, few):
    out = tmp_path / "run"
    first = start(out, {"steps": 10**6})
    try:
        assert first.stdout.readline() == "1\n"
        second = start(out, {"steps": 2})
        said = second.communicate(timeout=120)[1]
        assert second.returncode == 1 and said.count("\n") == 1
        assert f"Another training is under way in {out}, in process {first.pid}:" in said
        with pytest.raises(CheckpointError, match=f"in process {first.pid}:"):
            TrainingFolder(out).__enter__()
        assert first.poll() is None and first.stdout.readline() == "2\n"  # it does not mind
    finally:
        first.kill()
        first.communicate()
    assert (out / "training.pid").read_text() == str(first.pid)  # nobody could take it away
    assert drive(out, {"steps": checkpoints.resume(out, DRIVEN)[0].step + 1}) == 0
    assert not list(out.glob("training.*"))


def test_two_trainings_of_one_process_do_not_share_a_folder_either(tmp_path):
    with TrainingFolder(tmp_path / "run"):
        with pytest.raises(CheckpointError, match="in this process: wait"):
            TrainingFolder(tmp_path / "run").__enter__()
    with TrainingFolder(tmp_path / "run"):  # the refused one has taken nothing away
        pass


def test_a_folder_that_nothing_was_put_into_is_not_left_behind(tmp_path):
    with pytest.raises(ZeroDivisionError), TrainingFolder(tmp_path / "new" / "run"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "mine").mkdir()
    with TrainingFolder(tmp_path / "mine"):
        pass
    assert list(tmp_path.iterdir()) == [tmp_path / "mine"]


def test_where_nothing_can_be_locked_a_training_is_possible(tmp_path, monkeypatch):
    """Some network drives know no locks."""
    from filelock import FileLock

    def no_locks(*_, **__):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(FileLock, "acquire", no_locks)
    with TrainingFolder(tmp_path / "run") as folder:
        assert (folder.path / "training.pid").exists()
    assert not (tmp_path / "run").exists()


def test_a_training_is_not_overwritten_nor_fed_other_images(few, tmp_path):
    with TrainingFolder(tmp_path) as folder:
        state = folder.start_or_resume(SMALL, few, seed=3, device="cpu", threads=1)
        assert state.threads == 1 and state.seed == 3
        for _ in folder.train(state, few, Length(steps=2)):
            pass
        with pytest.raises(CheckpointError, match="already holds a training. Add --resume"):
            folder.check(resume=False)
        for refused, options in (
            ("with seed 3, not 4", {"seed": 4}),
            ("with precision ", {"precision": torch.float64}),
        ):
            with pytest.raises(CheckpointError, match=refused):
                folder.start_or_resume(SMALL, few, **options)
        with pytest.raises(CheckpointError, match="on MNIST train 320, not on MNIST train 100"):
            folder.start_or_resume(SMALL, few.part(slice(100)))
        resumed = folder.start_or_resume(SMALL, few, seed=3)
        assert same(resumed, state) and stored_length(folder.about) == Length(steps=2)


def test_what_is_to_be_drawn_is_drawn_before_its_epoch_is_saved(few, tmp_path):
    def draw(state):
        path = tmp_path / checkpoints.NAME
        drawn.append((state.step, int(text(path)["step"]) if path.exists() else 0))

    recipe, drawn = replace(SMALL, batch_size=64), []  # five steps an epoch
    with TrainingFolder(tmp_path) as folder:
        state = folder.start_or_resume(recipe, few)
        steps = folder.train(state, few, Length(epochs=2), save_every=1e9, on_epoch=draw)
        assert [s.step for s in steps] == list(range(1, 11))
    assert drawn == [(5, 0), (10, 5)]
    assert stored_length(text(tmp_path / checkpoints.NAME)) == Length(epochs=2)


def test_a_training_that_is_stopped_goes_on_where_it_stopped(few, tmp_path):
    for expected in train(fresh(SMALL, few), few, Length(steps=4)):
        pass
    for stop in (lambda: True, lambda: False):
        with TrainingFolder(tmp_path) as folder:
            state = folder.start_or_resume(SMALL, few, device="cpu", threads=1)
            for _ in folder.train(state, few, Length(steps=4), stop=stop):
                pass
            if stop():
                assert state.step == 1
    assert same(state, expected)
    assert [r.step for r in history.read(tmp_path / history.NAME)] == [1, 2, 3, 4]


def test_an_older_history_is_kept_on_resuming(few, tmp_path):
    with TrainingFolder(tmp_path) as folder:
        state = folder.start_or_resume(SMALL, few)
        for _ in folder.train(state, few, Length(steps=3)):
            pass
        path = tmp_path / history.NAME
        old = [line.rsplit(",", 4)[0] for line in path.read_text().splitlines()]
        path.write_text("\n".join(old) + "\n")  # before there were gradients and penalties
        state = folder.start_or_resume(SMALL, few)
        for _ in folder.train(state, few, Length(steps=4)):
            pass
        records = folder.records(4)
    assert [r.step for r in records] == [1, 2, 3, 4]
    losses = [r.loss_generator for r in records]
    assert losses[:3] == [float(line.split(",")[3]) for line in old[1:]]
    assert records[3].gradient_images > 0 and math.isnan(records[2].gradient_images)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits stand in for a full disk")
@pytest.mark.parametrize(
    "every, what", [("1e9", "Cannot write to "), ("0", "Cannot write the che")]
)
def test_a_full_disk_is_said_in_one_line_and_closing_the_history_hides_nothing(
    tmp_path, every, what
):
    """A picture is what does not fit, or the checkpoint; what the history still holds, neither."""
    code = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n" + DRIVER
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "run"), '{"steps": 30}', every],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
    assert what in done.stderr and "File too large" in done.stderr


def test_a_training_that_diverges_names_its_last_good_checkpoint(few, tmp_path):
    with TrainingFolder(tmp_path) as folder:
        state = folder.start_or_resume(SMALL, few)
        last = "Last good checkpoint: .*last.safetensors, step 2"
        with pytest.raises(TrainingDiverged, match=last):
            for _ in folder.train(state, few, Length(steps=9), save_every=0):
                if state.step == 2:
                    with torch.no_grad():
                        next(state.discriminator.parameters())[0] = float("nan")
    assert checkpoints.resume(tmp_path, SMALL)[0].step == 2
