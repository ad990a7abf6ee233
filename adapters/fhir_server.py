"""Reading a FHIR R4 server over HTTP, in haste and without trust.

The bearer token goes to the base it came with and nowhere else. A first page that fails is an error, a later
one leaves a Bundle that says what is missing. All of a call, waiting and new tries included, ends with its
timeout.
"""

import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count, islice
from typing import Any
from urllib.parse import quote, urljoin

import httpx2

from adapters import fhir_answers as answers
from adapters.addresses import Base, base, parse
from adapters.network import Answer, Dropped, Network, Policy, request_to
from adapters.ports import Bundle, Clock, EhrAccess, EhrBadAnswer, EhrError, EhrRefused, EhrTimeout

Refresh = Callable[[EhrAccess, float], str]
"""Takes the access that was refused and the seconds left; returns another token."""

_FHIR_JSON = "application/fhir+json"
_FORM = {"content-type": "application/x-www-form-urlencoded"}
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")  # the b64token of RFC 6750
_BUSY = {429, 503}
_LINK_SAFE = "%/?:@!$&'()*+,;=-._~|"


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient this client is."""

    retries: int = 2
    """New tries after 429, 503 or a dropped connection."""
    backoff: float = 0.1
    """Seconds before the first new try where the server names none; it doubles, with jitter."""
    longest_query: int = 1500
    """Characters; a longer search is sent as a form."""
    max_connections: int = 16
    """At once to each base."""


class FhirServer:
    """An `Ehr` over HTTP; threads share it and its connections."""

    def __init__(
        self,
        policy: Policy | Network,
        *,
        clock: Clock | None = None,
        limits: Limits | None = None,
        refresh: Refresh | None = None,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Take the registered bases; `refresh` is asked once in a call for another token, after a 401."""
        self.limits = limits or Limits()
        self.network = (
            policy
            if isinstance(policy, Network)
            else Network(policy, clock=clock, max_connections=self.limits.max_connections)
        )
        self.refresh = refresh
        self.sleep = sleep
        self.jitter = jitter

    def read(self, access: EhrAccess, path: str, *, timeout: float) -> dict[str, Any]:
        """Return the resource at `Type/id`."""
        kind, name = answers.path(path)
        what = f"{kind}/…"
        visit = _Visit(self, access, timeout)
        found = answers.resource_of(visit.ask(visit.url(path), what), kind, what)
        if found.get("id") != name:
            raise EhrBadAnswer(f"{what}: answered with a resource of another id")
        return found

    def search(self, access: EhrAccess, query: str, *, timeout: float) -> Bundle:
        """Return what `Type?name=value` finds, following pages inside the base under the caps."""
        asked = answers.query(query)
        visit = _Visit(self, access, timeout)
        return _gathered(visit.pages(asked), asked, access.max_pages)

    def follow(self, access: EhrAccess, url: str, *, kind: str, timeout: float) -> Bundle:
        """Return a page that somebody else's search for a type linked to as next, and the pages after it."""
        asked = answers.query(kind)
        visit = _Visit(self, access, timeout)
        # The total counts the pages before this one too, so nothing can be told from it.
        rest = (replace(page, total=None) for page in visit.pages(asked, start=url))
        return _gathered(rest, asked, access.max_pages)

    def capabilities(self, access: EhrAccess, *, timeout: float = 5.0) -> dict[str, Any]:
        """Return the server's CapabilityStatement."""
        visit = _Visit(self, access, timeout)
        answer = visit.ask(visit.url("metadata"), "metadata")
        return answers.resource_of(answer, "CapabilityStatement", "metadata")

    def close(self) -> None:
        """Close all connections."""
        self.network.close()


def _gathered(pages: Iterator[answers.Page], asked: answers.Query, most: int) -> Bundle:
    """Read at most so many pages; a first that fails is an error, a later one a gap that is named."""
    read: list[answers.Page] = []
    why = ""
    try:
        for page in islice(pages, most):
            read.append(page)  # noqa: PERF402 - pages read before a failure must stay
    except EhrError as error:
        if not read:
            raise
        why = f"page {len(read) + 1} is missing: {error}"
    return answers.bundle(read, asked, why)


