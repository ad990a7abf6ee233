"""Tokens of the sandbox: SMART Backend Services, and tokens issued for a hook call.

Rules: https://hl7.org/fhir/smart-app-launch/backend-services.html.
"""

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import orjson

from adapters.fhir_sandbox.outcomes import Refusal, forbidden
from adapters.fhir_sandbox.scopes import allows, granted, read_scopes
from adapters.fhir_sandbox.wire import Request, Response

ALGORITHMS = ("RS384", "ES384")
LIFETIME = 300  # seconds, of a token and at most of an assertion
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LEEWAY = 5  # seconds between the clocks of two machines

_CLAIMS = ("iss", "sub", "aud", "exp", "jti")


class OAuthError(Exception):
    """A token request refused, with its RFC 6749 error word."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True)
class Token:
    """An access token and what it allows; bound to a patient where it came with a launch."""

    value: str = field(repr=False)
    scope: str
    until: datetime
    patient_id: str | None = None

    def check(self, action: str, resource_type: str) -> None:
        """Raise unless a scope covers the action on the type."""
        if not allows(read_scopes(self.scope), action, resource_type):
            raise forbidden(f"the token's scopes do not cover this use of {resource_type}")


class TokenOffice:
    """Issues tokens and remembers them until they expire."""

    def __init__(
        self, clients: Mapping[str, Mapping[str, Any]], *, allowed_scopes: str, clock: Callable[[], datetime]
    ) -> None:
        self._clients = clients
        self._allowed = allowed_scopes
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: dict[str, Token] = {}
        self._seen: dict[tuple[str, str], datetime] = {}

    def issue(self, scope: str, *, patient_id: str | None = None, seconds: int = LIFETIME) -> Token:
        """Make an opaque random token."""
        now = self._clock()
        token = Token(secrets.token_urlsafe(32), scope, now + timedelta(seconds=seconds), patient_id)
        with self._lock:
            self._tokens = {value: kept for value, kept in self._tokens.items() if kept.until > now}
            self._tokens[token.value] = token
        return token

    def find(self, authorization: str) -> Token:
        """Find the token of an Authorization header, or refuse with 401."""
        scheme, _, value = authorization.partition(" ")
        token = self._tokens.get(value.strip()) if scheme.lower() == "bearer" else None
        if token is None or token.until <= self._clock():
            error = ' error="invalid_token"' if authorization else ""
            challenge = {"WWW-Authenticate": f"Bearer{error}"}
            raise Refusal(401, "login", "a valid bearer token is required", headers=challenge)
        return token

    def answer(self, request: Request, token_url: str) -> Response:
        """Answer a token request, errors included, as RFC 6749 writes them."""
        try:
            token = self._grant(dict(request.form()), token_url)
        except OAuthError as error:
            status = 401 if error.error == "invalid_client" else 400
            return _oauth(status, {"error": error.error, "error_description": error.description})
        return _oauth(
            200,
            {
                "access_token": token.value,
                "token_type": "bearer",
                "expires_in": LIFETIME,
                "scope": token.scope,
            },
        )

    def _grant(self, form: Mapping[str, str], token_url: str) -> Token:
        if form.get("grant_type") != "client_credentials":
            raise OAuthError("unsupported_grant_type", "grant_type must be client_credentials")
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise OAuthError("invalid_request", f"client_assertion_type must be {ASSERTION_TYPE}")
        self._verify(form.get("client_assertion", ""), token_url)
        scope = granted(form.get("scope", ""), self._allowed)
        if not scope:
            raise OAuthError("invalid_scope", f"ask for scopes within: {self._allowed}")
        return self.issue(scope)

    def _verify(self, assertion: str, token_url: str) -> None:
        try:
            claims = self._claims(assertion, token_url)
        except (jwt.PyJWTError, KeyError, ValueError, TypeError) as error:
            raise OAuthError(
                "invalid_client", "client_assertion does not verify for a registered client"
            ) from error
        self._check_times(claims)
        self._use_once(str(claims["iss"]), str(claims["jti"]), datetime.fromtimestamp(claims["exp"], UTC))

    def _claims(self, assertion: str, token_url: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(assertion)
        unverified = jwt.decode(assertion, options={"verify_signature": False})
        keys = jwt.PyJWKSet.from_dict(dict(self._clients[unverified["iss"]]))
        algorithm = header["alg"]
        if algorithm not in ALGORITHMS:
            raise jwt.InvalidAlgorithmError(f"algorithm must be one of {', '.join(ALGORITHMS)}")
        # Times are checked against our own clock afterwards.
        options: Any = {
            "require": list(_CLAIMS),
            "verify_exp": False,
            "verify_iat": False,
            "verify_nbf": False,
        }
        key = keys[header["kid"]].key
        claims = jwt.decode(assertion, key, algorithms=[algorithm], audience=token_url, options=options)
        if claims["iss"] != claims["sub"]:
            raise jwt.InvalidIssuerError("iss and sub must both be the client id")
        return claims

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        expires, now = claims["exp"], self._clock().timestamp()
        if not isinstance(expires, int) or not now - _LEEWAY < expires <= now + LIFETIME + _LEEWAY:
            raise OAuthError("invalid_client", f"exp must lie within the next {LIFETIME} seconds")

    def _use_once(self, issuer: str, jti: str, until: datetime) -> None:
        now = self._clock()
        with self._lock:
            self._seen = {
                key: end for key, end in self._seen.items() if end + timedelta(seconds=_LEEWAY) > now
            }
            if (issuer, jti) in self._seen:
                raise OAuthError("invalid_client", "jti was used before")
            self._seen[issuer, jti] = until


def _oauth(status: int, document: Mapping[str, Any]) -> Response:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache"}
    return Response(status, orjson.dumps(document), headers)
