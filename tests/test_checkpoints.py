"""A training survives: exact resumption, a real kill -9, a full disk, foreign and damaged files."""

import dataclasses
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import safetensors.torch
import torch

from gan_lib.devices import step_randomness
from gan_lib.keeping import checkpoints
from gan_lib.keeping.checkpoints import CheckpointError
from gan_lib.keeping.folder import History
from gan_lib.recipes import CONDITIONAL, MLP, QUICK, RECIPES, one_hot
from gan_lib.state import generate, new_state
from gan_lib.training import TrainingDiverged, train

SMALL = dataclasses.replace(QUICK, batch_size=16)


def tensors(path):
    return safetensors.torch.load(Path(path).read_bytes())


def same(a, b):
    """Bit for bit: names, shapes and every number of two safetensors files."""
    a, b = tensors(a), tensors(b)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def run(recipe, data, steps, folder, state=None, upto=None):
    for state in train(recipe, data, steps=steps, state=state):
        if state.step == upto:
            break
    return checkpoints.save(state, folder), state


def test_a_checkpoint_says_which_digits_its_samples_were_asked_for(tmp_path):
    for recipe in (QUICK, CONDITIONAL):
        path = checkpoints.save(new_state(recipe, device="cpu"), tmp_path / recipe.name)
        checkpoint = checkpoints.read(path)
        images, digits = checkpoint.sample(12, seed=3)
        with step_randomness(3, 0, torch.device("cpu")):
            z = recipe.sample_latent(12)
        assert torch.equal(images, generate(checkpoint.generator, z))
        if recipe is QUICK:
            assert digits is None
        else:
            assert torch.equal(one_hot(digits), z[:, recipe.noise_dim :])


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_single_images_are_judged_each_by_itself_or_not_at_all(recipe, few):
    pair = checkpoints.Checkpoint.of(new_state(recipe, device="cpu"))
    logits = pair.judge(few.images[:9], few.labels[:9])
    if recipe.name == "minibatch":  # one image is no batch to have an opinion of
        assert logits is None
        return
    one_by_one = [pair.judge(few.images[i : i + 1], few.labels[i : i + 1]) for i in range(9)]
    assert torch.allclose(logits, torch.cat(one_by_one), atol=1e-5)
    others = pair.judge(few.images[:9], (few.labels[:9] + 1) % 10)
    assert torch.equal(logits, others) != recipe.tells_discriminator
    assert not logits.requires_grad


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_resumed_run_ends_in_the_same_weights_bit_for_bit(recipe, few, tmp_path):
    recipe = dataclasses.replace(recipe, batch_size=32)
    unbroken, end = run(recipe, few, 14, tmp_path / "unbroken")  # more than an epoch of ten steps
    run(recipe, few, 14, tmp_path / "broken", upto=6)
    state, _ = checkpoints.resume(tmp_path / "broken", recipe)
    assert state.step == 6
    resumed, resumed_end = run(recipe, few, 14, tmp_path / "broken", state)
    assert same(unbroken, resumed)
    partner = "last-00000014.resume.safetensors"
    assert same(tmp_path / "unbroken" / partner, tmp_path / "broken" / partner)
    assert end.record[:8] == resumed_end.record[:8]  # all but the time


def test_a_checkpoint_can_be_sampled_and_scored(few, tmp_path):
    path, state = run(SMALL, few, 3, tmp_path)
    # SMALL differs from the recipe `quick` that the file names, and is refused as such.
    with pytest.raises(CheckpointError, match="another quick: batch_size 16 → 64"):
        checkpoints.read(path)
    path, state = run(QUICK, few, 2, tmp_path / "quick")
    checkpoint = checkpoints.read(path)
    with torch.no_grad():
        x = checkpoint.generator(state.fixed_latent)
        assert torch.allclose(x, state.sample(), atol=1e-6)
        assert checkpoint.discriminator(x).shape == (100,)
    assert checkpoint.about["step"] == "2" and checkpoint.about["seed"] == "7"
    assert path.stat().st_size < 2_000_000  # small enough to hand on


