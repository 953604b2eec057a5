"""Fixtures of the tests of what only a browser can show."""

import io
import secrets
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))
import driver  # noqa: E402  (from this folder, which benchmarks use as well)

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="package")
def browser():
    """The Chromium of this machine. The tests are skipped where there is none."""
    pytest.importorskip("playwright")
    try:
        with driver.chromium() as chromium:
            yield chromium
    except driver.NoBrowser as error:
        pytest.skip(str(error))


@pytest.fixture(scope="package")
def lab(tmp_path_factory):
    """A JupyterLab: its folder, and the URL of a file in it."""
    pytest.importorskip("jupyterlab")
    folder = tmp_path_factory.mktemp("lab")
    with driver.jupyterlab(folder, tmp_path_factory.mktemp("settings")) as url:
        yield folder, url


@pytest.fixture(scope="package")
def course(lab):
    """The notebooks as committed but for their outputs, in the JupyterLab, beside the resources."""
    folder, _ = lab
    (folder / "notebooks").mkdir()
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":  # what is on the page afterwards is then of this run
                cell.outputs, cell.execution_count = [], None
        notebook.metadata.pop("widgets", None)
        nbformat.write(notebook, folder / "notebooks" / path.name)
    (folder / "resources").symlink_to(ROOT / "resources", target_is_directory=True)


@pytest.fixture(scope="module")
def pages(browser):
    """A function that opens the URL of a notebook and returns its page.

    At the end the module fails if a cell raised, or a page logged an error of its own.
    """
    opened = []

    def open_page(url: str):
        opened.append(driver.open_page(browser, url))
        return opened[-1][0]

    yield open_page
    for page, errors in opened:
        raised = page.locator("[data-mime-type='application/vnd.jupyter.error']")
        assert raised.count() == 0, raised.first.inner_text()
        page.close()
        assert not errors


@pytest.fixture(scope="module")
def run_course_notebook(pages, lab, course):
    """A function that runs all cells of a notebook of the course, and returns its page."""

    def run(name: str, wait: bool = True):
        page = pages(lab[1](f"notebooks/{name}.ipynb"))
        driver.run_all(page, wait)
        return page

    return run


@pytest.fixture(scope="module")
def run_notebook(pages, lab):
    """A function that runs code cells as a notebook in JupyterLab, and returns its page."""
    folder, url = lab

    def run(cells: list[str]):
        name = f"{secrets.token_hex(4)}.ipynb"  # each has a kernel of its own
        driver.write_notebook(folder / name, cells)
        page = pages(url(name))
        driver.run_all(page)
        return page

    return run


@pytest.fixture(scope="session")
def on_screen():
    """A function: the pixels of an element as they are on the screen."""

    def look(picture) -> np.ndarray:
        picture.evaluate("image => image.decode?.()")  # so that it is there, not about to come
        shot = np.asarray(Image.open(io.BytesIO(picture.screenshot())).convert("RGB")).astype(int)
        return shot[2:-2, 2:-2]  # at its edges, a half of a pixel may be the page's

    return look
