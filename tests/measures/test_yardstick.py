"""The yardstick: images with a known fault, and the figure that has to show it."""

import dataclasses
import json
import math

import pytest
import torch
from torchvision.transforms.functional import gaussian_blur

from gan_lib.data import ImageSet
from gan_lib.measures import metrics
from gan_lib.measures.classifier import look_at
from gan_lib.measures.metrics import MetricError
from gan_lib.measures.table import ABOUT, COPYING, Reading, as_table
from gan_lib.measures.yardstick import Yardstick


@pytest.fixture(scope="module")
def yardstick(sample):
    return Yardstick(*sample)


def by_name(readings):
    return {reading.name: reading for reading in readings}


@pytest.fixture(scope="module")
def of_copies(sample, yardstick):
    """The readings of 500 training images that pretend to be generated."""
    return by_name(yardstick.measure(sample[0].floats(slice(500)), sample[0].labels[:500]))


def test_every_figure_of_real_images_is_near_its_floor(of_copies):
    assert list(of_copies) == list(ABOUT)
    for name, reading in of_copies.items():
        numbers = reading.value, reading.spread, reading.floor, reading.floor_spread
        assert all(math.isfinite(number) for number in numbers)
        if name != COPYING:
            spread = math.hypot(reading.spread, reading.floor_spread)
            assert abs(reading.value - reading.floor) < 5 * max(spread, 0.01), reading


def test_copies_of_training_images_are_seen_by_the_copying_test_alone(of_copies, sample, yardstick):
    assert of_copies[COPYING].value < -3
    assert abs(of_copies[COPYING].floor) < 2
    assert of_copies["judge, grey levels (%)"].value < 60
    copies = torch.cat(
        [sample[0].floats(slice(250, 500)), sample[1].floats(slice(250))]
    )  # half of them
    assert by_name(yardstick.measure(copies, judge=False))[COPYING].value < -3
    seen = yardstick.see(copies)
    assert torch.equal(seen.nearest[:250], torch.arange(250, 500))
    assert seen.distances[:250].max() < 0.01 < seen.distances[250:].min()


def test_a_missing_digit_shows_in_the_balance(sample, yardstick):
    train = sample[0]
    no_seven = train.floats(train.labels != 7)[:500]
    readings = by_name(yardstick.measure(no_seven, judge=False))
    assert readings["rarest digit (%)"].value < 2 < 8 < readings["rarest digit (%)"].floor
    divergence = readings["digit divergence"]
    assert divergence.value > 0.09 > 0.02 > divergence.floor  # ln(10 / 9) = 0.105 if none is left
    short = []  # of the floor; which images are drawn moves it by 0.016, so there are five draws
    for seed in range(7, 12):
        coverage = by_name(Yardstick(*sample, seed).measure(no_seven, judge=False))["coverage"]
        short.append(coverage.floor - coverage.value)
    assert sum(short) / 5 > 0.05


def test_a_collapsed_generator_has_no_variety(sample, yardstick):
    one = sample[0].floats(slice(1)).repeat(500, 1, 1, 1)
    readings = by_name(yardstick.measure(one, judge=False))
    assert all(math.isfinite(reading.value) for reading in readings.values())
    assert readings["coverage"].value < 0.1
    assert readings["density"].spread == 0  # whichever are drawn, they are the same
    assert readings["classifier score"].value == pytest.approx(1)
    assert readings["commonest digit (%)"].value == 100


def test_a_blur_shows_in_quality(sample, yardstick):
    blurred = gaussian_blur(sample[0].floats(slice(500)), [5, 5], [1.2, 1.2])
    readings = by_name(yardstick.measure(blurred))
    for name in ("Fréchet distance", "kernel distance", "judge, grey levels (%)"):
        assert readings[name].value > readings[name].floor + 5 * readings[name].floor_spread, name
    assert readings["density"].value < readings["density"].floor
    assert readings[COPYING].value > 3


def test_the_same_images_give_the_same_numbers(sample, yardstick):
    x = sample[0].floats(slice(1000, 1300)) * 0.98
    before = torch.get_rng_state()
    first = yardstick.measure(x)
    assert torch.equal(torch.get_rng_state(), before)
    assert yardstick.measure(x) == first
    assert yardstick.measure(metrics.check_images(x)) == first  # rounded to grey levels before
    assert Yardstick(*sample).measure(x) == first
    without = yardstick.measure(x, judge=False)
    assert without == [r for r in first if not r.name.startswith("judge")]


def test_floor_and_value_are_what_their_names_say(sample, yardstick):
    """Put together by hand from the parts, without the yardstick."""
    train, test = sample
    features = look_at(train.floats())[0]
    readings = by_name(yardstick.measure(train.floats(slice(500, 1000)) * 0.9, judge=False))
    floor = metrics.frechet_from(features)(look_at(test.floats())[0])
    assert readings["Fréchet distance"].floor == pytest.approx(floor, rel=1e-3)
    dimmed, logits = look_at(metrics.check_images(train.floats(slice(500, 1000)) * 0.9))
    value = metrics.frechet_from(features)(dimmed)
    assert readings["Fréchet distance"].value == pytest.approx(value, rel=1e-3)
    alone = yardstick.distance(train.floats(slice(500, 1000)) * 0.9)
    assert alone == pytest.approx(readings["Fréchet distance"].value, rel=1e-6)
    score = metrics.classifier_score(logits)
    assert readings["classifier score"].value == pytest.approx(score, rel=1e-3)


