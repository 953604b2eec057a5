"""Why the discriminator says what it says, against scores whose reasons are known."""

import pytest
import torch

from gan_lib.belief import evidence as e
from gan_lib.recipes import QUICK
from gan_lib.state import new_state


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(3)


def test_whom_it_believes_is_found_for_each_class_that_is_there(few):
    x, digits = few.floats(), few.labels.clone()
    digits[digits == 4] = 5
    logits = torch.randn(len(x), generator=torch.Generator().manual_seed(1))
    found = e.whom_it_believes(x, logits, digits, few.classes)
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


def test_the_gradient_of_a_linear_score_is_its_weights(few, generator):
    weights = torch.randn(1, 28, 28, generator=generator)
    gradient = e.input_gradient(lambda x: (x * weights).sum((1, 2, 3)), few.floats(slice(3)))
    torch.testing.assert_close(gradient, weights.expand(3, 1, 28, 28))
    x = few.floats(slice(2))
    gradient = e.input_gradient(new_state(QUICK, few, 1, "cpu").discriminator.eval(), x)
    assert gradient.shape == x.shape and gradient.abs().max() > 0 and not x.requires_grad


@pytest.mark.parametrize("size", [1, 4, 6, 7])
def test_occlusion_shows_where_a_score_looks(size):
    def score(x):
        return 5 * (x[:, 0, 13, 20] + 1)

    x = torch.full((2, 1, 28, 28), -1.0)
    x[1] = 1
    shown = e.occlusion(score, x, size)
    assert torch.isfinite(shown).all()
    assert (shown[0] == 0).all()  # nothing to blacken
    assert shown[1].max() == shown[1, 0, 13, 20] == 10  # each patch over it takes all away
    rows, columns = (shown[1, 0] > 0).nonzero().T
    assert (rows - 13).abs().max() < size and (columns - 20).abs().max() < size


@pytest.mark.parametrize("side", [16, 32, 64])
def test_occlusion_of_a_colour_blackens_all_channels_and_fits_its_patch_to_the_side(side):
    """A score of one channel at one pixel; then of all of them."""
    x = torch.ones(1, 3, side, side)
    for score in (lambda x: x[:, 2, 5, 9] + 1, lambda x: (x[:, :, 5, 9] + 1).sum(1)):
        shown = e.occlusion(score, x)
        assert shown.shape == (1, 1, side, side)
        assert shown.max() == shown[0, 0, 5, 9] == score(x)
        rows, _ = (shown[0, 0] > 0).nonzero().T
        assert side / 6 < rows.max() - rows.min() + 1 < side / 2
