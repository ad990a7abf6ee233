"""The stub's doorman: verifies the client's JWT, with a switch for every mistake the kit must see."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

import httpx2
import jwt
from cryptography.hazmat.primitives import serialization

ISSUER = "https://ehr.example/issuer"


class RefusedError(Exception):
    """Raised when a token does not let its bearer in."""


class Doorman:
    def __init__(self, public_jwk: Mapping[str, Any], defects: frozenset[str], http: httpx2.Client) -> None:
        self._jwk = dict(public_jwk)
        self._key = jwt.PyJWK(self._jwk).key
        self._defects = defects
        self._http = http
        self._seen: set[str] = set()

    def admit(self, authorization: str, audience: str) -> None:
        if "no-authentication" in self._defects:
            return
        scheme, _, token = authorization.partition(" ")
        if scheme != "Bearer" or not token:
            if "token-optional" in self._defects:
                return
            raise RefusedError("no bearer token")
        try:
            claims = self._verified(token, audience)
        except (jwt.PyJWTError, KeyError, ValueError) as bad:
            raise RefusedError(str(bad)) from bad
        if claims.get("jti") in self._seen and "accepts-replays" not in self._defects:
            raise RefusedError("jti seen before: replay")
        self._seen.add(claims.get("jti", ""))

    def _verified(self, token: str, audience: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        if forged := self._carelessly(token, header):
            return forged
        if header.get("kid") != self._jwk["kid"] and not (
            "accepts-missing-kid" in self._defects and "kid" not in header
        ):
            raise RefusedError("unknown kid")
        if "jku" in header:
            self._look_at(header["jku"])
        return self._decoded(token, audience)

    def _look_at(self, jku: str) -> None:
        if "fetches-jku" in self._defects:
            self._http.get(jku)
        if "accepts-any-jku" not in self._defects:
            raise RefusedError("jku is not registered")

    def _carelessly(self, token: str, header: Mapping[str, Any]) -> dict[str, Any] | None:
        """Accept what must never be accepted, where a switch says so."""
        text, _, signature = token.rpartition(".")
        payload = json.loads(_unb64(text.partition(".")[2]))
        if header["alg"] == "none" and "accepts-alg-none" in self._defects:
            return payload
        if header["alg"] == "HS256" and "accepts-key-confusion" in self._defects:
            pem = self._key.public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            if hmac.digest(pem, text.encode(), hashlib.sha256) == _unb64(signature):
                return payload
        return None

    def _decoded(self, token: str, audience: str) -> dict[str, Any]:
        has = self._defects.__contains__
        required = ["iss", "aud", "exp", "iat", "jti"]
        if has("jti-not-required"):
            required.remove("jti")
        claims: dict[str, Any] = jwt.decode(
            token,
            self._key,
            algorithms=["ES384", "RS384"],
            audience=None if has("accepts-any-aud") else audience,
            issuer=None if has("accepts-any-issuer") else ISSUER,
            leeway=0 if has("no-leeway") else 2,
            options={
                "require": required,
                "verify_exp": not has("accepts-expired"),
                "verify_aud": not has("accepts-any-aud"),
                "verify_signature": not has("ignores-signature"),
            }
            | (_UNSIGNED if has("ignores-signature") else {}),
        )
        if has("no-leeway") and claims["iat"] > time.time():
            raise RefusedError("issued in the future")
        if has("refuses-aud-array") and isinstance(claims["aud"], list):
            raise RefusedError("aud is an array")
        return claims


# Without signatures PyJWT checks nothing else unless told to.
_UNSIGNED = {
    "verify_exp": True,
    "verify_nbf": True,
    "verify_iat": True,
    "verify_aud": True,
    "verify_iss": True,
    "verify_jti": True,
}


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
