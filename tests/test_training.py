"""The loop: how long it runs, what a record says, and that it can be repeated exactly."""

import dataclasses
import itertools

import pytest
import torch

from gan_lib import objectives, training
from gan_lib.batches import epoch_order, real_batches
from gan_lib.length import Length
from gan_lib.recipes import CLUSTERED, CONDITIONAL, MLP, QUICK
from gan_lib.sources.imageset import DataError, ImageSet, to_levels
from gan_lib.state import new_state
from gan_lib.updates import DiscriminatorStep, GeneratorStep

SMALL = dataclasses.replace(QUICK, batch_size=16)


def train(recipe, data, seed=None, state=None, clock=None, **length):
    """A new training of `recipe`, or of `state`."""
    state = new_state(recipe, data, seed) if state is None else state
    return training.train(state, data, Length(**length), **({"clock": clock} if clock else {}))


def weights(module):
    return torch.cat([t.flatten().double() for t in module.state_dict().values()])


def ticks(step=0.25):
    """A clock that goes on by `step` seconds whenever it is read."""
    counter = itertools.count()
    return lambda: next(counter) * step


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


def test_the_conditional_recipe_trains_with_a_penalty_and_with_pairs(few):
    for objective in (objectives.WASSERSTEIN, objectives.RELATIVISTIC):
        recipe = dataclasses.replace(CONDITIONAL, batch_size=16, objective=objective)
        assert [state.step for state in train(recipe, few, steps=2)] == [1, 2]


def test_the_record_says_what_the_logits_say(few, monkeypatch):
    real, fake = torch.tensor([2.0, -1.0, 3.0, 1.0]), torch.tensor([-1.0, 4.0, -2.0, -3.0])
    x_fake = torch.stack([torch.zeros(1, 28, 28), torch.ones(1, 28, 28)])
    d = DiscriminatorStep(*torch.tensor([0.5, 0.1, 3.0]), real, fake, x_fake)
    g = GeneratorStep(*torch.tensor([0.7, 4.0, 5.0]))
    monkeypatch.setattr(training, "update_discriminator", lambda *_: d)
    monkeypatch.setattr(training, "update_generator", lambda *_: g)
    record = next(train(SMALL, few, steps=1, clock=ticks(0.25))).record
    assert (record.step, record.epoch) == (1, 1)
    assert record.loss_discriminator == pytest.approx(0.5)
    assert record.loss_generator == pytest.approx(0.7)
    assert record.penalty == pytest.approx(0.1) and record.gradient_discriminator == 3
    assert (record.gradient_generator, record.gradient_images) == (4, 5)
    assert (record.accuracy_real, record.accuracy_fake) == (0.75, 0.75)
    assert record.confidence_real == pytest.approx((1 / (1 + torch.exp(-real))).mean().item())
    assert record.confidence_fake == pytest.approx((1 / (1 + torch.exp(-fake))).mean().item())
    assert (record.logit_real, record.logit_fake) == (1.25, -0.5)
    order = epoch_order(len(few), SMALL.seed, 0)[:16]
    apart = torch.cdist(*[few.floats(order).flatten(1)] * 2).square().mean().sqrt().item()
    assert record.variety == pytest.approx(392**0.5 / apart, rel=1e-4)  # of four pairs, two differ
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


def test_images_that_do_not_fit_are_said_before_a_step_is_taken(few):
    state = new_state(CONDITIONAL, few)
    large = ImageSet(torch.zeros(100, 1, 32, 32, dtype=torch.uint8))
    with pytest.raises(DataError, match="1 x 32 x 32, but the networks were made for 1 x 28 x 28"):
        training.train(state, large, Length(steps=1))
    with pytest.raises(
        DataError, match="have the classes none, but the networks know 0, 1, .*: make a"
    ):
        training.train(state, ImageSet(few.images), Length(steps=1))
    for other in (dataclasses.replace(few, classes=tuple("abcdefghij")), large):
        assert len(list(train(QUICK, other, steps=1))) == 1  # whose own they are
    with pytest.raises(DataError, match="no image to train on"):
        train(SMALL, few.part(slice(0)), steps=1)


def test_images_that_do_not_fill_a_batch_come_several_times_in_it_as_often_as_each_other(few):
    batches = real_batches(few.part(slice(30)), batch_size=64, seed=7, taken=0)
    for epoch in (1, 2):
        number, x, _ = next(batches)
        counts = x.flatten(1).unique(dim=0, return_counts=True)[1]
        assert (number, len(x), len(counts)) == (epoch, 64, 30) and set(counts.tolist()) == {2, 3}
    later = next(real_batches(few.part(slice(30)), 64, 7, taken=1))
    assert torch.equal(x, later[1])


@pytest.mark.parametrize("labelled", [True, False], ids=["with labels", "without"])
def test_both_players_are_told_the_cluster_of_each_real_image(labelled, few):
    data = few if labelled else ImageSet(few.images)
    state = new_state(dataclasses.replace(CLUSTERED, batch_size=16, clusters=8), data, device="cpu")
    seen, told, asked = [], [], []
    state.discriminator.register_forward_hook(lambda _, args, __: seen.append(args[0]))
    state.discriminator.register_forward_hook(lambda _, args, __: told.append(args[1]))
    state.generator.register_forward_hook(lambda _, args, __: asked.append(args[0][:, 64:]))
    for _ in train(state.recipe, data, state=state, steps=2):
        pass
    for x, of_both, of_made in zip(seen[::2], told[::2], asked[::2]):  # D's update; G's is next
        of_real, of_fake = of_both.chunk(2)
        expected = state.kind.one_hot(state.kind.clusters.of(to_levels(x[:16])))
        assert expected.shape == (16, 8) and torch.equal(of_real, expected)
        assert torch.equal(of_fake, expected) and torch.equal(of_made, expected)
    assert len(seen) == len(asked) == 4 and (data.labels is None) != labelled


