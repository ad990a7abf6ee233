"""Tokens for reading without a user: SMART Backend Services with a signed assertion.

Rules: https://hl7.org/fhir/smart-app-launch/backend-services.html and RFC 7523. Each set of scopes has one
token, kept until shortly before it ends; while one thread fetches a token, others wait for that one.
"""

import re
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2
import jwt
import orjson

from adapters.network import Answer, Network, Policy, parse, request_to
from adapters.ports import Clock, EhrAccess, EhrBadAnswer, EhrError, EhrRefused, EhrTimeout, EhrUnavailable

ALGORITHMS = ("ES384", "RS384")
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_ASSERTION_SECONDS = 240
"""The rules allow 300; the rest is for clocks that differ."""
_EARLY_SECONDS = 60.0
_DISCOVERY_LIFE = 3600.0
_MAX_BYTES = 64 * 1024
_SCOPE = re.compile(
    r"system/(\*|[A-Z][A-Za-z]+)\.((?=[cruds])c?r?u?d?s?(\?[\x21\x23-\x5b\x5d-\x7e]+)?|read|\*)"
)
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_OAUTH_ERRORS = {  # RFC 6749 section 5.2; other words of a server are not repeated
    *("invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"),
    "invalid_scope",
}
_FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(slots=True)
class _Slot:
    """The token of one set of scopes; `fetching` is held while another is asked for."""

    token: str = field(default="", repr=False)
    good_until: float = float("-inf")
    issued: deque[str] = field(default_factory=lambda: deque(maxlen=4), repr=False)
    failure: EhrError | None = None
    failed: float = float("-inf")
    fetching: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, slots=True)
class SmartClient:
    """Who we are at one EHR: its FHIR base, our client id there, and the PEM private key we sign with."""

    base: str
    client_id: str
    kid: str
    key: str | bytes = field(repr=False)
    algorithm: str = "ES384"
    token_url: str = ""
    """Where tokens are given; without it the base is asked."""


class SmartBackend:
    """Gets and keeps the tokens of one client; threads share it."""

    def __init__(self, policy: Policy | Network, client: SmartClient, *, clock: Clock | None = None) -> None:
        """Take the registered bases, the token URL among them; raises `ValueError` for a bad key."""
        self.client = client
        self._network = (
            policy if isinstance(policy, Network) else Network(policy, clock=clock, max_connections=2)
        )
        self._clock = self._network.clock
        self._key = _signing_key(client.key, client.algorithm)
        self._token_url = client.token_url
        self._discovered_until = float("inf") if client.token_url else float("-inf")
        self._lock = threading.Lock()
        self._slots: dict[str, _Slot] = {}

    def token(self, scopes: str | Iterable[str], timeout: float, *, refused: str = "") -> str:
        """Return a token for these scopes; one that a server `refused` is not given again.

        Raises `EhrRefused` where this client gets none, `EhrUnavailable` or `EhrTimeout` where nobody says.
        """
        wanted = _scopes(scopes)
        with self._lock:
            slot = self._slots.setdefault(wanted, _Slot())
        started = self._clock.monotonic()
        if self._good(slot, refused):
            return slot.token
        if not slot.fetching.acquire(timeout=max(0.0, timeout)):
            raise EhrTimeout("no access token in time; another thread is still asking for one")
        try:
            return self._fresh(slot, wanted, refused=refused, started=started, until=started + timeout)
        finally:
            slot.fetching.release()

    def renewing(self, scopes: str | Iterable[str]) -> Callable[[EhrAccess, float], str]:
        """Return a `refresh` for `FhirServer` that replaces this backend's own tokens, at its base only.

        The token of a hook call is never replaced: that would read with rights the call did not bring.
        """
        wanted = _scopes(scopes)

        def renew(access: EhrAccess, seconds: float) -> str:
            slot = self._slots.get(wanted)
            if (
                access.base.rstrip("/") != self.client.base.rstrip("/")
                or slot is None
                or access.token not in slot.issued
            ):
                raise EhrRefused(
                    "the access token is no longer good, and is not one we may replace", status=401
                )
            return self.token(wanted, seconds, refused=access.token)

        return renew

    def _good(self, slot: _Slot, refused: str) -> bool:
        return self._clock.monotonic() < slot.good_until and slot.token != refused

    def _fresh(self, slot: _Slot, scopes: str, *, refused: str, started: float, until: float) -> str:
        if self._good(slot, refused):
            return slot.token
        if slot.failure and slot.failed >= started:
            # Whoever waited for the thread that failed shares its failure, instead of failing one by one.
            raise type(slot.failure)(str(slot.failure), status=slot.failure.status)
        try:
            token, seconds = self._granted(scopes, until)
        except EhrError as error:
            slot.failure, slot.failed = error, self._clock.monotonic()
            raise
        slot.token, slot.failure = token, None
        slot.good_until = self._clock.monotonic() + seconds - min(_EARLY_SECONDS, seconds / 5)
        slot.issued.append(token)
        return token

    def _granted(self, scopes: str, until: float) -> tuple[str, float]:
        """Ask the token endpoint; give the token and the seconds it lasts."""
        url = self._endpoint(until)
        form = {
            "grant_type": "client_credentials",
            "scope": scopes,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._assertion(url),
        }
        body = urlencode(form).encode()
        request = request_to(parse(url), accept="application/json", method="POST", headers=_FORM, body=body)
        return _token_in(self._asked(request, "the token endpoint", until))

    def _asked(self, request: httpx2.Request, what: str, until: float) -> Answer:
        try:
            return self._network.ask(request, what=what, until=until, max_bytes=_MAX_BYTES)
        except EhrBadAnswer as error:
            raise EhrUnavailable(str(error)) from None

    def _assertion(self, audience: str) -> str:
        now = int(self._clock.now())
        claims = {
            "iss": self.client.client_id,
            "sub": self.client.client_id,
            "aud": audience,
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
            "jti": secrets.token_urlsafe(24),
        }
        return jwt.encode(
            claims, self._key, algorithm=self.client.algorithm, headers={"kid": self.client.kid}
        )

    def _endpoint(self, until: float) -> str:
        """Give the token URL, read from the base's discovery document where none is configured."""
        now = self._clock.monotonic()
        if now >= self._discovered_until:
            url = parse(f"{self.client.base.rstrip('/')}/.well-known/smart-configuration")
            request = request_to(url, accept="application/json")
            answer = self._asked(request, "smart-configuration", until)
            self._token_url = _token_endpoint(answer, self.client.algorithm)
            self._discovered_until = now + _DISCOVERY_LIFE
        return self._token_url

    def close(self) -> None:
        """Close all connections."""
        self._network.close()


