"""Learned vectors in place of one-hot classes."""

from dataclasses import replace

import pytest
import torch

from gan_lib.models import count_parameters
from gan_lib.recipes import CLUSTERED, MINIBATCH

STACKS = (3, 28, 28)
CLASSES, SIZE = 50, 6
RECIPE = replace(CLUSTERED, vectors=SIZE)


@pytest.fixture
def players():
    torch.manual_seed(3)
    return RECIPE.build(STACKS, 3 * CLASSES, at_once=3)


def one_hots(labels):
    return torch.nn.functional.one_hot(labels, CLASSES).flatten(1).float()


def test_each_class_of_an_image_brings_its_vector_from_one_table(players):
    labels = torch.tensor([[4, 4, 9], [0, 49, 1], [7, 8, 7]])
    noise = torch.randn(3, RECIPE.noise_dim)
    for player, first in zip(players, (noise, torch.rand(3, *STACKS))):
        player.eval()
        table = player.vectors.weight.T
        assert table.shape == (CLASSES, SIZE)
        told = torch.cat([table[labels[:, channel]] for channel in range(3)], dim=1)
        if first is noise:
            ours, theirs = torch.cat([noise, one_hots(labels)], 1), torch.cat([noise, told], 1)
            assert torch.equal(player(ours), player.network(theirs))
        else:
            torch.nn.init.normal_(player.network.of_class.weight)  # it begins at 0
            assert torch.equal(player(first, one_hots(labels)), player.network(first, told))


def test_they_learn_what_the_classes_are(players):
    labels = torch.tensor([[4, 4, 9]] * 4)
    generator, discriminator = players
    x = generator(torch.cat([torch.randn(4, RECIPE.noise_dim), one_hots(labels)], dim=1))
    torch.nn.init.normal_(discriminator.network.of_class.weight)
    discriminator(x, one_hots(labels)).sum().backward()
    for player in players:
        learnt = player.vectors.weight.grad.abs().sum(0).nonzero().flatten()
        assert learnt.tolist() == [4, 9]


def test_what_is_told_takes_few_numbers(players):
    one_by_one = replace(RECIPE, vectors=0).build(STACKS, 3 * CLASSES)
    for player, larger, spread in zip(players, one_by_one, (32 * 7 * 7, 96 * 4 * 4)):
        saved = 3 * (CLASSES - SIZE) * spread - CLASSES * SIZE
        assert count_parameters(larger) - count_parameters(player) == saved


def test_both_players_have_to_be_told():
    with pytest.raises(ValueError, match="both players are told"):
        replace(MINIBATCH, vectors=3)
