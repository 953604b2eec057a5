"""The state of a training: two networks, their optimizers, and what the last step measured.

`training` changes it step by step, `checkpoints` writes it to disk, `session` keeps copies of it.
"""

import copy
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_lib.devices import pick_device, pick_precision, step_randomness
from gan_lib.recipes import DIGITS, Recipe


class Record(NamedTuple):
    """What one step measured. The discriminator's figures are from before its update."""

    step: int  # from 1
    epoch: int  # from 1: which pass over the images the step belongs to
    loss_discriminator: float
    loss_generator: float
    accuracy_real: float  # share of real images with a logit above 0
    accuracy_fake: float  # share of generated images with a logit below 0
    confidence_real: float  # mean of D(x) = sigmoid(logit) over real images
    confidence_fake: float  # mean of D(G(z))
    seconds: float  # of training so far, and of nothing else
    images_per_second: float  # real images shown so far / seconds


@dataclass
class State:
    """A training between two steps: everything that the next step depends on."""

    recipe: Recipe
    seed: int
    device: torch.device
    precision: torch.dtype
    generator: nn.Module
    discriminator: nn.Module
    optimizer_generator: torch.optim.Adam
    optimizer_discriminator: torch.optim.Adam
    averaged: nn.Module | None  # moving average of the generator, if the recipe keeps one
    fixed_latent: Tensor  # (100, latent_dim): the same throughout, to follow samples through time
    step: int = 0
    seconds: float = 0.0
    progress: float = 0.0  # the share of the run that was over after the last step, 0 to 1
    learns: str = "both"  # who is updated by the next step: "both", "discriminator", "generator"
    record: Record | None = None  # of the last step

    @property
    def sampler(self) -> nn.Module:
        """The generator to take samples from: the averaged one if there is one."""
        return self.generator if self.averaged is None else self.averaged

    def sample(self, z: Tensor | None = None) -> Tensor:
        """Images (N, 1, 28, 28) on the CPU, in [-1, 1], for `z` or for the fixed latent.

        Works on a copy, so that the model in training never leaves training mode.
        """
        z = self.fixed_latent if z is None else z
        return generate(copy.deepcopy(self.sampler), z)


@torch.no_grad()
def generate(generator: nn.Module, z: Tensor, batch_size: int = 500) -> Tensor:
    """Images (N, 1, 28, 28), float32 in [-1, 1], on the CPU. Puts `generator` in eval mode."""
    generator.eval()
    device = next(generator.parameters()).device
    return torch.cat([generator(part.to(device)).float().cpu() for part in z.split(batch_size)])


def new_state(
    recipe: Recipe,
    seed: int | None = None,
    device: str | None = None,
    precision: torch.dtype | None = None,
) -> State:
    """A training that is about to take its first step, on the best device unless one is named."""
    seed = recipe.seed if seed is None else seed
    device = pick_device(device)
    with step_randomness(seed, 0, device):
        generator, discriminator = recipe.build()
        fixed_latent = recipe.sample_latent(100, digits=torch.arange(100) % DIGITS)
    layout = torch.channels_last if recipe.channels_last else torch.contiguous_format
    generator.to(device, memory_format=layout)
    discriminator.to(device, memory_format=layout)
    fused = device.type in ("cpu", "cuda")  # one pass over all weights instead of one for each
    return State(
        recipe=recipe,
        seed=seed,
        device=device,
        precision=pick_precision(device) if precision is None else precision,
        generator=generator,
        discriminator=discriminator,
        optimizer_generator=torch.optim.Adam(
            generator.parameters(), recipe.generator_rate, recipe.betas, fused=fused
        ),
        optimizer_discriminator=torch.optim.Adam(
            discriminator.parameters(), recipe.discriminator_rate, recipe.betas, fused=fused
        ),
        averaged=None if recipe.moving_average is None else copy.deepcopy(generator),
        fixed_latent=fixed_latent.to(device),
    )
