"""Files and standard streams as commands read and write them: what is written appears whole or not at all."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

STREAM = "-"


def fault(sources: list[str], targets: list[str]) -> str:
    """Return what is wrong with these paths, saying the fix, or an empty string."""
    for source in sources:
        if source != STREAM and (not Path(source).exists() or Path(source).is_dir()):
            return f"{source}: there is no such file"
    for target in targets:
        folder = Path(target).resolve().parent
        if target != STREAM and not folder.is_dir():
            return f"{folder}: there is no such folder; make it first"
    named = [Path(p).resolve() for p in (*sources, *targets) if p != STREAM and not _is_special(Path(p))]
    if len(named) != len(set(named)):
        return "two of the files are the same; choose another output"
    if targets.count(STREAM) > 1 or sources.count(STREAM) > 1:
        return "standard input and output can be used once each; name a file for the other"
    return ""


@contextmanager
def source(path: str) -> Iterator[BinaryIO]:
    """Yield what to read from; - is standard input."""
    if path == STREAM:
        yield sys.stdin.buffer
        return
    with Path(path).open("rb") as file:
        yield file


@contextmanager
def target(path: str) -> Iterator[BinaryIO]:
    """Yield where to write; a file is written under another name and put in its place at the end."""
    if path == STREAM:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    place = Path(path).resolve()
    if _is_special(place):
        with place.open("wb") as file:
            yield file
        return
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        # Only its owner may read it: what it holds is about patients still.
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)


def _is_special(path: Path) -> bool:
    return path.exists() and not stat.S_ISREG(path.stat().st_mode)
