"""Pictures: levels, grids, films, drawings, and that each carries its words."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lib.pictures import grids
from gan_lib.sources.imageset import to_float


def random_levels(count, *shape, seed=1):
    draw = torch.Generator().manual_seed(seed)
    return torch.randint(256, (count, *shape), dtype=torch.uint8, generator=draw)


def test_levels_cover_the_whole_range_and_round():
    x = torch.tensor([-1.0, 0.0, 1.0, -5.0, 5.0, 2 * 37.4 / 255 - 1]).view(6, 1, 1, 1)
    assert grids.pixels(x).flatten().tolist() == [0, 128, 255, 0, 255, 37]


def test_images_of_the_networks_and_of_a_set_are_the_same_pixels(few):
    grey, colour = few.images[:5], random_levels(4, 3, 16, 24)
    assert np.array_equal(grids.pixels(grey), grey[:, 0].numpy())
    assert np.array_equal(grids.pixels(few.floats(slice(5))), grey[:, 0].numpy())
    for x in (colour, to_float(colour)):
        levels = grids.pixels(x)
        assert levels.shape == (4, 16, 24, 3) and levels.dtype == np.uint8
        assert np.array_equal(levels[2, 5, 9], colour[2, :, 5, 9])


def test_grid_puts_each_image_at_its_place():
    x = torch.linspace(-1, 1, 6).view(6, 1, 1, 1).expand(6, 1, 28, 28)
    sheet = np.asarray(grids.grid(x, columns=3, scale=1, gap=2))
    assert sheet.shape == (2 * 30 + 2, 3 * 30 + 2)
    for index, level in enumerate(grids.pixels(x)[:, 0, 0]):
        row, column = divmod(index, 3)
        cell = sheet[2 + 30 * row : 30 + 30 * row, 2 + 30 * column : 30 + 30 * column]
        assert (cell == level).all()
    doubled = np.asarray(grids.grid(x, columns=3, scale=2, gap=2))
    assert np.array_equal(doubled[::2, ::2], sheet)


def test_a_grid_of_colours_is_in_colour_on_the_same_ground():
    x = random_levels(5, 3, 16, 24)
    picture = grids.grid(to_float(x), columns=3, scale=2, gap=4)
    assert picture.mode == "RGB" and picture.size == (2 * (3 * 28 + 4), 2 * (2 * 20 + 4))
    sheet = np.asarray(picture)[::2, ::2]
    for index, image in enumerate(x.permute(0, 2, 3, 1).numpy()):
        top, left = 4 + index // 3 * 20, 4 + index % 3 * 28
        assert np.array_equal(sheet[top : top + 16, left : left + 24], image)
    assert (sheet[:4] == 96).all() and (sheet[-20:, -28:] == 96).all()  # no sixth image


@pytest.mark.parametrize("side, scale", [(16, 4), (28, 2), (32, 2), (64, 1)])
def test_a_picture_for_a_notebook_is_no_larger_for_larger_images(side, scale):
    picture = grids.grid_picture(torch.zeros(100, 3, side, side), "black")
    assert picture.image().width == scale * (10 * (side + 2) + 2) < 800


def test_an_empty_grid_is_refused():
    with pytest.raises(ValueError, match="no image"):
        grids.grid(torch.empty(0, 1, 28, 28))


def test_pictures_carry_an_alternative_text():
    picture = grids.grid_picture(torch.zeros(4, 1, 28, 28), "four grey squares")
    data, about = picture._repr_mimebundle_()
    assert Image.open(io.BytesIO(data["image/png"])).size == (124, 124)
    assert data["text/plain"] == about["image/png"]["alt"] == "four grey squares"


def test_a_film_has_every_picture_and_begins_again():
    sheets = [grids.grid(torch.full((4, 1, 28, 28), v)) for v in (-1.0, -0.5, 0.0, 0.5)]
    film = Image.open(io.BytesIO(grids.to_gif(sheets, milliseconds=50)))
    assert film.n_frames == 4 and film.info["loop"] == 0 and film.info["duration"] == 50
    for index, sheet in enumerate(sheets):
        film.seek(index)
        assert np.array_equal(np.asarray(film.convert("L")), np.asarray(sheet))


def test_a_film_in_colour_keeps_its_colours():
    red, blue = (torch.zeros(1, 3, 16, 16, dtype=torch.uint8) for _ in range(2))
    red[:, 0], blue[:, 2] = 200, 200
    film = Image.open(io.BytesIO(grids.to_gif([grids.grid(red), grids.grid(blue)])))
    for index, colour in enumerate(((200, 0, 0), (0, 0, 200))):
        film.seek(index)
        shown = np.asarray(film.convert("RGB")).astype(int)[8, 8]
        assert np.abs(shown - colour).max() <= 8


def test_pictures_side_by_side_keep_their_colours():
    left = grids.grid(random_levels(1, 3, 16, 16), gap=0)
    right = grids.grid(random_levels(4, 3, 16, 16, seed=2), gap=0)
    both = np.asarray(grids.side_by_side(left, right, gap=3))
    assert both.shape == (32, 16 + 3 + 32, 3)
    assert np.array_equal(both[:16, :16], np.asarray(left))
    assert np.array_equal(both[:, 19:], np.asarray(right))
    assert (both[16:, :19] == 255).all()


def test_a_digit_of_mnist_comes_back_as_it_was_wherever_on_the_sheet_it_stands(few):
    for image in few.images[:200]:
        sheet = np.zeros((400, 500), np.uint8)
        sheet[100:324, 270:494] = image[0].numpy().repeat(8, 0).repeat(8, 1)
        assert torch.equal(grids.from_drawing(sheet)[0], to_float(image))


def test_a_drawing_is_fitted_to_images_of_any_shape():
    sheet = np.zeros((300, 300), np.uint8)
    sheet[20:220, 250:290] = 255  # a stroke, five times as tall as wide
    found = grids.from_drawing(sheet, (3, 64, 32))
    assert found.shape == (1, 3, 64, 32)
    rows, columns = (found[0, 1] > 0.9).nonzero().T
    assert rows.max() - rows.min() + 1 == 23 and columns.max() - columns.min() + 1 == 5  # 32 · 5/7
    assert abs((rows.max() + rows.min()).item() / 2 - 31.5) <= 1
    assert abs((columns.max() + columns.min()).item() / 2 - 15.5) <= 1
    assert (grids.from_drawing(np.zeros((9, 9), np.uint8), (3, 16, 16)) == -1).all()


def test_names_stand_around_a_sheet_and_leave_it_as_it_is():
    sheet = grids.grid(torch.zeros(6, 1, 8, 8), columns=3, scale=5).convert("RGB")
    whole = np.asarray(grids.named(sheet, ["-3", "0", "3"], ["first", "second direction"]))
    assert np.array_equal(whole[20:, -sheet.width :], np.asarray(sheet))
    margin, head = whole[20:, : -sheet.width], whole[:20, -sheet.width :]
    assert all((part < 128).any() for part in np.array_split(margin, 2))
    assert all((part < 128).any() for part in np.array_split(head, 3, axis=1))
    assert grids.named(sheet, ["one"]).width == sheet.width
