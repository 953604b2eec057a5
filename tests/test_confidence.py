"""What the discriminator is asked, and the figures made of its answers, against oracles."""

import dataclasses

import pytest
import torch
from torchmetrics.functional.classification import binary_auroc, binary_calibration_error

from gan_lib import confidence as c
from gan_lib.devices import step_randomness
from gan_lib.recipes import CONDITIONAL, MINIBATCH, MLP, QUICK, one_hot
from gan_lib.training import new_state, train

CPU = torch.device("cpu")


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(3)


def players(recipe):
    with step_randomness(1, 0, CPU):
        return recipe.build()


# --- Verdicts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("recipe", [QUICK, MLP], ids=lambda r: r.name)
@pytest.mark.parametrize("count", [1, 64, 100, 200])
def test_a_discriminator_that_looks_at_single_images_is_asked_just_that(recipe, count, few):
    discriminator = players(recipe)[1].train()
    x = few.images[:count]
    real, fake = c.verdicts(recipe, discriminator, x, -x)
    assert discriminator.training  # the one in training is left alone, dropout and all
    with torch.no_grad():
        torch.testing.assert_close(real, discriminator.eval()(x))
        torch.testing.assert_close(fake, discriminator(-x))


def test_minibatch_is_asked_in_batches_half_real_with_the_noise_of_its_training(few):
    discriminator = players(MINIBATCH)[1]
    before = {name: value.clone() for name, value in discriminator.state_dict().items()}
    x_real, x_fake = few.images[:128], few.images[128:256].flip(3)
    real, fake = c.verdicts(MINIBATCH, discriminator, x_real, x_fake, seed=5)
    for name, value in discriminator.state_dict().items():
        assert torch.equal(value, before[name]), name
    discriminator.eval()
    with torch.no_grad(), step_randomness(5, 0, CPU):
        for part in (slice(0, 64), slice(64, 128)):
            x = torch.cat([x_real[part], x_fake[part]])
            expected = discriminator(x + 0.1 + torch.randn_like(x))
            torch.testing.assert_close(torch.cat([real[part], fake[part]]), expected)
    again, _ = c.verdicts(MINIBATCH, discriminator, x_real, x_fake, seed=5)
    other, _ = c.verdicts(MINIBATCH, discriminator, x_real, x_fake[:1].repeat(128, 1, 1, 1), seed=5)
    assert torch.equal(real, again) and not torch.allclose(real, other)  # they look at the batch


def test_the_last_batch_is_as_large_as_the_others(few):
    """Minibatch discrimination counts neighbours: a short batch would look like a sparse one."""
    sizes = []
    discriminator = players(MINIBATCH)[1]
    discriminator.register_forward_pre_hook(lambda module, inputs: sizes.append(len(inputs[0])))
    c.verdicts(MINIBATCH, discriminator, few.images[:150], few.images[:150])
    assert sizes == [128, 128, 128]


def test_a_discriminator_that_is_told_the_digit_is_told_it(few):
    discriminator = players(CONDITIONAL)[1].eval()
    x, digits = few.images[:70], few.labels[:70]
    real, fake = c.verdicts(CONDITIONAL, discriminator, x, -x, digits)
    with torch.no_grad():
        torch.testing.assert_close(real, discriminator(x, one_hot(digits)))
        torch.testing.assert_close(fake, discriminator(-x, one_hot(digits)))
    with pytest.raises(c.ConfidenceError, match="needs a digit for each image"):
        c.verdicts(CONDITIONAL, discriminator, x, -x)


def test_two_halves_of_different_size_are_refused(few):
    discriminator = players(QUICK)[1]
    for real, fake in ((3, 4), (0, 0)):
        with pytest.raises(c.ConfidenceError, match=f"{real} real and {fake} generated"):
            c.verdicts(QUICK, discriminator, few.images[:real], few.images[:fake])


@pytest.mark.parametrize("recipe", [QUICK, MINIBATCH, CONDITIONAL], ids=lambda r: r.name)
def test_asking_on_the_way_leaves_a_training_as_it_is(recipe, few):
    held_out = few.part(slice(100, 170))
    states, seen = [], []
    for asks in (False, True):
        for state in train(recipe, few, steps=4, state=new_state(recipe, 2, "cpu", torch.float32)):
            if asks:
                seen.append(c.moment(state, few.part(slice(70)), held_out))
        states.append(state)
    for a, b in zip(*(s.discriminator.state_dict().values() for s in states)):
        assert torch.equal(a, b)
    for a, b in zip(*(s.generator.state_dict().values() for s in states)):
        assert torch.equal(a, b)
    assert [m.step for m in seen] == [1, 2, 3, 4]
    assert not torch.equal(seen[0].logits_real, seen[-1].logits_real)
    if recipe is QUICK:
        with torch.no_grad():
            expected = state.discriminator.eval()(held_out.images)
        torch.testing.assert_close(seen[-1].logits_held_out, expected)


