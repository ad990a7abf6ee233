"""The SQL store shared by workers: started at once, in threads, and over a fork."""

import contextlib
import multiprocessing
import os
import subprocess
import sys
import threading
import time

import pytest

from adapters.ports import StoreUnavailable
from adapters.store_sql import SqlStore
from adapters.testing.promise import fresh
from adapters.testing.store import card, entry

FAR = 4e9


def _start(url: str, results: "multiprocessing.Queue[str]", threads: int, calls: int) -> None:
    """What a worker does: open the store at the same time as others, then claim and record."""
    try:
        store = SqlStore(url)
        errors: list[str] = []

        def work(thread: int) -> None:
            writer = f"{os.getpid()}-{thread}"
            try:
                for seq in range(1, calls + 1):
                    store.claim(os.urandom(32), expires=FAR, now=time.time())
                    uuid = f"{writer}-{seq}"
                    store.record("t", entries=[entry(writer, seq)], cards=[card(uuid), card(uuid + "b")])
            except Exception as error:  # noqa: BLE001 - told to the parent, which fails on it
                errors.append(repr(error))

        team = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
        for thread in team:
            thread.start()
        for thread in team:
            thread.join()
        store.close()
        results.put("; ".join(errors))
    except Exception as error:  # noqa: BLE001 - told to the parent, which fails on it
        results.put(repr(error))


def _race(url: str, *, processes: int, threads: int, calls: int) -> None:
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[str] = context.Queue()
    team = [context.Process(target=_start, args=(url, results, threads, calls)) for _ in range(processes)]
    for process in team:
        process.start()
    try:
        assert [results.get(timeout=90) for _ in team] == [""] * processes
    finally:
        for process in team:
            process.join()
    store = SqlStore(url)
    rows = list(store.audit_entries("t"))
    store.close()
    assert len(rows) == processes * threads * calls
    assert len({(row.writer, row.seq) for row in rows}) == len(rows)


@pytest.mark.slow
def test_workers_that_start_at_once_share_a_new_sqlite_file(url: str) -> None:
    """No worker meets `database is locked`, neither while migrating nor while writing."""
    _race(url, processes=2, threads=8, calls=40)


@pytest.mark.slow
def test_workers_that_start_at_once_share_postgresql(postgresql: str) -> None:
    _race(postgresql, processes=2, threads=4, calls=25)


def test_threads_that_open_a_new_file_at_once_all_succeed(url: str) -> None:
    errors: list[Exception] = []

    def begin() -> None:
        try:
            with contextlib.closing(SqlStore(url)) as store:
                store.check()
        except StoreUnavailable as error:
            errors.append(error)

    team = [threading.Thread(target=begin) for _ in range(6)]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()
    assert errors == []


FORK = """
import os, sys
from adapters.store_sql import SqlStore
from adapters.ports import StoreUnavailable
from adapters.testing.store import entry
store, tenant = SqlStore(sys.argv[1]), sys.argv[2]
store.record(tenant, entries=[entry("parent", 1)])
store.audit_tail(tenant, "parent")
parents = store._db._engine
child = os.fork()
name = "parent" if child else "child"
try:
    for seq in range(2, 40):
        store.record(tenant, entries=[entry(name, seq)])
        assert store.audit_tail(tenant, name).seq == seq
    if not child:
        os._exit(9 if store._db._engine is parents else 0)
except StoreUnavailable:
    os._exit(7)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), len(list(store.audit_entries(tenant))))
store.close()
"""


def _fork(url: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORK, url, fresh("t")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
def test_a_store_opened_before_a_fork_works_in_parent_and_child(url: str) -> None:
    assert _fork(url) == "0 77"


@pytest.mark.slow
def test_a_postgresql_store_opened_before_a_fork_works_in_parent_and_child(postgresql: str) -> None:
    assert _fork(postgresql) == "0 77"


@pytest.mark.slow
def test_a_store_in_memory_refuses_to_be_used_after_a_fork() -> None:
    """It would be a copy that nobody else sees."""
    assert _fork("sqlite://") == "7 39"
