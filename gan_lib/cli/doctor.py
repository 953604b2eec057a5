"""What works on this machine, and what to do about what does not.

Nothing is imported before it is asked for, so that the doctor can still speak where torch or
torchvision cannot even be imported. Used by the command line and by notebook 00.
"""

import importlib
import platform
import sys
import textwrap
from dataclasses import dataclass
from importlib import metadata


@dataclass(frozen=True)
class Check:
    """One finding: is it well, what was seen, and, if it is not well, what to do."""

    name: str
    ok: bool
    seen: str
    advice: str = ""

    def __str__(self) -> str:
        line = f"{'ok ' if self.ok else 'BAD'} {self.name:<12} {self.seen}"
        return line if not self.advice else f"{line}\n    {'':<12} → {self.advice}"


def examine(root: str | None = None) -> list[Check]:
    """All checks, in the order in which things depend on each other. `root`: see `data.load`."""
    checks = [_python(), _torch()]
    if checks[-1].ok:
        checks += [_torchvision()]
    if checks[-1].ok:
        checks += [_device(), _data(root)]
    return [*checks, _widgets()]


def _python() -> Check:
    ok = sys.version_info >= (3, 11)
    return Check("Python", ok, platform.python_version(), "" if ok else "Install 3.11 or newer.")


def _torch() -> Check:
    try:
        torch = importlib.import_module("torch")
    except (ImportError, OSError) as error:  # OSError: a shared library that does not load
        return Check("torch", False, _first_line(error), "pip install --upgrade torch torchvision")
    return Check("torch", True, torch.__version__)


def _torchvision() -> Check:
    """torchvision holds compiled code for exactly one version of torch."""
    torch_version = metadata.version("torch")
    remedy = (
        "torch and torchvision were not built for each other. Install them together: "
        "pip install --upgrade --force-reinstall torch torchvision"
    )
    try:
        version = metadata.version("torchvision")
        importlib.import_module("torchvision")
    except (ImportError, OSError) as error:
        return Check("torchvision", False, _first_line(error), remedy)
    except RuntimeError as error:  # "operator torchvision::nms does not exist"
        seen = f"{version} does not match torch {torch_version}: {_first_line(error)}"
        return Check("torchvision", False, seen, remedy)
    wanted = built_for()
    if wanted and wanted != torch_version.split("+")[0]:
        seen = f"{version} was built for torch {wanted}, but torch is {torch_version}"
        return Check("torchvision", False, seen, remedy)
    return Check("torchvision", True, f"{version}, matches torch")


def built_for() -> str | None:
    """The version of torch that the installed torchvision names: "2.15.0", or None."""
    for requirement in metadata.requires("torchvision") or []:
        name, equals, version = requirement.partition(";")[0].replace(" ", "").partition("==")
        if name == "torch" and equals:
            return version
    return None


def _device() -> Check:
    import torch

    from gan_lib.devices import pick_device, pick_precision, precision_name

    device = pick_device()
    precision = precision_name(pick_precision(device))
    threads = f", {torch.get_num_threads()} threads" if device.type == "cpu" else ""
    return Check("device", True, f"{device.type}{threads}, {precision}")


def _data(root: str | None) -> Check:
    from gan_lib.data import DataError, load

    try:
        data = load("mnist", "train", root)
    except DataError as error:
        return Check("data", False, str(error), "Or leave --data out: the course finds its own.")
    wrap = textwrap.TextWrapper(84, break_on_hyphens=False).wrap  # names of files stay whole
    lines = [line for note in str(data).splitlines() for line in wrap(note)]
    return Check("data", True, f"\n    {'':<13}".join(lines))


def _widgets() -> Check:
    seen = ""
    for name in ("ipywidgets", "anywidget"):
        try:
            seen += f"{', ' if seen else ''}{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            return Check("widgets", False, f"{name} is missing", f"pip install {name}")
    try:
        return Check("widgets", True, f"{seen}, jupyterlab {metadata.version('jupyterlab')}")
    except metadata.PackageNotFoundError:  # Colab and VS Code bring a front end of their own
        return Check("widgets", True, f"{seen}, no jupyterlab in this environment")


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