def test_only_the_last_partner_is_kept(few, tmp_path):
    for state in train(SMALL, few, steps=3):
        checkpoints.save(state, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "last-00000003.resume.safetensors",
        "last.safetensors",
    ]


# A training that saves after every step, so that most kills hit a save. Its clock is exact:
# every reading is 1/64 s after the last one.
DRIVER = """
import dataclasses, itertools, json, sys
from pathlib import Path
from gan_lib.data import load
from gan_lib.recipes import QUICK
from gan_lib.keeping.folder import start_or_resume, train_in_folder
sys.path.insert(0, {tests!r})
from conftest import first
recipe = dataclasses.replace(QUICK, batch_size=8)
data = first(load(), 80)
ticks = itertools.count()
out, length = Path(sys.argv[1]), json.loads(sys.argv[2])
state, _ = start_or_resume(recipe, data, out, resume=True)
for _ in train_in_folder(state, data, out, length, save_every=0, clock=lambda: next(ticks) / 64):
    print(state.step, flush=True)
"""


DRIVEN = dataclasses.replace(QUICK, batch_size=8)


def drive(out, length, kill_after=None, delay=0.0):
    """Run DRIVER; kill it (-9) `delay` seconds after it has printed `kill_after` steps."""
    command = [sys.executable, "-c", DRIVER.format(tests=str(Path(__file__).parent))]
    process = subprocess.Popen(
        [*command, str(out), json.dumps(length)], stdout=subprocess.PIPE, text=True
    )
    with process:
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
    for name in ("last.safetensors", "last-00000024.resume.safetensors"):
        assert same(tmp_path / "unbroken" / name, tmp_path / "killed" / name), moments
    for name in ("history.csv", "losses.png", "samples/epoch-001.png"):
        unbroken, killed = ((tmp_path / run / name).read_bytes() for run in ("unbroken", "killed"))
        assert unbroken == killed, (name, moments)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits stand in for a full disk")
def test_a_full_disk_is_one_line_and_the_last_checkpoint_stays(few, tmp_path):
    path, state = run(SMALL, few, 2, tmp_path)
    before = path.read_bytes()
    code = (
        "import resource, sys, dataclasses\n"
        "from pathlib import Path\n"
        "from gan_lib import checkpoints\n"
        "from gan_lib.recipes import QUICK\n"
        "folder = Path(sys.argv[1])\n"
        "recipe = dataclasses.replace(QUICK, batch_size=16)\n"
        "state, _ = checkpoints.resume(folder, recipe)\n"
        "state.step += 1\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n"
        "    checkpoints.save(state, folder)\n"
        "except checkpoints.CheckpointError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.count("\n") == 1
    assert "Cannot write the checkpoint of step 3" in done.stdout
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".*")) and len(list(tmp_path.iterdir())) == 2
    assert checkpoints.resume(tmp_path, SMALL)[0].step == 2


@pytest.mark.parametrize(
    "keep", [0, 5, 2000, -1], ids=["empty", "no header", "header", "last byte"]
)
def test_a_truncated_checkpoint_is_refused(few, tmp_path, keep):
    path, _ = run(SMALL, few, 1, tmp_path)
    path.write_bytes(path.read_bytes()[:keep])
    for use in (lambda: checkpoints.read(path), lambda: checkpoints.resume(tmp_path, SMALL)):
        with pytest.raises(CheckpointError, match="damaged or not a safetensors file") as caught:
            use()
        assert "\n" not in str(caught.value)


