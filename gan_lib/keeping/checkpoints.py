"""Checkpoints: a training on disk, in two files that never disagree.

`last.safetensors` holds the generator that samples are taken from and the discriminator, with
plain text about them: small enough to hand on, and safe to open, since safetensors holds numbers
and text and no code. Beside it lies `last-STEP.resume.safetensors`, with what only resuming needs:
the optimizers' averages and, if samples come from a moving average, the generator in training.

Both are written beside their place and then renamed. The renaming of `last.safetensors`, which
names its partner, is the one moment in which the new checkpoint takes over from the old one; a
process killed before or after it leaves a whole checkpoint behind.
"""

import contextlib
import copy
import json
from dataclasses import dataclass, fields
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from gan_lib import UserError
from gan_lib.devices import precision_name, step_randomness
from gan_lib.keeping.files import write_atomically
from gan_lib.models import MinibatchDiscriminator
from gan_lib.recipes import RECIPES, Recipe
from gan_lib.state import State, generate, new_state
from gan_lib.training import TrainingDiverged

NAME = "last.safetensors"
FORMAT = "gan_lib checkpoint 1"
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class CheckpointError(UserError):
    """A checkpoint cannot be written, read or resumed. The message is one line that says why."""


@dataclass(frozen=True)
class Checkpoint:
    """A trained pair, ready to use: both networks in eval mode, on the CPU."""

    recipe: Recipe
    generator: nn.Module
    discriminator: nn.Module
    about: dict[str, str]  # recipe, seed, step, seconds, data, precision, torch, ...

    @classmethod
    def of(cls, state: State) -> "Checkpoint":
        """The pair of a training as it is now, in copies: the training goes on undisturbed."""
        pair = (
            copy.deepcopy(network).cpu().eval() for network in (state.sampler, state.discriminator)
        )
        return cls(state.recipe, *pair, {"recipe": state.recipe.name, "step": str(state.step)})

    def sample(
        self, count: int, seed: int = 7, digits: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Images (count, 1, 28, 28) in [-1, 1], and the digits (count,) that were asked for.

        `digits` asks for these; without, they are random. None comes back instead of them where the
        recipe's latent has no digit. The same seed gives the same.
        """
        with step_randomness(seed, 0, torch.device("cpu")):
            z = self.recipe.sample_latent(count, digits=digits)
        digits = z[:, self.recipe.noise_dim :].argmax(1) if self.recipe.latent_digit else None
        return generate(self.generator, z), digits

    @torch.no_grad()
    def judge(self, x: Tensor, digits: Tensor) -> Tensor | None:
        """The discriminator's logits (N,) of images (N, 1, 28, 28), each judged by itself.

        `digits` (N,) are those that the images claim to be; only a recipe that tells them to its
        discriminator looks at them. None where the discriminator judges whole batches: it has no
        opinion of one image. (For verdicts as in training see `confidence.verdicts`.)
        """
        if isinstance(self.discriminator, MinibatchDiscriminator):
            return None
        return self.discriminator(x, *self.recipe.told(digits))


def save(state: State, folder: Path, about: dict[str, str] | None = None) -> Path:
    """Write the checkpoint of `state` into `folder` and return the path of `last.safetensors`.

    `about` is added to the text in the file. Raises `TrainingDiverged` where a weight is not
    finite and `CheckpointError` where the disk refuses; the previous checkpoint stays either way.
    """
    shared = _prefixed("generator", state.sampler.state_dict())
    shared |= _prefixed("discriminator", state.discriminator.state_dict())
    private = {} if state.averaged is None else _prefixed("raw", state.generator.state_dict())
    for player in ("generator", "discriminator"):
        optimizer = getattr(state, f"optimizer_{player}")
        for index, values in optimizer.state_dict()["state"].items():
            private |= _prefixed(f"optimizer_{player}.{index}", values)
    for name, tensor in (shared | private).items():
        if not torch.isfinite(tensor).all():
            raise TrainingDiverged(state.step, f"the tensor {name}")
    partner = f"last-{state.step:08d}.resume.safetensors"
    metadata = (about or {}) | {
        "format": FORMAT,
        "recipe": state.recipe.name,
        "choices": json.dumps(state.recipe.choices()),
        "seed": str(state.seed),
        "step": str(state.step),
        "seconds": repr(state.seconds),  # repr gives back the very same number when read
        "precision": precision_name(state.precision),
        "torch": torch.__version__,
        "resume": partner,
    }
    path = folder / NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / partner, safetensors.torch.save(_plain(private), metadata))
        write_atomically(path, safetensors.torch.save(_plain(shared), metadata))
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


def read(path: Path | str) -> Checkpoint:
    """The trained pair in the file `path`. Raises `CheckpointError` if it is not one of ours."""
    tensors, about = _open(Path(path))
    recipe = _recipe_of(Path(path), about)
    generator, discriminator = recipe.build()
    _fill(generator, "generator", tensors, path)
    _fill(discriminator, "discriminator", tensors, path)
    return Checkpoint(recipe, generator.eval(), discriminator.eval(), about)


def resume(folder: Path, recipe: Recipe, device: str | None = None) -> tuple[State, dict[str, str]]:
    """The training in `folder`, ready for its next step, and the text stored with it.

    Raises `CheckpointError` if its recipe differs from `recipe` in any choice, or if a file is
    missing or damaged.
    """
    path = folder / NAME
    tensors, about = _open(path)
    if about.get("recipe") != recipe.name:
        raise CheckpointError(f"{path} is of the recipe {about.get('recipe')}, not {recipe.name}.")
    _recipe_of(path, about, recipe)
    try:
        step, seconds, seed = int(about["step"]), float(about["seconds"]), int(about["seed"])
        precision, partner = PRECISIONS[about["precision"]], folder / Path(about["resume"]).name
    except (KeyError, ValueError) as error:
        raise CheckpointError(f"{path} has damaged metadata: {error}.") from error
    private, theirs = _open(partner)
    if theirs != about:
        raise CheckpointError(f"{partner} does not belong to {path}.")
    state = new_state(recipe, seed, device, precision)
    state.step, state.seconds = step, seconds
    _fill(state.sampler, "generator", tensors, path)
    _fill(state.discriminator, "discriminator", tensors, path)
    if state.averaged is not None:
        _fill(state.generator, "raw", private, partner)
    _fill_optimizer(state.optimizer_generator, "optimizer_generator", private, partner)
    _fill_optimizer(state.optimizer_discriminator, "optimizer_discriminator", private, partner)
    return state, about


def _prefixed(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def _plain(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """On the CPU and in the ordinary memory layout, the only one that safetensors knows."""
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}


def _open(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    if not path.is_file():
        raise CheckpointError(f"There is no checkpoint {path}.")
    try:
        with safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            # Clones, or the file would stay mapped, and Windows could not replace it.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is damaged or not a safetensors file: {error}.") from error
    if about.get("format") != FORMAT:
        raise CheckpointError(f"{path} is a safetensors file, but not a checkpoint of gan_lib.")
    return tensors, about


def _recipe_of(path: Path, about: dict[str, str], recipe: Recipe | None = None) -> Recipe:
    """The recipe that the file names, if its choices are still what they were when it was saved."""
    recipe = recipe or RECIPES.get(about.get("recipe", ""))
    if recipe is None:
        raise CheckpointError(f"{path} is of a recipe unknown here: {about.get('recipe')}.")
    try:
        then, now = dict(json.loads(about["choices"])), recipe.choices()
    except (KeyError, ValueError, TypeError) as error:
        raise CheckpointError(f"{path} has damaged metadata: {error}.") from error
    # A choice that the file does not know came later; until then all recipes had its default.
    then = {f.name: str(f.default) for f in fields(Recipe)} | then
    changed = [f"{k} {then[k]} → {now[k]}" for k in now if then[k] != now[k]]
    if changed:
        raise CheckpointError(f"{path} is of another {recipe.name}: {', '.join(changed)}.")
    return recipe


def _fill(module: nn.Module, prefix: str, tensors: dict[str, Tensor], path: Path | str) -> None:
    length = len(prefix) + 1
    part = {name[length:]: t for name, t in tensors.items() if name.startswith(prefix + ".")}
    try:
        module.load_state_dict(part)
    except RuntimeError as error:
        raise CheckpointError(f"{path} does not fit the {prefix} of its recipe.") from error


def _fill_optimizer(
    optimizer: torch.optim.Adam, prefix: str, tensors: dict[str, Tensor], path: Path
) -> None:
    """Adam's averages, each in the memory layout of its weight, as Adam itself creates them."""
    for index, weight in enumerate(optimizer.param_groups[0]["params"]):
        names = {name: f"{prefix}.{index}.{name}" for name in ("step", "exp_avg", "exp_avg_sq")}
        values = {name: tensors.get(stored) for name, stored in names.items()}
        for name, value in values.items():
            if value is None or value.shape != (() if name == "step" else weight.shape):
                raise CheckpointError(f"{path} does not fit the optimizers of its recipe.")
        optimizer.state[weight] = {
            name: value if name == "step" else torch.empty_like(weight).copy_(value)
            for name, value in values.items()
        }
