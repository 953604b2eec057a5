"""The loop: one step of the discriminator, one step of the generator, and again.

`train` is a Python generator that yields its state after each step. So one loop serves notebooks,
threads, the command line and the tests: whoever iterates decides what to show, and when to stop.
Notebook 03 builds `update_discriminator` and `update_generator` by hand.
"""

import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn

from gan_lib import UserError
from gan_lib.batches import real_batches
from gan_lib.data import DataError, ImageSet
from gan_lib.devices import step_randomness
from gan_lib.recipes import Recipe, one_hot, other_digits
from gan_lib.state import Record, State, new_state


class TrainingDiverged(UserError):
    """A loss or a weight is no longer a finite number. The message names the step and causes."""

    def __init__(self, step: int, what: str, last_good: str = "") -> None:
        self.step, self.what = step, what
        super().__init__(
            f"Step {step}: {what} is no longer a finite number. Likely causes: a learning rate "
            "that is too high, input images outside [-1, 1], or a penalty with too large a weight."
            + last_good
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
    recipe, told = state.recipe, state.recipe.told(digits)
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
    recipe, told = state.recipe, state.recipe.told(digits)
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
