"""How the production server starts, and when it says that it does not."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from production_site import CLINICARDS, ISSUER, Json, Site, free_port, resident_kb

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="workers are told apart by Linux's /proc"
    ),
]


def _refused(site: Site, *arguments: str) -> str:
    """Return what `serve` says where it does not start, in one line and without a traceback."""
    temporary = site.folder / "tmp"
    temporary.mkdir()
    done = subprocess.run(
        [CLINICARDS, "serve", *arguments],
        cwd=site.folder,
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not [*temporary.iterdir()]
    temporary.rmdir()
    return " ".join(done.stderr.split())


def test_without_a_registered_client_it_does_not_start(empty: Site) -> None:
    empty.cli("keys", "new")
    said = _refused(empty)
    assert "no client is registered, so nobody could call" in said
    assert "clinicards client add" in said


def test_without_a_key_ring_it_does_not_start(empty: Site) -> None:
    assert "make one with `clinicards keys new`" in _refused(empty)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"worker": 3}, "unknown key 'worker'; did you mean 'workers'?"),
        ({"bind": "0.0.0.0:8000"}, "a bind beyond loopback needs trusted_proxies"),
        ({"base_url": "http://cds.example.org"}, "base_url must be https"),
        ({"log_level": "chatty"}, "log_level must be one of"),
        (
            {"store": f"postgresql://clinicards:hunter2@127.0.0.1:{free_port()}/cds"},
            "the store could not be read",
        ),
        ({"store": "mysql://db/cds"}, "'mysql' is not known"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_settings_that_do_not_fit_are_refused_with_the_fix(empty: Site, more: Json, words: str) -> None:
    empty.write(**more)
    said = _refused(empty)
    assert words in said
    assert "hunter2" not in said


def test_a_second_tenant_in_the_same_store_sees_nothing_of_the_first(
    sqlite_site: Site, tmp_path: Path
) -> None:
    assert sqlite_site.admin_token
    store = f"sqlite:///{sqlite_site.folder / 'clinicards-data' / 'store.sqlite'}"
    other = Site(tmp_path / "other", store=store, tenant="other")
    other.cli("keys", "new")
    assert other.cli("client", "list")["clients"] == []
    assert other.cli("admin", "token", "list")["tokens"] == []
    assert len(other.cli("config", "history")["revisions"]) == 1
    assert other.audit()["entries"] == 1
    assert "no client is registered" in _refused(other)
    assert sqlite_site.audit()["ok"]


def test_told_to_stop_while_it_starts_it_leaves_nothing_behind(sqlite_site: Site, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [CLINICARDS, "serve", "--bind", f"127.0.0.1:{free_port()}"],
        cwd=sqlite_site.folder,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and not [*tmp_path.glob("clinicards-metrics-*")]:
        time.sleep(0.005)
    process.terminate()
    assert process.wait(timeout=30) == 128 + signal.SIGTERM
    assert not [*tmp_path.iterdir()]


def _seed(site: Site) -> None:
    """Give the installation its first document in a file, with its EHR in it."""
    client = {"id": "main-ehr", "issuer": ISSUER, "jwks": site.key_set(), "fhir_origins": [f"{ISSUER}/fhir"]}
    (site.folder / "seed.json").write_text(json.dumps({"clients": [client]}), encoding="utf-8")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_servers_that_start_at_once_on_an_empty_store_agree(
    kind: str, empty: Site, request: pytest.FixtureRequest, request_body: Json
) -> None:
    if kind == "postgresql":
        empty.store = request.getfixturevalue("database").url
        empty.tenant = f"race-{empty.port}"
    _seed(empty)
    empty.write(seed="seed.json")
    empty.cli("keys", "new")
    with ExitStack() as stack, ThreadPoolExecutor(2) as threads:
        starting = [threads.submit(stack.enter_context, empty.serving()) for _ in range(2)]
        servers = [future.result() for future in starting]
        revisions = {
            mine[0].fire(request_body).revision
            for server in servers
            for mine in server.connections().values()
        }
        assert revisions == {1}
        assert len(empty.cli("config", "history")["revisions"]) == 1
    report = empty.audit()
    assert report["ok"], report
    kinds = [entry["kind"] for entry in empty.entries()]
    assert (kinds.count("start"), kinds.count("stop"), kinds.count("config")) == (4, 4, 1)


def test_workers_share_what_the_main_process_has_loaded(
    sqlite_site: Site, request_body: Json, record_property: Callable[[str, object], None]
) -> None:
    with sqlite_site.serving() as server:
        for mine in server.connections().values():
            assert mine[0].fire(request_body).status == 200
        memory = [resident_kb(pid) for pid in server.workers()]
    record_property("worker_memory_kb", memory)
    assert all(worker["Pss"] < 0.8 * worker["Rss"] for worker in memory), memory
