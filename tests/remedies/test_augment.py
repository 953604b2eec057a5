"""What augmentation does to images, and what it must not do to a training."""

from dataclasses import replace

import pytest
import torch

from gan_lib.length import Length
from gan_lib.recipes import QUICK
from gan_lib.remedies import augment
from gan_lib.state import new_state
from gan_lib.training import train


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(5)


@pytest.mark.parametrize("shape", [(6, 1, 28, 28), (6, 3, 32, 32), (6, 3, 64, 64)])
@pytest.mark.parametrize("change", [augment.recoloured, augment.moved, augment.cut_out])
def test_the_shape_stays_each_image_is_changed_otherwise_and_a_gradient_arrives(change, shape):
    x = torch.rand(1, *shape[1:]).mul(2).sub(1).expand(shape).clone().requires_grad_()
    y = change(x)
    assert y.shape == shape and y.dtype == torch.float32
    assert len(y.flatten(1).unique(dim=0)) == 6
    y.square().sum().backward()
    assert (x.grad.flatten(1).norm(dim=1) > 0).all()


def test_moved_images_are_shifted_by_at_most_an_eighth_and_their_edge_is_drawn_out():
    x = torch.full((400, 1, 32, 32), -1.0)
    x[:, :, 16, 16] = 1.0
    places = augment.moved(x).flatten(1).argmax(1)
    for place in (places // 32, places % 32):
        assert place.min() == 12 and place.max() == 20
    ramp = torch.linspace(-1, 1, 32).expand(50, 1, 32, 32)
    assert (augment.moved(ramp).diff(dim=3) >= 0).all()


def test_a_square_of_half_of_the_side_is_greyed_out():
    holes = (augment.cut_out(torch.ones(400, 1, 32, 32)) == 0).flatten(1).sum(1)
    assert holes.max() == 15 * 15 and holes.min() >= 7 * 7
    assert holes.unique().numel() > 20


def test_brightness_contrast_and_colour_vary_within_their_bounds():
    flat = augment.recoloured(torch.zeros(500, 1, 8, 8)).mean((1, 2, 3))
    assert -0.5 <= flat.min() < -0.4 and 0.4 < flat.max() <= 0.5
    x = torch.tensor([-0.5, 0.5]).view(1, 1, 1, 2).expand(500, 1, 2, 2)
    contrast = augment.recoloured(x).diff(dim=3).flatten(1)[:, 0]
    assert 0.5 <= contrast.min() < 0.6 and 1.4 < contrast.max() <= 1.5
    red = torch.tensor([1.0, -0.5, -0.5]).view(1, 3, 1, 1).expand(500, 3, 4, 4)
    spread = augment.recoloured(red)[:, 0, 0, 0] - augment.recoloured(red)[:, 1, 0, 0]
    assert spread.max() > 1 and spread.min() > -1.5


def test_a_training_with_it_is_another_one_and_the_same_each_time(few):
    def weights(recipe):
        for state in train(new_state(recipe, few, 3, threads=1), few, Length(steps=3)):
            pass
        return torch.cat([p.flatten() for p in state.generator.parameters()])

    first, again = (weights(replace(QUICK, augmented=True)) for _ in range(2))
    assert torch.equal(first, again) and not torch.equal(first, weights(QUICK))
