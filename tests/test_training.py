"""The loop: what each step may touch, what it measures, and that it can be repeated exactly."""

import dataclasses
import itertools

import pytest
import torch

from gan_lib import UserError, objectives, training
from gan_lib.batches import epoch_order, real_batches
from gan_lib.data import DataError
from gan_lib.devices import pick_device, pick_precision, step_randomness
from gan_lib.recipes import CONDITIONAL, MINIBATCH, MLP, QUICK, RECIPES
from gan_lib.state import new_state
from gan_lib.training import train

SMALL = dataclasses.replace(QUICK, batch_size=16)
CPU = torch.device("cpu")


def weights(module):
    return torch.cat([t.flatten().double() for t in module.state_dict().values()])


def ticks(step=0.25):
    """A clock that goes on by `step` seconds whenever it is read."""
    counter = itertools.count()
    return lambda: next(counter) * step


def batch(data, recipe):
    return data.images[: recipe.batch_size], data.labels[: recipe.batch_size]


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_each_step_changes_its_own_player_only(recipe, few):
    state = new_state(recipe, device="cpu")
    generator, discriminator = (
        {n: p.clone() for n, p in player.named_parameters()}
        for player in (state.generator, state.discriminator)
    )
    training.update_discriminator(state, *batch(few, recipe))
    assert all(p.grad is None for p in state.generator.parameters())
    assert all(torch.equal(p, generator[n]) for n, p in state.generator.named_parameters())
    assert all(
        not torch.equal(p, discriminator[n])
        for n, p in state.discriminator.named_parameters()
        if "bias" not in n  # a bias before a batch norm has no effect, and so no gradient
    )
    discriminator = {n: p.clone() for n, p in state.discriminator.named_parameters()}
    state.optimizer_discriminator.zero_grad()
    training.update_generator(state, *batch(few, recipe))
    assert all(p.grad is None for p in state.discriminator.parameters())
    assert all(torch.equal(p, discriminator[n]) for n, p in state.discriminator.named_parameters())
    assert any(not torch.equal(p, generator[n]) for n, p in state.generator.named_parameters())


@pytest.mark.parametrize(
    "objective",
    [objectives.SATURATING, objectives.LEAST_SQUARES, objectives.WASSERSTEIN,
     objectives.RELATIVISTIC],
    ids=lambda objective: objective.name,
)  # fmt: skip
def test_every_objective_trains(objective, few):
    recipe = dataclasses.replace(SMALL, objective=objective)
    records = [state.record for state in train(recipe, few, steps=3)]
    assert [record.step for record in records] == [1, 2, 3]


def test_the_step_on_plain_linear_networks_against_one_written_out(few):
    """update_discriminator and update_generator against the sequence of notebook 03, by hand."""
    state = new_state(dataclasses.replace(MLP, batch_size=8), device="cpu", precision=torch.float32)
    other = new_state(dataclasses.replace(MLP, batch_size=8), device="cpu", precision=torch.float32)
    x_real = few.images[:8]
    with step_randomness(0, 1, CPU):
        loss_d, logits_real, logits_fake = training.update_discriminator(state, x_real)
        loss_g = training.update_generator(state, x_real)
    with step_randomness(0, 1, CPU):
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
    assert torch.allclose(loss_d, by_hand_d) and torch.allclose(loss_g, by_hand_g)
    assert torch.allclose(torch.cat([logits_real, logits_fake]), logits)
    assert torch.allclose(weights(state.generator), weights(other.generator), atol=1e-7)
    assert torch.allclose(weights(state.discriminator), weights(other.discriminator), atol=1e-7)


def test_the_conditional_players_are_told_the_same_digits(few, monkeypatch):
    """The discriminator sees each real image with its label; generated ones are made for it."""
    state = new_state(CONDITIONAL, device="cpu", precision=torch.float32)
    x_real, digits = batch(few, CONDITIONAL)
    told, asked, seen = [], [], []
    state.discriminator.register_forward_hook(lambda _, args, __: told.append(args[1]))
    state.discriminator.register_forward_hook(lambda _, args, __: seen.append(args[0]))
    state.generator.register_forward_hook(lambda _, args, __: asked.append(args[0][:, -10:]))
    _, logits_real, logits_fake = training.update_discriminator(state, x_real, digits)
    training.update_generator(state, x_real, digits)
    labels, wrong = torch.nn.functional.one_hot(digits, 10).float(), CONDITIONAL.mismatched
    of_real, of_fake = told[0].chunk(2)
    assert torch.equal(of_real, labels) and torch.equal(told[1], labels)
    assert torch.equal(of_fake[wrong:], labels[wrong:])
    assert torch.equal(asked[0], labels) and torch.equal(asked[1], labels)
    # The mismatched fakes: real images, each beside one other digit than its own.
    assert wrong == 4 and torch.equal(seen[0].chunk(2)[1][:wrong], x_real[:wrong])
    assert torch.equal(of_fake[:wrong].sum(1), torch.ones(wrong))
    assert (of_fake[:wrong].argmax(1) != digits[:wrong]).all()
    assert len(logits_real) == len(digits) == len(logits_fake) + wrong  # they are not generated


