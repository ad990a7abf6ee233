"""A key ring in a file that only a key service can open: AWS KMS, GCP KMS, Azure Key Vault, Vault Transit.

```
{"version", "service", "ring", "kek", "sealed"}
```

`sealed` is the ring's document (`adapters.keys_ring`) under AES-256-GCM with a key-encryption key of 32
random bytes; `kek` is that key as the service wrapped it. The service is asked once at the start, and once an
hour to see that it still lets us: between those, wrapping a data key costs what it costs with a ring in a
file, and no call waits for somebody else's network. A change of the ring makes a new key-encryption key.

The context (`clinicards`, `ring`) goes to the service as encryption context or associated data where it takes
one; in every case the service's name, the ring's id and the wrapped key are associated data of `sealed`, so
that neither file nor key can be put in another's place. The file alone opens nothing and may be in a backup;
the service's key alone opens nothing either.

While the service is away, a ring that was opened stays in use for up to a day: an outage there is none here.
Where the service refuses (key disabled, right withdrawn), the ring is dropped at once. A failure is
remembered for some seconds, so that calls do not queue for it.
"""

import base64
import json
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters import keys_place, keys_ring
from adapters.keys_place import Stamp
from adapters.keys_ring import NONCE_BYTES, SECRET_BYTES, Ring, joined
from adapters.ports import Clock, KeyFailure

CONNECT_SECONDS = 2.0
READ_SECONDS = 3.0
"""What one request to a service may take: 503 in seconds is better than a call that hangs."""
REFRESH_SECONDS = 3_600.0
STALE_SECONDS = 86_400.0
RETRY_SECONDS = 60.0
"""How soon a service that is away is asked again while the ring is still in use."""
PAUSE_SECONDS = 5.0
"""How long a failure is answered from memory where there is no ring to use."""


class ServiceAway(KeyFailure):
    """The key service did not answer, or asked to come back later; a refusal is a plain `KeyFailure`."""


class KeyService(Protocol):
    """A key that never leaves its service."""

    @property
    def name(self) -> str:
        """The service and the key, as the settings write them; no secret."""
        ...

    def wrap(self, key: bytes, context: Mapping[str, str]) -> str:
        """Return 32 bytes wrapped by the service as text; raise `ServiceAway` or `KeyFailure`."""
        ...

    def unwrap(self, wrapped: str, context: Mapping[str, str]) -> bytes:
        """Return what was wrapped; raise `ServiceAway` or `KeyFailure`."""
        ...


@dataclass(frozen=True, slots=True)
class _Held:
    """A ring in use; times are those of the monotonic clock."""

    ring: Ring = field(repr=False)
    stamp: Stamp
    refresh: float
    until: float


