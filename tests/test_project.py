"""Project files that say the same thing twice, held together; and the README's promises."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
# On conda-forge; everything else has the same name there.
CONDA_NAMES = {"torch": "pytorch", "playwright": "playwright-python"}


def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def environment():
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def test_environment_yml_says_what_pyproject_says():
    project = pyproject()
    wanted = project["dependencies"] + [
        requirement for extra in project["optional-dependencies"].values() for requirement in extra
    ]
    split = re.compile(r"([a-z]+)(.*)")
    pairs = {split.match(requirement).groups() for requirement in wanted}
    wanted = {CONDA_NAMES.get(name, name) + bounds for name, bounds in pairs}
    *conda, python, pip = sorted(
        (d for d in environment()["dependencies"] if isinstance(d, str)),
        key=lambda d: (d.startswith("pip") and d == "pip", d.startswith("python=")),
    )
    assert (python, pip) == ("python=3.12", "pip")
    assert set(conda) == wanted


def test_environment_yml_is_conda_forge_only_and_installs_the_project_last():
    assert environment()["channels"] == ["conda-forge", "nodefaults"]
    assert environment()["dependencies"][-1] == {"pip": ["-e ."]}


def test_python_is_new_enough_everywhere():
    assert pyproject()["requires-python"] == ">=3.11"
    assert "3, 11" in (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="make is not at home there")
def test_make_help_lists_every_target():
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("setup", "lab", "test", "lint", "notebooks", "pictures"):
        assert re.search(rf"^make {target} ", listed.stdout, re.M)


@pytest.mark.skipif(sys.platform == "win32", reason="make is not at home there")
def test_lab_keeps_the_token_and_takes_a_port():
    command = ["make", "-n", "-o", "setup", "lab", "PORT=8899"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "--port=8899" in shown and "notebooks/00_start_here.ipynb" in shown
    assert "token" not in shown and "password" not in shown


def test_the_readme_names_every_notebook_and_its_pictures_exist():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"notebooks/{path.name}" in readme
    for alt, target in re.findall(r"!\[(.*?)\]\((resources/.*?)\)", readme):
        assert (ROOT / target).exists() and len(alt) > 20
    first_command = re.search(r"```\w*\n(.*?)```", readme, re.S).group(1)
    assert "make lab" in first_command and "make test" in first_command


def test_modules_import_downwards_only():
    """The order in DESIGN: a module knows those above it, never those below."""
    order = [
        "files", "data", "models", "objectives", "recipes", "devices", "batches", "state",
        "training", "checkpoints", "confidence", "calibration", "images", "verdict_pictures",
        "classifier", "metrics", "judge", "evaluation", "plots", "confidence_plots", "runs",
        "session", "latent", "viewpoint", "panel", "widgets", "explorer", "finder", "session_view",
        "dashboard", "doctor", "arguments", "__main__",
    ]  # fmt: skip
    assert sorted(order) == sorted(p.stem for p in (ROOT / "gan_lib").glob("[a-z_]*.py")
                                   if p.stem != "__init__")  # fmt: skip
    for position, name in enumerate(order):
        text = (ROOT / "gan_lib" / f"{name}.py").read_text(encoding="utf-8")
        used = set(re.findall(r"from gan_lib\.(\w+) import", text))
        for names in re.findall(r"from gan_lib import (.+)", text):
            used |= {name for name in names.split(", ") if name.islower()}  # modules, not classes
        assert used <= set(order[:position]), f"{name} imports {used - set(order[:position])}"


def test_training_code_imports_neither_matplotlib_nor_ipywidgets():
    modules = ", ".join(f"gan_lib.{m}" for m in ("training", "checkpoints", "session", "viewpoint"))
    code = f"import sys, {modules}\nprint(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "gan_lib.training" in done.stdout
    assert "'matplotlib'" not in done.stdout and "'ipywidgets'" not in done.stdout


def test_the_tables_in_the_readmes_are_those_of_the_figures_on_file(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import ablation
    import obedience
    import time_to_digits

    figures = {
        name: json.loads((ROOT / "benchmarks" / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("time_to_digits", "ablation", "obedience")
    }
    ours = (ROOT / "README.md").read_text(encoding="utf-8")
    theirs = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert time_to_digits.short_table(figures["time_to_digits"]) in ours
    assert time_to_digits.table(figures["time_to_digits"]) in theirs
    assert ablation.table(figures["ablation"]) in theirs
    assert obedience.table(figures["obedience"]) in theirs
