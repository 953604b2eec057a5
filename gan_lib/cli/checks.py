"""What the doctor finds out, a check a function: about the machine, and about the libraries.

torch is imported inside the functions that need it: the doctor must speak where it cannot be.
"""

import importlib
import os
import platform
import sys
import textwrap
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata

from gan_lib.machine.limits import memory_limit, share_of_cores
from gan_lib.widgets.front_end import installed_here, running, version

# What is imported of a library, if not the module of its name: parts that hold compiled code.
MODULES = {
    "matplotlib": "matplotlib.backends.backend_agg",
    "pillow": "PIL.Image",
    "safetensors": "safetensors.torch",
    "scikit-learn": "sklearn.linear_model",
    "torchmetrics": "torchmetrics.image.fid",
}
FIRST = ("numpy", "torch", "torchvision")  # others hold code that was compiled for these
LITTLE_MEMORY = 1.5e9  # bytes. The import of torch takes 0.8e9; two notebooks take 1.1 and 1.3e9


@dataclass(frozen=True)
class Check:
    """One finding: is it well, what was seen, and what to do. Advice where it is well is a note."""

    name: str
    ok: bool
    seen: str
    advice: str = ""

    def __str__(self) -> str:
        mark = "BAD" if not self.ok else "note" if self.advice else "ok"
        lines = [*self.seen.splitlines(), *([f"→ {self.advice}"] if self.advice else [])]
        return f"{mark:<4} {self.name:<13}" + f"\n{'':<18}".join(lines)


def first_line(error: BaseException) -> str:
    """The first line of what an error says, or its kind where it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def python() -> Check:
    """Is this Python new enough?"""
    ok = sys.version_info >= (3, 11)
    return Check("Python", ok, platform.python_version(), "" if ok else "Install 3.11 or newer.")


def memory() -> Check:
    """Does the machine, or its container, leave enough memory for every notebook?"""
    whole, limit = physical_memory(), memory_limit()
    if not whole and not limit:
        return Check("memory", True, "this system does not say how much there is")
    most = min(filter(None, (whole, limit)))
    seen = f"{most / 1e9:.1f} GB"
    if whole and most < whole:
        seen += f", a limit of this container; the machine has {whole / 1e9:.1f} GB"
    advice = (
        'The notebooks "The training loop" and "How good is it?" need 1.1 to 1.3 GB: with less, '
        "the kernel dies without a word. Raise the limit, or run them on another machine."
    )
    return Check("memory", True, seen, advice if most < LITTLE_MEMORY else "")


def physical_memory() -> int | None:
    """Bytes of memory in this machine; None where the system does not say (Windows)."""
    with suppress(AttributeError, ValueError, OSError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None


def device() -> Check:
    """Which device will be used: the first on which a small step of a training works."""
    from gan_lib.machine.devices import gpus, pick_device, pick_precision, precision_name, probe

    device = pick_device()
    if fault := probe(device):
        seen = f"{device}: a convolution and its gradient fail: {fault}"
        return Check("device", False, seen, "Install torch anew, or take another machine.")
    seen = f"{device.type}, {precision_name(pick_precision(device))}"
    faults = [f"{gpu} is there, but fails: {why}" for gpu in gpus() if (why := probe(gpu))]
    advice = (
        "The CPU is used, which is enough for the course. For the GPU, install a newer driver, "
        "or the build of torch that fits it: https://pytorch.org/get-started/locally"
    )
    return Check("device", True, "\n".join([seen, *faults]), advice if faults else "")


def threads() -> Check:
    """How many of the machine's cores a training may use."""
    share, cores = share_of_cores(), os.cpu_count() or 1
    seen = f"up to {share} on {cores} core{'s' * (cores > 1)}"
    if share < cores:
        seen += ": this process, its container or OMP_NUM_THREADS has no more"
    if share > 1:
        seen += "; a training measures at its start whether one is faster"
    return Check("threads", True, seen)


def images(root: str | None = None) -> Check:
    """Which images of MNIST are found. `root`: see `gan_lib.data.load`."""
    from gan_lib.data import DataError, load

    try:
        found = load("mnist", "train", root)
    except DataError as error:
        advice = "Or leave --data out: the course finds its own." if root else ""
        return Check("data", False, str(error), advice)
    wrap = textwrap.TextWrapper(82, break_on_hyphens=False).wrap  # names of files stay whole
    seen = "\n".join(line for note in str(found).splitlines() for line in wrap(note))
    passed_over = not root and os.environ.get("GAN_LIB_DATA") and "GAN_LIB_DATA" not in found.source
    advice = "GAN_LIB_DATA is set, but not used: see why above." if passed_over else ""
    return Check("data", True, seen, advice)


def widgets() -> Check:
    """Can the JupyterLab that shows our notebooks, or would show them, show our widgets?"""
    lab = next(running(), None) or installed_here()
    if not lab:
        return Check("widgets", True, "no JupyterLab here; Colab and VS Code show them themselves")
    if fault := lab.fault():
        return Check("widgets", False, *fault)
    return Check("widgets", True, f"{lab.name} can show them")


def requirements() -> dict[str, str]:
    """What the course needs, and what is installed of its extra `lab`: {"numpy": "numpy>=1.26", …}.

    What others build on comes first. Raises `ImportError` where the course is not installed.
    """
    from packaging.requirements import Requirement

    wanted = {}
    for one in map(Requirement, metadata.requires("gan-course") or []):
        needed = not one.marker or one.marker.evaluate({"extra": ""})
        if needed or one.marker.evaluate({"extra": "lab"}) and version(one.name):
            wanted[one.name] = f"{one.name}{one.specifier}"
    return {name: wanted[name] for name in FIRST if name in wanted} | wanted


def install(what: str, how: str = "--upgrade") -> str:
    """The command that installs something beside the very Python that asks."""
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    return f"{python} -m pip install {how} {what}"


def remedy(name: str) -> str:
    """What to do where a library is there, in a version that should do, and cannot be used."""
    how = "--upgrade --force-reinstall"
    if name.startswith("torch"):  # torchvision holds code compiled for exactly one torch
        return f"Install them together: {install('torch torchvision numpy', how)}"
    return install(name, how)


def library(requirement: str) -> Check:
    """Is a library there, in a version within its bounds, and can it be used?"""
    from packaging.requirements import Requirement

    wanted = Requirement(requirement)
    name, found = wanted.name, version(wanted.name)
    if not found:
        return Check(name, False, "is missing", install(f'"{requirement}"'))
    if not wanted.specifier.contains(found, prereleases=True):
        seen = f"{found}, but the course needs {wanted.specifier}"
        return Check(name, False, seen, install(f'"{requirement}"'))
    try:
        module = importlib.import_module(MODULES.get(name, name.replace("-", "_")))
        if name == "torch":
            module.ones(1).numpy()  # this alone fails where NumPy does not fit
    except (Exception, SystemExit) as error:
        fits = name != "torchvision" or not isinstance(error, RuntimeError)
        fault = "cannot be used" if fits else f"does not match torch {version('torch')}"
        return Check(name, False, f"{found} {fault}: {first_line(error)}", remedy(name))
    return Check(name, True, found)
