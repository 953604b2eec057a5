"""What each update may touch, what it sees and what it measures."""

import dataclasses

import pytest
import torch

from gan_lib import objectives
from gan_lib.machine.randomness import Purpose, randomness
from gan_lib.recipes import CONDITIONAL, MINIBATCH, MLP, QUICK, RECIPES
from gan_lib.state import new_state
from gan_lib.updates import update_discriminator, update_generator


def weights(module):
    return torch.cat([t.flatten().double() for t in module.state_dict().values()])


def batch(data, recipe):
    return data.floats(slice(recipe.batch_size)), data.labels[: recipe.batch_size]


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_each_step_changes_its_own_player_only(recipe, few):
    state = new_state(recipe, few, device="cpu")
    generator, discriminator = (
        {n: p.clone() for n, p in player.named_parameters()}
        for player in (state.generator, state.discriminator)
    )
    update_discriminator(state, *batch(few, recipe))
    assert all(p.grad is None for p in state.generator.parameters())
    assert all(torch.equal(p, generator[n]) for n, p in state.generator.named_parameters())
    assert all(
        not torch.equal(p, discriminator[n])
        for n, p in state.discriminator.named_parameters()
        if "bias" not in n  # a bias before a batch norm has no effect, and so no gradient
    )
    discriminator = {n: p.clone() for n, p in state.discriminator.named_parameters()}
    state.optimizer_discriminator.zero_grad()
    update_generator(state, *batch(few, recipe))
    assert all(p.grad is None for p in state.discriminator.parameters())
    assert all(torch.equal(p, discriminator[n]) for n, p in state.discriminator.named_parameters())
    assert any(not torch.equal(p, generator[n]) for n, p in state.generator.named_parameters())


def test_the_step_on_plain_linear_networks_against_one_written_out(few):
    """Both updates against the sequence of notebook “The training loop”, by hand."""
    recipe = dataclasses.replace(MLP, batch_size=8)
    state, other = (new_state(recipe, few, device="cpu", precision=torch.float32) for _ in range(2))
    x_real = few.floats(slice(8))
    with randomness(0, Purpose.STEP, 1):
        d = update_discriminator(state, x_real)
        g = update_generator(state, x_real)
    with randomness(0, Purpose.STEP, 1):
        bce = torch.nn.BCEWithLogitsLoss()
        x_fake = other.generator(torch.randn(8, 100)).detach()
        labels = torch.cat([torch.ones(8), torch.zeros(8)])
        logits = other.discriminator(torch.cat([x_real, x_fake]))
        by_hand_d = bce(logits, labels)
        other.discriminator.zero_grad()
        by_hand_d.backward()
        other.optimizer_discriminator.step()
        by_hand_g = bce(other.discriminator(other.generator(torch.randn(8, 100))), torch.ones(8))
        other.generator.zero_grad()
        by_hand_g.backward()
        other.optimizer_generator.step()
    assert torch.allclose(d.loss, by_hand_d) and torch.allclose(g.loss, by_hand_g)
    assert torch.allclose(torch.cat([d.logits_real, d.logits_fake]), logits)
    assert torch.allclose(weights(state.generator), weights(other.generator), atol=1e-7)
    assert torch.allclose(weights(state.discriminator), weights(other.discriminator), atol=1e-7)


def test_the_conditional_players_are_told_the_same_classes(few):
    """The discriminator sees each real image with its label; generated ones are made for it."""
    state = new_state(CONDITIONAL, few, device="cpu", precision=torch.float32)
    x_real, labels = batch(few, CONDITIONAL)
    told, asked, seen = [], [], []
    state.discriminator.register_forward_hook(lambda _, args, __: told.append(args[1]))
    state.discriminator.register_forward_hook(lambda _, args, __: seen.append(args[0]))
    state.generator.register_forward_hook(lambda _, args, __: asked.append(args[0][:, -10:]))
    d = update_discriminator(state, x_real, labels)
    update_generator(state, x_real, labels)
    one_hot, wrong = torch.nn.functional.one_hot(labels, 10).float(), CONDITIONAL.mismatched
    of_real, of_fake = told[0].chunk(2)
    assert torch.equal(of_real, one_hot) and torch.equal(told[1], one_hot)
    assert torch.equal(of_fake[wrong:], one_hot[wrong:])
    assert torch.equal(asked[0], one_hot) and torch.equal(asked[1], one_hot)
    # The mismatched fakes: real images, each beside one other class than its own.
    assert wrong == 4 and torch.equal(seen[0].chunk(2)[1][:wrong], x_real[:wrong])
    assert torch.equal(of_fake[:wrong].sum(1), torch.ones(wrong))
    assert (of_fake[:wrong].argmax(1) != labels[:wrong]).all()
    assert len(d.logits_real) == len(labels) == len(d.logits_fake) + wrong  # they are not generated


