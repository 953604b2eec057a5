"""What is installed, and where: the choice of torch, renamed folders, the wheel, conda's list."""

import contextlib
import functools
import http.server
import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
import tiny_backend
import yaml

ROOT = Path(__file__).parents[1]
# On conda-forge; everything else has the same name there.
CONDA_NAMES = {"torch": "pytorch", "playwright": "playwright-python"}
needs_make = pytest.mark.skipif(sys.platform == "win32", reason="make is not at home there")

TINY_PROJECT = """
[build-system]
requires = []
build-backend = "tiny_backend"
backend-path = ["."]
[project]
name = "gan-course"
version = "0.1.0"
dependencies = ["torch>=2.6", "torchvision>=0.21", "torchmetrics>=1.4"]
optional-dependencies = { lab = [] }
"""


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


@needs_make
def test_make_help_lists_every_target():
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("setup", "lab", "test", "lint", "notebooks", "assignments", "stick", "pictures"):
        assert re.search(rf"^make {target} ", listed.stdout, re.M)


@needs_make
def test_lab_keeps_the_token_and_takes_a_port():
    command = ["make", "-n", "-o", "setup", "lab", "PORT=8899"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "--port=8899" in shown and "notebooks/00_start_here.ipynb" in shown
    assert "token" not in shown and "password" not in shown


# The choice of torch.


@pytest.fixture
def install(monkeypatch):
    """tools/install.py as a module, on a Linux without an NVIDIA GPU."""
    spec = importlib.util.spec_from_file_location("install", ROOT / "tools" / "install.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "has_nvidia_gpu", lambda: False)
    monkeypatch.setattr(module.platform, "system", lambda: "Linux")
    monkeypatch.setattr(module, "runs", lambda *_: False)  # torch is not there
    return module


@pytest.fixture(scope="module")
def serve():
    """A function that serves a folder on 127.0.0.1; returns the address and the paths asked for."""
    servers = []

    def start(folder: Path) -> tuple[str, list[str]]:
        asked = []

        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_):
                asked.append(self.path)

        handler = functools.partial(Handler, directory=folder)
        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}", asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def indices(serve, tmp_path_factory):
    """The addresses of an index of CPU builds and of an ordinary one, and what they were asked."""

    def index(version: str, *names: str) -> tuple[str, list[str]]:
        folder = tmp_path_factory.mktemp("index")
        for name in names:
            (folder / name).mkdir()
            wheel = tiny_backend.write_wheel(
                folder / name, name, version, {f"{name}.py": f"__version__ = {version!r}"}
            )
            (folder / name / "index.html").write_text(f'<a href="{wheel}">{wheel}</a>')
        return serve(folder)

    pair = ("torch", "torchvision")
    return index("8.0+cpu", *pair), index("9.0", *pair, "torchmetrics")


