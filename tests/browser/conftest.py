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

# Waits until an image can be painted. One that is replaced meanwhile is no error: the next counts.
DECODED = """async image => {
    for (let tries = 0; image.decode && tries < 100; tries++) {
        try { return await image.decode(); }
        catch { await new Promise(requestAnimationFrame); }
    }
}"""


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
    """A JupyterLab on an empty folder."""
    pytest.importorskip("jupyterlab")
    folders = (tmp_path_factory.mktemp(name) for name in ("lab", "settings"))
    with driver.jupyterlab(*folders) as running:
        yield running


@pytest.fixture(scope="package")
def course(lab):
    """The notebooks as committed but for their outputs, in the JupyterLab, beside the resources."""
    (lab.folder / "notebooks").mkdir()
    for path in (driver.ROOT / "notebooks").glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":  # what is on the page afterwards is then of this run
                cell.outputs, cell.execution_count = [], None
        notebook.metadata.pop("widgets", None)
        nbformat.write(notebook, lab.folder / "notebooks" / path.name)
    (lab.folder / "resources").symlink_to(driver.ROOT / "resources", target_is_directory=True)


@pytest.fixture(scope="module")
def pages(browser, lab):
    """A function that opens a notebook in the lab, and returns its page.

    At the end the module fails if a cell raised, or a page logged an error of its own.
    """
    opened = []

    def open_page(name: str):
        opened.append(driver.open_page(browser, lab.url(name)))
        return opened[-1][0]

    yield open_page
    try:
        for page, errors in opened:
            driver.check(page)
            assert not errors
    finally:
        for page, _ in opened:
            page.close()
        lab.stop_kernels()


@pytest.fixture(scope="module")
def run_course_notebook(pages, course):
    """A function that runs all cells of the notebook of that title, and returns its page."""

    def run(title: str):
        page = pages(f"notebooks/{driver.notebook(title).name}")
        driver.run_all(page)
        return page

    return run


@pytest.fixture(scope="module")
def run_notebook(pages, lab):
    """A function that runs code cells as a notebook in JupyterLab, and returns its page."""

    def run(cells: list[str], wait: bool = True):
        name = f"{secrets.token_hex(4)}.ipynb"  # each has a kernel of its own
        driver.write_notebook(lab.folder / name, cells)
        page = pages(name)
        driver.run_all(page, wait)
        return page

    return run


@pytest.fixture(scope="session")
def on_screen():
    """A function: the pixels of an element as they are on the screen."""

    def look(picture) -> np.ndarray:
        picture.evaluate(DECODED)  # it is there, not about to come
        shot = np.asarray(Image.open(io.BytesIO(picture.screenshot())).convert("RGB")).astype(int)
        return shot[2:-2, 2:-2]  # at its edges, a half of a pixel may be the page's

    return look
