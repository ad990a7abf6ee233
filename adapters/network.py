"""HTTP to registered addresses only: no redirect, no proxy, no cookie, capped in bytes and in time.

The client of httpx2 is left out: it logs whole URLs, which hold patient ids here, and it keeps cookies.
"""

import ssl
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import httpx2

from adapters.addresses import Base, Policy, Resolver, Target, parse, resolve, system_resolver
from adapters.pinned import PinnedTransport
from adapters.ports import Clock, EhrBadAnswer, EhrTimeout, EhrUnavailable

__all__ = [
    "Answer",
    "Base",
    "Dropped",
    "Network",
    "Policy",
    "SystemClock",
    "Target",
    "TooLarge",
    "parse",
    "resolve",
]

_GZIP = 31  # what zlib calls a gzip header with the largest window


class Dropped(EhrUnavailable):
    """The connection ended before an answer began: a kept-alive one was just closed, so a new try is fair."""


class TooLarge(EhrBadAnswer):
    """The answer holds more bytes than it may, as sent or once unpacked."""


class SystemClock:
    """The time of this machine."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: status, headers and the whole unpacked body."""

    status: int
    headers: httpx2.Headers
    body: bytes = field(repr=False)


class Network:
    """Asks registered servers, on connections that threads share."""

    def __init__(
        self,
        policy: Policy,
        *,
        clock: Clock | None = None,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
        max_connections: int = 16,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """Make a pool for each base; `max_connections` is that of each pool, and so our own throttle.

        A `transport` of the caller takes the place of sockets, for servers that run in this process.
        """
        self.policy = policy
        self.clock = clock or SystemClock()
        self._transport = transport or PinnedTransport(
            policy, clock=self.clock, resolver=resolver, tls=tls, max_connections=max_connections
        )

    def ask(
        self,
        request: httpx2.Request,
        *,
        what: str,
        until: float,
        max_bytes: int,
        connect_seconds: float = 60.0,
    ) -> Answer:
        """Send a request and read all of its answer, until an instant of the monotonic clock.

        `what` names the request in errors: `AddressRefused`, `EhrTimeout`, `EhrUnavailable` (`Dropped` where
        no answer began) and `EhrBadAnswer`.
        """
        seconds = max(0.0, until - self.clock.monotonic())
        request.extensions["timeout"] = {"read": seconds, "connect": min(seconds, connect_seconds)}
        response = self._sent(request, what)
        try:
            body = b"".join(_unpacked(response, max_bytes, what))
        except httpx2.TimeoutException:
            raise EhrTimeout(f"{what}: the answer was not complete in time") from None
        except httpx2.TransportError:
            raise EhrUnavailable(f"{what}: the answer was cut short") from None
        finally:
            response.close()
        return Answer(response.status_code, response.headers, body)

    def _sent(self, request: httpx2.Request, what: str) -> httpx2.Response:
        try:
            return self._transport.handle_request(request)
        except httpx2.TimeoutException:
            raise EhrTimeout(f"{what}: no answer in time") from None
        except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError):
            raise Dropped(f"{what}: the connection ended before an answer in HTTP") from None
        except httpx2.TransportError as error:
            raise EhrUnavailable(f"{what}: {error}") from None

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()


def request_to(
    url: httpx2.URL,
    *,
    accept: str,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> httpx2.Request:
    """Make a request that says what it can read."""
    told = {"accept": accept, "accept-encoding": "gzip", "user-agent": "clinicards", **(headers or {})}
    return httpx2.Request(method, url, headers=told, content=body or None)


def _unpacked(response: httpx2.Response, max_bytes: int, what: str) -> Iterator[bytes]:
    """Yield the body, unpacked piece by piece so that a small bomb never becomes a large memory."""
    packing = response.headers.get("content-encoding", "identity").strip().lower()
    if packing not in {"identity", "gzip", ""}:
        raise EhrBadAnswer(
            f"{what}: the answer is packed in a way that was not asked for", status=response.status_code
        )
    if int(response.headers.get("content-length", 0)) > max_bytes:
        raise _too_large(max_bytes, what)
    raw = _capped(response.iter_raw(), max_bytes, what)
    yield from _capped(_gunzipped(raw, max_bytes, what), max_bytes, what) if packing == "gzip" else raw


def _capped(pieces: Iterable[bytes], max_bytes: int, what: str) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > max_bytes:
            raise _too_large(max_bytes, what)
        yield piece


def _too_large(max_bytes: int, what: str) -> TooLarge:
    return TooLarge(f"{what}: the answer is larger than {max_bytes} bytes; ask for less or raise the cap")


def _gunzipped(pieces: Iterable[bytes], max_bytes: int, what: str) -> Iterator[bytes]:
    """Unpack gzip, member by member, never more than the cap and one byte at a time."""
    member = zlib.decompressobj(_GZIP)
    begun = False
    for packed in pieces:
        rest = packed
        while rest:
            if member.eof:
                member = zlib.decompressobj(_GZIP)
            begun = True
            yield _member_piece(member, rest, max_bytes, what)
            rest = member.unused_data
    if begun and not member.eof:
        raise EhrUnavailable(f"{what}: the packed answer was cut short")


def _member_piece(member: "zlib._Decompress", packed: bytes, max_bytes: int, what: str) -> bytes:
    try:
        return member.decompress(packed, max_bytes + 1)
    except zlib.error:
        raise EhrBadAnswer(f"{what}: the answer says gzip and is not") from None
