"""Steps per second of every recipe: the loop that a first tutorial writes, and ours.

    python benchmarks/training_speed.py [--seconds 10]
    python benchmarks/training_speed.py --against FOLDER   # another checkout's gan_lib, in turn
    python benchmarks/training_speed.py --device cuda      # larger batches, and compiled networks

The first compares with images opened one at a time by a DataLoader, and Adam's plain loop over the
very networks and losses of the recipe. The second runs the loops of both checkouts in processes of
their own, turn by turn, so that a drift of the machine meets both; same recipes, same data. The
third multiplies each recipe's batch, and tries `torch.compile` on both networks; the CPU, with the
recipe's own batch, beside it.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

# One measurement of a checkout whose gan_lib is on the path: prints steps per second. It knows how
# `train` was called before a recipe belonged to a training, to compare with a checkout from then.
MEASURE = """
import dataclasses, sys, time
from gan_lib.data import load
from gan_lib.recipes import RECIPES
from gan_lib.state import new_state
from gan_lib.training import train

recipe, seconds, data = RECIPES[sys.argv[1]], float(sys.argv[2]), load("mnist", "train")
device, batch, compiled = sys.argv[3] or None, int(sys.argv[4]), sys.argv[5] == "compiled"
try:
    from gan_lib.length import Length
    recipe = dataclasses.replace(recipe, batch_size=batch or recipe.batch_size)
    state = new_state(recipe, data, device=device)
    for network in (state.generator, state.discriminator) if compiled else ():
        network.compile()
    steps = train(state, data, Length(steps=10**6))
except ImportError:
    steps = train(recipe, data, steps=10**6, state=new_state(recipe))
for state in steps:  # the first steps lay out memory, compile, and find the number of threads
    if state.step == 10:
        begun = time.perf_counter()
    if state.step > 10 and time.perf_counter() - begun >= seconds:
        break
print((state.step - 10) / (time.perf_counter() - begun))  # a GPU is waited for in each step
"""
TIMES = (1, 4, 16)  # as large as the recipe's, that a batch is on another device


def plain_loop(recipe, data, seconds: float) -> float:
    """Steps per second of the loop that a first tutorial writes."""
    import torch
    from one_by_one import OneByOne
    from torch.utils.data import DataLoader

    from gan_lib.state import new_state

    state = new_state(recipe, data, device="cpu", precision=torch.float32)  # for its networks
    optimizer_g = torch.optim.Adam(state.generator.parameters(), recipe.generator_rate)
    optimizer_d = torch.optim.Adam(state.discriminator.parameters(), recipe.discriminator_rate)
    loader = DataLoader(OneByOne(data), batch_size=recipe.batch_size, shuffle=True, drop_last=True)

    def score(x, told):
        return state.discriminator(*((state.as_seen(x), told)[: 1 if told is None else 2]))

    steps, started = 0, time.perf_counter()
    while True:
        for x_real, labels in loader:
            told = state.told(labels)
            both = None if told is None else told.repeat(2, 1)
            x_fake = state.generator(state.latents(len(x_real), labels))
            logits = score(torch.cat([x_real, x_fake.detach()]), both)
            loss = recipe.objective.discriminator(*logits.chunk(2))
            optimizer_d.zero_grad()
            loss.backward()
            optimizer_d.step()
            x_fake = state.generator(state.latents(len(x_real), labels))
            if recipe.objective.together:
                logits = score(torch.cat([x_fake, x_real]), both)
            else:
                logits = score(x_fake, told)
            loss = recipe.objective.generator(logits[: len(x_fake)], None)
            optimizer_g.zero_grad()
            loss.backward()
            optimizer_g.step()
            loss.item()
            steps += 1
            if time.perf_counter() - started >= seconds:
                return steps / (time.perf_counter() - started)


def loop_of(
    checkout: Path, recipe: str, seconds: float, device: str = "", batch: int = 0, how: str = ""
) -> float:
    """Steps per second of the `gan_lib` in a checkout, in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(checkout)}
    command = [sys.executable, "-c", MEASURE, recipe, str(seconds), device, str(batch), how]
    done = subprocess.run(
        command, env=environment, cwd=checkout, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def on(device: str, here: Path, recipes: list, seconds: float) -> None:
    """Print real images per second on `device`, for each recipe and size of a batch."""
    print(f"{'recipe':<12}{'batch':>8}{'CPU':>10}{device:>10}{'compiled':>10}   real images/s")
    for recipe in recipes:
        for times in TIMES:
            batch, cells = times * recipe.batch_size, ""
            for where, how in (("cpu", ""), (device, ""), (device, "compiled")):
                if where != device and times > 1:
                    cells += " " * 10
                    continue
                steps = loop_of(here, recipe.name, seconds, where, batch, how)
                cells += f"{steps * batch * recipe.discriminator_steps:>10,.0f}"
            print(f"{recipe.name:<12}{batch:>8}{cells}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="for each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="of all measurements, in turn")
    parser.add_argument("--against", type=Path, help="another checkout, instead of the plain loop")
    parser.add_argument(
        "--recipes", nargs="+", default=["mlp", "minibatch", "quick", "conditional"]
    )
    parser.add_argument("--device", help="cuda, mps: there, with larger batches, and compiled")
    args = parser.parse_args()
    import torch

    from gan_lib.data import load
    from gan_lib.recipes import RECIPES

    data, here = load("mnist", "train"), Path(__file__).resolve().parents[1]
    if args.device:
        return on(args.device, here, [RECIPES[name] for name in args.recipes], args.seconds)
    print(data, f"torch {torch.__version__}, {torch.get_num_threads()} threads", sep="\n")
    other = "plain loop" if args.against is None else "other checkout"
    print(f"{'recipe':<12}{other:>16}{'ours: steps/s':>16}{'images/s':>12}   ratio (each round)")
    for name in args.recipes:
        recipe, pairs = RECIPES[name], []
        for _ in range(args.rounds):
            if args.against is None:
                before = plain_loop(recipe, data, args.seconds)
            else:
                before = loop_of(args.against.resolve(), name, args.seconds)
            pairs.append((before, loop_of(here, name, args.seconds)))
        theirs, ours = (statistics.median(column) for column in zip(*pairs))
        rounds = ", ".join(f"{after / before:.2f}" for before, after in pairs)
        print(
            f"{name:<12}{theirs:>16.1f}{ours:>16.1f}{ours * recipe.images_a_step:>12,.0f}"
            f"   {ours / theirs:.2f} ({rounds})",
            flush=True,
        )


if __name__ == "__main__":
    main()
