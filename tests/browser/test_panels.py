"""The panels as a person uses them, on a laptop's screen: with keys, in JupyterLab."""

import re
import time

import driver
import numpy as np
import pytest

expect = pytest.importorskip("playwright.sync_api").expect

CELLS = [
    """
import torch
import torch.nn.functional as F
from IPython.display import display
from gan_lib import data
from gan_lib.belief import confidence
from gan_lib.data import ImageSet
from gan_lib.keeping import checkpoints
from gan_lib.keeping.session import Session
from gan_lib.length import Length
from gan_lib.pictures import grids
from gan_lib.recipes import CLUSTERED, CONDITIONAL, QUICK
from gan_lib.sources.bundled import resource
from gan_lib.state import new_state
from gan_lib.training import train
from gan_lib.widgets.confidence_scrubber import ConfidenceScrubber
from gan_lib.widgets.dashboard import Dashboard
from gan_lib.widgets.digit_browser import DigitBrowser
from gan_lib.widgets.explorer import LatentExplorer
from gan_lib.widgets.finder import DigitFinder
from gan_lib.widgets.flipbook import Flipbook

mnist, held_out = data.load("mnist", "train"), data.load("mnist", "test")
x = F.pad(mnist.images[:600], (2, 2, 2, 2))
names = tuple(f"<{name}> & co" for name in mnist.classes)
colours = ImageSet(torch.cat([x, x.roll(1, 0), x.roll(2, 0)], 1), mnist.labels[:600], names)
""",
    """
real, unseen = mnist.part(slice(100)), held_out.part(slice(100))
moments, history = [], []
for state in train(new_state(QUICK, mnist), mnist, Length(steps=40)):
    history.append(state.record)
    if state.step % 10 == 0:
        moments.append(confidence.moment(state, real, unseen))
ConfidenceScrubber(moments, history)
""",
    """
book = Flipbook([grids.to_png(grids.grid(colours.images[i : i + 4])) for i in range(6)], "page")
display(book, book)
""",
    "DigitBrowser(mnist)",
    'LatentExplorer(checkpoints.read(resource("conditional.safetensors")))',
    """
session = Session(new_state(CONDITIONAL, colours), colours, Length(steps=2))
display(Dashboard(session))
session.start()
state = await session.finished()
""",
    """
finder = DigitFinder(checkpoints.Checkpoint.of(state), colours)
finder.take(2)
finder.find(3)
finder
""",
    """
state = new_state(CLUSTERED, mnist.part(slice(4000)))
LatentExplorer(checkpoints.Checkpoint.of(state))
""",
]


@pytest.fixture(scope="module")
def page(run_notebook):
    return run_notebook(CELLS)


def of_cell(page, number):
    return page.locator(".jp-CodeCell").nth(number).locator(".gan-panel")


def changed(picture, before):
    expect(picture).not_to_have_attribute("src", before)
    return picture.get_attribute("src")


def test_the_slider_moves_verdicts_curves_and_words(page, on_screen, record_property):
    scrubber = of_cell(page, 1)
    pictures, caption = scrubber.locator(".widget-image"), scrubber.get_by_text("right about")
    slider = scrubber.get_by_role("slider", name="moment")
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
            changed(picture, source)
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
        changed(picture, source)
    expect(caption).to_have_text(re.compile(r"right about \d+% of the real and \d+% of the gen"))
    for picture, before in zip(pictures.all(), seen[40]):
        assert np.array_equal(on_screen(picture), before)  # back where it began
    milliseconds = ", ".join(f"{ms:.0f}" for ms in waited)
    record_property("milliseconds from key to picture of the scrubber", milliseconds)


def test_the_play_button_goes_through_the_training(page):
    scrubber = of_cell(page, 1)
    caption = scrubber.get_by_text("right about")
    expect(caption).to_contain_text("step 40")  # it stands at the end, and begins again from there
    play = scrubber.get_by_title("play, or stop")
    play.click()
    for step in (10, 20, 30, 40, 10):
        expect(caption).to_contain_text(f"step {step}")
    play.click()


