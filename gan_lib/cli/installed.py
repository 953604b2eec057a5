"""What the doctor finds out about the libraries that are installed."""

import importlib
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from gan_lib.cli.checks import Check, first_line
from gan_lib.widgets.front_end import version

PROJECT = "gan-course"
# What is imported of a library, if not the module of its name: parts that hold compiled code.
MODULES = {
    "matplotlib": "matplotlib.backends.backend_agg",
    "pillow": "PIL.Image",
    "safetensors": "safetensors.torch",
    "scikit-learn": "sklearn.linear_model",
    "torchmetrics": "torchmetrics.image.fid",
}
FIRST = ("numpy", "torch", "torchvision")  # others hold code that was compiled for these


def requirements() -> dict[str, str]:
    """What the course needs, by name, what others build on first: {"numpy": "numpy>=1.26", …}.

    Also what it can use (its extra `lab`), as far as that is installed. Raises `ImportError` where
    `packaging` is missing.
    """
    from packaging.requirements import Requirement

    try:
        texts = metadata.requires(PROJECT) or []
    except metadata.PackageNotFoundError:  # not installed: a clone's folder, put on the path
        file = Path(__file__).parents[2] / "pyproject.toml"
        project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
        lab = project["optional-dependencies"]["lab"]
        texts = [*project["dependencies"], *(f'{text}; extra == "lab"' for text in lab)]
    wanted = {}
    for one in map(Requirement, texts):
        needed = not one.marker or one.marker.evaluate({"extra": ""})
        if needed or one.marker.evaluate({"extra": "lab"}) and version(one.name):
            wanted[one.name] = f"{one.name}{one.specifier}"
    first = {name: wanted[name] for name in FIRST if name in wanted}
    return first | wanted


def install(*names: str, how: str = "--upgrade") -> str:
    """The command that installs something beside the very Python that asks."""
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    return " ".join([python, "-m pip install", how, *(f'"{x}"' if ">" in x else x for x in names)])


def remedy(requirement: str) -> str:
    """What to do where a library is there, in a version that should do, and cannot be used."""
    how = "--upgrade --force-reinstall"
    if requirement.startswith("torch"):  # torchvision holds code compiled for exactly one torch
        return f"Install them together: {install('torch', 'torchvision', 'numpy', how=how)}"
    return install(requirement, how=how)


def library(requirement: str) -> Check:
    """Is a library there, in a version within its bounds, and can it be used?"""
    from packaging.requirements import Requirement

    wanted = Requirement(requirement)
    name, found = wanted.name, version(wanted.name)
    if not found:
        return Check(name, False, "is missing", install(requirement))
    if not wanted.specifier.contains(found, prereleases=True):
        seen = f"{found}, but the course needs {wanted.specifier}"
        return Check(name, False, seen, install(requirement))
    for other in map(Requirement, metadata.requires(name) or []):
        there = other.name in FIRST and not other.marker and version(other.name)
        if there and not other.specifier.contains(there, prereleases=True):
            seen = f"{found} was built for {other}, but {other.name} is {there}"
            return Check(name, False, seen, remedy(requirement))
    try:
        module = importlib.import_module(MODULES.get(name, name.replace("-", "_")))
        if name == "torch":
            module.ones(1).numpy()  # this alone fails where NumPy does not fit
    except (Exception, SystemExit) as error:
        fits = name != "torchvision" or not isinstance(error, RuntimeError)
        fault = "cannot be used" if fits else f"does not match torch {version('torch')}"
        return Check(name, False, f"{found} {fault}: {first_line(error)}", remedy(requirement))
    return Check(name, True, found)
