"""The SQL store keeps the promises of the port, on both databases, under load and failure."""

import contextlib
import json
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy

from adapters.ports import AuditRow, Replayed, SentCard, StoreConflict, StoreUnavailable
from adapters.store_sql import SqlStore, migrations, tables
from adapters.testing import check_adapter
from adapters.testing.promise import fresh
from adapters.testing.store import card, entry, revision

FAR = 4e9


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


@pytest.fixture(params=["file", "memory", pytest.param("postgresql", marks=pytest.mark.slow)])
def factory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], SqlStore]]:
    """Makes stores over one place: a SQLite file, this process's memory, or PostgreSQL."""
    with contextlib.ExitStack() as stack:
        if request.param == "memory":
            store = stack.enter_context(contextlib.closing(SqlStore("sqlite://")))
            yield lambda: store
            return
        where = f"sqlite:///{tmp_path}/store.db"
        if request.param == "postgresql":
            where = request.getfixturevalue("postgresql")
        yield lambda: stack.enter_context(contextlib.closing(SqlStore(where)))


def test_it_keeps_every_promise_of_the_port(factory: Callable[[], SqlStore]) -> None:
    assert check_adapter("store", factory) == 15


def _raw(url: str) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))


def _columns(url: str) -> dict[str, list[tuple[str, bool]]]:
    engine = _raw(url)
    try:
        inspector = sqlalchemy.inspect(engine)
        return {
            name: [
                (column["name"], column["name"] in inspector.get_pk_constraint(name)["constrained_columns"])
                for column in inspector.get_columns(name)
            ]
            for name in inspector.get_table_names()
        }
    finally:
        engine.dispose()


def _declared() -> dict[str, list[tuple[str, bool]]]:
    return {
        table.name: [(column.name, column.primary_key) for column in table.columns]
        for table in tables.metadata.sorted_tables
    }


def test_declared_tables_are_those_that_migrations_make(url: str) -> None:
    SqlStore(url).close()
    found = _columns(url)
    assert found.pop("schema_version") == [("version", True), ("applied", False)]
    assert found == _declared()


@pytest.mark.slow
def test_declared_tables_are_those_that_migrations_make_in_postgresql(postgresql: str) -> None:
    SqlStore(postgresql).close()
    found = _columns(postgresql)
    del found["schema_version"]
    assert found == _declared()


STATEMENTS = [
    f"{verb} {table}"
    for table in ("audit", "revisions")
    for verb in (f"UPDATE {table} SET time = 0 --", "DELETE FROM")
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_itself_refuses_to_change_audit_and_revisions(url: str, statement: str) -> None:
    _fill(url)
    with (
        contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute(statement)


@pytest.mark.slow
@pytest.mark.parametrize("statement", [*STATEMENTS, "TRUNCATE audit", "TRUNCATE revisions"])
def test_postgresql_itself_refuses_to_change_audit_and_revisions(postgresql: str, statement: str) -> None:
    _fill(postgresql)
    engine = _raw(postgresql)
    try:
        with engine.connect() as connection, pytest.raises(sqlalchemy.exc.DBAPIError, match="append-only"):
            connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


def _fill(url: str) -> None:
    store = SqlStore(url)
    store.publish(fresh("t"), revision(None), entries=[entry("w", 1)])
    store.close()


def test_a_store_of_a_newer_release_is_refused_and_left_alone(url: str) -> None:
    SqlStore(url).close()
    path = url.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO schema_version VALUES (99, 0)")
    with pytest.raises(StoreUnavailable, match=r"schema version 99 .* up to \d+"):
        SqlStore(url)


def test_migrations_go_forward_from_where_the_store_is(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    SqlStore(url).close()
    step = {"sqlite": ("CREATE TABLE added (a {text})",), "postgresql": ()}
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, step))
    for _ in range(2):
        SqlStore(url).close()
    assert "added" in _columns(url)
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        assert connection.execute("SELECT version FROM schema_version ORDER BY 1").fetchall() == [
            (1,),
            (2,),
            (3,),
        ]


def test_a_migration_that_fails_leaves_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    SqlStore(url).close()
    step = {"sqlite": ("CREATE TABLE added (a TEXT)", "CREATE NONSENSE"), "postgresql": ()}
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, step))
    with pytest.raises(StoreUnavailable):
        SqlStore(url)
    assert "added" not in _columns(url)


