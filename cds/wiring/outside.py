"""The outside of one configuration: EHRs, key sets and backend tokens, for the registered addresses only."""

from collections.abc import Callable
from dataclasses import dataclass
from os import environ
from pathlib import Path
from urllib.parse import urlsplit

import orjson
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt import PyJWK

from adapters.fhir_server import FhirServer
from adapters.jwks import JwksStore
from adapters.network import Policy
from adapters.ports import Clock, Ehr, EhrRefused, KeySets
from adapters.smart_backend import SmartBackend, SmartClient
from cds.config.compiled import Snapshot
from cds.errors import SettingsError
from cds.settings import LOOPBACK
from cds.trust.callers import Client


@dataclass(frozen=True)
class Outside:
    """What reads EHRs and keys for one configuration."""

    ehr: Ehr
    key_sets: KeySets
    backend_token: Callable[[Client, str, float], str]


def outside(snapshot: Snapshot, *, clock: Clock) -> Outside:
    """Return the outside of a configuration."""
    clients = snapshot.registry.clients
    return Outside(
        FhirServer(fhir_policy(clients), clock=clock),
        JwksStore(Policy.of(*{c.jwks_url for c in clients if c.jwks_url}), clock=clock),
        _backends(clock),
    )


def fhir_policy(clients: tuple[Client, ...]) -> Policy:
    """Return the addresses FHIR may be read from; loopback and what is registered as inside stand inside."""
    public: dict[str, None] = {}
    inside: dict[str, None] = {}
    for client in clients:
        for origin in client.fhir_origins:
            own = client.fhir_inside or urlsplit(origin).hostname in LOOPBACK
            (inside if own else public)[origin] = None
    return Policy.of(*public, private=inside)


def _backends(clock: Clock) -> Callable[[Client, str, float], str]:
    made: dict[tuple[str, str], SmartBackend] = {}

    def token(client: Client, base: str, seconds: float) -> str:
        backend = made.get((client.id, base))
        if backend is None:
            backend = made[client.id, base] = SmartBackend(
                _token_policy(client, base), _smart_client(client, base), clock=clock
            )
        return backend.token(client.backend.scopes, seconds)

    return token


def _token_policy(client: Client, base: str) -> Policy:
    """Return where a token may be asked for: the EHR's own origin, and the token URL that is registered."""
    parts = urlsplit(base)
    places = [base, f"{parts.scheme}://{parts.netloc}"]
    if client.backend.token_url:
        places.append(client.backend.token_url)
    inside = client.fhir_inside or parts.hostname in LOOPBACK
    return Policy.of(private=places) if inside else Policy.of(*places)


def _smart_client(client: Client, base: str) -> SmartClient:
    row = client.backend
    try:
        key = orjson.loads(secret(row.key_ref))
        pem = private_pem(key)
    except (SettingsError, ValueError) as error:
        raise EhrRefused(
            f"the backend key of client {client.id} cannot be used: {type(error).__name__}"
        ) from None
    return SmartClient(
        base=base,
        client_id=row.client_id,
        kid=str(key.get("kid", "")),
        key=pem,
        algorithm=row.algorithm,
        token_url=row.token_url,
    )


def private_pem(jwk: dict[str, str]) -> bytes:
    """Return a private JWK as PEM; raise `ValueError` where it is none."""
    key = PyJWK(jwk, algorithm=jwk.get("alg") or ("ES384" if jwk.get("kty") == "EC" else "RS384")).key
    if not hasattr(key, "private_bytes"):
        raise ValueError("the JWK holds no private key")
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem


def secret(reference: str) -> str:
    """Return what `env:NAME` or `file:PATH` stands for; raise `SettingsError` where it is not there."""
    kind, _, name = reference.partition(":")
    if kind == "env":
        if name not in environ:
            raise SettingsError(f"the environment variable {name} is not set")
        return environ[name]
    if kind == "file":
        try:
            return Path(name).read_text(encoding="utf-8")
        except OSError as error:
            raise SettingsError(f"{name}: cannot be read ({error.strerror})") from None
    raise SettingsError("a secret is named by env:NAME or file:PATH")
