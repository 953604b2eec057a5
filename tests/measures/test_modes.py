"""Modes of Stacked-MNIST: counted, against counting by hand, and against generators by design."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from gan_lib.measures import metrics, modes
from gan_lib.measures.metrics import MetricError
from gan_lib.measures.modes import DISTANCE, EQUAL, FOUND, REAL, StackedYardstick
from gan_lib.pair import Pair
from gan_lib.recipes import QUICK
from gan_lib.sources.kind import Kind
from gan_lib.sources.stacked import stack


@pytest.fixture(scope="module")
def digits(sample):
    return sample[0].part(slice(1000))


@pytest.fixture(scope="module")
def yardstick(sample):
    """A tenth of the images: what is counted is the same."""
    return StackedYardstick(*map(stack, sample), published=2600, most=10_000, part=1000)


class Redrawn(nn.Module):
    """A "generator" that shows real digits: in each channel one that the latent chooses.

    Of the `kinds` alone, in its first channel.
    """

    def __init__(self, digits, kinds=range(10)):
        super().__init__()
        self.any = nn.Parameter(digits.floats(), requires_grad=False)
        self.some = torch.isin(digits.labels, torch.tensor(list(kinds))).nonzero().squeeze(1)

    def forward(self, z):
        chosen = (z[:, :3].abs() * 1e4).long() % len(self.any)
        chosen[:, 0] = self.some[chosen[:, 0] % len(self.some)]
        return self.any[chosen].squeeze(2)


def readings_of(yardstick, generator):
    recipe = replace(QUICK, noise_dim=3)
    pair = Pair(recipe, Kind((3, 28, 28), ()), generator, nn.Identity())
    return {reading.name: reading for reading in yardstick.readings(pair)}


def test_a_mode_is_what_its_channels_say():
    assert modes.mode_of(torch.tensor([[0, 0, 7], [1, 2, 3], [9, 9, 9]])).tolist() == [7, 123, 999]
    shares = modes.mode_shares(torch.tensor([7, 7, 123, 999]))
    assert shares.sum() == 1 and shares[7] == 0.5 and shares[8] == 0


def test_channels_are_read_one_by_one(digits):
    x = digits.floats(slice(600)).view(200, 3, 28, 28)
    read, features = modes.look_at_stacks(x)
    labels = digits.labels[:600].view(200, 3)
    assert (read == labels).double().mean() > 0.97
    alone = modes.look_at_stacks(x[:, 1:2].expand(-1, 3, -1, -1))[1]
    assert features.shape == (3, 200, 128)
    torch.testing.assert_close(alone[0], features[1], atol=1e-3, rtol=1e-3)


def test_real_digits_reach_the_floor(yardstick, digits):
    readings = readings_of(yardstick, Redrawn(digits))
    names = [text.format(n) for text in (EQUAL, REAL) for n in (2600, 10_000)]
    assert list(readings) == [FOUND, *names, DISTANCE]
    few, many = (readings[EQUAL.format(count)] for count in (2600, 10_000))
    # By chance alone, the divergence of N draws from K equal shares is about (K - 1) / 2N.
    assert few.floor == pytest.approx(999 / 5200, rel=0.2) and few.value < 1.3 * few.floor
    assert many.value < few.value / 2 and many.floor < few.floor / 2
    found = readings[FOUND]
    assert 1000 - found.floor == pytest.approx(1000 * math.exp(-2.6), rel=0.4)  # not yet drawn
    assert abs(found.value - found.floor) < 40
    distance = readings[DISTANCE]  # of as many images as there are held out
    assert distance.value < 1.3 * distance.floor and distance.meaning.endswith("500 images")


def test_a_generator_that_knows_two_digits_in_one_channel_has_a_fifth_of_the_modes(
    yardstick, digits
):
    readings = readings_of(yardstick, Redrawn(digits, kinds=(3, 8)))
    assert 180 < readings[FOUND].value < 225  # a few are misread
    for text in (EQUAL, REAL):
        divergence = readings[text.format(10_000)]
        assert divergence.value == pytest.approx(math.log(5), abs=0.15)
        assert divergence.floor < 0.1


def test_noise_finds_modes_and_is_far_from_digits(yardstick):
    class Noise(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 3 * 28 * 28)

        def forward(self, z):
            return self.layer(8 * z).sin().view(-1, 3, 28, 28)

    readings = readings_of(yardstick, Noise())
    assert readings[DISTANCE].value > 500 and readings[EQUAL.format(10_000)].value > 0.5


def test_the_spreads_are_those_of_images_drawn_again():
    draw = torch.Generator().manual_seed(5)
    equal = torch.full((1000,), 1e-3, dtype=torch.float64)
    skewed = torch.rand(1000, generator=draw, dtype=torch.float64) ** 3
    for shares in (equal, skewed / skewed.sum()):
        found, divergences, said = [], [], []
        for _ in range(400):
            again = shares.multinomial(26_000, replacement=True, generator=draw)
            found.append(float(len(again[:2600].unique())))
            counted = modes.mode_shares(again)
            divergences.append(metrics.divergence(counted, equal))
            said.append(modes.spread_of_divergence(counted, equal, 26_000))
        spread = torch.tensor(found).std().item()
        assert modes.spread_of_found(shares, 2600) == pytest.approx(spread, rel=0.2)
        spread = torch.tensor(divergences).std().item()
        assert torch.tensor(said).mean().item() == pytest.approx(spread, rel=0.2)


def test_the_same_seed_gives_the_same(yardstick, digits):
    before = torch.get_rng_state()
    assert readings_of(yardstick, Redrawn(digits)) == readings_of(yardstick, Redrawn(digits))
    assert torch.equal(torch.get_rng_state(), before)


def test_what_is_no_stack_is_refused(sample):
    with pytest.raises(
        MetricError, match=r"in stacks of MNIST's digits, not in MNIST, \(1, 28, 28\)"
    ):
        StackedYardstick(*sample)
    train, test = map(stack, sample)
    with pytest.raises(MetricError, match="Name one folder"):
        StackedYardstick(train, replace(test, source="elsewhere"))
    with pytest.raises(MetricError, match="100 images are too few"):
        StackedYardstick(train, test.part(slice(100)))
    with pytest.raises(MetricError, match=r"\(N, 3, 28, 28\)"):
        modes.look_at_stacks(sample[0].floats(slice(200)))