class _Visit:
    """One call: its base, its deadline, its token, and what it may still read."""

    def __init__(self, server: FhirServer, access: EhrAccess, timeout: float) -> None:
        self._server = server
        self._access = access
        self._base = _base_of(access.base)
        self._until = server.network.clock.monotonic() + timeout
        self._token = _checked(access.token)
        self._renewed = False
        self._room = access.max_bytes

    def url(self, path: str) -> httpx2.URL:
        """Give the URL of a path below the base."""
        return httpx2.URL(f"{self._access.base.rstrip('/')}/{path}")

    def pages(self, query: answers.Query, *, start: str = "") -> Iterator[answers.Page]:
        """Yield pages, from a link or from the first, until one names no next."""
        url, form = (self._inside(self.url(""), start), b"") if start else self._first(query)
        seen = set()
        while str(url) not in seen:
            seen.add(str(url))
            page = answers.page(self.ask(url, query.masked, form=form), query.type, query.masked)
            yield page
            if not page.following:
                return
            url, form = self._inside(url, page.following), b""
        raise EhrBadAnswer("the pages go round in a circle")

    def _first(self, query: answers.Query) -> tuple[httpx2.URL, bytes]:
        """Give where to search and the form to send; servers and proxies refuse or cut long URLs."""
        if len(query.parameters) > self._server.limits.longest_query:
            return self.url(f"{query.type}/_search"), query.parameters.encode()
        return self.url(f"{query.type}?{query.parameters}" if query.parameters else query.type), b""

    def _inside(self, url: httpx2.URL, link: str) -> httpx2.URL:
        following = parse(quote(urljoin(str(url), link), safe=_LINK_SAFE))
        if not self._base.holds(following):
            raise EhrBadAnswer("its address is outside the base, where no token is sent")
        return following

    def ask(self, url: httpx2.URL, what: str, *, form: bytes = b"") -> Answer:
        """Send one request, patiently; the answer's status is still to be judged."""
        answer = self._patiently(url, what, form)
        if answer.status == 401 and self._server.refresh and not self._renewed:
            self._renewed = True
            refused = replace(self._access, token=self._token)
            self._token = _checked(self._server.refresh(refused, self._left(what)))
            answer = self._patiently(url, what, form)
        self._room -= len(answer.body)
        return answer

    def _patiently(self, url: httpx2.URL, what: str, form: bytes) -> Answer:
        for tried in count():
            try:
                answer = self._sent(url, what, form)
            except Dropped:
                if tried >= self._server.limits.retries:
                    raise
                continue
            wait = self._wait(answer, tried)
            if wait is None:
                return answer
            self._server.sleep(wait)
        raise AssertionError

    def _wait(self, answer: Answer, tried: int) -> float | None:
        """Give the seconds after which to try again, or None where that is not wanted or too late."""
        limits, clock = self._server.limits, self._server.network.clock
        if answer.status not in _BUSY or tried >= limits.retries:
            return None
        told = answers.retry_after(answer, clock.now())
        wait = limits.backoff * 2**tried * (0.5 + self._server.jitter()) if told is None else told
        return wait if clock.monotonic() + wait < self._until else None

    def _sent(self, url: httpx2.URL, what: str, form: bytes) -> Answer:
        headers = {"authorization": f"Bearer {self._token}"} if self._token else {}
        method = "POST" if form else "GET"
        told = {**headers, **(_FORM if form else {})}
        request = request_to(url, accept=_FHIR_JSON, method=method, headers=told, body=form)
        self._left(what)
        return self._server.network.ask(request, what=what, until=self._until, max_bytes=self._room)

    def _left(self, what: str) -> float:
        left = self._until - self._server.network.clock.monotonic()
        if left <= 0:
            raise EhrTimeout(f"{what}: no time is left")
        return left


@lru_cache(maxsize=256)
def _base_of(url: str) -> Base:
    """Read a base once: bases are few, calls are many. Each request asks anew whether it is registered."""
    return base(url, private=True)


def _checked(token: str) -> str:
    if token and not _TOKEN.fullmatch(token):
        raise EhrRefused("the access token holds characters no bearer token has; check who issued it")
    return token
