"""A JupyterLab that lacks anywidget's half: what needs it is left out, and all else works."""

import driver
import pytest

expect = pytest.importorskip("playwright.sync_api").expect

CELLS = [
    """
from gan_lib import data
from gan_lib.keeping import checkpoints
from gan_lib.sources.bundled import resource
from gan_lib.widgets.explorer import LatentExplorer
from gan_lib.widgets.finder import DigitFinder

trained = checkpoints.read(resource("conditional.safetensors"))
LatentExplorer(trained)
""",
    'DigitFinder(trained, data.load("mnist", "test"))',
]


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    folders = [tmp_path_factory.mktemp(name) for name in ("lab", "settings")]
    driver.write_notebook(folders[0] / "without.ipynb", CELLS)
    with driver.jupyterlab(*folders, disabled=["anywidget"]) as lab:
        page, _ = driver.open_page(browser, lab.url("without.ipynb"))
        driver.run_all(page)
        yield page
        driver.check(page)
        page.close()
        lab.stop_kernels()


def test_a_sentence_says_what_is_missing_and_what_to_do(page):
    for panel in page.locator(".gan-panel").all():
        said = panel.locator(".gan-missing")
        expect(said).to_contain_text("anywidget disabled")
        expect(said).to_contain_text("jupyter labextension enable anywidget")
        expect(said).to_contain_text("restart JupyterLab")
    text = page.locator("body").inner_text().lower()
    assert "javascript error" not in text and "failed to load" not in text


def test_sliders_live(page):
    panel = page.locator(".gan-panel").first
    digit, slider = panel.locator("img").first, panel.get_by_role("slider").first
    before = digit.get_attribute("src")
    slider.focus()
    page.keyboard.press("Home")
    expect(digit).not_to_have_attribute("src", before)
    expect(panel).to_contain_text("confidence that it is real")


def test_a_real_digit_is_found(page):
    panel = page.locator(".gan-panel").last
    panel.get_by_role("button", name="A real one").click()
    panel.get_by_role("button", name="Find it").click()
    expect(panel).to_contain_text("after 120 steps")
