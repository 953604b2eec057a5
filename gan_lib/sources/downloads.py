"""MNIST and Fashion-MNIST in the user's cache folder, and the download that fills it.

torchvision does the downloading, since it knows the mirrors and their checksums; here is what it
lacks: it asks which mirror is there, limits the time, and leaves nothing half-written.
"""

import os
import shutil
import socket
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import platformdirs
from torchvision.datasets.utils import download_and_extract_archive

from gan_lib.sources.imageset import DataError, ImageSet
from gan_lib.sources.mnist import DATASETS, PREFIX, check, find, in_words, read

PROBE_SECONDS = 4.0  # a room without a network shall know it within five seconds
STALL_SECONDS = 15.0  # a download that receives nothing for this long is given up


def cache_folder() -> Path:
    """The folder in which downloads are kept; where it is depends on the system."""
    return Path(platformdirs.user_cache_dir("gan_lib", appauthor=False))


def from_cache(title: str, split: str) -> ImageSet:
    """The images of a split from the user's cache; what it lacks is downloaded into it first.

    Raises `DataError` where there is no such folder, no server can be reached, the disk is full …
    """
    try:
        folder, home = cache_folder(), Path.home()
    except RuntimeError as error:  # a container whose user has no home
        raise DataError(f"there is no cache folder ({in_words(error)})") from error
    below = folder.is_relative_to(home)  # else its path would tell of the machine
    place = f"the cache ~/{folder.relative_to(home).as_posix()}" if below else "the cache folder"
    try:
        return read(title, split, folder, place)
    except DataError as error:
        lack, trouble = f"{place} {error}", None
    try:
        _download(title, split, folder)
    except DataError as error:
        trouble = error
    try:
        images = read(title, split, folder, place)
    except DataError as error:  # else only the other split could not be had
        raise DataError(f"{lack}; {trouble or error}") from error
    return replace(images, notes=(f"{lack}; so the files were downloaded into it",))


def _download(title: str, split: str, cache: Path) -> None:
    """Fetch the files of both splits that `cache` lacks, those of `split` first.

    Each is unpacked and checked in a folder of its own, and only then moved to its place. So a
    broken download leaves nothing half-written, and the next one fetches only what still lacks.
    """
    archives = sorted(DATASETS[title].resources, key=lambda x: not x[0].startswith(PREFIX[split]))
    raw, timeout = cache / DATASETS[title].__name__ / "raw", socket.getdefaulttimeout()
    try:
        raw.mkdir(parents=True, exist_ok=True)
        for left in cache.glob(".incomplete-*"):  # by a download that was killed
            if time.time() - left.stat().st_mtime > 3600:
                shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=".incomplete-", dir=cache) as staging:
            mirrors = _mirrors(title)
            socket.setdefaulttimeout(STALL_SECONDS)  # torchvision sets none and would wait for ever
            for archive, md5 in archives:
                name = archive.removesuffix(".gz")
                if find(title, name, cache)[1]:
                    os.replace(_fetch(title, archive, md5, mirrors, Path(staging)), raw / name)
    except OSError as error:
        raise DataError(f"the cache cannot be written ({in_words(error)})") from error
    finally:
        socket.setdefaulttimeout(timeout)


def _fetch(title: str, archive: str, md5: str, mirrors: list[str], staging: Path) -> Path:
    """Download and unpack one archive; return the path of its file once that has been checked."""
    name = archive.removesuffix(".gz")
    path = staging / DATASETS[title].__name__ / "raw" / name
    for mirror in mirrors:
        try:
            download_and_extract_archive(mirror + archive, path.parent, filename=archive, md5=md5)
            content, reason = check(title, name, path, staging)
            if content:
                return path
        except Exception as error:  # whatever one mirror did, the next may do better
            reason = in_words(error)
    raise DataError(f"the download of {archive} failed ({reason})")


def _mirrors(title: str) -> list[str]:
    """The mirrors that answer, the quickest first; `DataError` if none does in time."""
    answered, reasons = [], ["no answer in time"]

    def ask(mirror: str) -> None:
        try:
            url = mirror + DATASETS[title].resources[0][0]
            with urlopen(Request(url, method="HEAD"), timeout=PROBE_SECONDS):  # honours a proxy
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
