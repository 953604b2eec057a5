"""Tables that a benchmark writes into a Markdown file, between two comments that name it."""

from pathlib import Path

from filelock import FileLock

from gan_lib.keeping.files import write_atomically


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
