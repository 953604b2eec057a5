"""The doctor against machines that are ill."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path

import pytest
import torch

from gan_lib import data
from gan_lib.cli import checks, doctor
from gan_lib.cli.checks import Check
from gan_lib.cli.commands import main
from gan_lib.machine import devices, limits
from gan_lib.sources import downloads
from gan_lib.widgets import front_end

ILL = "import os, signal; os.kill(os.getpid(), signal.SIGILL)"


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A folder whose modules and installed libraries are found before the true ones."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return Machine(tmp_path)


class Machine:
    def __init__(self, folder):
        self.folder = folder

    def has(self, name, version="1.0", needs=(), source=None):
        """A library of that version is installed; `import` runs its source."""
        about = self.folder / f"{name.replace('-', '_')}-{version}.dist-info" / "METADATA"
        about.parent.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        about.write_text("\n".join([*lines, *(f"Requires-Dist: {x}" for x in needs), ""]))
        if source is not None:
            (self.folder / f"{name}.py").write_text(source)

    def course_needs(self, *needs):
        self.has("gan-course", needs=needs)


def found(name, root=None):
    """The finding of that name; nothing after it is looked at."""
    return next(check for check in doctor.examine(root) if check.name == name)


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "gan_lib", *arguments], capture_output=True, text=True, **options
    )


def test_each_finding_is_told_before_the_next_is_looked_at(machine):
    go = machine.folder / "go"
    waits = f"""
import pathlib, time
end = time.monotonic() + 30
while not pathlib.Path({str(go)!r}).exists():
    assert time.monotonic() < end, "nobody has read the first line"
