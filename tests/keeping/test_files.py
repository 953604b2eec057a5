"""`write_atomically`: the file is whole or as it was, and nothing else is left in its folder."""

import os
import time

import pytest

from gan_lib.keeping.files import write_atomically


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "a.bin"
    write_atomically(path, b"first")
    write_atomically(str(path), b"second")
    assert path.read_bytes() == b"second"
    assert os.listdir(tmp_path) == ["a.bin"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, step, failure):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def fail(*_):
        raise failure

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(type(failure)):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_the_file_is_not_in_its_place_before_it_is_whole(tmp_path, monkeypatch):
    path, seen, replace = tmp_path / "a.bin", [], os.replace

    def watch(source, target):
        seen.append((path.exists(), open(source, "rb").read(), os.path.dirname(source)))
        replace(source, target)

    monkeypatch.setattr(os, "replace", watch)
    write_atomically(path, b"x" * 100_000)
    assert seen == [(False, b"x" * 100_000, str(tmp_path))]


def test_the_file_gets_ordinary_permissions(tmp_path):
    (tmp_path / "ordinary").write_bytes(b"")
    write_atomically(tmp_path / "ours", b"")
    modes = {(tmp_path / name).stat().st_mode for name in ("ordinary", "ours")}
    assert len(modes) == 1


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "no" / "a.bin", b"")


def denied(times, monkeypatch):
    """A scanner that holds the file that often; returns the seconds that were waited."""
    waited, replace, left = [], os.replace, iter([True] * times)

    def deny(source, target):
        if next(left, False):
            raise PermissionError(13, "Access is denied")
        replace(source, target)

    monkeypatch.setattr(os, "replace", deny)
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


@pytest.mark.parametrize("times", [1, 5])
def test_a_scanner_that_holds_the_file_for_a_moment_is_waited_for(tmp_path, monkeypatch, times):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    waited = denied(times, monkeypatch)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new" and os.listdir(tmp_path) == ["a.bin"]
    assert len(waited) == times and 0 < sum(waited) < 2


def test_who_never_lets_go_of_the_file_is_said_and_the_old_one_stays(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    waited = denied(1000, monkeypatch)
    with pytest.raises(PermissionError, match="a.bin"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["a.bin"]
    assert 0.5 < sum(waited) < 2
