"""The figures about confidence: what they hold, and that the moving one moves."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lib.belief import calibration, confidence
from gan_lib.length import Length
from gan_lib.pictures import belief_plots
from gan_lib.recipes import QUICK
from gan_lib.state import new_state
from gan_lib.training import train


@pytest.fixture(scope="module")
def kept(few):
    """Four moments of a real training, and its history."""
    moments, history = [], []
    for state in train(new_state(QUICK, few, 7, "cpu", threads=1), few, Length(steps=16)):
        history.append(state.record)
        if state.step in (1, 4, 10, 16):
            real, held_out = few.part(slice(100)), few.part(slice(200, 300))
            moments.append(confidence.moment(state, real, held_out))
    return moments, history


def pixels(picture):
    return np.asarray(Image.open(io.BytesIO(picture.png))).astype(int)


def test_the_timeline_shows_the_moment_that_it_is_asked_for(kept):
    timeline = belief_plots.Timeline(*kept)
    seen = [timeline.at(i) for i in range(4)]
    assert len({picture.png for picture in seen}) == 4
    for moment, picture in zip(kept[0], seen):
        assert picture.alt.startswith(f"Step {moment.step} of 16:")
        assert f"generated images {moment.logits_fake.sigmoid().mean():.0%}" in picture.alt
    assert timeline.at(1).png == seen[1].png  # nothing is left of the moments in between
    assert timeline.picture().png == seen[3].png
    # The vertical line moves to the right with the step.
    black = np.stack([(pixels(p)[300:560].sum(axis=2) < 250).sum(axis=0) for p in seen])
    black = (black - black.min(axis=0)).argmax(axis=1).tolist()  # without the axes, which stay
    assert black == sorted(black) and black[0] < black[3] - 200


def test_the_histograms_hold_all_images(kept):
    figure = belief_plots.distributions(kept[0][-1])
    for axes in figure.axes:
        for patch in axes.patches:
            assert patch.get_data().values.sum() == pytest.approx(100)
    mean = kept[0][-1].logits_held_out.mean()
    assert f"held-out real images {mean:.2f} and" in figure.alt


def test_the_reliability_diagram_has_each_curve_and_its_error():
    said = torch.linspace(0, 1, 200)
    curve = calibration.reliability(said, (said > 0.5).long())
    figure = belief_plots.reliability_diagram({"raw": curve, "repaired": curve})
    assert f"raw: {curve.error:.1%} off" in figure.alt
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels[1] == f"raw: off by {curve.error:.1%}" and len(labels) == 3
    offsets = figure.axes[0].collections[0].get_offsets()
    np.testing.assert_allclose(offsets, torch.stack([curve.said, curve.was], 1))


def test_evidence_lies_under_its_image_with_a_scale_of_its_own(few):
    x = few.floats(slice(3))
    shown = torch.stack([torch.zeros_like(x[0]), x[1] * 1e-3, x[2] * 50])
    figure = belief_plots.evidence(x, {"gradient": shown}, ["a", "b", "c"])
    panels = figure.axes
    assert len(panels) == 6 and [axes.get_title() for axes in panels[:3]] == ["a", "b", "c"]
    for axes, values in zip(panels[3:], shown):
        picture = axes.images[0]
        np.testing.assert_array_equal(picture.get_array(), values[0])
        low, high = picture.get_clim()
        assert low == -high and high >= values.abs().max()
    assert len(figure.picture().png) > 1000 and "gradient" in figure.alt


def test_evidence_of_colours_is_summed_up_over_them():
    draw = torch.Generator().manual_seed(1)
    x, shown = (torch.rand(2, 3, 16, 16, generator=draw) * 2 - 1 for _ in range(2))
    figure = belief_plots.evidence(x, {"each": shown, "all": shown[:, :1]}, ["a", "b"])
    image, each, both = (figure.axes[i].images[0].get_array() for i in (0, 2, 4))
    assert image.shape == (16, 16, 3)
    np.testing.assert_allclose(each, shown[0].sum(0), rtol=1e-6)
    np.testing.assert_array_equal(both, shown[0, 0])