def test_mismatched_fakes_fall_with_the_rates(few):
    assert [CONDITIONAL.mismatched_at(p) for p in (0, 0.5, 0.7, 0.8, 0.95, 1)] == [4, 4, 2, 2, 0, 0]
    state = new_state(CONDITIONAL, few, device="cpu", precision=torch.float32)
    state.progress = 0.95
    d = update_discriminator(state, *batch(few, CONDITIONAL))
    assert len(d.logits_fake) == len(d.logits_real)


def test_the_generators_step_shows_the_real_images_too_where_the_recipe_says_so(few):
    counts = []
    for recipe in (MINIBATCH, QUICK):
        state = new_state(recipe, few, device="cpu")
        state.discriminator.register_forward_pre_hook(lambda _, x: counts.append(len(x[0])))
        update_generator(state, few.floats(slice(64)))
    assert counts == [128, 64]


@pytest.mark.parametrize("learns", ["generator", "discriminator"])
def test_who_does_not_learn_is_measured_all_the_same(learns, few):
    measured = []
    for learner in ("both", learns):
        state = new_state(dataclasses.replace(QUICK, batch_size=16), few, device="cpu")
        state.learns = learner
        with randomness(0, Purpose.STEP, 1):
            d = update_discriminator(state, few.floats(slice(16)))
            g = update_generator(state, few.floats(slice(16)))
        measured.append((d, g, weights(state.generator), weights(state.discriminator)))
    (d_both, g_both, *_), (d, g, generator, discriminator) = measured
    fresh = new_state(dataclasses.replace(QUICK, batch_size=16), few, device="cpu")
    assert d.loss == d_both.loss and d.gradient == d_both.gradient  # D is asked before it learns
    if learns == "discriminator":
        assert g.loss == g_both.loss and g.gradient == g_both.gradient > 0
    still = {"generator": "discriminator", "discriminator": "generator"}[learns]
    parameters = [list(getattr(each, still).parameters()) for each in (state, fresh)]
    assert all(torch.equal(a, b) for a, b in zip(*parameters))


def test_the_gradients_that_are_reported_are_those_of_autograd(few):
    """One step of each player, written out again."""
    recipe = dataclasses.replace(QUICK, batch_size=16, objective=objectives.binary_cross_entropy())
    state, other = (new_state(recipe, few, device="cpu", precision=torch.float32) for _ in range(2))
    x_real = few.floats(slice(16))
    with randomness(0, Purpose.STEP, 1):
        d = update_discriminator(state, x_real)
        g = update_generator(state, x_real)
    with randomness(0, Purpose.STEP, 1):
        x_fake = other.generator(torch.randn(16, 64)).detach()
        logits = other.discriminator(torch.cat([x_real, x_fake]))
        loss = objectives.bce_discriminator(*logits.chunk(2))
        parts = torch.autograd.grad(loss, list(other.discriminator.parameters()))
        assert d.gradient.item() == pytest.approx(norm(parts), rel=1e-4)
        for parameter, part in zip(other.discriminator.parameters(), parts):
            parameter.grad = part
        other.optimizer_discriminator.step()
        x_fake = other.generator(torch.randn(16, 64))
        loss = objectives.bce_generator(other.discriminator(x_fake))
        at_images, *parts = torch.autograd.grad(loss, [x_fake, *other.generator.parameters()])
    assert g.gradient.item() == pytest.approx(norm(parts), rel=1e-3)
    assert g.gradient_images.item() == pytest.approx(norm([at_images]), rel=1e-3)


def norm(parts):
    return torch.cat([part.flatten() for part in parts]).norm().item()
