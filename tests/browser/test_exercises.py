"""An exercise, a prediction and the game, as somebody uses them with a keyboard."""

import driver
import nbformat
import pytest

expect = pytest.importorskip("playwright.sync_api").expect

CELLS = [
    "import torch\nfrom gan_lib.exercises import check, predict, progress, reveal",
    "def scale(levels):\n    return ...",
    'check("scale", scale)',
    'predict("never-drawn")',
    'reveal("never-drawn", 0.368, "37 %")',
    'progress("Data")',
    "from gan_lib import data\n"
    "from gan_lib.keeping import checkpoints\n"
    "from gan_lib.sources.bundled import resource\n"
    "from gan_lib.exercises.which_row import WhichRow\n"
    'WhichRow(checkpoints.read(resource("quick.safetensors")), data.load("mnist"))',
]
HINT = "<details><summary>Hint</summary>\n\nDivide.\n\n```python\nreturn 1\n```\n\n</details>"


@pytest.fixture(scope="module")
def page(browser, lab):
    path = lab.folder / "exercises.ipynb"
    driver.write_notebook(path, CELLS)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell(HINT))
    nbformat.write(notebook, path)
    opened, errors = driver.open_page(browser, lab.url(path.name))
    driver.run_cell(opened, 0)
    yield opened
    assert not errors
    opened.close()
    lab.stop_kernels()


def said_of(page, body):
    """What the check says once the function has that body."""
    cell = page.locator(".jp-CodeCell").nth(1)
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(f"def scale(levels):\n    return {body}")
    driver.run_cell(page, 1)
    return driver.run_cell(page, 2).locator(".jp-OutputArea-output")


def test_the_check_says_what_is_wrong_and_then_that_it_is_right(page):
    expect(said_of(page, "...")).to_contain_text("Not yet. The blank is still there")
    expect(said_of(page, "levels.unsqueeze(1) / 255")).to_contain_text("range [0, 1]")
    expect(said_of(page, "levels.unsqueeze(1).float() / 127.5 - 1")).to_have_text("Right.")


def test_a_prediction_is_made_with_the_keyboard_and_stands_beside_the_outcome(page):
    cell = driver.run_cell(page, 3)
    button = cell.get_by_role("button", name="Predict")
    expect(button).to_be_disabled()
    cell.get_by_role("radio", name="about one in ten").focus()
    page.keyboard.press("Space")
    expect(button).to_be_enabled()
    button.focus()
    page.keyboard.press("Enter")
    expect(cell).to_contain_text("You predict: about one in ten")
    outcome = driver.run_cell(page, 4).locator(".jp-OutputArea-output")
    expect(outcome).to_contain_text("So it is: more than a third. You predicted: about one in ten")
    table = driver.run_cell(page, 5).locator(".jp-OutputArea-output")
    expect(table).to_contain_text("1 of 5 made, 0 of them right")


def test_the_game_can_be_played_again(page):
    cell = driver.run_cell(page, 6)
    picture = cell.get_by_role("img", name="Two rows of digits: one row is real, one is generated")
    expect(picture).to_be_visible()
    first = picture.get_attribute("src")
    cell.get_by_role("button", name="The upper row is real").click()
    expect(cell).to_contain_text("After 1 round: you")
    cell.get_by_role("button", name="Another round").click()
    expect(picture).not_to_have_attribute("src", first)
    expect(cell.get_by_role("button", name="The lower row is real")).to_be_enabled()


def test_a_hint_unfolds_with_the_enter_key_and_shows_its_code(page):
    details = page.locator(".jp-MarkdownCell details")
    expect(details.locator("code")).not_to_be_visible()
    details.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(details.locator("code")).to_be_visible()
