"""Talk HTTP to the service under test: no proxy, no redirect, a cap on requests and on time."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote, urlsplit

import httpx2

from cds.conformance.report import EXCERPT, Evidence
from cds.conformance.tokens import Credentials, claims, sign

DISCOVERY: Final = "/cds-services"
AS_CLIENT: Final = "own"
_LONGEST_WAIT: Final = 2.0
_DEEPEST: Final = 100


class CapReachedError(Exception):
    """Raised when the cap on requests or on time stops a run."""


class CannotRunError(Exception):
    """Raised when there is nothing to test: no answer, or no way in."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One HTTP answer; status 0 with an `error` when there was none."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    document: Any = None
    flaw: str = ""
    seconds: float = 0.0
    error: str = ""

    @property
    def refused(self) -> bool:
        """Whether the service blamed the client (4xx)."""
        return 400 <= self.status < 500

    def evidence(self, pointer: str = "", excerpt: str | None = None) -> Evidence:
        """Return this answer as evidence."""
        text = self.body[: 4 * EXCERPT].decode("utf-8", "replace") if excerpt is None else excerpt
        return Evidence(
            where=f"{self.method} {self.path}",
            status=self.status or None,
            pointer=pointer,
            excerpt=self.error or text,
        )


class Exchange:
    """A client of one service, which keeps every answer for the checks that look at all of them."""

    def __init__(self, base_url: str, *, credentials: Credentials | None, cap: int, seconds: float) -> None:
        """Open a client that stops after `cap` requests or `seconds`."""
        self.base_url = base_url.rstrip("/")
        self.credentials = credentials
        self.answers: list[Answer] = []
        self.requests = 0
        self._cap = cap
        self._seconds = seconds
        self._ends = time.monotonic() + seconds
        self._client = httpx2.Client(trust_env=False, follow_redirects=False, timeout=5.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    @property
    def loopback(self) -> bool:
        """Whether the service runs on this machine, so that it can reach what the kit listens on."""
        host = urlsplit(self.base_url).hostname or ""
        try:
            return host == "localhost" or ip_address(host).is_loopback
        except ValueError:
            return False

    def url(self, path: str) -> str:
        """Return the address of a path of the service."""
        return self.base_url + path

    def token(self, path: str, **changes: Any) -> str:
        """Mint a good token for a path, with some claims changed; None takes a claim away."""
        who = self._who()
        payload = claims(who, self.url(path)) | changes
        return sign(who, {name: value for name, value in payload.items() if value is not None})

    def discover(self, *, token: str | None = AS_CLIENT) -> Answer:
        """Ask for the list of services."""
        return self.send("GET", DISCOVERY, token=token)

    def call(self, service_id: str, body: Any, *, token: str | None = AS_CLIENT) -> Answer:
        """Call a service."""
        return self.send("POST", service_path(service_id), body=body, token=token)

    def feedback(self, service_id: str, body: Any, *, token: str | None = AS_CLIENT) -> Answer:
        """Send feedback about cards of a service."""
        return self.send("POST", f"{service_path(service_id)}/feedback", body=body, token=token)

    def read(self, url: str, *, token: str | None) -> Any:
        """Read a FHIR resource from an EHR, or None where it cannot be had."""
        self._count()
        headers = {"Accept": "application/fhir+json"} | (
            {"Authorization": f"Bearer {token}"} if token else {}
        )
        try:
            response = self._client.get(url, headers=headers)
        except (httpx2.HTTPError, httpx2.InvalidURL):
            return None
        return _parsed(response.content)[0] if response.status_code == 200 else None

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        token: str | None = AS_CLIENT,
    ) -> Answer:
        """Send one request, with a fresh good token unless told otherwise, and keep the answer."""
        sent = {"Accept": "application/json", **(headers or {})}
        if body is not None:
            content = json.dumps(body).encode()
        if content is not None:
            sent.setdefault("Content-Type", "application/json")
        if bearer := self._bearer(token, path):
            sent["Authorization"] = f"Bearer {bearer}"
        answer = self._patiently(method, path, content=content, headers=sent)
        self.answers.append(answer)
        return answer

    def _bearer(self, token: str | None, path: str) -> str | None:
        if token != AS_CLIENT:
            return token
        return self.token(path) if self.credentials else None

    def _who(self) -> Credentials:
        if self.credentials is None:
            raise CannotRunError("a token was needed: pass --issuer and --key")
        return self.credentials

    def _patiently(
        self, method: str, path: str, *, content: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        answer = self._once(method, path, content=content, headers=headers)
        wait = _retry_after(answer)
        if answer.status != 429 or wait is None or wait > _LONGEST_WAIT:
            return answer
        self.answers.append(answer)
        time.sleep(wait)
        return self._once(method, path, content=content, headers=headers)

    def _once(self, method: str, path: str, *, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        self._count()
        started = time.monotonic()
        try:
            response = self._client.request(method, self.url(path), content=content, headers=dict(headers))
        except httpx2.InvalidURL as bad:
            raise CannotRunError(f"{self.base_url} is not a URL: {bad}") from bad
        except httpx2.HTTPError as failure:
            return Answer(method=method, path=path, status=0, error=f"no answer: {type(failure).__name__}")
        document, flaw = _parsed(response.content)
        return Answer(
            method=method,
            path=path,
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=response.content,
            document=document,
            flaw=flaw,
            seconds=time.monotonic() - started,
        )

    def _count(self) -> None:
        if self.requests >= self._cap:
            raise CapReachedError(f"the cap of {self._cap} requests was reached")
        if time.monotonic() > self._ends:
            raise CapReachedError(f"the time limit of {self._seconds:g} s was reached")
        self.requests += 1


def service_path(service_id: str) -> str:
    """Return the path of a service."""
    return f"{DISCOVERY}/{quote(service_id, safe='')}"


def _retry_after(answer: Answer) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdigit() else None


def _parsed(body: bytes) -> tuple[Any, str]:
    try:
        document = json.loads(body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as flaw:
        return None, str(flaw)
    # The checks walk a document by recursion; nothing in CDS Hooks or FHIR comes near this depth.
    return (None, f"nested deeper than {_DEEPEST} levels") if _depth(document) > _DEEPEST else (document, "")


def _depth(document: Any) -> int:
    level, layer = 0, [document]
    while layer and level <= _DEEPEST:
        level += 1
        inner = [
            item.values() if isinstance(item, dict) else item
            for item in layer
            if isinstance(item, dict | list)
        ]
        layer = [value for values in inner for value in values]
    return level


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member name occurs twice in one object")
    return members