def test_the_conditional_recipe_trains_with_a_penalty_and_with_pairs(few):
    for objective in (objectives.WASSERSTEIN, objectives.RELATIVISTIC):
        recipe = dataclasses.replace(CONDITIONAL, batch_size=16, objective=objective)
        assert [state.step for state in train(recipe, few, steps=2)] == [1, 2]


def test_the_record_says_what_the_logits_say(few, monkeypatch):
    real, fake = torch.tensor([2.0, -1.0, 3.0, 1.0]), torch.tensor([-1.0, 4.0, -2.0, -3.0])
    loss = torch.tensor(0.0)
    monkeypatch.setattr(training, "update_discriminator", lambda *_: (loss + 0.5, real, fake))
    monkeypatch.setattr(training, "update_generator", lambda *_: loss + 0.7)
    record = next(train(SMALL, few, steps=1, clock=ticks(0.25))).record
    assert (record.step, record.epoch) == (1, 1)
    assert record.loss_discriminator == pytest.approx(0.5)
    assert record.loss_generator == pytest.approx(0.7)
    assert (record.accuracy_real, record.accuracy_fake) == (0.75, 0.75)
    assert record.confidence_real == pytest.approx((1 / (1 + torch.exp(-real))).mean().item())
    assert record.confidence_fake == pytest.approx((1 / (1 + torch.exp(-fake))).mean().item())
    assert record.seconds == 0.25 and record.images_per_second == 16 / 0.25


def test_it_stops_by_steps_by_epochs_and_by_seconds(few):
    assert [s.step for s in train(SMALL, few, steps=4)] == [1, 2, 3, 4]
    epochs = [
        s.record.epoch for s in train(dataclasses.replace(SMALL, batch_size=64), few, epochs=2)
    ]
    assert epochs == [1] * 5 + [2] * 5  # five batches an epoch
    seconds = [s.seconds for s in train(SMALL, few, seconds=1.0, clock=ticks(0.25))]
    assert seconds == [0.25, 0.5, 0.75, 1.0]


def test_the_time_that_the_caller_takes_does_not_count(few):
    now = [0.0]

    def clock():
        now[0] += 0.5
        return now[0]

    for state in train(SMALL, few, steps=3, clock=clock):
        now[0] += 100  # the caller draws a picture
    assert state.seconds == 1.5


def test_a_run_has_one_length_and_enough_images(few):
    with pytest.raises(ValueError, match="only one"):
        next(train(SMALL, few, steps=1, seconds=1))
    with pytest.raises(ValueError, match="above 0"):
        next(train(SMALL, few, steps=0))
    assert len(list(train(SMALL, few, epochs=1e-6))) == 1
    with pytest.raises(DataError, match="320 images do not fill a batch of 500"):
        next(train(dataclasses.replace(SMALL, batch_size=500), few))


def test_the_seed_decides_everything_and_torchs_own_randomness_is_left_alone(few):
    torch.manual_seed(123)
    expected = torch.rand(3)
    torch.manual_seed(123)
    runs = []
    for seed in (5, 5, 6):
        for state in train(SMALL, few, steps=3, seed=seed):
            pass
        folder.append(weights(state.generator))
        torch.rand(1000) if len(runs) == 2 else None
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])
    torch.manual_seed(123)
    next(train(SMALL, few, steps=1))
    assert torch.equal(torch.rand(3), expected)


def test_an_epoch_shows_each_image_once_and_each_epoch_in_another_order():
    first, second = epoch_order(100, seed=3, epoch=0), epoch_order(100, seed=3, epoch=1)
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(100))
    assert not torch.equal(first, second)


def test_batches_go_on_from_any_step_as_if_they_had_never_stopped():
    labels = torch.arange(22)
    images = labels.float().view(22, 1, 1, 1)
    unbroken = list(itertools.islice(real_batches(images, labels, 5, seed=1, step=0), 9))
    assert [epoch for epoch, *_ in unbroken] == [1] * 4 + [2] * 4 + [3]  # 4 batches, 2 left over
    assert len(torch.cat([x for _, x, _ in unbroken[:4]]).unique()) == 20
    for step in range(9):
        epoch, x, y = next(real_batches(images, labels, 5, seed=1, step=step))
        assert torch.equal(x.flatten().long(), y)  # each image keeps its label
        assert epoch == unbroken[step][0] and torch.equal(x, unbroken[step][1])


