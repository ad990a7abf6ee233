"""Mint the JWTs of a CDS client, good ones and forged ones, from a private JWK."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import jwt

LIFE_SECONDS: Final = 300
_ALGORITHMS: Final[Mapping[str, str]] = {
    "P-256": "ES256",
    "P-384": "ES384",
    "P-521": "ES512",
    "RSA": "RS384",
    "Ed25519": "EdDSA",
}
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})
# The DER head of a SubjectPublicKeyInfo up to the uncompressed point (RFC 5480).
_EC_HEADS: Final[Mapping[str, str]] = {
    "P-256": "3059301306072a8648ce3d020106082a8648ce3d03010703420004",
    "P-384": "3076301006072a8648ce3d020106052b8104002203620004",
}


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Who the kit says it is: an issuer the service knows, and its private JWK."""

    issuer: str
    key: Mapping[str, Any] = field(repr=False)
    jku: str | None = None
    tenant: str | None = None

    @cached_property
    def signing_key(self) -> Any:
        """The key to sign with, loaded once: RSA keys are checked at length on loading."""
        return jwt.PyJWK(dict(self.key), algorithm=self.algorithm).key

    @property
    def algorithm(self) -> str:
        """The JWS algorithm of the key: its own `alg`, else by curve or type."""
        key = self.key
        named = key.get("alg") or _ALGORITHMS.get(key.get("crv") or key.get("kty", ""))
        if not named:
            raise ValueError("the private JWK names no usable alg, crv or kty: use an EC P-384 or RSA key")
        return str(named)


def load_credentials(issuer: str, path: Path) -> Credentials:
    """Read a private JWK, or the first private key of a JWK Set."""
    document = json.loads(path.read_text(encoding="utf-8"))
    keys = document.get("keys", [document])
    private = next((key for key in keys if "d" in key), None)
    if private is None:
        raise ValueError(f"{path}: no private key (member d) in this JWK; give the client's private key")
    if not private.get("kid"):
        raise ValueError(f"{path}: the JWK has no kid; add the kid the service knows the key by")
    found = Credentials(issuer=issuer, key=private)
    try:
        sign(found, {})
    except (jwt.PyJWTError, ValueError, TypeError) as unusable:
        raise ValueError(
            f"{path}: this JWK cannot sign as {found.algorithm}; use an EC P-384 or RSA key"
        ) from unusable
    return found


def claims(who: Credentials, audience: str, *, now: float | None = None) -> dict[str, Any]:
    """Return the claims of a good token for one endpoint."""
    issued = int(time.time() if now is None else now)
    payload = {
        "iss": who.issuer,
        "aud": audience,
        "iat": issued,
        "exp": issued + LIFE_SECONDS,
        "jti": str(uuid.uuid4()),
    }
    return payload | ({"tenant": who.tenant} if who.tenant else {})


def header(who: Credentials) -> dict[str, Any]:
    """Return the header of a good token."""
    parts = {"alg": who.algorithm, "kid": who.key.get("kid"), "typ": "JWT", "jku": who.jku}
    return {name: value for name, value in parts.items() if value is not None}


def sign(who: Credentials, payload: Mapping[str, Any], *, head: Mapping[str, Any] | None = None) -> str:
    """Sign the claims with the private key."""
    headers = dict(header(who) if head is None else head)
    return jwt.encode(dict(payload), who.signing_key, algorithm=who.algorithm, headers=headers)


def unsigned(who: Credentials, payload: Mapping[str, Any]) -> str:
    """Return a token of alg none with an empty signature."""
    return f"{_signing_input(header(who) | {'alg': 'none'}, payload)}."


def confused(who: Credentials, payload: Mapping[str, Any], *, secret: bytes) -> str:
    """Return an HS256 token whose secret is the public key (RFC 8725, section 3.1)."""
    text = _signing_input(header(who) | {"alg": "HS256"}, payload)
    return f"{text}.{_b64(hmac.digest(secret, text.encode(), hashlib.sha256))}"


def tampered(token: str) -> str:
    """Return the token with its claims changed after signing."""
    head, payload, signature = token.split(".")
    body = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return ".".join((head, _b64(_compact(body | {"sub": "somebody-else"})), signature))


def public_secrets(who: Credentials) -> tuple[bytes, ...]:
    """Return the public key in the spellings a confused verifier may use as an HMAC secret."""
    public = {name: value for name, value in who.key.items() if name not in _PRIVATE}
    spellings = [_compact(public), json.dumps(public).encode()]
    if der := _public_der(public):
        lines = base64.encodebytes(der).replace(b"\n", b"")
        wrapped = b"\n".join(lines[i : i + 64] for i in range(0, len(lines), 64))
        pem = b"-----BEGIN PUBLIC KEY-----\n" + wrapped + b"\n-----END PUBLIC KEY-----"
        spellings += [pem + b"\n", pem]
    return tuple(dict.fromkeys(spellings))


def _public_der(public: Mapping[str, Any]) -> bytes:
    if head := _EC_HEADS.get(public.get("crv", "")):
        return bytes.fromhex(head) + _raw(public["x"]) + _raw(public["y"])
    if public.get("kty") == "RSA":
        numbers = _tlv(0x30, _integer(_raw(public["n"])) + _integer(_raw(public["e"])))
        algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
        return _tlv(0x30, algorithm + _tlv(0x03, b"\0" + numbers))
    return b""


def _integer(raw: bytes) -> bytes:
    return _tlv(0x02, b"\0" + raw if raw[0] & 0x80 else raw)


def _tlv(tag: int, value: bytes) -> bytes:
    size = len(value)
    if size < 0x80:
        return bytes((tag, size)) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + value


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signing_input(head: Mapping[str, Any], payload: Mapping[str, Any]) -> str:
    return f"{_b64(_compact(head))}.{_b64(_compact(payload))}"


def _compact(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
