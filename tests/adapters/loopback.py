"""A web server on loopback whose every answer a test writes itself, and clocks that a test sets."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any, Self

import orjson


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    peer: tuple[str, int]


@dataclass(frozen=True)
class Reply:
    """One answer; `pieces` are sent one by one, as slowly as they come."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Iterable[bytes] | None = None
    length: int | None = None
    cut: bool = False
    """Close the connection without a word."""


Answers = Callable[[Asked], Reply]


def fhir(document: Any, status: int = 200, **headers: str) -> Reply:
    """Make an answer of FHIR JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, orjson.dumps(document), {"content-type": "application/fhir+json", **named})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_Server"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, body, self.client_address)
        self.server.asked.append(asked)
        reply = self.server.answers(asked)
        if reply.cut:
            self.close_connection = True
            return
        self._send(reply)

    do_GET = do_POST = _answer  # noqa: N815

    def _send(self, reply: Reply) -> None:
        length = reply.length if reply.length is not None else len(reply.body)
        self.send_response(reply.status)
        told = {"content-length": str(length)} if length >= 0 else {}
        for name, value in {**told, **reply.headers}.items():
            self.send_header(name, value)
        try:
            self.end_headers()
            for piece in reply.pieces if reply.pieces is not None else [reply.body]:
                self.wfile.write(piece)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    answers: Answers
    asked: list[Asked]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that hang up are what is tested."""

    def server_bind(self) -> None:
        # The inherited method asks the name service for our own name.
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]


class Server:
    """A running server; `asked` holds every request so far."""

    def __init__(self, answers: Answers, *, tls: SSLContext | None = None) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        if tls:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._server.answers = answers
        self._server.asked = self.asked = []
        self.port = self._server.server_port
        self.origin = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True)
        self._thread.start()

    def answer(self, answers: Answers) -> None:
        """Answer like this from now on."""
        self._server.answers = answers

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SetClock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.time = 1_750_000_000.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time - 1_700_000_000.0


def in_turn(*replies: Reply) -> Answers:
    """Give one reply after the other, the last one for ever."""
    left = list(replies)
    return lambda asked: left.pop(0) if len(left) > 1 else left[0]


def slowly(body: bytes, wait: Callable[[float], object], *, each: float = 0.05) -> Iterator[bytes]:
    """Drip a body, byte by byte."""
    for byte in body:
        wait(each)
        yield bytes([byte])
