"""The loop: one step of the discriminator, one step of the generator, and again.

`train` is a Python generator that yields its state after each step. So one loop serves notebooks,
threads, the command line and the tests: whoever iterates decides what to show, and when to stop.
Notebook 03 builds `update_discriminator` and `update_generator` by hand.
"""

import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from gan_lib import UserError
from gan_lib.batches import real_batches
from gan_lib.data import DataError, ImageSet
from gan_lib.devices import pick_device, pick_precision, step_randomness
from gan_lib.recipes import DIGITS, Recipe, one_hot, other_digits


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


class TrainingDiverged(UserError):
    """A loss or a weight is no longer a finite number. The message names the step and causes."""

    def __init__(self, step: int, what: str, last_good: str = "") -> None:
        self.step, self.what = step, what
        super().__init__(
            f"Step {step}: {what} is no longer a finite number. Likely causes: a learning rate "
            "that is too high, input images outside [-1, 1], or a penalty with too large a weight."
            + last_good
        )


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


def update_discriminator(
    state: State, x_real: Tensor, digits: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """One step of the discriminator: tell `x_real` (N, 1, 28, 28) from as many generated images.

    A recipe that tells it the digit needs `digits` (N,), the labels of `x_real`; the generated
    images are made for the same ones, so that digits alone give nothing away. Returns the loss and
    the logits of real (N,) and of generated images: N, less those whose place `mismatched` ones
    took. If only the generator `learns`, it measures these and changes no weight. Notebook 03.
    """
    recipe, told = state.recipe, _told(state, digits)
    with torch.autocast(state.device.type, state.precision, state.precision != torch.float32):
        with torch.no_grad():  # the generator is not judged in this step
            z = recipe.sample_latent(len(x_real), state.device, digits)
            x_fake = state.generator(z).float()
        x_real, x_fake = recipe.add_input_noise(x_real), recipe.add_input_noise(x_fake)
        both = [label.repeat(2, 1) for label in told]
        if count := recipe.mismatched:  # real images that claim to be another digit are fakes, too
            x_fake[:count] = x_real[:count]
            both[0][len(x_real) :][:count] = one_hot(other_digits(digits[:count]))
        logits = state.discriminator(torch.cat([x_real, x_fake]), *both).float()
    logits_real, logits_fake = logits.chunk(2)
    loss = recipe.objective.discriminator(logits_real, logits_fake)
    if recipe.objective.penalty is not None:
        critic = lambda x: state.discriminator(x, *told)  # noqa: E731
        loss = loss + recipe.objective.penalty(critic, x_real, x_fake)
    if state.learns != "generator":
        state.optimizer_discriminator.zero_grad()
        loss.backward()
        state.optimizer_discriminator.step()
    return loss.detach(), logits_real.detach(), logits_fake[count:].detach()


def update_generator(state: State, x_real: Tensor, digits: Tensor | None = None) -> Tensor:
    """One step of the generator: make images that the discriminator takes for real.

    `x_real` is looked at only by recipes that score both halves together, `digits` (N,) by those
    that tell the discriminator the digit. Returns the loss. If only the discriminator `learns`, it
    measures that and changes no weight. Notebook 03.
    """
    recipe, told = state.recipe, _told(state, digits)
    together = recipe.generator_step_scores_real or recipe.objective.generator_needs_real
    with torch.autocast(state.device.type, state.precision, state.precision != torch.float32):
        x = state.generator(recipe.sample_latent(len(x_real), state.device, digits)).float()
        if together:
            x, told = torch.cat([x, x_real]), [label.repeat(2, 1) for label in told]
        logits = state.discriminator(recipe.add_input_noise(x), *told).float()
    logits_fake, logits_real = logits.chunk(2) if together else (logits, None)
    loss = recipe.objective.generator(logits_fake, logits_real)
    if state.learns != "discriminator":
        state.optimizer_generator.zero_grad()
        # The gradient passes through the discriminator; none is worked out for D's own weights.
        loss.backward(inputs=list(state.generator.parameters()))
        state.optimizer_generator.step()
    return loss.detach()


def _told(state: State, digits: Tensor | None) -> list[Tensor]:
    """What the discriminator is shown beside an image: nothing, or its digit, one-hot (N, 10)."""
    return [one_hot(digits)] if state.recipe.tells_discriminator else []


@torch.no_grad()
def update_average(averaged: nn.Module, generator: nn.Module, decay: float) -> None:
    """averaged ← decay · averaged + (1 - decay) · generator, for every weight and statistic."""
    old = [t for t in averaged.state_dict().values() if t.is_floating_point()]
    new = [t for t in generator.state_dict().values() if t.is_floating_point()]
    torch._foreach_lerp_(old, new, 1 - decay)


def train(
    recipe: Recipe,
    data: ImageSet,
    *,
    steps: int | None = None,
    epochs: float | None = None,
    seconds: float | None = None,
    seed: int | None = None,
    state: State | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[State]:
    """Train until `steps`, `epochs` or `seconds` of training are over, and yield after each step.

    Name one of the three; with none, the run has the recipe's epochs. What is yielded is always
    the same, living `State`; its `record` is new each time. `seconds` counts the time inside the
    steps, not what the caller does between them. Pass a `state` to choose the device, or to
    resume. Raises `TrainingDiverged`, `DataError` where the images do not fill a batch, and
    `ValueError` for a length that cannot be.
    """
    state = new_state(recipe, seed) if state is None else state
    if len(data) < recipe.batch_size:
        raise DataError(f"{len(data)} images do not fill a batch of {recipe.batch_size}")
    if sum(length is not None for length in (steps, epochs, seconds)) > 1:
        raise ValueError("name only one of steps, epochs and seconds")
    if seconds is None and steps is None:
        epochs = recipe.epochs if epochs is None else epochs
        steps = max(1, round(epochs * (len(data) // recipe.batch_size)))
    if (seconds if steps is None else steps) <= 0:
        raise ValueError("a training needs a length above 0")
    state.progress = state.step / steps if seconds is None else state.seconds / seconds
    total = dict(steps=steps) if seconds is None else dict(seconds=seconds)
    return _loop(recipe, data, state, clock, **total)


def _loop(
    recipe: Recipe,
    data: ImageSet,
    state: State,
    clock: Callable[[], float],
    steps: int = 0,
    seconds: float = 0.0,
) -> Iterator[State]:
    """What `train` iterates over, once it has made sure that it can."""

    def progress() -> float:
        return state.step / steps if steps else state.seconds / seconds

    state.generator.train()
    state.discriminator.train()
    images, labels = data.images.to(state.device), data.labels.to(state.device)
    batches = real_batches(images, labels, recipe.batch_size, state.seed, state.step)
    while state.progress < 1:
        started = clock()
        epoch, x_real, digits = next(batches)
        digits = digits if recipe.tells_discriminator else None  # else the latent's are random
        values = _take_step(state, x_real, digits, recipe.rate_factor(state.progress))
        state.seconds += clock() - started
        speed = state.step * recipe.batch_size / max(state.seconds, 1e-9)
        state.record = Record(state.step, epoch, *values, state.seconds, speed)
        state.progress = progress()
        yield state


def _take_step(
    state: State, x_real: Tensor, digits: Tensor | None, rate_factor: float
) -> list[float]:
    """Update both players and return the six measured figures of a `Record`."""
    state.step += 1
    recipe = state.recipe
    for optimizer, rate in (
        (state.optimizer_discriminator, recipe.discriminator_rate),
        (state.optimizer_generator, recipe.generator_rate),
    ):
        optimizer.param_groups[0]["lr"] = rate * rate_factor
    with step_randomness(state.seed, state.step, state.device):
        loss_d, logits_real, logits_fake = update_discriminator(state, x_real, digits)
        loss_g = update_generator(state, x_real, digits)
    if state.averaged is not None and state.learns != "discriminator":
        update_average(state.averaged, state.generator, recipe.moving_average)
    accuracies = (logits_real > 0).float().mean(), (logits_fake < 0).float().mean()
    confidences = logits_real.sigmoid().mean(), logits_fake.sigmoid().mean()
    values = torch.stack([loss_d, loss_g, *accuracies, *confidences]).tolist()
    for what, value in zip(("the discriminator's loss", "the generator's loss"), values[:2]):
        if not np.isfinite(value):
            raise TrainingDiverged(state.step, what)
    return values
