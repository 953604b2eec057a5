"""What the tests of this folder share: trainings that differ in no bit."""

import json
import time
from dataclasses import replace
from pathlib import Path

import safetensors
import safetensors.torch
import torch

from gan_lib.recipes import QUICK
from gan_lib.state import State, new_state

SMALL = replace(QUICK, batch_size=16)


def tensors(path):
    return safetensors.torch.load(Path(path).read_bytes())


def text(path):
    """The metadata of a safetensors file, read by the library itself."""
    with safetensors.safe_open(path, framework="pt") as file:
        return file.metadata()


def same_files(a, b):
    """Bit for bit: names, shapes and every number of two safetensors files."""
    a, b = tensors(a), tensors(b)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def everything(state: State) -> dict[str, torch.Tensor]:
    """All numbers that the next step depends on."""
    found = {}
    for name in ("generator", "discriminator", "averaged"):
        network = getattr(state, name)
        if network is not None:
            found |= {f"{name}.{n}": t.clone() for n, t in network.state_dict().items()}
    for name in ("optimizer_generator", "optimizer_discriminator"):
        for index, values in getattr(state, name).state_dict()["state"].items():
            found |= {f"{name}.{index}.{n}": t.clone() for n, t in values.items()}
    return found | {"fixed": state.fixed_latent, "step": torch.tensor(state.step)}


def same(a: State, b: State) -> bool:
    """Bit for bit."""
    a, b = everything(a), everything(b)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def fresh(recipe, data, **options) -> State:
    return new_state(recipe, data, device="cpu", threads=1, **options)


def rewritten(path, changes: dict, of=None) -> None:
    """The same file with other metadata; what is None is left out."""
    about = text(of or path) | changes
    about = {k: v for k, v in about.items() if v is not None}
    safetensors.torch.save_file(tensors(of or path), path, about)


def choices(path) -> dict:
    return json.loads(text(path)["choices"])


def until(condition, seconds=60):
    """Wait until `condition()` holds; fail if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)
