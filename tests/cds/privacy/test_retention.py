"""What is over its time goes, is counted by purpose, and is entered before it goes."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.ports import SealedRow, StoreUnavailable
from adapters.store_sql import SqlStore
from adapters.testing.store import card, item
from cds.config.document import Privacy
from cds.privacy import retention
from cds.privacy.audit_kinds import check_body
from cds.privacy.sealed_records import FIELDS

DAY, FAR, NOW = 86_400.0, 4_000_000_000.0, 1_000 * 86_400.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with contextlib.closing(SqlStore(f"sqlite:///{tmp_path}/store.db")) as made:
        yield made


def row(id: str, purpose: str, *, made: float, expires: float = FAR) -> SealedRow:
    return SealedRow(id, purpose, NOW - made * DAY, expires, b"s", "k")


def purge(store: SqlStore, privacy: Privacy, entries: list[Mapping[str, Any]]) -> Mapping[str, int]:
    def record(kind: str, body: Mapping[str, Any]) -> None:
        check_body(kind, body)
        entries.append(body)

    return retention.purge(store, "t", privacy.days, now=NOW, actor="a", record=record)


def test_every_purpose_of_sealed_records_has_its_days() -> None:
    assert Privacy().days.keys() == {"cards", *FIELDS}


def test_each_purpose_goes_after_its_own_days(store: SqlStore) -> None:
    store.record(
        "t",
        sealed=[
            row("a-old", "answer", made=31),
            row("a-new", "answer", made=29),
            row("f-old", "feedback", made=401),
            row("f-new", "feedback", made=399),
            row("p", "pseudonyms", made=1),
            row("x", "unheard", made=900),
            row("gone", "answer", made=1, expires=NOW),
        ],
        feedback=[item("c")],
    )
    entries: list[Mapping[str, Any]] = []
    privacy = Privacy(keep_pseudonyms=True)
    due = retention.due(store, "t", privacy.days, now=NOW)
    assert purge(store, privacy, entries) == due
    assert (due["answer"], due["feedback"], due["pseudonyms"], due["sealed"]) == (2, 1, 0, 0)
    assert [r.id for r in store.sealed_rows("t")] == ["x", "f-new", "a-new", "p"]
    assert entries == [{"actor": "a", "counts": due, "before": NOW}]
    assert list(store.feedback("t")) == [item("c")]


def test_what_is_switched_off_goes_at_once(store: SqlStore) -> None:
    store.record("t", sealed=[row("p", "pseudonyms", made=0.01), row("a", "answer", made=0.01)])
    assert purge(store, Privacy(), [])["pseudonyms"] == 1
    assert purge(store, Privacy(keep_sealed_days=0), [])["answer"] == 1


def test_a_shorter_time_holds_for_cards_that_were_sent_before(store: SqlStore) -> None:
    from dataclasses import replace

    store.record("t", cards=[replace(card("c"), sent=NOW - 40 * DAY)])
    assert purge(store, Privacy(), [])["cards"] == 0
    assert purge(store, Privacy(keep_cards_days=30), [])["cards"] == 1


def test_where_nothing_is_over_its_time_nothing_is_entered(store: SqlStore) -> None:
    entries: list[Mapping[str, Any]] = []
    assert not any(purge(store, Privacy(), entries).values())
    assert entries == []


def test_a_purge_that_cannot_be_entered_does_not_happen(store: SqlStore) -> None:
    store.record("t", sealed=[row("a", "answer", made=31)])

    def away(kind: str, body: Mapping[str, Any]) -> None:
        raise StoreUnavailable("away")

    with pytest.raises(StoreUnavailable):
        retention.purge(store, "t", Privacy().days, now=NOW, actor="a", record=away)
    assert len(list(store.sealed_rows("t"))) == 1