def test_obedience_is_measured_where_digits_were_asked_for(sample, yardstick):
    train = sample[0]
    x, labels = train.floats(slice(500)), train.labels[:500]
    obedient = by_name(yardstick.measure(x, labels, judge=False))["obedience (%)"]
    assert obedient.value > 98 and obedient.floor > 98
    assert by_name(yardstick.measure(x, (labels + 1) % 10, judge=False))["obedience (%)"].value < 2
    assert "obedience (%)" not in by_name(yardstick.measure(x, judge=False))
    with pytest.raises(MetricError, match="499 digits were named for 500 images"):
        yardstick.measure(x, labels[:499])


def test_few_images_have_a_floor_of_as_few(sample, yardstick):
    few, many = (
        by_name(yardstick.measure(sample[0].floats(slice(count)), judge=False))["Fréchet distance"]
        for count in (metrics.LEAST, 500)
    )
    assert few.floor > 1.5 * many.floor  # fewer images, a rougher covariance
    with pytest.raises(MetricError, match="at least 129"):
        yardstick.measure(sample[0].floats(slice(100)))


def test_no_more_images_are_compared_than_there_are_held_out(sample):
    train, test = sample
    short = Yardstick(train, test.part(slice(200)))
    assert short.most == len(short.drawn) == 200
    x = train.floats(slice(500))
    assert short.measure(x, judge=False) == short.measure(x[:200], judge=False)


@pytest.fixture(scope="module")
def no_sevens(sample):
    """The sample without what the classifier takes for a 7, and 300 images of 7 left over."""
    looked_at = [look_at(data.floats())[1].argmax(1) for data in sample]
    rest = [data.part(seen != 7) for data, seen in zip(sample, looked_at)]
    return *rest, sample[0].floats(looked_at[0] == 7)[:300]


def test_sets_that_lack_a_digit_are_measured(no_sevens):
    """Neither the training nor the held-out images have a 7; then a generator that makes some."""
    train, test, sevens = no_sevens
    yardstick = Yardstick(train, test)
    assert 7 not in yardstick.train_digits and 7 not in yardstick.see(test.floats()).digits
    x, labels = torch.cat([train.floats(slice(350)), sevens[:50]]), train.labels[:350]
    readings = by_name(yardstick.measure(x, torch.cat([labels, torch.full((50,), 7)])))
    assert list(readings) == list(ABOUT)
    for reading in readings.values():
        numbers = reading.value, reading.spread, reading.floor, reading.floor_spread
        assert all(math.isfinite(number) for number in numbers), reading
    divergence = readings["digit divergence"]
    assert divergence.value > 0.5 > 0.02 > divergence.floor
    assert readings["rarest digit (%)"].floor == 0


def test_what_cannot_be_measured_is_left_out(sample, no_sevens):
    """Without labels, how often a real digit is recognised; without a digit in both, copying."""
    train, test = sample
    bare = Yardstick(train, ImageSet(test.images, name="MNIST", source=test.source))
    readings = by_name(bare.measure(train.floats(slice(200)), train.labels[:200], judge=False))
    assert "obedience (%)" not in readings and COPYING in readings
    train, test, sevens = no_sevens
    readings = by_name(Yardstick(train, test).measure(sevens, judge=False))
    assert COPYING not in readings and readings["commonest digit (%)"].value == 100


def test_images_of_two_kinds_or_that_may_overlap_are_refused(sample):
    train, test = sample
    enlarged = ImageSet(train.images.repeat(1, 1, 2, 2), name="MNIST", source=train.source)
    for other, words in (
        (dataclasses.replace(train, name="Fashion-MNIST"), r"Fashion-MNIST, \(1, 28, 28\)"),
        (enlarged, r"MNIST, \(1, 56, 56\)"),
    ):
        for pair in ((other, test), (train, other)):
            with pytest.raises(MetricError, match=f"{words}.* are of two kinds") as caught:
                Yardstick(*pair)
            assert "\n" not in str(caught.value)
    with pytest.raises(MetricError, match="one may hold the other"):
        Yardstick(dataclasses.replace(train, source="the folder x"), test)


def test_the_table_is_aligned_and_the_readings_are_json(of_copies):
    readings = list(of_copies.values())
    lines = as_table(readings).splitlines()
    assert len(lines) == len(readings) + 1
    assert max(map(len, lines)) <= 130
    for line, reading in zip(lines[1:], readings):
        assert line.startswith(reading.name) and line.endswith(reading.meaning)
        assert line.count("±") == 2
        assert line.index(reading.meaning) == lines[1].index(readings[0].meaning)
    parsed = json.loads(json.dumps([vars(reading) for reading in readings], allow_nan=False))
    assert parsed == [dataclasses.asdict(reading) for reading in readings]


@pytest.mark.parametrize(
    "value, spread, text",
    [
        (2.9448, 0.0412, "2.945 ± 0.041"),
        (1938.4, 215.2, "1938 ± 215"),
        (0.00163, 0.0006, "0.00163 ± 0.00060"),
        (100.0, 0.0, "100.00 ± 0.00"),
        (1.0, 1e-12, "1.00 ± 0.00"),
    ],
)
def test_a_figure_has_the_decimals_that_its_spread_allows(value, spread, text):
    reading = Reading("a figure", value, spread, 50.0, 1.25, "lower", "what it means")
    assert f"  {text}  50.0 ± 1.2  " in as_table([reading])