def _commits(url: str) -> int:
    """Count the commits in the write-ahead log: frames that say how large the database is after them."""
    log = Path(url.removeprefix("sqlite:///") + "-wal").read_bytes()
    page = int.from_bytes(log[8:12], "big")
    salt = log[16:24]
    frames = (log[start : start + 24] for start in range(32, len(log), 24 + page))
    return sum(frame[4:8] != bytes(4) for frame in frames if frame[8:16] == salt)


def test_writes_that_wait_together_share_a_transaction(url: str) -> None:
    store = SqlStore(url)
    before = _commits(url)
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        team = [
            threading.Thread(target=store.record, args=("t",), kwargs={"entries": [entry(f"w{n}", 1)]})
            for n in range(20)
        ]
        for thread in team:
            thread.start()
        time.sleep(0.2)
        other.execute("COMMIT")
        for thread in team:
            thread.join()
    assert len(store.audit_writers("t")) == 20
    assert 1 <= _commits(url) - before <= 3
    store.close()


def test_a_file_that_is_no_database_is_refused(url: str) -> None:
    Path(url.removeprefix("sqlite:///")).write_bytes(b"this is no database" * 400)
    with pytest.raises(StoreUnavailable, match="SQLITE_NOTADB"):
        SqlStore(url)


def test_a_replay_in_a_batch_is_told_to_its_own_caller_alone(url: str) -> None:
    store = SqlStore(url)
    used = os.urandom(32)
    store.claim(used, expires=FAR, now=1.0)
    outcomes: dict[int, str] = {}

    def claim(number: int) -> None:
        digest = used if number == 3 else os.urandom(32)
        try:
            store.claim(digest, expires=FAR, now=1.0)
            outcomes[number] = "claimed"
        except Replayed:
            outcomes[number] = "replayed"

    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        team = [threading.Thread(target=claim, args=(number,)) for number in range(8)]
        for thread in team:
            thread.start()
        time.sleep(0.05)
        other.execute("COMMIT")
        for thread in team:
            thread.join()
    store.close()
    assert outcomes == {number: "replayed" if number == 3 else "claimed" for number in range(8)}


def test_old_replay_marks_are_swept_and_living_ones_kept(url: str) -> None:
    store = SqlStore(url)
    store.claim(b"old", expires=10.0, now=1.0)
    store.claim(b"living", expires=30.0, now=1.0)
    assert store.purge("t", now=20.0)["replay"] == 1
    store.claim(b"old", expires=40.0, now=20.0)
    with pytest.raises(Replayed):
        store.claim(b"living", expires=40.0, now=20.0)
    store.close()


def test_replay_marks_are_swept_without_any_purge(url: str) -> None:
    store = SqlStore(url)
    for number in range(1100):
        store.claim(number.to_bytes(4, "big"), expires=10.0 + number / 1e6, now=20.0 if number else 1.0)
    left = store.purge("t", now=1e9)["replay"]
    store.close()
    assert left < 100


def test_cards_expire_by_the_stores_clock(url: str) -> None:
    clock = FixedClock(100.0)
    store = SqlStore(url, clock=clock)
    store.record("t", cards=[card("c", expires=200.0)])
    assert list(store.sent_cards("t", ["c"])) == ["c"]
    clock.time = 200.0
    assert list(store.sent_cards("t", ["c"])) == []
    store.close()


