"""What a hub hands out and is told. With a real hub: `benchmarks/class_on_a_server.py`."""

import importlib.util
import re
import runpy
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

ROOT = Path(__file__).parents[1]
CLASSROOM = ROOT / "classroom"


@pytest.fixture(scope="module")
def begin():
    spec = importlib.util.spec_from_file_location("begin", CLASSROOM / "begin.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def told(monkeypatch, **variables):
    """What the hub's configuration says, with these variables in its environment."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    c = SimpleNamespace(Spawner=SimpleNamespace())
    runpy.run_path(CLASSROOM / "gan_course.py", {"get_config": lambda: c})
    return c.Spawner


def test_a_learner_gets_a_copy_once_and_keeps_what_they_change(begin, tmp_path):
    own = begin.own_copy(tmp_path)
    assert (own / "notebooks" / "00_start_here.ipynb").is_file()
    assert (own / "gan_lib" / "data.py").is_file() and (own / "resources").is_dir()
    assert not any((own / name).exists() for name in (".git", ".venv", "tests", "runs", "teaching"))
    assert not (own / "notebooks" / "solutions").exists()
    (own / "notebooks" / "mine.txt").write_text("my own")
    assert begin.own_copy(tmp_path) == own
    assert (own / "notebooks" / "mine.txt").read_text() == "my own"
    assert list(tmp_path.iterdir()) == [own]


def test_two_servers_that_begin_at_once_leave_one_whole_copy(begin, tmp_path, monkeypatch):
    numbers = iter(range(100))
    monkeypatch.setattr(begin.os, "getpid", lambda: next(numbers))  # as two processes have
    with ThreadPoolExecutor(2) as pool:
        copies = list(pool.map(begin.own_copy, [tmp_path, tmp_path]))
    assert copies[0] == copies[1] and list(tmp_path.iterdir()) == [copies[0]]
    assert (copies[0] / "README.md").is_file()


def test_the_library_is_imported_from_the_learners_copy(begin, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(begin.Path, "home", lambda: tmp_path)
    monkeypatch.setattr(begin.os, "execv", lambda *call: seen.append(call))
    monkeypatch.setattr(begin.os, "chdir", lambda path: None)
    monkeypatch.setenv("PYTHONPATH", "")
    begin.main(["--port=0"])
    (_, command), path = seen[0], begin.os.environ["PYTHONPATH"]
    assert command[1:3] == ["-m", "jupyterhub.singleuser"] and command[-1] == "--port=0"
    assert any("cull_idle_timeout" in argument for argument in command)
    where = subprocess.run(
        [sys.executable, "-c", "import gan_lib; print(gan_lib.__file__)"],
        env=begin.os.environ | {"PYTHONPATH": path}, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert Path(where.stdout.strip()) == tmp_path / "gan-course" / "gan_lib" / "__init__.py"
    begin.main(["--alone"])
    assert not any("token" in argument or "password" in argument for argument in seen[1][1])


def test_what_the_hub_is_told_can_be_changed_by_its_environment(monkeypatch):
    usual = told(monkeypatch)
    assert (usual.mem_limit, usual.cpu_limit) == ("2G", 1)
    assert usual.environment["OMP_NUM_THREADS"] == "1"
    assert usual.cmd[1] == "/srv/gan-course/classroom/begin.py"
    other = told(
        monkeypatch, GAN_COURSE="/opt/x", GAN_COURSE_CORES="2", GAN_COURSE_MEMORY="3G",
        GAN_COURSE_DATA="/data", GAN_COURSE_PYTHON="/usr/bin/python3",
    )  # fmt: skip
    assert (other.mem_limit, other.cpu_limit) == ("3G", 2)
    assert other.environment["OMP_NUM_THREADS"] == "2"
    assert other.environment["GAN_LIB_DATA"] == "/data"
    assert other.cmd == ["/usr/bin/python3", "/opt/x/classroom/begin.py"]


def test_kubernetes_and_the_image_say_the_same_as_the_hub(monkeypatch):
    values = yaml.safe_load((CLASSROOM / "values.yaml").read_text(encoding="utf-8"))["singleuser"]
    spawner = told(monkeypatch)
    assert values["extraEnv"] == spawner.environment
    assert values["cmd"][1:] == spawner.cmd[1:] and values["defaultUrl"] == spawner.default_url
    assert (values["memory"]["limit"], values["cpu"]["limit"]) == ("2G", 1)
    data, _ = values["storage"]["extraVolumeMounts"]
    assert data["readOnly"] and data["mountPath"] == spawner.environment["GAN_LIB_DATA"]
    image = (CLASSROOM / "Dockerfile").read_text(encoding="utf-8")
    for path in re.findall(r"/srv/gan-course/([\w./]+\.py)", image):
        assert (ROOT / path).is_file()
    assert "environment.yml" in image and image.rindex("USER jovyan") > image.rindex("USER root")
