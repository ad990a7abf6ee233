"""The production server at work: `clinicards serve` with two workers, set up and asked as in a hospital."""

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from production_site import SERVICE, Answer, Connection, Json, Running, Site

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="workers are told apart by Linux's /proc"
    ),
]


@pytest.fixture(scope="module")
def server(site: Site) -> Iterator[Running]:
    """A server with two workers; what it logged is read through when it has stopped."""
    with site.serving() as running:
        yield running


@pytest.fixture(autouse=True)
def _connections_closed(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "server" in request.fixturenames:
        request.getfixturevalue("server").close_connections()


def _both(server: Running) -> list[Connection]:
    """Return one connection to each worker."""
    return [mine[0] for mine in server.connections().values()]


def test_a_signed_call_is_answered_and_its_feedback_taken_by_the_other_worker(
    server: Running, request_body: Json
) -> None:
    first, second = _both(server)
    answers = [connection.fire(request_body) for connection in (first, second)]
    assert [answer.status for answer in answers] == [200, 200]
    assert all(answer.cards for answer in answers)
    assert {s["id"] for s in first.get("/cds-services").json["services"]} >= {SERVICE, "medication-safety"}
    assert second.feedback(answers[0].cards[0]["uuid"]).status == 200
    assert first.feedback(answers[1].cards[0]["uuid"]).status == 200


def test_calls_without_a_good_token_are_refused_alike(server: Running, request_body: Json) -> None:
    for connection in _both(server):
        other_audience = server.site.token("/cds-services/another")
        answers = [
            connection.fire(request_body, token=token) for token in ("", "no.token.this", other_audience)
        ]
        assert [answer.status for answer in answers] == [401, 401, 401]
        assert len({answer.body for answer in answers}) == 1


def test_registered_browsers_may_call_and_others_may_not(server: Running) -> None:
    connection = _both(server)[0]
    assert (
        "Access-Control-Allow-Origin"
        in connection.get("/cds-services", Origin="https://ehr.example.org").headers
    )
    assert (
        "Access-Control-Allow-Origin"
        not in connection.get("/cds-services", Origin="https://x.example").headers
    )


def test_a_token_sent_twenty_times_at_once_is_good_once(server: Running, request_body: Json) -> None:
    connections = [c for mine in server.connections(10).values() for c in mine]
    token, gate = server.site.token(), threading.Barrier(20)

    def fire(connection: Connection) -> int:
        gate.wait()
        return connection.fire(request_body, token=token).status

    with ThreadPoolExecutor(20) as threads:
        statuses = list(threads.map(fire, connections))
    assert sorted(statuses) == [200, *[401] * 19]


def _changed(document: Json, number: int) -> Json:
    """Return the document with two places changed that an answer shows both of."""
    service = {**document["services"].get(SERVICE, {}), "max_cards": 1 if number % 2 else 3}
    texts = {**document["texts"], "source_label": f"Ward {number}"}
    return {**document, "services": {**document["services"], SERVICE: service}, "texts": texts}


def _look(answer: Answer) -> tuple[str, int]:
    """Return what the two changed places make of an answer: label, and how many cards."""
    return answer.cards[0]["source"]["label"], len(answer.cards)


def _publish(connection: Connection, token: str, change: Callable[[Json], Json]) -> int:
    place, bearer = "/admin/api/v1/config", {"Authorization": f"Bearer {token}"}
    now = connection.send("GET", place, headers=bearer)
    assert now.status == 200, now.body
    headers = {**bearer, "If-Match": now.headers["ETag"], "Content-Type": "application/json"}
    done = connection.send("PUT", place, headers=headers, body=json.dumps(change(now.json)).encode())
    assert done.status == 200, done.body
    return int(done.json["revision"]["id"])


def test_a_change_of_configuration_is_whole_and_everywhere_within_a_second(
    server: Running, request_body: Json
) -> None:
    admin, token = _both(server)[0], server.site.admin_token
    watched = _both(server)
    looks: dict[int, tuple[str, int]] = {}
    for number in range(1, 4):
        before = watched[0].fire(request_body).revision
        for connection in watched:
            looks[before] = _look(connection.fire(request_body))
        new = _publish(admin, token, lambda document, number=number: _changed(document, number))  # type: ignore[misc]
        published = time.monotonic()
        for connection, seen in zip(watched, _until(new, watched, request_body, published), strict=True):
            looks[new] = _look(connection.fire(request_body))
            for answer in seen:
                assert answer.revision in {before, new}
                assert _look(answer) == looks[answer.revision]
            revisions = [answer.revision for answer in seen]
            assert revisions == sorted(revisions)
    assert len(set(looks.values())) == 4


def _until(
    revision: int, connections: list[Connection], request_body: Json, published: float
) -> list[list[Answer]]:
    """Return all that each worker answers until it has the revision, which is within a second."""

    def ask(connection: Connection) -> list[Answer]:
        answers = []
        while True:
            asked = time.monotonic()
            answers.append(connection.fire(request_body))
            if answers[-1].revision == revision:
                return answers
            assert asked - published < 1.0, "asked a second later, a worker answered by the old configuration"

    with ThreadPoolExecutor(len(connections)) as threads:
        return list(threads.map(ask, connections))


def test_metrics_are_sums_over_the_workers(server: Running, request_body: Json) -> None:
    connections = _both(server)
    before = _calls(connections[0])
    for connection, count in zip(connections, (2, 3), strict=True):
        for _ in range(count):
            assert connection.fire(request_body).status == 200
    assert [_calls(connection) - before for connection in connections] == [5.0, 5.0]


def _calls(connection: Connection) -> float:
    lines = connection.get("/metrics").body.decode().splitlines()
    name = f'clinicards_calls_total{{service="{SERVICE}",status="200"}}'
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


@pytest.mark.parametrize("claimed", ["127.0.0.1", "203.0.113.9", "203.0.113.9, 127.0.0.1"])
def test_no_header_opens_metrics_and_administration_to_callers_behind_a_proxy_that_is_not_trusted(
    server: Running, claimed: str
) -> None:
    connection, token = _both(server)[0], server.site.admin_token
    assert connection.get("/metrics").status == 200
    assert connection.get("/metrics", X__Forwarded__For=claimed).status == 403
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": claimed}
    assert connection.send("GET", "/admin/api/v1/whoami", headers=headers).status == 403


def test_headers_do_not_move_a_request_to_another_address(server: Running) -> None:
    answer = _both(server)[0].send(
        "GET", "/healthz/live", headers={"PATH_INFO": "/metrics", "SCRIPT_NAME": "/x"}
    )
    assert (answer.status, answer.json) == (200, {"status": "alive"})


def test_what_cannot_be_read_as_a_request_is_refused_and_not_quoted_in_the_log(server: Running) -> None:
    site = server.site
    site.secrets |= {"Quixote", "hushhush"}
    for sent in (
        b"GET /cds-services?patient=Quixote HTTP/9.9\r\n\r\n",
        b"Quixote\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nAuthoriz\x01ation: Bearer hushhush\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: hushhush\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
            raw.sendall(sent)
            assert raw.recv(100).split()[1][:1] in {b"4", b"5"}
    said = server.events("server")
    assert len(said) >= 4
    assert {event["message"] for event in said} == {"Invalid request from ip"}


def test_bodies_that_are_no_calls_are_refused_without_a_word_of_them_in_the_log(
    server: Running, request_body: Json
) -> None:
    connection = _both(server)[0]
    other = {**request_body, "context": {**request_body["context"], "patientId": "another"}}
    assert connection.fire(other).status == 400
    assert connection.fire({**request_body, "hook": "order-sign"}).status == 400
    assert connection.fire({"hook": "patient-view"}).status == 400
    assert connection.feedback("00000000-0000-4000-8000-000000000000").status == 404


def test_the_audit_holds_entries_of_all_workers_and_nothing_is_broken(
    server: Running, request_body: Json
) -> None:
    for connection in _both(server):
        assert connection.fire(request_body).status == 200
    report = server.site.audit()
    assert report["ok"], report
    assert not report["broken"]
    kinds: dict[str, set[str]] = {}
    for entry in server.site.entries():
        kinds.setdefault(entry["writer"], set()).add(entry["kind"])
    assert sum({"start", "answer"} <= found for found in kinds.values()) >= 2


def test_workers_are_ready_soon_and_keep_what_they_loaded_out_of_the_collector(server: Running) -> None:
    ready = server.events("worker-ready")
    assert {event["pid"] for event in ready} == {*server.workers()}
    assert all(event["frozen"] > 10_000 for event in ready)
    assert all(event["ms"] < 10_000 for event in ready)


def test_numbers_are_kept_in_a_folder_of_this_server_and_nothing_else_is_left_lying_about(
    server: Running,
) -> None:
    assert [path.name.rpartition("-")[0] for path in server.temporary.iterdir()] == ["clinicards-metrics"]


def test_an_address_that_does_not_exist_says_so(server: Running) -> None:
    assert _both(server)[0].get("/nothing").status == 404


def test_a_trusted_proxys_headers_are_believed_for_its_own_hop_only(
    sqlite_site: Site,
) -> None:
    sqlite_site.write(trusted_proxies=1)
    try:
        with sqlite_site.serving(workers=1) as running:
            connection = running.connection()
            for told, status in (
                ("203.0.113.9", 403),
                ("127.0.0.1, 203.0.113.9", 403),
                ("203.0.113.9, 127.0.0.1", 200),
            ):
                assert connection.get("/metrics", X__Forwarded__For=told).status == status, told
            token = sqlite_site.admin_token
            remote = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "203.0.113.9"}
            assert connection.send("GET", "/admin/api/v1/whoami", headers=remote).status == 403
            assert connection.send("GET", "/metrics", headers=remote).status == 200
            near = {**remote, "X-Forwarded-For": "127.0.0.1"}
            assert connection.send("GET", "/admin/api/v1/whoami", headers=near).status == 200
    finally:
        sqlite_site.write()
