"""What each choice of a recipe is worth: all of them, then without each.

python benchmarks/ablation.py [--of quick conditional clustered] [--steps 800] [--seeds 7 8 9]
                              [--variants NAME ...] [--keep]

Every line is a training of the same number of steps, so the pace of the machine plays no part; what
a choice costs in speed is `training_speed.py`'s business. It prints the figures, and writes
`benchmarks/ablation.json`, the tables in `benchmarks/README.md` and `resources/told.png`.
About twelve minutes a seed; with --keep, two calls with seeds of their own may run side by side.
"""

import argparse
import itertools
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from report import keep_rows, matching, mean_and_range, put
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_lib import models
from gan_lib.data import ImageSet, load
from gan_lib.keeping.files import write_atomically
from gan_lib.length import Length
from gan_lib.machine.randomness import Purpose, generator
from gan_lib.measures.yardstick import Yardstick
from gan_lib.objectives import RELATIVISTIC
from gan_lib.pictures.plots import FAKE, DescribedFigure
from gan_lib.plane.players import penalised
from gan_lib.recipes import CLUSTERED, CONDITIONAL, QUICK, Recipe
from gan_lib.sources.imageset import Shape
from gan_lib.state import State, new_state
from gan_lib.training import train

HERE = Path(__file__).parent


def without_spectral_norm(layers: nn.Sequential) -> None:
    """Take it off all layers that have it."""
    for layer in layers:
        if hasattr(layer, "parametrizations"):
            nn.utils.parametrize.remove_parametrizations(layer, "weight")


class PlainTanh(models.QuickGenerator):
    """The generator with tanh as its last layer."""

    def __init__(self, latent_dim: int, shape: Shape) -> None:
        super().__init__(latent_dim, shape)
        self.layers[-1] = nn.Tanh()


class AllSpectral(models.ConditionalDiscriminator):
    """The discriminator with spectral norm in its last layers, too."""

    def __init__(self, shape: Shape, classes: int) -> None:
        super().__init__(shape, classes)
        self.of_class.reset_parameters()  # a matrix of zeros has no largest singular value
        spectral_norm(self.score)
        spectral_norm(self.of_class)


class NoSpectral(models.ConditionalDiscriminator):
    """The discriminator without spectral norm."""

    def __init__(self, shape: Shape, classes: int) -> None:
        super().__init__(shape, classes)
        without_spectral_norm(self.features)


class Sharing(models.ConditionalDiscriminator):
    """The discriminator whose 200 clusters are mixtures of 32 vectors."""

    def __init__(self, shape: Shape, classes: int) -> None:
        super().__init__(shape, classes)
        count = self.of_class.out_features
        mixture = nn.Linear(classes, 32, bias=False), nn.Linear(32, count, bias=False)
        self.of_class = nn.Sequential(*mixture)


class AtRandom(models.ConditionalDiscriminator):
    """The discriminator whose vectors of the classes begin at random."""

    def __init__(self, shape: Shape, classes: int) -> None:
        super().__init__(shape, classes)
        self.of_class.reset_parameters()


def at_random(state: State, told: ImageSet) -> Tensor:
    """Groups as large as the clusters, of images that have nothing in common."""
    draw = generator(state.seed, Purpose.CHOICE)
    return told.labels[torch.randperm(len(told), generator=draw)]


@torch.no_grad()
def by_features(state: State, told: ImageSet) -> Tensor:
    """k-means goes on from the groups of now, but on what the discriminator sees in an image.

    As Liu et al., 2020, do it.
    """
    parts = torch.arange(len(told)).split(1000)
    seen = torch.cat([state.discriminator.features(told.floats(part)) for part in parts]).numpy()
    seen = PCA(50, random_state=state.seed).fit_transform(seen)
    groups = [seen[told.labels == number] for number in range(len(told.classes))]
    starts = [group.mean(0) if len(group) else seen[i] for i, group in enumerate(groups)]
    found = KMeans(len(starts), init=starts, n_init=1, max_iter=10).fit(seen)
    return torch.from_numpy(found.labels_).long()


@dataclass(frozen=True)
class Variant:
    """A recipe, and what else is done otherwise."""

    recipe: Recipe
    groups: Callable[[State, ImageSet], Tensor] | None = None  # (N,), instead of the clusters,
    at: tuple[float, ...] = ()  # from these shares of the run on
    as_frequent: bool = True  # clusters are drawn as often as there are images of them