@pytest.mark.parametrize("length, clock", [({"steps": 8}, None), ({"seconds": 8.0}, ticks(1.0))])
def test_both_rates_fall_linearly_over_the_second_half_of_the_run(few, length, clock):
    rates = []
    for state in train(SMALL, few, **length, **({"clock": clock} if clock else {})):
        rates.append(state.optimizer_generator.param_groups[0]["lr"] / SMALL.generator_rate)
    assert rates == pytest.approx([1, 1, 1, 1, 1, 0.75, 0.5, 0.25])


def test_the_moving_average_is_one_and_includes_the_statistics_of_batch_norm(few):
    average = None
    for state in train(SMALL, few, steps=5):
        if average is None:  # the average begins at the weights before the first step
            average = weights(new_state(SMALL).generator)
        average = 0.99 * average + 0.01 * weights(state.generator)
    counters = torch.cat(
        [
            torch.full((t.numel(),), t.is_floating_point())
            for t in state.averaged.state_dict().values()
        ]
    )
    assert torch.allclose(weights(state.averaged)[counters], average[counters], atol=1e-5)


def test_sampling_leaves_the_training_alone(few):
    for state in train(SMALL, few, steps=2):
        before = weights(state.generator), weights(state.averaged)
        samples = state.sample()
        assert samples.shape == (100, 1, 28, 28) and samples.abs().max() <= 1
        assert torch.equal(samples, state.sample())  # the same latents, the same images
        assert torch.equal(before[0], weights(state.generator))
        assert torch.equal(before[1], weights(state.averaged))
        assert state.generator.training and state.discriminator.training


def test_a_loss_that_is_not_finite_ends_the_run_with_its_step(few):
    recipe = dataclasses.replace(MLP, generator_rate=1e30, discriminator_rate=1e30)
    with pytest.raises(training.TrainingDiverged, match=r"^Step \d+: .* finite.*learning rate"):
        for _ in train(recipe, few, steps=20):
            pass


def test_a_weight_that_is_not_finite_ends_the_run_too(few):
    steps = train(SMALL, few, steps=5)
    state = next(steps)
    with torch.no_grad():
        next(state.generator.parameters())[0, 0] = float("nan")
    with pytest.raises(training.TrainingDiverged, match="^Step 2"):
        next(steps)


def test_the_generators_step_shows_the_real_images_too_where_the_recipe_says_so(few):
    counts = []
    for recipe in (MINIBATCH, QUICK):
        state = new_state(recipe)
        state.discriminator.register_forward_pre_hook(lambda _, x: counts.append(len(x[0])))
        training.update_generator(state, few.images[:64])
    assert counts == [128, 64]


def test_input_noise_is_as_the_recipe_says():
    x = MINIBATCH.add_input_noise(torch.zeros(200, 1, 28, 28))
    assert x.mean().item() == pytest.approx(0.1, abs=0.01)
    assert x.std().item() == pytest.approx(1.0, abs=0.01)
    zeros = torch.zeros(2, 1, 28, 28)
    assert QUICK.add_input_noise(zeros) is zeros


def test_the_latent_of_minibatch_ends_in_a_one_hot_digit():
    z = MINIBATCH.sample_latent(500)
    assert z.shape == (500, 74)
    assert torch.equal(z[:, 64:].sum(1), torch.ones(500))
    assert set(z[:, 64:].argmax(1).tolist()) == set(range(10))
    assert z[:, :64].std().item() == pytest.approx(1, abs=0.02)


def test_bfloat16_trains_and_keeps_its_weights_in_float32(few):
    for state in train(SMALL, few, steps=2, state=new_state(SMALL, precision=torch.bfloat16)):
        pass
    assert all(p.dtype == torch.float32 for p in state.generator.parameters())
    assert state.sample().dtype == torch.float32


def test_the_device_is_the_best_there_is_or_the_one_that_is_named(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    for cuda in (True, False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda cuda=cuda: cuda)
        assert pick_device().type == ("cuda" if cuda else "cpu")
        assert pick_device("cpu").type == "cpu"
    with pytest.raises(UserError, match="no device 'cuda:0'"):
        pick_device("cuda:0")


def test_bfloat16_is_for_cpus_that_multiply_it_in_hardware(monkeypatch):
    for abilities in ({"amx_bf16": True}, {"avx512_bf16": True}):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda a=abilities: a, raising=False)
        assert pick_precision(CPU) == torch.bfloat16
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True}, raising=False)
    assert pick_precision(CPU) == torch.float32
    assert pick_precision(torch.device("mps")) == torch.float32
