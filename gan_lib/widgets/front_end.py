"""Whether the page can show our widgets.

A widget has two halves: a package where the kernel runs, and an extension where JupyterLab runs.
Where these are two environments, or JupyterLab has been running since before, one may be missing.
Sliders and pictures are ipywidgets; only a few parts, see `parts`, need anywidget as well.
"""

import functools
import importlib.util
import json
import os
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple
from urllib.request import ProxyHandler, build_opener

EXTENSIONS = {  # that show widgets, and the packages that bring them
    "@jupyter-widgets/jupyterlab-manager": "jupyterlab_widgets",
    "anywidget": "anywidget",
}
SECONDS = 5.0  # a server that does not answer in this time is passed over


class Lab(NamedTuple):
    """A JupyterLab."""

    name: str
    versions: dict[str, str]  # of its extensions, by name
    disabled: list[str]  # names of extensions, or of their parts: "anywidget:plugin"

    def fault(self) -> tuple[str, str] | None:
        """What keeps it from showing widgets, and what to do; None if nothing does."""
        for name, package in EXTENSIONS.items():
            found, ours = self.versions.get(name), version(package)
            if not found:
                fault, what = f"lacks {name}", f"pip install {package}"
            elif any(entry.partition(":")[0] == name for entry in self.disabled):
                fault, what = f"has {name} disabled", f"jupyter labextension enable {name}"
            # anywidget's halves find each other if their versions begin with the same two numbers.
            elif package == name and ours and found.split(".")[:2] != ours.split(".")[:2]:
                what = f"pip install {package}=={ours}"
                fault = f"has {name} {found}, the kernel {ours}"
            else:
                continue
            return f"{self.name} {fault}", f"Where JupyterLab is installed: {what} – {RESTART}"
        return None


RESTART = "then restart JupyterLab, and reload its page"


@functools.cache  # it is asked for by each panel; and what it says to do restarts the kernel
def missing() -> str:
    """What is missing for the parts of the page that are our own, in a sentence; "" if nothing."""
    if importlib.util.find_spec("anywidget") is None:
        what = "anywidget is not installed where the kernel runs"
        fault = what, f"Install it there: pip install anywidget – {RESTART}"
    else:
        lab = next(running(), None) if "JPY_PARENT_PID" in os.environ else None
        fault = lab and lab.fault()
    if fault is None:
        return ""
    return (
        "Sliders and buttons work, but the drawing pad, the sheet of clusters, copying and saving, "
        f"and the names for screen readers are left out: {fault[0]}. {fault[1]}."
    )


def running() -> Iterator[Lab]:
    """The JupyterLab that runs this kernel; outside a kernel, those that run, the newest first."""
    try:
        from jupyter_core.paths import jupyter_runtime_dir
    except ImportError:
        return
    server = os.environ.get("JPY_PARENT_PID", "*")  # a kernel is told
    files = Path(jupyter_runtime_dir()).glob(f"jpserver-{server}.json")
    for file in sorted(files, key=os.path.getmtime, reverse=True):
        try:
            yield _ask(**json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, LookupError, TypeError):
            continue  # it has ended, is no JupyterLab, or wants a password


def _ask(url: str, token: str, **_: object) -> Lab:
    """What the page of a server would load, from that server itself."""
    opener = build_opener(ProxyHandler({}))  # it is on this machine
    opener.addheaders = [("Authorization", f"token {token}")]

    def get(path: str) -> str:
        with opener.open(url + path, timeout=SECONDS) as answer:
            return answer.read().decode()

    page = json.loads(
        re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', get("lab"), re.S)[1]
    )
    names = [each["name"] for each in page["federated_extensions"]]
    about = {
        x: json.loads(get(f"lab/extensions/{x}/package.json")) for x in EXTENSIONS if x in names
    }
    versions = {name: found["version"] for name, found in about.items()}
    return Lab(f"the JupyterLab at {url}", versions, page["disabledExtensions"])


def installed_here() -> Lab | None:
    """The JupyterLab of this environment, as its page would be; None if there is none."""
    try:
        from jupyter_core.paths import jupyter_path
        from jupyterlab.commands import get_app_dir
        from jupyterlab_server.config import get_federated_extensions, get_page_config
    except ImportError:
        return None
    paths = jupyter_path("labextensions")
    versions = {name: x["version"] for name, x in get_federated_extensions(paths).items()}
    page = get_page_config(paths, os.path.join(get_app_dir(), "settings"))
    return Lab(f"JupyterLab {version('jupyterlab')}", versions, page["disabledExtensions"])


def version(name: str) -> str | None:
    """The version of an installed library; None if it is missing."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
