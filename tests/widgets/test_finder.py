"""The finder without a browser: it comes nearer, and says how near."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from seen import on

from gan_lib import UserError
from gan_lib.keeping.checkpoints import Checkpoint
from gan_lib.pictures import grids
from gan_lib.recipes import CLUSTERED, CONDITIONAL, MINIBATCH, QUICK
from gan_lib.state import new_state
from gan_lib.widgets.finder import DigitFinder


def pair_for(images, recipe=CONDITIONAL):
    return Checkpoint.of(new_state(recipe, images, seed=3))


def drawn_one():
    pad = np.zeros((112, 112), np.uint8)
    pad[20:92, 52:62] = 255
    return pad


def test_it_comes_nearer_to_a_drawing_and_says_so(few):
    finder = DigitFinder(pair_for(few), few)
    assert finder.find() is None and "nothing to search for" in finder.words.value
    finder.pad.drawing = drawn_one()
    assert torch.equal(finder.target, grids.from_drawing(drawn_one()))
    end = finder.find(steps=12)
    assert len(finder.course) == 13 and end.error < finder.course[0].error
    assert f"off by {end.error:.2f}" in finder.words.value and "as a <b>" in finder.words.value
    assert np.array_equal(on(finder.found)[::8, ::8], grids.pixels(end.x)[0])
    assert "confidence" in finder.seen_words.value and "confidence" in finder.found_words.value
    assert finder.shown().image().width > 800
    finder.clear.click()
    assert finder.target.max() == -1 and finder.found_words.value == ""
    with pytest.raises(ValueError, match="searched"):
        finder.shown()


def test_a_real_image_of_any_kind_is_searched_for_as_it_is(images):
    recipe = QUICK if images.labels is None else CONDITIONAL
    finder = DigitFinder(pair_for(images, recipe), images)
    for number in (1, 2):  # the button takes the next one
        finder.another.click()
        assert torch.equal(finder.target, images.floats(slice(number, number + 1)))
        scale = on(finder.seen).shape[0] // images.shape[1]
        assert np.array_equal(on(finder.seen)[::scale, ::scale], grids.pixels(finder.target)[0])
        assert finder.pad.drawing.any()  # and can be drawn on
    end = finder.find(steps=3)
    assert end.x.shape == (1, *images.shape) and end.error <= finder.course[0].error
    if images.classes and not images.classes[0].isdigit():
        assert "as a <b>&lt;" in finder.words.value  # a name is no HTML
    finder.pad.drawing = drawn_one()
    assert torch.equal(finder.target, grids.from_drawing(drawn_one(), images.shape))


def test_of_clusters_those_are_tried_whose_means_are_nearest(few, in_clusters):
    finder, tried = DigitFinder(pair_for(in_clusters, CLUSTERED), few), []
    join = finder.pair.join
    finder.pair.join = lambda noise, labels: tried.append(labels) or join(noise, labels)
    finder.take(4)
    now = finder.find(steps=1)
    means = in_clusters.clusters.means.float()
    distances = (means - few.images[4].float()).square().flatten(1).sum(1)
    nearest = distances.argsort()[:20].tolist()
    assert nearest[0] == 4 and tried[0].tolist() == 3 * nearest
    assert f"Found as <b>cluster {nearest[now.index % 20]}</b> after" in finder.words.value


def test_in_a_stack_the_clusters_nearest_to_each_of_its_digits_are_tried(stacks):
    finder, tried = DigitFinder(pair_for(stacks, replace(CLUSTERED, clusters=4)), stacks), []
    join = finder.pair.join
    finder.pair.join = lambda noise, labels: tried.append(labels) or join(noise, labels)
    finder.take(5)
    now = finder.find(steps=1)
    nearest = finder.pair.kind.clusters.of(stacks.images[5:6])[0]
    assert tried[0].shape[1] == 3 and torch.equal(tried[0][0], nearest)
    named = ", ".join(f"cluster {number}" for number in tried[0][now.index].tolist())
    assert f"Found as <b>{named}</b> after" in finder.words.value


def test_where_clusters_are_few_all_are_tried(few):
    finder = DigitFinder(pair_for(few, replace(CLUSTERED, clusters=4)), few)
    finder.take(0)
    assert finder.find(steps=2).error <= finder.course[0].error
    assert sorted(finder.pair.classes) == [f"cluster {number}" for number in range(4)]
    assert "Found as <b>cluster " in finder.words.value


def test_a_discriminator_of_whole_batches_has_no_opinion(few):
    finder = DigitFinder(pair_for(few, MINIBATCH), few)
    finder.take(0)
    finder.find(steps=1)
    assert "whole batches" in finder.found_words.value


def test_images_of_another_shape_are_refused_in_one_line(few, colours):
    with pytest.raises(UserError, match="3, 32, 32"):
        DigitFinder(pair_for(few), colours)
