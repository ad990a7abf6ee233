"""Keep-alive load from processes of their own: raw sockets, so that the client is not what is measured.

A process holds at most four connections, a thread each. What to send is made before the clock starts; every
answer is parsed and checked.
"""

import multiprocessing
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Self, TypeAlias
from uuid import uuid4

import jwt
import orjson
from stamp import stamped

_PER_PROCESS = 4
_PATIENCE = 30.0
_TOKEN_LIFE = 300
_Pipe: TypeAlias = "Connection[Any, Any]"


@dataclass(frozen=True)
class Signer:
    """The key and claims of a client's tokens; each token has a `jti` of its own."""

    jwk: Mapping[str, Any] = field(repr=False)
    issuer: str
    audience: str

    def tokens(self, count: int) -> list[str]:
        """Return so many tokens that live five minutes from now."""
        key = jwt.PyJWK(dict(self.jwk), algorithm="ES384").key
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": self.audience, "iat": now, "exp": now + _TOKEN_LIFE}
        headers = {"kid": self.jwk["kid"]}
        return [
            jwt.encode({**claims, "jti": str(uuid4())}, key, algorithm="ES384", headers=headers)
            for _ in range(count)
        ]


@dataclass(frozen=True)
class Plan:
    """What one process sends: where, for how long, over how many connections, at most how much of it."""

    port: int
    path: str
    seconds: float
    connections: int
    requests: int
    bodies: Sequence[bytes] = field(repr=False)
    serial: int = 0
    """The first serial number; each request takes the next, so that no two have an id in common."""
    same: bool = False
    """Whether the first request is sent over and over."""
    signer: Signer | None = None


class ClientLost(Exception):
    """A load process ended or hung: there is no figure."""


@dataclass(frozen=True)
class Heard:
    """What came back: a latency for each answer in seconds, what was wrong, and how long it took in all."""

    latencies: tuple[float, ...]
    bad: Mapping[str, int]
    seconds: float
    client_cpu: float


def fire(plan: Plan, *, cpu: Callable[[], float]) -> tuple[Heard, float]:
    """Run a plan over its processes; return what they heard and the processor seconds it cost the server."""
    context = multiprocessing.get_context("spawn")
    started: list[tuple[SpawnProcess, _Pipe]] = []
    try:
        for share in _shares(plan):
            ours, theirs = context.Pipe()
            process = context.Process(target=_client, args=(theirs, share), daemon=True)
            process.start()
            theirs.close()
            started.append((process, ours))
        for client in started:
            _said(client, within=_PATIENCE + plan.requests / 100)
        before = cpu()
        for _, pipe in started:
            pipe.send("go")
        heard = [_said(client, within=plan.seconds + 2 * _PATIENCE) for client in started]
        spent = cpu() - before
    finally:
        for process, pipe in started:
            pipe.close()
            process.join(timeout=5)
            process.kill()
    return _together(heard), spent


def _said(client: tuple[SpawnProcess, _Pipe], *, within: float) -> Any:
    """Return what a client says next; raise `ClientLost` where it ends or says nothing in time."""
    _, pipe = client
    try:
        if pipe.poll(within):
            return pipe.recv()
    except (EOFError, ConnectionError):
        raise ClientLost("a load process ended before it was done; its own message is above") from None
    raise ClientLost(f"a load process said nothing for {within:.0f} s")


def _shares(plan: Plan) -> list[Plan]:
    """Split a plan over processes of at most four connections."""
    count = -(-plan.connections // _PER_PROCESS)
    shares = []
    for number in range(count):
        connections = plan.connections // count + (number < plan.connections % count)
        requests = max(1, plan.requests * connections // plan.connections)
        bodies = plan.bodies if plan.same else plan.bodies[number::count]
        serial = plan.serial + number * plan.requests
        shares.append(replace(plan, connections=connections, requests=requests, bodies=bodies, serial=serial))
    return shares


def _together(heard: Sequence[Heard]) -> Heard:
    bad: Counter[str] = Counter()
    for one in heard:
        bad.update(one.bad)
    return Heard(
        tuple(x for one in heard for x in one.latencies),
        dict(bad),
        max(one.seconds for one in heard),
        sum(one.client_cpu for one in heard),
    )


def _client(pipe: _Pipe, plan: Plan) -> None:
    work = _Work(plan)
    pipe.send("ready")
    pipe.recv()
    pipe.send(work.run())


class _Work:
    """The sending side of a process: a queue of requests and the connections that take from it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._tokens = plan.signer.tokens(plan.requests) if plan.signer else []
        self._lock = threading.Lock()
        self._sent = 0
        self._latencies: list[float] = []
        self._bad: Counter[str] = Counter()

    def run(self) -> Heard:
        """Send until the time is over or nothing is left to send."""
        spent, began = time.process_time(), time.perf_counter()
        until = began + self._plan.seconds
        threads = [
            threading.Thread(target=self._connection, args=(until,)) for _ in range(self._plan.connections)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - began
        return Heard(tuple(self._latencies), dict(self._bad), seconds, time.process_time() - spent)

    def _connection(self, until: float) -> None:
        with _Line(self._plan.port) as line:
            while time.perf_counter() < until:
                request = self._next()
                if request is None:
                    return
                began = time.perf_counter()
                try:
                    status, answer = line.ask(request)
                except OSError as error:
                    self._bad[type(error).__name__] += 1
                    return
                self._latencies.append(time.perf_counter() - began)
                if why := wrong(status, answer):
                    self._bad[why] += 1

    def _next(self) -> bytes | None:
        with self._lock:
            number = self._sent
            if number >= self._plan.requests:
                return None
            self._sent += 1
        plan = self._plan
        body = plan.bodies[0 if plan.same else number % len(plan.bodies)]
        body = stamped(body, plan.serial if plan.same else plan.serial + number)
        token = f"Authorization: Bearer {self._tokens[number]}\r\n" if self._tokens else ""
        head = (
            f"POST {plan.path} HTTP/1.1\r\nHost: 127.0.0.1:{plan.port}\r\n{token}"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def wrong(status: int, answer: bytes) -> str:
    """Return what is wrong with an answer: another status than 200, or no card."""
    if status != 200:
        return f"status {status}"
    try:
        cards = orjson.loads(answer)["cards"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return "no cards member"
    return "" if cards else "no card"


class _Line:
    """One keep-alive connection; a server that closes it after an answer is called anew."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = self._opened()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _opened(self) -> socket.socket:
        opened = socket.create_connection(("127.0.0.1", self._port), timeout=_PATIENCE)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; return the answer's status and body."""
        self._socket.sendall(request)
        head, _, body = self._until(b"\r\n\r\n").partition(b"\r\n\r\n")
        fields = _fields(head)
        length = int(fields[b"content-length"])
        chunks = [body]
        left = length - len(body)
        while left > 0:
            chunks.append(self._more())
            left -= len(chunks[-1])
        if fields.get(b"connection", b"").lower() == b"close":
            self._socket.close()
            self._socket = self._opened()
        return int(head[9:12]), b"".join(chunks)

    def _until(self, mark: bytes) -> bytes:
        found = b""
        while mark not in found:
            found += self._more()
        return found

    def _more(self) -> bytes:
        # A server that writes head and body apart, without TCP_NODELAY, would wait 40 ms for our delayed
        # acknowledgement (uvicorn with several workers does): acknowledge at once, for every contender.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        chunk = self._socket.recv(65_536)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        return chunk


def _fields(head: bytes) -> dict[bytes, bytes]:
    pairs = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
