"""Notebooks in a room without a network and without MNIST: all there is is the bundled sample.

They also run in a foreign folder, and each cell twice in a row, as people press keys. "The latent
space" is run once more in JupyterLab (`browser/`). Those that train for a minute are left out.
"""

import copy

import nbformat
import pytest
from execute_notebooks import ROOT, executed


@pytest.mark.parametrize("stem", ["00_start_here", "02_data", "03_two_networks"])
def test_a_notebook_runs_on_the_sample_in_any_folder_and_each_cell_twice(
    stem, monkeypatch, tmp_path
):
    monkeypatch.delenv("GAN_LIB_DATA", raising=False)
    for cache in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(cache, str(tmp_path))
    for proxy in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")  # nobody is there, so no download either
    notebook = nbformat.read(ROOT / "notebooks" / f"{stem}.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    notebook.cells = [copy.deepcopy(cell) for cell in cells for _ in range(2)]
    shown = [str(cell.outputs) for cell in executed(notebook, tmp_path).cells]
    assert "bundled sample" in "".join(shown)
