"""Fixtures that several test files share."""

from collections import Counter
from pathlib import Path

import pytest

from gan_lib.data import ImageSet, load
from gan_lib.sources.sample import load_sample


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
