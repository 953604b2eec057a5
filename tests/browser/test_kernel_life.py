"""What people do to notebooks: run a cell again, close the page, restart the kernel."""

import re

import driver
import pytest

expect = pytest.importorskip("playwright.sync_api").expect

CELLS = [
    """
import threading
from IPython.display import display
from gan_lib import data
from gan_lib.widgets.dashboard import Dashboard
from gan_lib.recipes import QUICK
from gan_lib.keeping.session import Session
from gan_lib.length import Length
from gan_lib.state import new_state

few = data.load("mnist").part(slice(640))
kept = []
""",
    """
session = Session(new_state(QUICK, few), few, Length(steps=10**6))
kept.append(session)
display(Dashboard(session))
session.start()
""",
    """
names = [thread.name for thread in threading.enumerate()].count("gan_lib training")
print("threads:", names, "statuses:", *[each.status for each in kept])
print("rates:", session.state.recipe.generator_rate, session.state.recipe.discriminator_rate)
""",
]


def status(page):
    return page.locator(".gan-panel").get_by_role("status")


def test_a_cell_that_is_run_again_pauses_the_training_that_it_replaces(run_notebook):
    page = run_notebook(CELLS)
    expect(status(page)).to_contain_text("Running")
    driver.run_cell(page, 1)
    expect(status(page)).to_contain_text("Running")
    cell = driver.run_cell(page, 2)
    expect(cell).to_contain_text("threads: 1 statuses: paused running")
    expect(cell).to_contain_text("rates: 0.008 0.002")  # being shown has changed nothing
    page.locator(".gan-panel").get_by_role("button", name="Pause").click()
    expect(status(page)).to_contain_text("Paused")
    cell = driver.run_cell(page, 2)
    expect(cell).to_contain_text("threads: 0 statuses: paused paused")


def test_a_cell_that_raises_fails_the_test_at_once(browser, lab):
    driver.write_notebook(lab.folder / "raises.ipynb", ["1 / 0", "2"])
    page, _ = driver.open_page(browser, lab.url("raises.ipynb"))
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        driver.run_all(page)
    page.close()


def test_a_closed_page_finds_its_training_again(run_notebook):
    page = run_notebook(CELLS)
    expect(status(page)).to_contain_text("Running")
    page.keyboard.press("Control+s")
    page.wait_for_timeout(1500)
    page.reload()
    driver.until_idle(page)
    expect(status(page)).to_contain_text("Running")  # it has gone on, and can be held again
    page.locator(".gan-panel").get_by_role("button", name="Pause").click()
    expect(status(page)).to_contain_text("Paused")


def test_a_restarted_kernel_is_said_on_the_panel(run_notebook):
    page = run_notebook(CELLS)
    expect(status(page)).to_contain_text("Running")
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name=re.compile(r"^Restart Kernel(…|\.\.\.)")).click()
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.wait_for_selector(".gan-panel.jupyter-widgets-disconnected", timeout=60_000)
    said = page.locator(".gan-panel").evaluate("box => getComputedStyle(box, '::after').content")
    assert "Run its cell again" in said
    driver.until_idle(page)
    driver.run_cell(page, 0)
    driver.run_cell(page, 1)
    expect(status(page)).to_contain_text("Running")
    page.locator(".gan-panel").get_by_role("button", name="Pause").click()
    expect(status(page)).to_contain_text("Paused")
