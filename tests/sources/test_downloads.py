"""The cache and the download: whatever a network, a server or a disk may do to them.

The downloads come from a server on this machine, and each test has a cache folder of its own, so
nothing here touches the internet or the user's files.
"""

import socket
import sys
import threading
import urllib.request
from pathlib import Path

import pytest
import torch
from small_mnist import IMAGES, NOBODY, RAW, Stalled, files_below, packed, put
from torchvision.datasets import MNIST

from gan_lib.data import load
from gan_lib.sources import downloads

CACHE_FOLDER = downloads.cache_folder  # the real one: every test below gets another
pytestmark = pytest.mark.usefixtures("alone")


@pytest.mark.skipif(sys.platform != "linux", reason="the variable is Linux's")
def test_the_cache_folder_follows_the_system(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/tmp/elsewhere")
    assert CACHE_FOLDER() == Path("/tmp/elsewhere/gan_lib")


def test_a_user_without_a_home_gets_the_sample(monkeypatch, tmp_path):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    monkeypatch.chdir(tmp_path)
    note = "there is no cache folder (Could not determine home directory.)"
    images = load()
    assert images.source == "the bundled sample" and images.notes[0] == note
    assert files_below(tmp_path) == set()


def test_a_download_fills_the_cache(serve, small, alone):
    asked = serve()
    images = load()
    assert set(asked) == {f"{name}.gz" for name in small}  # both splits, as long as there is a way
    assert len(images) == 60 and len(load(split="test")) == 20
    assert files_below(alone) == {f"{RAW}/{name}" for name in small}  # nothing half-written
    assert {path.name for path in alone.iterdir()} == {"MNIST"}
    asked.clear()
    again = load()
    assert not asked and torch.equal(again.images, images.images) and again.notes == ()
    assert len(MNIST(alone)) == 60  # torchvision's own class is at home there too


def test_packed_files_in_the_cache_are_used(serve, small, alone):
    put(alone, {f"{name}.gz": packed(content) for name, content in small.items()})
    asked = serve()
    assert len(load()) == 60 and load().notes == () and not asked


def test_a_cut_download_goes_on_where_it_stopped(serve, small, alone):
    cut = {"train-labels-idx1-ubyte.gz": slice(20)}
    asked = serve(lambda name, content: content[cut.get(name, slice(None))])
    images = load()
    assert images.source == "the bundled sample"
    assert "the download of train-labels-idx1-ubyte.gz failed" in images.notes[1]
    assert files_below(alone) == {f"{RAW}/{IMAGES}"}
    assert {path.name for path in alone.iterdir()} == {"MNIST"}
    cut.clear()
    asked.clear()
    assert len(load()) == 60
    assert f"{IMAGES}.gz" not in asked and "train-labels-idx1-ubyte.gz" in asked


def test_the_wanted_split_does_not_wait_for_the_other(serve, small):
    serve(lambda name, content: content if name.startswith("t10k") else content[:20])
    assert len(load(split="test")) == 20
    assert load().source == "the bundled sample"


def test_a_broken_archive_is_refused(serve, alone):
    serve(lambda name, content: content[:-9] + bytes(9))
    assert load().source == "the bundled sample"
    assert files_below(alone) == set()


def test_altered_content_is_refused_by_our_checksum(serve, small, alone):
    forged = packed(small[IMAGES][:-1] + b"\x01")
    serve(lambda name, content: forged if IMAGES in name else content)
    images = load()
    assert images.source == "the bundled sample"
    assert f"{IMAGES}.gz failed (has a damaged {RAW}/{IMAGES}: SHA-256 " in images.notes[1]
    assert f"{RAW}/{IMAGES}" not in files_below(alone)


def test_a_damaged_file_in_the_cache_is_fetched_again(serve, small, alone):
    put(alone, {**small, IMAGES: small[IMAGES][:-1]})
    asked = serve()
    images = load()
    assert len(images) == 60 and set(asked) == {f"{IMAGES}.gz"}
    assert f"damaged {RAW}/{IMAGES}" in images.notes[0] and "download" in images.source
    assert (alone / RAW / IMAGES).read_bytes() == small[IMAGES]


def test_a_damaged_file_in_the_cache_is_not_used_without_a_network(small, alone):
    put(alone, {**small, IMAGES: small[IMAGES][:-1]})
    images = load()
    assert images.source == "the bundled sample" and f"damaged {RAW}/{IMAGES}" in images.notes[0]


def test_a_second_mirror_helps_out(serve, monkeypatch):
    bad = serve(lambda name, content: content[:20])
    good = serve()
    monkeypatch.setattr(MNIST, "mirrors", [bad.url, NOBODY, good.url])
    assert len(load()) == 60


@pytest.mark.parametrize("status", [403, 405, 429, 503])
def test_a_server_that_refuses_a_question_may_still_give_the_files(serve, status):
    asked = serve(refuse=lambda request: status if request.command == "HEAD" else None)
    assert len(load()) == 60 and asked


def test_a_server_that_refuses_one_program_may_serve_another(serve):
    serve(refuse=lambda request: 403 if "Python" in request.headers["User-Agent"] else None)
    assert len(load()) == 60


def test_a_server_that_refuses_everything_is_told(serve, alone):
    asked = serve(refuse=lambda request: 403)
    images = load()
    assert images.source == "the bundled sample" and asked
    assert f"the download of {IMAGES}.gz failed (HTTP Error 403: Forbidden)" in images.notes[1]
    assert files_below(alone) == set()


def test_a_server_that_never_answers_is_given_up(serve, monkeypatch):
    monkeypatch.setattr(downloads, "PROBE_SECONDS", 0.2)
    serve(lambda name, content: None)
    images = load()  # would hang for the server's 30 s, and be empty after that
    assert images.source == "the bundled sample"
    assert "no download server of MNIST can be reached" in images.notes[1]


def test_a_name_server_that_never_answers_is_given_up(monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(downloads, "PROBE_SECONDS", 0.2)
    monkeypatch.setattr(MNIST, "mirrors", ["http://mirror.invalid/"])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(20) and [])
    try:
        images = load()
        assert not release.is_set() and "no answer in time" in images.notes[1]
        waiting = [t for t in threading.enumerate() if t.name.endswith("(ask)")]
        assert waiting and all(t.daemon for t in waiting)  # given up while the name still hangs
    finally:
        release.set()


def test_a_stall_in_the_middle_ends(serve, small, monkeypatch, alone):
    monkeypatch.setattr(downloads, "STALL_SECONDS", 0.3)
    serve(lambda name, content: Stalled(content[:20]))
    socket.setdefaulttimeout(77.0)
    try:
        images = load()
        assert socket.getdefaulttimeout() == 77.0
    finally:
        socket.setdefaulttimeout(None)
    assert images.source == "the bundled sample" and "timed out" in images.notes[1]
    assert files_below(alone) == set()


def test_an_interrupt_leaves_nothing_half_written(serve, monkeypatch, alone):
    serve()

    def interrupt(path, content):
        path.touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupt)
    with pytest.raises(KeyboardInterrupt):
        load()
    assert files_below(alone) == set() and list((alone / RAW).iterdir()) == []


def test_a_full_disk_is_told(serve, monkeypatch, alone):
    serve()

    def full(path, content):
        path.touch()
        raise OSError(28, "No space left on device", "/a/path/that/is/not/shown")

    monkeypatch.setattr(Path, "write_bytes", full)
    note = load().notes[1]
    assert "No space left on device" in note and "/a/path" not in note
    assert files_below(alone) == set()


def test_a_cache_that_cannot_be_written_is_told(serve, small, monkeypatch, tmp_path):
    asked = serve()
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setattr(downloads, "cache_folder", lambda: tmp_path / "file" / "gan_lib")
    note = load().notes[1]
    assert "the cache cannot be written (" in note and not asked


def test_a_proxy_is_honoured(serve, monkeypatch):
    serve()
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setattr(urllib.request, "_opener", None)  # urllib looks for a proxy only once
    assert load().source == "the bundled sample"  # the mirror is there, the way to it is not


def test_fashion_mnist_is_looked_for_in_the_same_places():
    notes = load("fashion-mnist").notes
    assert "no download server of Fashion-MNIST can be reached" in notes[1]
    assert "ROOT/FashionMNIST/raw/train-images-idx3-ubyte" in notes[2]
