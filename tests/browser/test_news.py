"""JupyterLab, as `make lab` starts it, does not ask whether to fetch news."""

import importlib.util
import json
import sys
import urllib.request
from pathlib import Path

import driver

ROOT = Path(__file__).parents[2]


def test_the_environment_answers_the_question_about_news(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("install", ROOT / "tools" / "install.py")
    install = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(install)
    share = tmp_path / "share" / "jupyter" / "lab"
    share.mkdir(parents=True)
    for name in ("schemas", "static", "themes"):  # an environment of its own, without copying one
        (share / name).symlink_to(Path(sys.prefix) / "share" / "jupyter" / "lab" / name)
    monkeypatch.setenv("JUPYTERLAB_DIR", str(share))
    assert asked(tmp_path / "as it comes") == "none"  # which shows the question
    install.never_ask_for_news(tmp_path)
    assert asked(tmp_path / "as installed") == "false"


def asked(folder: Path) -> str:
    """What JupyterLab does about news where the user has not said anything."""
    folder.mkdir()
    with driver.jupyterlab(folder, folder) as lab:
        name = "@jupyterlab/apputils-extension:notification"
        request = urllib.request.Request(f"{lab.base}/lab/api/settings/{name}")
        request.add_header("Authorization", f"token {lab.token}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["schema"]["properties"]["fetchNews"]["default"]
