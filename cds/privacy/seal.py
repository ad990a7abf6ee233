"""Sealing: what is kept of a patient is kept in a versioned envelope that opens in one place only.

Layout, numbers big-endian, version 1:

```
1      version        1
1      algorithm      1: AES-256-GCM, 96-bit nonce, 128-bit tag
1 + n  key id         length, ASCII
2 + n  data key       length, wrapped by the key ring under the key id
12     nonce
4 + n  ciphertext     length, ciphertext with its tag
```

Each record has a data key of its own, so that purging the record purges its key, and rotation re-wraps 32
bytes and never touches what is sealed. Tenant, record, field, purpose, version and algorithm are bound as
associated data both to the wrapped data key and to the ciphertext; the key id is bound by the key ring, which
opens a data key under the id that wrapped it and no other. Rows, fields and tenants cannot be swapped.
"""

import os
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.ports import KeyFailure, KeyMismatch, Keys
from cds.errors import CdsError, Unavailable

VERSION = 1
AES_256_GCM = 1
NONCE_BYTES = 12
TAG_BYTES = 16
KEY_BYTES = 32


class SealError(CdsError):
    """What is sealed could not be opened; the message says nothing of what is inside."""

    title = "Sealed record"


class Truncated(SealError):
    """Bytes are missing at the end."""


class FutureVersion(SealError):
    """The version or algorithm is not known to this release."""


class Tampered(SealError):
    """The bytes were changed, or belong to another tenant, record, field or purpose: both look the same."""


class UnknownKey(SealError):
    """The key that it was sealed under is unknown, destroyed, or the key service is away."""

    status = 503
    code = "transient"


@dataclass(frozen=True, slots=True)
class Envelope:
    """The parts of sealed bytes."""

    version: int
    algorithm: int
    kid: str
    wrapped: bytes
    nonce: bytes
    ciphertext: bytes | memoryview
    """A view where it comes from sealed bytes, which may be large."""

    def pack(self) -> bytes:
        """Return the parts in their layout."""
        kid = self.kid.encode("ascii")
        head = struct.pack(">BBB", self.version, self.algorithm, len(kid))
        sizes = struct.pack(">H", len(self.wrapped)), struct.pack(">I", len(self.ciphertext))
        return b"".join((head, kid, sizes[0], self.wrapped, self.nonce, sizes[1], self.ciphertext))


def seal(keys: Keys, plaintext: bytes, *, tenant: str, record: str, field: str, purpose: str) -> bytes:
    """Return `plaintext` sealed under a fresh data key for this tenant, record, field and purpose."""
    place = bind(tenant=tenant, record=record, field=field, purpose=purpose)
    data_key = AESGCM.generate_key(bit_length=KEY_BYTES * 8)
    try:
        kid, wrapped = keys.wrap(data_key, context=place)
    except KeyFailure as error:
        raise Unavailable("the key ring is away: nothing can be sealed", audit=str(error)) from None
    nonce = os.urandom(NONCE_BYTES)
    ciphertext = AESGCM(data_key).encrypt(nonce, plaintext, place)
    return Envelope(VERSION, AES_256_GCM, kid, wrapped, nonce, ciphertext).pack()


def open_sealed(keys: Keys, sealed: bytes, *, tenant: str, record: str, field: str, purpose: str) -> bytes:
    """Return what was sealed; raise the `SealError` that tells why it cannot be had."""
    envelope = unpack(sealed)
    place = bind(tenant=tenant, record=record, field=field, purpose=purpose)
    data_key = _unwrap(keys, envelope, place)
    try:
        return AESGCM(data_key).decrypt(envelope.nonce, envelope.ciphertext, place)
    except (InvalidTag, ValueError):
        raise _tampered() from None


def rewrap(keys: Keys, sealed: bytes, *, tenant: str, record: str, field: str, purpose: str) -> bytes:
    """Return the same record with its data key under the active key; the content is neither read nor changed.

    Bytes that are under the active key already come back as they are, so that a rotation may be resumed.
    """
    envelope = unpack(sealed)
    place = bind(tenant=tenant, record=record, field=field, purpose=purpose)
    data_key = _unwrap(keys, envelope, place)
    try:
        if envelope.kid == keys.active():
            return sealed
        kid, wrapped = keys.wrap(data_key, context=place)
    except KeyFailure as error:
        raise Unavailable("the key ring is away: nothing can be re-wrapped", audit=str(error)) from None
    return Envelope(
        envelope.version, envelope.algorithm, kid, wrapped, envelope.nonce, envelope.ciphertext
    ).pack()


def key_id(sealed: bytes) -> str:
    """Return the id of the key that a record's data key is under, to see what a rotation has left to do."""
    return unpack(sealed).kid


def bind(*, tenant: str, record: str, field: str, purpose: str) -> bytes:
    """Return the associated data of a place; lengths keep `ab|c` and `a|bc` apart."""
    parts = [part.encode() for part in (tenant, record, field, purpose)]
    lengths = b"".join(struct.pack(">I", len(part)) + part for part in parts)
    return b"clinicards seal" + bytes((VERSION, AES_256_GCM)) + lengths


def unpack(sealed: bytes) -> Envelope:
    """Return the parts of sealed bytes, having checked version, algorithm and lengths."""
    view = memoryview(sealed)
    (version, algorithm, kid_length), at = _cut(view, 0, 3)
    if version != VERSION or algorithm != AES_256_GCM:
        raise FutureVersion(
            f"sealed with version {version}, algorithm {algorithm}, which this release does not know: "
            "run the newer release"
        )
    kid, at = _cut(view, at, kid_length)
    wrapped, at = _counted(view, at, ">H")
    nonce, at = _cut(view, at, NONCE_BYTES)
    ciphertext, at = _counted(view, at, ">I")
    if at != len(sealed) or len(ciphertext) < TAG_BYTES or not bytes(kid).isascii():
        raise _tampered()
    return Envelope(version, algorithm, str(kid, "ascii"), bytes(wrapped), bytes(nonce), ciphertext)


def _counted(sealed: memoryview, at: int, length: str) -> tuple[memoryview, int]:
    size, at = _cut(sealed, at, struct.calcsize(length))
    return _cut(sealed, at, struct.unpack(length, size)[0])


def _cut(sealed: memoryview, at: int, size: int) -> tuple[memoryview, int]:
    end = at + size
    if end > len(sealed):
        raise Truncated("the sealed record ends too early: restore it from a backup")
    return sealed[at:end], end


def _unwrap(keys: Keys, envelope: Envelope, place: bytes) -> bytes:
    try:
        data_key = keys.unwrap(envelope.kid, envelope.wrapped, context=place)
    except KeyMismatch:
        raise _tampered() from None
    except KeyFailure as error:
        raise UnknownKey(
            "the key of the sealed record is unknown, destroyed or away", audit=str(error)
        ) from None
    if len(data_key) != KEY_BYTES:
        raise _tampered()
    return data_key


def _tampered() -> Tampered:
    return Tampered("the sealed record was changed, or does not belong where it was found")
