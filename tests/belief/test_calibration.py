"""When a confidence is a probability, and rejection sampling, against oracles."""

import pytest
import torch
from torchmetrics.functional.classification import binary_calibration_error

from gan_lib.belief import calibration as c
from gan_lib.belief.confidence import ConfidenceError


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(3)


def test_the_best_confidence_is_the_share_of_real_density():
    p, g = torch.tensor([0.2, 0.5, 1e-30]), torch.tensor([0.2, 0.1, 1e-3])
    best = c.optimal_confidence(p.log(), g.log())
    torch.testing.assert_close(best, p / (p + g))
    assert best[0] == 0.5


def test_one_linear_layer_finds_the_ratio_of_two_known_densities(generator):
    """p = N(1, 1) and g = N(0, 1): log p - log g = x - ½, which one linear layer can say."""
    x = torch.linspace(-2, 3, 50)
    real, fake = (torch.randn(20_000, generator=generator) + mean for mean in (1, 0))
    is_real = torch.cat([torch.ones(20_000), torch.zeros(20_000)])
    says = c.platt(torch.cat([real, fake]), is_real)  # D(x) = σ(a x + b)
    normal = torch.distributions.Normal
    exact = c.optimal_confidence(normal(1.0, 1.0).log_prob(x), normal(0.0, 1.0).log_prob(x))
    assert (says(x) - exact).abs().max() < 0.02


def test_the_calibration_error_is_that_of_torchmetrics(generator):
    said = torch.rand(5000, generator=generator)
    was = (torch.rand(5000, generator=generator) < said**2).long()
    ours = c.reliability(said, was).error
    assert ours == pytest.approx(binary_calibration_error(said, was, n_bins=10).item(), abs=1e-6)
    assert ours > 0.1
    honest = (torch.rand(5000, generator=generator) < said).long()
    assert c.reliability(said, honest).error < 0.03


def test_a_bin_holds_its_images_and_empty_ones_are_left_out():
    found = c.reliability(torch.tensor([0.0, 0.05, 1.0, 0.95, 0.93]), torch.tensor([0, 1, 1, 1, 0]))
    torch.testing.assert_close(found.said.float(), torch.tensor([0.025, 0.96]))
    torch.testing.assert_close(found.was.float(), torch.tensor([0.5, 2 / 3]))
    assert found.count.tolist() == [2, 3]


@pytest.mark.parametrize("correct", [c.platt, c.isotonic], ids=["Platt", "isotonic"])
def test_a_correction_fitted_on_one_half_repairs_the_other(correct, generator):
    truth = 3 * torch.randn(8000, generator=generator)
    is_real = (torch.rand(8000, generator=generator) < truth.sigmoid()).long()
    modest = 0.3 * truth - 0.5  # as a network with spectral norm might say it
    fitted = correct(modest[:4000], is_real[:4000])
    after = fitted(modest[4000:])
    assert after.min() >= 0 and after.max() <= 1
    before = c.reliability(modest[4000:].sigmoid(), is_real[4000:]).error
    assert c.reliability(after, is_real[4000:]).error < before / 4
    in_order = fitted(modest.sort().values)
    assert (in_order.diff() >= 0).all()


def test_platt_finds_the_stretch_and_the_shift(generator):
    truth = 2 * torch.randn(50_000, generator=generator)
    is_real = (torch.rand(50_000, generator=generator) < truth.sigmoid()).long()
    fitted = c.platt((truth - 1) / 4, is_real)
    a = fitted(torch.tensor([1.0])).logit() - fitted(torch.tensor([0.0])).logit()
    assert a.item() == pytest.approx(4, rel=0.05)
    assert fitted(torch.tensor([0.0])).logit().item() == pytest.approx(1, abs=0.1)


def test_rejection_sampling_turns_one_distribution_into_another(generator):
    """Real is N(0.5, 0.7²), generated N(0, 1.5²): what is kept has the first's mean and spread."""
    p, g = torch.distributions.Normal(0.5, 0.7), torch.distributions.Normal(0.0, 1.5)
    x = 1.5 * torch.randn(200_000, generator=generator)
    log_ratio = p.log_prob(x) - g.log_prob(x)
    probability = c.acceptance(log_ratio)
    kept = x[torch.rand(len(x), generator=generator) < probability]
    assert kept.mean().item() == pytest.approx(0.5, abs=0.02)
    assert kept.std().item() == pytest.approx(0.7, abs=0.02)
    # On average p(x)/g(x) is 1 under g, so 1 in (the largest ratio) is kept.
    assert probability.mean().item() == pytest.approx((-log_ratio.max()).exp().item(), rel=0.02)
    # Keeping more is possible, and then what is kept lies between the two.
    more = x[torch.rand(len(x), generator=generator) < c.acceptance(log_ratio, share=0.6)]
    assert len(more) / len(x) == pytest.approx(0.6, abs=0.01)
    assert 0.72 < more.std().item() < 1.45


@pytest.mark.parametrize("share", [0.01, 0.25, 0.9])
def test_the_share_that_was_asked_for_is_kept_and_the_worst_go_first(share, generator):
    for scale in (0.0, 0.1, 30.0):  # no opinion, a weak and a violent one
        log_ratio = scale * torch.randn(2000, generator=generator)
        probability = c.acceptance(log_ratio, share)
        assert probability.mean().item() == pytest.approx(share, abs=1e-3)
        assert (probability[log_ratio.argsort()].diff() >= -1e-12).all()
    for wrong in (0, 1, 25):
        with pytest.raises(ConfidenceError, match="between 0 and 1"):
            c.acceptance(log_ratio, wrong)


def test_platt_fits_logits_of_any_size(generator):
    truth = 2 * torch.randn(4000, generator=generator)
    is_real = (torch.rand(4000, generator=generator) < truth.sigmoid()).long()
    expected = c.platt(truth, is_real)(truth)
    for scale in (1e-6, 1e-3, 1e3):
        torch.testing.assert_close(
            c.platt(scale * truth, is_real)(scale * truth), expected, atol=2e-3, rtol=0
        )


def test_platt_turns_a_discriminator_round_that_ranks_worse_than_chance():
    turned = c.platt(torch.tensor([-2.0, -1.0, 1.0, 2.0, -3.0]), torch.tensor([1, 1, 0, 0, 0]))
    assert turned(torch.tensor([-1.0])) > turned(torch.tensor([1.0]))


def test_what_is_no_number_is_refused():
    nan, both = torch.tensor([0.0, float("nan")]), torch.tensor([0, 1])
    for fit in (c.platt, c.isotonic):
        with pytest.raises(ConfidenceError, match="NaN or infinite"):
            fit(nan, both)
        with pytest.raises(ConfidenceError, match="real and generated images, both"):
            fit(torch.tensor([0.0, 1.0]), torch.ones(2))
    for ratio in (nan, torch.tensor([0.0, float("inf")]), torch.empty(0)):
        with pytest.raises(ConfidenceError, match="no numbers here"):
            c.acceptance(ratio, 0.5)
    with pytest.raises(ConfidenceError, match="Are these logits"):
        c.reliability(torch.tensor([-2.0, 3.0]), both)