@pytest.fixture
def no_index():
    """The address of an index that refuses a connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return f"http://127.0.0.1:{port}"


@pytest.fixture(params=["says nothing", "never ends its answer"])
def hanging_index(request):
    """The address of an index that takes a connection and keeps its caller waiting."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):  # until the caller hangs up
                connection.sendall(b"HTTP/1.0 200 OK\r\nX-Slow: ")
                while not over.wait(0.05):
                    connection.sendall(b"z")

        if request.param == "never ends its answer":
            threading.Thread(target=drip, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        over.set()


def test_without_a_gpu_the_cpu_builds_are_taken(install, indices, monkeypatch):
    (cpu_builds, asked), _ = indices
    monkeypatch.setenv("TORCH_INDEX", cpu_builds)
    assert install.choose_index("") == install.choose_index("cpu") == cpu_builds
    asked.clear()
    assert install.choose_index("default") is None
    monkeypatch.setattr(install.platform, "system", lambda: "Darwin")  # one torch for all there
    assert install.choose_index("") is None
    monkeypatch.setattr(install.platform, "system", lambda: "Linux")
    monkeypatch.setattr(install, "has_nvidia_gpu", lambda: True)
    assert install.choose_index("") is None
    assert not asked
    assert install.choose_index("cpu") == cpu_builds


@pytest.mark.parametrize("kind", ["refuses", "lacks it"])
def test_without_an_answer_it_is_the_ordinary_torch(
    kind, install, no_index, serve, tmp_path, monkeypatch, capsys
):
    index = no_index if kind == "refuses" else serve(tmp_path)[0]
    monkeypatch.setenv("TORCH_INDEX", index)
    assert install.choose_index("") is None
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and index in said and "ordinary torch" in said
    with pytest.raises(SystemExit, match=f"{index} does not answer.*TORCH=default") as caught:
        install.choose_index("cpu")
    assert "\n" not in str(caught.value)


def test_an_index_that_keeps_waiting_is_given_up(install, hanging_index, monkeypatch, capsys):
    monkeypatch.setenv("TORCH_INDEX", hanging_index)
    monkeypatch.setattr(install, "PATIENCE", 0.5)
    chosen = []
    choosing = threading.Thread(target=lambda: chosen.append(install.choose_index("")), daemon=True)
    choosing.start()
    choosing.join(60)
    assert chosen == [None]
    assert "does not answer" in capsys.readouterr().out


def test_torch_and_torchvision_come_together_or_not_at_all(install, indices, monkeypatch, capsys):
    cpu_builds = indices[0][0]
    monkeypatch.setenv("TORCH_INDEX", cpu_builds)
    calls, works = [], True
    monkeypatch.setattr(install, "pip", lambda *arguments: calls.append(arguments) or works)
    needs = [n for n in pyproject()["dependencies"] if re.match("torch(vision)?>", n)]
    install.install_torch("python", "")
    assert calls == [("python", "--index-url", cpu_builds, *needs)] and len(needs) == 2
    works = False
    install.install_torch("python", "")  # pip finds none for this Python, say
    assert "ordinary torch" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="none that fit"):
        install.install_torch("python", "cpu")


def test_a_torch_that_is_there_stays_and_another_wish_is_refused(install, monkeypatch):
    with pytest.raises(SystemExit, match="TORCH=gpu is neither cpu nor default"):
        install.install_torch("python", "gpu")
    monkeypatch.setattr(install, "runs", lambda *_: True)
    monkeypatch.setattr(install, "pip", None)
    install.install_torch("python", "cpu")


# The real Makefile, the real script and the real pip, with stand-ins for the libraries.


