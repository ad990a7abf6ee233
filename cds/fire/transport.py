"""Sending requests to a service: over HTTP, or to a WSGI application in this process."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from sys import stderr
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes, urlsplit

import httpx2

from cds.fire.errors import CannotFire

MAX_BYTES = 20_000_000
"""The largest answer that is read; no card list comes near it."""

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answered; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    seconds: float = 0.0


class Post(Protocol):
    """What carries a request to a service and brings its answer."""

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """Send one request; raise `CannotFire` where no answer came."""
        ...


class HttpPost:
    """Over HTTP: no redirect, no proxy, a cap on bytes and on seconds."""

    def __init__(self, *, timeout: float = 15.0) -> None:
        """Take the seconds one request may take."""
        self._timeout = timeout

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """Send one request; raise `CannotFire` where no answer came."""
        started = time.monotonic()
        try:
            with (
                httpx2.Client(trust_env=False, follow_redirects=False, timeout=self._timeout) as client,
                client.stream(method, url, headers=dict(headers), content=body or None) as response,
            ):
                content = _capped(response.iter_bytes(), url)
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise CannotFire(f"no answer from {shown(url)}: {_why(error)}") from None
        told = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, told, content, time.monotonic() - started)


def _capped(pieces: Iterable[bytes], url: str) -> bytes:
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > MAX_BYTES:
            raise CannotFire(f"the answer of {shown(url)} is over {MAX_BYTES} bytes; is it a CDS service?")
    return bytes(content)


def _why(error: Exception) -> str:
    """Return a reason in words; the library's own may hold the whole URL."""
    if isinstance(error, httpx2.TimeoutException):
        return "no answer in time; is the address right and the port open?"
    if isinstance(error, httpx2.ConnectError):
        text = str(error)
        tls = "CERTIFICATE" in text.upper() or "SSL" in text.upper()
        return (
            "its TLS certificate is not trusted here; set SSL_CERT_FILE to the issuing CA"
            if tls
            else "nothing answers there; start the service, or check host and port"
        )
    return f"{type(error).__name__}; check the address"


def is_address(url: str) -> bool:
    """Tell whether a text is an absolute http(s) URL."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def shown(url: str) -> str:
    """Return a URL as it may be shown: without query and credentials."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that is none"
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


class WsgiPost:
    """To a WSGI application in this process (PEP 3333): no socket, the same answer."""

    def __init__(self, app: WsgiApp) -> None:
        """Take the application."""
        self._app = app

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """Call the application once and read all of its answer."""
        started = time.monotonic()
        begun: list[tuple[str, list[tuple[str, str]]]] = []
        written = bytearray()

        def start(status: str, told: list[tuple[str, str]], *_exc_info: Any) -> Callable[[bytes], None]:
            begun.append((status, told))
            return written.extend

        pieces = self._app(_environ(method, url, headers, body), start)
        try:
            content = b"".join(pieces)
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        status, told = begun[-1]
        found = {name.lower(): value for name, value in told}
        return Reply(int(status.split()[0]), found, bytes(written) + content, time.monotonic() - started)


def _environ(method: str, url: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        # WSGI carries the bytes of a path as Latin-1 (PEP 3333).
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "localhost",
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": parts.netloc.rpartition("@")[2],
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ


def in_process(app: WsgiApp) -> Post:
    """Return what carries requests to an application in this process."""
    return WsgiPost(app)
