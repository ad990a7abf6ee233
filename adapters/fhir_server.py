"""Reading a FHIR R4 server over HTTP, in haste and without trust.

The bearer token goes to the base it came with and nowhere else. A first page that fails is an error; a later one
leaves a Bundle that says what is missing. All of a call, waiting and trying again included, ends with its timeout.
"""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import httpx2

from adapters import fhir_answers as answers
from adapters.addresses import Base
from adapters.network import Answer, Dropped, Network, Policy, parse, request_to
from adapters.ports import AddressRefused, Bundle, Clock, EhrAccess, EhrError, EhrRefused, EhrTimeout

Refresh = Callable[[EhrAccess, float], str]
"""Takes the access that was refused and the seconds left; returns another token."""

_FHIR_JSON = "application/fhir+json"
_FORM = "application/x-www-form-urlencoded"
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")  # the b64token of RFC 6750


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient this client is."""

    retries: int = 2
    backoff: float = 0.1
    """Seconds before the first new try where the server names none; doubles, with jitter."""
    longest_url_query: int = 1500
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
        """Take the registered bases; `refresh` is asked once in a call for another token after a 401."""
        self._limits = limits or Limits()
        self._network = (
            policy
            if isinstance(policy, Network)
            else Network(policy, clock=clock, max_connections=self._limits.max_connections)
        )
        self._refresh = refresh
        self._sleep = sleep
        self._jitter = jitter

    def read(self, access: EhrAccess, path: str, *, timeout: float) -> dict[str, Any]:
        """Return the resource at `Type/id`."""
        kind, name = answers.path(path)
        what = f"{kind}/…"
        visit = self._visit(access, timeout)
        found = answers.resource_of(visit.get(f"{visit.root}/{path}", what), kind, what)
        if found.get("id") != name:
            raise answers.EhrBadAnswer(f"{what}: answered with a resource of another id")
        return found

    def search(self, access: EhrAccess, query: str, *, timeout: float) -> Bundle:
        """Return what `Type?name=value` finds, following pages inside the base under the caps."""
        asked = answers.query(query)
        return _Search(self._visit(access, timeout), asked, self._limits).run()

    def capabilities(self, access: EhrAccess, *, timeout: float = 5.0) -> dict[str, Any]:
        """Return the server's CapabilityStatement."""
        visit = self._visit(access, timeout)
        return answers.resource_of(visit.get(f"{visit.root}/metadata", "metadata"), "CapabilityStatement", "metadata")

    def _visit(self, access: EhrAccess, timeout: float) -> "_Visit":
        root, base = _base_of(access.base)
        _check_token(access.token)
        until = self._network.clock.monotonic() + timeout
        return _Visit(self, access, root=root, base=base, until=until)

    def close(self) -> None:
        """Close all connections."""
        self._network.close()


@lru_cache(maxsize=256)
def _base_of(text: str) -> tuple[str, Base]:
    """Read a base URL once: bases are few, calls are many."""
    url = parse(text)
    if url.query:
        raise AddressRefused(f"the FHIR base at {url.host} carries a query; register origin and path only")
    port = url.port or {"http": 80, "https": 443}[url.scheme]
    return str(url).rstrip("/"), Base(url.scheme, url.host, port, url.path.rstrip("/") or "/")
