"""What each choice of the recipe `conditional` is worth: all of them, then without each in turn.

python benchmarks/ablation.py [--steps 800] [--seeds 7 8 9] [--keep]

Every line is a training of the same number of steps, so the pace of the machine plays no part; what
a choice costs in speed is `training_speed.py`'s business. It prints the distances, and writes
`benchmarks/ablation.json` and the table in `benchmarks/README.md`. About five minutes a seed.
"""

import argparse
import json
import statistics
from dataclasses import replace
from pathlib import Path

import torch
from report import put
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_lib import models
from gan_lib.data import load
from gan_lib.keeping.files import write_atomically
from gan_lib.length import Length
from gan_lib.machine.randomness import Purpose, generator
from gan_lib.measures import metrics
from gan_lib.measures.classifier import look_at
from gan_lib.measures.fresh_judge import fresh_judge
from gan_lib.recipes import CONDITIONAL, QUICK
from gan_lib.sources.imageset import Shape
from gan_lib.state import new_state
from gan_lib.training import train

HERE = Path(__file__).parent
COUNT = 10_000


class PlainTanh(models.QuickGenerator):
    """The generator with tanh as its last layer."""

    def __init__(self, latent_dim: int, shape: Shape) -> None:
        super().__init__(latent_dim, shape)
        self.layers[-1] = nn.Tanh()


class AllSpectral(models.ConditionalDiscriminator):
    """The discriminator with spectral norm in its last layers, too."""

    def __init__(self, shape: Shape, classes: int) -> None:
        super().__init__(shape, classes)
        spectral_norm(self.score)
        spectral_norm(self.of_class)


class NoSpectral(models.ConditionalDiscriminator):
    """The discriminator without spectral norm."""

    def __init__(self, shape: Shape, classes: int) -> None:
        super().__init__(shape, classes)
        for layer in self.features:
            if hasattr(layer, "parametrizations"):
                nn.utils.parametrize.remove_parametrizations(layer, "weight")


VARIANTS = {
    "all choices": CONDITIONAL,
    "nobody is told the digit (`quick`)": QUICK,
    "spectral norm in the last layers, too": replace(CONDITIONAL, discriminator=AllSpectral),
    "no spectral norm": replace(CONDITIONAL, discriminator=NoSpectral),
    "rates of 2e-3": replace(CONDITIONAL, generator_rate=2e-3, discriminator_rate=2e-3),
    "rates that do not fall": replace(CONDITIONAL, decay_from=1.0),
    "betas (0.5, 0.99)": replace(
        CONDITIONAL, generator_betas=(0.5, 0.99), discriminator_betas=(0.5, 0.99)
    ),
    "no moving average": replace(CONDITIONAL, moving_average=None),
    "tanh as last layer": replace(CONDITIONAL, generator=PlainTanh),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    parser.add_argument("--keep", action="store_true", help="add to the figures that are there")
    args = parser.parse_args()
    path, rows = HERE / "ablation.json", []
    if args.keep and path.exists():
        rows = json.loads(path.read_text(encoding="utf-8"))
    data = load("mnist", "train")
    distance = metrics.frechet_from(look_at(data.floats())[0])
    for seed in args.seeds:
        for name, recipe in VARIANTS.items():
            state = new_state(recipe, data, seed)
            for state in train(state, data, Length(steps=args.steps)):
                pass
            row = {"variant": name, "seed": seed, "steps": args.steps}
            row |= measure(state, data, distance)
            print(json.dumps(row), flush=True)
            rows = [r for r in rows if (r["variant"], r["seed"]) != (name, seed)] + [row]
            write_atomically(path, json.dumps(rows, indent=1).encode())
        put(HERE / "README.md", "ablation", table(rows))
    print(table(rows))


def measure(state, data, distance) -> dict[str, float]:
    """Fréchet distance, obedience and the judge's accuracy of 10,000 images."""
    chosen = torch.randperm(len(data), generator=generator(state.seed, Purpose.CHOICE))[:COUNT]
    labels = data.labels[chosen]
    x = metrics.check_images(state.sample(len(chosen), state.seed, labels)[0])
    features, logits = look_at(x)
    figures = {"distance": distance(features)}
    if state.recipe.told == "both":
        figures["obedience"] = 100 * metrics.obedience(logits, labels)
    return figures | {"judge": 100 * fresh_judge(data.floats(chosen.flip(0)), x)[0]}


def table(rows) -> str:
    """Markdown, the mean and the range over the seeds."""
    seeds = sorted({row["seed"] for row in rows})
    lines = [
        f"{rows[0]['steps']:,} steps, seeds {', '.join(map(str, seeds))}: mean (least to most).",
        "",
    ]
    lines += ["| | Fréchet distance | obedience, % | judge right, % |", "|---|---|---|---|"]
    for name in VARIANTS:
        mine = [row for row in rows if row["variant"] == name]
        cells = [cell([r[k] for r in mine if k in r]) for k in ("distance", "obedience", "judge")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def cell(values) -> str:
    if not values:
        return "–"
    mean, least, most = statistics.mean(values), min(values), max(values)
    return f"{mean:.2f} ({least:.2f} to {most:.2f})" if len(values) > 1 else f"{mean:.2f}"


if __name__ == "__main__":
    main()
