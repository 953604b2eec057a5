"""Pictures: grey levels, grids, curves, and that each carries its words."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lib.pictures import grids, plots
from gan_lib.state import Record


def record(step, value):
    return Record(step, 1, value, -value, 0.9, 0.1, 0.8, 0.2, step * 0.1, 640.0)


def test_grey_levels_cover_the_whole_range_and_round():
    x = torch.tensor([-1.0, 0.0, 1.0, -5.0, 5.0, 2 * 37.4 / 255 - 1]).view(6, 1, 1, 1)
    assert grids.to_uint8(x).flatten().tolist() == [0, 128, 255, 0, 255, 37]


def test_grey_levels_undo_the_scaling_of_the_data(few):
    levels = grids.to_uint8(few.images)
    assert np.array_equal(torch.from_numpy(levels).float() / 127.5 - 1, few.images[:, 0])


def test_grid_puts_each_image_at_its_place():
    x = torch.linspace(-1, 1, 6).view(6, 1, 1, 1).expand(6, 1, 28, 28)
    sheet = np.asarray(grids.grid(x, columns=3, scale=1, gap=2))
    assert sheet.shape == (2 * 30 + 2, 3 * 30 + 2)
    for index, level in enumerate(grids.to_uint8(x)[:, 0, 0]):
        row, column = divmod(index, 3)
        cell = sheet[2 + 30 * row : 30 + 30 * row, 2 + 30 * column : 30 + 30 * column]
        assert (cell == level).all()
    doubled = np.asarray(grids.grid(x, columns=3, scale=2, gap=2))
    assert np.array_equal(doubled[::2, ::2], sheet)


def test_an_empty_grid_and_an_empty_history_are_refused():
    with pytest.raises(ValueError, match="no image"):
        grids.grid(torch.empty(0, 1, 28, 28))
    with pytest.raises(ValueError, match="no step"):
        plots.curves([])


def test_pictures_carry_an_alternative_text():
    picture = grids.grid_picture(torch.zeros(4, 1, 28, 28), "four grey squares")
    data, about = picture._repr_mimebundle_()
    assert Image.open(io.BytesIO(data["image/png"])).size == (124, 124)
    assert data["text/plain"] == about["image/png"]["alt"] == "four grey squares"


def test_smooth_is_a_trailing_mean():
    values = np.random.default_rng(0).normal(size=60)
    expected = [values[max(0, i - 24) : i + 1].mean() for i in range(60)]
    assert np.allclose(plots.smooth(values), expected)


def test_curves_draw_the_history_and_say_where_it_ends():
    history = [record(step, step / 10) for step in range(1, 41)]
    figure = plots.curves(history)
    lines = figure.axes[0].lines
    assert lines[0].get_xdata()[-1] == 40
    assert np.allclose(lines[0].get_ydata(), plots.smooth([r.loss_discriminator for r in history]))
    assert "discriminator 2.80, generator -2.80" in figure.alt
    assert figure.axes[1].get_title() == "The discriminator's accuracy"
    png = figure.picture().png
    assert Image.open(io.BytesIO(png)).width > 900
    assert not Image.open(io.BytesIO(png)).convert("L").getextrema()[0] == 255  # not blank


def test_rows_of_images_stand_behind_their_names(few):
    rows = {"three": few.images[:3], "five": few.images[3:8]}
    figure = plots.rows_of_images(rows, "two rows", columns=5)
    assert [axes.get_ylabel() for axes in figure.axes] == ["three", "five"]
    shown = np.asarray(figure.axes[1].images[0].get_array())
    assert np.array_equal(shown, np.asarray(grids.grid(few.images[3:8], columns=5)))
    assert figure.picture().alt == "two rows"


def test_a_heat_map_tells_by_arrows_and_words_what_it_tells_by_colour():
    values, off = [[12.345, 0.5], [98.7, 50.0]], [[2.9, -40.0], [7.4, 0.0]]
    figure = plots.heat_map(values, off, ["blur", "noise"], ["distance", "judge, grey levels"])
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert figure.axes[0].get_xticklabels()[1].get_text() == "judge, grey\nlevels"
    assert texts == ["12.3", "0.5\n▼ 40", "98.7\n▲ 7", "50"]
    shades = np.asarray(figure.axes[0].images[0].get_array())
    assert shades[0, 0] == shades[1, 1] == 0 < shades[1, 0] < shades[0, 1]
    assert "blur: judge, grey levels; noise: distance." in figure.alt


def test_balls_reach_to_the_kth_nearest_real_point():
    real = torch.tensor([[0.0, 0.0], [1.0, 0.0], [5.0, 0.0]])
    figure = plots.balls(real, {"one": torch.zeros(1, 2), "two": torch.ones(2, 2)}, k=1)
    assert [patch.radius for patch in figure.axes[0].patches] == [1.0, 1.0, 4.0]
    assert [len(axes.lines[1].get_xdata()) for axes in figure.axes] == [1, 2]
    assert "one, two" in figure.alt


def test_tall_curves_show_the_course_that_was_left_as_well():
    history = [record(step, 1.0) for step in range(1, 40)]
    left = [record(step, 2.0) for step in range(1, 60)]
    figure = plots.tall_curves(history, left)
    assert len(figure.axes) == 3 and "39 steps" in figure.alt
    for axes in figure.axes:
        lengths = sorted(len(line.get_xdata()) for line in axes.lines if len(line.get_xdata()) > 2)
        assert lengths == [39, 39, 59, 59]
        assert {line.get_alpha() for line in axes.lines if len(line.get_xdata()) == 59} == {0.35}
    for axes in plots.tall_curves(history).axes:
        assert max(len(line.get_xdata()) for line in axes.lines) == 39


def test_a_film_has_every_picture_and_begins_again():
    sheets = [grids.grid(torch.full((4, 1, 28, 28), v)) for v in (-1.0, -0.5, 0.0, 0.5)]
    film = Image.open(io.BytesIO(grids.to_gif(sheets, milliseconds=50)))
    assert film.n_frames == 4 and film.info["loop"] == 0 and film.info["duration"] == 50
    for index, sheet in enumerate(sheets):
        film.seek(index)
        assert np.array_equal(np.asarray(film.convert("L")), np.asarray(sheet))
