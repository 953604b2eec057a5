"""history.csv: columns by their names, and a file that a power cut has torn."""

import math
import sys

import pytest

from gan_lib.keeping import history
from gan_lib.keeping.history import History
from gan_lib.state import Record


def record(step, **others):
    figures = dict.fromkeys(Record._fields, 0.1 * step) | {"step": step, "epoch": 1}
    return Record(**figures | others)


def cells(path):
    return [line.split(",") for line in path.read_text().splitlines()]


def test_what_was_written_is_read_back_bit_for_bit(tmp_path):
    path = tmp_path / "history.csv"
    records = [record(step, seconds=step / 3) for step in range(1, 5)]
    with History(path, records[:2]) as growing:
        for each in records[2:]:
            growing.add(each)
        growing.flush()
        assert history.read(path) == records
        assert history.read(path, last_step=3) == records[:3]
        assert cells(path)[0] == list(Record._fields) and len(cells(path)) == 5
    history.write(path, records[:1])
    assert history.read(path) == records[:1]
    assert history.read(tmp_path / "none.csv") == []


def test_a_column_goes_by_its_name_and_not_by_its_place(tmp_path):
    """As another version wrote it: other columns, in another order, and one that nobody knows."""
    path = tmp_path / "history.csv"
    records = [record(step) for step in (1, 2)]
    names = list(reversed(Record._fields[:11]))
    lines = [[*names, "mood"]]
    lines += [[*(str(getattr(r, name)) for name in names), "good"] for r in records]
    path.write_text("".join(",".join(line) + "\n" for line in lines))
    found = history.read(path)
    assert [r[:11] for r in found] == [r[:11] for r in records]
    assert all(math.isnan(value) for r in found for value in r[11:])


def test_an_older_history_is_kept_when_it_goes_on(tmp_path):
    """Its columns were the first ten. A resume writes all of it anew, with those that are new."""
    path = tmp_path / "history.csv"
    old = [record(step)[:10] for step in (1, 2, 3)]
    lines = [Record._fields[:10], *old]
    path.write_text("".join(",".join(map(str, line)) + "\n" for line in lines))
    with History(path, history.read(path, last_step=2)) as growing:
        growing.add(record(3, loss_generator=9.0))
    found = history.read(path)
    assert [r[:10] for r in found[:2]] == old[:2] and found[2].loss_generator == 9.0
    assert found[2].gradient_images == record(3).gradient_images


def test_a_column_that_has_no_default_cannot_lack(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("step,epoch\n1,1\n")
    assert history.read(path) == []


@pytest.mark.parametrize("torn", [1, 3, 30, 70])
def test_a_line_that_is_not_whole_ends_it(tmp_path, torn):
    """Also where it is torn in the middle of a number, which would still be one."""
    path = tmp_path / "history.csv"
    history.write(path, [record(step, gradient_images=step / 7) for step in (1, 2, 3)])
    whole = path.read_bytes()
    path.write_bytes(whole[:-torn])
    assert [r.step for r in history.read(path)] == [1, 2]
    path.write_bytes(whole[:-torn] + b"\x00\xff" * 20)  # as a power cut leaves it
    assert [r.step for r in history.read(path)] == [1, 2]
    path.write_bytes(b"")
    assert history.read(path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits stand in for a full disk")
def test_where_the_disk_is_full_closing_hides_no_other_error(tmp_path):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(ZeroDivisionError), History(tmp_path / "history.csv") as growing:
            resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
            growing.add(record(1))
            with pytest.raises(OSError, match="File too large"):
                growing.flush()
            raise ZeroDivisionError
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
