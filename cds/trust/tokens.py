"""Verification of the JWT that comes with every call, in the order of the best-practices page.

issuer registered -> audience is this endpoint -> times -> tenant -> signature with the issuer's registered
keys -> jti unseen. Every failure is a bare 401; the reason goes to the audit and to `client test-jwt`.
Source: https://cds-hooks.hl7.org/2.0/#trusting-cds-clients and the CDS Hooks best practices.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from adapters.ports import Clock, KeySetUnavailable, Replayed, ReplayGuard, StoreUnavailable
from cds.errors import Unauthorized, Unavailable
from cds.trust.callers import Caller, Client, KeyFinder, Registry

MAX_TOKEN = 8_192
MAX_NAME = 256
_LAST_SECOND = 2.0**53
"""Past it a number of seconds is no time; NaN, which JSON of the library allows, is none either."""


@dataclass(frozen=True)
class Gate:
    """What verification needs beside the registry of the moment."""

    keys: KeyFinder
    replay: ReplayGuard
    clock: Clock


def verify(token: str, *, audience: str, registry: Registry, gate: Gate, claim: bool = True) -> Caller:
    """Return the caller a token proves; raise `Unauthorized` with the reason for the audit.

    `claim=False` leaves the replay guard alone: for discovery, which a client may poll with one token, and
    for looking at a token by hand.
    """
    header, claims = _opened(token)
    candidates = registry.of(_text(claims, "iss"))
    if not candidates:
        raise Unauthorized("issuer is not registered")
    matching = [c for c in candidates if _audience_fits(claims.get("aud"), audience, c)]
    if not matching:
        raise Unauthorized("aud is not this endpoint")
    client = matching[0]
    _check_times(claims, client, gate.clock.now())
    tenant = _tenant(claims)
    client = _for_tenant(matching, tenant)
    _check_header(header, client)
    _check_signature(token, header, client, gate.keys)
    if claim:
        _claim(claims, client, gate)
    return Caller(client, tenant=tenant, token_id=str(claims.get("jti", ""))[:128])


def _opened(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    if len(token) > MAX_TOKEN:
        raise Unauthorized(f"token is longer than {MAX_TOKEN} characters")
    try:
        whole = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        # The library lets some of its JSON parser's errors through; their texts hold the token.
        raise Unauthorized(f"token cannot be read: {type(error).__name__}") from None
    return whole["header"], whole["payload"]


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise Unauthorized(f"{name} is missing or no string")
    return value


def _audience_fits(claimed: Any, endpoint: str, client: Client) -> bool:
    """Tell whether a token is for this endpoint; one slash at the end is the same address."""
    stated = claimed if isinstance(claimed, list) else [claimed]
    wanted = {a.removesuffix("/") for a in (endpoint, *client.audiences)}
    return any(isinstance(a, str) and a.removesuffix("/") in wanted for a in stated)


def _check_times(claims: Mapping[str, Any], client: Client, now: float) -> None:
    exp, iat = _seconds(claims, "exp"), _seconds(claims, "iat")
    if exp <= now - client.leeway:
        raise Unauthorized("token has expired")
    if iat > now + client.leeway:
        raise Unauthorized("iat lies in the future")
    if exp - iat > client.max_life:
        raise Unauthorized(f"token lives longer than {client.max_life} s")
    if "nbf" in claims and _seconds(claims, "nbf") > now + client.leeway:
        raise Unauthorized("nbf lies in the future")


def _seconds(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LAST_SECOND:
        raise Unauthorized(f"{name} is missing or no number of seconds")
    return float(value)


def _tenant(claims: Mapping[str, Any]) -> str:
    value = claims.get("tenant")
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_NAME:
        raise Unauthorized("tenant is no name")
    return value


def _for_tenant(clients: list[Client], tenant: str) -> Client:
    for client in clients:
        if not client.tenants or tenant in client.tenants:
            return client
    raise Unauthorized("tenant is not registered for this issuer")


def _check_header(header: Mapping[str, Any], client: Client) -> None:
    if header.get("alg") not in client.algorithms:
        raise Unauthorized("alg is not registered for this client")
    if str(header.get("typ", "JWT")).upper() != "JWT":
        raise Unauthorized("typ is not JWT")
    if "crit" in header:
        raise Unauthorized("crit names extensions that are not understood")
    if "jku" in header:
        _check_jku(str(header["jku"]), client)


def _check_jku(jku: str, client: Client) -> None:
    # The token's jku is compared, never followed: it is written by whoever wrote the token.
    if client.jku_prefixes:
        if not jku.startswith(client.jku_prefixes):
            raise Unauthorized("jku is not on the vendor's list")
    elif client.jwks_url and jku != client.jwks_url:
        raise Unauthorized("jku is not the registered key set")


def _check_signature(token: str, header: Mapping[str, Any], client: Client, keys: KeyFinder) -> None:
    try:
        key = keys.key(client, header.get("kid", ""), algorithm=header["alg"])
    except KeySetUnavailable:
        raise Unavailable(
            "the issuer's keys cannot be fetched; try again", audit="key set unavailable"
        ) from None
    if key is None:
        raise Unauthorized("kid is not among the client's keys")
    if key.algorithm_name != header["alg"]:
        raise Unauthorized("alg is not the key's algorithm")
    signed, _, signature = token.rpartition(".")
    if not key.Algorithm.verify(signed.encode(), key.key, jwt.utils.base64url_decode(signature)):
        raise Unauthorized("signature does not verify")


def _claim(claims: Mapping[str, Any], client: Client, gate: Gate) -> None:
    jti = _text(claims, "jti")
    digest = hashlib.sha256(f"{claims['iss']}|{jti}".encode()).digest()
    expires = _seconds(claims, "exp") + client.leeway
    try:
        gate.replay.claim(digest, expires=expires, now=gate.clock.now())
    except Replayed:
        raise Unauthorized("jti was used before") from None
    except StoreUnavailable:
        raise Unavailable("replay protection is not available; try again") from None


def explain(token: str, *, audience: str, registry: Registry, gate: Gate) -> Mapping[str, Any]:
    """Return why a token would or would not be accepted, without using it up and without showing it."""
    try:
        caller = verify(token, audience=audience, registry=registry, gate=gate, claim=False)
    except (Unauthorized, Unavailable) as refusal:
        return {"accepted": False, "reason": refusal.audit}
    return {"accepted": True, "client": caller.client.id, "tenant": caller.tenant}