def test_the_file_is_private_and_logged_ahead(url: str) -> None:
    store = SqlStore(url)
    store.check()
    folder = Path(url.removeprefix("sqlite:///")).parent
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    store.close()
    assert modes == dict.fromkeys(("store.db", "store.db-wal", "store.db-shm"), 0o600)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("sqlite:////no/such/folder/store.db", "make its directory"),
        ("mysql://u:secret@h/db", "'mysql' is not known"),
        ("nonsense secret", "cannot be read"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_with_the_fix(bad: str, message: str) -> None:
    with pytest.raises(StoreUnavailable, match=message) as refused:
        SqlStore(bad)
    assert "secret" not in str(refused.value)


def test_postgresql_that_is_away_is_unavailable_without_its_password() -> None:
    with pytest.raises(StoreUnavailable) as refused:
        SqlStore("postgresql://user:secret@127.0.0.1:1/db")
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_errors_of_the_database_carry_no_values(url: str) -> None:
    store = SqlStore(url)
    store.record("t", cards=[card("very-private")])
    with pytest.raises(StoreConflict) as refused:
        store.record("t", cards=[card("very-private")])
    chain, text = refused.value, ""
    while chain is not None:
        text, chain = text + str(chain), chain.__cause__
    store.close()
    assert "very-private" not in text


def test_a_value_the_database_cannot_hold_is_a_conflict_and_harms_no_other(url: str) -> None:
    store = SqlStore(url)
    with pytest.raises(StoreConflict):
        store.record("t", entries=[entry("w", 1), AuditRow("w", 2**70, 1.0, "answer", b"{}", b"m")])
    store.record("t", entries=[entry("w", 1)])
    assert store.audit_tail("t", "w") == entry("w", 1)
    store.close()


def test_a_lock_that_is_held_too_long_is_unavailable(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqlStore(url)
    monkeypatch.setattr("adapters.store_sql.writer.BUSY_SECONDS", 0.05)
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="SQLITE_BUSY"):
            store.check()
    store.check()
    store.close()


@pytest.mark.slow
def test_postgresql_connections_that_were_cut_are_made_anew(postgresql: str) -> None:
    store, tenant = SqlStore(postgresql), fresh("t")
    store.record(tenant, entries=[entry("w", 1)])
    engine = _raw(postgresql)
    for seq in (2, 3):
        with engine.connect() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'clinicards' AND pid <> pg_backend_pid()"
            )
        assert store.audit_tail(tenant, "w") == entry("w", seq - 1)
        store.record(tenant, entries=[entry("w", seq)])
    engine.dispose()
    assert [row.seq for row in store.audit_entries(tenant)] == [1, 2, 3]
    store.close()


@pytest.mark.slow
def test_text_that_postgresql_cannot_hold_is_a_conflict(postgresql: str) -> None:
    store, tenant = SqlStore(postgresql), fresh("t")
    with pytest.raises(StoreConflict):
        store.record(tenant, entries=[entry("w\0", 1)])
    store.record(tenant, entries=[entry("w", 1)])
    store.close()


def test_claim_and_record_together_cost_little(url: str) -> None:
    """The bound is several times what it takes, so that only a change of kind trips it."""
    store = SqlStore(url)
    store.claim(os.urandom(32), expires=FAR, now=1.0)
    calls = 200
    before = time.process_time()
    for seq in range(1, calls + 1):
        store.claim(os.urandom(32), expires=FAR, now=1.0)
        cards: list[SentCard] = [card(f"{seq}-{number}") for number in range(3)]
        store.record("t", entries=[entry("w", seq)], cards=cards)
    spent = (time.process_time() - before) / calls
    store.close()
    assert spent < 0.0025


def test_answers_read_from_a_closed_page_see_rows_added_meanwhile(url: str) -> None:
    """A lazy read holds no snapshot: others may write and it goes on."""
    store = SqlStore(url)
    store.record("t", entries=[entry("w", seq) for seq in range(1, 700)])
    reading = store.audit_entries("t")
    next(reading)
    store.record("t", entries=[entry("w", 700)])
    store.purge("t", now=1.0)
    assert [row.seq for row in reading][-1] == 700
    store.close()


def test_suggestions_and_flags_are_plain_values_in_the_table(url: str) -> None:
    """Operators read the tables: lists are JSON, not something of Python's."""
    store = SqlStore(url)
    store.record("t", cards=[card("c")])
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        ((suggestions, shown),) = connection.execute("SELECT suggestions, shown FROM cards")
    store.close()
    assert (json.loads(suggestions), shown) == (["s-1", "s-2"], 1)
