"""A real JupyterLab and a real Chromium, for the tests of what only a browser can show."""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time

import nbformat
import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SETTINGS = {
    # All cells are rendered, also those out of sight.
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


@pytest.fixture(scope="package")
def browser():
    """The Chromium of this machine. The tests are skipped where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api")
    sync_api.expect.set_options(timeout=30_000)  # a slow machine is no defect
    with sync_api.sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, BROWSERS)), None)
        try:  # without a path it is the one that `playwright install` has put somewhere
            chromium = playwright.chromium.launch(executable_path=path)
        except sync_api.Error:
            pytest.skip("no Chromium starts here; on Debian: apt-get install chromium")
        yield chromium


@pytest.fixture(scope="package")
def lab(tmp_path_factory):
    """A JupyterLab with a token of its own: its folder, and the URL of a file in it."""
    pytest.importorskip("jupyterlab")
    folder, settings = tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("settings")
    for name, content in SETTINGS.items():
        path = settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    token = secrets.token_hex(16)
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=0",
        f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}",
    ]  # fmt: skip
    log = folder.parent / "lab.log"
    with log.open("w") as file:
        # Nothing of the developer's own JupyterLab is read or changed.
        places = ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "JUPYTER_CONFIG_DIR")
        environment = os.environ | dict.fromkeys(places, str(settings))
        server = subprocess.Popen(command, stdout=file, stderr=file, env=environment)
    try:
        deadline = time.monotonic() + 60
        while not (found := re.search(r"http://(?:localhost|127\S+?):(\d+)/lab", log.read_text())):
            assert server.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        base = f"http://localhost:{found[1]}/lab/tree"
        yield folder, lambda name: f"{base}/{name}?token={token}&reset"
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture
def run_notebook(browser, lab, request):
    """A function that runs code cells as a notebook in JupyterLab, and returns its page.

    The test fails afterwards if a cell raised, or the page logged an error of its own.
    """
    folder, url = lab
    opened = []

    def run(cells: list[str]):
        name = f"{request.node.name}.ipynb"  # each test has a kernel of its own
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(notebook, folder / name)
        page, errors = browser.new_page(viewport={"width": 1400, "height": 1600}), []
        opened.append((page, errors))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url(name))
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        # The kernel is idle before cells are run, or JupyterLab may drop the order to run them.
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=60_000)
        page.locator(".jp-CodeCell").first.click()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        last = page.locator(".jp-CodeCell").last.locator(".jp-InputPrompt")
        page.wait_for_function(
            "prompt => /\\[\\d+\\]:/.test(prompt.textContent)",
            arg=last.element_handle(),
            timeout=120_000,
        )
        return page

    yield run
    for page, errors in opened:
        raised = page.locator("[data-mime-type='application/vnd.jupyter.error']")
        assert raised.count() == 0, raised.first.inner_text()
        page.close()
        assert not errors
