"""Stacked-MNIST: which digits stand together, and that it is never twice the same in a training."""

import itertools
from dataclasses import replace

import pytest
import torch

from gan_lib.batches import real_batches
from gan_lib.belief.confidence import both_sides
from gan_lib.data import DataError, load
from gan_lib.keeping import checkpoints
from gan_lib.keeping.folder import described
from gan_lib.length import Length
from gan_lib.recipes import CLUSTERED
from gan_lib.remedies.mismatch import another_class
from gan_lib.sources.imageset import to_float, to_levels
from gan_lib.sources.kind import Kind
from gan_lib.sources.stacked import Stacks, stack
from gan_lib.state import new_state
from gan_lib.training import train


@pytest.fixture(scope="module")
def stacks(sample):
    return stack(sample[0].part(slice(300)))


def rows(images):
    """The pictures of one channel, (N, H, W), in an order of their own."""
    return sorted(images.flatten(1).tolist())


def test_each_digit_stands_once_in_each_colour(sample, stacks):
    assert isinstance(stacks, Stacks) and stacks.shape == (3, 28, 28) and len(stacks) == 300
    digits = rows(sample[0].images[:300, 0])
    for channel in range(3):
        assert rows(stacks.images[:, channel]) == digits
    # Two channels of one image are no more alike than by chance.
    same = (stacks.images[:, 0] == stacks.images[:, 1]).flatten(1).all(dim=1)
    assert same.sum() < 6


def test_the_seed_says_who_stands_with_whom(sample, stacks):
    digits = sample[0].part(slice(300))
    assert torch.equal(stack(digits).images, stacks.images)
    assert not torch.equal(stack(digits, seed=8).images, stacks.images)


def test_a_training_sees_other_stacks_in_each_epoch_and_finds_its_place_again(stacks):
    unbroken = list(itertools.islice(real_batches(stacks, 100, seed=3, taken=0), 9))
    first, second = (torch.cat([x for _, x, _ in unbroken[i : i + 3]]) for i in (0, 3))
    for channel in range(3):  # the same digits, each once an epoch,
        assert rows(first[:, channel]) == rows(second[:, channel])
    assert not set(map(str, rows(first))) & set(map(str, rows(second)))  # in other company
    for taken in (1, 3, 5, 8):
        epoch, x, labels = next(real_batches(stacks, 100, seed=3, taken=taken))
        assert epoch == unbroken[taken][0] and labels is None
        assert torch.equal(x, unbroken[taken][1])


def test_each_digit_of_a_stack_has_a_cluster_of_its_own_and_keeps_it(stacks):
    kind = Kind.of(stacks, clusters=5)
    told = kind.labelled(stacks)
    assert kind.clusters.means.shape == (5, 1, 28, 28) and told.labels.shape == (300, 3)
    for channel in range(3):  # as if it were an image by itself
        alone = kind.clusters.of(stacks.images[:, channel : channel + 1])
        assert torch.equal(told.labels[:, channel], alone)
    epochs = [next(real_batches(told, 300, seed=3, taken=taken))[1:] for taken in (0, 1)]
    assert not torch.equal(epochs[0][1], epochs[1][1])
    for x, labels in epochs:
        assert torch.equal(kind.clusters.of(to_levels(x)), labels)


def test_stacks_that_are_labelled_as_a_whole_stay_as_they_are(stacks):
    told = replace(stacks, labels=torch.arange(300) % 2, classes=("even", "odd"))
    assert told.anew(3, 1) is told


