"""Recipes: named, frozen sets of choices. All that a training needs to know besides the images.

Change one with `dataclasses.replace(QUICK, batch_size=32)`: a new recipe, the old one untouched.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from torch import nn

from gan_lib import UserError, models
from gan_lib.objectives import HINGE, Objective, binary_cross_entropy
from gan_lib.remedies import similarity
from gan_lib.remedies.vectors import told_by_vectors
from gan_lib.sources.imageset import Shape

TOLD = ("nobody", "generator", "both")


@dataclass(frozen=True)
class Recipe:
    """Which networks play, for what, how fast. `ValueError` for choices that do not go together."""

    name: str
    summary: str
    source: str
    generator: Callable[[int, Shape], nn.Module]  # takes latent_dim and the images' shape
    discriminator: Callable[[Shape, int], nn.Module]  # takes that shape and the number of classes
    objective: Objective
    generator_rate: float  # Adam's learning rates
    discriminator_rate: float
    batch_size: int  # real images an update, and as many generated ones
    epochs: int  # the length of a run where the user names none
    width_multiplier: float = 1.0  # of the maps, in the convolutions of quick and its kin
    noise_dim: int = 100  # normal numbers in the latent
    told: str = "nobody"  # who is told the class of an image: one of TOLD
    clusters: int = 0  # the classes are not the labels, but so many clusters: `sources.clusters`
    alike: str = "pixels"  # what images of a cluster have in common, or "edges"
    vectors: int = 0  # a class is told as a learned vector of so many numbers: `remedies.vectors`
    mismatched: int = 0  # of D's fakes, so many are real images beside a wrong class, at first
    generator_betas: tuple[float, float] = (0.9, 0.999)  # Adam's averages of gradient and square
    discriminator_betas: tuple[float, float] = (0.9, 0.999)
    discriminator_steps: int = 1  # updates of D for one of G, each with real images of its own
    input_noise_mean: float = 0.0  # noise on all that the discriminator sees in training
    input_noise_std: float = 0.0
    augmented: bool = False  # all that it sees is changed at random: `remedies.augment`
    moving_average: float | None = None  # decay of the averaged generator that samples are taken of
    decay_from: float = 1.0  # share of the run after which both rates fall linearly to 0
    channels_last: bool = False  # memory layout in which a CPU's convolutions are faster
    seed: int = 7

    def __post_init__(self) -> None:
        if self.told not in TOLD:
            raise ValueError(f"told must be one of {', '.join(TOLD)}, not {self.told!r}")
        if not 0 <= self.mismatched <= self.batch_size * (self.told == "both"):
            raise ValueError("only where both players are told the class can fakes be mismatched")
        if self.clusters and self.told == "nobody":
            raise ValueError("clusters are found to be told: to both players, or to the generator")
        if self.vectors and self.told != "both":
            raise ValueError("vectors are learnt of what both players are told")
        if self.discriminator_steps < 1:
            raise ValueError("the discriminator needs at least one update in a step")

    @property
    def images_a_step(self) -> int:
        """How many real images one step shows."""
        return self.batch_size * self.discriminator_steps

    def latent_dim(self, classes: int) -> int:
        """How many numbers the generator takes for an image of one of so many classes."""
        return self.noise_dim + (0 if self.told == "nobody" else classes)

    def build(
        self, shape: Shape, classes: int = 0, at_once: int = 1
    ) -> tuple[nn.Module, nn.Module]:
        """A new generator and a new discriminator, initialised with torch's global random state.

        `classes` numbers tell what an image shows, in `at_once` one-hots. Raises `UserError` where
        the networks do not take the shape, or are told classes that the images do not have.
        """
        if self.told == "both" and not classes:
            raise UserError(
                f"{self.name} tells both players the class, and these images have no labels: "
                "choose one that finds clusters, as clustered does, or tells nobody, as quick."
            )
        if self.vectors:
            networks = replace(self, vectors=0).build(shape, self.vectors * at_once)
            return told_by_vectors(networks, classes, self.vectors, at_once)
        width = () if self.width_multiplier == 1 else (self.width_multiplier,)
        generator = self.generator(self.latent_dim(classes), shape, *width)
        return generator, self.discriminator(shape, classes, *width)

    def rate_factor(self, progress: float) -> float:
        """What both rates are multiplied by when the share `progress` of the run is over."""
        return min(1.0, max(0.0, 1 - progress) / max(1e-9, 1 - self.decay_from))

    def mismatched_at(self, progress: float) -> int:
        """How many of D's fakes are mismatched when the share `progress` is over: as the rates."""
        return round(self.mismatched * self.rate_factor(progress))


