"""The playground in JupyterLab: press each button, and see points move."""

import re
import time

import driver
import pytest
from driver import changed, step_of

expect = pytest.importorskip("playwright.sync_api").expect
PLANE = "The plane: the discriminator's map"
CELLS = ["from gan_lib.widgets.playground import Playground\nplayground = Playground()\nplayground"]

WIDTHS = """() => [...document.querySelectorAll(".gan-panel")]
    .map(panel => [panel.scrollWidth, panel.clientWidth])"""
# Counts the pictures that come, in the page itself.
COUNT = """picture => { window.pictures = 0;
    picture.addEventListener("load", () => { window.pictures += 1; }); }"""


@pytest.fixture(scope="module")
def page(run_notebook):
    return run_notebook(CELLS)


def button(page, name):
    return page.get_by_role("button", name=re.compile(f"{name}$")).last


def picture(page):
    return page.get_by_role("img", name=re.compile(PLANE)).last


def test_each_step_moves_what_it_should(page, on_screen):
    before, source = on_screen(picture(page)), picture(page).get_attribute("src")
    button(page, "Step D").click()
    source = changed(picture(page), source)
    of_d = on_screen(picture(page))
    button(page, "Step G").click()
    source = changed(picture(page), source)
    of_g = on_screen(picture(page))
    orange = [
        (x[..., 0] > 190) & (x[..., 1] < 110) & (x[..., 2] < 40) for x in (before, of_d, of_g)
    ]
    assert (orange[0] != orange[1]).sum() < 0.05 * orange[0].sum()  # D's map alone has changed
    assert (orange[1] != orange[2]).sum() > 0.1 * orange[1].sum()  # the crosses have moved
    button(page, "Step both").click()
    changed(picture(page), source)
    expect(page.get_by_text(re.compile("step 3"))).to_be_visible()


def test_slow_motion_shows_code_and_comes_back_by_keyboard(page):
    slow = button(page, "Slow motion")
    slow.focus()
    for words in ("1. G makes points", "2. D judges", "3. D's loss", "4. D learns"):
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").last).to_contain_text(words)
        expect(page.locator(".gan-code mark").last).to_be_visible()
    assert "descend(" in page.locator(".gan-code mark").last.inner_text()
    button(page, "Step both").click()
    expect(page.locator(".gan-code").last).not_to_be_visible()


def test_it_runs_with_many_pictures_and_goes_back(page, record_property):
    picture(page).evaluate(COUNT)
    begun, first = time.monotonic(), step_of(page)
    button(page, "Start").click()
    time.sleep(5)
    button(page, "Pause").click()
    expect(page.get_by_role("status").last).to_contain_text("Paused")
    seconds = time.monotonic() - begun
    shown = page.evaluate("window.pictures")
    record_property("pictures a second", shown / seconds)
    record_property("steps a second", (step_of(page) - first) / seconds)
    assert shown > 5 and step_of(page) > first + 20
    page.get_by_role("slider", name="past").last.focus()
    source = picture(page).get_attribute("src")
    page.keyboard.press("Home")
    changed(picture(page), source)
    button(page, "Go back here").click()
    expect(page.get_by_text(re.compile("step 0"))).to_be_visible()


def test_a_choice_begins_a_new_game(page):
    source = picture(page).get_attribute("src")
    page.get_by_label("real").last.select_option("two moons")
    source = changed(picture(page), source)
    button(page, "Step both").click()
    source = changed(picture(page), source)
    button(page, "New game").click()
    changed(picture(page), source)
    expect(page.get_by_text(re.compile("step 0"))).to_be_visible()


def test_one_can_draw_what_is_real(page):
    page.get_by_label("real").last.select_option("your drawing")
    pad = page.get_by_role("application").last
    expect(page.get_by_role("status").last).to_contain_text("Nothing is drawn yet")
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 110)
    page.mouse.down()
    page.mouse.move(box["x"] + 190, box["y"] + 110, steps=10)
    page.mouse.up()
    source = picture(page).get_attribute("src")
    button(page, "New game").click()
    changed(picture(page), source)
    expect(page.get_by_role("status").last).to_contain_text("Ready")


def test_it_fits_a_small_laptop(page):
    page.get_by_label("real").last.select_option("ring of 8")
    panel = page.locator(".gan-panel").first.bounding_box()
    room = page.locator(".jp-WindowedPanel-outer, .jp-Notebook").first.bounding_box()
    assert panel["height"] <= room["height"] and panel["width"] <= driver.LAPTOP["width"]
    ends = page.evaluate(WIDTHS)
    assert all(wide <= there + 1 for wide, there in ends)