def test_both_players_are_told_the_cluster_of_each_channel(stacks):
    kind = Kind.of(stacks, clusters=5)
    assert (kind.at_once, kind.told_dim) == (3, 15)
    labels = torch.tensor([[0, 4, 2], [1, 1, 3]])
    told = kind.one_hot(labels)
    assert told.nonzero().tolist() == [[0, 0], [0, 9], [0, 12], [1, 1], [1, 6], [1, 13]]
    assert torch.equal(kind.labels_of(told), labels)
    assert kind.name(labels[:1]) == "cluster 0, cluster 4, cluster 2"
    assert torch.equal(kind.one_hot(torch.tensor([3])), kind.one_hot(torch.tensor([[3, 3, 3]])))
    drawn = kind.draw(20_000)
    assert drawn.shape == (20_000, 3)
    for channel in range(3):  # as frequent as they are, whatever the others show
        shares = drawn[:, channel].bincount(minlength=5) / len(drawn)
        assert torch.allclose(shares, kind.clusters.shares, atol=0.02)
    both = (drawn[:, 0] * 5 + drawn[:, 1]).bincount(minlength=25).view(5, 5) / len(drawn)
    assert torch.allclose(both, torch.outer(*[kind.clusters.shares] * 2), atol=0.02)


def test_a_pair_of_stacks_in_clusters_trains_and_comes_back(stacks, tmp_path):
    recipe = replace(CLUSTERED, clusters=5, batch_size=32)
    state = new_state(recipe, stacks, 7, "cpu", torch.float32)
    assert len({tuple(row.tolist()) for row in state.labels_of(state.fixed_latent)}) > 30
    for state in train(state, stacks, Length(steps=3)):
        pass
    checkpoints.save(state, tmp_path, described(stacks, Length(steps=3)))
    pair = checkpoints.read(tmp_path / checkpoints.NAME)
    assert pair.kind.at_once == 3 and torch.equal(
        pair.kind.clusters.means, state.kind.clusters.means
    )
    x, labels = pair.sample(4)
    again, same = pair.sample(4, labels=labels)
    assert x.shape == (4, 3, 28, 28) and labels.shape == (4, 3)
    assert torch.equal(labels, same) and torch.equal(x, again)
    sides = both_sides(pair, stacks.part(slice(64)))
    assert sides.logits_real.isfinite().all() and sides.logits_fake.shape == (64,)


@pytest.mark.parametrize("vectors, alike", [(0, "pixels"), (4, "edges")])
def test_a_pair_of_stacks_in_clusters_goes_on_where_it_was(stacks, tmp_path, vectors, alike):
    recipe = replace(CLUSTERED, clusters=5, batch_size=32, vectors=vectors, alike=alike)
    through = new_state(recipe, stacks, 7, "cpu", torch.float32, threads=1)
    for through in train(through, stacks, Length(steps=4)):
        if through.step == 2:
            checkpoints.save(through, tmp_path, described(stacks, Length(steps=4)))
    again, _ = checkpoints.resume(tmp_path, recipe)
    for again in train(again, stacks, Length(steps=4)):
        pass
    assert torch.equal(through.fixed_images(), again.fixed_images())
    pair = checkpoints.read(tmp_path / checkpoints.NAME)  # by the recipe's name alone
    assert pair.kind.clusters.alike == alike
    assert replace(pair.recipe, batch_size=32) == recipe
    told = through.kind.labelled(stacks).labels
    assert torch.equal(pair.kind.labelled(stacks).labels, told)
    x, labels = pair.sample(6)
    assert x.shape == (6, 3, 28, 28) and pair.logits(x, labels).isfinite().all()


def test_a_mismatched_stack_claims_another_cluster_in_each_channel(stacks):
    recipe = replace(CLUSTERED, clusters=5, batch_size=32, mismatched=4)
    state = new_state(recipe, stacks, 7, "cpu", torch.float32)
    for state in train(state, stacks, Length(steps=1)):
        pass
    labels = state.kind.labelled(stacks).labels
    other = another_class(labels, 5, 4)
    assert (other[:4] != labels[:4]).all() and torch.equal(other[4:], labels[4:])


def test_it_is_loaded_by_its_name(alone):
    train, test = (load("Stacked-MNIST", split) for split in ("train", "test"))
    assert str(train).startswith("Stacked-MNIST, training set: 4,500 images from the bundled")
    assert (len(test), test.split, test.labels, test.classes) == (500, "test", None, ())
    assert torch.equal(train.floats(slice(2)), to_float(train.images[:2]))
    with pytest.raises(DataError, match="choose one of mnist, fashion-mnist, stacked-mnist"):
        load("stacked")
