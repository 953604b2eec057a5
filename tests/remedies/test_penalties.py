"""Each penalty against the gradient on paper, and against autograd."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from gan_lib import models, objectives
from gan_lib.length import Length
from gan_lib.recipes import CONDITIONAL, QUICK
from gan_lib.remedies.mismatch import another_class, mismatched
from gan_lib.remedies.penalties import (
    Half,
    Penalty,
    ask,
    input_gradient,
    near_r1,
    near_r2,
    r1,
    r2,
    slope_of_one,
)
from gan_lib.state import new_state
from gan_lib.training import train
from gan_lib.updates import judge, update_discriminator


class Quadratic(nn.Module):
    """D(x) = ½ s |x|², whose gradient is s x: penalties can be worked out on paper."""

    def __init__(self):
        super().__init__()
        self.s = nn.Parameter(torch.tensor(2.0))

    def forward(self, x):
        return 0.5 * self.s * x.flatten(1).square().sum(1)


@pytest.fixture
def halves():
    torch.manual_seed(0)
    return [Half(torch.randn(6, 1, 28, 28), None) for _ in range(2)]


def test_r1_and_r2_against_the_gradient_on_paper(halves):
    real, fake = halves
    d = Quadratic()
    squares = [half.x.flatten(1).square().sum(1).mean() for half in halves]
    assert torch.isclose(Penalty(r1, gamma=0.3)(d, real, fake), 0.5 * 0.3 * 4 * squares[0])
    assert torch.isclose(Penalty(r2, gamma=0.3)(d, real, fake), 0.5 * 0.3 * 4 * squares[1])
    both = Penalty(r1, gamma=0.3)(d, real, fake) + Penalty(r2, gamma=0.3)(d, real, fake)
    (slope,) = torch.autograd.grad(both, d.s)  # the penalty must reach the weights
    assert torch.isclose(slope, 0.3 * 2.0 * sum(squares))


def test_the_penalty_of_wasserstein_against_the_gradient_on_paper(halves):
    real, d = halves[0], Quadratic()
    norm = 2.0 * real.x.flatten(1).norm(dim=1)  # with both ends alike, so is every point between
    penalty = Penalty(slope_of_one, gamma=10.0)(d, real, real)
    assert torch.isclose(penalty, 10 * (norm - 1).square().mean())


def test_it_looks_between_real_and_fake_and_at_what_they_are_told_there():
    seen = []

    class Spy(Quadratic):
        def forward(self, x, told):
            seen.append((x.detach(), told))
            return super().forward(x)

    ones, zeros = torch.ones(200, 1, 8, 8), torch.zeros(200, 1, 8, 8)
    told_real, told_fake = (
        torch.eye(2)[torch.zeros(200).long()],
        torch.eye(2)[torch.ones(200).long()],
    )
    slope_of_one(Spy(), Half(ones, told_real), Half(zeros, told_fake))
    x, told = seen[0]
    shares = x.flatten(1)
    assert torch.allclose(shares, shares[:, :1].expand_as(shares))  # one share an image
    assert 0 <= shares.min() < 0.1 and 0.9 < shares.max() <= 1
    assert torch.allclose(told[:, 0], shares[:, 0]) and torch.allclose(told.sum(1), torch.ones(200))


def smooth_discriminator():
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Flatten(), nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 1), nn.Flatten(0)
    )


@pytest.mark.parametrize("exact, near", [(r1, near_r1), (r2, near_r2)])
def test_the_approximation_is_the_exact_penalty_on_average(exact, near):
    """E[(ε · ∇D)²] = |∇D|²; one draw of it has a spread of √2 for each image."""
    d = smooth_discriminator().double()
    halves = [Half(torch.randn(64, 1, 4, 4, dtype=torch.double), None) for _ in range(2)]
    draws = torch.stack([near(d, *halves) for _ in range(400)]).detach()
    expected = exact(d, *halves).item()
    assert draws.mean().item() == pytest.approx(expected, rel=4 * 2**0.5 / (64 * 400) ** 0.5)
    assert draws.std() > 0.02 * expected  # noisier, as it says
    (gradient,) = torch.autograd.grad(near(d, *halves), d[1].weight)
    assert gradient.abs().max() > 0  # and it reaches the weights


def test_a_share_looks_at_images_from_all_of_the_half(halves):
    real, fake = halves
    d = Quadratic()
    expected = Penalty(r1)(d, Half(real.x[[0, 3]], None), fake)  # two of six
    assert torch.isclose(Penalty(r1, share=1 / 3)(d, real, fake), expected)
    assert torch.isclose(Penalty(r1, share=1e-9)(d, real, fake), r1(d, real.some(1), fake))


def test_every_so_many_steps_it_is_due_and_weighs_as_much_more(halves):
    lazy = Penalty(r1, every=4)
    assert [step for step in range(1, 10) if lazy.due(step)] == [1, 5, 9]
    d = Quadratic()
    assert torch.isclose(lazy(d, *halves), 4 * Penalty(r1)(d, *halves))


@pytest.mark.parametrize("wrong", [{"share": 0}, {"share": 1.1}, {"every": 0}, {"gamma": -1}])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="share"):
        Penalty(r1, **wrong)


def test_the_logits_that_were_just_computed_are_used_and_d_is_not_asked_again(few):
    objective = replace(objectives.HINGE, penalties=(Penalty(r1), Penalty(r2)))
    recipe = replace(QUICK, batch_size=16, objective=objective)
    state = new_state(recipe, few, device="cpu")
    asked = []
    state.discriminator.register_forward_hook(lambda *_: asked.append(1))
    update_discriminator(state, few.floats(slice(16)))
    assert len(asked) == 1
    exactly = replace(objective, penalties=(Penalty(near_r1), Penalty(near_r2)))
    state.recipe = replace(recipe, objective=exactly)
    update_discriminator(state, few.floats(slice(16)))
    assert len(asked) == 1 + 3  # one more for each half


def test_the_gradient_of_the_logits_that_were_computed_is_that_of_logits_asked_for_again(few):
    """In one batch with the others, and without batch norm, an image has the same gradient."""
    state = new_state(replace(QUICK, batch_size=8), few, device="cpu", precision=torch.float32)
    state.discriminator.eval()  # spectral norm stands still
    x, y = few.floats(slice(8)), few.floats(slice(8, 16))
    real, fake = judge(state, Half(x, None).watched(), Half(y, None).watched())
    for half, images in ((real, x), (fake, y)):
        alone = input_gradient(state.discriminator, Half(images, None))
        assert torch.allclose(input_gradient(state.discriminator, half), alone, atol=1e-5)
        watched = images.clone().requires_grad_()
        (by_hand,) = torch.autograd.grad(ask(state.discriminator, watched).sum(), watched)
        assert torch.allclose(alone, by_hand.flatten(1), atol=1e-6)


def test_a_mismatched_fake_is_penalised_as_the_class_that_it_claims_to_be(few):
    """And not as the true one, for which its landscape may be flat already."""
    asked = []

    class Spy(models.ConditionalDiscriminator):
        def forward(self, x, told):
            asked.append(told)
            return super().forward(x, told)

    objective = replace(objectives.HINGE, penalties=(Penalty(near_r2),))
    recipe = replace(CONDITIONAL, discriminator=Spy, batch_size=16, objective=objective)
    state = new_state(recipe, few, device="cpu")
    labels = few.labels[:16]
    update_discriminator(state, few.floats(slice(16)), labels)
    together, nudged = asked
    assert torch.equal(nudged, together[16:])
    claimed = nudged.argmax(1)
    assert (claimed[:4] != labels[:4]).all() and torch.equal(claimed[4:], labels[4:])
    real = Half(few.floats(slice(16)), state.told(labels))
    other = another_class(labels, 10, 4)
    assert (other[:4] != labels[:4]).all() and torch.equal(other[4:], labels[4:])
    changed = mismatched(Half(torch.zeros(16, 1, 28, 28), real.told), real, state.told(other[:4]))
    assert torch.equal(changed.told.argmax(1), other)
    assert torch.equal(changed.x[:4], real.x[:4]) and (changed.x[4:] == 0).all()


def test_a_step_with_a_penalty_computes_in_float32(few):
    """With 8 bits for a logit, the difference of two near ones would be noise."""
    seen = []

    class Spy(models.QuickDiscriminator):
        def forward(self, x):
            out = super().forward(x)
            seen.append(out.dtype)
            return out

    objective = replace(objectives.HINGE, penalties=(Penalty(near_r1, every=2),))
    recipe = replace(QUICK, discriminator=Spy, batch_size=16, objective=objective)
    state = new_state(recipe, few, device="cpu", precision=torch.bfloat16)
    penalties = [s.record.penalty for s in train(state, few, Length(steps=2))]
    assert penalties[0] > 0 == penalties[1]
    # Step 1: D's update twice, G's. Step 2: D's, G's.
    high, low = torch.float32, torch.bfloat16
    assert seen == [high, high, low, low, low]
