"""What benchmarks write: rows of figures into a JSON file, tables of them into a Markdown file."""

import json
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from gan_lib.keeping.files import write_atomically

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
