"""The spool: where records wait on this host's disk while the store is away, sealed and bounded.

Each process appends to a file of its own, `spool-<tenant>-<random>`, which it holds locked:

```
8      "CCSPOOL1"
4 + 4  length and CRC-32 of a record, big-endian
n      the record, sealed for this file and its number in it
```

An append is on disk before it returns. A crash can leave a last record half written; nobody was told that it
was kept, and it is dropped and reported. A file whose lock is free was left by a process that is gone, and
any other may deliver it. The checksum finds what a crash tore; what somebody changed, the seal finds.
"""

import contextlib
import fcntl
import hashlib
import os
import secrets
import struct
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.ports import Keys
from cds.errors import CdsError, Unavailable
from cds.privacy.seal import SealError, open_sealed, seal

MAGIC = b"CCSPOOL1"
CHUNK = 200
"""How many records are delivered at once."""
_FRAME = struct.Struct(">II")

Deliver = Callable[[Sequence[bytes]], None]


class SpoolUnavailable(Unavailable):
    """The spool cannot be written: disk, rights or keys."""


class SpoolFull(SpoolUnavailable):
    """The spool holds as many records or bytes as it may."""


class SpoolDamaged(CdsError):
    """A record in the middle of a spool file cannot be read back."""

    title = "Spool damaged"


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was found in files left by processes that are gone."""

    delivered: int = 0
    torn: int = 0
    """Last records that a crash left half written; their callers got no answer."""
    damaged: tuple[str, ...] = ()
    """Names of files that could not be read to the end and were kept as they are."""


@dataclass(slots=True)
class _File:
    """An open spool file: how much of it is written and how much delivered."""

    path: Path
    handle: int
    end: int
    written: int = 0
    at: int = len(MAGIC)
    delivered: int = 0

    def rewind(self) -> None:
        """Empty the file, once all of it is delivered."""
        os.ftruncate(self.handle, len(MAGIC))
        self.end = self.at = len(MAGIC)
        self.written = self.delivered = 0


class Spool:
    """The spool of one tenant in one folder; one process appends through one of these."""

    def __init__(
        self,
        folder: str | Path,
        keys: Keys,
        tenant: str,
        *,
        max_records: int = 20_000,
        max_bytes: int = 64_000_000,
    ) -> None:
        self._folder = Path(folder)
        self._keys = keys
        self._tenant = tenant
        self._prefix = f"spool-{hashlib.sha256(tenant.encode()).hexdigest()[:12]}-"
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._own: _File | None = None
        self._broken = False

    @property
    def pending(self) -> int:
        """How many records of this process wait to be delivered."""
        own = self._own
        return own.written - own.delivered if own else 0

    def append(self, records: Sequence[bytes]) -> None:
        """Keep all of these records, in order and on disk, or none."""
        with self._lock:
            try:
                own = self._own or self._create()
                frames = self._frames(own, records)
                self._write(own, frames)
            except OSError as error:
                raise SpoolUnavailable(
                    f"the spool cannot be written ({error.strerror}): see the disk and rights of its folder"
                ) from None
            own.end += len(frames)
            own.written += len(records)

    def replay(self, deliver: Deliver) -> int:
        """Deliver the next records of this process in order and return how many; forget them when it returns.

        What `deliver` raises is passed on, and the records are delivered again next time.
        """
        with self._lock:
            own = self._own
            if own is None or not self.pending:
                return 0
            count = self._deliver(own, deliver)
            if own.delivered == own.written:
                # Where this fails, what was delivered stays in front and nothing is lost or doubled.
                with contextlib.suppress(OSError):
                    own.rewind()
            return count

    def adopt(self, deliver: Deliver) -> Adopted:
        """Deliver what processes that are gone have left, and delete their files."""
        with self._lock:
            found = [self._adopt_file(path, deliver) for path in self._others()]
        return Adopted(
            delivered=sum(item.delivered for item in found),
            torn=sum(item.torn for item in found),
            damaged=tuple(name for item in found for name in item.damaged),
        )

    def _adopt_file(self, path: Path, deliver: Deliver) -> Adopted:
        try:
            with _opened(path, os.O_RDWR) as handle:
                file = _take(path, handle)
                if file is None:
                    return Adopted()
                count, rest = self._empty(file, deliver)
                path.unlink()
                return Adopted(count, 1 if rest else 0)
        except FileNotFoundError:  # another process adopted it between our look and our opening
            return Adopted()
        except (SpoolDamaged, SealError, OSError):
            return Adopted(damaged=(path.name,))

    def cross_fork(self) -> None:
        """Leave the parent's file to the parent, in a child process."""
        self._lock = threading.Lock()
        if self._own is not None:
            os.close(self._own.handle)
        self._own, self._broken = None, False

    def close(self) -> None:
        """Let go of the file, and delete it where nothing waits in it."""
        with self._lock:
            own, self._own = self._own, None
            if own is not None:
                if own.written == own.delivered:
                    own.path.unlink(missing_ok=True)
                os.close(own.handle)

    def _frames(self, own: _File, records: Sequence[bytes]) -> bytes:
        frames = b"".join(
            self._frame(own.path.name, number, record) for number, record in enumerate(records, own.written)
        )
        if own.written - own.delivered + len(records) > self._max_records:
            raise SpoolFull(f"the spool holds {self._max_records} records already: bring the store back")
        if self._bytes_used() + len(frames) > self._max_bytes:
            raise SpoolFull(f"the spool holds {self._max_bytes} bytes already: bring the store back")
        return frames

    def _frame(self, name: str, number: int, record: bytes) -> bytes:
        place = f"{name}:{number}"
        sealed = seal(self._keys, record, tenant=self._tenant, record=place, field="record", purpose="spool")
        return _FRAME.pack(len(sealed), zlib.crc32(sealed)) + sealed

    def _open(self, name: str, number: int, sealed: bytes) -> bytes:
        place = f"{name}:{number}"
        return open_sealed(
            self._keys, sealed, tenant=self._tenant, record=place, field="record", purpose="spool"
        )

    def _write(self, own: _File, frames: bytes) -> None:
        if self._broken:
            raise SpoolUnavailable("the spool failed halfway before: restart once its disk is in order")
        try:
            _write_all(own.handle, frames, own.end)
            os.fsync(own.handle)
        except OSError:
            self._cut_back(own)
            raise

    def _cut_back(self, own: _File) -> None:
        """Take back what was half written, so that the file ends with a whole record."""
        try:
            os.ftruncate(own.handle, own.end)
            os.fsync(own.handle)
        except OSError:
            self._broken = True

    def _create(self) -> _File:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        path = self._folder / f"{self._prefix}{secrets.token_hex(8)}"
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _write_all(handle, MAGIC, 0)
        with _opened(self._folder, os.O_RDONLY) as folder:
            os.fsync(folder)
        self._own = _File(path, handle, end=len(MAGIC))
        return self._own

    def _others(self) -> list[Path]:
        own = {self._own.path} if self._own else set()
        return sorted({*self._folder.glob(f"{self._prefix}*")} - own)

    def _bytes_used(self) -> int:
        with os.scandir(self._folder) as found:
            return sum(item.stat().st_size for item in found)

    def _empty(self, file: _File, deliver: Deliver) -> tuple[int, int]:
        """Deliver a whole file of another process; return how many records, and the bytes torn at its end."""
        if os.pread(file.handle, len(MAGIC), 0) != MAGIC[: file.end]:
            raise SpoolDamaged(f"{file.path.name} is no spool file: take it out of the folder")
        total = 0
        while count := self._deliver(file, deliver):
            total += count
        return total, max(0, file.end - file.at)

    def _deliver(self, file: _File, deliver: Deliver) -> int:
        frames = list(_read(file))
        records = [self._open(file.path.name, file.delivered + i, sealed) for i, sealed in enumerate(frames)]
        if records:
            deliver(records)
        file.at += sum(_FRAME.size + len(sealed) for sealed in frames)
        file.delivered += len(records)
        return len(records)


def _read(file: _File) -> Iterator[bytes]:
    """Yield the next sealed records of a file, up to a chunk or to what is torn."""
    at = file.at
    for _ in range(CHUNK):
        head = os.pread(file.handle, _FRAME.size, at)
        if len(head) < _FRAME.size:
            return
        size, checksum = _FRAME.unpack(head)
        after = at + _FRAME.size + size
        sealed = os.pread(file.handle, size, at + _FRAME.size) if after <= file.end else b""
        if zlib.crc32(sealed) != checksum or not sealed:
            if after < file.end:
                raise SpoolDamaged(f"{file.path.name} is damaged before its end: restore it from a backup")
            return
        yield sealed
        at = after


@contextlib.contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    handle = os.open(path, flags | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)


def _take(path: Path, handle: int) -> _File | None:
    """Hold a file that nobody holds; None where somebody does, or has just deleted it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return None
    found = os.fstat(handle)
    return _File(path, handle, end=found.st_size) if found.st_nlink else None


def _write_all(handle: int, content: bytes, at: int) -> None:
    view = memoryview(content)
    while view:
        written = os.pwrite(handle, view, at)
        view, at = view[written:], at + written
