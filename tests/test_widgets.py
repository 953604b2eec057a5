"""The widgets without a browser: what their pictures and words do when a control moves."""

import dataclasses
import io

import numpy as np
from ipywidgets import HTML, Image, IntSlider, ToggleButtons
from PIL import Image as Pillow

from gan_lib.belief import confidence
from gan_lib.pictures import grids, verdict_pictures
from gan_lib.recipes import QUICK
from gan_lib.training import train
from gan_lib.widgets.views import views


def part(box, kind):
    return next(child for child in box.children if isinstance(child, kind))


def pixels(widget):
    return np.asarray(Pillow.open(io.BytesIO(widget.value)))


def test_the_browser_leafs_through_every_image_of_a_class(few):
    box = views.digit_browser(few, per_page=10)
    classes, page, picture = part(box, ToggleButtons), part(box, IntSlider), part(box, Image)
    for digit in range(10):
        classes.value = digit
        found = few.images[few.labels == digit]
        assert page.value == 1 and page.max == -(-len(found) // 10)
        page.value = page.max
        last = found[10 * (page.max - 1) :]
        sheet = pixels(picture)[::2, ::2]
        for column, expected in enumerate(grids.to_uint8(last)):
            shown = sheet[2:30, 2 + 30 * column : 30 + 30 * column]
            assert np.array_equal(shown, expected)
        assert f"of {len(found)}" in part(box, HTML).value


def test_the_view_of_a_training_keeps_every_record_and_draws_the_last_one(few):
    view = views.TrainingView()
    for state in train(dataclasses.replace(QUICK, batch_size=16), few, steps=6):
        view.update(state)
    assert [record.step for record in view.history] == [1, 2, 3, 4, 5, 6]
    first = view.samples.value, view.curves.value
    view.draw(state)
    assert "step <b>6</b>" in view.caption.value
    assert np.array_equal(pixels(view.samples), np.asarray(grids.grid(state.sample(), columns=10)))
    assert view.curves.value != first[1]


def test_a_drawing_rests_so_long_that_it_takes_its_share_and_no_more(monkeypatch):
    drawn, now = [], [0.0]

    def draw():
        drawn.append(now[0])
        now[0] += 0.2  # what the drawing takes

    monkeypatch.setattr(widgets.time, "monotonic", lambda: now[0])
    paced = views.Paced(draw, share=1 / 21)
    for _ in range(10):
        now[0] += 1.0
        paced()
    assert len(drawn) == 3  # in ten steps of a second: after 1 s, and then after 20 x 0.2 s of rest
    assert (np.diff(drawn) >= 0.2 + 20 * 0.2 - 1e-9).all()
    quick = views.Paced(lambda: drawn.append(now[0]), share=0.5, least=0.5)
    drawn.clear()
    for _ in range(20):
        now[0] += 0.1
        quick()
    assert len(drawn) == 4  # however quick the drawing is


def test_the_scrubber_moves_verdicts_curves_and_words_together(few):
    moments, history = [], []
    for state in train(QUICK, few, steps=9):
        history.append(state.record)
        if state.step % 3 == 0:
            moments.append(confidence.moment(state, few.part(slice(64)), few.part(slice(64, 128))))
    scrubber = views.ConfidenceScrubber(moments, history)
    assert "step <b>9</b>" in scrubber.caption.value  # it begins at the end
    seen = []
    for index, moment in enumerate(moments):
        scrubber.slider.value = index
        assert f"step <b>{moment.step}</b>" in scrubber.caption.value
        right = (moment.logits_real > 0).float().mean()
        assert f"about {right:.0%} of the real" in scrubber.caption.value
        assert scrubber.curves.value == scrubber.timeline.at(index).png
        parts = (moment.x_real, moment.x_fake, moment.logits_real, moment.logits_fake)
        expected = verdict_pictures.bars(*(part[:18] for part in parts), width=460)
        assert scrubber.verdicts.value == expected.png
        seen.append((scrubber.verdicts.value, scrubber.curves.value))
    assert len(set(seen)) == 3