def _signing_key(key: str | bytes, algorithm: str) -> Any:
    if algorithm not in ALGORITHMS:
        raise ValueError(f"the algorithm of a SMART client is one of {', '.join(ALGORITHMS)}")
    try:
        return jwt.get_algorithm_by_name(algorithm).prepare_key(key)
    except (jwt.PyJWTError, ValueError, TypeError):
        pass
    # Outside of the handler, so that no library's words about the key hang on this error.
    raise ValueError(
        f"the private key does not fit {algorithm}; make one with `clinicards keys` or openssl, as PEM"
    )


def _scopes(scopes: str | Iterable[str]) -> str:
    words = sorted(set(scopes.split() if isinstance(scopes, str) else scopes))
    if not words or not all(_SCOPE.fullmatch(word) for word in words):
        raise ValueError("scopes are of the form system/Observation.rs")
    return " ".join(words)


def _token_endpoint(answer: Answer, algorithm: str) -> str:
    document = _object(answer.body)
    endpoint = document.get("token_endpoint")
    if answer.status != 200 or not isinstance(endpoint, str):
        raise EhrUnavailable(
            f"smart-configuration names no token endpoint ({answer.status}); configure token_url",
            status=answer.status,
        )
    known = document.get("token_endpoint_auth_signing_alg_values_supported")
    if isinstance(known, list) and algorithm not in known:
        raise EhrRefused(
            f"the server does not take assertions signed with {algorithm}; configure the other one"
        )
    return endpoint


def _token_in(answer: Answer) -> tuple[str, float]:
    document = _object(answer.body)
    if answer.status in {400, 401, 403}:
        error = document.get("error")
        word = f"{answer.status}, {error}" if str(error) in _OAUTH_ERRORS else str(answer.status)
        raise EhrRefused(
            f"the token endpoint refuses this client ({word}); check client id, key and scopes",
            status=answer.status,
        )
    if answer.status != 200:
        raise EhrUnavailable(f"the token endpoint failed ({answer.status})", status=answer.status)
    token, seconds = document.get("access_token"), document.get("expires_in")
    bearer = str(document.get("token_type")).lower() == "bearer"
    if not bearer or not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise EhrUnavailable("the token endpoint answered without a bearer token")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
        raise EhrUnavailable("the token endpoint does not say how long its token lasts (expires_in)")
    return token, float(seconds)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}