class ServiceKeys:
    """The key ring of a file that a key service opens; every process sees a rotation at its next use."""

    def __init__(self, service: KeyService, path: str | Path, *, clock: Clock | None = None) -> None:
        self._service = service
        self._path = Path(path)
        self._now: Callable[[], float] = clock.now if clock else time.time
        self._monotonic: Callable[[], float] = clock.monotonic if clock else time.monotonic
        self._lock = threading.Lock()
        self._failed: tuple[float, KeyFailure] | None = None
        self._held: _Held | None = None
        self._held = self._opened()

    @classmethod
    def create(
        cls, service: KeyService, path: str | Path, *, ring: Ring | None = None, clock: Clock | None = None
    ) -> "ServiceKeys":
        """Make the file of a new ring, or of one that was in a file; one that is there is not overwritten."""
        now = clock.now() if clock else time.time()
        file = Path(path)
        with keys_place.made(file):
            _write(file, service, ring or keys_ring.new_ring(now))
        return cls(service, file, clock=clock)

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
        """Erase a key from the ring: what is sealed under it is lost where no older file is left."""
        self._change(lambda ring: ring.without(kid))

    def _change(self, change: Callable[[Ring], Ring]) -> Ring:
        with keys_place.locked(self._path):
            changed = change(_read(self._path, self._service))
            _write(self._path, self._service, changed)
            self._held = self._in_use(changed, keys_place.stamp(self._path))
        return changed

    def _current(self) -> Ring:
        held, now = self._held, self._monotonic()
        if held is not None and now < held.refresh and keys_place.stamp(self._path) == held.stamp:
            return held.ring
        usable = held is not None and now < held.until
        # Who has a ring to go on with does not wait for the one that asks the service.
        if not self._lock.acquire(blocking=not usable):
            assert held is not None  # noqa: S101 - `usable` says so
            return held.ring
        try:
            return self._renewed(now).ring
        finally:
            self._lock.release()

    def _renewed(self, now: float) -> _Held:
        """Open the file again; where the service is away, go on with what there is."""
        held = self._held
        if self._failed is not None and now < self._failed[0] and (held is None or now >= held.until):
            raise type(self._failed[1])(*self._failed[1].args)
        try:
            self._held, self._failed = self._opened(), None
        except ServiceAway as error:
            if held is None or now >= held.until:
                self._failed = (now + PAUSE_SECONDS, error)
                raise
            self._held = replace(held, refresh=now + RETRY_SECONDS, stamp=keys_place.stamp(self._path))
        except KeyFailure as error:
            self._held, self._failed = None, (now + PAUSE_SECONDS, error)
            raise
        return self._held

    def _opened(self) -> _Held:
        stamp = keys_place.stamp(self._path)
        return self._in_use(_read(self._path, self._service), stamp)

    def _in_use(self, ring: Ring, stamp: Stamp) -> _Held:
        now = self._monotonic()
        return _Held(ring, stamp, refresh=now + REFRESH_SECONDS, until=now + STALE_SECONDS)


def _read(path: Path, service: KeyService) -> Ring:
    """Return the ring of a file, opened by the service."""
    try:
        document = json.loads(keys_place.read(path))
        keys_ring.check_version(document, place=str(path))
        made_by, ring, kek = str(document["service"]), str(document["ring"]), str(document["kek"])
        sealed = base64.b64decode(document["sealed"], validate=True)
    except (ValueError, KeyError, TypeError):
        raise KeyFailure(f"{path} is not a key ring of a service: restore it from its backup") from None
    if made_by != service.name:
        raise KeyFailure(
            f"{path} was made with {made_by} and the settings name {service.name}: correct `keys`"
        )
    key = service.unwrap(kek, _context(ring))
    try:
        bound = _bound(service, ring, kek)
        text = AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError):
        raise KeyFailure(f"{path} was changed, or is not of this key: restore it from its backup") from None
    return keys_ring.load(json.loads(text), place=str(path))


def _write(path: Path, service: KeyService, ring: Ring) -> None:
    """Put the ring under a new key-encryption key into the file."""
    name, key = base64.b32encode(os.urandom(10)).decode().lower(), os.urandom(SECRET_BYTES)
    kek = service.wrap(key, _context(name))
    nonce = os.urandom(NONCE_BYTES)
    text = json.dumps(keys_ring.dump(ring)).encode()
    sealed = nonce + AESGCM(key).encrypt(nonce, text, _bound(service, name, kek))
    document = {
        "version": keys_ring.VERSION,
        "service": service.name,
        "ring": name,
        "kek": kek,
        "sealed": base64.b64encode(sealed).decode(),
    }
    keys_place.write(path, json.dumps(document, indent=1).encode())


def _context(ring: str) -> Mapping[str, str]:
    return {"clinicards": "key-ring", "ring": ring}


def _bound(service: KeyService, ring: str, kek: str) -> bytes:
    return joined(b"clinicards ring 1", service.name.encode(), ring.encode(), kek.encode())


def context_bytes(context: Mapping[str, str]) -> bytes:
    """Return a context for services that take associated data as bytes."""
    return joined(*(part.encode() for item in sorted(context.items()) for part in item))


def decoded(wrapped: str) -> bytes:
    """Return what a service wrapped from its text in base64."""
    try:
        return base64.b64decode(wrapped, validate=True)
    except ValueError:
        raise KeyFailure("the wrapped key of the ring is not of its form: restore the file") from None


def missing(client: str, *, extra: str) -> KeyFailure:
    """Return what is said where a vendor's client is not installed."""
    return KeyFailure(f"{client} is not installed: install clinicards[{extra}]")