def test_foreign_and_missing_files_are_refused(few, tmp_path):
    path, state = run(SMALL, few, 1, tmp_path)
    with pytest.raises(CheckpointError, match="of the recipe quick, not mlp"):
        checkpoints.resume(tmp_path, MLP)
    with pytest.raises(CheckpointError, match="moving_average 0.99 → 0.5"):
        checkpoints.resume(tmp_path, dataclasses.replace(SMALL, moving_average=0.5))
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        checkpoints.read(tmp_path / "nowhere.safetensors")
    foreign = tmp_path / "foreign.safetensors"
    safetensors.torch.save_file({"weight": torch.zeros(2)}, foreign)
    with pytest.raises(CheckpointError, match="not a checkpoint of gan_lib"):
        checkpoints.read(foreign)
    partner = tmp_path / "last-00000001.resume.safetensors"
    private, whole = tensors(partner), partner.read_bytes()
    about = checkpoints._open(partner)[1]
    optimizer = [name for name in private if name.startswith("optimizer_generator.0.")]
    for name in optimizer:  # an optimizer that forgot is not an exact resumption
        safetensors.torch.save_file({n: t for n, t in private.items() if n != name}, partner, about)
        with pytest.raises(CheckpointError, match="does not fit the optimizers"):
            checkpoints.resume(tmp_path, SMALL)
    safetensors.torch.save_file(private, partner, about | {"step": "2"})
    with pytest.raises(CheckpointError, match="does not belong to"):
        checkpoints.resume(tmp_path, SMALL)
    partner.write_bytes(whole)
    assert checkpoints.resume(tmp_path, SMALL)[0].step == 1
    partner.unlink()
    with pytest.raises(CheckpointError, match="no checkpoint .*resume.safetensors"):
        checkpoints.resume(tmp_path, SMALL)


@pytest.mark.parametrize(
    "key, value",
    [("recipe", None), ("choices", None), ("choices", "{"), ("choices", "[1]"), ("choices", "null"),
     ("seed", None), ("step", "x"), ("seconds", ""), ("precision", "float99"), ("resume", None)],
)  # fmt: skip
def test_damaged_metadata_is_one_line(few, tmp_path, key, value):
    path, _ = run(SMALL, few, 1, tmp_path)
    content, about = checkpoints._open(path)
    about.pop(key) if value is None else about.update({key: value})
    safetensors.torch.save_file(content, path, about)
    with pytest.raises(CheckpointError) as caught:
        checkpoints.resume(tmp_path, SMALL)
    assert "\n" not in str(caught.value)


def test_a_choice_that_came_after_a_checkpoint_counts_as_its_default(few, tmp_path):
    path, _ = run(QUICK, few, 1, tmp_path)
    content, about = checkpoints._open(path)
    choices = json.loads(about["choices"])
    for name, fits in (("tells_discriminator", True), ("generator_rate", False)):
        left = {k: v for k, v in choices.items() if k != name}
        safetensors.torch.save_file(content, path, about | {"choices": json.dumps(left)})
        if fits:
            assert checkpoints.read(path).recipe is QUICK
        else:  # it has no default
            with pytest.raises(CheckpointError, match="of another quick"):
                checkpoints.read(path)


def test_a_history_that_a_power_cut_left_half_written_is_cut_back(few, tmp_path):
    path = tmp_path / "history.csv"
    history = History(path, 0)
    for state in train(SMALL, few, steps=4):
        history.add(state.record)
    history.flush()
    whole = path.read_bytes()
    path.write_bytes(whole[:-30] + b"\x00\xff" * 20)
    history = History(path, 4)
    assert [record.step for record in history.read()] == [1, 2, 3]


def test_weights_that_are_not_finite_are_never_saved(few, tmp_path):
    path, state = run(SMALL, few, 1, tmp_path)
    before = path.read_bytes()
    with torch.no_grad():
        next(state.generator.parameters())[0, 0] = float("inf")
    state.step = 2
    with pytest.raises(TrainingDiverged, match="Step 2: the tensor raw.layers"):
        checkpoints.save(state, tmp_path)
    assert path.read_bytes() == before


def test_a_training_that_diverges_names_its_last_good_checkpoint(few, tmp_path):
    from gan_lib.keeping.folder import train_in_folder

    state = new_state(SMALL)
    with pytest.raises(TrainingDiverged, match="Last good checkpoint: .*last.safetensors, step 2"):
        for _ in train_in_folder(state, few, tmp_path, {"steps": 9}, save_every=0):
            if state.step == 2:
                with torch.no_grad():
                    next(state.discriminator.parameters())[0] = float("nan")
    assert checkpoints.resume(tmp_path, SMALL)[0].step == 2
