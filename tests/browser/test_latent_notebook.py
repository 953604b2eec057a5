"""Notebook "The latent space" in JupyterLab: hold a training, explore, play, draw a digit."""

import re

import driver
import numpy as np
import pytest
from driver import changed, step_of

expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture(scope="module")
def page(run_course_notebook):
    return run_course_notebook("The latent space")


def panel_with(page, role, name):
    # A button's icon is a part of its name: only the end of it is what can be read.
    named = page.get_by_role(role, name=re.compile(f"{name}$"))
    return page.locator(".gan-panel").filter(has=named)


@pytest.fixture
def dashboard(page):
    return panel_with(page, "button", "Step both").last


@pytest.fixture
def live(page):
    return panel_with(page, "img", "The generated digit").last


@pytest.fixture
def finder(page):
    return panel_with(page, "button", "Find it")


def press(panel, name):
    button(panel, name).click()


def button(panel, name):
    return panel.get_by_role("button", name=re.compile(f"{name}$"))


def test_the_training_of_the_cell_is_over_and_its_past_can_be_seen(page, dashboard, on_screen):
    expect(dashboard.get_by_role("status")).to_contain_text("Finished")
    verdicts = dashboard.get_by_role("img", name="The discriminator's verdicts")
    end, source, last = on_screen(verdicts), verdicts.get_attribute("src"), step_of(dashboard)
    dashboard.get_by_role("slider", name="past").focus()
    page.keyboard.press("Home")
    changed(verdicts, source)
    expect(dashboard).to_contain_text("step 0")
    noise = on_screen(verdicts)
    assert (noise != end).mean() > 0.1 and last > 20
    page.keyboard.press("End")
    expect(dashboard).to_contain_text(f"step {last:,}")


def test_it_can_be_held_and_the_explorer_stays_usable_while_it_runs(
    page, dashboard, live, record_property
):
    dashboard.get_by_role("slider", name="past").focus()
    page.keyboard.press("Home")
    press(dashboard, "Go back here")
    expect(dashboard.get_by_role("status")).to_contain_text("Ready")
    expect(dashboard).to_contain_text("step 0")

    for number, name in enumerate(("Step both", "Step D", "Step G"), 1):
        press(dashboard, name)
        expect(dashboard).to_contain_text(f"step {number},")

    press(dashboard, "Start")
    expect(dashboard.get_by_role("status")).to_contain_text("Running")
    expect(dashboard).to_contain_text("s left")
    verdicts = dashboard.get_by_role("img", name="The discriminator's verdicts")
    source = changed(verdicts, verdicts.get_attribute("src"))
    changed(verdicts, source)  # it goes on by itself

    digit = live.get_by_role("img", name="The generated digit")
    slider = live.get_by_role("slider", name="direction 1")
    slider.focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(500)
    digit.evaluate(driver.STOPWATCH)
    seen = {digit.get_attribute("src")}
    for count in range(20):
        page.keyboard.press("ArrowRight")
        page.wait_for_function("count => window.waited.length > count", arg=count)
        page.wait_for_timeout(50)  # the training is over in ten seconds on a fast machine
        seen.add(digit.get_attribute("src"))
    assert len(seen) > 15
    expect(dashboard.get_by_role("status")).to_contain_text("Running")
    record_property(
        "key to picture while it trains", driver.summary(page.evaluate("window.waited"))
    )

    press(dashboard, "Pause")
    expect(dashboard.get_by_role("status")).to_contain_text("Paused")
    stands = step_of(dashboard)
    page.wait_for_timeout(500)
    assert step_of(dashboard) == stands > 3
    press(dashboard, "Step G")
    expect(dashboard).to_contain_text(f"step {stands + 1:,},")

    dashboard.get_by_role("slider", name="rate of G").focus()
    page.keyboard.press("PageDown")
    press(dashboard, "Start")
    expect(dashboard.get_by_role("status")).to_contain_text("Running")
    press(dashboard, "Stop")
    expect(dashboard.get_by_role("status")).to_contain_text("Stopped")
    for name in ("Start", "Pause", "Stop", "Step both"):
        expect(button(dashboard, name)).to_be_disabled()


def test_the_walk_plays(page, on_screen):
    walk = panel_with(page, "slider", "frame of the walk")
    picture = walk.get_by_role("img", name="One picture of the frame of the walk")
    begin = on_screen(picture)
    source = picture.get_attribute("src")
    walk.get_by_role("button").first.click()
    for _ in range(5):
        source = changed(picture, source)
    assert (on_screen(picture) != begin).any()
    walk.get_by_role("button").first.click()


def test_a_digit_is_drawn_by_mouse_and_found(page, finder, on_screen):
    press(finder, "Clear")
    seen = finder.get_by_role("img", name="The drawing as an image like the data's")
    found = finder.get_by_role("img", name="The nearest image of the generator")
    blank, source = on_screen(seen), found.get_attribute("src")
    pad = finder.get_by_role("application")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()

    def at(x, y):
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    page.mouse.move(*at(0.3, 0.2))  # a seven
    page.mouse.down()
    page.mouse.move(*at(0.7, 0.2), steps=10)
    page.mouse.move(*at(0.45, 0.85), steps=10)
    page.mouse.up()
    expect(finder).to_contain_text("Then find it")
    page.wait_for_timeout(300)
    drawn = on_screen(seen)
    assert (drawn != blank).mean() > 0.03
    press(finder, "Find it")
    expect(finder).to_contain_text(re.compile(r"Found as a \d after 120 steps"))
    changed(found, source)
    assert "as a 7" in finder.inner_text() or "as a 1" in finder.inner_text()
    page.wait_for_timeout(300)
    near = np.abs(on_screen(found) - drawn).mean()
    assert near < np.abs(blank - drawn).mean()  # nearer to the drawing than a black image is


def test_a_line_is_drawn_with_the_keys(page, finder, on_screen):
    press(finder, "Clear")
    seen = finder.get_by_role("img", name="The drawing as an image like the data's")
    source = seen.get_attribute("src")
    finder.get_by_role("application").focus()
    page.keyboard.press("Space")
    for _ in range(16):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    source = changed(seen, source)
    page.wait_for_timeout(300)
    assert on_screen(seen).max() == 255
    page.keyboard.press("Delete")
    changed(seen, seen.get_attribute("src") and source)
    page.wait_for_timeout(300)
    assert on_screen(seen).max() == 0
