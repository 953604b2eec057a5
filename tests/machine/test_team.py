"""Several processes that train together, by torchrun: the same training as one process's."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from gan_lib import UserError
from gan_lib.keeping import checkpoints
from gan_lib.machine.team import ALONE, FRESH, Team

STEPS = 260
ALL = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
SCRIPT = """
import sys
from dataclasses import replace
from pathlib import Path

import torch
from gan_lib import recipes
from gan_lib.length import Length
from gan_lib.machine.team import joined
from gan_lib.sources.sample import load_sample
from gan_lib.state import new_state
from gan_lib.training import train

name, out = sys.argv[1], Path(sys.argv[2])
torch.set_num_threads(1)
# All of it in 64 bits: how far 32 bits round, and Adam with them, differs between processors.
torch.set_default_dtype(torch.float64)
torch.Tensor.float = torch.Tensor.double
data = load_sample().part(slice(480))
with joined() as team:
    recipe = replace(recipes.RECIPES[name], batch_size=48)
    state = new_state(recipe, data, 3, "cpu", torch.float32, threads=1)
    state.team, first = team, []
    state.generator.register_forward_pre_hook(lambda module, given: first.append(given[0]))
    for state in train(state, data, Length(steps=4)):
        if state.step == 1:
            gradients = [p.grad.flatten() for p in state.discriminator.parameters()]
            gradients = torch.cat(gradients)
    torch.save(
        {"weights": {**{f"G {k}": v for k, v in state.generator.state_dict().items()},
                     **{f"D {k}": v for k, v in state.discriminator.state_dict().items()}},
         "latents": first[0], "gradients": gradients, "record": tuple(state.record)},
        out / f"{team.size}-{team.rank}.pt")
"""


def start(command, **more):
    # One thread each, and no network: the processes meet on this machine.
    env = os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, **more)  # fmt: skip


def run(command):
    process = start(list(map(str, command)))
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out, err


def weights_of(result):
    return torch.cat([x.flatten().double() for x in result["weights"].values()])


def off(values, expected):
    return (values - expected).norm() / expected.norm()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """By recipe and number of processes: what each of them ended with."""
    folder, done = tmp_path_factory.mktemp("team"), {}
    (folder / "script.py").write_text(SCRIPT)

    def ended(name, size):
        if (name, size) not in done:
            (out := folder / name).mkdir(exist_ok=True)
            command = [sys.executable] if size == 1 else [*ALL, f"--nproc-per-node={size}"]
            run([*command, folder / "script.py", name, out])
            paths = [out / f"{size}-{rank}.pt" for rank in range(size)]
            done[name, size] = [torch.load(path, weights_only=True) for path in paths]
        return done[name, size]

    return ended


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("name", ["quick", "conditional"])
def test_the_same_training_as_one_process_to_rounding(name, size, trained):
    (alone,), together = trained(name, 1), trained(name, size)
    for one in together:
        assert off(one["gradients"], alone["gradients"]) < 1e-12  # D's, of the first step
        # Adam divides by the gradient's own size: of the smallest ones it makes larger differences.
        assert off(weights_of(one), weights_of(alone)) < 1e-9
        assert torch.equal(weights_of(one), weights_of(together[0]))  # bit for bit
        assert abs(one["record"][3] - alone["record"][3]) < 0.01  # G's loss


def test_each_process_makes_images_of_its_own_latents_those_of_the_whole_batch(trained):
    (alone,), together = trained("quick", 1), trained("quick", 3)
    assert torch.equal(torch.cat([one["latents"] for one in together]), alone["latents"])
    assert len(alone["latents"].unique(dim=0)) == 48


def test_parts_of_a_batch():
    x = torch.arange(12)
    team = [Team(rank, 3) for rank in range(3)]
    assert torch.cat([one.part(x) for one in team]).equal(x) and ALONE.part(x) is x
    assert [one.first(6, 12) for one in team] == [4, 2, 0] and ALONE.first(5, 12) == 5
    assert team[0].part(None) is None
    with pytest.raises(UserError, match="3 processes cannot share a batch of 64 alike"):
        team[1].part(torch.zeros(64))


BEGIN = """
import os, sys
from pathlib import Path
import torch
from gan_lib.cli import commands, training
from gan_lib.machine import devices

rank, out, own = int(os.environ["RANK"]), Path(sys.argv[1]), sys.argv[2] == "own"

def begin(*given, _begin=training._begin):
    state, *others = _begin(*given)
    (out.parent / f"precision-{rank}").write_text(str(state.precision))
    return state, *others

