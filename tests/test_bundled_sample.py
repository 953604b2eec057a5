"""Notebooks in a room without a network and without MNIST: all there is is the bundled sample.

03, 04 and 06, which train for so many seconds, are left out: they would take five minutes more.
"""

import pytest
from execute_notebooks import NOTEBOOKS, executed


@pytest.mark.parametrize("number", ["00", "01", "02", "05"])
def test_a_notebook_runs_on_the_bundled_sample(number, monkeypatch, tmp_path):
    monkeypatch.delenv("GAN_LIB_DATA", raising=False)
    for cache in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(cache, str(tmp_path))
    for proxy in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")  # nobody is there, so no download either
    (path,) = NOTEBOOKS.glob(f"{number}_*.ipynb")
    cells = executed(path).cells
    shown = [str(cell.outputs) for cell in cells if cell.cell_type == "code"]
    assert "bundled sample" in "".join(shown)
