"""The doctor against machines that are ill."""

import os
import subprocess
import sys
from importlib import metadata

import pytest

from gan_lib.cli import doctor


def run_with_broken_module(tmp_path, source):
    """`python -m gan_lib doctor` where `import torchvision` runs `source`."""
    (tmp_path / "torchvision.py").write_text(source)
    paths = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        [sys.executable, "-m", "gan_lib", "doctor"],
        capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
    )  # fmt: skip


def test_it_recognises_torchvision_that_was_built_for_another_torch(tmp_path):
    message = "operator torchvision::nms does not exist"
    done = run_with_broken_module(tmp_path, f"raise RuntimeError({message!r})")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f"does not match torch {metadata.version('torch')}: {message}" in done.stdout
    assert "pip install --upgrade --force-reinstall torch torchvision" in done.stdout


def test_training_with_such_a_pair_sends_the_user_to_the_doctor(tmp_path):
    (tmp_path / "torchvision.py").write_text(
        "raise RuntimeError('operator torchvision::nms does not exist')"
    )
    done = subprocess.run(
        [sys.executable, "-m", "gan_lib", "train", "--recipe", "quick", "--out", "x"],
        capture_output=True, text=True, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "python -m gan_lib doctor" in done.stderr


def test_it_compares_the_version_that_torchvision_names(monkeypatch):
    monkeypatch.setattr(doctor.metadata, "requires", lambda _: ["numpy", "torch==1.2.3", "pillow"])
    assert doctor.built_for() == "1.2.3"
    check = doctor._torchvision()
    assert not check.ok and "was built for torch 1.2.3" in check.seen


def test_the_pair_that_is_installed_here_matches():
    assert doctor.built_for() in (None, metadata.version("torch").split("+")[0])
    assert doctor._torchvision().ok


def test_a_missing_torch_is_said_with_its_remedy(monkeypatch):
    def refuse(name):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(doctor.importlib, "import_module", refuse)
    checks = doctor.examine()
    torch = next(check for check in checks if check.name == "torch")
    assert not torch.ok and "pip install" in torch.advice
    assert "device" not in [check.name for check in checks]  # nothing that depends on it is tried


@pytest.mark.parametrize("missing", ["ipywidgets", "anywidget"])
def test_a_missing_widget_package_is_said_with_its_remedy(monkeypatch, missing):
    version = doctor.metadata.version

    def refuse(name):
        if name == missing:
            raise metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(doctor.metadata, "version", refuse)
    check = doctor._widgets()
    assert not check.ok and check.seen == f"{missing} is missing"
    assert check.advice == f"pip install {missing}"


def test_the_widgets_of_this_environment_are_well():
    seen = doctor._widgets()
    assert seen.ok and "ipywidgets" in seen.seen and "anywidget" in seen.seen
