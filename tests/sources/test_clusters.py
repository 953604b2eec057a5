"""Clusters: groups that are known beforehand, distances without rounding, and real digits."""

import numpy as np
import pytest
import torch

from gan_lib.sources import clusters as module
from gan_lib.sources.clusters import Clusters, find_clusters
from gan_lib.sources.edges import edges
from gan_lib.sources.imageset import DataError, ImageSet
from gan_lib.sources.kind import Kind

GREY, COLOUR = (1, 8, 8), (3, 16, 16)


def levels(*shape, most=255, seed=0):
    draw = torch.Generator().manual_seed(seed)
    return torch.randint(most + 1, shape, generator=draw).to(torch.uint8)


def grouped(shape, counts, seed=0):
    """Noisy copies of random prototypes, shuffled, and the number of the prototype of each."""
    draw = torch.Generator().manual_seed(seed + 1)
    group = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    group = group[torch.randperm(len(group), generator=draw)]
    noise = torch.randint(-10, 11, (len(group), *shape), generator=draw)
    prototypes = levels(len(counts), *shape, seed=seed).long()
    return (prototypes[group] + noise).clamp(0, 255).to(torch.uint8), group


def counts_of(clusters, images):
    return clusters.of(images).bincount(minlength=len(clusters))


@pytest.fixture(scope="module")
def digits(mnist):
    return mnist.part(slice(2000))


@pytest.fixture(scope="module")
def of_digits(digits):
    return find_clusters(digits.images, 200, seed=7)


# --- What is found --------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [GREY, COLOUR])
def test_groups_that_are_far_apart_are_found_with_their_means_and_shares(shape):
    counts = [40, 60, 80, 100, 120, 50]
    images, group = grouped(shape, counts)
    clusters = find_clusters(images, len(counts), seed=7)
    assert clusters.means.shape == (6, *shape) and clusters.means.dtype == torch.uint8
    number = clusters.of(images)
    for each, count in enumerate(counts):
        (found,) = number[group == each].unique()
        assert torch.equal(
            clusters.means[found], images[group == each].double().mean(0).round().byte()
        )
        assert clusters.shares[found].item() == pytest.approx(count / sum(counts))
    assert len(number.unique()) == len(clusters.names) == 6


def test_each_image_is_of_the_mean_that_is_nearest_in_whole_numbers(few, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 100)  # 320 images: the last part is a smaller one
    clusters = Clusters(levels(30, 1, 28, 28), torch.full((30,), 1 / 30))
    apart = few.images[:, None].long() - clusters.means.long()
    squares = apart.square().flatten(2).sum(2)
    assert torch.equal(clusters.distances(few.images).long(), squares)
    assert torch.equal(clusters.of(few.images), squares.argmin(1))


@pytest.mark.parametrize("seed", range(5))
def test_shares_are_those_of_the_images_also_where_many_lie_halfway(seed):
    images = levels(400, 1, 1, 2, most=5, seed=seed)
    clusters = find_clusters(images, 20, seed)
    counts = counts_of(clusters, images)
    assert len(clusters) > 10 and counts.min() > 0
    assert torch.equal(clusters.shares, counts / 400)


def test_no_cluster_is_empty_even_where_means_become_the_same_when_they_are_rounded():
    images = (levels(400, 1, 16, 16) < 10).byte()  # few pixels are 1: several means are black
    clusters = find_clusters(images, 20, seed=7)
    assert counts_of(clusters, images).min() > 0 and 10 < len(clusters) < 20


def test_shares_are_of_all_images_not_only_of_those_learnt_from(monkeypatch):
    monkeypatch.setattr(module, "LEARNT_FROM", 100)
    images, _ = grouped(GREY, [300, 100])
    clusters = find_clusters(images, 2, seed=7)
    assert sorted((400 * clusters.shares).round().tolist()) == [100, 300]


def test_the_seed_decides_and_nobodys_random_numbers_do(digits, of_digits):
    np.random.seed(1)
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    again, other = (find_clusters(digits.images, 200, seed) for seed in (7, 8))
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(again.means, of_digits.means)
    assert torch.equal(again.shares, of_digits.shares)
    assert not torch.equal(other.means[:50], of_digits.means[:50])


