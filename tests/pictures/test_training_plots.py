"""The curves of a training: what they hold, that they are drawn, and their words."""

import numpy as np
import pytest
from PIL import ImageColor

from gan_lib.pictures import training_plots
from gan_lib.pictures.grids import FAKE, REAL
from gan_lib.state import Record


def record(step, value):
    return Record(step, 1, value, -value, 0.9, 0.1, 0.8, 0.2, step * 0.1, 640.0)


def test_an_empty_history_is_refused():
    with pytest.raises(ValueError, match="no step"):
        training_plots.curves([])


def test_smooth_is_a_trailing_mean():
    values = np.random.default_rng(0).normal(size=60)
    expected = [values[max(0, i - 24) : i + 1].mean() for i in range(60)]
    assert np.allclose(training_plots.smooth(values), expected)


def test_curves_draw_the_history_and_say_where_it_ends():
    history = [record(step, step / 10) for step in range(1, 41)]
    figure = training_plots.curves(history)
    lines = figure.axes[0].lines
    assert lines[0].get_xdata()[-1] == 40
    assert np.allclose(
        lines[0].get_ydata(), training_plots.smooth([r.loss_discriminator for r in history])
    )
    assert "discriminator 2.80, generator -2.80" in figure.alt
    assert figure.axes[1].get_title() == "The discriminator's accuracy"
    for axes in figure.axes:
        assert [line.get_linestyle() for line in axes.lines[:2]] == ["-", "--"]
        assert all(text.get_text() for text in axes.get_legend().get_texts())
    drawn = np.asarray(figure.picture().image()).astype(int)
    assert drawn.shape[1] > 900
    width = drawn.shape[1] // 3
    for panel, wanted in enumerate((("#555555", "#0072B2"), (REAL, FAKE), (REAL, FAKE))):
        part = drawn[:, panel * width : (panel + 1) * width]
        for colour in wanted:  # each panel has both of its curves in it
            assert (part == ImageColor.getrgb(colour)).all(axis=2).sum() > 30, (panel, colour)


def test_tall_curves_show_the_course_that_was_left_as_well():
    history = [record(step, 1.0) for step in range(1, 40)]
    left = [record(step, 2.0) for step in range(1, 60)]
    figure = training_plots.tall_curves(history, left)
    assert len(figure.axes) == 3 and "39 steps" in figure.alt
    for axes in figure.axes:
        lengths = sorted(len(line.get_xdata()) for line in axes.lines if len(line.get_xdata()) > 2)
        assert lengths == [39, 39, 59, 59]
        assert {line.get_alpha() for line in axes.lines if len(line.get_xdata()) == 59} == {0.35}
    for axes in training_plots.tall_curves(history).axes:
        assert max(len(line.get_xdata()) for line in axes.lines) == 39