class FreeQuick(models.QuickDiscriminator):
    """The discriminator of `quick` without spectral norm."""

    def __init__(self, shape: Shape, classes: int) -> None:
        super().__init__(shape, classes)
        without_spectral_norm(self.layers)


VARIANTS = {
    "quick": {  # the choices that notebook "The training loop" switches off
        "all choices": Variant(QUICK),
        "betas of (0, 0.99)": Variant(
            replace(QUICK, generator_betas=(0.9, 0.999), discriminator_betas=(0.9, 0.999))
        ),
        "high rates": Variant(replace(QUICK, generator_rate=8e-4, discriminator_rate=2e-4)),
        "spectral norm": Variant(replace(QUICK, discriminator=FreeQuick)),
        "the moving average": Variant(replace(QUICK, moving_average=None)),
        "rates that fall": Variant(replace(QUICK, decay_from=1.0)),
    },
    "conditional": {
        "all choices": Variant(CONDITIONAL),
        "nobody is told the digit (`quick`)": Variant(QUICK),
        "no mismatched fakes": Variant(replace(CONDITIONAL, mismatched=0)),
        "vectors of the classes that begin at random": Variant(
            replace(CONDITIONAL, discriminator=AtRandom)
        ),
        "spectral norm in the last layers, too": Variant(
            replace(CONDITIONAL, discriminator=AllSpectral)
        ),
        "no spectral norm": Variant(replace(CONDITIONAL, discriminator=NoSpectral)),
        "rates of 2e-3": Variant(
            replace(CONDITIONAL, generator_rate=2e-3, discriminator_rate=2e-3)
        ),
        "rates that do not fall": Variant(replace(CONDITIONAL, decay_from=1.0)),
        "betas (0.5, 0.99)": Variant(
            replace(CONDITIONAL, generator_betas=(0.5, 0.99), discriminator_betas=(0.5, 0.99))
        ),
        "no moving average": Variant(replace(CONDITIONAL, moving_average=None)),
        "tanh as last layer": Variant(replace(CONDITIONAL, generator=PlainTanh)),
    },
    "clustered": {
        "all choices: 200 clusters": Variant(CLUSTERED),
        "nobody is told anything (`quick`)": Variant(QUICK),
        "10 clusters": Variant(replace(CLUSTERED, clusters=10)),
        "50 clusters": Variant(replace(CLUSTERED, clusters=50)),
        "rates that fall from the half, a shorter average": Variant(
            replace(CLUSTERED, decay_from=0.5, moving_average=0.99)
        ),
        "1,000 clusters": Variant(replace(CLUSTERED, clusters=1000)),
        "200 groups at random": Variant(CLUSTERED, at_random, at=(0,)),
        "200 clusters of D's features, found anew four times": Variant(
            CLUSTERED, by_features, at=(0.2, 0.4, 0.6, 0.8)
        ),
        "clusters sampled as if all were as frequent": Variant(CLUSTERED, as_frequent=False),
        "the clusters share 32 vectors in D": Variant(replace(CLUSTERED, discriminator=Sharing)),
        "mismatched fakes": Variant(replace(CLUSTERED, mismatched=4)),
        "the true digits instead": Variant(replace(CLUSTERED, clusters=0)),
        # At the rates of `quick`, which objectives.py finds best for it, too.
        "nobody is told anything; pairs, R1 + R2": Variant(
            replace(
                QUICK,
                objective=penalised(replace(RELATIVISTIC, penalties=()), gamma=0.1),
                discriminator=FreeQuick,
            )
        ),
    },
}

