"""Put the course from this stick onto this laptop, without a network, and open its first notebook.

    python3 start.py                    # into the folder gan-course of your home
    python3 start.py ~/lessons/gans     # or where you like
    python3 start.py --only-install

Once it is there, the same command only opens it; what you wrote stays.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

STICK = Path(__file__).resolve().parent


def copy(source: Path, to: Path) -> None:
    """A folder, whole or not at all; `to` is not there, or is empty."""
    part = to.with_name(f"{to.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(source, part)
    if to.exists():
        to.rmdir()
    part.rename(to)


def install(course: Path, venv: Path, python: Path) -> None:
    """The environment, from the wheels alone, and MNIST into the user's cache."""
    print("Installing from the stick. This takes minutes.", flush=True)
    sys.path.insert(0, str(course / "tools"))  # only now: it needs a Python as new as the course's
    from install import make_environment, never_ask_for_news, runs

    this = f"import pip, sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    if not runs(python, "-c", this):
        make_environment(venv, "--clear")
    wheels = STICK / "wheels"
    offline = os.environ | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels.as_uri()}
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["-c", wheels / "versions.txt", "-e", f"{course}[lab]"]
    if subprocess.run(command, env=offline).returncode:
        sys.exit("Not installed: the stick is for another system or another Python, or not whole.")
    where = "from gan_lib.sources.downloads import cache_folder; print(cache_folder())"
    cache = subprocess.run([python, "-c", where], text=True, cwd=course, stdout=subprocess.PIPE)
    if cache.returncode:
        sys.exit("The libraries are there and cannot be imported; the reason is above.")
    mnist = Path(cache.stdout.strip(), "MNIST")
    if (STICK / "data").exists() and not mnist.exists():
        mnist.parent.mkdir(parents=True, exist_ok=True)
        copy(STICK / "data" / "MNIST", mnist)
    never_ask_for_news(venv)
    (venv / ".place").write_text(str(course), encoding="utf-8")  # with the stamp, `make lab` is
    shutil.copy(course / "pyproject.toml", venv / ".lab")  # content with what is there


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path.home() / "gan-course")
    parser.add_argument("--only-install", action="store_true", help="do not open JupyterLab")
    asked = parser.parse_args()
    needed = (STICK / "wheels" / "python.txt").read_text(encoding="utf-8")
    if needed != ".".join(map(str, sys.version_info[:2])):
        sys.exit(f"The libraries on this stick are for Python {needed}: start it with that one.")
    course = asked.folder.expanduser().absolute()
    venv = course / ".venv"
    scripts = venv / ("Scripts" if os.name == "nt" else "bin")
    if not (course / "gan_lib").exists():
        if course.exists() and (not course.is_dir() or any(course.iterdir())):
            sys.exit(f"{course} has something else in it: name another folder.")
        copy(STICK / "course", course)
    if not (venv / ".lab").exists():
        install(course, venv, scripts / ("python.exe" if os.name == "nt" else "python"))
    print(f"The course is in {course}", flush=True)
    if not asked.only_install:
        root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        first = "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb"
        sys.exit(subprocess.run([scripts / "jupyter", "lab", *root, first], cwd=course).returncode)


if __name__ == "__main__":
    try:
        main()
    except shutil.Error as error:  # of several files; the first says why
        sys.exit(f"Not copied: {error.args[0][0][-1]}")
    except OSError as error:  # no room, no permission
        sys.exit(f"{error.filename or 'The stick'}: {error.strerror or error}")
    except KeyboardInterrupt:
        sys.exit(130)  # the same command goes on from here
