"""Recipes: named, frozen sets of choices. All that a training needs to know besides the images.

Change one with `dataclasses.replace(QUICK, batch_size=32)`: a new recipe, the old one untouched.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_lib import models
from gan_lib.objectives import HINGE, Objective, binary_cross_entropy

DIGITS = 10


def other_digits(digits: Tensor) -> Tensor:
    """For each of the digits (N,) a random one of the nine others."""
    return (digits + torch.randint_like(digits, 1, DIGITS)) % DIGITS


def one_hot(digits: Tensor) -> Tensor:
    """Digits (N,) → (N, 10): a 1 at the digit, and 0 elsewhere. The form that networks read."""
    return F.one_hot(digits, DIGITS).float()


@dataclass(frozen=True)
class Recipe:
    """Which networks play, for what, and how fast. Each default is the plain choice."""

    name: str
    summary: str
    source: str
    generator: Callable[[int], nn.Module]  # takes latent_dim
    discriminator: Callable[[], nn.Module]
    objective: Objective
    generator_rate: float  # Adam's learning rates
    discriminator_rate: float
    batch_size: int  # real images a step, and as many generated ones
    epochs: int  # the length of a run where the user names none
    noise_dim: int = 100  # normal numbers in the latent
    latent_digit: bool = False  # append a one-hot digit to them
    tells_discriminator: bool = False  # show D that digit too, and the label of a real image
    mismatched: int = 0  # of a batch's fakes, how many are real images beside a wrong digit
    betas: tuple[float, float] = (0.9, 0.999)  # Adam's moving averages of gradient and its square
    input_noise_mean: float = 0.0  # noise on all that the discriminator sees in training
    input_noise_std: float = 0.0
    generator_step_scores_real: bool = False  # the generator's step shows D the real images too
    moving_average: float | None = None  # decay of the averaged generator that samples are taken of
    decay_from: float = 1.0  # share of the run after which both rates fall linearly to 0
    channels_last: bool = False  # memory layout in which CPU convolutions are faster
    seed: int = 7

    @property
    def latent_dim(self) -> int:
        """How many numbers the generator takes for one image."""
        return self.noise_dim + (DIGITS if self.latent_digit else 0)

    def sample_latent(
        self, count: int, device: torch.device | str = "cpu", digits: Tensor | None = None
    ) -> Tensor:
        """`count` random latents, (count, latent_dim), drawn with torch's global random state.

        Where a digit belongs to the latent, `digits` (count,) names it; without, it is random.
        """
        z = torch.randn(count, self.noise_dim, device=device)
        if self.latent_digit and digits is None:
            digits = torch.randint(DIGITS, (count,), device=device)
        return self.join(z, digits)

    def join(self, noise: Tensor, digits: Tensor | None = None) -> Tensor:
        """Latents (N, latent_dim) from their normal numbers (N, noise_dim) and digits (N,).

        Where no digit belongs to the latent, the normal numbers are all of it.
        """
        if not self.latent_digit:
            return noise
        return torch.cat([noise, one_hot(digits.to(noise.device))], dim=1)

    def told(self, digits: Tensor | None) -> list[Tensor]:
        """What the discriminator is shown beside images: nothing, or digits (N,) as (N, 10)."""
        return [one_hot(digits)] if self.tells_discriminator else []

    def add_input_noise(self, x: Tensor) -> Tensor:
        """`x` as the discriminator sees it in training."""
        if self.input_noise_std == 0 and self.input_noise_mean == 0:
            return x
        return x + self.input_noise_mean + self.input_noise_std * torch.randn_like(x)

    def rate_factor(self, progress: float) -> float:
        """What both rates are multiplied by when the share `progress` of the run is over."""
        if progress <= self.decay_from:
            return 1.0
        return max(0.0, (1 - progress) / (1 - self.decay_from))

    def build(self) -> tuple[nn.Module, nn.Module]:
        """A new generator and a new discriminator, initialised with torch's global random state."""
        return self.generator(self.latent_dim), self.discriminator()

    def choices(self) -> dict[str, str]:
        """Every choice as text, to tell recipes apart. An objective is known by its name."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in TEXTS}
        values |= {k: getattr(self, k).__name__ for k in ("generator", "discriminator")}
        return {k: str(v) for k, v in (values | {"objective": self.objective.name}).items()}


TEXTS = ("summary", "source", "epochs", "seed")  # fields that do not change how a step trains

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
    generator=models.MinibatchGenerator,
    discriminator=models.MinibatchDiscriminator,
    objective=binary_cross_entropy(real_target=0.9),
    generator_rate=2e-3,
    discriminator_rate=1e-3,
    batch_size=64,
    epochs=100,
    noise_dim=64,
    # The discriminator is never told this digit, so nothing makes the generator obey it.
    latent_digit=True,
    # As published. A standard deviation of 1 drowns the image; 0.1, and a mean of 0, were meant.
    input_noise_mean=0.1,
    input_noise_std=1.0,
    channels_last=True,
    generator_step_scores_real=True,  # so that batch norm and similarity see what D's step sees
)

QUICK = Recipe(
    name="quick",
    summary="low-resolution convolutions, hinge loss: digits within a minute on two cores",
    source="this course, notebook 03",
    generator=models.QuickGenerator,
    discriminator=models.QuickDiscriminator,
    objective=HINGE,
    # High rates, since spectral norm bounds what a step can do to D, and since they fall to 0.
    generator_rate=4e-3,
    discriminator_rate=4e-3,
    batch_size=64,
    epochs=3,
    noise_dim=64,
    # The opponent changes with every step, so an average over past gradients points the wrong way.
    betas=(0.0, 0.99),
    moving_average=0.99,  # about the last 100 steps: evens out the swing between the players
    decay_from=0.5,
    channels_last=True,
)

CONDITIONAL = replace(
    QUICK,
    name="conditional",
    summary="as quick, but both players are told the digit: it obeys, and learns far faster",
    source="this course; projection discriminator of Miyato & Koyama, 2018",
    discriminator=models.ConditionalDiscriminator,
    latent_digit=True,
    tells_discriminator=True,
    # A well-written 3 that claims to be an 8 is a fake, too. Without such examples D learns mostly
    # from bad writing, and G obeys less. Reed et al., "Generative Adversarial Text to Image
    # Synthesis", 2016.
    mismatched=4,
)

RECIPES = {recipe.name: recipe for recipe in (MLP, MINIBATCH, QUICK, CONDITIONAL)}
