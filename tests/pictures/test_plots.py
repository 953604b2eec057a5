"""Figures of other things than a training: what they hold, and their words."""

import numpy as np
import pytest
import torch

from gan_lib.pictures import grids, plots


def test_rows_of_images_stand_behind_their_names(few):
    rows = {"three": few.floats(slice(3)), "five": few.images[3:8]}
    figure = plots.rows_of_images(rows, "two rows", columns=5)
    assert [axes.get_ylabel() for axes in figure.axes] == ["three", "five"]
    shown = np.asarray(figure.axes[1].images[0].get_array())
    assert np.array_equal(shown, np.asarray(grids.grid(few.images[3:8], columns=5)))
    assert figure.picture().alt == "two rows"


def test_a_heat_map_tells_by_arrows_and_words_what_it_tells_by_colour():
    values = [[12.345, 0.5, 3.0], [98.7, 50.0, 9.0]]
    off = [[2.9, -40.0, -5.0], [7.4, 0.0, 6.0]]
    columns, better = ["distance", "judge, grey levels", "score"], ["lower", "near 50", "higher"]
    figure = plots.heat_map(values, off, ["blur", "noise"], columns, better)
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert figure.axes[0].get_xticklabels()[1].get_text() == "judge, grey\nlevels"
    assert texts == ["12.3", "0.5\n▼ 40 !", "3\n▼ 5 !", "98.7\n▲ 7 !", "50", "9\n▲ 6"]
    shades = np.asarray(figure.axes[0].images[0].get_array())
    assert shades[0, 0] == shades[1, 1] == 0 < shades[1, 0] < shades[0, 1]
    assert shades[1, 2] < 0 < shades[0, 2]  # above its floor, a score is better than it
    assert "blur: judge, grey levels + score; noise: distance." in figure.alt


def test_balls_reach_to_the_kth_nearest_real_point():
    real = torch.tensor([[0.0, 0.0], [1.0, 0.0], [5.0, 0.0]])
    figure = plots.balls(real, {"one": torch.zeros(1, 2), "two": torch.ones(2, 2)}, k=1)
    assert [patch.radius for patch in figure.axes[0].patches] == [1.0, 1.0, 4.0]
    assert [len(axes.lines[1].get_xdata()) for axes in figure.axes] == [1, 2]
    assert "one, two" in figure.alt


@pytest.mark.parametrize("shape", [(3, 16, 16), (3, 32, 32), (1, 64, 64), (3, 16, 24)])
def test_rows_of_images_of_any_shape_are_of_one_width_and_in_their_colours(shape):
    draw = torch.Generator().manual_seed(1)
    x = torch.randint(256, (24, *shape), dtype=torch.uint8, generator=draw)
    figure = plots.rows_of_images({"a": x[:12], "b": x[12:]}, "two rows")
    shown = np.asarray(figure.axes[0].images[0].get_array())
    assert shown.ndim == (3 if shape[0] == 3 else 2)
    width, height = figure.picture().image().size
    assert (width, height) == (743, 115)  # whatever the size of the images
