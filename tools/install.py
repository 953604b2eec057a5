"""Make the environment `.venv` and install the course into it. The Makefile calls this:

    python tools/install.py .venv/.lab lab            # STAMP EXTRAS
    python tools/install.py .venv/.test lab,test

It runs on a bare Python 3.11, before anything is installed. A stamp holds pyproject.toml as it was
when its extras were installed; `.place`, beside it, holds the folder that they were installed for.
"""

import contextlib
import functools
import http.client
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
import tomllib
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CPU_BUILDS = "https://download.pytorch.org/whl/cpu"
PATIENCE = 4.0  # seconds
say = functools.partial(print, flush=True)  # before what pip says next


def main(stamp: Path, extras: str) -> None:
    """Leave an environment around `stamp` in which the course with these extras is installed."""
    venv, wanted = stamp.absolute().parent, (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    python, place = venv / "bin" / "python", venv / ".place"
    old = place.read_text(encoding="utf-8") if place.exists() else str(ROOT)
    if old != str(ROOT):
        say(f"The environment was made in {old}. Now it is to work in {ROOT}.")
        if not follow(venv, old):
            make_environment(venv, "--clear")
    elif not runs(python, "-c", "import pip"):
        make_environment(venv)
    place.write_text(str(ROOT), encoding="utf-8")
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        say(f"Installing what the course needs into {venv}. The first time takes minutes.")
        install_torch(python, os.environ.get("TORCH", ""))
        if not pip(python, "-e", f"{ROOT}[{extras}]"):
            sys.exit(1)  # pip has said why
        never_ask_for_news(venv)
    stamp.write_text(wanted, encoding="utf-8")


def follow(venv: Path, old: str) -> bool:
    """Let an environment that came along from the folder `old` name this folder instead.

    That takes neither a network nor minutes: the first lines of the commands, which name their
    interpreter, and the .pth file, which names the library, are changed here; then venv writes
    `activate` again. False where the interpreter does not run, as on another machine.
    """
    python, here = venv / "bin" / "python", os.fsencode(ROOT)
    if not runs(python, "-c", "import pip"):
        return False
    first_line = re.compile(rb"\A#!(%b/.+)\n" % re.escape(here))
    installed = "lib/python*/site-packages/*gan_course*"
    for pattern in ("bin/*", f"{installed}.pth", f"{installed}/direct_url.json"):
        for file in venv.glob(pattern):
            if file.is_file() and not file.is_symlink():
                before = file.read_bytes()
                after = before.replace(os.fsencode(old), here)
                # A first line holds no space and no long path: a shell reads ours, as with pip's.
                after = first_line.sub(rb"""#!/bin/sh\n'''exec' "\1" "$0" "$@"\n' '''\n""", after)
                if after != before:
                    file.write_bytes(after)
    return runs(python, "-m", "venv", "--without-pip", venv)


def make_environment(venv: Path, *options: str) -> None:
    """An environment with pip, by this Python's own where Debian leaves ensurepip out."""
    make = [sys.executable, "-m", "venv"]
    if subprocess.run([*make, *options, venv]).returncode:
        borrow = [sys.executable, "-m", "pip", "--python", venv / "bin" / "python", "install"]
        if (
            subprocess.run([*make, "--clear", "--without-pip", venv]).returncode
            or subprocess.run([*borrow, "--quiet", "pip"]).returncode
        ):
            sys.exit(f"{sys.executable} has no pip. On Debian and Ubuntu: apt install python3-venv")


def install_torch(python: Path, wish: str) -> None:
    """torch and torchvision as a pair from PyTorch's CPU builds, if those are the right ones here.

    Says what was chosen. A torch that is there stays; one that is not comes with the rest.
    """
    if runs(python, "-c", "import importlib.util as u, sys; sys.exit(not u.find_spec('torch'))"):
        return
    index = choose_index(wish)
    if index is None:
        return
    say(f"Taking the CPU builds of torch and torchvision from {index}")
    needs = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pair = [need for need in needs["dependencies"] if re.match(r"torch(vision)?[^a-z]", need)]
    if not pip(python, "--index-url", index, *pair):
        without_cpu_builds(wish, f"{index} has none that fit")


def choose_index(wish: str) -> str | None:
    """Where to take torch and torchvision from; None is where pip takes everything from.

    The ordinary torch for Linux brings gigabytes for NVIDIA GPUs. Without one, or if the wish is
    "cpu", it is PyTorch's own index of CPU builds, if that answers. The wish "default" forgoes it.
    """
    if wish not in ("", "cpu", "default"):
        sys.exit(f"TORCH={wish} is neither cpu nor default.")
    if wish == "default" or (not wish and (platform.system() != "Linux" or has_nvidia_gpu())):
        return None
    index = os.environ.get("TORCH_INDEX") or CPU_BUILDS
    if answers(f"{index}/torch/"):
        return index
    without_cpu_builds(wish, f"{index} does not answer")
    return None


def without_cpu_builds(wish: str, reason: str) -> None:
    """Go on with the ordinary torch, and say so; or end, if CPU builds were asked for by hand."""
    if wish == "cpu":
        sys.exit(f"No CPU builds of torch: {reason}. Later again, or with TORCH=default.")
    say(f"Taking the ordinary torch, with gigabytes for NVIDIA GPUs: {reason}.")


def has_nvidia_gpu() -> bool:
    """Whether a driver of NVIDIA's has left its traces."""
    return shutil.which("nvidia-smi") is not None or any(Path("/dev").glob("nvidia*"))


def answers(url: str) -> bool:
    """Whether `url` can be read from within `PATIENCE` seconds.

    A thread, since urlopen's own timeout covers no look-up of names, and begins anew at each byte.
    """
    reached = threading.Event()

    def ask() -> None:
        # Some servers refuse Python's own name.
        request = urllib.request.Request(url, headers={"User-Agent": "gan-course"})
        with contextlib.suppress(OSError, http.client.HTTPException):
            with urllib.request.urlopen(request, timeout=PATIENCE):
                reached.set()

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PATIENCE)
    return reached.is_set()


def never_ask_for_news(venv: Path) -> None:
    """The JupyterLab of this environment does not ask about news; elsewhere nothing changes."""
    path = venv / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        news = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}
        path.write_text(json.dumps(news, indent=2), encoding="utf-8")


def runs(python: Path, *arguments: str | Path) -> bool:
    """Whether the interpreter is there and ends without an error."""
    try:
        return not subprocess.run([python, *arguments], capture_output=True).returncode
    except OSError:
        return False


def pip(python: Path, *arguments: str) -> bool:
    """Whether pip could install what `arguments` name."""
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return not subprocess.run([*command, *arguments]).returncode


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2])
    except KeyboardInterrupt:
        sys.exit(130)  # the same command goes on from here
