"""While a cell waits for a training its widgets live; and Jupyter's ■ pauses it at any time."""

import re
import time

import driver
import nbformat
import pytest

expect = pytest.importorskip("playwright.sync_api").expect

RUNS, HAS_RUN = re.compile(r"\[\*\]:"), re.compile(r"\[\d+\]:")


@pytest.fixture(scope="module")
def page(run_notebook):
    """Run All of the notebook's cells that make a session and wait for it, while it trains."""
    path = driver.notebook("The training loop")
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    used = ("import ", "data.load", "Session(", "session.finished()")
    sources = [c.source for c in cells if any(words in c.source for words in used)]
    page = run_notebook(sources, wait=False)
    expect(page.locator(".gan-panel")).to_be_visible(timeout=120_000)
    return page


@pytest.fixture
def panel(page):
    return page.locator(".gan-panel").last


def prompt(page):
    return page.locator(".jp-CodeCell .jp-InputPrompt").last


def says(panel, words):
    expect(panel.get_by_role("status")).to_contain_text(words)


def press(panel, name):
    panel.get_by_role("button", name=re.compile(f"{name}$")).click()


def test_sliders_and_pause_work_while_the_cell_waits(page, panel, record_property):
    says(panel, "Running")
    expect(panel).to_contain_text("s left")  # a step has been taken
    panel.get_by_role("slider", name="past").focus()
    page.keyboard.press("Home")
    expect(panel).to_contain_text("The past: step 0")
    page.keyboard.press("End")
    expect(panel).to_contain_text("s left")
    expect(prompt(page)).to_have_text(RUNS)  # all that time
    begun = time.perf_counter()
    press(panel, "Pause")
    says(panel, "Paused")
    record_property("seconds from Pause to paused, while a cell waits", time.perf_counter() - begun)
    expect(prompt(page)).to_have_text(HAS_RUN)


def test_the_stop_button_of_jupyter_pauses_the_training_that_a_cell_waits_for(page, panel):
    press(panel, "Start")
    says(panel, "Running")
    last = page.locator(".jp-CodeCell").count() - 1
    cell = driver.begin_cell(page, last)
    expect(prompt(page)).to_have_text(RUNS)
    driver.interrupt(page)
    says(panel, "Paused")
    expect(cell).to_contain_text("KeyboardInterrupt")
    driver.run_cell(page, last)  # it can be run again, and has nothing to wait for


def test_the_stop_button_of_jupyter_pauses_also_where_no_cell_runs(page, panel):
    press(panel, "Start")
    says(panel, "Running")
    driver.until_idle(page)
    driver.interrupt(page)
    says(panel, "Paused")
