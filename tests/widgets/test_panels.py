"""The other panels without a browser: what their pictures and words do when a control moves."""

import asyncio
import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from ipywidgets import IntSlider
from PIL import Image
from seen import on

from gan_lib.belief import confidence
from gan_lib.data import ImageSet
from gan_lib.length import Length
from gan_lib.pictures import grids, verdict_pictures
from gan_lib.recipes import QUICK
from gan_lib.state import new_state
from gan_lib.training import train
from gan_lib.widgets import paced as pacing
from gan_lib.widgets.confidence_scrubber import ConfidenceScrubber
from gan_lib.widgets.digit_browser import DigitBrowser
from gan_lib.widgets.flipbook import Flipbook
from gan_lib.widgets.paced import Paced, PlayButton
from gan_lib.widgets.training_view import TrainingView

SMALL = replace(QUICK, batch_size=16)


def states(images: ImageSet, steps: int):
    yield from train(new_state(SMALL, images, device="cpu", threads=1), images, Length(steps=steps))


def cells(sheet: np.ndarray, images: ImageSet, scale: int):
    """The images of a sheet of ten columns, one after the other."""
    _, height, width = images.shape
    sheet = sheet[::scale, ::scale]
    for top in range(2, sheet.shape[0], height + 2):
        for left in range(2, sheet.shape[1], width + 2):
            yield sheet[top : top + height, left : left + width]


def test_the_browser_leafs_through_every_image_of_each_class_that_is_there(images):
    browser = DigitBrowser(images, per_page=10)
    names = {} if images.labels is None else dict(browser.classes.options)
    assert len(names) == (0 if images.labels is None else len(images.labels.unique()))
    for name, label in (names or {"": None}).items():
        if name:
            browser.classes.value = label
        found = images.images if label is None else images.images[images.labels == label]
        assert (browser.page.value, browser.page.max) == (1, -(-len(found) // 10))
        browser.page.value = browser.page.max
        last = found[10 * (browser.page.max - 1) :]
        scale = 56 // images.shape[1]
        for shown, expected in zip(cells(on(browser.picture), images, scale), grids.pixels(last)):
            assert np.array_equal(shown, expected)
        assert f"of {len(found)}" in browser.caption.value and browser.page in browser.children
    assert (browser.classes in browser.children) == bool(names)
    assert browser.shown().png == browser.picture.value and len(browser.shown().alt) > 20


def test_names_of_classes_are_no_html(colours):
    browser = DigitBrowser(colours)
    assert "<b>&lt;0&gt; &amp; co</b>" in browser.caption.value


def test_the_view_of_a_training_keeps_every_record_and_draws_the_last_one(images):
    view = TrainingView()
    for state in states(images, steps=6):
        view.update(state)
    assert [record.step for record in view.history] == [1, 2, 3, 4, 5, 6]
    first = view.curves.value
    view.draw(state)
    assert "step <b>6</b>" in view.caption.value
    made = grids.pixels(state.fixed_images())
    assert all(
        np.array_equal(*pair) for pair in zip(cells(on(view.samples), images, 1), made, strict=True)
    )
    assert view.curves.value != first


def test_a_drawing_rests_so_long_that_it_takes_its_share_and_no_more(monkeypatch):
    drawn, now = [], [0.0]

    def draw():
        drawn.append(now[0])
        now[0] += 0.2  # what the drawing takes

    monkeypatch.setattr(pacing.time, "monotonic", lambda: now[0])
    paced = Paced(draw, share=1 / 21)
    for _ in range(10):
        now[0] += 1.0
        paced()
    assert len(drawn) == 3  # in ten steps of a second: after 1 s, and then after 20 x 0.2 s of rest
    assert (np.diff(drawn) >= 0.2 + 20 * 0.2 - 1e-9).all()
    quick = Paced(lambda: drawn.append(now[0]), share=0.5, least=0.5)
    drawn.clear()
    for _ in range(20):
        now[0] += 0.1
        quick()
    assert len(drawn) == 4  # however quick the drawing is


def test_the_scrubber_moves_verdicts_curves_and_words_together(images):
    moments, history = [], []
    for state in states(images, steps=9):
        history.append(state.record)
        if state.step % 3 == 0:
            halves = images.part(slice(32)), images.part(slice(32, 64))
            moments.append(confidence.moment(state, *halves))
    scrubber = ConfidenceScrubber(moments, history)
    assert "step <b>9</b>" in scrubber.caption.value  # it begins at the end
    seen = []
    for index, moment in enumerate(moments):
        scrubber.slider.value = index
        assert f"step <b>{moment.step}</b>" in scrubber.caption.value
        right = (moment.logits_real > 0).float().mean()
        assert f"about {right:.0%} of the real" in scrubber.caption.value
        assert scrubber.curves.value == scrubber.timeline.at(index).png
        parts = (moment.x_real, moment.x_fake, moment.logits_real, moment.logits_fake)
        expected = verdict_pictures.bars(*(part[:10] for part in parts), width=420)
        assert scrubber.verdicts.value == expected.png
        seen.append((scrubber.verdicts.value, scrubber.curves.value))
    assert len(set(seen)) == 3
    beside = scrubber.shown()
    widths = [on(widget).shape[1] for widget in (scrubber.verdicts, scrubber.curves)]
    assert beside.image().width == sum(widths) and "Step 9 of 9" in beside.alt


def test_a_flipbook_and_a_film_show_pictures_in_their_colours(images):
    sheets = [grids.grid(images.images[i : i + 4]) for i in range(5)]
    book = Flipbook([grids.to_png(sheet) for sheet in sheets], "page")
    for number, sheet in enumerate(sheets):
        book.slider.value = number
        assert np.array_equal(on(book.picture), np.asarray(sheet))
    with Image.open(io.BytesIO(grids.to_gif(sheets))) as film:
        assert film.n_frames == 5 and film.size == sheets[0].size
        frame = np.asarray(film.convert("RGB")).astype(int)
    in_colour = np.ptp(frame, axis=2).max() > 100
    assert in_colour == (images.shape[0] == 3)


def test_play_goes_round_and_round_until_it_is_pressed_again():
    slider = IntSlider(value=2, max=2)
    button, seen = PlayButton(slider, milliseconds=1), []

    async def watch():
        arrived = asyncio.Event()

        def note(change):
            seen.append(change.new)
            if len(seen) == 5:
                button.value = False
                arrived.set()

        slider.observe(note, "value")
        button.value = True
        assert button.icon == "stop"
        await asyncio.wait_for(arrived.wait(), 60)
        await asyncio.sleep(0.02)

    asyncio.run(watch())
    assert seen == [0, 1, 2, 0, 1] and button.icon == "play"


def test_pressed_twice_quickly_it_does_not_play_twice():
    slider = IntSlider(max=1000)
    button = PlayButton(slider, milliseconds=10)

    async def press():
        for value in (True, False, True):  # the first has not looked yet
            button.value = value
        await asyncio.sleep(0.05)
        playing = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        button.value = False
        await asyncio.gather(*playing)
        return len(playing)

    assert asyncio.run(press()) == 1


@pytest.mark.parametrize("make", [lambda: TrainingView(), lambda: DigitBrowser(ImageSet(
    torch.zeros(3, 1, 20, 20, dtype=torch.uint8)))])  # fmt: skip
def test_a_panel_names_its_pictures(make):
    assert all(len(name) > 10 for name in make().names.pictures)
