"""Callers and the registry of clients that a configuration makes."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jwt import PyJWK, PyJWTError

from adapters.ports import KeySets
from cds.errors import Forbidden

Algorithm = Literal["ES384", "RS384", "ES256", "RS256", "EdDSA"]

_SMALLEST_RSA = 2_048
_MOST_PARSED = 1_000


@dataclass(frozen=True, slots=True)
class Client:
    """One registered client, ready for use: the configuration's row with its keys parsed."""

    id: str
    issuer: str
    algorithms: tuple[str, ...]
    audiences: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    fhir_origins: tuple[str, ...] = ()
    fhir_inside: bool = False
    cors_origins: tuple[str, ...] = ()
    link_origins: frozenset[str] = frozenset()
    profile: str = "generic"
    cds_hooks: str = "2.0"
    jwks_url: str = ""
    static_keys: Mapping[str, PyJWK] = field(default_factory=dict, repr=False)
    backend: Any = None
    """The client's SMART backend registration, or None."""
    requests_per_minute: int = 6_000
    leeway: int = 60
    max_life: int = 600
    jku_prefixes: tuple[str, ...] = ()

    def may_use(self, service: str) -> None:
        """Raise `Forbidden` where this client's registration does not list the service."""
        if self.services and service not in self.services:
            raise Forbidden("this client is not registered for this service")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who made a call: a verified client, or nobody in demo mode."""

    client: Client
    tenant: str = ""
    verified: bool = True
    token_id: str = ""
    """The token's `jti`, for the audit."""


ANONYMOUS = Client(id="demo", issuer="", algorithms=())


@dataclass(frozen=True, slots=True)
class Registry:
    """All clients of a configuration by issuer."""

    clients: tuple[Client, ...] = ()

    def of(self, issuer: str) -> tuple[Client, ...]:
        """Return the clients registered under an issuer."""
        return tuple(c for c in self.clients if c.issuer == issuer)

    def cors_origins(self) -> frozenset[str]:
        """Return every browser origin that may call."""
        return frozenset(o for c in self.clients for o in c.cors_origins)


def parsed_keys(jwks: Mapping[str, Any] | None, algorithms: Iterable[str]) -> dict[str, PyJWK]:
    """Return a key set's keys that these algorithms can use, by `kid`."""
    found: dict[str, PyJWK] = {}
    for position, key in enumerate((jwks or {}).get("keys", ())):
        made = parsed_key(key, algorithms) if isinstance(key, Mapping) else None
        if made is not None:
            found[str(key.get("kid") or f"#{position}")] = made
    return found


def parsed_key(key: Mapping[str, Any], algorithms: Iterable[str]) -> PyJWK | None:
    """Return one public key with the algorithm it is for, or None where it is for none of these."""
    for algorithm in algorithms:
        if key.get("alg", algorithm) != algorithm or not _fits(key, algorithm):
            continue
        try:
            made = PyJWK(dict(key), algorithm=algorithm)
        except (PyJWTError, ValueError, TypeError):
            return None  # one broken key of a set is left out; the others stand
        return made if key.get("kty") != "RSA" or made.key.key_size >= _SMALLEST_RSA else None
    return None


def _fits(key: Mapping[str, Any], algorithm: str) -> bool:
    if "d" in key or key.get("use", "sig") != "sig":
        return False
    curve = {"ES384": ("EC", "P-384"), "ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519")}.get(algorithm)
    if curve is not None:
        return (key.get("kty"), key.get("crv")) == curve
    return key.get("kty") == "RSA"


class KeyFinder:
    """Finds the key a token names: among a client's static keys or at its registered URL."""

    _LIFE = 300.0

    def __init__(self, sets: KeySets, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._sets = sets
        self._monotonic = monotonic
        self._parsed: dict[tuple[str, str, str], tuple[float, PyJWK]] = {}

    def key(self, client: Client, kid: str, *, algorithm: str = "") -> PyJWK | None:
        """Return the public key, or None where the client has none of this name.

        A published key that names no algorithm serves the token's, where the client is registered for it.

        Raises `adapters.ports.KeySetUnavailable` where the keys cannot be fetched.
        """
        if client.static_keys:
            return client.static_keys.get(kid)
        wanted = (algorithm,) if algorithm in client.algorithms else client.algorithms
        mark = (client.jwks_url, kid, " ".join(wanted))
        known = self._parsed.get(mark)
        if known is not None and self._monotonic() - known[0] < self._LIFE:
            return known[1]
        keys = self._sets.keys(client.jwks_url, kid=kid)
        made = parsed_keys({"keys": list(keys)}, wanted).get(kid)
        if made is not None:
            if len(self._parsed) >= _MOST_PARSED:
                self._parsed.clear()
            self._parsed[mark] = (self._monotonic(), made)
        return made