@dataclass
class Checkout:
    """A course of a few lines, whose one command, `where-gan_course`, says where its library is."""

    folder: Path
    variables: dict[str, str]

    def make(self, *arguments: str) -> str:
        """What `make` says. Nothing of this machine's pip or of a `make` around us plays a part."""
        foreign = ("PIP_", "MAKE", "MFLAGS", "TORCH", "PYTHON", "VIRTUAL_ENV")
        clean = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
        done = subprocess.run(
            ["make", *arguments], cwd=self.folder, env=clean | self.variables,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        return done.stdout

    def ask(self, command: str) -> str:
        """What a shell command says in the folder."""
        return subprocess.check_output(["sh", "-c", command], cwd=self.folder, text=True).strip()

    def library(self) -> tuple[str, str]:
        """Where the library is, as its command says, called by its path and in the active shell."""
        active = ". .venv/bin/activate && where-gan_course"
        return self.ask(".venv/bin/where-gan_course"), self.ask(active)

    def copy(self, folder: Path) -> "Checkout":
        """A copy of the whole folder, the environment among it."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Checkout(folder, self.variables)


@pytest.fixture(scope="module")
def course(indices, tmp_path_factory):
    """A course, installed by `make setup` with a Python whose path has spaces, without a GPU."""
    if sys.platform == "win32":
        pytest.skip("make is not at home there")
    scratch = tmp_path_factory.mktemp("installation")
    folder, python = scratch / "course", scratch / "a path with spaces" / "python3"
    (folder / "gan_course").mkdir(parents=True)
    (folder / "gan_course" / "__init__.py").write_text(
        "def where():\n    print(__file__.removesuffix('/gan_course/__init__.py'))\n"
    )
    (folder / "pyproject.toml").write_text(TINY_PROJECT)
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(tiny_backend.__file__, folder)
    shutil.copytree(ROOT / "tools", folder / "tools")
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\ntouch "$0 was used"\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (cpu_builds, asked), (ordinary, also_asked) = indices
    variables = {
        "PYTHON": str(python), "TORCH": "cpu", "TORCH_INDEX": cpu_builds,
        "PIP_INDEX_URL": ordinary, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1",
        "PIP_RETRIES": "0", "NO_PROXY": "127.0.0.1",
    }  # fmt: skip
    course = Checkout(folder, variables)
    asked.clear(), also_asked.clear()
    assert f"CPU builds of torch and torchvision from {cpu_builds}" in course.make("setup")
    assert {path.split("/")[1] for path in also_asked} == {"torchmetrics"}
    return course


VERSIONS = """.venv/bin/python -c 'import torch, torchvision, torchmetrics
print(torch.__version__, torchvision.__version__, torchmetrics.__version__)'"""


def test_make_setup_takes_the_cpu_builds_and_the_rest_from_elsewhere(course):
    assert course.ask(VERSIONS) == "8.0+cpu 8.0+cpu 9.0"
    assert course.library() == (str(course.folder),) * 2
    assert Path(f"{course.variables['PYTHON']} was used").exists()


def test_a_second_make_installs_nothing_and_a_new_dependency_does(course, indices, tmp_path):
    assert "Installing" not in course.make("setup")
    copy = course.copy(tmp_path / "copy")
    copy.make("setup")
    newer = TINY_PROJECT.replace("torchmetrics>=1.4", "torchmetrics>=8")
    (copy.folder / "pyproject.toml").write_text(newer)
    assert "Installing" in copy.make("setup")
    assert "Installing" not in copy.make("setup")


def test_a_copied_and_then_renamed_folder_works_without_a_network(course, no_index, tmp_path):
    copy = course.copy(tmp_path / "course")
    copy.variables = course.variables | {"TORCH_INDEX": no_index, "PIP_INDEX_URL": no_index}
    assert copy.library() == (str(course.folder),) * 2  # the defect: it runs the original's code
    for name in ("course", "course/course", "one with spaces"):
        target = tmp_path / name
        if not target.exists():
            copy.folder = copy.folder.rename(tmp_path / "between")
            target.parent.mkdir(exist_ok=True)
            copy.folder = copy.folder.rename(target)
        said = copy.make("setup")
        assert str(target) in said and "Installing" not in said
        assert copy.library() == (str(target),) * 2
        assert copy.ask(VERSIONS) == "8.0+cpu 8.0+cpu 9.0"
        assert str(target) in copy.ask(".venv/bin/pip --version")
        assert copy.make("setup").count("\n") == 1
    assert course.library() == (str(course.folder),) * 2


def test_an_environment_whose_python_is_gone_is_made_again(course, tmp_path):
    copy = course.copy(tmp_path / "copy")
    for link in (copy.folder / ".venv" / "bin").glob("python*"):
        link.unlink()
        link.symlink_to("/nowhere/python3")
    copy.make("setup")
    assert copy.ask(VERSIONS) == "8.0+cpu 8.0+cpu 9.0"
    assert copy.library() == (str(copy.folder),) * 2


# What is installed.


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The folder that the course's wheel is unpacked into, as pip would."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    shutil.unpack_archive(next(folder.glob("*.whl")), folder / "site-packages", "zip")
    return folder / "site-packages"


def test_a_wheel_holds_what_the_library_reads_and_no_more(wheel):
    there = {p.relative_to(wheel).as_posix() for p in wheel.rglob("*") if p.is_file()}
    ours = (p for p in (ROOT / "gan_lib").rglob("*.*") if p.is_file() and p.suffix != ".pyc")
    ours = {p.relative_to(ROOT).as_posix() for p in ours}
    bundled = {f"gan_lib/_resources/{p.name}" for p in (ROOT / "resources").glob("*.safetensors")}
    bundled |= {f"gan_lib/_resources/{name}_sample.npz" for name in ("mnist", "fashion")}
    assert {path for path in there if ".dist-info/" not in path} == ours | bundled
    assert len(bundled) == 10


def test_an_installed_library_works_from_anywhere(wheel, tmp_path):
    code = """
import runpy, sys
from gan_lib.measures.classifier import load_classifier
from gan_lib.sources.bundled import resource
from gan_lib.sources.sample import load_sample
load_classifier(), load_sample()
print(resource("quick.safetensors"), flush=True)
sys.argv = ["gan_lib", "sample", str(resource("quick.safetensors")), "--count=4", "--out=four.png"]
runpy.run_module("gan_lib", run_name="__main__")"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(wheel)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    weights = wheel / "gan_lib" / "_resources" / "quick.safetensors"
    assert done.stdout.splitlines()[0] == str(weights)
    assert (tmp_path / "four.png").exists()