# --- Few images, and images that are alike --------------------------------------------------------


@pytest.mark.filterwarnings("error")
def test_few_images_have_few_clusters_and_none_has_none():
    images = levels(50, *GREY)
    assert 1 <= len(find_clusters(images, 200, seed=7)) <= 2  # of 20 images each, on average
    one = find_clusters(images[:1], 200, seed=7)
    assert torch.equal(one.means, images[:1]) and one.shares.tolist() == [1]
    with pytest.raises(DataError, match="no images"):
        Kind.of(ImageSet(images[:0]), 200)


@pytest.mark.filterwarnings("error")
def test_images_that_are_all_alike_are_one_cluster_and_a_rarer_kind_is_another():
    image, other = levels(2, *GREY).split(1)
    alike = image.repeat(400, 1, 1, 1)
    one = find_clusters(alike, 10, seed=7)
    assert torch.equal(one.means, image) and one.shares.tolist() == [1]
    both = find_clusters(torch.cat([alike, other.repeat(100, 1, 1, 1)]), 10, seed=7)
    order = both.shares.argsort()
    assert torch.equal(both.means[order], torch.cat([other, image]))
    assert both.shares[order].tolist() == pytest.approx([0.2, 0.8])


# --- Digits ---------------------------------------------------------------------------------------


def test_most_digits_share_the_commonest_digit_of_their_cluster(digits, of_digits):
    number = of_digits.of(digits.images)

    def share_in_common(labels):
        common = [labels[number == each].bincount().max() for each in number.unique()]
        return sum(common).item() / len(labels)

    assert len(of_digits) > 80 and of_digits.shares.sum().item() == pytest.approx(1)
    shuffled = digits.labels[torch.randperm(2000, generator=torch.Generator().manual_seed(0))]
    assert share_in_common(digits.labels) > 0.75 and share_in_common(shuffled) < 0.3


def test_neighbours_in_order_are_alike(of_digits):
    means = of_digits.means.flatten(1).double()

    def step(order):
        return (means[order][1:] - means[order][:-1]).norm(dim=1).mean().item()

    draw = torch.Generator().manual_seed(0)
    shuffled = [step(torch.randperm(len(means), generator=draw)) for _ in range(5)]
    assert step(torch.arange(len(means))) < 0.8 * min(shuffled)


# --- In their edges -------------------------------------------------------------------------------


def test_edges_know_which_way_it_gets_brighter():
    to_right = torch.arange(28).mul(9).to(torch.uint8).expand(1, 1, 28, 28)
    downwards = to_right.mT
    right, down = (edges(x).view(8, -1).float().sum(1) for x in (to_right, downwards))
    assert right.argmax() == 0 and down.argmax() == 2
    assert torch.equal(right.roll(2), down)
    assert not edges(torch.full((2, 3, 16, 20), 77, dtype=torch.uint8)).any()  # none


def test_edges_are_of_the_shape_not_of_the_ink(few):
    pale, moved = few.images // 2, few.images.roll(1, dims=3)
    for other, least in ((pale, 0.9), (moved, 0.5)):
        nearest = torch.cdist(edges(other).float(), edges(few.images).float()).argmin(1)
        assert (nearest == torch.arange(len(few))).float().mean() > least


def test_clusters_in_edges_hold_fewer_kinds_of_digits(digits, of_digits):
    in_edges = find_clusters(digits.images, 200, seed=7, alike="edges")
    assert in_edges.means.shape[1:] == (1, 28, 28)
    purity = []
    for clusters in (of_digits, in_edges):
        of = clusters.of(digits.images)
        counts = torch.zeros(len(clusters), 10)
        counts.index_put_((of, digits.labels), torch.ones(len(of)), accumulate=True)
        assert torch.allclose(counts.sum(1) / len(digits), clusters.shares)
        purity.append((counts.max(1).values.sum() / len(digits)).item())
    assert purity[1] > purity[0] + 0.01, purity


def test_they_are_alike_in_something_that_is_known(digits):
    with pytest.raises(ValueError, match="pixels or edges, not in 'colours'"):
        find_clusters(digits.images, 5, 7, "colours")
