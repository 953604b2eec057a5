"""Steps and images per second of each recipe, against a plain DataLoader loop, in one run.

    python benchmarks/training_speed.py [--seconds 10]

The plain loop is what a first tutorial writes: torchvision's transforms on every image, a
DataLoader, the ordinary Adam and memory layout, gradients into both players. It trains the very
networks and losses of the recipe. The difference is what the loop of `gan_lib.training` gains.
"""

import argparse
import time

import torch
from one_by_one import OneByOne
from torch.utils.data import DataLoader

from gan_lib.data import ImageSet, load
from gan_lib.recipes import RECIPES, Recipe
from gan_lib.state import new_state
from gan_lib.training import train


def plain_loop(recipe: Recipe, data: ImageSet, seconds: float) -> float:
    """Steps per second of the loop that a first tutorial writes."""
    generator, discriminator = recipe.build()
    optimizer_g = torch.optim.Adam(generator.parameters(), recipe.generator_rate, recipe.betas)
    optimizer_d = torch.optim.Adam(
        discriminator.parameters(), recipe.discriminator_rate, recipe.betas
    )
    objective = recipe.objective
    loader = DataLoader(OneByOne(data), batch_size=recipe.batch_size, shuffle=True, drop_last=True)
    steps, started = 0, time.perf_counter()
    while True:
        for x_real, digits in loader:
            told = recipe.told(digits)
            x_fake = generator(recipe.sample_latent(len(x_real), digits=digits))
            x = recipe.add_input_noise(torch.cat([x_real, x_fake.detach()]))
            both = [label.repeat(2, 1) for label in told]
            loss = objective.discriminator(*discriminator(x, *both).chunk(2))
            optimizer_d.zero_grad()
            loss.backward()
            optimizer_d.step()
            x_fake = generator(recipe.sample_latent(len(x_real), digits=digits))
            together = recipe.generator_step_scores_real
            x = recipe.add_input_noise(torch.cat([x_fake, x_real]) if together else x_fake)
            loss = objective.generator(discriminator(x, *told)[: len(x_fake)], None)
            optimizer_g.zero_grad()
            loss.backward()
            optimizer_g.step()
            loss.item()
            steps += 1
            if time.perf_counter() - started >= seconds:
                return steps / (time.perf_counter() - started)


def our_loop(recipe: Recipe, data: ImageSet, seconds: float) -> float:
    """Steps per second of `gan_lib.training.train`, the measuring of each step included."""
    started = time.perf_counter()
    for state in train(recipe, data, steps=10**9, state=new_state(recipe)):
        if time.perf_counter() - started >= seconds:
            return state.step / (time.perf_counter() - started)
    raise AssertionError


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10.0, help="for each measurement")
    seconds = parser.parse_args().seconds
    data = load("mnist", "train")
    print(data, f"{torch.get_num_threads()} threads, torch {torch.__version__}", sep="\n")
    print(f"{'recipe':<12}{'plain: steps/s':>16}{'ours: steps/s':>16}{'images/s':>12}{'ratio':>8}")
    for recipe in RECIPES.values():
        pairs = []
        for _ in range(2):  # in turn, so that a drift of the machine meets both
            pairs.append([loop(recipe, data, seconds / 2) for loop in (plain_loop, our_loop)])
        plain, ours = (sum(column) / len(pairs) for column in zip(*pairs))
        print(
            f"{recipe.name:<12}{plain:>16.1f}{ours:>16.1f}{ours * recipe.batch_size:>12,.0f}"
            f"{ours / plain:>7.2f}x",
            flush=True,
        )


if __name__ == "__main__":
    main()
