"""A small MNIST, whole or damaged, and a server of it on this machine: for tests of `load`."""

import gzip
import hashlib
import os
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch

from gan_lib.sources.bundled import resource

RAW = "MNIST/raw"
IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
NOBODY = "http://127.0.0.1:9/"  # "discard": nobody listens
FULL = os.environ.get("GAN_LIB_DATA", "")
needs_full = pytest.mark.skipif(not FULL, reason="GAN_LIB_DATA names no folder with the full MNIST")


def small_files() -> dict[str, bytes]:
    """The content of MNIST's four files, if it had 60 and 20 of the bundled digits."""
    with np.load(resource("mnist_sample.npz")) as sample:
        pixels, labels = sample["images"], sample["labels"]
    files = {}
    for prefix, part in (("train", slice(0, 60)), ("t10k", slice(60, 80))):
        x, y = pixels[part], labels[part]
        files[f"{prefix}-images-idx3-ubyte"] = struct.pack(">4i", 2051, *x.shape) + x.tobytes()
        files[f"{prefix}-labels-idx1-ubyte"] = struct.pack(">2i", 2049, len(y)) + y.tobytes()
    return files


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def put(root: Path, files: dict[str, bytes], below: str = RAW) -> Path:
    (root / below).mkdir(parents=True)
    for name, content in files.items():
        (root / below / name).write_bytes(content)
    return root


def no_good(case: str, root: Path, files: dict[str, bytes]) -> str:
    """Make `root` no good in the way of `case`; return what a message has to contain."""
    content = files[IMAGES]
    if case == "no folder":
        return "does not exist"
    if case == "a file":
        root.write_bytes(b"")
        return "is a file, not a folder"
    if case == "missing":
        put(root, {name: c for name, c in files.items() if name != IMAGES})
        return f"lacks {RAW}/{IMAGES}"
    damaged = bytearray(content)
    if case == "truncated":
        del damaged[-100:]
    else:
        damaged[5000] ^= 1
    put(root, {**files, IMAGES: bytes(damaged)})
    return f"damaged {RAW}/{IMAGES}: SHA-256 {hashlib.sha256(damaged).hexdigest()[:12]}…"


CASES = ["no folder", "a file", "missing", "truncated", "altered"]


def files_below(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def check_shapes(images, count):
    assert images.images.shape == (count, 1, 28, 28)
    assert images.images.dtype == torch.uint8
    assert images.labels.shape == (count,)
    assert images.labels.dtype == torch.int64
    assert len(images) == count
    assert images.images.min() == 0 and images.images.max() == 255
    assert set(images.labels.tolist()) == set(range(10)) and len(images.classes) == 10


def one_line(error) -> str:
    """The message of what `pytest.raises` caught, if it is one."""
    message = str(error.value)
    assert message and "\n" not in message and "Traceback" not in message
    return message


class Stalled(bytes):
    """A part of an archive after which the mirror keeps silent, instead of hanging up."""


@contextmanager
def mirror(files: dict[str, bytes], change, refuse) -> Iterator[Counter]:
    """A mirror of `files`; it counts the archives that it is asked for, and has its `url`.

    `change(name, content)` gives what to send for an archive: bytes, or None to keep silent.
    `refuse(handler)` gives the status with which a request is refused, or None.
    """
    asked: Counter = Counter()
    release = threading.Event()

    class Mirror(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.answer(body=False)

        def do_GET(self):
            asked[self.path[1:]] += 1
            self.answer(body=True)

        def answer(self, body):
            if status := refuse(self):
                self.send_error(status)
                return
            whole = packed(files[self.path[1:].removesuffix(".gz")])
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
    asked.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield asked
    finally:
        release.set()
        server.shutdown()
        server.server_close()
