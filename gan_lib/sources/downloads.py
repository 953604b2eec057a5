"""MNIST and Fashion-MNIST in the user's cache folder, and the download that fills it.

torchvision knows the mirrors. Its own download would wait for ever and leave half-written files.
"""

import gzip
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import platformdirs
from tqdm import tqdm

from gan_lib.sources.imageset import DataError, ImageSet
from gan_lib.sources.mnist import DATASETS, FILES, fault_of, files_of, find, in_words, read

PROBE_SECONDS = 4.0  # a room without a network shall know it within five seconds
STALL_SECONDS = 15.0  # a download that receives nothing for this long is given up


def cache_folder() -> Path:
    """The folder in which downloads are kept; where it is depends on the system."""
    return Path(platformdirs.user_cache_dir("gan_lib", appauthor=False))


def from_cache(title: str, split: str, download: bool = False) -> ImageSet:
    """The images of a split from the user's cache; with `download`, what it lacks is fetched first.

    Raises `DataError` where there is no such folder, no server can be reached, the disk is full …
    """
    try:
        folder, home = cache_folder(), Path.home()
    except RuntimeError as error:  # a container whose user has no home
        raise DataError(f"there is no cache folder ({in_words(error)})") from error
    below = folder.is_relative_to(home)  # else its path would tell of the machine
    place = f"the cache ~/{folder.relative_to(home).as_posix()}" if below else "the cache folder"
    if download:
        _download(title, files_of(split), folder)
        with suppress(DataError):  # the other split too: when it is asked for, a network may lack
            _download(title, FILES, folder)
    try:
        return read(title, split, folder, f"a download into {place}" if download else place)
    except DataError as error:
        raise DataError(f"{place} {error}") from error


def _download(title: str, names: list[str], cache: Path) -> None:
    """Fetch those files that `cache` lacks; each appears in its place whole, or not at all."""
    raw = cache / DATASETS[title].__name__ / "raw"
    try:
        raw.mkdir(parents=True, exist_ok=True)
        mirrors = _mirrors(title)
        for name in names:
            if find(title, name, cache)[1]:
                content = _fetch(title, name, mirrors)
                with tempfile.TemporaryDirectory(prefix=".incomplete-", dir=raw) as staging:
                    (whole := Path(staging, name)).write_bytes(content)
                    os.replace(whole, raw / name)
    except OSError as error:
        raise DataError(f"the cache cannot be written ({in_words(error)})") from error


def _fetch(title: str, name: str, mirrors: list[str]) -> bytes:
    """The content, unpacked and checked, of one file; a bar on standard error shows the way."""
    for mirror in mirrors:
        try:
            request = Request(f"{mirror}{name}.gz", headers={"User-Agent": "gan_lib"})
            with urlopen(request, timeout=STALL_SECONDS) as answer:
                with tqdm.wrapattr(answer, "read", total=answer.length, desc=name) as packed:
                    content = gzip.open(packed).read()
            reason = fault_of(content, title, name, where=f"{DATASETS[title].__name__}/raw/{name}")
            if not reason:
                return content
        except Exception as error:  # whatever one mirror did, the next may do better
            reason = in_words(error)
    raise DataError(f"the download of {name}.gz failed ({reason})")


def _mirrors(title: str) -> list[str]:
    """The mirrors that answer, the quickest first; `DataError` if none does in time."""
    answered, reasons = [], ["no answer in time"]

    def ask(mirror: str) -> None:
        try:
            question = Request(f"{mirror}{FILES[0]}.gz", method="HEAD")
            with urlopen(question, timeout=PROBE_SECONDS):  # honours a proxy
                answered.append(mirror)
        except HTTPError as refusal:  # of this question; what is asked for later it may well give
            refusal.close()
            answered.append(mirror)
        except Exception as error:  # a malformed proxy too; a thread's traceback would help nobody
            reasons.append(in_words(error))

    # Threads, since no time limit of a socket holds for a silent name server; one may be left over.
    threads = [Thread(target=ask, args=[m], daemon=True) for m in DATASETS[title].mirrors]
    deadline = time.monotonic() + PROBE_SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    if not answered:
        raise DataError(f"no download server of {title} can be reached ({reasons[-1]})")
    return list(answered)
