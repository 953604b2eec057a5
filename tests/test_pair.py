"""What a pair draws, is told and answers."""

import pytest
import torch

from gan_lib import UserError
from gan_lib.recipes import CONDITIONAL, MINIBATCH, QUICK
from gan_lib.sources.imageset import ImageSet, Kind
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
    with pytest.raises(UserError, match="no labels: choose a recipe that tells nobody"):
        new_state(CONDITIONAL, bare)


def test_who_judges_batches_has_no_opinion_of_one_image():
    x, labels = torch.zeros(2, 1, 28, 28), torch.tensor([3, 4])
    assert new_state(MINIBATCH, MNIST, device="cpu").logits(x, labels) is None
    pair = new_state(CONDITIONAL, MNIST, device="cpu")
    pair.discriminator.eval()
    both = pair.logits(x, labels)
    assert both.shape == (2,) and both[0] != both[1]  # the same image, as another class
