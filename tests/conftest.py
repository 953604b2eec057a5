"""Fixtures that several test files share."""

import hashlib
import os
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest
from small_mnist import NOBODY, mirror, small_files
from torchvision.datasets import MNIST, FashionMNIST

from gan_lib.data import ImageSet, load
from gan_lib.sources import downloads
from gan_lib.sources import mnist as mnist_files
from gan_lib.sources.sample import load_sample

# What the notebooks and tests do is no part of anybody's own progress.
os.environ["GAN_LIB_PROGRESS"] = f"{tempfile.mkdtemp()}/progress.json"


def first(data: ImageSet, count: int) -> ImageSet:
    """The first `count` images of `data`."""
    return data.part(slice(count))


@pytest.fixture(scope="session")
def mnist() -> ImageSet:
    """Real training images: the full set where there is one, else the bundled sample."""
    return load("mnist", "train")


@pytest.fixture(scope="session")
def few(mnist) -> ImageSet:
    """320 real images: five batches of 64."""
    return first(mnist, 320)


@pytest.fixture(scope="session")
def sample() -> tuple[ImageSet, ImageSet]:
    """The bundled sample on every machine: 4,500 training images and 500 held-out ones."""
    return load_sample("train"), load_sample("test")


@pytest.fixture
def alone(monkeypatch, tmp_path):
    """No data in the environment, an empty cache, no server, no proxy; return the cache folder."""
    monkeypatch.delenv("GAN_LIB_DATA", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    cache = tmp_path / "cache" / "gan_lib"
    monkeypatch.setattr(downloads, "cache_folder", lambda: cache)
    monkeypatch.setattr(MNIST, "mirrors", [NOBODY])
    monkeypatch.setattr(FashionMNIST, "mirrors", [NOBODY])
    return cache


@pytest.fixture
def small(monkeypatch):
    """Let a data set of 60 and 20 real digits pass for MNIST; return the content of its files."""
    files = small_files()
    assert list(files) == mnist_files.FILES
    sums = {hashlib.sha256(files[name]).hexdigest(): ("MNIST", name) for name in files}
    monkeypatch.setattr(mnist_files, "KNOWN", sums)
    return files


@pytest.fixture
def serve(alone, small, monkeypatch):
    """Return a function that starts a mirror of the small MNIST, and makes it the only one."""
    with ExitStack() as started:

        def start(change=lambda name, content: content, refuse=lambda handler: None) -> Counter:
            asked = started.enter_context(mirror(small, change, refuse))
            monkeypatch.setattr(MNIST, "mirrors", [asked.url])
            return asked

        yield start


def pytest_terminal_summary(terminalreporter):
    """Print how long each notebook took, what the browser measured, and whether there was none.

    No limit on any figure: a slow machine is no defect.
    """
    seconds, measured = Counter(), {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            name, _, cell = getattr(report, "nodeid", "").partition("::")
            measured |= dict(getattr(report, "user_properties", []))
            if name.endswith(".ipynb") and cell:
                seconds[Path(name).stem] += report.duration
    if measured:
        terminalreporter.section("measured in the browser")
        for what, figure in measured.items():
            terminalreporter.write_line(f"{what}: {figure}")
    skipped = [r for r in terminalreporter.stats.get("skipped", []) if "tests/browser" in r.nodeid]
    if skipped:
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.write_line(
            f"{len(skipped)} tests of the widgets in a real browser were skipped: no Chromium. "
            "Whether a slider does anything, this run cannot say.", red=True, bold=True,
        )  # fmt: skip
    if seconds:
        terminalreporter.section("seconds a notebook")
        for name, total in sorted(seconds.items()):
            terminalreporter.write_line(f"{name:<36}{total:>6.0f}")
        terminalreporter.write_line(f"{'all of them':<36}{seconds.total():>6.0f}")
