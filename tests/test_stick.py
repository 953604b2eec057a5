"""A stick made on one machine installs the course on another that reaches no network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import make_stick
import pytest
import tiny_backend

ROOT = Path(__file__).parents[1]
NEEDS = ["torch>=2.6", "torchmetrics>=1.4"]
PROJECT = f"""
[build-system]
requires = ["hatchling"]
build-backend = "tiny_backend"
backend-path = ["."]
[project]
name = "gan-course"
version = "0.1.0"
dependencies = {NEEDS}
optional-dependencies = {{ lab = ["jupyterlab"] }}
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of a few lines, with what a user may have made in it."""
    folder = tmp_path / "here" / "course"
    for name in ("gan_lib/sources", "notebooks/mine", "runs/long", ".venv/bin", "tools"):
        (folder / name).mkdir(parents=True)
    (folder / "gan_lib" / "__init__.py").touch()
    (folder / "gan_lib" / "sources" / "__init__.py").touch()
    cache = f"def cache_folder():\n    return {str(tmp_path / 'there' / 'cache')!r}\n"
    (folder / "gan_lib" / "sources" / "downloads.py").write_text(cache)
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "notebooks" / "mine" / "answers.ipynb").write_text("mine")
    (folder / "notebooks" / "00_start_here.ipynb").write_text("as given")
    for tool in ("install.py", "start.py"):
        shutil.copy(ROOT / "tools" / tool, folder / "tools")
    shutil.copy(tiny_backend.__file__, folder)
    monkeypatch.setattr(make_stick, "ROOT", folder)
    return folder


@pytest.fixture
def wheels(monkeypatch, tmp_path):
    """An index of stand-ins for the libraries, as if it were a network."""
    index = tmp_path / "index"
    index.mkdir()
    for name in ("torch", "torchmetrics", "hatchling", "editables"):
        for version in ("8.0", "9.0"):
            tiny_backend.write_wheel(index, name, version, {f"{name}.py": "def where(): pass"})
    tiny_backend.write_wheel(index, "jupyterlab", "4.5")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)  # nothing of this machine's pip plays a part
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    here = ["torch==8.0", "torchmetrics==8.0", "hatchling==8.0", "gan-course==0.1"]
    monkeypatch.setattr(make_stick, "versions_here", lambda: here)


def start(stick, home, *arguments):
    """What `start.py` says on a machine without a network; `home` is its user's."""
    offline = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON"))}
    offline |= {"HOME": str(home), "USERPROFILE": str(home), "PIP_CONFIG_FILE": os.devnull}
    offline["PIP_INDEX_URL"] = "http://127.0.0.1:9"  # nobody is there
    command = [sys.executable, stick / "start.py", *arguments]
    return subprocess.run(command, env=offline, capture_output=True, text=True)


def test_what_lies_on_the_stick_is_enough(course, wheels, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        make_stick, "copy_mnist", lambda to: (to / "MNIST").mkdir(parents=True) or 1
    )
    stick, home = tmp_path / "a stick", tmp_path / "there"
    home.mkdir()
    for _ in range(2):  # a second call brings it up to date
        make_stick.main([str(stick)])
        shutil.rmtree(stick / "data")
    (stick / "data" / "MNIST").mkdir(parents=True)
    assert "is ready" in capsys.readouterr().out
    names = {path.name for path in (stick / "wheels").iterdir()}
    assert "torch-8.0-py3-none-any.whl" in names and "torch-9.0-py3-none-any.whl" not in names
    assert not {"mine", "runs", ".venv"} & {path.name for path in stick.rglob("*")}

    shutil.rmtree(course)  # the other machine has neither this folder nor the index
    shutil.rmtree(tmp_path / "index")
    done = start(stick, home, "--only-install")
    assert done.returncode == 0, done.stderr
    there = home / "gan-course"
    assert f"The course is in {there}" in done.stdout
    bin = there / ".venv" / ("Scripts" if os.name == "nt" else "bin")
    ask = "import importlib.metadata as m, gan_lib; print(m.version('torch'), gan_lib.__file__)"
    said = subprocess.check_output([bin / "python", "-c", ask], cwd=home, text=True)
    assert said.split() == ["8.0", str(there / "gan_lib" / "__init__.py")]
    assert (home / "cache" / "MNIST").is_dir()

    (there / "notebooks" / "00_start_here.ipynb").write_text("I wrote this")
    (bin / "jupyter").write_text('#!/bin/sh\necho opens "$PWD" "$@"\n')
    (bin / "jupyter").chmod(0o755)
    again = start(stick, home)
    assert again.returncode == 0 and "Installing" not in again.stdout
    assert f"opens {there} lab" in again.stdout and "notebooks/00_start_here.ipynb" in again.stdout
    assert (there / "notebooks" / "00_start_here.ipynb").read_text() == "I wrote this"
    if shutil.which("make"):
        shutil.copy(ROOT / "Makefile", there)
        said = subprocess.run(["make", "setup"], cwd=there, capture_output=True, text=True)
        assert said.returncode == 0 and "Installing" not in said.stdout  # it knows what is there


