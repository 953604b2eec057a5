"""What the discriminator is asked, and the figures made of its answers, against oracles."""

import pytest
import torch
from torchmetrics.functional.classification import binary_auroc

from gan_lib.belief import confidence as c
from gan_lib.devices import step_randomness
from gan_lib.keeping import checkpoints
from gan_lib.recipes import CONDITIONAL, MINIBATCH, MLP, QUICK, one_hot
from gan_lib.state import new_state
from gan_lib.training import train

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


def test_a_trained_pair_is_asked_about_its_own_images(few):
    state = new_state(QUICK, 4, "cpu", torch.float32)
    trained = checkpoints.Checkpoint(QUICK, state.generator, state.discriminator, {})
    asked = c.ask(trained, few.part(slice(80)), seed=2)
    assert torch.equal(asked.x_fake, trained.sample(80, 2)[0])
    torch.testing.assert_close(asked.logits_fake, state.discriminator.eval()(asked.x_fake).detach())
    assert torch.equal(asked.x_real, few.images[:80])
