"""The state of a training: two networks, their optimizers, and what the last step measured.

`training` changes it step by step, `keeping` writes it to disk and keeps copies of it.
"""

import copy
import math
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_lib.machine.devices import pick_device, pick_precision
from gan_lib.machine.randomness import Purpose, randomness
from gan_lib.machine.team import ALONE, Team
from gan_lib.pair import Pair
from gan_lib.recipes import Recipe
from gan_lib.sources.imageset import ImageSet
from gan_lib.sources.kind import Kind

FIXED = 100  # latents that are followed


class Record(NamedTuple):
    """What one step measured. The discriminator's figures are from before its update."""

    step: int  # from 1
    epoch: int  # from 1: which pass over the images the step belongs to
    loss_discriminator: float  # with its penalty
    loss_generator: float
    accuracy_real: float  # share of real images with a logit above 0
    accuracy_fake: float  # share of generated images with a logit below 0
    confidence_real: float  # mean of D(x) = sigmoid(logit) over real images
    confidence_fake: float  # mean of D(G(z))
    seconds: float  # of training so far, and of nothing else
    images_per_second: float  # real images shown so far / seconds
    # What came later has a default, so that an older history can be read.
    penalty: float = math.nan  # that part of D's loss
    gradient_discriminator: float = math.nan  # norm of its loss's gradient, over all weights
    gradient_generator: float = math.nan
    gradient_images: float = math.nan  # norm of G's loss's gradient at the batch that it made
    logit_real: float = math.nan  # mean logit of real images
    logit_fake: float = math.nan
    variety: float = math.nan  # how varied the generated images are; 1: as the real ones


@dataclass
class State(Pair):
    """A training between two steps: everything that the next step depends on."""

    seed: int
    device: torch.device
    precision: torch.dtype
    optimizer_generator: torch.optim.Adam
    optimizer_discriminator: torch.optim.Adam
    averaged: nn.Module | None  # moving average of the generator, if the recipe keeps one
    fixed_latent: Tensor  # (100, latent_dim): the same throughout, to follow samples through time
    threads: int | None = None  # that a step is shared by on the CPU; None: the loop finds out
    team: Team = ALONE  # the processes that train together
    step: int = 0
    seconds: float = 0.0
    progress: float = 0.0  # the share of the run that was over after the last step, 0 to 1
    learns: str = "both"  # who is updated by the next step: "both", "discriminator", "generator"
    record: Record | None = None  # of the last step

    @property
    def sampler(self) -> nn.Module:
        """The generator to take samples from: the averaged one if there is one."""
        return self.generator if self.averaged is None else self.averaged

    def fixed_images(self) -> Tensor:
        """The images (100, C, H, W) of the fixed latents, on the CPU, in [-1, 1]."""
        return self.generate(self.fixed_latent)

    def autocast(self, penalised: bool = False) -> AbstractContextManager:
        """Inside, networks compute in the state's precision; with a penalty, in float32.

        Penalties live on small differences between logits, for which bfloat16 has 8 bits.
        """
        low = self.precision != torch.float32 and not penalised
        return torch.autocast(self.device.type, self.precision, enabled=low)


def new_state(
    recipe: Recipe,
    images: ImageSet | Kind,
    seed: int | None = None,
    device: str | None = None,
    precision: torch.dtype | None = None,
    threads: int | None = None,
) -> State:
    """A training on such images that is about to take its first step.

    On the best device unless one is named. Finding clusters counts as training. Raises `UserError`
    as `Recipe.build` does.
    """
    seed = recipe.seed if seed is None else seed
    begun = time.perf_counter()
    found = recipe.clusters, seed, recipe.alike
    kind = images if isinstance(images, Kind) else Kind.of(images, *found)
    seconds = time.perf_counter() - begun if recipe.clusters else 0.0
    device = pick_device(device)
    with randomness(seed, Purpose.WEIGHTS):
        generator, discriminator = recipe.build(kind.shape, kind.told_dim, kind.at_once)
    # On the CPU alone: Apple's GPUs make mistakes with batch norm in the other layout.
    last = recipe.channels_last and device.type == "cpu"
    optimizers = {}
    for player, network in (("generator", generator), ("discriminator", discriminator)):
        network.to(device, memory_format=torch.channels_last if last else torch.contiguous_format)
        optimizers[f"optimizer_{player}"] = _adam(network, recipe, player)
    averaged = None if recipe.moving_average is None else copy.deepcopy(generator)
    pair = Pair(recipe, kind, generator, discriminator)
    with randomness(seed, Purpose.FIXED_LATENT, device=device):
        fixed_latent = pair.latents(FIXED, kind.in_turn(FIXED))
    precision = precision or pick_precision(device)
    chosen = {"seed": seed, "device": device, "precision": precision, "threads": threads}
    first = {"averaged": averaged, "fixed_latent": fixed_latent, "seconds": seconds}
    return State(**vars(pair), **optimizers, **chosen, **first)


def _adam(network: nn.Module, recipe: Recipe, player: str) -> torch.optim.Adam:
    rate, betas = getattr(recipe, f"{player}_rate"), getattr(recipe, f"{player}_betas")
    # Fused: one pass over all weights instead of one for each.
    fused = next(network.parameters()).device.type in ("cpu", "cuda")
    return torch.optim.Adam(network.parameters(), rate, betas, fused=fused)
