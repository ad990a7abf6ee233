"""What an earlier release stored is taken over: comments become sealed records, each with its key."""

import contextlib
import struct
from collections.abc import Iterator

import pytest
import sqlalchemy

from adapters.ports import FeedbackRow, SealedRow, SentCard
from adapters.store_sql import SqlStore, migrations

KID = "k0123456789abcdef"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, tmp_path) -> Iterator[str]:
    """A database of its own."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/store.db"
        return
    server = request.getfixturevalue("postgresql")
    engine = raw(server)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE migrated")
    yield server.replace("/postgres", "/migrated")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE migrated WITH (FORCE)")
    engine.dispose()


def raw(url: str) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(
        url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )


def envelope(kid: str) -> bytes:
    """The head of sealed bytes of version 1 and something behind it."""
    return b"\x01\x01" + struct.pack(">B", len(kid)) + kid.encode() + b"\x00\xff the rest"


@pytest.fixture
def old(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store as the first release made and filled it."""
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", migrations.STEPS[:1])
        SqlStore(url).close()
    engine = raw(url)
    feedback = sqlalchemy.text(
        "INSERT INTO feedback (tenant, client, card, service, outcome, outcome_timestamp, received, "
        "accepted, reason_code, reason_system, sealed_comment) "
        "VALUES ('t', 'ehr', :card, 's', 'overridden', 'when', 50.0, '[]', '', '', :comment)"
    )
    with engine.connect() as connection:
        for card, comment in (("c1", envelope(KID)), ("c2", b"")):
            connection.execute(feedback, {"card": card, "comment": comment})
        for name, content in (("r1", envelope("k1")), ("r2", b"x"), ("r3", envelope(KID))):
            statement = "INSERT INTO sealed VALUES ('t', :id, 'answer', 1.0, 2.0, :content)"
            connection.execute(sqlalchemy.text(statement), {"id": name, "content": content})
        connection.execute(
            sqlalchemy.text(
                "INSERT INTO cards VALUES ('t', 'c1', 'ehr', 's', 'patient-view', 'x', 'm', 1, 'info', "
                f"'[\"u\"]', 1.0, 4e9, {'true' if engine.dialect.name == 'postgresql' else 1})"
            )
        )
    engine.dispose()
    return url


def test_comments_become_sealed_records_that_their_items_name(old: str) -> None:
    with contextlib.closing(SqlStore(old)) as store:
        plain = FeedbackRow("ehr", "c1", "s", "overridden", "when", 50.0)
        found = list(store.feedback("t"))
        assert [row.comment for row in found] == ["c1|overridden|when", ""]
        assert found[0] == FeedbackRow(*_values(plain), comment="c1|overridden|when")
        assert store.sealed("t", "c1|overridden|when") == SealedRow(
            "c1|overridden|when", "feedback", 50.0, 50.0 + 400 * 86_400, envelope(KID), KID
        )


def test_every_record_is_counted_under_its_key(old: str) -> None:
    with contextlib.closing(SqlStore(old)) as store:
        assert store.sealed_under("t") == {"": 1, "k1": 1, KID: 2}
        assert [row.id for row in store.sealed_rows("t", not_under=KID)] == ["r1", "r2"]


def test_cards_of_before_are_found_and_offered_no_reason(old: str) -> None:
    with contextlib.closing(SqlStore(old)) as store:
        expected = SentCard("c1", "ehr", "s", "patient-view", "x", "m", 1, "info", ("u",), 1.0, 4e9)
        assert store.sent_cards("t", ["c1"]) == {"c1": expected}


def _values(row: FeedbackRow) -> tuple[object, ...]:
    return (row.client, row.card, row.service, row.outcome, row.outcome_timestamp, row.received)
