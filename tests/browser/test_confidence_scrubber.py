"""Notebook 04's slider through a training, as a person uses it: with the keys, in JupyterLab."""

import re
import time

import numpy as np
import pytest

expect = pytest.importorskip("playwright.sync_api").expect

CELLS = [
    """
from gan_lib import data
from gan_lib.belief import confidence
from gan_lib.widgets.views import views
from gan_lib.recipes import QUICK
from gan_lib.training import train

mnist, held_out = data.load("mnist", "train"), data.load("mnist", "test")
real, unseen = mnist.part(slice(100)), held_out.part(slice(100))
moments, history = [], []
for state in train(QUICK, mnist, steps=40):
    history.append(state.record)
    if state.step % 10 == 0:
        moments.append(confidence.moment(state, real, unseen))
""",
    "views.ConfidenceScrubber(moments, history)",
]


def test_the_slider_moves_verdicts_curves_and_words(run_notebook, on_screen, record_property):
    page = run_notebook(CELLS)
    pictures, caption = page.locator(".widget-image"), page.locator(".widget-html-content").last
    slider = page.get_by_role("slider").last
    expect(pictures).to_have_count(2)
    expect(caption).to_contain_text("step 40")
    slider.focus()
    seen, waited = {40: [on_screen(p) for p in pictures.all()]}, []
    for step in (30, 20, 10):
        sources = [p.get_attribute("src") for p in pictures.all()]
        started = time.perf_counter()
        page.keyboard.press("ArrowLeft")
        expect(caption).to_contain_text(f"step {step}")
        for picture, source in zip(pictures.all(), sources):
            expect(picture).not_to_have_attribute("src", source)
        waited.append(1000 * (time.perf_counter() - started))
        seen[step] = [on_screen(p) for p in pictures.all()]
    for number in range(2):  # each position has its own verdicts and its own curves
        shown = [seen[step][number] for step in (10, 20, 30, 40)]
        assert all((a != b).any() for a, b in zip(shown, shown[1:]))
        assert shown[0].std() > 20  # a picture, not an empty frame
    sources = [p.get_attribute("src") for p in pictures.all()]
    page.keyboard.press("End")
    expect(caption).to_contain_text("step 40")
    for picture, source in zip(pictures.all(), sources):
        expect(picture).not_to_have_attribute("src", source)
    expect(caption).to_have_text(re.compile(r"right about \d+% of the real and \d+% of the gen"))
    for picture, before in zip(pictures.all(), seen[40]):
        assert np.array_equal(on_screen(picture), before)  # back where it began
    milliseconds = ", ".join(f"{ms:.0f}" for ms in waited)
    record_property("milliseconds from key to picture", milliseconds)
    print(f"from key to picture: {milliseconds} ms")


def test_the_play_button_goes_through_the_training(run_notebook):
    page = run_notebook(CELLS)
    caption = page.locator(".widget-html-content").last
    expect(caption).to_contain_text("step 40")  # it stands at the end, and begins again from there
    page.locator(".widget-play button").first.click()
    for step in (10, 20, 30, 40, 10):
        expect(caption).to_contain_text(f"step {step}")