def test_the_share_of_pairs_in_order_is_that_of_a_naive_count(generator):
    a = torch.randint(8, (60,), generator=generator).float()  # with many ties
    b = torch.randint(6, (45,), generator=generator).float()
    naive = ((a[:, None] > b).float() + 0.5 * (a[:, None] == b).float()).mean().item()
    assert c.ranked_right(a, b) == pytest.approx(naive)
    a, b = torch.randn(500, generator=generator) + 1, torch.randn(300, generator=generator)
    is_a = torch.cat([torch.ones(500), torch.zeros(300)]).long()
    assert c.ranked_right(a, b) == pytest.approx(binary_auroc(torch.cat([a, b]), is_a).item())


def test_whom_it_believes_is_found_for_each_digit_that_is_there(few):
    x, digits = few.images, few.labels.clone()
    digits[digits == 4] = 5
    logits = torch.randn(len(x), generator=torch.Generator().manual_seed(1))
    found = c.whom_it_believes(x, logits, digits)
    for digit in range(10):
        rows = (digits == digit).nonzero().squeeze(1).tolist()
        if digit == 4:
            assert all(v[digit].isnan() and (i[digit] == -1).all() for i, v in found.values())
            continue
        for name, key in (
            ("most believed", lambda i: -logits[i]),
            ("most in doubt", lambda i: abs(logits[i])),
            ("least believed", lambda i: logits[i]),
        ):
            best = min(rows, key=key)
            images, values = found[name]
            assert values[digit] == logits[best] and torch.equal(images[digit], x[best])


# --- Is the confidence a probability? -------------------------------------------------------------


def test_the_best_confidence_is_the_share_of_real_density():
    p, g = torch.tensor([0.2, 0.5, 1e-30]), torch.tensor([0.2, 0.1, 1e-3])
    best = c.optimal_confidence(p.log(), g.log())
    torch.testing.assert_close(best, p / (p + g))
    assert best[0] == 0.5


def test_a_trained_discriminator_finds_the_ratio_of_two_known_densities(generator):
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


# --- Why does it say so? --------------------------------------------------------------------------


def test_the_gradient_of_a_linear_score_is_its_weights(few, generator):
    weights = torch.randn(1, 28, 28, generator=generator)
    gradient = c.input_gradient(lambda x: (x * weights).sum((1, 2, 3)), few.images[:3])
    torch.testing.assert_close(gradient, weights.expand(3, 1, 28, 28))
    x = few.images[:2]
    gradient = c.input_gradient(players(QUICK)[1].eval(), x)
    assert gradient.shape == x.shape and gradient.abs().max() > 0 and not x.requires_grad


@pytest.mark.parametrize("size", [1, 4, 6, 7])
def test_occlusion_shows_where_a_score_looks(size):
    def score(x):
        return 5 * (x[:, 0, 13, 20] + 1)

    x = torch.full((2, 1, 28, 28), -1.0)
    x[1] = 1
    shown = c.occlusion(score, x, size)
    assert torch.isfinite(shown).all()
    assert (shown[0] == 0).all()  # nothing to blacken
    assert shown[1].max() == shown[1, 0, 13, 20] == 10  # each patch over it takes all away
    rows, columns = (shown[1, 0] > 0).nonzero().T
    assert (rows - 13).abs().max() < size and (columns - 20).abs().max() < size


# --- What is it good for? -------------------------------------------------------------------------


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
        with pytest.raises(c.ConfidenceError, match="between 0 and 1"):
            c.acceptance(log_ratio, wrong)


def test_a_trained_pair_is_asked_about_its_own_images(few):
    from gan_lib import checkpoints

    state = new_state(dataclasses.replace(QUICK), 4, "cpu", torch.float32)
    trained = checkpoints.Checkpoint(QUICK, state.generator, state.discriminator, {})
    asked = c.ask(trained, few.part(slice(80)), seed=2)
    assert torch.equal(asked.x_fake, trained.sample(80, 2)[0])
    torch.testing.assert_close(asked.logits_fake, state.discriminator.eval()(asked.x_fake).detach())
    assert torch.equal(asked.x_real, few.images[:80])
