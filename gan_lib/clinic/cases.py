"""The cases: a training that falls ill by one switch, and the same with its remedy.

All begin from `networks.PLAIN`. Each case was kept only because it falls ill, and its remedy
heals, in each of six seeds: `benchmarks/failures.py`. Notebook "When it fails".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_lib.clinic import illnesses
from gan_lib.clinic.examination import Examination, examine
from gan_lib.clinic.illnesses import Illness
from gan_lib.clinic.networks import PLAIN, Comparing, PlainDiscriminator, PlainGenerator, Shifted
from gan_lib.length import Length
from gan_lib.objectives import SATURATING, WASSERSTEIN
from gan_lib.recipes import Recipe
from gan_lib.remedies.penalties import Penalty, r1
from gan_lib.sources.imageset import ImageSet
from gan_lib.state import Record, State, new_state
from gan_lib.training import train

STEPS = 600  # after which the illness is plain to see


@dataclass(frozen=True)
class Setup:
    """A training to be: its recipe, its images, and what is done to the state before it begins."""

    recipe: Recipe = PLAIN
    images: Callable[[ImageSet], ImageSet] = lambda images: images
    meddle: Callable[[State], None] = lambda state: None

    def course(self, data: ImageSet, seed: int, steps: int = STEPS) -> Iterator[State]:
        """Train on `data`, and yield after each step: on the CPU, in float32."""
        images = self.images(data)
        state = new_state(self.recipe, images, seed, device="cpu", precision=torch.float32)
        self.meddle(state)
        yield from train(state, images, Length(steps=steps))

    def examined(
        self, real: ImageSet, held_out: ImageSet, seed: int, steps: int = STEPS
    ) -> tuple[State, list[Record], Examination]:
        """Train to the end, and examine: the state, its history, and what the networks show."""
        history = []
        for state in self.course(real, seed, steps):
            history.append(state.record)
        return state, history, examine(state, self.images(real), self.images(held_out))


@dataclass(frozen=True)
class Case:
    """An illness, provoked by one switch, and the same with the remedy."""

    illness: Illness
    switch: str  # in words
    ill: Setup
    remedy: str  # in words
    cured: Setup = Setup()


class HalfRange(ImageSet):
    """Images that are fed in [0, 1]: the slip of everybody who forgets the second half."""

    def floats(self, rows: slice | Tensor = slice(None)) -> Tensor:
        """(N, C, H, W) in [0, 1]."""
        return self.images[rows].float() / 255


def in_half_range(data: ImageSet) -> ImageSet:
    """The same images, in [0, 1]."""
    return HalfRange(**vars(data))


def few(data: ImageSet) -> ImageSet:
    """The first hundred of the images."""
    return data.part(slice(100))


class Detaching:
    """Before a generator's class: its images carry no gradient, as where its step detaches them."""

    def forward(self, z: Tensor) -> Tensor:
        return super().forward(z).detach() + 0 * sum(p.sum() for p in self.parameters())


class Detached(Detaching, PlainGenerator):
    """`PlainGenerator`, detached."""


def never_cleared(state: State) -> None:
    """Let the generator's gradients add up from step to step, as without `zero_grad`."""
    state.optimizer_generator.zero_grad = lambda *args, **kwargs: None


def _plain(**choices: object) -> Setup:
    return Setup(replace(PLAIN, **choices))


MOMENTUM = {"generator_betas": (0.95, 0.999), "discriminator_betas": (0.95, 0.999)}
FEW = replace(PLAIN, generator_rate=2e-3, discriminator_rate=2e-3)
AHEAD = {"discriminator_rate": 1e-2}  # ten times G's

CASES = {
    case.illness.name: case
    for case in (
        Case(
            illnesses.COLLAPSE,
            "Adam's first beta at 0.95 instead of 0.5",
            _plain(**MOMENTUM),
            "0.5",
        ),
        Case(
            illnesses.SLOW_GENERATOR,
            "G's rate at a hundredth of D's",
            _plain(generator_rate=1e-5),
            "the same rate",
        ),
        Case(
            illnesses.BLIND,
            "D's rate at a hundredth of G's",
            _plain(discriminator_rate=1e-5),
            "the same rate",
        ),
        Case(
            illnesses.SATURATED,
            "the minimax loss, and a D that is ahead",
            _plain(objective=SATURATING, **AHEAD),
            "the non-saturating loss, D ahead all the same",
            _plain(**AHEAD),
        ),
        Case(
            illnesses.UNBOUNDED,
            "the Wasserstein loss without a penalty",
            _plain(objective=replace(WASSERSTEIN, penalties=())),
            "a gradient penalty",
            _plain(objective=WASSERSTEIN),
        ),
        Case(
            illnesses.BY_HEART,
            "100 images, at twice the rates",
            Setup(FEW, few),
            "all that D sees is shifted at random",
            Setup(replace(FEW, discriminator=Shifted), few),
        ),
        Case(
            illnesses.WRONG_RANGE,
            "real images in [0, 1]",
            Setup(images=in_half_range),
            "in [-1, 1]",
        ),
        Case(
            illnesses.GROUND,
            "tanh as G's last layer",
            _plain(generator=partial(PlainGenerator, last=nn.Tanh)),
            "`Ink`",
        ),
        Case(
            illnesses.MIXED_BATCH,
            "batch norm in D",
            _plain(discriminator=partial(PlainDiscriminator, norm=nn.BatchNorm2d)),
            "none",
        ),
        Case(
            illnesses.STATISTICS,
            "a momentum of 0.0001 in G's batch norm",
            _plain(generator=partial(PlainGenerator, momentum=1e-4)),
            "0.1",
        ),
        Case(illnesses.UNCLEARED, "no zero_grad for G", Setup(meddle=never_cleared), "zero_grad"),
        Case(illnesses.DETACHED, "detach in G's step", _plain(generator=Detached), "none"),
        Case(
            illnesses.SIGMOID,
            "D ends in a sigmoid",
            _plain(discriminator=partial(PlainDiscriminator, last=nn.Sigmoid)),
            "it ends in the logit",
        ),
    )
}

MYTHS = {  # what is said to break a training, or to heal one → that training
    "a generator ten times as fast collapses": _plain(generator_rate=1e-2),
    "a discriminator that is right 85 times of 100 has won": _plain(**AHEAD),
    "a latent of two numbers collapses": _plain(noise_dim=2),
    "spectral norm cures the collapse of a momentum of 0.95": _plain(
        discriminator=partial(PlainDiscriminator, wrap=spectral_norm), **MOMENTUM
    ),
    "minibatch discrimination cures it": _plain(discriminator=Comparing, **MOMENTUM),
    "a penalty (R1) cures it": _plain(
        objective=replace(PLAIN.objective, penalties=(Penalty(r1),)), **MOMENTUM
    ),
}
