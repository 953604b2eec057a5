"""Where one stands in the latent space of a pair: of any shape, with and without classes."""

import pytest
import torch

from gan_lib.latents.viewpoint import Viewpoint
from gan_lib.recipes import CONDITIONAL, MINIBATCH, QUICK
from gan_lib.sources.kind import Kind
from gan_lib.state import new_state

CATS = Kind((3, 16, 16), ("cat", "dog", "cow"))


def pair_of(recipe, kind):
    pair = new_state(recipe, kind, 5, "cpu")
    for network in (pair.generator, pair.averaged, pair.discriminator):
        if network is not None:
            network.eval()
    return pair


def test_its_latent_ends_in_its_class_where_a_latent_has_one():
    here = Viewpoint(pair_of(CONDITIONAL, CATS), label=2)
    here.noise = torch.arange(64.0)
    assert here.z.shape == (1, 67)
    assert here.z[0, :64].tolist() == list(range(64)) and here.z[0, 64:].tolist() == [0, 0, 1]
    assert torch.equal(Viewpoint(pair_of(QUICK, CATS)).z, torch.zeros(1, 64))


def test_what_is_seen_is_what_the_generator_for_samples_makes_of_it():
    pair = pair_of(CONDITIONAL, CATS)
    with torch.no_grad():
        for parameter in pair.generator.parameters():
            parameter += 0.1  # only the averaged one stays as it was
    here = Viewpoint(pair, label=1)
    torch.testing.assert_close(here.images(), pair.generate(here.z))
    assert here.images().shape == (1, 3, 16, 16)
    assert not torch.equal(here.images(), here.images(label=0))


def test_a_move_goes_along_its_axis_alone_and_a_scan_shows_where_it_would_lead():
    here = Viewpoint(pair_of(QUICK, CATS))
    here.axes = here.directions[:3]
    here.noise = torch.linspace(-1, 1, 64)
    before = [here.position(i) for i in range(3)]
    positions = torch.tensor([-2.0, 0.5])
    shown = here.scans(positions)
    assert len(shown) == 3 and shown[1].shape == (2, 3, 16, 16)
    here.move(1, 0.5)
    assert [here.position(i) for i in (0, 2)] == pytest.approx([before[0], before[2]], abs=1e-5)
    assert here.position(1) == pytest.approx(0.5, abs=1e-5)
    torch.testing.assert_close(here.images()[0], shown[1][1], atol=1e-5, rtol=1e-4)


def test_the_verdict_is_that_of_the_discriminator_told_its_class():
    pair = pair_of(CONDITIONAL, CATS)
    here = Viewpoint(pair, label=2)
    x = here.images()
    confidence, less = here.verdict(x)
    assert confidence == pytest.approx(pair.logits(x, torch.tensor([2])).sigmoid().item())
    assert 0 <= less <= 1
    here.label = 0
    assert here.verdict(x)[0] == pytest.approx(pair.logits(x, torch.tensor([0])).sigmoid().item())
    assert Viewpoint(pair_of(MINIBATCH, CATS)).verdict(x) is None


def test_a_pair_of_a_thousand_classes_has_directions_too():
    pair = pair_of(CONDITIONAL, Kind((3, 16, 16), tuple(map(str, range(1000)))))
    here = Viewpoint(pair, label=999)
    assert here.directions.shape == (64, 64) and here.verdict(here.images()) is not None


def test_directions_are_of_the_pair_that_is_examined():
    first, second = pair_of(QUICK, CATS), new_state(QUICK, CATS, 6, "cpu")
    second.averaged.eval(), second.discriminator.eval()
    here = Viewpoint(first)
    before = here.directions
    here.follow(second)
    assert here.directions is before
    here.examine()
    assert not torch.allclose(here.directions, before)
