"""The key ring itself, wherever it is kept: a root, and sealing keys by id, one of them active.

As a document: `{"version", "root", "keys": [{"kid", "state", "created", "key"}]}`, secrets in base64.

The root is the material that purposes' keys derive from; it is apart from the sealing keys, so that rotating
those changes no pseudonym and no audit chain. AES-GCM with random nonces is good for 2**32 wraps under one
key; rotate long before.
"""

import base64
import os
import secrets
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from adapters.ports import KeyFailure, KeyMismatch

VERSION = 1
NONCE_BYTES = 12
SECRET_BYTES = 32
State = Literal["active", "decrypt-only", "destroyed"]


@dataclass(frozen=True, slots=True)
class Key:
    """One sealing key; a destroyed one has no secret left."""

    kid: str
    state: State
    created: float
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ring:
    """A whole ring, with ciphers made ready."""

    root: bytes = field(repr=False)
    keys: tuple[Key, ...]
    ciphers: Mapping[str, AESGCM] = field(default_factory=dict, repr=False)
    derived: dict[tuple[str, str], bytes] = field(default_factory=dict, repr=False)

    @property
    def active(self) -> str:
        """The id of the key that new data is sealed with."""
        return next(key.kid for key in self.keys if key.state == "active")

    def wrap(self, data_key: bytes, *, context: bytes) -> tuple[str, bytes]:
        """Return the active key's id and the data key under it, as nonce and ciphertext."""
        kid = self.active
        nonce = os.urandom(NONCE_BYTES)
        return kid, nonce + self.ciphers[kid].encrypt(nonce, data_key, _bound(kid, context))

    def unwrap(self, kid: str, wrapped: bytes, *, context: bytes) -> bytes:
        """Return the data key; no key but the one named is tried."""
        cipher = self.ciphers.get(kid)
        if cipher is None:
            raise KeyFailure("the key that was used is unknown here or destroyed")
        try:
            return cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _bound(kid, context))
        except (InvalidTag, ValueError):
            raise KeyMismatch("the wrapped data key does not open under its key and context") from None

    def derive(self, purpose: str, tenant: str) -> bytes:
        """Return the 32-byte key of one purpose of one tenant (HKDF-SHA256, RFC 5869)."""
        key = self.derived.get((purpose, tenant))
        if key is None:
            info = joined(b"clinicards derive 1", purpose.encode(), tenant.encode())
            hkdf = HKDF(algorithm=SHA256(), length=SECRET_BYTES, salt=None, info=info)
            key = self.derived[purpose, tenant] = hkdf.derive(self.root)
        return key

    def describe(self) -> Sequence[Mapping[str, Any]]:
        """Return id, state and creation time of each key, oldest first."""
        return [{"kid": key.kid, "state": key.state, "created": key.created} for key in self.keys]

    def rotated(self, now: float) -> "Ring":
        """Return the ring with a new active key; the old one still decrypts."""
        return ready(self.root, (*(_retired(key) for key in self.keys), _new_key(now)))

    def without(self, kid: str) -> "Ring":
        """Return the ring with the secret of a key erased."""
        states = {key.kid: key.state for key in self.keys}
        if kid not in states:
            raise KeyFailure("there is no key of this id: see the list of keys")
        if states[kid] == "active":
            raise KeyFailure("the active key cannot be destroyed: rotate first, then re-wrap")
        keys = (replace(key, state="destroyed", secret=b"") if key.kid == kid else key for key in self.keys)
        return ready(self.root, tuple(keys))


def new_ring(now: float) -> Ring:
    """Return a ring with a new root and one active key."""
    return ready(secrets.token_bytes(SECRET_BYTES), (_new_key(now),))


def ready(root: bytes, keys: tuple[Key, ...]) -> Ring:
    """Return a ring with its ciphers made; raise `ValueError` where it is not whole."""
    living = [key for key in keys if key.state != "destroyed"]
    sizes = {len(root), *(len(key.secret) for key in living)}
    if sizes != {SECRET_BYTES} or [key.state for key in living].count("active") != 1:
        raise ValueError("not a whole ring")
    return Ring(root, keys, ciphers={key.kid: AESGCM(key.secret) for key in living})


def dump(ring: Ring) -> dict[str, Any]:
    """Return a ring as its document."""
    return {
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


def load(document: Any, *, place: str) -> Ring:
    """Return the ring of a document; `place` names it where it is refused, and none of it is shown."""
    try:
        check_version(document, place=place)
        root = base64.b64decode(document["root"], validate=True)
        return ready(root, tuple(_key(item) for item in document["keys"]))
    except (ValueError, KeyError, TypeError):
        raise KeyFailure(f"{place} is not a whole key ring: restore it from its backup") from None


def check_version(document: Any, *, place: str) -> None:
    """Refuse a document of a version that this release does not read."""
    if document["version"] != VERSION:
        raise KeyFailure(f"{place} has version {document['version']!r}: this release reads version {VERSION}")


def joined(*parts: bytes) -> bytes:
    """Return the parts with their lengths, so that no two lists of parts give the same bytes."""
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def _key(item: Mapping[str, Any]) -> Key:
    state = item["state"]
    if state not in {"active", "decrypt-only", "destroyed"}:
        raise ValueError
    secret = base64.b64decode(item["key"] or "", validate=True)
    return Key(kid=str(item["kid"]), state=state, created=float(item["created"]), secret=secret)


def _new_key(now: float) -> Key:
    secret = secrets.token_bytes(SECRET_BYTES)
    return Key(kid=f"k{secrets.token_hex(8)}", state="active", created=now, secret=secret)


def _retired(key: Key) -> Key:
    return replace(key, state="decrypt-only") if key.state == "active" else key


def _bound(kid: str, context: bytes) -> bytes:
    return joined(b"clinicards wrap 1", kid.encode(), context)