"""
    machine.course_needs("first", "second")
    machine.has("first", source="")
    machine.has("second", source=waits)
    process = subprocess.Popen(
        [sys.executable, "-m", "gan_lib", "doctor"], stdout=subprocess.PIPE, text=True
    )
    try:
        seen = ""
        while "ok   first" not in seen:
            assert (line := process.stdout.readline()), seen
            seen += line
        go.touch()
        assert process.stdout.readline().split()[:2] == ["ok", "second"]
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX signal")
def test_an_import_that_kills_the_process_is_named(machine):
    machine.course_needs("torch", "tqdm", "torchvision")
    (machine.folder / "torch.py").write_text(ILL)
    done = run("doctor")
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr
    assert done.stderr == "Not everything works: see the lines marked BAD above.\n"
    lines = done.stdout.splitlines()
    number = next(i for i, line in enumerate(lines) if line.startswith("BAD  torch "))
    assert f"signal {signal.SIGILL.value}, Illegal instruction" in lines[number]
    assert "AVX" in lines[number + 1] and "virtual machine" in lines[number + 1]
    assert all(line.startswith(" ") for line in lines[number + 1 :])  # what is left needs torch


def test_a_library_that_little_else_needs_does_not_end_it(machine):
    machine.course_needs("missing", "sulks", "tqdm")
    machine.has("sulks", source="raise ImportError")
    seen = {check.name: check.ok for check in doctor.examine()}
    assert [name for name, ok in seen.items() if not ok] == ["missing", "sulks"]
    assert {"tqdm", "device", "threads", "data", "widgets"} <= seen.keys()


def test_where_torch_is_missing_nothing_that_needs_it_is_blamed(machine):
    machine.course_needs("torch>=9999", "torchvision", "tqdm")
    assert [check.name for check in doctor.examine()] == ["Python", "memory", "torch"]


def test_the_last_words_of_a_library_that_ends_python_are_told(machine):
    machine.course_needs("sulks")
    machine.has("sulks", source="import os; os.write(2, b'no licence\\n'); os._exit(3)")
    done = run("doctor")
    assert re.search(r"BAD  sulks .*status 3\b", done.stdout) and "no licence" in done.stderr
    assert "pip install --upgrade --force-reinstall sulks" in done.stdout


@pytest.mark.parametrize(
    ("version", "source", "seen", "advice"),
    [
        ("3.1", "", "3.1, but the course needs >=3.8", 'install --upgrade "charts>=3.8"'),
        ("3.9", "raise AttributeError('no core')", "3.9 cannot be used: no core", "--force-rein"),
        ("3.9", "raise SystemExit", "3.9 cannot be used: SystemExit", "--force-reinstall"),
        ("3.9", "raise ImportError('\\n\\nfirst\\nsecond')", "cannot be used: first", "--force-re"),
        (None, None, "is missing", 'pip install --upgrade "charts>=3.8"'),
    ],
)
def test_a_library_that_cannot_be_used(machine, version, source, seen, advice):
    machine.course_needs("charts>=3.8")
    if version:
        machine.has("charts", version, source=source)
    check = found("charts")
    assert not check.ok and check.seen.endswith(seen)
    assert check.advice.startswith(sys.executable) and advice in check.advice


def test_a_library_within_its_bounds_is_well(machine):
    machine.course_needs("charts>=3.8,<4", "other")
    machine.has("charts", "3.9.0rc1", source="print('hello', end='')")  # and it may talk
    assert found("charts") == Check("charts", True, "3.9.0rc1")


def test_the_true_libraries_with_one_broken_inside(machine):
    """The part that holds compiled code is tried, not only the module of the name."""
    machine.course_needs("matplotlib>=3.8")
    package = machine.folder / "matplotlib"
    package.mkdir()
    (package / "__init__.py").touch()
    check = found("matplotlib")
    assert not check.ok and "No module named 'matplotlib.backends'" in check.seen


def test_numpy_that_does_not_fit_torch(machine):
    machine.course_needs("torch>=2.6", "numpy>=1.26")
    broken = "raise RuntimeError('Numpy is not available')"
    source = f"class ones:\n    def __init__(self, n): pass\n    def numpy(self): {broken}"
    (machine.folder / "torch.py").write_text(source)
    check = found("torch")
    assert not check.ok and check.seen.endswith("cannot be used: Numpy is not available")
    assert check.advice.endswith("--upgrade --force-reinstall torch torchvision numpy")


def test_torchvision_that_does_not_match_says_so(machine):
    message = "operator torchvision::nms does not exist"
    (machine.folder / "torchvision.py").write_text(f"raise RuntimeError({message!r})")
    machine.course_needs("torchvision")
    done = run("doctor")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f"does not match torch {metadata.version('torch')}: {message}" in done.stdout
    assert "pip install --upgrade --force-reinstall torch torchvision" in done.stdout


def test_training_with_such_a_pair_sends_the_user_to_the_doctor(machine):
    message = "operator torchvision::nms does not exist"
    (machine.folder / "torchvision.py").write_text(f"raise RuntimeError({message!r})")
    done = run("train", "--recipe", "quick", "--out", "x", cwd=machine.folder)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "python -m gan_lib doctor" in done.stderr


def test_what_the_lab_extra_names_is_looked_at_where_it_is_installed(machine):
    machine.course_needs('here>=2; extra == "lab"', 'gone; extra == "lab"', 'x; extra == "test"')
    machine.has("here", "1.0")
    assert checks.requirements() == {"here": "here>=2"}


def test_what_others_build_on_comes_first():
    wanted = checks.requirements()
    text = Path(__file__).parents[1].joinpath("pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    assert set(project["dependencies"]) <= set(wanted.values())
    assert list(wanted)[:3] == ["numpy", "torch", "torchvision"]
    assert "ipykernel" in wanted and "pytest" not in wanted


def no_packaging(monkeypatch):
    monkeypatch.setitem(sys.modules, "packaging.requirements", None)


def no_course(monkeypatch):
    def requires(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)


@pytest.mark.parametrize("without", [no_packaging, no_course])
def test_where_the_course_is_not_installed_the_rest_is_looked_at(monkeypatch, without):
    without(monkeypatch)
    findings = doctor.examine()
    seen = [next(findings) for _ in range(4)]
    findings.close()
    assert [(check.name, check.ok) for check in seen[2:]] == [("packages", False), ("device", True)]
    assert seen[2].advice.endswith("-m pip install --editable .")


@pytest.mark.skipif(torch.cuda.is_available(), reason="that GPU works")
def test_a_gpu_on_which_everything_fails_is_passed_over(monkeypatch, capsys):
    """This torch says that there is one; a true step on it fails."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    check = checks.device()
    devices.probe.cache_clear()
    assert check.ok and str(check).startswith("note device       cpu")
    assert re.search(r"cuda is there, but fails: .{20}", check.seen)
    assert "The CPU is used" in check.advice
    monkeypatch.setattr(doctor, "examine", lambda _: iter([check]))
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.endswith("Everything works; there are notes above.\n")


def test_a_cpu_that_cannot_compute_is_said(monkeypatch):
    monkeypatch.setattr(devices, "probe", lambda device: "no convolution")
    check = checks.device()
    assert not check.ok and check.seen.endswith("no convolution")


