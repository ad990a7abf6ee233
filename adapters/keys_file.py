"""A key ring in one file: `{"version", "root", "keys": [{"kid", "state", "created", "key"}]}`.

The root is the material that purposes' keys derive from; it is apart from the sealing keys, so that rotating
those changes no pseudonym and no audit chain. Whoever reads the file reads everything: keep it out of the
backup of the store. AES-GCM with random nonces is good for 2**32 wraps under one key; rotate long before.
"""

import base64
import contextlib
import fcntl
import json
import os
import secrets
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from adapters.ports import Clock, KeyFailure, KeyMismatch

VERSION = 1
NONCE_BYTES = 12
State = Literal["active", "decrypt-only", "destroyed"]


@dataclass(frozen=True, slots=True)
class _Key:
    """One sealing key; a destroyed one has no secret left."""

    kid: str
    state: State
    created: float
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Ring:
    """What the file held when it was last read, with ciphers made ready."""

    root: bytes = field(repr=False)
    keys: tuple[_Key, ...]
    stamp: tuple[int, int, int] = (0, 0, 0)
    ciphers: Mapping[str, AESGCM] = field(default_factory=dict, repr=False)
    derived: dict[tuple[str, str], bytes] = field(default_factory=dict, repr=False)

    @property
    def active(self) -> str:
        """The id of the key that new data is sealed with."""
        return next(key.kid for key in self.keys if key.state == "active")


class FileKeys:
    """The key ring in a file that only its owner may read; every process sees a rotation at its next use."""

    def __init__(self, path: str | Path, *, clock: Clock | None = None) -> None:
        self._path = Path(path)
        self._now: Callable[[], float] = clock.now if clock else time.time
        self._lock = threading.Lock()
        self._ring = _read(self._path)

    @classmethod
    def create(cls, path: str | Path, *, clock: Clock | None = None) -> "FileKeys":
        """Make a new ring with one active key; a file that is there is never overwritten."""
        now = clock.now() if clock else time.time()
        file = Path(path)
        with _locked(file):
            if file.exists():
                raise KeyFailure(f"{file} is there already: rotate it, or name another file")
            _write(file, _Ring(root=secrets.token_bytes(32), keys=(_new_key(now),)))
        return cls(file, clock=clock)

    def active(self) -> str:
        """Return the id of the key that new data is sealed with."""
        return self._current().active

    def wrap(self, data_key: bytes, *, context: bytes) -> tuple[str, bytes]:
        """Return the active key's id and the data key under it, as nonce and ciphertext."""
        ring = self._current()
        kid = ring.active
        nonce = os.urandom(NONCE_BYTES)
        return kid, nonce + ring.ciphers[kid].encrypt(nonce, data_key, _bound(kid, context))

    def unwrap(self, kid: str, wrapped: bytes, *, context: bytes) -> bytes:
        """Return the data key; no key but the one named is tried."""
        cipher = self._current().ciphers.get(kid)
        if cipher is None:
            raise KeyFailure("the key that was used is unknown here or destroyed")
        try:
            return cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _bound(kid, context))
        except (InvalidTag, ValueError):
            raise KeyMismatch("the wrapped data key does not open under its key and context") from None

    def derive(self, purpose: str, tenant: str) -> bytes:
        """Return the 32-byte key of one purpose of one tenant (HKDF-SHA256, RFC 5869)."""
        ring = self._current()
        key = ring.derived.get((purpose, tenant))
        if key is None:
            info = _joined(b"clinicards derive 1", purpose.encode(), tenant.encode())
            hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=info)
            key = ring.derived[purpose, tenant] = hkdf.derive(ring.root)
        return key

    def describe(self) -> Sequence[Mapping[str, Any]]:
        """Return id, state and creation time of each key, oldest first."""
        return [{"kid": key.kid, "state": key.state, "created": key.created} for key in self._current().keys]

    def rotate(self) -> str:
        """Make a new active key; the old one still decrypts."""
        new = _new_key(self._now())
        self._change(lambda ring: (*(_retired(key) for key in ring.keys), new))
        return new.kid

    def destroy(self, kid: str) -> None:
        """Erase a key from the file: what is sealed under it is lost where no copy is left."""

        def erased(ring: _Ring) -> tuple[_Key, ...]:
            states = {key.kid: key.state for key in ring.keys}
            if kid not in states:
                raise KeyFailure("there is no key of this id: see the list of keys")
            if states[kid] == "active":
                raise KeyFailure("the active key cannot be destroyed: rotate first, then re-wrap")
            return tuple(
                replace(key, state="destroyed", secret=b"") if key.kid == kid else key for key in ring.keys
            )

        self._change(erased)

    def _change(self, change: Callable[[_Ring], tuple[_Key, ...]]) -> None:
        with _locked(self._path):
            ring = _read(self._path)
            _write(self._path, replace(ring, keys=change(ring)))
        self._current()

    def _current(self) -> _Ring:
        """Return the ring, read again where the file was replaced."""
        ring = self._ring
        if _stamp(self._path) == ring.stamp:
            return ring
        with self._lock:
            if _stamp(self._path) != self._ring.stamp:
                self._ring = _read(self._path)
            return self._ring


