"""What a pair draws, is told and answers."""

from dataclasses import replace

import pytest
import torch

from gan_lib import UserError
from gan_lib.machine.randomness import Purpose, randomness
from gan_lib.recipes import CLUSTERED, CONDITIONAL, MINIBATCH, QUICK
from gan_lib.sources.clusters import Clusters
from gan_lib.sources.imageset import ImageSet
from gan_lib.sources.kind import Kind
from gan_lib.state import new_state

MNIST = Kind((1, 28, 28), tuple("0123456789"))


def test_input_noise_is_as_the_recipe_says():
    x = new_state(MINIBATCH, MNIST, device="cpu").as_seen(torch.zeros(200, 1, 28, 28))
    assert x.mean().item() == pytest.approx(0.1, abs=0.01)
    assert x.std().item() == pytest.approx(1.0, abs=0.01)
    zeros = torch.zeros(2, 1, 28, 28)
    assert new_state(QUICK, MNIST, device="cpu").as_seen(zeros) is zeros


def test_the_latent_of_minibatch_ends_in_a_one_hot_class():
    z = new_state(MINIBATCH, MNIST, device="cpu").latents(500)
    assert z.shape == (500, 74)
    assert torch.equal(z[:, 64:].sum(1), torch.ones(500))
    assert set(z[:, 64:].argmax(1).tolist()) == set(range(10))
    assert z[:, :64].std().item() == pytest.approx(1, abs=0.02)


def test_a_sample_is_of_the_classes_that_are_asked_for_and_repeats_with_its_seed():
    pair = new_state(CONDITIONAL, Kind((3, 16, 16), ("cat", "dog", "cow")))
    asked = torch.tensor([2, 0, 1, 1])
    x, labels = pair.sample(4, seed=3, labels=asked)
    assert x.shape == (4, 3, 16, 16) and torch.equal(labels, asked)
    assert torch.equal(x, pair.sample(4, seed=3, labels=asked)[0])
    assert not torch.equal(x, pair.sample(4, seed=4, labels=asked)[0])
    _, drawn = pair.sample(60)
    assert set(drawn.tolist()) == {0, 1, 2}


def test_without_labels_who_tells_nobody_trains_and_who_tells_d_says_why_not(few):
    bare = ImageSet(few.images)
    x, labels = new_state(QUICK, bare).sample(3)
    assert x.shape == (3, 1, 28, 28) and labels is None
    assert new_state(MINIBATCH, bare).latents(3).shape == (3, 64)
    with pytest.raises(UserError, match="no labels: choose one that finds clusters, as clustered"):
        new_state(CONDITIONAL, bare)


@pytest.mark.parametrize("shares", [None, [0.6, 0.25, 0.1, 0.05, 0.0]], ids=["labels", "clusters"])
def test_labels_are_drawn_all_alike_and_clusters_as_frequent_as_they_are(shares):
    """The chi-squared distance of 4 degrees of freedom is above 18.5 once in a thousand draws."""
    means = torch.zeros(5, 1, 28, 28, dtype=torch.uint8)
    found = None if shares is None else Clusters(means, torch.tensor(shares))
    pair = new_state(CLUSTERED, Kind((1, 28, 28), tuple("abcde"), found), device="cpu")
    with randomness(1, Purpose.SAMPLE):
        drawn = pair.latents(5000)[:, CLUSTERED.noise_dim :].argmax(1)
    counts, expected = drawn.bincount(minlength=5), 5000 * torch.tensor(shares or [0.2] * 5)
    assert counts[expected == 0].sum() == 0
    assert ((counts - expected).square() / expected)[expected > 0].sum() < 18.5


def test_labels_become_the_clusters_once_and_other_clusters_again(few):
    bare = ImageSet(few.images, name="pets")
    kind, other = Kind.of(bare, 8), Kind.of(bare, 8, seed=8)
    assert Kind.of(few).labelled(few) is few and Kind.of(bare).labelled(bare) is bare
    told = kind.labelled(bare)
    assert torch.equal(told.labels, kind.clusters.of(few.images)) and told.name == "pets"
    assert told.classes == kind.classes == tuple(f"cluster {number}" for number in range(8))
    assert kind.labelled(told) is told and bare.labels is None
    assert torch.equal(other.labelled(told).labels, other.clusters.of(few.images))
    assert torch.equal(kind.labelled(few).labels, told.labels)  # its own are of no account


def test_clusters_are_found_to_be_told():
    with pytest.raises(ValueError, match="clusters are found to be told"):
        replace(QUICK, clusters=5)
    assert replace(MINIBATCH, clusters=5).told == "generator"


def test_who_judges_batches_has_no_opinion_of_one_image():
    x, labels = torch.zeros(2, 1, 28, 28), torch.tensor([3, 4])
    assert new_state(MINIBATCH, MNIST, device="cpu").logits(x, labels) is None
    pair = new_state(CONDITIONAL, MNIST, device="cpu")
    pair.discriminator.eval()
    torch.nn.init.normal_(pair.discriminator.of_class.weight)  # it begins at 0
    both = pair.logits(x, labels)
    assert both.shape == (2,) and both[0] != both[1]  # the same image, as another class
