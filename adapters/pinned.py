"""A transport that connects to checked addresses only, under one deadline.

The name of a host is looked up once for each connection, its addresses are checked, and the socket goes to
one of those. `Host`, SNI and the certificate stay those of the name. The deadline covers looking up,
connecting, TLS, sending and every byte of the answer, so a server that drips bytes does not outlive it.
"""

import contextlib
import logging
import ssl
import threading
from collections.abc import Iterable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Any

import httpcore2
import httpx2

from adapters.addresses import Base, Policy, Resolver, resolve_base, system_resolver
from adapters.ports import Clock

# At DEBUG it writes the headers of answers, and those may name patients (Content-Location, Location).
logging.getLogger("httpcore2").setLevel(logging.WARNING)

_KEEP_ALIVE_SECONDS = 30.0
_LOOKUPS_AT_ONCE = 8


class _Stream(httpcore2.NetworkStream):
    """A socket that takes each timeout for the instant at which to stop."""

    def __init__(self, inner: httpcore2.NetworkStream, clock: Clock) -> None:
        self._inner = inner
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, self._clock))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, self._clock))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(
            self._inner.start_tls(ssl_context, server_hostname, _left(timeout, self._clock)), self._clock
        )

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def close(self) -> None:
        self._inner.close()


def _left(until: float | None, clock: Clock) -> float:
    seconds = (until or 0.0) - clock.monotonic()
    if seconds <= 0:
        raise httpcore2.ReadTimeout
    return seconds


class _Backend(httpcore2.NetworkBackend):
    """Connects to the checked addresses of one base, whatever the name means a moment later."""

    def __init__(self, base: Base, clock: Clock, resolver: Resolver) -> None:
        self._base = base
        self._clock = clock
        self._resolver = resolver
        self._sockets = httpcore2.SyncBackend()
        self._lookups = threading.BoundedSemaphore(_LOOKUPS_AT_ONCE)

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - the signature is httpcore2's; neither is set here
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        """Connect to the base's host; `host` is its name already, as each base has a pool of its own."""
        target = resolve_base(self._base, resolver=lambda host, port: self._looked_up(host, port, timeout))
        for left, address in zip(range(len(target.addresses), 0, -1), target.addresses, strict=True):
            # An equal share of the time for each, so that a silent first address does not take it all.
            try:
                stream = self._sockets.connect_tcp(str(address), port, _left(timeout, self._clock) / left)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if left == 1:
                    raise
            else:
                return _Stream(stream, self._clock)
        raise httpcore2.ConnectError

    def _looked_up(self, host: str, port: int, until: float | None) -> Sequence[str]:
        """Ask the resolver from a thread of its own: the system's cannot be given a deadline."""
        if not self._lookups.acquire(timeout=_left(until, self._clock)):
            raise httpcore2.ConnectTimeout
        found: SimpleQueue[Sequence[str] | Exception] = SimpleQueue()
        threading.Thread(target=self._look_up, args=(host, port, found), daemon=True).start()
        try:
            addresses = found.get(timeout=_left(until, self._clock))
        except Empty:
            raise httpcore2.ConnectTimeout from None
        if isinstance(addresses, Exception):
            raise httpcore2.ConnectError("the name has no address") from addresses
        return addresses

    def _look_up(self, host: str, port: int, found: "SimpleQueue[Sequence[str] | Exception]") -> None:
        try:
            found.put(self._resolver(host, port))
        except Exception as error:  # noqa: BLE001 - it is handed to the thread that waits, which raises it
            found.put(error)
        finally:
            self._lookups.release()


class PinnedTransport(httpx2.BaseTransport):
    """A transport with a pool for each registered base, so that a slow server takes no other's connections.

    Of a request's timeouts, `read` is the time for all of it and `connect` the time until it is sent.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        clock: Clock,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
        max_connections: int = 16,
    ) -> None:
        self._clock = clock
        self._policy = policy
        context = tls or httpx2.create_ssl_context(trust_env=False)
        self._pools = {
            base: httpcore2.ConnectionPool(
                ssl_context=context,
                max_connections=max_connections,
                keepalive_expiry=_KEEP_ALIVE_SECONDS,
                network_backend=_Backend(base, clock, resolver),
            )
            for base in policy.bases
        }

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request to its registered base."""
        pool = self._pools[self._policy.base_of(request.url)]
        url, given = request.url, request.extensions.get("timeout", {})
        now = self._clock.monotonic()
        until = now + given.get("read", 0.0)
        times = {
            "read": until,
            "write": until,
            "pool": until - now,
            "connect": now + given.get("connect", 0.0),
        }
        asked = httpcore2.Request(
            request.method,
            httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions={"timeout": times},
        )
        with _renamed_errors():
            answer = pool.handle_request(asked)
        return httpx2.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _renamed_errors():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextlib.contextmanager
def _renamed_errors() -> Iterator[None]:
    """Raise the error of httpx2 that has the same name as the one of its lower half."""
    try:
        yield
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        named: type[httpx2.TransportError] = getattr(httpx2, type(error).__name__)
        raise named(_why(error)) from None


def _why(error: BaseException) -> str:
    """Say what went wrong in words of our own: those of the libraries may quote what was sent."""
    # The pool drops what an error came from; the error itself is made from that.
    cause = error.args[0] if error.args else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "its certificate does not hold for this name; check the name and the authorities trusted here"
    if isinstance(cause, ssl.SSLError):
        return "TLS failed"
    return {"ConnectError": "no connection", "RemoteProtocolError": "no HTTP"}.get(type(error).__name__, "")
