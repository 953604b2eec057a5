"""Checkpoints: a training on disk, in two files that never disagree.

`last.safetensors` holds the generator that samples are taken from and the discriminator, with
plain text about them: small enough to hand on, and safe to open, since it holds numbers and text
and no code. Beside it lies `last-STEP.resume.safetensors`, with what only resuming needs: the
optimizers' averages and, if samples come from a moving average, the generator in training.

Both are written beside their place and then renamed. The renaming of `last.safetensors`, which
names its partner, is the one moment in which the new checkpoint takes over from the old one; a
process killed before or after it leaves a whole checkpoint behind.
"""

import contextlib
import copy
import json
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import torch

from gan_lib.keeping import chosen, fileformat
from gan_lib.keeping.fileformat import CheckpointError, prefixed
from gan_lib.keeping.files import write_atomically
from gan_lib.machine.devices import precision_name
from gan_lib.machine.limits import share_of_cores
from gan_lib.machine.randomness import Purpose, randomness
from gan_lib.pair import Pair
from gan_lib.recipes import Recipe
from gan_lib.state import State, new_state
from gan_lib.training import TrainingDiverged

NAME = "last.safetensors"
PLAYERS = ("generator", "discriminator")
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass
class Checkpoint(Pair):
    """A trained pair, ready to use: both networks in eval mode, on the CPU."""

    about: dict[str, str]  # recipe, seed, step, seconds, data, precision, torch, ...

    @classmethod
    def of(cls, state: State) -> "Checkpoint":
        """The pair of a training as it is now, in copies: the training goes on undisturbed."""
        networks = (copy.deepcopy(n).cpu().eval() for n in (state.sampler, state.discriminator))
        about = {"recipe": state.recipe.name, "step": str(state.step)}
        return cls(state.recipe, state.kind, *networks, about)


def save(state: State, folder: Path, about: dict[str, str] | None = None) -> Path:
    """Write the checkpoint of `state` into `folder` and return the path of `last.safetensors`.

    `about` is added to the text in the file. Raises `TrainingDiverged` where a weight is not
    finite and `CheckpointError` where the disk refuses; the previous checkpoint stays either way.
    """
    shared = prefixed("generator", state.sampler.state_dict())
    shared |= prefixed("discriminator", state.discriminator.state_dict())
    if state.kind.clusters is not None:
        found = state.kind.clusters
        shared |= prefixed("clusters", {"means": found.means, "shares": found.shares})
    private = {} if state.averaged is None else prefixed("raw", state.generator.state_dict())
    for player in PLAYERS:
        optimizer = getattr(state, f"optimizer_{player}")
        for index, values in optimizer.state_dict()["state"].items():
            private |= prefixed(f"optimizer_{player}.{index}", values)
    for name, tensor in (shared | private).items():
        if not torch.isfinite(tensor).all():
            raise TrainingDiverged(state.step, f"the tensor {name}")
    partner = f"last-{state.step:08d}.resume.safetensors"
    if (folder / partner).exists():  # of another course to the same step: not to be touched yet
        partner = partner.replace(".", f"-{uuid4().hex[:8]}.", 1)
    text = (about or {}) | _text(state) | {"resume": partner}
    path = folder / NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / partner, fileformat.to_bytes(private, text))
        write_atomically(path, fileformat.to_bytes(shared, text))
    except OSError as error:
        raise CheckpointError(
            f"Cannot write the checkpoint of step {state.step} to {folder}: {error.strerror}. "
            "The previous checkpoint, if there is one, is untouched."
        ) from error
    for pattern in ("last-*.resume.safetensors", ".last*.tmp"):  # .tmp: left behind by a kill
        for old in folder.glob(pattern):
            if old.name != partner:
                with contextlib.suppress(OSError):  # it does no harm if it stays
                    old.unlink()
    return path


def _text(state: State) -> dict[str, str]:
    return {
        "format": fileformat.FORMAT,
        "recipe": state.recipe.name,
        "choices": json.dumps(chosen.choices(state.recipe)),
        "shape": json.dumps(state.shape),
        "classes": json.dumps(state.classes),
        "seed": str(state.seed),
        "step": str(state.step),
        "seconds": repr(state.seconds),  # repr gives back the very same number when read
        "precision": precision_name(state.precision),
        "threads": json.dumps(state.threads),
        "torch": torch.__version__,
    }


def read(path: Path | str, recipe: Recipe | None = None) -> Checkpoint:
    """The trained pair in the file `path`.

    Without a `recipe` it is the one of that name that comes with the course. Raises
    `CheckpointError` if the file is not one of ours, or of other networks than the recipe's.
    """
    path = Path(path)
    tensors, about = fileformat.from_file(path)
    recipe = chosen.recipe_to_read(path, about, recipe)
    kind = fileformat.kind_of(path, about, tensors)
    with randomness(0, Purpose.WEIGHTS):  # they are replaced: nobody else's draws shall change
        networks = recipe.build(kind.shape, kind.told_dim, kind.at_once)
    for player, network in zip(PLAYERS, networks):
        fileformat.fill(network.eval(), player, tensors, path)
    return Checkpoint(recipe, kind, *networks, about)


def resume(
    folder: Path,
    recipe: Recipe | None = None,
    device: str | None = None,
    threads: int | None = None,
) -> tuple[State, dict[str, str]]:
    """The training in `folder`, ready for its next step, and the text stored with it.

    Without `threads`, as many as it had, unless this machine has fewer. Raises `CheckpointError`
    if its recipe differs from `recipe` in any choice, or if a file is missing or damaged.
    """
    path = Path(folder) / NAME
    tensors, about = fileformat.from_file(path)
    if about["format"] == fileformat.OLDER:
        raise CheckpointError(
            f"{path} is of an older gan_lib, which drew other random numbers: it can be read and "
            "sampled, but not gone on with. Name a new folder."
        )
    recipe = chosen.recipe_to_resume(path, about, recipe)
    kind = fileformat.kind_of(path, about, tensors)
    with fileformat.reading(path):
        step, seconds, seed = int(about["step"]), float(about["seconds"]), int(about["seed"])
        precision, partner = PRECISIONS[about["precision"]], path.with_name(about["resume"])
        before = json.loads(about["threads"])
        if threads is None and before is not None and 1 <= before <= share_of_cores():
            threads = before
    private, theirs = fileformat.from_file(partner)
    if theirs != about:
        raise CheckpointError(f"{partner} does not belong to {path}.")
    state = new_state(recipe, kind, seed, device, precision, threads)
    state.step, state.seconds = step, seconds
    fileformat.fill(state.sampler, "generator", tensors, path)
    fileformat.fill(state.discriminator, "discriminator", tensors, path)
    if state.averaged is not None:
        fileformat.fill(state.generator, "raw", private, partner)
    for player in PLAYERS:
        name = f"optimizer_{player}"
        fileformat.fill_optimizer(getattr(state, name), name, private, partner)
    return state, about