def test_finding_clusters_counts_as_training(few):
    state, other = (new_state(recipe, few, device="cpu") for recipe in (CLUSTERED, CONDITIONAL))
    found_in = state.seconds
    assert found_in > 0 == other.seconds
    assert list(train(CLUSTERED, few, state=state, seconds=found_in)) == []
    steps = train(CLUSTERED, few, state=state, seconds=found_in + 0.5, clock=ticks(0.25))
    assert [s.seconds - found_in for s in steps] == pytest.approx([0.25, 0.5])


def test_where_a_class_has_no_image_the_others_are_learnt(few):
    without = few.part(few.labels != 3)
    state = None
    for state in train(dataclasses.replace(CONDITIONAL, batch_size=16), without, steps=2):
        pass
    assert state.step == 2 and len(state.classes) == 10
    only = few.part(few.labels == 3).part(slice(16))
    for state in train(dataclasses.replace(CONDITIONAL, batch_size=16), only, steps=2):
        pass
    assert state.step == 2


def test_the_discriminator_may_take_several_steps_each_with_images_of_its_own(few, monkeypatch):
    shown = []

    def spy(state, x_real, labels):
        shown.append(x_real)
        return original(state, x_real, labels)

    original = training.update_discriminator
    monkeypatch.setattr(training, "update_discriminator", spy)
    recipe = dataclasses.replace(SMALL, batch_size=32, discriminator_steps=5)
    records = [state.record for state in train(recipe, few, epochs=2, clock=ticks(0.25))]
    assert [(r.step, r.epoch) for r in records] == [(1, 1), (2, 1), (3, 2), (4, 2)]
    assert len(shown) == 20 and len(torch.cat(shown[:10]).unique(dim=0)) == 320
    assert records[0].images_per_second == 160 / 0.25
    shown.clear()
    state = new_state(recipe, few)
    for _ in range(2):  # stopped in between, and gone on
        next(train(recipe, few, state=state, epochs=2))
    expected = [x for _, x, _ in itertools.islice(real_batches(few, 32, recipe.seed, 0), 10)]
    assert all(torch.equal(a, b) for a, b in zip(shown, expected, strict=True))


def test_each_player_has_betas_of_its_own(few):
    recipe = dataclasses.replace(SMALL, generator_betas=(0.1, 0.8), discriminator_betas=(0.2, 0.9))
    state = new_state(recipe, few)
    assert state.optimizer_generator.param_groups[0]["betas"] == (0.1, 0.8)
    assert state.optimizer_discriminator.param_groups[0]["betas"] == (0.2, 0.9)


def test_the_seed_decides_everything_and_torchs_own_randomness_is_left_alone(few):
    torch.manual_seed(123)
    expected = torch.rand(3)
    torch.manual_seed(123)
    runs = []
    for seed in (5, 5, 6):
        for state in train(SMALL, few, steps=3, seed=seed):
            pass
        runs.append(weights(state.generator))
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
    data = ImageSet(labels.to(torch.uint8).view(22, 1, 1, 1), labels, tuple(map(str, range(22))))
    unbroken = list(itertools.islice(real_batches(data, 5, seed=1, taken=0), 9))
    assert [epoch for epoch, *_ in unbroken] == [1] * 4 + [2] * 4 + [3]  # 4 batches, 2 left over
    assert len(torch.cat([x for _, x, _ in unbroken[:4]]).unique()) == 20
    for taken in range(9):
        epoch, x, y = next(real_batches(data, 5, seed=1, taken=taken))
        assert torch.allclose((x.flatten() + 1) * 127.5, y.float())  # each keeps its label
        assert epoch == unbroken[taken][0] and torch.equal(x, unbroken[taken][1])


@pytest.mark.parametrize("length, clock", [({"steps": 8}, None), ({"seconds": 8.0}, ticks(1.0))])
def test_both_rates_fall_linearly_over_the_second_half_of_the_run(few, length, clock):
    rates = []
    for state in train(SMALL, few, **length, **({"clock": clock} if clock else {})):
        rates.append(state.optimizer_generator.param_groups[0]["lr"] / SMALL.generator_rate)
    assert rates == pytest.approx([1, 1, 1, 1, 1, 0.75, 0.5, 0.25])


def test_the_moving_average_is_one_and_includes_the_statistics_of_batch_norm(few):
    average, recipe = None, dataclasses.replace(SMALL, moving_average=0.2)
    for state in train(recipe, few, steps=5):
        if average is None:  # the average begins at the weights before the first step
            average = weights(new_state(SMALL, few).generator)
        decay = (1 / 11, 2 / 12, 0.2, 0.2, 0.2)[state.step - 1]  # first a tenth of the training
        average = decay * average + (1 - decay) * weights(state.generator)
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
        samples = state.fixed_images()
        assert samples.shape == (100, 1, 28, 28) and samples.abs().max() <= 1
        assert torch.equal(samples, state.fixed_images())  # the same latents, the same images
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


def test_bfloat16_trains_and_keeps_its_weights_in_float32(few):
    for state in train(SMALL, few, steps=2, state=new_state(SMALL, few, precision=torch.bfloat16)):
        pass
    assert all(p.dtype == torch.float32 for p in state.generator.parameters())
    assert state.fixed_images().dtype == torch.float32
