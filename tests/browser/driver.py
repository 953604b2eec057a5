"""A real JupyterLab and a real Chromium, as context managers: for the tests and for a benchmark."""

import json
import os
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
LAPTOP = {"width": 1366, "height": 768}  # the smallest screen that the course is made for
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SETTINGS = {
    # All cells are rendered, also those out of sight.
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}

# The traceback of a cell that has raised, if one has. A warning looks the same but for its text.
RAISED = """() => [...document.querySelectorAll("[data-mime-type$='.stderr']")]
    .map(output => output.textContent).find(text => text.includes("Traceback"))"""

# Counts the milliseconds from a key to the new picture, in the page itself.
STOPWATCH = """picture => {
    window.waited = [];
    let pressed;
    document.addEventListener("keydown", () => { pressed = performance.now(); }, true);
    picture.addEventListener("load", () => requestAnimationFrame(() => {
        if (pressed !== undefined) window.waited.push(performance.now() - pressed);
        pressed = undefined;
    }));
}"""


def notebook(title: str) -> Path:
    """The notebook of the course that has that title."""
    (path,) = (ROOT / "notebooks").glob(f"*_{title.lower().replace(' ', '_')}.ipynb")
    return path


class NoBrowser(Exception):
    """There is no Chromium that starts here. The message says what to do."""


@contextmanager
def chromium() -> Iterator:
    """The Chromium of this machine, driven by Playwright; raises `NoBrowser` without one."""
    from playwright import sync_api

    sync_api.expect.set_options(timeout=30_000)  # a slow machine is no defect
    with sync_api.sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, BROWSERS)), None)
        try:  # without a path it is the one that `playwright install` has put somewhere
            browser = playwright.chromium.launch(executable_path=path)
        except sync_api.Error as error:
            raise NoBrowser("no Chromium starts here; on Debian: apt-get install chromium") from (
                error
            )
        yield browser


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: what it shows, where it is, and its token."""

    folder: Path
    base: str
    token: str

    def url(self, name: str) -> str:
        """Where a file of the lab's folder is shown."""
        return f"{self.base}/lab/tree/{name}?token={self.token}&reset"

    def stop_kernels(self) -> None:
        """End all kernels: one that still trains would slow down all that comes after it."""
        for session in self._ask("GET"):
            self._ask("DELETE", session["id"])

    def _ask(self, method: str, session: str = "") -> list | None:
        request = urllib.request.Request(f"{self.base}/api/sessions/{session}", method=method)
        request.add_header("Authorization", f"token {self.token}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or "null")


@contextmanager
def jupyterlab(folder: Path, scratch: Path, disabled: Sequence[str] = ()) -> Iterator[Lab]:
    """A JupyterLab on `folder`, with a free port and a token, but without `disabled` extensions.

    Nothing of the user's own JupyterLab is read or changed: settings and log are in `scratch`.
    """
    page = {"disabledExtensions": dict.fromkeys(disabled, True)}
    (scratch / "labconfig").mkdir()
    (scratch / "labconfig" / "page_config.json").write_text(json.dumps(page))
    for name, content in SETTINGS.items():
        path = scratch / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    token, log = secrets.token_hex(16), scratch / "lab.log"
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=0",
        f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}",
    ]  # fmt: skip
    places = ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "JUPYTER_CONFIG_DIR")
    environment = os.environ | dict.fromkeys(places, str(scratch))
    with log.open("w") as file:
        server = subprocess.Popen(command, stdout=file, stderr=file, env=environment)
    try:
        deadline = time.monotonic() + 60
        while not (found := re.search(r"http://(?:localhost|127\S+?):(\d+)/lab", log.read_text())):
            assert server.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield Lab(folder, f"http://localhost:{found[1]}", token)
    finally:
        server.terminate()
        server.wait(30)


def write_notebook(path: Path, cells: list[str]) -> None:
    """A notebook of these code cells, with a kernel, so that JupyterLab does not ask for one."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, path)


def open_page(browser, url: str) -> tuple:
    """The page of a notebook with an idle kernel, and a list that gets the page's own errors."""
    page, errors = browser.new_page(viewport=LAPTOP), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: said.type == "error" and errors.append(said.text))
    page.goto(url)
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    until_idle(page)
    return page, errors


def until_idle(page) -> None:
    """Wait until the kernel of the page's notebook has nothing to do."""
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=60_000)


def run_all(page, wait: bool = True, timeout: float = 400_000) -> None:
    """Choose *Run All Cells* from the menu, and wait until the last cell has run.

    Fails as soon as a cell raises, or when the time is over, and says where the notebook stands.
    """
    prompts = page.locator(".jp-CodeCell .jp-InputPrompt")
    first, last = prompts.first.element_handle(), prompts.last.element_handle()

    def order() -> None:
        page.locator(".jp-CodeCell").first.click()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    _until_heard(page, order, r"prompt => !/\[\s\]/.test(prompt.textContent)", first)
    if wait:
        over = rf"prompt => /\[\d+\]:/.test(prompt.textContent) || ({RAISED})()"
        in_time = _within(timeout, page, over, last)
        assert in_time, f"not over in time: {' '.join(prompts.all_inner_texts())}"
        check(page)


def run_cell(page, number: int):
    """Run one cell to its end, and return it."""
    from playwright.sync_api import expect

    cell = begin_cell(page, number)
    expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"))
    return cell


def begin_cell(page, number: int):
    """Run one cell, and return it as soon as it runs, or has run."""
    from playwright.sync_api import expect

    cell = page.locator(".jp-CodeCell").nth(number)
    prompt = cell.locator(".jp-InputPrompt")
    before, shown = prompt.inner_text(), prompt.element_handle()

    def order() -> None:
        cell.locator(".jp-InputArea-editor").click()
        page.keyboard.press("Control+Enter")

    _until_heard(page, order, "([prompt, before]) => prompt.innerText != before", [shown, before])
    expect(prompt).not_to_have_text(before)
    return cell


def step_of(dashboard) -> int:
    """The step that a dashboard says it is at."""
    found = re.search(
        r"step ([\d,]+)", dashboard.get_by_text(re.compile(r"step [\d,]+")).inner_text()
    )
    return int(found[1].replace(",", ""))


def changed(picture, before: str) -> str:
    """Wait until a picture is another than that of the source `before`; its source then."""
    from playwright.sync_api import expect

    expect(picture).not_to_have_attribute("src", before)
    return picture.get_attribute("src")


def interrupt(page) -> None:
    """Do what Jupyter's ■ does."""
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name=re.compile(r"^Interrupt Kernel")).click()


def _until_heard(page, order: Callable[[], None], heard: str, argument) -> None:
    """Give an order, up to three times: JupyterLab silently drops it while its kernel connects."""
    for _ in range(3):
        order()
        if _within(10_000, page, heard, argument):
            return


def _within(milliseconds: float, page, condition: str, argument) -> bool:
    from playwright.sync_api import TimeoutError

    try:
        page.wait_for_function(condition, arg=argument, timeout=milliseconds)
    except TimeoutError:
        return False
    return True


def check(page) -> None:
    """Fail with the traceback if a cell of the page has raised."""
    raised = page.evaluate(RAISED)
    assert raised is None, raised


def summary(milliseconds: list[float]) -> str:
    """How long it took, in words: the median, and what only one move in twenty exceeds."""
    median, worst = statistics.median(milliseconds), statistics.quantiles(milliseconds, n=20)[-1]
    return f"median {median:.0f} ms, 95th percentile {worst:.0f} ms of {len(milliseconds)} moves"