def test_one_clear_line_where_it_cannot_be(course, wheels, tmp_path, monkeypatch, capsys):
    with pytest.raises(SystemExit):
        make_stick.main([str(course / "stick")])
    assert "lies in the course" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        make_stick.main([str(course.parent)])
    assert "or around it" in capsys.readouterr().err
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "start.py").write_text("mine")
    with pytest.raises(SystemExit):
        make_stick.main([str(tmp_path / "photos")])
    assert "something else in it" in capsys.readouterr().err
    monkeypatch.setattr(make_stick, "copy_mnist", lambda to: False)
    make_stick.main([str(tmp_path / "stick")])
    assert "no MNIST" in capsys.readouterr().out

    home = tmp_path / "home"
    (home / "gan-course").mkdir(parents=True)
    (home / "gan-course" / "letter.txt").write_text("mine")
    done = start(tmp_path / "stick", home)
    assert done.returncode == 1 and "something else in it" in done.stderr
    assert done.stderr.count("\n") == 1 and (home / "gan-course" / "letter.txt").exists()
    for wheel in (tmp_path / "stick" / "wheels").glob("torch-*.whl"):
        wheel.write_bytes(wheel.read_bytes()[:100])  # pulled out too soon
    done = start(tmp_path / "stick", home, str(home / "other"))
    assert done.returncode == 1 and "not whole" in done.stderr.splitlines()[-1]
    assert not (home / "other" / ".venv" / ".lab").exists()


def test_an_environment_that_was_begun_is_made_again(course, wheels, tmp_path, monkeypatch):
    monkeypatch.setattr(make_stick, "copy_mnist", lambda to: False)
    make_stick.main([str(tmp_path / "stick")])
    home = tmp_path / "there"
    begun = home / "gan-course" / ".venv" / "bin"
    shutil.copytree(tmp_path / "stick" / "course", home / "gan-course")
    begun.mkdir(parents=True)
    (begun / "python").write_text("#!/bin/sh\nexit 1\n")  # as where python3-venv is not there
    (begun / "python").chmod(0o755)
    done = start(tmp_path / "stick", home, "--only-install")
    assert done.returncode == 0, done.stderr


def test_another_python_is_told_which_one_is_needed(course, wheels, tmp_path, monkeypatch):
    monkeypatch.setattr(make_stick, "copy_mnist", lambda to: False)
    make_stick.main([str(tmp_path / "stick")])
    (tmp_path / "stick" / "wheels" / "python.txt").write_text("3.99")
    done = start(tmp_path / "stick", tmp_path)
    assert done.returncode == 1 and "for Python 3.99" in done.stderr
    assert not (tmp_path / "gan-course").exists()


def test_the_versions_are_those_that_work_here():
    assert f"pytest=={pytest.__version__}" in make_stick.versions_here()


def test_mnist_goes_along_whole_or_not_at_all(tmp_path, monkeypatch):
    from small_mnist import small_files

    monkeypatch.setattr(make_stick, "cache_folder", lambda: tmp_path / "empty")
    monkeypatch.setenv("GAN_LIB_DATA", str(tmp_path / "data"))
    assert not make_stick.copy_mnist(tmp_path / "stick")
    contents = small_files()
    found = {name: (content, "") for name, content in contents.items()}
    monkeypatch.setattr(make_stick, "find", lambda title, name, root: found[name])
    assert make_stick.copy_mnist(tmp_path / "stick")
    raw = tmp_path / "stick" / "MNIST" / "raw"
    assert {path.name: path.read_bytes() for path in raw.iterdir()} == contents