TOLD = {  # on the axis of resources/told.png: variants of `clustered`
    "nothing": "nobody is told anything (`quick`)",
    "nothing, but pairs, R1 + R2": "nobody is told anything; pairs, R1 + R2",
    "200 groups at random": "200 groups at random",
    "one of 10 clusters": "10 clusters",
    "one of 50 clusters": "50 clusters",
    "one of 200 clusters": "all choices: 200 clusters",
    "one of 1,000 clusters": "1,000 clusters",
    "the digit": "the true digits instead",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--of", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    parser.add_argument("--variants", nargs="+", help="only these; default: all of each recipe")
    parser.add_argument("--keep", action="store_true", help="add to the figures that are there")
    args = parser.parse_args()
    path = HERE / "ablation.json"
    if not args.keep:
        path.unlink(missing_ok=True)
    data = load("mnist", "train")
    yardstick = Yardstick(data, load("mnist", "test"))
    for seed in args.seeds:
        for of in args.of:
            for name, variant in VARIANTS[of].items():
                if args.variants and name not in args.variants:
                    continue
                row = {"of": of, "variant": name, "seed": seed, "steps": args.steps}
                trained = run(variant, data, seed, args.steps)
                row |= measure(variant, trained, yardstick, COLUMNS[of].values())
                keep_rows(path, {k: row[k] for k in ("of", "variant", "seed")}, [row], write)


def write(rows: list[dict]) -> None:
    """The tables in the README."""
    for of in {row["of"] for row in rows}:
        put(HERE / "README.md", f"ablation of {of}", table(rows, of))
    write_atomically(HERE.parent / "resources" / "told.png", axis_of_told(rows).picture().png)


def run(variant: Variant, data: ImageSet, seed: int, steps: int) -> State:
    """Train; where the variant says so, with other groups than those that the recipe finds."""
    state = new_state(variant.recipe, data, seed)
    told = state.kind.labelled(data)
    moments = {round(share * steps) for share in variant.at}
    for state in itertools.chain([state], train(state, told, Length(steps=steps))):
        if state.step in moments:  # the loop reads the labels at each step
            told.labels.copy_(variant.groups(state, told))
            counts = told.labels.bincount(minlength=len(told.classes))
            state.kind.clusters.shares.copy_(counts / counts.sum())
    return state


def measure(
    variant: Variant, state: State, yardstick: Yardstick, wanted: Collection[str]
) -> dict[str, float]:
    """Figures of 10,000 images; digits that can be asked for are, in their real shares.

    All of them, unless the distance alone is wanted, which takes a tenth of the time.
    """
    if not variant.as_frequent:
        state.kind.clusters.shares.fill_(1 / len(state.classes))
    images, asked = yardstick.sample(state, state.seed)
    if set(wanted) == {"Fréchet distance"}:
        return {"Fréchet distance": yardstick.distance(images)}
    return {reading.name: reading.value for reading in yardstick.measure(images, asked)}


COLUMNS = {  # of which ablation: heading, figure
    "quick": {"Fréchet distance": "Fréchet distance"},
    "conditional": {
        "Fréchet distance": "Fréchet distance",
        "obedience, %": "obedience (%)",
        "judge right, %": "judge, grey levels (%)",
    },
    "clustered": {
        "Fréchet distance": "Fréchet distance",
        "judge right, %": "judge, grey levels (%)",
        "rarest digit, %": "rarest digit (%)",
        "commonest digit, %": "commonest digit (%)",
        "copying, C_T": "copying, C_T",
    },
}


def table(rows, of: str) -> str:
    """Markdown, the mean and the range over the seeds."""
    rows = [row for row in rows if row["of"] == of]
    seeds = sorted({row["seed"] for row in rows})
    lines = [
        f"{rows[0]['steps']:,} steps, seeds {', '.join(map(str, seeds))}: mean (least to most).",
        "",
    ]
    columns = COLUMNS[of]
    lines += ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name in VARIANTS[of]:
        if mine := [row for row in rows if row["variant"] == name]:
            cells = [mean_and_range([r[k] for r in mine if k in r]) for k in columns.values()]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def axis_of_told(rows) -> DescribedFigure:
    """What D is told, and the distance that came of it: a point a seed."""
    figure = DescribedFigure(7.5, 2.6, "")
    axes, said = figure.subplots(), []
    for place, (name, variant) in enumerate(TOLD.items()):
        mine = matching(rows, of="clustered", variant=variant)
        values = [row["Fréchet distance"] for row in mine]
        axes.plot(values, [place] * len(values), "o", ms=5, alpha=0.6, color=FAKE)
        said.append(f"{name}: {mean_and_range(values, 0)}")
    axes.set_yticks(range(len(TOLD)), list(TOLD))
    axes.invert_yaxis()
    steps = matching(rows, of="clustered")[0]["steps"]
    axes.set(xscale="log", xlabel=f"Fréchet distance after {steps} steps")
    axes.set_xticks([10, 20, 50, 100], ["10", "20", "50", "100"])
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#eeeeee")
    figure.alt = f"Told what, and how far from real digits: {'; '.join(said)}"
    return figure


if __name__ == "__main__":
    main()
