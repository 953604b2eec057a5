"""What the discriminator is asked, against oracles: the networks themselves, naive counts."""

import dataclasses

import pytest
import torch
from torchmetrics.functional.classification import binary_auroc

from gan_lib.belief import confidence as c
from gan_lib.data import ImageSet
from gan_lib.length import Length
from gan_lib.machine.randomness import Purpose, randomness
from gan_lib.pair import generate
from gan_lib.recipes import CLUSTERED, CONDITIONAL, MINIBATCH, MLP, QUICK
from gan_lib.sources.kind import Kind
from gan_lib.state import new_state
from gan_lib.training import train

MNIST = Kind((1, 28, 28), tuple("0123456789"))
CATS = Kind((3, 16, 16), ("cat", "dog", "cow"))


def pair_of(recipe, kind=MNIST):
    return new_state(recipe, kind, 1, "cpu")


def cats(count, labels=None, seed=2):
    """Colourful images of cats, dogs and cows; of these a class may have none."""
    draw = torch.Generator().manual_seed(seed)
    images = torch.randint(256, (count, *CATS.shape), dtype=torch.uint8, generator=draw)
    return ImageSet(images, labels, () if labels is None else CATS.classes, "cats")


# --- Verdicts -------------------------------------------------------------------------------------


AUGMENTED = dataclasses.replace(QUICK, name="augmented", augmented=True)


@pytest.mark.parametrize("recipe", [QUICK, MLP, AUGMENTED], ids=lambda r: r.name)
@pytest.mark.parametrize("count", [1, 64, 100, 200])
def test_a_discriminator_that_looks_at_single_images_is_asked_just_that(recipe, count, few):
    pair = pair_of(recipe)
    discriminator, x = pair.discriminator.train(), few.floats(slice(count))
    real, fake = c.verdicts(pair, x, -x)
    assert discriminator.training  # the one in training is left alone, dropout and all
    with torch.no_grad():
        torch.testing.assert_close(real, discriminator.eval()(x))
        torch.testing.assert_close(fake, discriminator(-x))


def test_minibatch_is_asked_in_batches_half_real_with_the_noise_of_its_training(few):
    pair = pair_of(MINIBATCH)
    discriminator = pair.discriminator
    before = {name: value.clone() for name, value in discriminator.state_dict().items()}
    x_real, x_fake = few.floats(slice(128)), few.floats(slice(128, 256)).flip(3)
    real, fake = c.verdicts(pair, x_real, x_fake, seed=5)
    for name, value in discriminator.state_dict().items():
        assert torch.equal(value, before[name]), name
    discriminator.eval()
    with torch.no_grad(), randomness(5, Purpose.VERDICT):
        for part in (slice(0, 64), slice(64, 128)):
            x = torch.cat([x_real[part], x_fake[part]])
            expected = discriminator(x + 0.1 + torch.randn_like(x))
            torch.testing.assert_close(torch.cat([real[part], fake[part]]), expected)
    again, _ = c.verdicts(pair, x_real, x_fake, seed=5)
    other, _ = c.verdicts(pair, x_real, x_fake[:1].repeat(128, 1, 1, 1), seed=5)
    assert torch.equal(real, again) and not torch.allclose(real, other)  # they look at the batch


def test_the_last_batch_is_as_large_as_the_others(few):
    """Minibatch discrimination counts neighbours: a short batch would look like a sparse one."""
    sizes, pair, x = [], pair_of(MINIBATCH), few.floats(slice(150))
    pair.discriminator.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))
    c.verdicts(pair, x, x)
    assert sizes == [128, 128, 128]


def test_a_discriminator_that_is_told_the_class_is_told_it(few):
    pair = pair_of(CONDITIONAL)
    discriminator = pair.discriminator.eval()
    x, labels = few.floats(slice(70)), few.labels[:70]
    real, fake = c.verdicts(pair, x, -x, labels)
    with torch.no_grad():
        torch.testing.assert_close(real, discriminator(x, torch.eye(10)[labels]))
        torch.testing.assert_close(fake, discriminator(-x, torch.eye(10)[labels]))
    with pytest.raises(c.ConfidenceError, match="needs a label for each image"):
        c.verdicts(pair, x, -x)


def test_two_halves_of_different_size_are_refused(few):
    for real, fake in ((3, 4), (0, 0)):
        with pytest.raises(c.ConfidenceError, match=f"{real} real and {fake} generated"):
            c.verdicts(pair_of(QUICK), few.floats(slice(real)), few.floats(slice(fake)))


def of_the_same_latents(state, labels):
    with randomness(state.seed, Purpose.SAMPLE):
        return state.latents(len(labels), labels)


@pytest.mark.parametrize("recipe", [QUICK, MINIBATCH, CONDITIONAL, CLUSTERED], ids=lambda r: r.name)
def test_asking_on_the_way_leaves_a_training_as_it_is(recipe, few):
    held_out = few.part(slice(100, 170))
    states, seen = [], []
    for asks in (False, True):
        state = new_state(recipe, few, 2, "cpu", torch.float32, threads=1)
        for state in train(state, few, Length(steps=4)):
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
            expected = state.discriminator.eval()(held_out.floats())
        torch.testing.assert_close(seen[-1].logits_held_out, expected)
        latest = generate(state.averaged, of_the_same_latents(state, few.labels[:70]))
        torch.testing.assert_close(seen[-1].x_fake, latest)


