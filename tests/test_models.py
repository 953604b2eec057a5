"""The networks: exact parameter counts, shapes, ranges, and minibatch discrimination by hand."""

import pytest
import torch

from gan_lib import models
from gan_lib.recipes import CONDITIONAL, MINIBATCH, MLP, QUICK, RECIPES, one_hot


@pytest.mark.parametrize(
    "recipe, generator, discriminator",
    [(MLP, 1_486_352, 1_460_225), (MINIBATCH, 85_713, 457_859)],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_the_two_published_programs_keep_their_parameter_counts(recipe, generator, discriminator):
    g, d = recipe.build()
    assert models.count_parameters(g) == generator
    assert models.count_parameters(d) == discriminator


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_shapes_and_ranges(recipe):
    generator, discriminator = recipe.build()
    x = generator(recipe.sample_latent(6))
    assert x.shape == (6, 1, 28, 28)
    assert x.abs().max() <= 1
    told = [one_hot(torch.arange(6))] if recipe.tells_discriminator else []
    assert discriminator(x, *told).shape == (6,)


def test_the_conditional_logit_is_the_plain_one_plus_a_projection():
    _, discriminator = CONDITIONAL.build()
    discriminator.eval()  # spectral norm stands still
    x, digits = torch.randn(20, 1, 28, 28), torch.arange(20) % 10
    phi = discriminator.features(x)
    for i, digit in enumerate(digits):
        projection = discriminator.digit.weight[:, digit] @ phi[i]
        expected = discriminator.score(phi[i : i + 1]).squeeze() + projection
        logit = discriminator(x, one_hot(digits))[i]
        assert torch.isclose(logit, expected, atol=1e-4)


def test_minibatch_discrimination_against_a_naive_double_loop():
    torch.manual_seed(0)
    layer = models.MinibatchDiscrimination(features=5, kernels=4, kernel_dim=3).double()
    x = torch.randn(7, 5, dtype=torch.double)
    out = layer(x)
    assert torch.equal(out[:, :5], x)
    for i in range(7):
        for b in range(4):
            total = 0.0
            for j in range(7):
                difference = x[i] @ layer.T[:, b] - x[j] @ layer.T[:, b]
                total += torch.exp(-difference.abs().sum())
            assert torch.isclose(out[i, 5 + b], total)


def test_minibatch_discrimination_sees_a_collapsed_batch():
    layer = models.MinibatchDiscrimination(100, 50, 25)
    one = torch.randn(1, 100)
    alike, varied = layer(one.repeat(16, 1))[:, 100:], layer(torch.randn(16, 100))[:, 100:]
    assert torch.allclose(alike, torch.tensor(16.0))
    assert varied.mean() < 8


def test_spectral_norm_bounds_every_convolution_of_the_quick_discriminator():
    _, discriminator = QUICK.build()
    for _ in range(50):  # the norm is estimated by one power iteration a call in training mode
        discriminator(torch.randn(4, 1, 28, 28))
    weights = [m.weight for m in discriminator.modules() if hasattr(m, "parametrizations")]
    assert len(weights) == 3
    for weight in weights:
        assert torch.linalg.matrix_norm(weight.flatten(1), 2).item() == pytest.approx(1, abs=0.05)


def test_layer_shapes_end_in_the_shape_of_the_output():
    shapes = models.layer_shapes(models.QuickGenerator().layers, torch.randn(2, 64))
    assert shapes["0 Linear"] == (2, 32 * 7 * 7)
    assert list(shapes.values())[-1] == (2, 1, 28, 28)