@pytest.mark.parametrize(("variable", "note"), [("nowhere", True), (None, False)])
def test_a_named_folder_that_is_passed_over_is_a_note(tmp_path, monkeypatch, variable, note):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(downloads, "from_cache", refuse)
    monkeypatch.delenv("GAN_LIB_DATA", raising=False)
    if variable:
        monkeypatch.setenv("GAN_LIB_DATA", variable)
    check = checks.images()
    assert check.ok and ("GAN_LIB_DATA is set, but not used" in check.advice) is note
    where = "".join(check.seen.split())  # lines were wrapped
    assert (str(tmp_path / "nowhere") in where) is note  # the whole path, not "nowhere"


def test_a_folder_without_images_is_said_with_its_whole_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check = checks.images("nowhere")
    assert not check.ok and str(tmp_path / "nowhere") in check.seen and "--data" in check.advice


def refuse(*_):
    raise data.DataError("no network in this test")


UNLIMITED = 9223372036854771712  # what version 1 writes


@pytest.mark.parametrize(
    ("groups", "files", "limit"),
    [
        ("0::/", {"memory.max": "1000000000\n"}, 10**9),
        ("0::/", {"memory.max": "max\n"}, None),
        ("0::/a/b", {"a/b/memory.max": "max", "a/memory.max": "5000", "memory.max": "9000"}, 5000),
        ("0::/outside", {"memory.max": "7000"}, 7000),
        ("4:memory:/docker/x\n3:cpu,cpuacct:/", {"memory/memory.limit_in_bytes": "8000"}, 8000),
        ("4:memory:/", {"memory/memory.limit_in_bytes": str(UNLIMITED)}, None),
        ("4:memory:/a", {"memory/a/memory.limit_in_bytes": "6000", "memory.max": "1"}, 6000),
        ("", {}, None),
    ],
)
def test_the_memory_limit_of_a_container(tmp_path, monkeypatch, groups, files, limit):
    monkeypatch.setattr(limits, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(limits, "OWN_GROUPS", tmp_path / "own")
    (tmp_path / "own").write_text(groups)
    for name, text in files.items():
        path = tmp_path / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert limits.memory_limit() == limit


@pytest.mark.parametrize(
    ("whole", "limit", "seen", "enough"),
    [
        (16e9, None, "16.0 GB", True),
        (16e9, 1e9, "1.0 GB, a limit of this container; the machine has 16.0 GB", False),
        (1e9, 2e9, "1.0 GB", False),
        (None, 2e9, "2.0 GB", True),
        (None, None, "this system does not say how much there is", True),
    ],
)
def test_too_little_memory_is_said(monkeypatch, whole, limit, seen, enough):
    monkeypatch.setattr(checks, "physical_memory", lambda: whole)
    monkeypatch.setattr(checks, "memory_limit", lambda: limit)
    check = checks.memory()
    assert check.ok and check.seen == seen
    assert ('"The training loop" and "How good is it?"' in check.advice) is not enough
    assert next(c for c in doctor.examine() if c.name == "memory") == check  # before any import


def test_the_memory_of_this_machine_is_found():
    assert checks.physical_memory() is None or checks.physical_memory() > 5e8


@pytest.mark.parametrize(
    ("cores", "share", "words"),
    [
        (1, 1, "up to 1 on 1 core"),
        (4, 4, "up to 4 on 4 cores; a training measures"),
        (64, 1, "up to 1 on 64 cores: this process, its container or OMP_NUM_THREADS has no more"),
        (64, 3, "up to 3 on 64 cores: this process, its container or OMP_NUM_THREADS has no more;"),
    ],
)
def test_how_many_cores_a_training_may_use(monkeypatch, cores, share, words):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(checks, "share_of_cores", lambda: share)
    assert checks.threads().seen.startswith(words)


MANAGER = "@jupyter-widgets/jupyterlab-manager"
OURS = metadata.version("anywidget")


@pytest.fixture
def no_server(tmp_path, monkeypatch):
    """No JupyterLab runs, as far as this process can see."""
    (tmp_path / "runtime").mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    return tmp_path / "runtime"


@pytest.fixture
def server(no_server):
    """A stand-in for a JupyterLab that runs; what its page would load can be set."""

    class Server(BaseHTTPRequestHandler):
        versions, disabled, token = {MANAGER: "5.0.1", "anywidget": OURS}, [], "secret"

        def do_GET(self):
            if self.headers["Authorization"] != f"token {self.token}":
                return self.send_error(403)
            extensions = [{"name": name} for name in self.versions]
            page = {"federated_extensions": extensions, "disabledExtensions": self.disabled}
            body = f'<script id="jupyter-config-data" type="x">{json.dumps(page)}</script>'
            if self.path != "/lab":
                name = self.path.removeprefix("/lab/extensions/").removesuffix("/package.json")
                body = json.dumps({"version": self.versions[name]})
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        Server.url = f"http://127.0.0.1:{running.server_port}/"
        about = {"url": Server.url, "token": "secret", "pid": 7}
        (no_server / "jpserver-7.json").write_text(json.dumps(about))
        yield Server
        running.shutdown()


def test_the_widgets_of_this_environment_are_well(no_server):
    check = checks.widgets()
    assert check == Check(
        "widgets", True, f"JupyterLab {metadata.version('jupyterlab')} can show them"
    )


def test_a_running_server_is_asked(server):
    assert checks.widgets() == Check(
        "widgets", True, f"the JupyterLab at {server.url} can show them"
    )


@pytest.mark.parametrize("name", [MANAGER, "anywidget"])
def test_a_server_without_the_extension(server, name):
    """Installed where the kernel runs, and not where JupyterLab runs."""
    server.versions = {x: version for x, version in server.versions.items() if x != name}
    check = checks.widgets()
    assert not check.ok and check.seen == f"the JupyterLab at {server.url} lacks {name}"
    assert f"pip install {front_end.EXTENSIONS[name]} " in check.advice
    assert "restart JupyterLab" in check.advice


@pytest.mark.parametrize("entry", ["anywidget", "anywidget:plugin"])
def test_a_server_in_which_the_extension_is_disabled(server, entry):
    server.disabled = ["other", entry]
    check = checks.widgets()
    assert not check.ok and "has anywidget disabled" in check.seen
    assert "jupyter labextension enable anywidget" in check.advice


def test_a_server_with_another_version(server):
    server.versions = server.versions | {"anywidget": "0.2.1"}
    check = checks.widgets()
    assert not check.ok and check.seen.endswith(f"has anywidget 0.2.1, the kernel {OURS}")
    assert f"pip install anywidget=={OURS}" in check.advice


def test_a_server_that_lets_nobody_in_and_one_that_has_ended(server, no_server):
    server.token = "another"
    about = {"url": "http://127.0.0.1:1/", "token": "", "pid": 8}
    (no_server / "jpserver-8.json").write_text(json.dumps(about))
    (no_server / "jpserver-9.json").write_text("{")
    check = checks.widgets()
    assert check.ok and check.seen.startswith("JupyterLab ")  # then this environment's


def test_a_kernel_asks_its_own_server(server, monkeypatch):
    server.disabled = ["anywidget"]
    assert not checks.widgets().ok
    monkeypatch.setenv("JPY_PARENT_PID", "8")
    assert checks.widgets().ok


def test_the_extension_is_disabled_in_this_environment(no_server, tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    (tmp_path / "config" / "labconfig").mkdir(parents=True)
    page = {"disabledExtensions": {"anywidget": True}}
    (tmp_path / "config" / "labconfig" / "page_config.json").write_text(json.dumps(page))
    check = checks.widgets()
    assert not check.ok and "has anywidget disabled" in check.seen


def test_an_environment_without_jupyterlab(no_server, monkeypatch):
    monkeypatch.setitem(sys.modules, "jupyterlab.commands", None)
    check = checks.widgets()
    assert check.ok and check.seen.startswith("no JupyterLab here")


def test_a_true_server_is_understood(no_server, tmp_path):
    """And not only the stand-in above: one in whose environment the extension is disabled."""
    (tmp_path / "config" / "labconfig").mkdir(parents=True)
    page = {"disabledExtensions": {"anywidget": True}}
    (tmp_path / "config" / "labconfig" / "page_config.json").write_text(json.dumps(page))
    root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *root, "--no-browser", "--port=0"], cwd=tmp_path,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | {"JUPYTER_CONFIG_DIR": str(tmp_path / "config")},
    )  # fmt: skip
    try:
        end, lab = time.monotonic() + 90, None
        while not lab and process.poll() is None and time.monotonic() < end:
            time.sleep(0.1)  # it says that it runs before it writes down where
            lab = next(front_end.running(), None)
        assert lab, "the server did not come up"
    finally:
        process.kill()
        process.communicate()
    assert lab.disabled == ["anywidget"] and lab.versions["anywidget"] == OURS
    assert lab.versions.keys() == front_end.EXTENSIONS.keys()
