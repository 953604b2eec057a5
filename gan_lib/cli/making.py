"""`sample` and `export`: images of a checkpoint, and its generator for other programs."""

import argparse
import io
from pathlib import Path

import numpy as np
import torch

from gan_lib import UserError
from gan_lib.keeping import checkpoints, files, portable
from gan_lib.pair import Pair
from gan_lib.pictures import grids


def sample(args: argparse.Namespace) -> int:
    """Write generated images as a .npz file or as a .png grid."""
    out = _named(args.out, ".npz", ".png")
    pair, labels = checkpoints.read(args.checkpoint), None
    if args.label is not None:
        labels = torch.full((args.count,), _class_number(pair, args.label))
    images, _ = pair.sample(args.count, args.seed, labels)
    if out.suffix == ".png":
        content = grids.to_png(grids.grid(images, scale=2))
    else:
        np.savez_compressed(buffer := io.BytesIO(), images=grids.pixels(images))
        content = buffer.getvalue()
    _write(out, content)
    print(f"{out}: {args.count:,} images")
    return 0


def export(args: argparse.Namespace) -> int:
    """Write the generator as an ONNX file, and print what goes in and what comes out."""
    out = _named(args.out, ".onnx")
    pair = checkpoints.read(args.checkpoint)
    _write(out, portable.to_onnx(pair))
    latent = f"{pair.recipe.noise_dim} normal numbers"
    if pair.latent_has_class:
        each = "" if pair.kind.at_once == 1 else " for each channel"
        latent += f" and a one-hot of {len(pair.classes)} classes{each}"
    shape = ", ".join(map(str, pair.shape))
    print(f"{out}: z (N, {pair.latents(1).shape[1]}), {latent} → x (N, {shape})")
    return 0


def _named(name: str, *suffixes: str) -> Path:
    """The file of that name. Raises `UserError` where it ends in none of `suffixes`."""
    if (out := Path(name)).suffix not in suffixes:
        raise UserError(f"--out must end in {' or '.join(suffixes)}, not {out.name!r}.")
    return out


def _write(out: Path, content: bytes) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    files.write_atomically(out, content)


def _class_number(pair: Pair, name: str) -> int:
    """The number of the class of that name. Raises `UserError` where none can be asked for."""
    if not pair.latent_has_class:
        raise UserError("This generator was told no class, so none can be asked for.")
    if name not in pair.classes:
        few = len(pair.classes) <= 20
        there = ", ".join(pair.classes) if few else f"{pair.classes[0]} to {pair.classes[-1]}"
        raise UserError(f"There is no class {name!r}, only {there}.")
    return pair.classes.index(name)