def test_pictures_that_are_shown_twice_play_in_both_places(page):
    books = of_cell(page, 2)
    expect(books).to_have_count(2)
    pictures = books.get_by_role("img", name="One picture of the page").all()
    sources = [picture.get_attribute("src") for picture in pictures]
    books.last.get_by_title("play, or stop").click()
    for _ in range(4):  # one press, and it goes on
        sources = [changed(picture, source) for picture, source in zip(pictures, sources)]
    books.first.get_by_title("play, or stop").click()


def test_end_is_the_last_page_of_each_class(page):
    browser = of_cell(page, 3)
    slider = browser.get_by_role("slider", name="page")
    for digit in ("0", "5", "1"):
        browser.get_by_role("button", name=digit, exact=True).click()
        expect(browser).to_contain_text(f"class {digit}, images 1 to 40 of")
        slider.focus()
        page.keyboard.press("End")
        last = re.compile(r"to ([\d,]+) of \1$")
        expect(browser.get_by_text(re.compile("images [1-9]"))).to_have_text(last)


def test_a_cluster_is_chosen_by_its_mean_image(page):
    explorer = of_cell(page, 7)
    sheet = explorer.get_by_role("slider", name="cluster")
    frame, image = explorer.locator(".gan-frame"), explorer.get_by_role("img", name="generated")
    sheet.scroll_into_view_if_needed()
    box, sent = sheet.bounding_box(), sheet.locator("img").get_attribute("src")
    columns = round(box["width"] / frame.bounding_box()["width"])
    assert columns > 35 and int(sheet.get_attribute("aria-valuemax")) > 150
    side, source = box["width"] / columns, image.get_attribute("src")

    def chosen(number, source):
        """That this cluster is chosen and in the frame; and the large picture, a new one."""
        expect(sheet).to_have_attribute("aria-valuetext", f"cluster {number}")
        expect(explorer).to_contain_text(f"cluster {number} of")
        at, row, column = frame.bounding_box(), *divmod(number, columns)
        expected = box["x"] + column * side, box["y"] + row * side
        assert (at["x"], at["y"]) == pytest.approx(expected, abs=0.5)
        return changed(image, source)

    page.mouse.click(box["x"] + 11.5 * side, box["y"] + 2.5 * side)
    source = chosen(at := 2 * columns + 11, source)
    for key, way in {"Right": 1, "Down": columns, "Left": -1, "Up": -columns}.items():
        page.keyboard.press(f"Arrow{key}")
        source = chosen(at := at + way, source)
    page.keyboard.press("Home")
    source = chosen(0, source)
    page.keyboard.press("ArrowUp")  # there is none above it
    page.keyboard.press("ArrowRight")
    chosen(1, source)
    assert sheet.locator("img").get_attribute("src") == sent  # the frame alone has moved


@pytest.mark.parametrize(
    "number, what",
    [(1, "scrubber"), (3, "digit browser"), (4, "explorer"), (5, "dashboard"), (6, "finder"),
     (7, "explorer of clusters")],
)  # fmt: skip
def test_a_panel_fits_the_screen_with_the_side_bar_open(page, number, what):
    assert page.viewport_size == driver.LAPTOP
    assert page.locator("#jp-left-stack").bounding_box()["width"] > 200
    seen = page.locator(".jp-NotebookPanel:visible .jp-WindowedPanel-outer").bounding_box()
    panel = of_cell(page, number).first
    panel.scroll_into_view_if_needed()
    box = panel.bounding_box()
    assert box["height"] <= seen["height"], what
    assert box["x"] >= seen["x"] and box["x"] + box["width"] <= seen["x"] + seen["width"]
    assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth"), what
    for inner in panel.locator("img, button, .widget-slider").all():
        if part := inner.bounding_box():  # none where it is hidden
            assert part["x"] + part["width"] <= box["x"] + box["width"] + 1, what


def test_pictures_in_colour_are_in_colour(page, on_screen):
    finder, dashboard = of_cell(page, 6), of_cell(page, 5)
    for picture in (
        finder.get_by_role("img", name="The drawing"),
        dashboard.get_by_role("img", name="verdicts"),
    ):
        red, green, blue = on_screen(picture).transpose(2, 0, 1)
        assert ((red > 200) & (green < 60) & (blue < 60)).any()
    expect(finder).to_contain_text(re.compile(r"Found as a <\d> & co after 3 steps"))
