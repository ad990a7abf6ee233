"""The production server when something goes: workers killed, told to stop, the store away and back."""

import http.client
import json
import os
import signal
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self

import pytest
from private_postgresql import PrivatePostgresql
from production_site import SERVICE, Answer, Connection, Json, Running, Site

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="workers are told apart by Linux's /proc"
    ),
]
CALLERS = 4


def _eventually(true: Callable[[], bool], *, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.05)


class _Load:
    """Callers that fire one hook after the other, each on connections of its own, until told to stop."""

    def __init__(self, server: Running, request_body: Json, *, token: str | None = None) -> None:
        self._server, self._body, self._token = server, request_body, token
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._call) for _ in range(CALLERS)]
        self.answers: list[Answer] = []
        self.broken: list[Exception] = []

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        _eventually(lambda: len(self.answers) >= CALLERS)
        return self

    def __exit__(self, *_about: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _call(self) -> None:
        while not self._over.is_set():
            with closing(Connection(self._server.site)) as connection:
                self._call_on(connection)

    def _call_on(self, connection: Connection) -> None:
        try:
            while not self._over.is_set():
                self.answers.append(connection.fire(self._body, token=self._token))
        except (OSError, http.client.HTTPException) as error:
            self.broken.append(error)


def test_a_killed_worker_costs_the_requests_it_was_at_and_is_replaced(site: Site, request_body: Json) -> None:
    with site.serving() as server:
        victim, others = server.workers()[0], server.workers()[1:]
        with _Load(server, request_body) as load:
            os.kill(victim, signal.SIGKILL)
            answered = len(load.answers)
            _eventually(lambda: len({*server.workers()} - {victim, *others}) == 1)
            server.wait_for_workers()
            _eventually(lambda: len(load.answers) > answered + CALLERS)
        assert len(load.broken) <= CALLERS
        assert {answer.status for answer in load.answers} == {200}
        report = site.audit()
        assert report["ok"], report
        kept = {
            card["uuid"]
            for entry in site.entries()
            if entry["kind"] == "answer"
            for card in entry["body"]["cards"]
        }
        assert {card["uuid"] for answer in load.answers for card in answer.cards} <= kept


def _half_sent(site: Site, request_body: Json) -> tuple[socket.socket, bytes]:
    """Begin a call that the service is still reading; return its socket and the rest of its body."""
    body = json.dumps(request_body).encode()
    path = f"/cds-services/{SERVICE}"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {site.token(path)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    raw = socket.create_connection(("127.0.0.1", site.port), timeout=30)
    raw.sendall(head.encode() + body[:1000])
    return raw, body[1000:]


def _finished(raw: socket.socket, rest: bytes) -> int:
    """Send the rest of a call and return its status."""
    with raw:
        raw.sendall(rest)
        response = http.client.HTTPResponse(raw)
        response.begin()
        assert json.loads(response.read())["cards"]
        return response.status


def test_a_server_told_to_stop_finishes_what_it_has_begun(site: Site, request_body: Json) -> None:
    with site.serving() as server:
        begun = [_half_sent(site, request_body) for _ in range(6)]
        time.sleep(0.5)  # Until the workers have accepted them.
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)  # Until they know that they are to stop.
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", site.port), timeout=5)
        assert [_finished(raw, rest) for raw, rest in begun] == [200] * 6
        assert server.process.wait(timeout=20) == 0
        assert not [*server.temporary.iterdir()]
    report = site.audit()
    assert report["ok"], report
    last = {entry["writer"]: entry["kind"] for entry in site.entries()}
    started = {entry["writer"] for entry in site.entries()[-50:] if entry["kind"] == "start"}
    assert sum(last[writer] == "stop" for writer in started) >= 2


def test_interrupting_the_server_ends_it_cleanly_too(sqlite_site: Site) -> None:
    with sqlite_site.serving() as server:
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(timeout=20) == 0
        assert not [*server.temporary.iterdir()]


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Hold SQLite's write lock, as a copy made with the wrong tool does."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@contextmanager
def _away(site: Site, database: PrivatePostgresql) -> Iterator[None]:
    """Keep the store away for a while."""
    if not site.store:
        with _locked(site.folder / "clinicards-data" / "store.sqlite"):
            yield
        return
    database.stop()
    try:
        yield
    finally:
        database.start()


def test_without_its_store_the_service_refuses_tokens_and_says_when_to_come_back(
    site: Site, database: PrivatePostgresql, request_body: Json
) -> None:
    with site.serving() as server:
        with _away(site, database):
            connections = [mine[0] for mine in server.connections().values()]
            with ThreadPoolExecutor(2) as threads:
                refused = list(threads.map(lambda c: c.fire(request_body), connections))
            assert [answer.status for answer in refused] == [503, 503]
            assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
            assert all(answer.json["resourceType"] == "OperationOutcome" for answer in refused)
            ready = connections[0].get("/healthz/ready")
            assert (ready.status, ready.json["away"]) == (503, ["store"])
            assert connections[1].get("/healthz/live").status == 200
        _eventually(lambda: connections[0].get("/healthz/ready").status == 200)
        for connection in connections:
            assert connection.fire(request_body).status == 200
    assert site.audit()["ok"]
    assert not site.spooled()
    reasons = [entry["body"].get("status") for entry in site.entries() if entry["kind"] == "refusal"]
    assert reasons.count(503) == 0, "a caller who was not identified is a stranger"


def test_without_its_store_demo_mode_answers_through_the_spool_and_delivers_it_even_after_a_kill(
    site: Site, database: PrivatePostgresql, request_body: Json
) -> None:
    with site.serving("--demo") as server:
        with _away(site, database):
            pairs = server.connections().items()
            answers = {pid: [mine[0].fire(request_body, token="") for _ in range(2)] for pid, mine in pairs}
            assert {answer.status for mine in answers.values() for answer in mine} == {200}
            assert len(site.spooled()) == 2
            victim, survivor = answers
            os.kill(victim, signal.SIGKILL)
            _eventually(lambda: bool(server.events("worker-not-started")))
            assert server.process.poll() is None
            assert dict(pairs)[survivor][0].fire(request_body, token="").status == 200
        _eventually(lambda: dict(pairs)[survivor][0].fire(request_body, token="").status == 200)
        server.wait_for_workers()
        _eventually(lambda: not site.spooled())
        connection = server.connection()
        for answer in (answer for mine in answers.values() for answer in mine):
            assert connection.feedback(answer.cards[0]["uuid"], token="").status == 200
    assert site.audit()["ok"]
    delivered = [
        e["body"]["spooled"] for e in site.entries() if e["kind"] == "start" and e["body"]["spooled"]
    ]
    assert 2 in delivered
