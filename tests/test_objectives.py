"""Each loss against an independent computation in float64 numpy; and what tells them apart."""

import numpy as np
import pytest
import torch

from gan_lib import objectives as o


@pytest.fixture
def logits():
    torch.manual_seed(1)
    return 3 * torch.randn(50, dtype=torch.double), 3 * torch.randn(50, dtype=torch.double)


def sigma(t):
    return 1 / (1 + np.exp(-t))


# The formula of the paper, in numpy: (r, f) are the logits of real and of generated images.
CASES = {
    "bce_d": (o.bce_discriminator, lambda r, f: -np.log(np.r_[sigma(r), 1 - sigma(f)]).mean()),
    "bce_d_smooth": (
        lambda r, f: o.bce_discriminator(r, f, 0.9),
        lambda r, f: (
            -(0.9 * np.log(sigma(r)) + 0.1 * np.log(1 - sigma(r)) + np.log(1 - sigma(f))).mean() / 2
        ),
    ),
    "bce_g": (lambda r, f: o.bce_generator(f), lambda r, f: -np.log(sigma(f)).mean()),
    "bce_g_smooth": (
        lambda r, f: o.bce_generator(f, real_target=0.9),
        lambda r, f: -(0.9 * np.log(sigma(f)) + 0.1 * np.log(1 - sigma(f))).mean(),
    ),
    "saturating_g": (
        lambda r, f: o.saturating_generator(f),
        lambda r, f: np.log(1 - sigma(f)).mean(),
    ),
    "hinge_d": (
        o.hinge_discriminator,
        lambda r, f: np.maximum(0, 1 - r).mean() + np.maximum(0, 1 + f).mean(),
    ),
    "hinge_g": (lambda r, f: o.mean_generator(f), lambda r, f: -f.mean()),
    "ls_d": (
        o.least_squares_discriminator,
        lambda r, f: ((r - 1) ** 2).mean() / 2 + (f**2).mean() / 2,
    ),
    "ls_g": (lambda r, f: o.least_squares_generator(f), lambda r, f: ((f - 1) ** 2).mean() / 2),
    "w_d": (o.wasserstein_discriminator, lambda r, f: f.mean() - r.mean()),
    "rel_d": (o.relativistic_discriminator, lambda r, f: -np.log(sigma(r - f)).mean()),
    "rel_g": (
        lambda r, f: o.relativistic_generator(f, r),
        lambda r, f: -np.log(sigma(f - r)).mean(),
    ),
}


@pytest.mark.parametrize("ours, formula", CASES.values(), ids=CASES)
def test_loss_against_its_formula(logits, ours, formula):
    real, fake = logits
    assert ours(real, fake).item() == pytest.approx(formula(real.numpy(), fake.numpy()), rel=1e-9)


@pytest.mark.parametrize(
    "objective",
    [
        o.binary_cross_entropy(),
        o.SATURATING,
        o.HINGE,
        o.LEAST_SQUARES,
        o.WASSERSTEIN,
        o.RELATIVISTIC,
    ],
    ids=lambda objective: objective.name,
)
def test_the_players_pull_in_opposite_directions(objective):
    """At the undecided logit 0, the discriminator pushes D(G(z)) down, and the generator up."""
    real = torch.zeros(8, requires_grad=True)
    fake = torch.zeros(8, requires_grad=True)
    loss = objective.discriminator(real, fake)
    if objective is o.LEAST_SQUARES:  # its undecided logit is one half
        loss = objective.discriminator(real + 0.5, fake + 0.5)
    push_real, push_fake = torch.autograd.grad(loss, (real, fake))
    assert (push_real < 0).all() and (push_fake > 0).all()
    (pull_fake,) = torch.autograd.grad(objective.generator(fake, real), fake)
    assert (pull_fake < 0).all()


def test_the_saturating_loss_has_no_gradient_where_it_is_needed():
    logit = torch.tensor([-10.0], requires_grad=True)
    (saturating,) = torch.autograd.grad(o.saturating_generator(logit), logit)
    (usual,) = torch.autograd.grad(o.bce_generator(logit), logit)
    assert abs(saturating) < 1e-4 < 0.99 < abs(usual)


def test_losses_survive_extreme_logits():
    big = torch.tensor([1e4, -1e4])
    for objective in (o.binary_cross_entropy(0.9), o.SATURATING, o.RELATIVISTIC):
        assert torch.isfinite(objective.discriminator(big, -big))
        assert torch.isfinite(objective.generator(big, -big))


def test_the_relativistic_generator_asks_for_its_pairs():
    with pytest.raises(ValueError, match="logits_real"):
        o.relativistic_generator(torch.zeros(3))
