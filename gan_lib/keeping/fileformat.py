"""The files of a checkpoint, as numbers and text: what is in them, and whether they are ours.

They are safetensors files, which hold tensors and text and no code. The text says what the tensors
are of: recipe and its choices, shape and classes of the images, step, seed. `checkpoints` says
which files there are.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from gan_lib import UserError
from gan_lib.sources.clusters import Clusters, look
from gan_lib.sources.kind import Kind

FORMAT = "gan_lib checkpoint 2"
OLDER = "gan_lib checkpoint 1"  # of MNIST alone, with other random numbers: read, not resumed


class CheckpointError(UserError):
    """A checkpoint cannot be written, read or resumed. The message is one line that says why."""


def prefixed(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors as "prefix.name"."""
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def part(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Those tensors that are called "prefix.name", by their names without it."""
    start = prefix + "."
    return {name.removeprefix(start): t for name, t in tensors.items() if name.startswith(start)}


def to_bytes(tensors: dict[str, Tensor], about: dict[str, str]) -> bytes:
    """A whole file. Tensors go there in the ordinary memory layout, the only one it knows."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    return safetensors.torch.save(plain, about)


def from_file(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the text of a file. Raises `CheckpointError` if it is no whole one.

    It is read at once, not mapped: some network drives map no files, and Windows replaces none
    that is mapped.
    """
    if path.is_dir():
        raise CheckpointError(f"{path} is a folder: name the last.safetensors in it.")
    if not path.is_file():
        raise CheckpointError(f"There is no checkpoint {path}.")
    try:
        content = path.read_bytes()
        tensors = safetensors.torch.load(content)
        header = int.from_bytes(content[:8], "little")  # its length; the text is in it, as JSON
        about = json.loads(content[8 : 8 + header]).get("__metadata__", {})
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (SafetensorError, ValueError, KeyError) as error:
        raise CheckpointError(f"{path} is damaged or not a safetensors file: {error}.") from error
    if about.get("format") not in (FORMAT, OLDER):
        raise CheckpointError(f"{path} is a safetensors file, but not a checkpoint of gan_lib.")
    if about["format"] == OLDER:
        names = {name: name.replace("discriminator.digit.", "discriminator.of_class.")
                 for name in tensors}  # fmt: skip
        tensors = {names[name]: tensor for name, tensor in tensors.items()}
    return tensors, about


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Inside, text of a file is made sense of; where there is none, that is one clear line."""
    try:
        yield
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path} has damaged metadata: {error}.") from error


def kind_of(path: Path, about: dict[str, str], tensors: dict[str, Tensor]) -> Kind:
    """What images the networks in the file are for."""
    if about["format"] == OLDER:
        return Kind((1, 28, 28), tuple("0123456789"))
    with reading(path):
        shape, classes = (tuple(json.loads(about[what])) for what in ("shape", "classes"))
        shape, classes = tuple(map(int, shape)), tuple(map(str, classes))
        if len(shape) not in (1, 3):  # of a point, of an image
            raise ValueError(f"{shape} is no shape of an image")
        stored, choices = part("clusters", tensors), json.loads(about["choices"])
        if not stored and choices.get("clusters", "0") == "0":
            return Kind(shape, classes)
        clusters = Clusters(**stored, alike=choices.get("alike", "pixels"))
        shapes = [(len(classes), channels, *shape[1:]) for channels in (shape[0], 1)]
        if clusters.means.dtype != torch.uint8 or clusters.means.shape not in shapes:
            raise ValueError("the clusters are no images of that shape, one for each class")
        look(clusters.means[:1], clusters.alike)
        shares = clusters.shares
        fits = shares.is_floating_point() and shares.shape == (len(classes),)
        if not fits or not (shares >= 0).all() or not abs(shares.sum() - 1) < 0.01:
            raise ValueError("the shares of the clusters are not one for each, together 1")
        return Kind(shape, clusters.names, clusters)


def fill(network: nn.Module, name: str, tensors: dict[str, Tensor], path: Path) -> None:
    """Give a network the weights that are stored under its name."""
    try:
        network.load_state_dict(part(name, tensors))
    except RuntimeError as error:
        raise CheckpointError(f"{path} does not fit the {name} of its recipe.") from error


def fill_optimizer(
    optimizer: torch.optim.Adam, name: str, tensors: dict[str, Tensor], path: Path
) -> None:
    """Give Adam the averages that are stored under its name.

    Each in the memory layout of its weight, as Adam itself creates them; a step of Adam that is
    fused reads both side by side. A weight that never had a gradient has none.
    """
    weights, stored = optimizer.param_groups[0]["params"], {}
    for full, value in part(name, tensors).items():
        index, _, what = full.partition(".")
        stored.setdefault(int(index), {})[what] = value
    for index, values in stored.items():
        shapes = {what: value.shape for what, value in values.items()}
        like = weights[index] if index < len(weights) else torch.empty(0)
        if shapes != {"step": (), "exp_avg": like.shape, "exp_avg_sq": like.shape}:
            raise CheckpointError(f"{path} does not fit the optimizers of its recipe.")
        for what in ("exp_avg", "exp_avg_sq"):
            values[what] = torch.empty_like(like).copy_(values[what])
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": stored, "param_groups": groups})
