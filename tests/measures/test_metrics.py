"""The figures against oracles of another kind: closed forms, naive loops, scipy, torchmetrics."""

import itertools
import math
import warnings

import numpy as np
import pytest
import scipy.linalg
import torch
from torch import nn
from torchmetrics.image.inception import InceptionScore

from gan_lib.measures import metrics
from gan_lib.measures.metrics import MetricError, check_images


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def white(count, dim, seed):
    """Points whose mean is exactly 0 and whose covariance is exactly the identity."""
    x = normal(count, dim, seed=seed)
    x = x - x.mean(0)
    return x @ torch.linalg.inv(torch.linalg.cholesky(x.T @ x / (count - 1))).T


# --- The entry check -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "images, words",
    [
        (np.zeros((200, 1, 28, 28), np.float32), "a torch tensor, not a ndarray"),
        (torch.zeros(200, 28, 28), r"not \(200, 28, 28\)"),
        (torch.zeros(200, 3, 28, 28), r"not \(200, 3, 28, 28\)"),
        (torch.zeros(200, 1, 32, 32), r"not \(200, 1, 32, 32\)"),
        (
            torch.zeros(200, 1, 28, 28, dtype=torch.uint8),
            r"not uint8: take the floats\(\) of an ImageSet",
        ),
        (torch.zeros(128, 1, 28, 28), "128 images are too few: at least 129"),
        (torch.full((200, 1, 28, 28), math.nan), "NaN or infinite"),
        (torch.full((200, 1, 28, 28), math.inf), "NaN or infinite"),
        (torch.full((200, 1, 28, 28), 255.0), "these go from 255 to 255"),
        (torch.full((200, 1, 28, 28), -1.01), "from -1.01 to -1.01"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_images_that_cannot_be_measured_are_one_clear_line(images, words):
    with pytest.raises(MetricError, match=words) as caught:
        check_images(images)
    assert "\n" not in str(caught.value)


def test_images_are_rounded_as_a_file_would_round_them(few):
    assert torch.equal(
        check_images(few.floats()), few.floats()
    )  # real images have 256 levels already
    x = torch.linspace(-1, 1, 1000).view(-1, 1, 1, 1).expand(-1, 1, 28, 28)
    rounded = check_images(x)
    assert len(rounded.unique()) == 256
    assert (rounded - x).abs().max() <= 1 / 255 + 1e-6
    assert torch.equal(check_images(rounded), rounded)
    assert check_images(x.double() * (1 + 1e-6)).dtype == torch.float32
    assert len(check_images(x[:5], least=5)) == 5
    assert check_images(x[:, :, :1, :1].expand(-1, 3, 16, 24), shape=(3, 16, 24)).shape == (
        1000,
        3,
        16,
        24,
    )


# --- The bootstrap -------------------------------------------------------------------------------


def test_estimate_gives_a_mean_its_textbook_standard_error():
    x = normal(4000) * 3
    value, spread = metrics.estimate(lambda rows: x[rows].mean().item(), len(x))
    assert value == x.mean().item()
    assert spread == pytest.approx(3 / math.sqrt(4000), rel=0.5)
    assert (value, spread) == metrics.estimate(lambda rows: x[rows].mean().item(), len(x))
    assert spread != metrics.estimate(lambda rows: x[rows].mean().item(), len(x), seed=8)[1]


def test_no_figure_touches_the_global_random_state():
    real, fake = normal(300, 8).float(), normal(300, 8, seed=1).float()
    before = torch.get_rng_state()
    metrics.kernel_distance(real, fake)
    metrics.estimate(lambda rows: 0.0, 10)
    assert torch.equal(torch.get_rng_state(), before)


# --- Fréchet distance ----------------------------------------------------------------------------


def test_frechet_distance_of_clouds_whose_mean_and_covariance_are_known():
    a, b = torch.arange(1.0, 6.0).double(), torch.tensor([2.0, 0.5, 3.0, 1.0, 4.0]).double()
    real = white(400, 5, 0) * a + 1  # mean 1, standard deviations a
    fake = white(300, 5, 1) * b - 1
    expected = 5 * 4 + (a - b).square().sum().item()  # |μ - μ'|² + Σ (σ - σ')²
    distance = metrics.frechet_from(real)
    assert distance(fake) == pytest.approx(expected, rel=1e-6)
    assert distance(real) == pytest.approx(0, abs=1e-6)  # a second use does not remember the first
    assert distance(fake) == pytest.approx(expected, rel=1e-6)


def test_frechet_distance_against_scipys_root_of_a_matrix():
    real = normal(500, 12) @ normal(12, 12, seed=2)
    fake = normal(400, 12, seed=3) @ normal(12, 12, seed=4) + 0.5
    difference = real.mean(0) - fake.mean(0)
    c1, c2 = np.cov(real.T.numpy()), np.cov(fake.T.numpy())
    root = scipy.linalg.sqrtm(c1 @ c2).real
    expected = (difference @ difference).item() + np.trace(c1 + c2 - 2 * root)
    assert metrics.frechet_from(real)(fake) == pytest.approx(expected, rel=1e-6)


def test_frechet_distance_of_a_generator_that_makes_one_image():
    real = normal(500, 12)
    fake = torch.ones(400, 12)
    expected = (real.mean(0) - 1).square().sum() + real.var(0).sum()  # its covariance is 0
    assert metrics.frechet_from(real)(fake) == pytest.approx(expected.item(), rel=1e-4)


# --- Kernel distance -----------------------------------------------------------------------------


def naive_kernel_distance(x, y):
    def k(a, b):
        return (float(a @ b) / len(a) + 1) ** 3

    n = len(x)
    xx = sum(k(x[i], x[j]) for i in range(n) for j in range(n) if i != j)
    yy = sum(k(y[i], y[j]) for i in range(n) for j in range(n) if i != j)
    xy = sum(k(a, b) for a, b in itertools.product(x, y))
    return (xx + yy) / (n * (n - 1)) - 2 * xy / n**2


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_kernel_distance_against_a_naive_double_loop(shift):
    x, y = normal(80, 6), normal(80, 6, seed=1) + shift
    mean, error = metrics.kernel_distance(x, y)
    # The mean over all subsets would be the figure of the whole; this one is over 50 of them.
    deviation = error / math.sqrt(20 / (80 - 20))
    assert abs(mean - naive_kernel_distance(x, y)) < 4 * deviation / math.sqrt(metrics.SUBSETS)
    assert (mean > 3 * error) == (shift > 0)


def test_the_error_of_the_kernel_distance_is_how_much_new_images_change_it():
    figures = [
        metrics.kernel_distance(normal(400, 6, seed=s), normal(400, 6, seed=s + 50) + 1)
        for s in range(40)
    ]
    means, errors = np.array(figures).T
    assert errors.mean() == pytest.approx(means.std(ddof=1), rel=0.25)


# --- Density and coverage ------------------------------------------------------------------------


def test_density_and_coverage_against_naive_loops():
    real, fake, k = normal(40, 3), normal(30, 3, seed=1) * 1.5, 5
    inside = np.zeros((30, 40))
    for j in range(40):
        radius = sorted(math.dist(real[j], other) for other in real)[k]  # the first is 0: itself
        for i in range(30):
            inside[i, j] = math.dist(fake[i], real[j]) < radius
    pairs = metrics.in_balls(real, fake, k)
    assert pairs.tolist() == np.argwhere(inside).tolist()
    assert metrics.density(pairs, 30, k) == pytest.approx(inside.sum() / (30 * k))
    assert metrics.coverage(pairs, 40) == pytest.approx(inside.any(axis=0).mean())


def test_density_and_coverage_at_their_extremes():
    real = normal(200, 3)
    assert metrics.coverage(metrics.in_balls(real, real), 200) == 1
    far = metrics.in_balls(real, real + 100)
    assert metrics.density(far, 200) == metrics.coverage(far, 200) == 0
    heap = metrics.in_balls(real, real[:1].repeat(200, 1))  # dense, and no variety
    assert metrics.coverage(heap, 200) < 0.2


# --- What the classifier answers -----------------------------------------------------------------


def test_classifier_score_against_torchmetrics():
    logits = normal(500, 10).float() * 3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the buffer, and that one part has no deviation
        oracle = InceptionScore(nn.Identity(), splits=1)
        oracle.update(logits)
        expected = oracle.compute()[0].item()
    assert metrics.classifier_score(logits) == pytest.approx(expected, rel=1e-5)


def test_classifier_score_goes_from_1_to_10():
    assert metrics.classifier_score(torch.zeros(100, 10)) == pytest.approx(1)
    sure = torch.eye(10).repeat(20, 1) * 1e4
    assert metrics.classifier_score(sure) == pytest.approx(10)
    assert metrics.classifier_score(sure[:1].repeat(50, 1)) == pytest.approx(1)  # only zeros


def test_digit_divergence_by_hand():
    real = torch.full((10,), 0.1).double()
    shares = metrics.digit_shares(torch.tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 8]))
    assert shares.tolist() == pytest.approx([0.1] * 8 + [0.2, 0.0])
    assert metrics.divergence(shares, real) == pytest.approx(0.2 * math.log(2))
    assert metrics.divergence(real, real) == 0


def test_a_digit_that_nobody_made_and_nobody_wrote_adds_nothing_to_the_divergence():
    real = torch.tensor([0.5, 0.5] + [0.0] * 8).double()
    assert metrics.divergence(real, real) == 0
    shares = torch.tensor([1.0] + [0.0] * 9).double()
    assert metrics.divergence(shares, real) == pytest.approx(math.log(2))
    assert metrics.divergence(torch.full((10,), 0.1).double(), real) == math.inf


def test_obedience_counts_the_digits_that_were_asked_for():
    logits = torch.eye(10)[[3, 1, 4, 1]]
    assert metrics.obedience(logits, torch.tensor([3, 1, 4, 5])) == 0.75
