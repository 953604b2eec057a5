"""Everything that a room without a network needs, in one folder, such as one of a USB stick.

    .venv/bin/python tools/make_stick.py /media/usb/gan-course

It holds the course, the libraries as wheels, in the versions that work here, for the same system
and the same Python, MNIST as far as it is on this machine, and `start.py`: on a laptop, that alone
is to be run. A second call brings the folder up to date.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from install import CPU_BUILDS, ROOT

from gan_lib.keeping.files import write_atomically
from gan_lib.sources.downloads import cache_folder
from gan_lib.sources.mnist import FILES, find

NOT_HANDED_ON = (
    ".git", ".venv", ".ci", "runs", "assignments", "mine", "__pycache__", ".*_cache",
    ".ipynb_checkpoints",
)  # fmt: skip
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
BUILDS_THE_COURSE = ["hatchling", "editables"]  # what `pip install -e` fetches for itself


def copy_course(to: Path) -> None:
    """The course without what was made in it: environment, trainings, your own notebooks."""
    part = to.with_name(f"{to.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(ROOT, part, ignore=shutil.ignore_patterns(*NOT_HANDED_ON))
    if to.exists():
        shutil.rmtree(to)
    part.rename(to)


def fetch_wheels(to: Path) -> bool:
    """The libraries of the lab, in the versions of this environment; False if pip could not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["lab"] + BUILDS_THE_COURSE
    pins = [pin for pin in versions_here() if not pin.startswith(f"{project['name']}==")]
    to.mkdir(parents=True, exist_ok=True)
    write_atomically(to / "versions.txt", "\n".join(pins).encode())
    write_atomically(to / "python.txt", b"%d.%d" % sys.version_info[:2])
    index = os.environ.get("TORCH_INDEX") or CPU_BUILDS
    more = ["--extra-index-url", index] if any("+cpu" in pin for pin in pins) else []
    command = [*PIP, "wheel", "--quiet", "--wheel-dir", to, "--find-links", to]
    return not subprocess.run([*command, "-c", to / "versions.txt", *more, *wanted]).returncode


def versions_here() -> list[str]:
    """What is installed, as NAME==VERSION."""
    listed = json.loads(subprocess.check_output([*PIP, "list", "--format=json"]))
    return [f"{package['name']}=={package['version']}" for package in listed]


def copy_mnist(to: Path) -> bool:
    """MNIST's files from the folder in GAN_LIB_DATA or the user's cache; False if in neither."""
    for root in filter(None, (os.environ.get("GAN_LIB_DATA"), cache_folder())):
        contents = {name: find("MNIST", name, Path(root))[0] for name in FILES}
        if all(contents.values()):
            (raw := to / "MNIST" / "raw").mkdir(parents=True, exist_ok=True)
            for name, content in contents.items():
                write_atomically(raw / name, content)
            return True
    return False


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="a new folder, or one that this program made")
    to = parser.parse_args(arguments).folder.expanduser().resolve()
    if to.is_relative_to(ROOT) or ROOT.is_relative_to(to) or (to.exists() and not to.is_dir()):
        parser.error(f"{to} lies in the course or around it, or is no folder: choose another")
    if to.is_dir() and any(to.iterdir()) and not (to / "wheels" / "python.txt").exists():
        parser.error(f"{to} has something else in it: choose a new folder")
    try:
        to.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "tools" / "start.py", to)
        wheels = fetch_wheels(to / "wheels")
        copy_course(to / "course")
        data = copy_mnist(to / "data")
    except shutil.Error as error:
        sys.exit(f"{to} cannot be written: {error.args[0][0][-1]}")
    except OSError as error:  # a full stick, or one that is write-protected
        sys.exit(f"{to} cannot be written: {error.strerror or error}")
    if not wheels:
        sys.exit("pip could not fetch the wheels; the reason is above. Run this again.")
    size = sum(path.stat().st_size for path in to.rglob("*") if path.is_file())
    print(f"{to} is ready, {size / 1e9:.1f} GB: the course, its libraries, ", end="")
    print("and MNIST." if data else "but no MNIST: it will go on with its 5,000 digits.")
    print("On a laptop with the same system and Python: python3 start.py, in that folder.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)  # the same command goes on from here
