"""What every store promises."""

import os
import threading
from collections.abc import Callable
from dataclasses import replace

from adapters.ports import (
    AuditRow,
    FeedbackRow,
    NotStored,
    Replayed,
    RevisionRow,
    SentCard,
    Store,
    StoreConflict,
    TokenRow,
)
from adapters.testing.promise import fresh, holds, raises

Factory = Callable[[], Store]
FAR = 4_000_000_000.0
"""A time that no clock of a test has passed."""


def entry(writer: str, seq: int, *, kind: str = "answer") -> AuditRow:
    """Return an audit entry for checks; its mac is of no chain."""
    return AuditRow(writer, seq, 1000.25 + seq, kind, b'{"count":1}', bytes([seq % 256]) * 32)


def card(uuid: str, *, expires: float = FAR, shown: bool = True) -> SentCard:
    """Return a card for checks."""
    return SentCard(
        uuid=uuid,
        client="ehr",
        service="clinical-scores",
        hook="patient-view",
        topic="ckd",
        model="scores.kfre@1",
        config_revision=3,
        indicator="info",
        suggestions=("s-1", "s-2"),
        sent=50.5,
        expires=expires,
        shown=shown,
        reasons=("known", "other-plan"),
    )


def item(card_id: str, *, outcome: str = "accepted") -> FeedbackRow:
    """Return an item of feedback for checks."""
    return FeedbackRow(
        client="ehr",
        card=card_id,
        service="clinical-scores",
        outcome=outcome,
        outcome_timestamp="2026-01-01T00:00:00Z",
        received=60.5,
        accepted=("s-1",),
        reason_code="r",
        reason_system="urn:x",
        comment=f"{card_id}|comment",
        reason=f"{card_id}|reason",
    )


def revision(parent: int | None, document: bytes = b"{}") -> RevisionRow:
    """Return a revision for checks."""
    return RevisionRow(
        id=0,
        parent=parent,
        restored_from=None,
        author="a",
        message="m",
        time=1.5,
        sha256="0" * 64,
        document=document,
    )


def check_is_writable(factory: Factory) -> None:
    """Expect that a store that can be written says so, as often as it is asked."""
    store = factory()
    store.check()
    store.check()


def check_claims_once(factory: Factory) -> None:
    """Expect that of many that claim a token at once one gets it, and that the mark lasts."""
    first, second = factory(), factory()
    digest = os.urandom(32)
    outcomes: list[str] = []

    def claim(store: Store) -> None:
        try:
            store.claim(digest, expires=FAR, now=1.0)
        except Replayed:
            outcomes.append("replayed")
        else:
            outcomes.append("taken")

    threads = [threading.Thread(target=claim, args=(store,)) for store in (first, second) * 6]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    holds(
        sorted(outcomes) == ["replayed"] * 11 + ["taken"], "exactly one of twelve claims of a token succeeds"
    )
    first.purge(fresh("t"), now=2.0)
    raises(
        Replayed, lambda: second.claim(digest, expires=FAR, now=2.0), "a purge keeps marks that still count"
    )
    first.claim(os.urandom(32), expires=FAR, now=2.0)


def check_publishes_in_line(factory: Factory) -> None:
    """Expect that revisions form one line a tenant, and a stale parent is refused with nothing stored."""
    store, tenant, writer = factory(), fresh("t"), fresh("w")
    holds(store.head(tenant) is None, "a new tenant has no revision")
    one = store.publish(tenant, revision(None, b"\x00one"), entries=[entry(writer, 1)])
    two = store.publish(tenant, replace(revision(one.id, b"two"), restored_from=one.id))
    holds(store.head(tenant) == two.id > one.id, "the head is the newest revision")
    stale = lambda: store.publish(tenant, revision(one.id), entries=[entry(writer, 2)])  # noqa: E731
    raises(StoreConflict, stale, "a revision with a stale parent is refused")
    raises(StoreConflict, lambda: store.publish(tenant, revision(None)), "a second first revision is refused")
    tail = store.audit_tail(tenant, writer)
    holds(tail == entry(writer, 1), "a refused revision leaves no audit entry")
    holds(factory().revision(tenant, one.id) == one, "a revision comes back as it was published")
    holds(list(store.revisions(tenant)) == [two, one], "revisions come newest first")
    holds(list(store.revisions(tenant, before=two.id)) == [one], "`before` pages through revisions")
    holds(list(store.revisions(tenant, limit=1)) == [two], "`limit` limits")
    raises(NotStored, lambda: store.revision(tenant, two.id + 1), "an unknown revision is NotStored")
    raises(NotStored, lambda: store.revision(fresh("t"), one.id), "another tenant sees no revision")