def test_latents_have_nothing_in_common_with_the_noise_on_what_is_seen(few):
    """Both are normal numbers: drawn with one key, an image's noise would repeat its latent."""
    seen, latents, part = [], [], few.part(slice(64))
    state = new_state(MINIBATCH, few, 7, "cpu")
    state.generator.register_forward_pre_hook(lambda _, inputs: latents.append(inputs[0]))
    state.discriminator.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    moment = c.moment(state, part, part)
    noise = (seen[0] - torch.cat([moment.x_real, moment.x_fake]) - 0.1).flatten()
    drawn = torch.cat(latents)[:, : MINIBATCH.noise_dim].flatten()
    assert noise.std().item() == pytest.approx(1, abs=0.01) and len(drawn) == 64 * 64
    assert torch.corrcoef(torch.stack([drawn, noise[: len(drawn)]]))[0, 1].abs() < 0.1


def test_the_share_of_pairs_in_order_is_that_of_a_naive_count():
    generator = torch.Generator().manual_seed(3)
    a = torch.randint(8, (60,), generator=generator).float()  # with many ties
    b = torch.randint(6, (45,), generator=generator).float()
    naive = ((a[:, None] > b).float() + 0.5 * (a[:, None] == b).float()).mean().item()
    assert c.ranked_right(a, b) == pytest.approx(naive)
    a, b = torch.randn(500, generator=generator) + 1, torch.randn(300, generator=generator)
    is_a = torch.cat([torch.ones(500), torch.zeros(300)]).long()
    assert c.ranked_right(a, b) == pytest.approx(binary_auroc(torch.cat([a, b]), is_a).item())
    # torchmetrics squashes logits to [0, 1] first, where large ones become equal: 0.65 of 0.81.
    assert c.ranked_right(20 * a + 30, 20 * b + 30) == pytest.approx(c.ranked_right(a, b), abs=1e-4)


# --- A trained pair -------------------------------------------------------------------------------


def test_a_trained_pair_is_asked_about_its_own_images(few):
    pair = pair_of(QUICK)
    asked = c.both_sides(pair, few.part(slice(80)), seed=2)
    assert torch.equal(asked.x_fake, pair.sample(80, 2)[0])
    torch.testing.assert_close(asked.logits_fake, pair.discriminator.eval()(asked.x_fake).detach())
    assert torch.equal(asked.x_real, few.floats(slice(80)))


def test_as_many_as_are_wanted_are_drawn_at_random_with_their_labels(few):
    pair = pair_of(CONDITIONAL)
    asked = c.both_sides(pair, few, seed=2, drawn=50)
    rows = [(few.floats() == x).flatten(1).all(1).nonzero().item() for x in asked.x_real]
    assert len(set(rows)) == 50 and rows != sorted(rows)
    assert torch.equal(asked.x_fake, pair.sample(50, 2, few.labels[rows])[0])
    real, _ = c.verdicts(pair, asked.x_real, asked.x_fake, few.labels[rows], seed=2)
    assert torch.equal(asked.logits_real, real)
    other = c.both_sides(pair, few, seed=3, drawn=50)
    assert not torch.equal(asked.x_real, other.x_real)


@pytest.mark.parametrize("recipe", [QUICK, MINIBATCH, CONDITIONAL, MLP], ids=lambda r: r.name)
def test_images_in_colour_of_which_a_class_has_none_are_asked_about(recipe):
    data = cats(70, torch.arange(70) % 2)  # no cow
    asked = c.both_sides(pair_of(recipe, CATS), data)
    assert asked.x_fake.shape == asked.x_real.shape == (70, *CATS.shape)
    assert torch.isfinite(asked.logits_real).all() and len(asked.logits_fake) == 70
    moment = c.moment(pair_of(recipe, CATS), data, data.part(torch.arange(69, -1, -1)))
    torch.testing.assert_close(moment.x_real, data.floats())


@pytest.mark.parametrize("recipe", [QUICK, MINIBATCH], ids=lambda r: r.name)
def test_images_without_labels_are_asked_about(recipe):
    data = cats(70)
    asked = c.both_sides(pair_of(recipe, Kind(CATS.shape, ())), data)
    assert len(asked.logits_real) == 70
    assert c.moment(pair_of(recipe, Kind(CATS.shape, ())), data, data).x_fake.shape == (
        70,
        3,
        16,
        16,
    )
    c.both_sides(pair_of(recipe, CATS), data)  # of a pair that has classes, at random


@pytest.mark.parametrize("labels", [None, torch.arange(70) % 3], ids=["without labels", "with"])
def test_images_are_asked_about_as_of_their_clusters_held_out_ones_too(labels):
    data, held_out = cats(70, labels), cats(70, labels, seed=3)
    pair = pair_of(CLUSTERED, Kind.of(data, 3))
    of_real, of_held_out = (pair.kind.clusters.of(each.images) for each in (data, held_out))
    expected, _ = c.verdicts(pair, data.floats(), data.floats(), of_real)
    asked, moment = c.both_sides(pair, data, seed=2), c.moment(pair, data, held_out)
    assert torch.equal(asked.logits_real, expected) and torch.equal(moment.logits_real, expected)
    assert torch.equal(asked.x_fake, pair.sample(70, 2, of_real)[0])
    expected, _ = c.verdicts(pair, held_out.floats(), held_out.floats(), of_held_out)
    assert torch.equal(moment.logits_held_out, expected)
    assert len(of_real.unique()) == 3 and not torch.equal(of_real, of_held_out)


def test_images_of_another_kind_are_refused_in_one_line(few):
    for recipe, data in (
        (QUICK, cats(70)),
        (CONDITIONAL, dataclasses.replace(few, classes=tuple("abcdefghij"))),
    ):
        with pytest.raises(c.ConfidenceError, match="was trained on other images") as caught:
            c.both_sides(pair_of(recipe), data)
        assert "\n" not in str(caught.value)
    c.both_sides(pair_of(QUICK), dataclasses.replace(few, classes=tuple("abcdefghij")), drawn=5)
