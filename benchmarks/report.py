"""What benchmarks write: rows of figures into a JSON file, tables of them into a Markdown file."""

import json
import platform
import statistics
from collections.abc import Callable
from pathlib import Path

import torch
from filelock import FileLock

from gan_lib.keeping.files import write_atomically
from gan_lib.machine.devices import pick_precision, precision_name

Row = dict[str, object]


def keep_rows(path: Path, key: Row, new: list[Row], write: Callable[[list[Row]], None]) -> None:
    """Put `new` rows in the place of those that have all of `key`; `write` all rows' tables.

    Two calls of a benchmark may do so side by side: nothing of either is lost.
    """
    for row in new:
        print(json.dumps(row), flush=True)
    with FileLock(f"{path}.lock"):
        rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        rows = [row for row in rows if not key.items() <= row.items()] + new
        write_atomically(path, json.dumps(rows, indent=1).encode())
        write(rows)


def matching(rows: list[Row], **key: object) -> list[Row]:
    """The rows that have all of `key`."""
    return [row for row in rows if key.items() <= row.items()]


def mean_and_range(values: list[float], decimals: int = 2) -> str:
    """ "5.54 (4.40 to 6.13)"; of a single value, that one."""
    if not values:
        return "–"
    text = f"{statistics.mean(values):,.{decimals}f}"
    if len(values) > 1:
        text += f" ({min(values):,.{decimals}f} to {max(values):,.{decimals}f})"
    return text


def machine(precision: torch.dtype | None = None) -> str:
    """The processor, as far as the system tells, and what torch makes of it, or is told to."""
    model = platform.processor() or platform.machine()
    try:
        info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        model = next(x for x in info.splitlines() if x.startswith("model name")).split(": ")[1]
    except (OSError, StopIteration):
        pass
    named = precision_name(precision or pick_precision(torch.device("cpu")))
    return f"{model}, {torch.get_num_threads()} threads, {named}, torch {torch.__version__}"


def put(path: Path, name: str, table: str) -> None:
    """Replace what stands in `path` between `<!-- name -->` and `<!-- end name -->`."""
    with FileLock(f"{path}.lock"):  # two benchmarks may run side by side
        _put(path, name, table)


def _put(path: Path, name: str, table: str) -> None:
    begin, end = f"<!-- {name} -->\n", f"<!-- end {name} -->"
    before, _, rest = path.read_text(encoding="utf-8").partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{path.name} has no place for {name}")
    write_atomically(path, (before + begin + "\n" + table + "\n" + end + after).encode())
