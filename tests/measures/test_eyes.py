"""Eyes that learn on the spot see what other images show, and the yardstick measures with them."""

from dataclasses import replace

import pytest
import torch

from gan_lib.data import ImageSet
from gan_lib.measures import eyes
from gan_lib.measures.classifier import load_classifier, look_at
from gan_lib.measures.eyes import eyes_for, shows_digits
from gan_lib.measures.metrics import MetricError
from gan_lib.measures.table import COPYING
from gan_lib.measures.yardstick import Yardstick
from gan_lib.sources.sample import load_sample


@pytest.fixture(scope="module")
def clothes():
    return load_sample("train", "Fashion-MNIST"), load_sample("test", "Fashion-MNIST")


@pytest.fixture(scope="module")
def yardstick(clothes):
    return Yardstick(*clothes)


def by_name(readings):
    return {reading.name: reading for reading in readings}


def test_they_tell_classes_apart_that_they_were_never_shown(yardstick):
    assert "right about" in yardstick.about and "just now" in yardstick.about
    right = (yardstick._held_out.digits == yardstick._labels).float().mean()
    assert right > 0.75  # of 200 images that nobody learnt from; by chance 0.1


def test_real_images_are_at_the_floor_and_noise_and_a_missing_class_are_not(yardstick, clothes):
    train, _ = clothes
    real = train.part(torch.arange(200))
    found = by_name(yardstick.measure(real.floats(), real.labels))
    assert {"rarest class (%)", "class divergence", "obedience (%)", COPYING} <= found.keys()
    assert not any("digit" in name or "digit" in r.meaning for name, r in found.items())
    assert "judge, binarised (%)" not in found
    distance = found["Fréchet distance"]
    assert distance.value < 2 * distance.floor
    assert found["obedience (%)"].value > 80 and found[COPYING].value < -3  # it knows these images
    noise = by_name(yardstick.measure(torch.rand(200, 1, 28, 28) * 2 - 1, judge=False))
    assert noise["Fréchet distance"].value > 5 * distance.floor
    shoes = train.part((train.labels >= 5).nonzero().squeeze(1)[:200])
    some = by_name(yardstick.measure(shoes.floats(), judge=False))
    assert some["rarest class (%)"].value < 1 and some["Fréchet distance"].off > 5


def test_the_same_images_and_seed_are_seen_with_the_same_eyes(clothes, monkeypatch):
    monkeypatch.setattr(eyes, "STEPS", 20)
    few = clothes[0].part(slice(400))
    before = torch.random.get_rng_state()
    first, again, other = (eyes_for(few, seed).state_dict() for seed in (7, 7, 8))
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["head.weight"], other["head.weight"])


def test_digits_are_seen_with_the_eyes_that_come_with_the_course(sample):
    assert shows_digits(sample[0])
    bundled = load_classifier().state_dict()
    assert all(torch.equal(bundled[n], t) for n, t in eyes_for(sample[0]).state_dict().items())


@pytest.mark.parametrize("channels, side", [(3, 32), (1, 64)])
def test_without_classes_clusters_are_learnt_in_any_shape(clothes, monkeypatch, channels, side):
    monkeypatch.setattr(eyes, "STEPS", 20)
    x = torch.nn.functional.interpolate(clothes[0].images.float(), side)
    x = x.to(torch.uint8).expand(-1, channels, -1, -1).contiguous()
    parts = ImageSet(x[:300], name="mine"), ImageSet(x[300:600], name="mine", split="test")
    features, logits = look_at(parts[0].floats(), eyes_for(parts[0]))
    assert features.shape == (300, 128) and 2 <= logits.shape[1] <= 15
    yardstick = Yardstick(*parts)
    assert "learnt clusters of these images just now" in yardstick.about
    found = by_name(yardstick.measure(parts[0].floats(slice(150)), judge=False))
    assert {"Fréchet distance", "coverage", COPYING} <= found.keys()
    assert not any("class" in name for name in found)


def test_two_kinds_and_too_few_images_are_refused_in_one_line(clothes, sample):
    train, test = clothes
    with pytest.raises(MetricError, match="of two kinds") as caught:
        Yardstick(train, sample[1])
    assert "\n" not in str(caught.value)
    with pytest.raises(MetricError, match="128 held out, and it takes 129 of each"):
        Yardstick(train, test.part(slice(128)))
    with pytest.raises(MetricError, match="one may hold the other"):
        Yardstick(replace(train, source="the folder x"), test)