def _new_key(now: float) -> _Key:
    return _Key(kid=f"k{secrets.token_hex(8)}", state="active", created=now, secret=secrets.token_bytes(32))


def _retired(key: _Key) -> _Key:
    return replace(key, state="decrypt-only") if key.state == "active" else key


def _joined(*parts: bytes) -> bytes:
    """Return the parts with their lengths, so that no two lists of parts give the same bytes."""
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def _bound(kid: str, context: bytes) -> bytes:
    return _joined(b"clinicards wrap 1", kid.encode(), context)


def _stamp(path: Path) -> tuple[int, int, int]:
    """Return what changes when the file is replaced; refuse a file that others may read."""
    try:
        found = path.stat()
    except OSError as error:
        raise KeyFailure(
            f"the key ring {path} cannot be opened ({error.strerror}): make one with `clinicards keys new`, "
            "or restore it"
        ) from None
    if found.st_mode & 0o077:
        raise KeyFailure(f"others may read the key ring {path}: run `chmod 600 {path}`")
    return found.st_mtime_ns, found.st_ino, found.st_size


def _read(path: Path) -> _Ring:
    stamp = _stamp(path)
    try:
        found = json.loads(path.read_bytes())
        if found["version"] != VERSION:
            raise KeyFailure(f"{path} has version {found['version']!r}: this release reads version {VERSION}")
        root = base64.b64decode(found["root"], validate=True)
        keys = tuple(_key(item) for item in found["keys"])
    except OSError as error:
        raise KeyFailure(f"the key ring {path} cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError):
        raise KeyFailure(f"{path} is not a key ring: restore it from its backup") from None
    return _checked(path, _Ring(root=root, keys=keys, stamp=stamp))


def _checked(path: Path, ring: _Ring) -> _Ring:
    living = [key for key in ring.keys if key.state != "destroyed"]
    sizes = {len(ring.root), *(len(key.secret) for key in living)}
    if sizes != {32} or [key.state for key in living].count("active") != 1:
        raise KeyFailure(f"{path} is not a whole key ring: restore it from its backup")
    return replace(ring, ciphers={key.kid: AESGCM(key.secret) for key in living})


def _key(item: Mapping[str, Any]) -> _Key:
    state = item["state"]
    if state not in {"active", "decrypt-only", "destroyed"}:
        raise ValueError
    secret = base64.b64decode(item["key"] or "", validate=True)
    return _Key(kid=str(item["kid"]), state=state, created=float(item["created"]), secret=secret)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the ring's lock file, so that two rotations do not lose each other's key."""
    try:
        file = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise KeyFailure(f"the key ring {path} cannot be locked ({error.strerror})") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _write(path: Path, ring: _Ring) -> None:
    """Replace the file in one step that is on disk when this returns."""
    document = {
        "version": VERSION,
        "root": base64.b64encode(ring.root).decode(),
        "keys": [
            {
                "kid": key.kid,
                "state": key.state,
                "created": key.created,
                "key": base64.b64encode(key.secret).decode() or None,
            }
            for key in ring.keys
        ],
    }
    try:
        _replace(path, json.dumps(document, indent=1).encode())
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