def check_records_all_or_nothing(factory: Factory) -> None:
    """Expect that what is recorded together is stored together; what cannot be leaves nothing."""
    store, tenant, writer = factory(), fresh("t"), fresh("w")
    store.record(tenant)
    store.record(tenant, entries=[entry(writer, 1), entry(writer, 2)], cards=[card("c1"), card("c2")])
    clash = lambda: store.record(tenant, entries=[entry(writer, 3)], cards=[card("c3"), card("c1")])  # noqa: E731
    raises(StoreConflict, clash, "a card that is there already is a conflict")
    holds(store.audit_tail(tenant, writer) == entry(writer, 2), "a refused record leaves no entry")
    holds(set(store.sent_cards(tenant, ["c1", "c2", "c3"])) == {"c1", "c2"}, "nor any card")
    again = lambda: store.record(tenant, entries=[entry(writer, 2, kind="stop")])  # noqa: E731
    raises(StoreConflict, again, "an audit entry is never overwritten")
    holds(store.audit_tail(tenant, writer) == entry(writer, 2), "the entry stands as it was")


def check_writes_of_many_threads(factory: Factory) -> None:
    """Expect that one write that fails among many at once costs the others nothing."""
    store, tenant = factory(), fresh("t")
    store.record(tenant, cards=[card("taken")])
    refused: list[Exception] = []

    def write(number: int) -> None:
        uuid = "taken" if number % 5 == 0 else f"c{number}"
        try:
            store.record(tenant, entries=[entry(f"w{number}", 1)], cards=[card(uuid)])
        except StoreConflict as error:
            refused.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    holds(len(refused) == 4, "each bad write is refused")
    kept = {f"w{number}" for number in range(20) if number % 5}
    holds(set(store.audit_writers(tenant)) == kept, "each good write is stored, and only those")


def check_audit_reads(factory: Factory) -> None:
    """Expect that chains come back whole and in order, writer by writer, over page borders."""
    store, tenant, writer, other = factory(), fresh("t"), fresh("a"), fresh("b")
    count = 1203
    for start in range(1, count, 401):
        store.record(tenant, entries=[entry(writer, seq) for seq in range(start, start + 401)])
    store.record(tenant, entries=[entry(other, 1)])
    store.record(fresh("t"), entries=[entry(writer, 1)])
    rows = list(store.audit_entries(tenant))
    holds(len(rows) == count + 1, "all entries of the tenant come, and no others")
    mine = [row for row in rows if row.writer == writer]
    holds(mine == [entry(writer, seq) for seq in range(1, count + 1)], "each as it was written, in order")
    after = [row.seq for row in store.audit_entries(tenant, writer=writer, after=count - 2)]
    holds(after == [count - 1, count], "`after` starts behind a number")
    holds(set(store.audit_writers(tenant)) == {writer, other}, "all writers are named")
    holds(store.audit_tail(tenant, fresh("w")) is None, "an unknown writer has no tail")
    holds(list(store.audit_writers(fresh("t"))) == [], "a new tenant has no writers")


