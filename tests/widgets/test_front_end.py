"""Where what shows our own parts of a page is missing, the rest works, and a sentence says why."""

import json
import subprocess
import sys

import pytest
from ipywidgets import Widget

from gan_lib.keeping.checkpoints import Checkpoint
from gan_lib.recipes import CONDITIONAL
from gan_lib.state import new_state
from gan_lib.widgets import front_end
from gan_lib.widgets.explorer import LatentExplorer
from gan_lib.widgets.finder import DigitFinder
from gan_lib.widgets.front_end import EXTENSIONS, Lab
from gan_lib.widgets.parts import Part

MANAGER, ANYWIDGET = EXTENSIONS
WELL = Lab("this JupyterLab", {MANAGER: "5.0", ANYWIDGET: front_end.version("anywidget")}, [])


@pytest.fixture
def kernel(monkeypatch):
    """In a kernel of a JupyterLab that can be set."""
    running = [WELL]
    monkeypatch.setenv("JPY_PARENT_PID", "1")
    monkeypatch.setattr(front_end, "running", lambda: iter(running))
    front_end.missing.cache_clear()
    yield running
    front_end.missing.cache_clear()


def everything_in(widget) -> list[Widget]:
    inner = [each for child in getattr(widget, "children", ()) for each in everything_in(child)]
    return [widget, *inner]


def kinds(panel) -> set[str]:
    return {type(each).__name__ for each in everything_in(panel)}


@pytest.fixture(scope="module")
def pair(few):
    return Checkpoint.of(new_state(CONDITIONAL, few, seed=3))


def test_where_nothing_is_missing_every_part_is_there(kernel, pair, few):
    assert front_end.missing() == ""
    explorer = LatentExplorer(pair)
    assert {"Names", "TakeAway"} <= kinds(explorer) and explorer.take_away.comm is not None
    assert {"Names", "DrawingPad"} <= kinds(DigitFinder(pair, few))


@pytest.mark.parametrize(
    "lab, what",
    [
        (WELL._replace(versions={MANAGER: "5.0"}), "lacks anywidget"),
        (WELL._replace(disabled=["anywidget:plugin"]), "has anywidget disabled"),
        (WELL._replace(versions=WELL.versions | {ANYWIDGET: "0.1.2"}), "has anywidget 0.1.2"),
    ],
    ids=["not installed", "disabled", "another version"],
)
def test_where_the_extension_is_missing_the_rest_works_and_a_sentence_says_so(
    kernel, pair, few, lab, what
):
    kernel[:] = [lab]
    explorer, finder = LatentExplorer(pair), DigitFinder(pair, few)
    for panel in (explorer, finder):
        assert not [each for each in everything_in(panel) if isinstance(each, Part)]
        said = [w.value for w in everything_in(panel) if "left out" in str(getattr(w, "value", ""))]
        assert len(said) == 1 and what in said[0] and "restart JupyterLab" in said[0]
    before = explorer.picture.value
    explorer.sliders[0].value += 1.0
    assert explorer.picture.value != before
    finder.another.click()
    end = finder.find(steps=3)
    assert end.error <= finder.course[0].error and "draw" not in finder.words.value
    for part in (explorer.names, explorer.take_away, finder.pad):
        assert part.comm is None  # the page has not even heard of it


def test_without_the_package_the_same(tmp_path):
    (tmp_path / "anywidget.py").write_text("raise ImportError('No module named anywidget')")
    code = """
import importlib.util, json, sys
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name == "anywidget" else find(name, *a)
from gan_lib.keeping.checkpoints import Checkpoint
from gan_lib.recipes import CONDITIONAL
from gan_lib.sources.sample import load_sample
from gan_lib.state import new_state
from gan_lib.widgets.dashboard import Dashboard
from gan_lib.widgets.explorer import LatentExplorer
from gan_lib.widgets.finder import DigitFinder
few = load_sample().part(slice(64))
finder = DigitFinder(Checkpoint.of(new_state(CONDITIONAL, few)), few)
finder.another.click()
end = finder.find(steps=2)
explorer = LatentExplorer(finder.pair)
before = explorer.picture.value
explorer.sliders[0].value += 1
print(json.dumps([finder.children[-1].value, end.step, before != explorer.picture.value]))
"""
    run = [sys.executable, "-c", code]
    environment = {"PYTHONPATH": f"{tmp_path}"}
    done = subprocess.run(run, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    words, steps, moved = json.loads(done.stdout)
    assert "anywidget is not installed" in words and "pip install anywidget" in words
    assert steps == 2 and moved
