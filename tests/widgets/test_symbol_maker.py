"""What is drawn and kept is a folder of pictures that can be trained on."""

import numpy as np
from seen import on

from gan_lib import data
from gan_lib.pictures import grids
from gan_lib.widgets.symbol_maker import SymbolMaker


def drawing(number):
    pad = np.zeros((112, 112), np.uint8)
    pad[20 + number : 90, 40 : 50 + number] = 255
    return pad


def draw(maker, number, name):
    maker.pad.drawing = drawing(number)
    maker.name.value = name
    maker.keep.click()


def test_drawings_become_a_folder_of_pictures(tmp_path):
    maker = SymbolMaker(tmp_path / "symbols")
    for number in range(20):
        draw(maker, number, "star" if number % 2 else " Herz ä ")
        assert not maker.pad.drawing.any()
    assert "<b>20</b> kept: Herz ä 10, star 10." in maker.words.value
    images = data.load(tmp_path / "symbols")
    assert images.shape == (1, 28, 28) and images.classes == ("Herz ä", "star")
    assert len(images) == 18 and len(data.load(tmp_path / "symbols", "test")) == 2
    first = grids.pixels(grids.from_drawing(drawing(0)))[0]
    assert any(np.array_equal(first, kept[0].numpy()) for kept in images.images)
    assert on(maker.sheet).any() and maker.shown().image().size[0] > 300


def test_another_session_goes_on_where_the_last_one_was_and_takes_back_the_newest(tmp_path):
    maker = SymbolMaker(tmp_path)
    for number, name in enumerate(["star", "star", "moon"]):
        draw(maker, number, name)
    maker = SymbolMaker(tmp_path)
    assert maker.name.options == ("moon", "star") and "<b>3</b>" in maker.words.value
    maker.back.click()
    assert not (tmp_path / "moon").exists()
    draw(maker, 5, "star")
    assert sorted(path.name for path in maker.files) == ["001.png", "002.png", "003.png"]
    for _ in range(5):  # more often than there are drawings
        maker.back.click()
    assert maker.files == [] and "takes at least 16" in maker.words.value


def test_a_drawing_without_a_name_and_a_name_that_is_none_are_not_kept(tmp_path):
    maker = SymbolMaker(tmp_path / "symbols")
    for name in ("", "  ", "../up", ".hidden", "a/b", "a:b", "x" * 40, "Train"):
        draw(maker, 3, name)
        assert maker.words.value.startswith("Say first what it is") and maker.files == []
        assert maker.pad.drawing.any()  # it can be named yet
    maker.clear.click()
    maker.name.value = "star"
    maker.keep.click()
    assert "nothing on the canvas" in maker.words.value
    assert list(tmp_path.iterdir()) == []
