"""The loop: one step of the discriminator, one step of the generator, and again.

`train` is a Python generator that yields its state after each step. So one loop serves notebooks,
threads, the command line and the tests: whoever iterates decides what to show, and when to stop.
Notebook "The training loop".
"""

import copy
import math
import time
from collections.abc import Callable, Iterator

import torch
from torch import nn

from gan_lib import UserError
from gan_lib.batches import real_batches
from gan_lib.length import Length, steps_an_epoch
from gan_lib.machine.limits import share_of_cores
from gan_lib.machine.randomness import Purpose, randomness
from gan_lib.machine.threads import pick_threads, threads
from gan_lib.remedies.similarity import variety
from gan_lib.sources.imageset import DataError, ImageSet
from gan_lib.state import Record, State
from gan_lib.updates import update_discriminator, update_generator

MANY = 100  # steps; a shorter training is over before the best number of threads is found


class TrainingDiverged(UserError):
    """A loss or a weight is no longer a finite number. The message names the step and causes."""

    def __init__(self, step: int, what: str, last_good: str = "") -> None:
        self.step, self.what = step, what
        causes = "a learning rate that is too high, or a penalty with too large a weight"
        super().__init__(
            f"Step {step}: {what} is no longer a finite number. Likely causes: {causes}.{last_good}"
        )


def train(
    state: State, data: ImageSet, length: Length, clock: Callable[[], float] = time.perf_counter
) -> Iterator[State]:
    """Train until `length` is over, and yield after each step.

    What is yielded is always the same, living `state`; its `record` is new each time. The `clock`
    counts the seconds inside the steps, not what the caller does between them. Raises
    `TrainingDiverged`, and, when called, `DataError` as `check_fit` does.
    """
    data = check_fit(state, data)
    state.progress = length.progress(state.step, state.seconds, data, state.recipe)
    return _loop(state, data, length, clock)


def check_fit(state: State, data: ImageSet) -> ImageSet:
    """`data` with the labels that are told. Raises `DataError` where it does not fit the state."""
    steps_an_epoch(data, state.recipe)
    if data.shape != state.shape:
        theirs, ours = (" x ".join(map(str, each.shape)) for each in (data, state))
        raise DataError(
            f"The images are {theirs}, but the networks were made for {ours}: make a new state."
        )
    data = state.kind.labelled(data)
    if state.recipe.told == "both" and data.classes != state.classes:
        theirs, ours = (", ".join(each.classes) or "none" for each in (data, state))
        raise DataError(
            f"The images have the classes {theirs}, but the networks know {ours}: make a new state."
        )
    return data


def _loop(
    state: State, data: ImageSet, length: Length, clock: Callable[[], float]
) -> Iterator[State]:
    """What `train` iterates over, once it has made sure that it can."""
    state.team.share_statistics(state.generator, state.discriminator)
    if state.threads is None:
        state.threads = _best_threads(state, data, length)
    batches = _batches(state, data)
    while state.progress < 1:
        with threads(state.threads):
            started = clock()
            epoch, figures = _take_step(state, batches)
            state.seconds = state.team.agreed(state.seconds + clock() - started)
        speed = state.step * state.recipe.images_a_step / max(state.seconds, 1e-9)
        state.record = Record(
            state.step, epoch, seconds=state.seconds, images_per_second=speed, **figures
        )
        state.progress = length.progress(state.step, state.seconds, data, state.recipe)
        yield state


def _batches(state: State, data: ImageSet) -> Iterator[tuple]:
    """Real batches, from the one that the next step of `state` takes."""
    recipe = state.recipe
    taken = state.step * recipe.discriminator_steps
    return real_batches(data, recipe.batch_size, state.seed, taken, state.device)


def _best_threads(state: State, data: ImageSet, length: Length) -> int:
    """How many threads make steps fastest here and now, found out on a copy of the state."""
    steps = length.in_steps(data, state.recipe)
    alone = state.team.size == 1
    if not alone or state.device.type != "cpu" or (steps is not None and steps - state.step < MANY):
        return share_of_cores()
    tried = copy.deepcopy(state)
    batches = _batches(tried, data)
    return pick_threads(lambda: _take_step(tried, batches))


def _take_step(state: State, batches: Iterator[tuple]) -> tuple[int, dict[str, float]]:
    """Update both players; the number of the epoch, and the figures of a `Record`."""
    recipe = state.recipe
    state.step += 1
    state.generator.train()
    state.discriminator.train()
    factor = recipe.rate_factor(state.progress)
    state.optimizer_discriminator.param_groups[0]["lr"] = recipe.discriminator_rate * factor
    state.optimizer_generator.param_groups[0]["lr"] = recipe.generator_rate * factor
    with randomness(state.seed, Purpose.STEP, state.step, device=state.device):
        for _ in range(recipe.discriminator_steps):
            epoch, x_real, labels = next(batches)
            labels = labels if recipe.told == "both" else None  # else the latent's are random
            d = update_discriminator(state, x_real, labels)
        g = update_generator(state, x_real, labels)
    if state.averaged is not None and state.learns != "discriminator":
        # Never longer than about a tenth of the training so far: before, it knew much less.
        decay = min(recipe.moving_average, state.step / (state.step + 10))
        update_average(state.averaged, state.generator, decay)
    figures = {
        "loss_discriminator": d.loss,
        "loss_generator": g.loss,
        "accuracy_real": (d.logits_real > 0).float().mean(),
        "accuracy_fake": (d.logits_fake < 0).float().mean(),
        "confidence_real": d.logits_real.sigmoid().mean(),
        "confidence_fake": d.logits_fake.sigmoid().mean(),
        "penalty": d.penalty,
        "gradient_discriminator": d.gradient,
        "gradient_generator": g.gradient,
        "gradient_images": g.gradient_images,
        "logit_real": d.logits_real.mean(),
        "logit_fake": d.logits_fake.mean(),
        "variety": variety(d.x_fake) / variety(x_real),
    }
    # All at once, since a GPU would be waited for each time.
    figures = dict(zip(figures, state.team.mean(torch.stack(list(figures.values()))).tolist()))
    for player in ("discriminator", "generator"):
        if not math.isfinite(figures[f"loss_{player}"]):
            raise TrainingDiverged(state.step, f"the {player}'s loss")
    return epoch, figures


@torch.no_grad()
def update_average(averaged: nn.Module, generator: nn.Module, decay: float) -> None:
    """averaged ← decay · averaged + (1 - decay) · generator, for every weight and statistic."""
    for old, new in zip(averaged.state_dict().values(), generator.state_dict().values()):
        if old.is_floating_point():
            old.lerp_(new, 1 - decay)
