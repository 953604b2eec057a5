"""What networks show: each sign is moved by what it is a sign of, and by nothing else."""

import math
from functools import partial

import pytest
import torch
from torch import nn

from gan_lib.belief.confidence import ConfidenceError
from gan_lib.clinic.cases import CASES, MYTHS, Setup
from gan_lib.clinic.examination import examine
from gan_lib.clinic.networks import PLAIN, PlainDiscriminator, PlainGenerator, Shifted
from gan_lib.clinic.patients import patients
from gan_lib.clinic.rules import diagnose
from gan_lib.data import ImageSet, load
from gan_lib.plane.mixtures import ring
from gan_lib.plane.players import PLANE, new_game
from gan_lib.recipes import RECIPES, replace
from gan_lib.remedies.similarity import variety
from gan_lib.state import new_state


@pytest.fixture(scope="module")
def held_out():
    return load("mnist", "test").part(slice(300))


def after(setup, data, steps=3):
    for state in setup.course(data, 7, steps):
        pass
    return state


def seen(few, held_out, steps=3, images=lambda x: x, **choices):
    state = after(Setup(replace(PLAIN, **choices), images), few, steps)
    return examine(state, images(few), images(held_out))


def test_spread_is_the_root_of_the_mean_square_distance():
    x = torch.randn(9, 2, 3, 3)
    assert variety(torch.ones(5, 1, 2, 2)) == 0
    squares = torch.cdist(x.flatten(1), x.flatten(1)).square()
    assert torch.isclose(variety(x), squares.mean().sqrt())  # with each image and itself: 81 pairs


def test_a_healthy_beginning_shows_nothing(few, held_out):
    found = seen(few, held_out)
    assert found.neighbours == 0 and found.lowest_real == -1
    assert found.least_logit < 0 < 1 < found.most_logit
    assert 0.4 < found.known_by_heart < 0.6 and 0.7 < found.ground_real < 0.9
    assert 0.1 <= found.commonest <= 1 and 0 < found.variety < 2


def test_batch_norm_in_d_is_seen_in_its_neighbours(few, held_out):
    normed = partial(PlainDiscriminator, norm=nn.BatchNorm2d)
    assert seen(few, held_out, discriminator=normed).neighbours > 0.1


def test_a_sigmoid_is_seen_in_its_bounds(few, held_out):
    found = seen(few, held_out, discriminator=partial(PlainDiscriminator, last=nn.Sigmoid))
    assert 0 <= found.least_logit <= found.most_logit <= 1


def test_stale_statistics_are_seen_in_eval_mode(few, held_out):
    stale = partial(PlainGenerator, momentum=1e-4)
    found = [seen(few, held_out, 20, generator=g).eval_mode for g in (stale, PlainGenerator)]
    assert found[0] > 1.5 * found[1]


def test_the_ground_of_tanh_and_the_range_are_seen(few, held_out):
    tanh = seen(few, held_out, 20, generator=partial(PlainGenerator, last=nn.Tanh))
    assert tanh.ground_fake < 0.01 < seen(few, held_out, 20).ground_fake
    images = CASES["the wrong range of grey levels"].ill.images
    assert seen(few, held_out, images=images).lowest_real == 0


def test_looking_changes_nothing(few, held_out):
    state = after(Setup(), few)
    before = {k: v.clone() for k, v in state.generator.state_dict().items()}
    before |= {f"d{k}": v.clone() for k, v in state.discriminator.state_dict().items()}
    drawn = torch.get_rng_state()
    first, second = (examine(state, few, held_out) for _ in "ab")
    assert first == second and torch.equal(drawn, torch.get_rng_state())
    assert state.generator.training and state.discriminator.training
    now = state.generator.state_dict() | {
        f"d{k}": v for k, v in state.discriminator.state_dict().items()
    }
    assert all(torch.equal(before[name], now[name]) for name in before)


def test_images_that_cannot_be_shown_are_refused_in_one_line(few, held_out):
    state = new_state(PLAIN, few, 7, "cpu")
    with pytest.raises(ConfidenceError, match="There are no images in MNIST"):
        examine(state, few, held_out.part(slice(0)))
    small = ImageSet(torch.randint(256, (90, 1, 16, 16), dtype=torch.uint8))
    with pytest.raises(ConfidenceError, match="cannot be shown"):
        examine(state, few, small)


def test_too_few_images_say_nothing_of_learning_by_heart(few, held_out):
    state = new_state(PLAIN, few, 7, "cpu")
    found = examine(state, few, held_out.part(slice(50)))
    assert math.isnan(found.known_by_heart) and not math.isnan(found.neighbours)
    assert math.isnan(examine(state, few, held_out.part(slice(2))).neighbours)


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_can_be_examined(name, few, held_out):
    recipe = replace(RECIPES[name], clusters=min(RECIPES[name].clusters, 20))
    found = examine(new_state(recipe, few, 7, "cpu"), few, held_out)
    assert 0 <= found.known_by_heart <= 1 and found.variety > 0


def test_points_of_the_plane_can_be_examined():
    points, others = ring().points(200, 1), ring().points(200, 2)
    found = examine(new_game(PLANE, points, 7), points, others)
    assert diagnose([], found, step=0) == []


@pytest.mark.parametrize("name", [*CASES, *MYTHS])
def test_every_case_can_be_trained(name, few):
    setups = [CASES[name].ill, CASES[name].cured] if name in CASES else [MYTHS[name]]
    for setup in setups:
        state = after(setup, few, 2)
        assert state.step == 2 and state.record.variety > 0


def test_only_what_is_detached_stands_still(few):
    detached = CASES["a gradient that never reaches the generator"].ill
    for setup, moves in ((detached, False), (Setup(), True)):
        first, last = (after(setup, few, steps).generator.layers[0].weight for steps in (1, 3))
        assert torch.equal(first, last) != moves


def test_gradients_add_up_where_nobody_clears_them(few):
    kept = after(CASES["gradients that are not cleared"].ill, few, 40).record.gradient_generator
    assert kept > 3 * after(Setup(), few, 40).record.gradient_generator


def test_shifting_moves_images_in_training_alone():
    torch.manual_seed(1)
    network, x = Shifted((1, 28, 28)), torch.randn(4, 1, 28, 28)
    assert not torch.equal(network.train()(x), network.eval()(x))
    assert torch.equal(network(x), PlainDiscriminator.forward(network, x))


def test_the_patients_are_what_their_signs_say():
    six = patients()
    assert len(six) == 6 and sum(one.illness == "nothing" for one in six) == 1
    for one in six:
        assert one.images.shape == (20, 1, 28, 28) and -1 <= one.images.min() < one.images.max()
        assert [r.step for r in one.history] == list(range(10, 601, 10))
        found = diagnose(one.history, one.seen)
        assert (found[0].illness.name if found else "nothing") == one.illness