training._begin = begin
torch.cpu.get_capabilities = lambda: {"avx512_bf16": True}
devices.gain_of_bfloat16 = lambda: [2.0, 0.5][rank]
folder = out / str(rank) if own else out
sys.exit(commands.main(["train", "--recipe", "quick", "--steps", sys.argv[3], "--out", str(folder),
                        "--resume"]))
"""


def begin(tmp_path, *arguments):
    """Two processes, of which the first alone finds bfloat16 faster; status, and what they said."""
    (tmp_path / "script.py").write_text(BEGIN)
    command = [*ALL, "--nproc-per-node=2", tmp_path / "script.py", tmp_path / "run", *arguments]
    process = start(list(map(str, command)))
    err = process.communicate(timeout=300)[1]
    return process.returncode, err


def test_all_processes_compute_in_the_precision_that_the_first_found_faster(tmp_path):
    status, err = begin(tmp_path, "shared", 1)
    assert status == 0, err
    assert [(tmp_path / f"precision-{rank}").read_text() for rank in (0, 1)] == [
        "torch.bfloat16"
    ] * 2


def test_processes_that_see_different_folders_do_not_go_on(tmp_path):
    """On two machines, say, of which one alone has the checkpoint."""
    status, err = begin(tmp_path, "own", 1)
    assert status == 0, err
    before = (tmp_path / "run" / "0" / "last.safetensors").read_bytes()
    status, err = begin(tmp_path, "own", 2)
    assert status != 0 and "is at step 0 here, and at step 1 for the first of the processes" in err
    assert (tmp_path / "run" / "0" / "last.safetensors").read_bytes() == before


def train(out, steps, *more, restarts=0):
    command = [*ALL, "--nproc-per-node=2", f"--max-restarts={restarts}", "-m", "gan_lib", "train"]
    # In a precision that no two runs choose for themselves.
    options = ["--recipe", "quick", "--precision", "float32", "--out", str(out)]
    return [*command, *options, "--steps", str(steps), *more]


def networks(path):
    pair = checkpoints.read(Path(path) / "last.safetensors")
    both = pair.generator.state_dict() | pair.discriminator.state_dict()
    return torch.cat([value.flatten().double() for value in both.values()])


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """Two processes, at one go, for more than the ten seconds after which they save."""
    out = tmp_path_factory.mktemp("runs") / "unbroken"
    said = run(train(out, STEPS))
    return out, said


def interrupted(out, hurt, *more, restarts=0):
    """The same, to which something happens after its first checkpoint; what it said."""
    process = start(train(out, STEPS, *more, restarts=restarts))
    deadline = time.monotonic() + 120
    while not (out / "last.safetensors").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    hurt(process)
    return process.communicate(timeout=300)[1]


def test_only_the_first_process_writes_and_speaks(unbroken):
    out, (said, err) = unbroken
    assert said.count(f"last.safetensors: step {STEPS}") == 1
    assert err.count("training set") == 1 and err.count("quick on cpu") == 1
    assert len((out / "history.csv").read_text().splitlines()) == STEPS + 1


def test_stopped_and_resumed_by_as_many_it_ends_in_the_same_weights(unbroken, tmp_path):
    out = tmp_path / "run"
    err = interrupted(out, lambda process: process.send_signal(signal.SIGINT))
    assert "Stopped after step" in err
    _, err = run(train(out, STEPS, "--resume"))
    assert "Going on after step" in err
    assert torch.equal(networks(out), networks(unbroken[0]))


def workers_of(process):
    """The numbers of the processes that torchrun has started, the first of the team first."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()

    def rank(child):
        variables = Path(f"/proc/{child}/environ").read_text().split("\0")
        return next((v for v in variables if v.startswith("RANK=")), "")

    return [int(child) for child in sorted(children, key=rank) if rank(child)]


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="here, processes are no files"
)


def kill(rank):
    return lambda process: os.kill(workers_of(process)[rank], signal.SIGKILL)


@needs_proc
def test_a_killed_one_is_started_again_by_torchrun_and_the_weights_are_the_same(
    unbroken, tmp_path, monkeypatch
):
    monkeypatch.setenv(FRESH, "1")
    err = interrupted(tmp_path / "run", kill(rank=0), "--resume", restarts=1)
    assert err.count("Going on after step") == 1
    assert torch.equal(networks(tmp_path / "run"), networks(unbroken[0]))


@needs_proc
def test_where_those_started_again_could_not_meet_a_line_says_so(tmp_path, monkeypatch):
    monkeypatch.delenv(FRESH, raising=False)
    err = interrupted(tmp_path / "run", kill(rank=1), "--resume", restarts=1)
    assert "addresses of the old ones: set TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1" in err
    assert "Gloo" not in err.split("addresses of the old ones")[1]
