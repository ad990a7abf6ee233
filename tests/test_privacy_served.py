"""The proof of absence on the production server: real workers, real logs, SQLite and PostgreSQL."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from privacy_canaries.minting import Canary, Mint
from privacy_canaries.places import Json, Planter, types
from privacy_canaries.scanning import Scanner
from privacy_canaries.sending import Sender
from private_postgresql import PrivatePostgresql

sys.path.insert(0, str(Path(__file__).parent / "production"))
from production_site import SERVICE, Running, Site

from cds.plugins import services

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="workers are told apart by Linux's /proc"
    ),
]
_PRIVATE = ("keys.json",)


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    if request.param == "sqlite":
        made = Site(tmp_path / "site")
        made.register()
        yield made
        return
    server = PrivatePostgresql()
    try:
        made = Site(tmp_path / "site", store=server.url)
        made.register()
        yield made
    finally:
        server.stop()
        server.close()


def _requests(mint: Mint) -> Iterator[Json]:
    """Yield requests to the real service: every type planted, and one whose words are the patient's own."""
    for voice in ("unique", "own"):
        own = Mint(mint.random.randrange(999), voice)
        planter = Planter(own, own.identifier("Patient.id"))
        found = [planter.resource(kind) for kind in types()]
        service = services()[SERVICE]
        for hook in service.hooks:
            yield Sender(planter, "").request(hook, service.needs(hook), found)
        mint.made += own.made


def _fire(running: Running, mint: Mint) -> list[int]:
    """Fire good calls, bad ones and feedback over HTTP; return their statuses."""
    connection = running.connection()
    path = f"/cds-services/{SERVICE}"
    statuses = []
    card = ""
    for body in _requests(mint):
        answer = connection.fire(body)
        statuses.append(answer.status)
        card = card or answer.cards[0]["uuid"]
    headers = {"Content-Type": "application/json", "User-Agent": mint.string("User-Agent")}
    wrong = [mint.string("body").encode(), json.dumps({"hook": mint.string("hook")}).encode()]
    for data in wrong:
        signed = {**headers, "Authorization": f"Bearer {running.site.token()}"}
        statuses.append(connection.send("POST", path, headers=signed, body=data).status)
    unsigned = {**headers, "Authorization": f"Bearer {mint.identifier('token')}"}
    statuses.append(
        connection.send("POST", f"{path}?mrn={mint.digits()}", headers=unsigned, body=b"{}").status
    )
    statuses.append(connection.send("GET", f"/{mint.identifier('address')}", headers=headers).status)
    reason = {"userComment": mint.string("comment"), "reason": {"code": mint.code("reason")}}
    item = {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-11-21T10:00:00Z"}
    feedback = json.dumps({"feedback": [{**item, "overrideReason": reason}]}).encode()
    signed = {**headers, "Authorization": f"Bearer {running.site.token(f'{path}/feedback')}"}
    statuses.append(connection.send("POST", f"{path}/feedback", headers=signed, body=feedback).status)
    return statuses


def _raw(running: Running, lines: str) -> None:
    """Send what is no HTTP, so that the server itself has something to complain about."""
    connection = running.connection()
    assert connection.http.sock is not None
    connection.http.sock.sendall(lines.encode())
    connection.http.sock.recv(4096)


def _crash(running: Running, mint: Mint) -> None:
    """Kill a worker in the middle of a request that holds canaries."""
    victim = running.workers()[0]
    connection = running.connections()[victim][0]
    assert connection.http.sock is not None
    body = json.dumps({"hook": "patient-view", "x": mint.string("crash")})
    head = f"POST /cds-services/{SERVICE} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n{body}"
    connection.http.sock.sendall(head.encode())
    os.kill(victim, signal.SIGABRT)


def _left(site: Site) -> dict[str, bytes]:
    """Return every file that is left, logs and crash output among them, and a dump of PostgreSQL."""
    files = {
        str(p.relative_to(site.folder)): p.read_bytes()
        for p in site.folder.rglob("*")
        if p.is_file() and p.name not in _PRIVATE
    }
    if site.store:
        dump = subprocess.run(
            ["pg_dump", "--inserts", site.store], capture_output=True, check=True, timeout=60
        )
        files["dump"] = dump.stdout
    return files


def test_nothing_of_it_is_in_logs_files_crashes_or_exports_of_the_production_server(site: Site) -> None:
    mint = Mint(77)
    site.write(log_level="debug")
    with site.serving() as running:
        statuses = _fire(running, mint)
        _raw(running, f"NONSENSE {mint.identifier('request line')} HTTP/9.9\r\n\r\n")
        _raw(running, f"GET / HTTP/1.1\r\nHost: x\r\n{mint.word()} : {mint.string('header')}\r\n\r\n")
        metrics = running.connection().get("/metrics").body
        _crash(running, mint)
        running.wait_for_workers()
    for form in ("ndjson", "fhir"):
        site.cli("audit", "export", "--format", form, "--output", f"audit.{form}")
    assert statuses == [200] * 2 * len(services()[SERVICE].hooks) + [400, 400, 401, 404, 200]
    left = {**_left(site), "metrics": metrics}
    canaries: list[Canary] = mint.made
    scanner = Scanner(canaries)
    found = [str(leak) for name, data in left.items() for leak in scanner.leaks(name, data)]
    assert found == []
    assert any(name.startswith("serve-") and len(data) > 500 for name, data in left.items())
    assert site.audit()["ok"]
