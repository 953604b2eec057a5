"""What only a GPU shows. Skipped, and said so, where there is none."""

import copy
import dataclasses

import pytest
import torch

from gan_lib.keeping import checkpoints
from gan_lib.length import Length
from gan_lib.machine.devices import pick_device, probe
from gan_lib.recipes import CONDITIONAL, MINIBATCH, MLP, QUICK
from gan_lib.state import new_state
from gan_lib.training import train

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="NOT TESTED: no CUDA GPU here"
)
SMALL = [dataclasses.replace(recipe, batch_size=16) for recipe in (MLP, MINIBATCH, QUICK)]
SMALL += [dataclasses.replace(CONDITIONAL, batch_size=16)]
GPUS = [torch.device("cuda", index) for index in range(torch.cuda.device_count())]
every_recipe = pytest.mark.parametrize("recipe", SMALL, ids=lambda recipe: recipe.name)
every_gpu = pytest.mark.parametrize("device", GPUS, ids=str)


def weights(state):
    networks = (state.generator, state.discriminator, state.sampler)
    return [t.clone() for network in networks for t in network.state_dict().values()]


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def last(state, data, steps):
    for _ in train(state, data, Length(steps=steps)):
        pass
    return state


def test_the_gpu_is_the_one_that_is_picked():
    assert probe(GPUS[0]) == "" and pick_device().type == "cuda"


@every_gpu
@every_recipe
def test_it_trains_and_everything_lies_where_it_should(recipe, device, few):
    state = last(new_state(recipe, few, device=str(device)), few, steps=3)
    assert state.record.step == 3 and state.record.gradient_images > 0
    assert {t.device for t in weights(state)} == {device} == {state.fixed_latent.device}
    x, _ = state.sample(8)
    assert x.device.type == "cpu" and x.shape == (8, 1, 28, 28)


@every_gpu
def test_each_step_draws_latents_of_its_own(device, few):
    state, seen = new_state(SMALL[2], few, device=str(device)), []
    state.generator.register_forward_pre_hook(lambda _, args: seen.append(args[0].clone()))
    last(state, few, steps=3)
    assert len(seen) == 6 and len(torch.cat(seen).unique(dim=0)) == 6 * 16


@every_gpu
@every_recipe
def test_resumed_it_ends_in_the_weights_of_an_unbroken_training(
    recipe, device, few, tmp_path, monkeypatch
):
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    whole = last(new_state(recipe, few, device=str(device)), few, steps=6)
    again = last(new_state(recipe, few, device=str(device)), few, steps=6)
    if not same(weights(whole), weights(again)):
        pytest.skip("this GPU does not even repeat an unbroken training")
    half = new_state(recipe, few, device=str(device))
    for _ in train(half, few, Length(steps=6)):
        if half.step == 3:
            break
    checkpoints.save(half, tmp_path)
    resumed, _ = checkpoints.resume(tmp_path, recipe, str(device))
    assert same(weights(last(resumed, few, steps=6)), weights(whole))


@every_recipe
def test_a_copy_goes_on_as_the_training_does(recipe, few):
    state = last(new_state(recipe, few, device="cuda"), few, steps=2)
    copied = copy.deepcopy(state)
    assert last(copied, few, steps=4).step == last(state, few, steps=4).step == 4


def test_a_pair_from_a_gpu_is_read_without_one(few, tmp_path):
    state = last(new_state(SMALL[3], few, device="cuda"), few, steps=2)
    pair = checkpoints.read(checkpoints.save(state, tmp_path), recipe=SMALL[3])
    assert next(pair.generator.parameters()).device.type == "cpu"
    assert torch.allclose(pair.generate(state.fixed_latent), state.fixed_images(), atol=2e-2)
