"""A class on one server: a real JupyterHub, a real browser for each learner, all at the same time.

python benchmarks/class_on_a_server.py [--learners 1 5 10] [--moves 30]

Each learner signs in, opens *Start here*, runs all of it, and moves the explorer's first slider by
key. Measured: seconds from opening the notebook to the first digit of the explorer, milliseconds
from a key to the new digit while everybody moves, and memory, as what a learner's processes have
of their own and their part of what is shared (PSS, so Linux). The hub is configured by
classroom/gan_course.py, and starts servers as processes of this user. The browsers run on the same
cores, which in a class they do not. Needs `pip install jupyterhub` and `npm install
configurable-http-proxy` (its command in PATH, or named with --proxy). Writes a table.
"""

import argparse
import os
import re
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from report import machine, put

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "tests" / "browser"))
import driver  # noqa: E402

CONFIG = """
load_subconfig({course!r})
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.command = {proxy!r}
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {password!r}
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r} + "/{{username}}"
c.Spawner.args = ["--allow-root"]
c.JupyterHub.concurrent_spawn_limit = 100
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--learners", type=int, nargs="+", default=[1, 5, 10])
    parser.add_argument("--moves", type=int, default=30, help="of the slider, each")
    parser.add_argument("--proxy", default=shutil.which("configurable-http-proxy"))
    args = parser.parse_args()
    if args.proxy is None:
        parser.error("no configurable-http-proxy in PATH: npm install -g configurable-http-proxy")
    lines = [
        f"{machine()}. Browsers on the same cores.",
        "",
        "| learners | signed in, s | to the first digit, s | key to digit, ms | memory each, MB |",
        "|---|---|---|---|---|",
    ]
    for count in args.learners:
        with tempfile.TemporaryDirectory() as folder, hub(Path(folder), args.proxy) as (url, key):
            lines.append(row(Learners(url, key, count, args.moves).measured()))
        print("\n".join(lines), flush=True)
    put(HERE / "README.md", "class", "\n".join(lines) + "\n")


@contextmanager
def hub(folder: Path, proxy: str) -> Iterator[tuple[str, str]]:
    """A running JupyterHub: its address, and the password that all learners have."""
    port, hub_port, api_port = free_ports(3)
    password, homes = secrets.token_hex(8), folder / "homes"
    homes.mkdir()
    config = CONFIG.format(
        course=str(ROOT / "classroom" / "gan_course.py"), port=port, hub_port=hub_port,
        api_port=api_port, proxy=[proxy], password=password, homes=str(homes),
    )  # fmt: skip
    (folder / "jupyterhub_config.py").write_text(config)
    environment = os.environ | {
        "GAN_COURSE": str(ROOT),
        "GAN_COURSE_PYTHON": sys.executable,
        "GAN_COURSE_DATA": os.environ.get("GAN_LIB_DATA", "/srv/data"),
    }
    with (folder / "hub.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub"],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        until_there(f"{url}/hub/login", folder / "hub.log")
        yield url, password
    finally:
        process.terminate()  # the hub stops the learners' servers and the proxy
        process.wait(60)


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def until_there(url: str, log: Path) -> None:
    """Wait until a page answers; fail with the log if it does not within a minute."""
    for _ in range(120):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(log.read_text())


class Learners:
    """So many learners who do the same at the same time, each in a thread with a browser."""

    def __init__(self, url: str, password: str, count: int, moves: int) -> None:
        self.url, self.password, self.count, self.moves = url, password, count, moves
        self.together = threading.Barrier(count, timeout=900)
        self.found: list[dict] = []

    def measured(self) -> list[dict]:
        """What was measured, of each of them. Raises what one of them met."""
        errors = []

        def one(number: int) -> None:
            try:
                self.found.append(self.learn(f"learner{number}"))
            except BaseException as error:
                errors.append(error)
                self.together.abort()

        threads = [threading.Thread(target=one, args=(n,)) for n in range(self.count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise next(e for e in errors if not isinstance(e, threading.BrokenBarrierError))
        return self.found

    def learn(self, name: str) -> dict:
        """Sign in, run the notebook, move the slider."""
        with driver.chromium() as browser:
            page = browser.new_page(viewport=driver.LAPTOP)
            page.set_default_timeout(300_000)
            self.together.wait()
            begun = time.monotonic()
            page.goto(f"{self.url}/hub/login")
            page.fill("#username_input", name)
            page.fill("#password_input", self.password)
            page.click("#login_submit")
            page.wait_for_selector(".jp-Notebook .jp-CodeCell")
            signed_in = time.monotonic() - begun
            page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
            driver.run_all(page, wait=False)
            digit = page.get_by_role("img", name="The generated digit")
            digit.wait_for()
            first = time.monotonic() - begun
            driver.until_idle(page)
            self.together.wait()
            waited = self.moved(page, digit)
            self.together.wait()  # nobody leaves before all are measured
            return {
                "signed_in": signed_in,
                "first": first,
                "waited": waited,
                "memory": memory_of(name),
            }

    def moved(self, page, digit) -> list[float]:
        """Milliseconds from a key on the slider to the new digit, move by move."""
        page.evaluate(driver.STOPWATCH, digit.element_handle())
        page.get_by_role("slider", name="direction 1").first.focus()
        for number in range(self.moves):
            page.keyboard.press("ArrowRight" if number % 20 < 10 else "ArrowLeft")
            page.wait_for_function("count => window.waited.length > count", arg=number)
            page.wait_for_timeout(200)  # a hand rests a little, too
        return page.evaluate("window.waited")


def memory_of(name: str) -> float:
    """Megabytes of a learner's server and kernels: all processes whose home is theirs."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            home = re.search(rb"(?:^|\0)HOME=([^\0]*)", (process / "environ").read_bytes())
            if home and home[1].decode().endswith(f"/homes/{name}"):
                rollup = (process / "smaps_rollup").read_text()
                total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.M)[1])
        except (OSError, TypeError):  # it has just ended
            continue
    return total / 1024


def row(found: list[dict]) -> str:
    """Markdown: medians and, in brackets, the worst learner; of moves one in twenty is slower."""
    cells = [
        f"{statistics.median(f[what] for f in found):.0f} ({max(f[what] for f in found):.0f})"
        for what in ("signed_in", "first")
    ]
    waited = [w for f in found for w in f["waited"]]
    slow = statistics.quantiles(waited, n=20)[-1]
    cells.append(f"{statistics.median(waited):.0f} (one in twenty above {slow:.0f})")
    memory = [f["memory"] for f in found]
    cells.append(f"{statistics.median(memory):,.0f} ({max(memory):,.0f})")
    return f"| {len(found)} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
