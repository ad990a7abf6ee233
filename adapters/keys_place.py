"""A file that only its owner may read, replaced in one step, changed by one process at a time."""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from adapters.ports import KeyFailure


class Stamp(NamedTuple):
    """What changes when the file is replaced."""

    modified: int
    inode: int
    size: int


def stamp(path: Path) -> Stamp:
    """Return the file's stamp; refuse a file that others may read."""
    try:
        found = path.stat()
    except OSError as error:
        raise KeyFailure(
            f"the key ring {path} cannot be opened ({error.strerror}): make one with `clinicards keys new`, "
            "or restore it"
        ) from None
    if found.st_mode & 0o077:
        raise KeyFailure(f"others may read the key ring {path}: run `chmod 600 {path}`")
    return Stamp(found.st_mtime_ns, found.st_ino, found.st_size)


def read(path: Path) -> bytes:
    """Return what the file holds."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyFailure(f"the key ring {path} cannot be read ({error.strerror})") from None


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file's lock file, so that two rotations do not lose each other's key."""
    try:
        file = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise KeyFailure(f"the key ring {path} cannot be locked ({error.strerror})") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


@contextlib.contextmanager
def made(path: Path) -> Iterator[None]:
    """Hold the lock of a file that is about to be made; one that is there is never overwritten."""
    with locked(path):
        if path.exists():
            raise KeyFailure(f"{path} is there already: rotate it, or name another file")
        yield


def write(path: Path, content: bytes) -> None:
    """Replace the file in one step that is on disk when this returns."""
    try:
        _replace(path, content)
    except OSError as error:
        raise KeyFailure(f"the key ring {path} cannot be written ({error.strerror})") from None


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    file = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(file, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
