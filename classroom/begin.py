"""A learner begins: their own copy of the course, and JupyterLab on it.

    python classroom/begin.py            # what a hub starts for each learner
    python classroom/begin.py --alone    # without a hub: one server, with its token

The copy is made once, in `gan-course` in their home; what they change there stays theirs. It is
imported from there, so they may read and change `gan_lib`, too. Further arguments go on to Jupyter.
"""

import os
import shutil
import sys
from pathlib import Path

COURSE = Path(__file__).resolve().parents[1]
NOT_HANDED_OUT = (
    ".git", ".venv", ".ci", "runs", "assignments", "mine", "benchmarks", "tests", "teaching",
    "solutions", "__pycache__", ".*_cache", ".ipynb_checkpoints",
)  # fmt: skip
# What nobody uses ends, and its memory is free for others: kernels after an hour, then the server.
IDLE = [
    "--MappingKernelManager.cull_idle_timeout=3600",
    "--MappingKernelManager.cull_connected=True",
    "--ServerApp.shutdown_no_activity_timeout=3600",
]


def main(arguments: list[str]) -> None:
    """Become the server of this learner."""
    os.environ["PYTHONPATH"] = str(own_copy(Path.home()))
    os.chdir(Path.home())
    server = ["-m", "jupyterhub.singleuser", *IDLE]
    if "--alone" in arguments:
        arguments.remove("--alone")
        page = "--LabApp.default_url=/lab/tree/gan-course/notebooks/00_start_here.ipynb"
        server = ["-m", "jupyterlab", "--no-browser", page]
    os.execv(sys.executable, [sys.executable, *server, *arguments])


def own_copy(home: Path) -> Path:
    """The learner's copy. It appears whole or not at all, also if two servers begin at once."""
    own = home / "gan-course"
    if not own.exists():
        part = home / f".gan-course-{os.getpid()}.part"
        shutil.copytree(COURSE, part, ignore=shutil.ignore_patterns(*NOT_HANDED_OUT))
        try:
            part.rename(own)
        except OSError:  # another was faster
            shutil.rmtree(part)
    return own


if __name__ == "__main__":
    main(sys.argv[1:])
