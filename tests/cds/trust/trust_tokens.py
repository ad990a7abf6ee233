"""Keys, tokens and gates for the tests of trust; keys are made once, in memory."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from adapters.ports import KeySetUnavailable, Replayed, StoreUnavailable
from cds.trust.callers import Client, KeyFinder, Registry, parsed_keys
from cds.trust.tokens import Gate

NOW = 1_760_000_000.0
ENDPOINT = "https://cds.example/cds-services/clinical-scores"
ISSUER = "https://ehr.example/fhir"
JWKS_URL = "https://ehr.example/.well-known/jwks.json"
ALL = ("ES384", "RS384", "ES256", "RS256", "EdDSA")


@cache
def private(algorithm: str) -> Any:
    """Return a private key for an algorithm, the same each time."""
    if algorithm.startswith("RS"):
        return rsa.generate_private_key(65_537, 2_048)
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP384R1() if algorithm == "ES384" else ec.SECP256R1())


def public(algorithm: str = "ES384", *, kid: str = "k1", **more: Any) -> dict[str, Any]:
    """Return the public JWK of that key; `alg=None` leaves the algorithm out."""
    made = jwt.get_algorithm_by_name(algorithm).to_jwk(private(algorithm).public_key(), as_dict=True)
    whole = {**made, "kid": kid, "alg": algorithm, **more}
    return {k: v for k, v in whole.items() if v is not None}


def claims(**more: Any) -> dict[str, Any]:
    """Return good claims; None takes one out."""
    whole = {"iss": ISSUER, "aud": ENDPOINT, "iat": NOW, "exp": NOW + 300, "jti": "j1", **more}
    return {k: v for k, v in whole.items() if v is not None}


def token(
    algorithm: str = "ES384", *, header: Mapping[str, Any] | None = None, key: Any = None, **more: Any
) -> str:
    """Return a signed token; `header` replaces members of it, None takes one out."""
    whole = {"typ": "JWT", "kid": "k1", "alg": algorithm, **(header or {})}
    return signed(
        {k: v for k, v in whole.items() if v is not None},
        claims(**more),
        algorithm=algorithm,
        key=key or private(algorithm),
    )


def signed(header: Mapping[str, Any], payload: Any, *, algorithm: str, key: Any) -> str:
    """Return a token of exactly this header and payload, as no library would make it."""
    head = ".".join(
        _part(json.dumps(p).encode() if not isinstance(p, bytes) else p) for p in (header, payload)
    )
    maker = jwt.get_algorithm_by_name(algorithm)
    return f"{head}.{_part(maker.sign(head.encode(), maker.prepare_key(key)))}"


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def client(*jwks: Mapping[str, Any], **more: Any) -> Client:
    """Return a client with these static keys (or `jwks_url`), defaults otherwise."""
    algorithms = more.pop("algorithms", ("ES384", "RS384"))
    static = {} if "jwks_url" in more else parsed_keys({"keys": list(jwks or (public(),))}, algorithms)
    return Client(**{"id": "ehr", "issuer": ISSUER, "algorithms": algorithms, "static_keys": static, **more})


@dataclass
class Once:
    """A replay guard in memory that remembers until what is told to it."""

    seen: dict[bytes, float] = field(default_factory=dict)
    away: bool = False

    def claim(self, digest: bytes, *, expires: float, now: float) -> None:
        if self.away:
            raise StoreUnavailable("away")
        if self.seen.get(digest, 0.0) > now:
            raise Replayed("seen")
        self.seen[digest] = expires


@dataclass
class Sets:
    """Key sets by URL, and what was asked for."""

    holds: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def keys(self, url: str, *, kid: str) -> Sequence[Any]:
        self.asked.append((url, kid))
        if url not in self.holds:
            raise KeySetUnavailable("away")
        return self.holds[url]


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    moment: float = NOW

    def now(self) -> float:
        return self.moment

    def monotonic(self) -> float:
        return self.moment


def gate(sets: Sets | None = None, *, replay: Once | None = None, now: float = NOW) -> Gate:
    """Return a gate over these fakes."""
    clock = Clock(now)
    return Gate(KeyFinder(sets or Sets(), monotonic=clock.monotonic), replay or Once(), clock)


def registry(*clients: Client) -> Registry:
    """Return a registry of these clients, of one with the default key where none is given."""
    return Registry(clients or (client(),))
