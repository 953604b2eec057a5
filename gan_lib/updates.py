"""One step of each player, as notebook "The training loop" builds it by hand."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.utils import get_total_norm

from gan_lib.remedies.mismatch import another_class, mismatched
from gan_lib.remedies.penalties import Half, ask
from gan_lib.state import State


class DiscriminatorStep(NamedTuple):
    """What one update of the discriminator measured, before it: scalars, logits (N,), images."""

    loss: Tensor  # with the penalty
    penalty: Tensor
    gradient: Tensor  # its norm, over all weights
    logits_real: Tensor
    logits_fake: Tensor  # of generated images alone: mismatched ones are left out
    x_fake: Tensor  # (N, C, H, W): those images


class GeneratorStep(NamedTuple):
    """What one update of the generator measured, before it: scalars."""

    loss: Tensor
    gradient: Tensor  # its norm, over all weights
    gradient_images: Tensor  # the same with respect to the images: how strongly D pushes at them


def update_discriminator(
    state: State, x_real: Tensor, labels: Tensor | None = None
) -> DiscriminatorStep:
    """One step of the discriminator: tell `x_real` (N, C, H, W) from as many generated images.

    A recipe that tells it the class needs `labels` (N,) of `x_real`; the generated images are made
    for the same ones, so that classes alone give nothing away. Notebook "The training loop".
    """
    objective, team = state.recipe.objective, state.team
    count, total = state.recipe.mismatched_at(state.progress), len(x_real)
    penalties = [penalty for penalty in objective.penalties if penalty.due(state.step)]
    with state.autocast(penalised=bool(penalties)):
        with torch.no_grad():  # the generator is not judged in this step
            x_fake = state.generator(team.part(state.latents(total, labels))).float()
        real = Half(state.as_seen(team.part(x_real)), state.told(team.part(labels)))
        fake = Half(state.as_seen(x_fake), real.told)
        if count:
            claimed = another_class(labels, len(state.classes), count)
            count = team.first(count, total)
            fake = mismatched(fake, real, state.told(team.part(claimed)[:count]))
        if penalties:
            real, fake = real.watched(), fake.watched()
        real, fake = judge(state, real, fake)
    penalty = sum((p(state.discriminator, real, fake) for p in penalties), x_real.new_zeros(()))
    loss = objective.discriminator(real.logits, fake.logits) + penalty
    gradient = descend(state, "discriminator", loss)
    logits = real.logits.detach(), fake.logits[count:].detach()
    return DiscriminatorStep(loss.detach(), penalty.detach(), gradient, *logits, x_fake)


def update_generator(state: State, x_real: Tensor, labels: Tensor | None = None) -> GeneratorStep:
    """One step of the generator: make images that the discriminator takes for real.

    `x_real` (N, C, H, W) is looked at only by objectives that score both halves together, `labels`
    (N,) by recipes that tell the discriminator the class. Notebook "The training loop".
    """
    objective, team = state.recipe.objective, state.team
    told = state.told(team.part(labels))
    with state.autocast():
        x_fake = state.generator(team.part(state.latents(len(x_real), labels))).float()
        x_fake.retain_grad()
        halves = [Half(state.as_seen(x_fake), told)]
        if objective.together:
            halves.append(Half(state.as_seen(team.part(x_real)), told))
        fake, *real = judge(state, *halves)
    loss = objective.generator(fake.logits, *(half.logits for half in real))
    gradient = descend(state, "generator", loss)
    return GeneratorStep(loss.detach(), gradient, x_fake.grad.norm())


def judge(state: State, *halves: Half) -> list[Half]:
    """The halves with the discriminator's logits, asked in one batch: batch norm sees them all."""
    x = torch.cat([half.x for half in halves])
    told = None if halves[0].told is None else torch.cat([half.told for half in halves])
    logits = ask(state.discriminator, x, told).split([len(half.x) for half in halves])
    return [half._replace(logits=part) for half, part in zip(halves, logits)]


def descend(state: State, player: str, loss: Tensor) -> Tensor:
    """One step downhill for one player, unless only the other `learns`; its gradient's norm.

    The gradient may pass through the other player; none is worked out for that one's weights.
    """
    parameters = list(getattr(state, player).parameters())
    optimizer = getattr(state, f"optimizer_{player}")
    optimizer.zero_grad()
    loss.backward(inputs=parameters)
    gradients = [p.grad for p in parameters if p.grad is not None]
    state.team.average(gradients)
    if state.learns in ("both", player):
        optimizer.step()
    return get_total_norm(gradients)
