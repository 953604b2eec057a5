"""A build backend of a few lines, so that pip can install small stand-ins without a network."""

import tomllib
import zipfile
from pathlib import Path


def write_wheel(folder: str | Path, name: str, version: str, files=(), needs=()) -> str:
    """A wheel with these files, {path: text}, and requirements; returns its name."""
    info = f"{name}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {need}" for need in needs] + ["Provides-Extra: lab"]
    files = dict(files) | {
        f"{info}/METADATA": "\n".join(lines),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\nwhere-{name} = {name}:where\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(Path(folder) / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    return f"{name}-{version}-py3-none-any.whl"


def build_editable(wheel_directory, config_settings=None, metadata_directory=None) -> str:
    """Called by `pip install -e .`, in the folder of the project, as hatchling's is."""
    needs = tomllib.loads(Path("pyproject.toml").read_text())["project"]["dependencies"]
    files = {"_gan_course.pth": str(Path.cwd())}
    return write_wheel(wheel_directory, "gan_course", "0.1.0", files, needs)
