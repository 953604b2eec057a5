"""history.csv: what each step of a training measured, one line a step, readable by anything.

The first line names the columns, the fields of `state.Record`.
"""

import csv
import io
import math
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from gan_lib.keeping.files import write_atomically
from gan_lib.state import Record

NAME = "history.csv"


def read(path: Path, last_step: float = math.inf) -> list[Record]:
    """The records up to `last_step`, or up to the first line that is not whole.

    Columns go by their names: one that the file lacks has the default of `Record`, one that
    `Record` lacks is passed over. So the history of an older training can be read.
    """
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    rows = csv.reader(io.StringIO(text[: text.rfind("\n") + 1]))
    names, kinds, records = next(rows, []), Record.__annotations__, []
    for row in rows:
        try:
            if len(row) != len(names):
                break
            cells = {n: kinds[n](cell) for n, cell in zip(names, row) if n in kinds}
            record = Record(**cells)
        except (ValueError, TypeError):  # no number, or a column is missing that has no default
            break
        if record.step > last_step:
            break
        records.append(record)
    return records


def write(path: Path, records: Iterable[Record]) -> None:
    """A whole history, in one go."""
    write_atomically(path, _as_csv([Record._fields, *records]).encode())


class History:
    """A history that grows inside `with`: it begins with the records that are `kept` of it."""

    def __init__(self, path: Path, kept: Iterable[Record] = ()) -> None:
        write(path, kept)
        self._file = path.open("a", newline="", encoding="utf-8")

    def __enter__(self) -> "History":
        return self

    def __exit__(self, *exc: object) -> None:
        with suppress(OSError):  # of what nobody has made sure of; it must hide no other error
            self._file.close()

    def add(self, record: Record) -> None:
        """One line more; `flush` makes sure of it."""
        self._file.write(_as_csv([record]))

    def flush(self) -> None:
        """Have everything on the disk. Raises `OSError` where that refuses."""
        self._file.flush()
        os.fsync(self._file.fileno())


def _as_csv(rows: list) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
