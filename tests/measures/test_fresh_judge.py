"""The fresh judge: blind where there is nothing to see, sharp where there is, and repeatable."""

import pytest
import torch
from torchvision.transforms.functional import gaussian_blur

from gan_lib.measures.fresh_judge import binarise, fresh_judge
from gan_lib.measures.metrics import MetricError


@pytest.fixture(scope="module")
def real(sample):
    """Two sets of real images that have no image in common, each (2000, 1, 28, 28)."""
    # Shuffled, since the sample is sorted by digit, and within a digit perhaps by writer.
    order = torch.randperm(4000, generator=torch.Generator().manual_seed(0))
    return tuple(sample[0].floats(half) for half in order.split(2000))


def test_it_cannot_tell_real_images_from_real_ones(real):
    accuracy, error = fresh_judge(*real)
    assert error == pytest.approx(0.5 / 2000**0.5, rel=0.02)
    assert abs(accuracy - 0.5) < 4 * error
    accuracy, error = fresh_judge(*map(binarise, real))
    assert abs(accuracy - 0.5) < 4 * error


def test_it_sees_a_blur_and_faint_grey_dirt_and_a_missing_digit(real):
    x, y = real
    assert fresh_judge(x, gaussian_blur(y, [3, 3], [0.5, 0.5]))[0] > 0.95
    dirt = torch.rand(y.shape, generator=torch.Generator().manual_seed(0)) < 0.05
    assert fresh_judge(x, torch.where(dirt & (y < -0.99), -1 + 4 / 255, y))[0] > 0.95
    bars = y.clone()
    bars[:, :, 13:15] = -1  # a gap in each digit: a fault of the shape
    assert fresh_judge(binarise(x), binarise(bars))[0] > 0.9


def test_the_same_images_and_seed_give_the_same_verdicts(real):
    x, y = real[0][:400], real[1][:400]
    before = torch.get_rng_state()
    first = fresh_judge(x, y, seed=3)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(5)
    assert fresh_judge(x, y, seed=3) == first
    assert fresh_judge(x, y + 1e-4 * (y < 0), seed=3) == first  # rounded to grey levels first


def test_it_asks_about_as_many_real_as_generated_images(real):
    """Else it would be right by always giving the commoner answer."""
    accuracy, error = fresh_judge(real[0], real[1][:200])
    assert error == pytest.approx(0.5 / 200**0.5, rel=0.1)
    assert abs(accuracy - 0.5) < 4 * error


def test_the_order_of_the_images_does_not_matter(real):
    """Half of them are blurred, and it learns from blurred ones and is asked about some."""
    x, y = real
    half_blurred = torch.cat([gaussian_blur(y[:1000], [3, 3], [0.5, 0.5]), y[1000:]])
    assert 0.6 < fresh_judge(x, half_blurred)[0] < 0.9


def test_it_refuses_what_the_metrics_refuse(real):
    with pytest.raises(MetricError, match="too few"):
        fresh_judge(real[0], real[1][:100])
    with pytest.raises(MetricError, match="uint8"):
        fresh_judge((real[0] > 0).byte(), real[1])


def test_binarise_leaves_black_and_white():
    x = torch.tensor([-1.0, -0.01, 0.0, 0.01, 1.0])
    assert binarise(x).tolist() == [-1, -1, -1, 1, 1]


@pytest.mark.parametrize("shape", [(3, 16, 16), (1, 30, 44)])
def test_it_judges_images_of_any_shape_and_colour(shape):
    draw = torch.Generator().manual_seed(0)
    x, y = (torch.rand(400, *shape, generator=draw) * 2 - 1 for _ in range(2))
    assert 0.35 < fresh_judge(x, y)[0] < 0.65
    y[:, -1:] *= 0.7  # in one channel
    assert fresh_judge(x, y)[0] > 0.8
    with pytest.raises(MetricError, match=r"must be of shape \(N, "):
        fresh_judge(x, y[:, :, :8])
