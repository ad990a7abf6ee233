"""What every store promises of sealed records and of the purge."""

from collections.abc import Callable
from dataclasses import replace

from adapters.ports import NotStored, SealedRow, Store
from adapters.testing.promise import fresh, holds, raises
from adapters.testing.store import FAR, card, entry, item

Factory = Callable[[], Store]


def check_sealed(factory: Factory) -> None:
    """Expect that sealed records come back byte for byte, are kept once and counted by their keys."""
    store, tenant = factory(), fresh("t")
    rows = [
        SealedRow(f"r{n:04}", "answer", 5.0 + n // 2, FAR, bytes([n % 256, 0, 255]), "k1")
        for n in range(1003)
    ]
    store.record(tenant, sealed=[*reversed(rows), SealedRow("x", "other", 1.0, FAR, b"x")])
    holds(list(store.sealed_rows(tenant, purpose="answer")) == rows, "oldest first, over page borders")
    holds(len(list(store.sealed_rows(tenant))) == 1004, "all purposes where none is named")
    holds(store.sealed(tenant, "r0001") == rows[1], "one record by its id")
    raises(NotStored, lambda: store.sealed(fresh("t"), "r0001"), "another tenant does not see it")
    holds(store.sealed_under(tenant) == {"": 1, "k1": 1003}, "records are counted by their keys")
    holds(store.sealed_under()["k1"] >= 1003, "and over all tenants where none is named")
    again = replace(rows[1], sealed=b"another", expires=FAR - 1)
    store.record(tenant, sealed=[again, replace(rows[2], sealed=b"another", expires=FAR + 1)])
    holds(store.sealed(tenant, "r0001") == rows[1], "a record that is there stays as it first came")
    holds(store.sealed(tenant, "r0002") == replace(rows[2], expires=FAR + 1), "the later expiry counts")


def check_reseals(factory: Factory) -> None:
    """Expect that records are re-wrapped in one transaction, and only where they stand as they were read."""
    store, tenant = factory(), fresh("t")
    rows = [SealedRow(f"r{n}", "answer", float(n), FAR, b"old", "k1") for n in range(3)]
    store.record(tenant, sealed=rows)
    new = [replace(row, sealed=b"new", kid="k2") for row in rows]
    holds(store.reseal(tenant, []) == 0, "nothing is nothing")
    holds(store.reseal(tenant, [(rows[0], new[0])]) == 1, "what was replaced is counted")
    holds(factory().sealed(tenant, "r0") == new[0], "re-wrapped bytes are stored with their key")
    late = [(row, replace(row, sealed=b"late", kid="k3")) for row in rows]
    holds(store.reseal(tenant, late[:2]) == 1, "one that was changed meanwhile is not counted")
    holds(store.sealed(tenant, "r0") == new[0], "nor overwritten")
    holds(store.reseal(fresh("t"), late) == 0, "another tenant's are not touched")
    left = [row.id for row in store.sealed_rows(tenant, not_under="k3")]
    holds(left == ["r0", "r2"], "`not_under` leaves out those under a key")


def check_seals_reasons(factory: Factory) -> None:
    """Expect that a reason that was stored in clear is moved into a sealed record, once."""
    store, tenant = factory(), fresh("t")
    told = replace(item("c1"), reason_code="words of a person", reason="")
    store.record(tenant, feedback=[told, item("c2")])
    sealed = SealedRow("c1|reason", "feedback-reason", 1.0, FAR, b"s", "k1")
    store.seal_reason(tenant, told, sealed)
    store.seal_reason(tenant, told, replace(sealed, id="again"))
    moved = replace(told, reason_code="other", reason_system="", reason="c1|reason")
    holds(list(store.feedback(tenant)) == [moved, item("c2")], "the reason is named, not said")
    holds([row.id for row in store.sealed_rows(tenant)] == ["c1|reason"], "and sealed once")


def check_purge(factory: Factory) -> None:
    """Expect that a purge takes what has expired, of its tenant, counts it, and leaves audit and feedback."""
    store, tenant, other = factory(), fresh("t"), fresh("t")
    for name in (tenant, other):
        store.record(
            name,
            entries=[entry("w", 1)],
            cards=[card("old", expires=10.0), card("new")],
            feedback=[item("old")],
            sealed=[SealedRow("old", "answer", 1.0, 10.0, b"s"), SealedRow("new", "answer", 1.0, FAR, b"s")],
        )
        store.remember(name, "seen", b"k", b"v", expires=10.0)
    counts = store.purge(tenant, now=10.0)
    found = {name: counts[name] for name in ("cards", "sealed", "memory")}
    holds(found == {"cards": 1, "sealed": 1, "memory": 1}, "a purge counts what it deleted by table")
    holds([row.id for row in store.sealed_rows(tenant)] == ["new"], "expired records are gone, others stay")
    holds(len(list(store.sealed_rows(other))) == 2, "another tenant's stay")
    holds(store.audit_tail(tenant, "w") is not None, "audit entries are never purged")
    holds(list(store.feedback(tenant)) == [item("old")], "feedback is never purged")
    holds(not any(store.expired(tenant, now=10.0).values()), "what is purged has not expired again")


def check_purges_by_age(factory: Factory) -> None:
    """Expect that what is older than its purpose may be goes before it expires, counted by its purpose."""
    store, tenant = factory(), fresh("t")
    sealed = [
        SealedRow(f"{purpose}{made}", purpose, made, FAR, b"s") for purpose in "ab" for made in (1.0, 9.0)
    ]
    store.record(tenant, cards=[card("c1"), replace(card("c2"), sent=90.0)], sealed=sealed)
    store.record(tenant, sealed=[SealedRow("gone", "a", 9.0, 2.0, b"s")])
    older = {"cards": 60.0, "a": 5.0, "none": 5.0}
    due = {"cards": 1, "a": 2, "none": 0, "sealed": 0, "memory": 0}
    for found in (store.expired(tenant, now=3.0, older=older), store.purge(tenant, now=3.0, older=older)):
        holds({name: found[name] for name in due} == due, "what is expired or too old is counted by purpose")
    holds(set(store.sent_cards(tenant, ["c1", "c2"])) == {"c2"}, "old cards are gone, others stay")
    left = [row.id for row in store.sealed_rows(tenant)]
    holds(left == ["b1.0", "a9.0", "b9.0"], "old records of the purpose are gone, others stay")


SEALED_CHECKS = (
    check_sealed,
    check_reseals,
    check_seals_reasons,
    check_purge,
    check_purges_by_age,
)
