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


@pytest.fixture(scope="module")
def server(site: Site) -> Iterator[Running]:
    """A server with two workers that survives what is done to it here."""
    with site.serving() as running:
        yield running


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
            with closing(Connection(self._server.site, self._server.port)) as connection:
                self._call_on(connection)

    def _call_on(self, connection: Connection) -> None:
        try:
            while not self._over.is_set():
                self.answers.append(connection.fire(self._body, token=self._token))
        except (OSError, http.client.HTTPException) as error:
            self.broken.append(error)


def test_a_killed_worker_costs_the_requests_it_was_at_and_is_replaced(
    server: Running, request_body: Json
) -> None:
    site, (victim, other) = server.site, server.workers()
    with _Load(server, request_body) as load:
        os.kill(victim, signal.SIGKILL)
        answered = len(load.answers)
        _eventually(lambda: len({*server.workers()} - {victim, other}) == 1)
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


def _half_sent(server: Running, request_body: Json) -> tuple[socket.socket, bytes]:
    """Begin a call that the service is still reading; return its socket and the rest of its body."""
    body = json.dumps(request_body).encode()
    path = f"/cds-services/{SERVICE}"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {server.site.token(path)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    raw = socket.create_connection(("127.0.0.1", server.port), timeout=30)
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
    before = {entry["writer"] for entry in site.entries()}
    with site.serving() as server:
        begun = [_half_sent(server, request_body) for _ in range(6)]
        time.sleep(0.5)  # Until the workers have accepted them.
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)  # Until they know that they are to stop.
        assert [_finished(raw, rest) for raw, rest in begun] == [200] * 6
        assert server.process.wait(timeout=20) == 0
        assert not [*server.temporary.iterdir()]
    report = site.audit()
    assert report["ok"], report
    kinds: dict[str, list[str]] = {}
    for entry in site.entries():
        kinds.setdefault(entry["writer"], []).append(entry["kind"])
    mine = [found for writer, found in kinds.items() if writer not in before]
    assert sorted(found[0] + found[-1] for found in mine) == ["startstop", "startstop"]
    assert sum(found.count("answer") for found in mine) == 6


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
    server: Running, database: PrivatePostgresql, request_body: Json
) -> None:
    site = server.site
    with _away(site, database), ThreadPoolExecutor(4) as threads:
        pairs = [*server.connections(2).values()]
        asked = [threads.submit(mine[0].fire, request_body) for mine in pairs]
        looked = [threads.submit(mine[1].get, "/healthz/ready") for mine in pairs]
        refused, ready = ([future.result() for future in futures] for futures in (asked, looked))
        assert [answer.status for answer in refused] == [503, 503]
        assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
        assert all(answer.json["resourceType"] == "OperationOutcome" for answer in refused)
        assert [(answer.status, answer.json["away"]) for answer in ready] == [(503, ["store"])] * 2
        assert pairs[0][0].get("/healthz/live").status == 200
    for mine in pairs:
        _eventually(lambda mine=mine: mine[0].get("/healthz/ready").status == 200)  # type: ignore[misc]
        assert mine[0].fire(request_body).status == 200
    assert site.audit()["ok"]
    assert not site.spooled()


def test_without_its_store_demo_mode_answers_through_the_spool_and_delivers_it_even_after_a_kill(
    site: Site, database: PrivatePostgresql, request_body: Json
) -> None:
    with site.serving("--demo") as server:
        connections = {pid: mine[0] for pid, mine in server.connections().items()}
        with _away(site, database), ThreadPoolExecutor(2) as threads:
            answers = [*threads.map(lambda c: c.fire(request_body, token=""), connections.values())]
            assert [answer.status for answer in answers] == [200, 200]
            assert len(site.spooled()) == 2
            victim, survivor = connections
            os.kill(victim, signal.SIGKILL)
            _eventually(lambda: bool(server.events("worker-not-started")))
            assert survivor in server.workers()
        server.wait_for_workers()
        connection = connections[survivor]
        _eventually(lambda: connection.fire(request_body, token="").status == 200 and not site.spooled())
        for answer in answers:
            assert connection.feedback(answer.cards[0]["uuid"], token="").status == 200
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(timeout=20) == 0
        assert not [*server.temporary.iterdir()]
    assert site.audit()["ok"]
    assert 1 in [e["body"]["spooled"] for e in site.entries() if e["kind"] == "start"]
