"""A key ring in one file. Whoever reads the file reads everything: keep it out of the backup of the store."""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters import keys_place, keys_ring
from adapters.keys_place import Stamp
from adapters.keys_ring import Ring
from adapters.ports import Clock, KeyFailure


class FileKeys:
    """The key ring in a file that only its owner may read; every process sees a rotation at its next use."""

    def __init__(self, path: str | Path, *, clock: Clock | None = None) -> None:
        self._path = Path(path)
        self._now: Callable[[], float] = clock.now if clock else time.time
        self._lock = threading.Lock()
        self._held = self._read()

    @classmethod
    def create(cls, path: str | Path, *, ring: Ring | None = None, clock: Clock | None = None) -> "FileKeys":
        """Make the file of a new ring, or of a given one; a file that is there is never overwritten."""
        now = clock.now() if clock else time.time()
        file = Path(path)
        with keys_place.made(file):
            _write(file, ring or keys_ring.new_ring(now))
        return cls(file, clock=clock)

    def active(self) -> str:
        """Return the id of the key that new data is sealed with."""
        return self._current().active

    def wrap(self, data_key: bytes, *, context: bytes) -> tuple[str, bytes]:
        """Return the active key's id and the data key under it."""
        return self._current().wrap(data_key, context=context)

    def unwrap(self, kid: str, wrapped: bytes, *, context: bytes) -> bytes:
        """Return the data key; no key but the one named is tried."""
        return self._current().unwrap(kid, wrapped, context=context)

    def derive(self, purpose: str, tenant: str) -> bytes:
        """Return the 32-byte key of one purpose of one tenant."""
        return self._current().derive(purpose, tenant)

    def describe(self) -> Sequence[Mapping[str, Any]]:
        """Return id, state and creation time of each key, oldest first."""
        return self._current().describe()

    def rotate(self) -> str:
        """Make a new active key; the old one still decrypts."""
        return self._change(lambda ring: ring.rotated(self._now())).active

    def destroy(self, kid: str) -> None:
        """Erase a key from the file: what is sealed under it is lost where no copy is left."""
        self._change(lambda ring: ring.without(kid))

    def _change(self, change: Callable[[Ring], Ring]) -> Ring:
        with keys_place.locked(self._path):
            _, ring = self._read()
            changed = change(ring)
            _write(self._path, changed)
        self._current()
        return changed

    def _current(self) -> Ring:
        """Return the ring, read again where the file was replaced."""
        stamp, ring = self._held
        if keys_place.stamp(self._path) == stamp:
            return ring
        with self._lock:
            if keys_place.stamp(self._path) != self._held[0]:
                self._held = self._read()
            return self._held[1]

    def _read(self) -> tuple[Stamp, Ring]:
        return keys_place.stamp(self._path), read_ring(self._path)


def read_ring(path: Path) -> Ring:
    """Return the ring that a file holds."""
    keys_place.stamp(path)
    try:
        document = json.loads(keys_place.read(path))
    except ValueError:
        raise KeyFailure(f"{path} is not a key ring: restore it from its backup") from None
    return keys_ring.load(document, place=str(path))


def _write(path: Path, ring: Ring) -> None:
    keys_place.write(path, json.dumps(keys_ring.dump(ring), indent=1).encode())
