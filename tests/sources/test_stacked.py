"""Stacked-MNIST: which digits stand together, and that it is never twice the same in a training."""

import itertools

import pytest
import torch

from gan_lib.batches import real_batches
from gan_lib.data import DataError, load
from gan_lib.sources.imageset import Kind, to_float
from gan_lib.sources.stacked import Stacks, stack


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


def test_stacks_that_belong_to_clusters_stay_as_they_are(stacks):
    told = Kind.of(stacks, clusters=5).labelled(stacks)
    _, x, labels = next(real_batches(told, 300, seed=3, taken=3))
    here = {str(image): label for image, label in zip(told.images.tolist(), told.labels.tolist())}
    seen = ((x + 1) * 127.5).round().to(torch.uint8)
    assert [here[str(image)] for image in seen.tolist()] == labels.tolist()


def test_it_is_loaded_by_its_name(alone):
    train, test = (load("Stacked-MNIST", split) for split in ("train", "test"))
    assert str(train).startswith("Stacked-MNIST, training set: 4,500 images from the bundled")
    assert (len(test), test.split, test.labels, test.classes) == (500, "test", None, ())
    assert torch.equal(train.floats(slice(2)), to_float(train.images[:2]))
    with pytest.raises(DataError, match="choose one of mnist, fashion-mnist, stacked-mnist"):
        load("stacked")
