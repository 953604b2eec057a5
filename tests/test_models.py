"""The networks: exact parameter counts, shapes, ranges."""

from dataclasses import replace

import pytest
import torch
from torch.nn import Conv2d

from gan_lib import UserError, models
from gan_lib.pair import Pair
from gan_lib.recipes import CLUSTERED, CONDITIONAL, MINIBATCH, MLP, QUICK, RECIPES
from gan_lib.remedies.penalties import ask
from gan_lib.sources.kind import Kind

MNIST = (1, 28, 28)


def pair(recipe, shape=MNIST, classes=10):
    kind = Kind(shape, tuple(map(str, range(classes))))
    return Pair(recipe, kind, *recipe.build(shape, classes))


@pytest.mark.parametrize(
    "recipe, generator, discriminator",
    [
        (MLP, 1_486_352, 1_460_225),
        (MINIBATCH, 85_713, 457_859),
        (QUICK, 135_780, 54_409),
        (CONDITIONAL, 151_460, 69_769),
        (CLUSTERED, 449_380, 361_609),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_the_published_programs_and_our_own_keep_their_parameter_counts(
    recipe, generator, discriminator
):
    g, d = recipe.build(MNIST, recipe.clusters or 10)
    assert models.count_parameters(g) == generator
    assert models.count_parameters(d) == discriminator


@pytest.mark.parametrize("shape", [MNIST, (3, 16, 16), (1, 64, 64), (3, 32, 20), (1, 44, 44)])
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_shapes_and_ranges(recipe, shape):
    networks = pair(recipe, shape, classes=4)
    z = networks.latents(6)
    assert z.shape == (6, recipe.latent_dim(4))
    x = networks.generator(z)
    assert x.shape == (6, *shape)
    assert x.abs().max() <= 1
    told = networks.told(torch.arange(6) % 4)
    logits = ask(networks.discriminator, x, told)
    assert logits.shape == (6,)
    logits.sum().backward()  # every weight has a part in it
    assert all(p.grad is not None for p in networks.discriminator.parameters())


@pytest.mark.parametrize("recipe", [QUICK, CONDITIONAL, CLUSTERED], ids=lambda r: r.name)
def test_networks_half_as_wide_have_half_of_the_maps(recipe):
    half = pair(replace(recipe, width_multiplier=0.5))
    for network, narrow in zip(recipe.build(MNIST, 10), (half.generator, half.discriminator)):
        maps, fewer = (
            [m.in_channels for m in n.modules() if isinstance(m, Conv2d)] for n in (network, narrow)
        )
        image = maps[0] == 4  # the image's four parts stay
        assert fewer[image:] == [count // 2 for count in maps[image:]]
    x = half.generator(half.latents(4))
    assert ask(half.discriminator, x, half.told(torch.arange(4))).shape == (4,)


@pytest.mark.parametrize("shape", [(1, 30, 30), (2, 28, 28), (3, 12, 12), (1, 68, 68)])
@pytest.mark.parametrize("recipe", [QUICK, CONDITIONAL], ids=lambda recipe: recipe.name)
def test_a_shape_that_cannot_be_is_one_line(recipe, shape):
    with pytest.raises(UserError, match=f"16 to 64 .* not {' x '.join(map(str, shape))}: scale"):
        recipe.build(shape, 10)


def test_the_conditional_logit_is_the_plain_one_plus_a_projection():
    networks = pair(CONDITIONAL)
    discriminator = networks.discriminator.eval()  # spectral norm stands still
    assert not discriminator.of_class.weight.any()  # at first it asks whether it is real, no more
    torch.nn.init.normal_(discriminator.of_class.weight)
    x, labels = torch.randn(20, 1, 28, 28), torch.arange(20) % 10
    phi = discriminator.features(x)
    for i, label in enumerate(labels):
        projection = discriminator.of_class.weight[:, label] @ phi[i]
        expected = discriminator.score(phi[i : i + 1]).squeeze() + projection
        logit = discriminator(x, networks.told(labels))[i]
        assert torch.isclose(logit, expected, atol=1e-4)


def test_spectral_norm_bounds_every_convolution_of_the_quick_discriminator():
    _, discriminator = QUICK.build(MNIST)
    for _ in range(50):  # the norm is estimated by one power iteration a call in training mode
        discriminator(torch.randn(4, 1, 28, 28))
    weights = [m.weight for m in discriminator.modules() if hasattr(m, "parametrizations")]
    assert len(weights) == 3
    for weight in weights:
        assert torch.linalg.matrix_norm(weight.flatten(1), 2).item() == pytest.approx(1, abs=0.05)
