"""The pairs that come with the course: train each for as long as is worth it, and keep it here.

python resources/make_pairs.py [conditional clustered quick]      # about an hour each
python resources/make_pairs.py stacked                            # after benchmarks/stacked.py

The trainings live in runs/pairs: interrupted, they go on there, and finished ones are only measured
and kept again. Writes NAME.safetensors, NAME_digits.png and what `evaluate` says, into pairs.md. Of
stacks two trainings of the benchmark are kept, which has their figures.
"""

import argparse
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import safetensors.torch
import torch
from safetensors import safe_open
from tqdm import tqdm

from gan_lib.data import load
from gan_lib.keeping import checkpoints
from gan_lib.keeping.files import write_atomically
from gan_lib.keeping.folder import TrainingFolder
from gan_lib.length import Length
from gan_lib.measures.table import as_table
from gan_lib.measures.yardstick import Yardstick
from gan_lib.pictures import grids
from gan_lib.recipes import RECIPES

RESOURCES = Path(__file__).parent
RUNS = RESOURCES.parent / "runs" / "pairs"
MOST = 2_000_000  # bytes of a file that is handed on; a larger one is kept in half precision
PAIRS = {  # steps, and the width of the networks
    "conditional": (40_000, 1.5),
    "clustered": (60_000, 1.0),
    "quick": (45_000, 1.0),
}

STACKS = {  # which training of benchmarks/stacked.py
    "stacked": "stacked-7-200-cuda",
    "stacked_small": "plain-quarter-7-180-cpu",
    "stacked_told": "clustered-edges-9-1800-cpu",
}


def train(name: str, data) -> Path:
    """The finished training of one pair, in its folder."""
    steps, width = PAIRS[name]
    recipe = replace(RECIPES[name], width_multiplier=width)
    with TrainingFolder(RUNS / name) as folder:
        state = folder.start_or_resume(recipe, data, recipe.seed)
        course = folder.train(state, data, Length(steps=steps), save_every=60)
        for _ in tqdm(course, name, initial=state.step, total=steps):
            pass
    return RUNS / name / checkpoints.NAME


def keep(source: Path, target: Path) -> None:
    """Copy a checkpoint, a large one in half precision; when read, its numbers are whole again."""
    with safe_open(source, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        about = file.metadata() | {"stored": "float32"}
    if source.stat().st_size > MOST:
        for player in checkpoints.PLAYERS:
            of = {n: t for n, t in tensors.items() if n.startswith(f"{player}.")}
            tensors |= {n: t.half() for n, t in of.items() if t.is_floating_point()}
        about["stored"] = "float16"
    kept = safetensors.torch.load_file(target) if target.exists() else {}
    if kept.keys() == tensors.keys() and all(torch.equal(kept[n], t) for n, t in tensors.items()):
        return  # the same numbers; a new file would differ, as safetensors shuffles its text
    write_atomically(target, safetensors.torch.save(tensors, about))


def described(name: str, yardstick: Yardstick) -> str:
    """What stands in pairs.md of one pair: how it was made, and all figures of it."""
    path = RESOURCES / f"{name}.safetensors"
    pair, content = checkpoints.read(path), path.read_bytes()
    about, (x, asked) = pair.about, yardstick.sample(pair, 7)
    readings = yardstick.measure(x, asked)
    in_turn = None if asked is None else torch.arange(100) % 10
    shown, _ = pair.sample(100, 7, in_turn)
    png = grids.to_png(grids.grid(shown, columns=10, scale=2))
    write_atomically(RESOURCES / f"{name}_digits.png", png)
    length = json.loads(about.get("length", f'{{"steps": {about["step"]}}}'))
    asked = {"recipe": name, "width": pair.recipe.width_multiplier, **length, "seed": about["seed"]}
    command = "train " + " ".join(f"--{what} {value}" for what, value in asked.items())
    lines = [
        f"## `{name}.safetensors`",
        "",
        f"`python -m gan_lib {command} --out runs/pairs/{name}`",
        "",
        f"{int(about['step']):,} steps in {float(about['seconds']):,.0f} s, "
        f"{about['precision']}, torch {about['torch']}. "
        f"{len(content):,} bytes, numbers in {about.get('stored', 'float32')}, SHA-256",
        f"`{hashlib.sha256(content).hexdigest()}`.",
        "",
        f"```\n{as_table(readings)}\n```",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PAIRS))
    names = parser.parse_args().names or list(PAIRS)
    if names == ["stacked"]:
        for name, run in STACKS.items():
            source = RUNS.parent / "stacked" / run / checkpoints.NAME
            if source.exists():
                keep(source, RESOURCES / f"{name}.safetensors")
            else:
                print(f"There is no training {run} here: {name}.safetensors stays as it is.")
        return
    if unknown := set(names) - set(PAIRS):
        parser.error(f"there is no pair {', '.join(unknown)}; choose from {', '.join(PAIRS)}")
    data = load("mnist", "train")
    for name in names:
        keep(train(name, data), RESOURCES / f"{name}.safetensors")
    yardstick = Yardstick(data, load("mnist", "test"))
    parts = [
        "# The pairs that come with the course",
        "`python resources/make_pairs.py` wrote this file: each pair, how it was made, and what "
        "`python -m gan_lib evaluate` says of it on the full set. A machine with another processor "
        "or another number of threads rounds otherwise, and gets other weights.",
        *(
            described(name, yardstick)
            for name in PAIRS
            if (RESOURCES / f"{name}.safetensors").exists()
        ),
    ]
    write_atomically(RESOURCES / "pairs.md", ("\n\n".join(parts) + "\n").encode())


if __name__ == "__main__":
    main()
