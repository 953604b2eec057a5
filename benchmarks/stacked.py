"""How many of the 1,000 modes of Stacked-MNIST are found, in how long, and how evenly?

python benchmarks/stacked.py [--seeds 7 8 9] [--arms NAME ...] [--seconds 180 1800]
                             [--device cpu] [--keep]

It needs nobody else on the machine: half an hour an arm and seed. Only training counts as time. The
rates fall towards the end of a run, so each length is a training of its own. Writes
`benchmarks/stacked.json` and the table in `benchmarks/README.md`.
"""

import argparse
import statistics
from dataclasses import replace
from pathlib import Path

from report import keep_rows, put
from torch import Tensor, nn

from gan_lib.data import load
from gan_lib.keeping import checkpoints
from gan_lib.length import Length
from gan_lib.measures.modes import DISTANCE, EQUAL, FOUND, MANY, PUBLISHED, REAL, StackedYardstick
from gan_lib.models import count_parameters
from gan_lib.objectives import binary_cross_entropy
from gan_lib.recipes import CLUSTERED, STACKED, Recipe
from gan_lib.sources.imageset import Shape
from gan_lib.state import new_state
from gan_lib.training import train

HERE = Path(__file__).parent
PATH = HERE / "stacked.json"
RUNS = HERE.parent / "runs" / "stacked"


class ClassicGenerator(nn.Module):
    """Transposed convolutions from 7 x 7, as in DCGAN (Radford et al., 2016)."""

    def __init__(self, latent_dim: int, shape: Shape) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(latent_dim, 64 * 7 * 7),
            nn.Unflatten(1, (64, 7, 7)),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.ConvTranspose2d(32, shape[0], 4, stride=2, padding=1),
            nn.Tanh(),
        )

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z)


class SmallDiscriminator(nn.Module):
    """Strided convolutions with batch norm, as in DCGAN, with few maps."""

    maps = 4

    def __init__(self, shape: Shape, classes: int = 0) -> None:
        super().__init__()
        maps = self.maps
        self.layers = nn.Sequential(
            nn.Conv2d(shape[0], maps, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(maps, 2 * maps, 4, stride=2, padding=1),
            nn.BatchNorm2d(2 * maps),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(2 * maps * 7 * 7, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x).squeeze(1)


class FullDiscriminator(SmallDiscriminator):
    """The same with as many maps as the generator has."""

    maps = 32


CLASSIC = Recipe(
    name="classic",
    summary="DCGAN's choices",
    source="Radford et al., 2016",
    generator=ClassicGenerator,
    discriminator=FullDiscriminator,
    objective=binary_cross_entropy(),
    generator_rate=2e-4,
    discriminator_rate=2e-4,
    batch_size=64,
    epochs=30,
    generator_betas=(0.5, 0.999),
    discriminator_betas=(0.5, 0.999),
    channels_last=True,
)
SIZE = {name: getattr(STACKED, name) for name in ("width_multiplier", "noise_dim", "batch_size")}
ARMS = {
    "`stacked`": STACKED,
    "told one of 200 clusters": replace(CLUSTERED, moving_average=0.999, **SIZE),
    "DCGAN": CLASSIC,
    "DCGAN with a small D": replace(CLASSIC, discriminator=SmallDiscriminator),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    parser.add_argument("--seconds", type=int, nargs="+", default=[180, 1800])
    parser.add_argument("--device", help="default: the best there is")
    parser.add_argument("--keep", action="store_true", help="add to the figures that are there")
    args = parser.parse_args()
    if not args.keep:
        PATH.unlink(missing_ok=True)
    data = load("stacked-mnist", "train")
    yardstick = StackedYardstick(data, load("stacked-mnist", "test"))
    for seed in args.seeds:
        for arm in args.arms:
            for seconds in args.seconds:
                state = new_state(ARMS[arm], data, seed, args.device)
                for state in train(state, data, Length(seconds=seconds)):
                    pass
                key = {"arm": arm, "seed": seed, "seconds": seconds, "device": state.device.type}
                networks = state.generator, state.discriminator
                figures = {r.name: [r.value, r.floor] for r in yardstick.readings(state, seed)}
                row = {"steps": state.step, "parameters": list(map(count_parameters, networks))}
                keep_rows(PATH, key, [key | row | {"figures": figures}], write)
                folder = RUNS / f"{ARMS[arm].name}-{seed}-{seconds}"
                folder.mkdir(parents=True, exist_ok=True)
                checkpoints.save(state, folder, {"data": "Stacked-MNIST train 60000"})


COLUMNS = {  # heading: figure, decimals
    f"modes, {PUBLISHED:,}": (FOUND, 1),
    f"KL to equal shares, {PUBLISHED:,}": (EQUAL.format(PUBLISHED), 4),
    f"{MANY:,}": (EQUAL.format(MANY), 4),
    f"KL to the real shares, {PUBLISHED:,}": (REAL.format(PUBLISHED), 4),
    f"{MANY:,} ": (REAL.format(MANY), 4),
    "distance of the channels": (DISTANCE, 2),
}


def write(rows: list[dict]) -> None:
    """The table in the README."""
    put(HERE / "README.md", "stacked", table(rows))


def table(rows: list[dict]) -> str:
    """Markdown: a line for each arm, device and length, mean and range over the seeds."""
    lines = ["| | seconds | seeds | steps | parameters of G, D | " + " | ".join(COLUMNS) + " |"]
    lines.append("|---" * (len(COLUMNS) + 5) + "|")
    for arm in ARMS:
        kinds = sorted({(r["seconds"], r["device"]) for r in rows if r["arm"] == arm})
        for seconds, device in kinds:
            key = {"arm": arm, "seconds": seconds, "device": device}
            ours = [row for row in rows if key.items() <= row.items()]
            steps = statistics.mean(row["steps"] for row in ours)
            sizes = ", ".join(f"{size:,}" for size in ours[0]["parameters"])
            when = f"{seconds:,}" + f" ({device})" * (device != "cpu")
            cells = [_cell([r["figures"][f][0] for r in ours], d) for f, d in COLUMNS.values()]
            lines.append(
                f"| {arm} | {when} | {len(ours)} | {steps:,.0f} | {sizes} | {' | '.join(cells)} |"
            )
    floor = [f"{rows[0]['figures'][f][1]:,.{d}f}" for f, d in COLUMNS.values()]
    lines.append(f"| *floor: held-out digits* | | | | | {' | '.join(floor)} |")
    return "\n".join(lines) + "\n"


def _cell(values: list[float], decimals: int) -> str:
    text = f"{statistics.mean(values):,.{decimals}f}"
    if len(values) > 1:
        text += f" ({min(values):,.{decimals}f} to {max(values):,.{decimals}f})"
    return text


if __name__ == "__main__":
    main()