MLP = Recipe(
    name="mlp",
    summary="two fully connected networks, the classic first GAN",
    source="the first of the two programs that the course grew from",
    generator=models.MLPGenerator,
    discriminator=models.MLPDiscriminator,
    objective=binary_cross_entropy(),
    generator_rate=1e-4,
    discriminator_rate=1e-4,
    batch_size=32,
    epochs=100,
)

MINIBATCH = Recipe(
    name="minibatch",
    summary="convolutions, spectral norm, batch norm and minibatch discrimination",
    source="the second of the two programs that the course grew from",
    generator=similarity.MinibatchGenerator,
    discriminator=similarity.MinibatchDiscriminator,
    # G's step scores both halves, so that batch norm and similarity see what D's step sees.
    objective=binary_cross_entropy(real_target=0.9, together=True),
    generator_rate=2e-3,
    discriminator_rate=1e-3,
    batch_size=64,
    epochs=100,
    noise_dim=64,
    told="generator",  # D never sees this class, so nothing makes G obey it
    # As published. A standard deviation of 1 drowns the image; 0.1, and a mean of 0, were meant.
    input_noise_mean=0.1,
    input_noise_std=1.0,
    channels_last=True,
)

QUICK = Recipe(
    name="quick",
    summary="low-resolution convolutions, hinge loss: digits within a minute on two cores",
    source="this course, notebook “The training loop”",
    generator=models.QuickGenerator,
    discriminator=models.QuickDiscriminator,
    objective=HINGE,
    # High, as spectral norm bounds a step of D, and as they fall to 0. A slow D lets G's be higher.
    generator_rate=8e-3,
    discriminator_rate=2e-3,
    batch_size=64,
    epochs=3,
    noise_dim=64,
    # The opponent changes with every step, so an average over past gradients points the wrong way.
    generator_betas=(0.0, 0.99),
    discriminator_betas=(0.0, 0.99),
    moving_average=0.99,  # about the last 100 steps: evens out the swing between the players
    decay_from=0.5,
    channels_last=True,
)

CONDITIONAL = replace(
    QUICK,
    name="conditional",
    summary="as quick, but both players are told the class: it obeys, and learns far faster",
    source="this course; projection discriminator of Miyato & Koyama, 2018",
    discriminator=models.ConditionalDiscriminator,
    generator_rate=4e-3,
    told="both",
    # A well-written 3 that claims to be an 8 is a fake, too: `remedies.mismatch`. They fall with
    # the rates: kept to the end, a long training's distance is larger (benchmarks/README.md).
    mismatched=4,
)

CLUSTERED = replace(
    CONDITIONAL,
    name="clustered",
    summary="as conditional, but told one of 200 clusters that were found without labels",
    source="this course, notebook “The latent space”; Liu et al., 2020",
    discriminator_rate=4e-3,
    mismatched=0,
    clusters=200,
    # 200 small tasks, of which a batch shows a few: so the average is longer, and the rates stay.
    moving_average=0.995,
    decay_from=0.75,
)

STACKED = replace(
    QUICK,
    name="stacked",
    summary="as quick, but wider: for the 1,000 modes of Stacked-MNIST",
    source="this course; Metz et al., 2017, for the images",
    generator_rate=4e-3,
    discriminator_rate=1e-3,  # a quarter of G's: so the modes are more even
    batch_size=128,
    epochs=30,
    width_multiplier=1.5,
    noise_dim=128,
    moving_average=0.999,
)

RECIPES = {r.name: r for r in (MLP, MINIBATCH, QUICK, CONDITIONAL, CLUSTERED, STACKED)}