def check_feedback(factory: Factory) -> None:
    """Expect that feedback is stored once for client, card, outcome and timestamp, in its order."""
    store, tenant = factory(), fresh("t")
    first, second = item("c1"), item("c2", outcome="overridden")
    holds(not store.known_feedback(tenant, first), "feedback is not known before it came")
    store.record(tenant, feedback=[first, first])
    store.record(tenant, feedback=[replace(first, received=99.0), second])
    holds(list(store.feedback(tenant)) == [first, second], "feedback is stored once, as it first came")
    holds(store.known_feedback(tenant, first), "stored feedback is known")
    holds(not store.known_feedback(tenant, replace(first, client="other")), "another client's is not")
    holds(not store.known_feedback(fresh("t"), first), "nor is another tenant's")
    holds(list(store.feedback(tenant, service="other")) == [], "feedback is filtered by service")
    holds(list(store.feedback(tenant, since=61.0)) == [], "and by time")


def check_cards(factory: Factory) -> None:
    """Expect that cards sent are found again until they expire, and counted."""
    store, tenant = factory(), fresh("t")
    old = card("old", expires=10.0)
    store.record(tenant, cards=[card("c1"), card("c2", shown=False), old])
    holds(dict(store.sent_cards(tenant, [])) == {}, "no ids, no cards")
    found = factory().sent_cards(tenant, ["c1", "old", "unknown"])
    holds(dict(found) == {"c1": card("c1")}, "known cards come back as they were, expired ones do not")
    holds(dict(store.sent_cards(fresh("t"), ["c1"])) == {}, "another tenant does not see them")
    (row,) = store.answers(tenant)
    holds((row["service"], row["topic"], row["indicator"]) == ("clinical-scores", "ckd", "info"), "grouped")
    holds((row["count"], row["shown"]) == (3, 2), "`count` counts cards made and `shown` those not silent")
    holds(list(store.answers(tenant, since=51.0)) == [], "answers are counted from a time on")


def check_tokens(factory: Factory) -> None:
    """Expect that tokens are added once, listed, and revoked for good."""
    store, tenant = factory(), fresh("t")
    row = TokenRow("id1", "name", "admin", "argon2-hash", 1.0, FAR)
    store.add_token(tenant, row)
    raises(StoreConflict, lambda: store.add_token(tenant, row), "a token's id is taken once")
    holds(factory().token(tenant, "id1") == row, "a token's row comes back")
    store.revoke_token(tenant, "id1", now=7.0)
    store.revoke_token(tenant, "id1", now=9.0)
    holds(store.token(tenant, "id1").revoked == 7.0, "the first revocation stands")
    holds([token.id for token in store.tokens(tenant)] == ["id1"], "revoked tokens are still listed")
    raises(NotStored, lambda: store.revoke_token(tenant, "id2", now=7.0), "an unknown token is NotStored")
    raises(NotStored, lambda: store.token(fresh("t"), "id1"), "another tenant does not see it")


def check_memory(factory: Factory) -> None:
    """Expect that small values last until they expire, the newest wins, and none crosses tenants."""
    store, tenant = factory(), fresh("t")
    store.remember(tenant, "seen", b"k\x00", b"one", expires=20.0)
    store.remember(tenant, "seen", b"k\x00", b"two", expires=30.0)
    holds(factory().recall(tenant, "seen", b"k\x00", now=25.0) == b"two", "the newest value is recalled")
    holds(store.recall(tenant, "seen", b"k\x00", now=30.0) is None, "an expired value is not")
    holds(store.recall(tenant, "other", b"k\x00", now=1.0) is None, "nor one of another purpose")
    holds(store.recall(fresh("t"), "seen", b"k\x00", now=1.0) is None, "nor another tenant's")


STORE_CHECKS = (
    check_is_writable,
    check_claims_once,
    check_publishes_in_line,
    check_records_all_or_nothing,
    check_writes_of_many_threads,
    check_audit_reads,
    check_feedback,
    check_cards,
    check_tokens,
    check_memory,
)
