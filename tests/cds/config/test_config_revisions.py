"""Revisions: never changed, never lost, each with its audit entry."""

import hashlib
import threading

import orjson
import pytest
from config_world import ACT, SERVICES, TENANT, client, keeper

from adapters.ports import StoreUnavailable
from adapters.store_sql import SqlStore
from cds.config import revisions
from cds.config.document import Document, load
from cds.errors import CdsError, Conflict, NotFound, Precondition, Unavailable

FIRST = load({"services": {"clinical-scores": {"max_cards": 2}}})
SECOND = load({"services": {"clinical-scores": {"max_cards": 5}}})


@pytest.fixture
def store(tmp_path):
    opened = SqlStore(f"sqlite:///{tmp_path / 's.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def seeded(store):
    revisions.seed(store, TENANT, FIRST, act=ACT, keep=keeper(store))
    return store


def test_an_empty_store_says_how_to_publish_the_first(store):
    with pytest.raises(NotFound, match="config publish"):
        revisions.current(store, TENANT)


def test_the_first_revision_is_the_seed_and_a_second_seed_changes_nothing(seeded):
    again = revisions.seed(seeded, TENANT, SECOND, act=ACT, keep=keeper(seeded))
    assert again.id == revisions.current(seeded, TENANT).id
    assert revisions.document_of(again) == FIRST


def test_workers_that_seed_together_agree_on_one_revision(store):
    keep = keeper(store)
    barrier, found = threading.Barrier(4), []

    def worker(n):
        barrier.wait()
        document = load({"limits": {"ehr_pages": n + 1}})
        found.append(revisions.seed(store, TENANT, document, act=ACT, keep=keep).sha256)

    threads = [threading.Thread(target=worker, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert len(store.revisions(TENANT)) == 1


def test_the_bytes_are_canonical_whatever_the_order_of_the_names(store):
    one = load({"limits": {"ehr_pages": 4, "depth": 20}, "texts": {"source_label": "x"}})
    two = load({"texts": {"source_label": "x"}, "limits": {"depth": 20, "ehr_pages": 4}})
    assert revisions.canonical(one) == revisions.canonical(two)


def test_a_revision_carries_the_hash_of_its_bytes_and_who_wrote_it(seeded):
    row = revisions.publish(seeded, TENANT, SECOND, parent=1, act=ACT, keep=keeper_2(seeded))
    assert (row.id, row.parent, row.author, row.message) == (2, 1, "test", "why")
    assert row.sha256 == hashlib.sha256(row.document).hexdigest()
    assert load(orjson.loads(row.document)) == SECOND


def keeper_2(store):
    """A second process's chain."""
    from cds.privacy.audit import AuditChain

    chain = AuditChain("w2", b"k" * 32)
    return lambda row, body: store.publish(TENANT, row, entries=[chain.append("config", body, row.time)])


def test_each_revision_has_an_audit_entry_that_names_what_changed(seeded):
    revisions.publish(seeded, TENANT, SECOND, parent=1, act=ACT, keep=keeper_2(seeded))
    entries = [orjson.loads(row.body) for row in seeded.audit_entries(TENANT)]
    assert [e["action"] for e in entries] == ["seed", "publish"]
    assert entries[1]["paths"] == ["/services/clinical-scores/max_cards"]
    assert entries[1]["sha256"] == revisions.current(seeded, TENANT).sha256


def test_what_starts_from_an_old_revision_is_refused_and_nothing_is_stored(seeded):
    revisions.publish(seeded, TENANT, SECOND, parent=1, act=ACT, keep=keeper_2(seeded))
    with pytest.raises(Precondition, match="meanwhile"):
        revisions.publish(seeded, TENANT, FIRST, parent=1, act=ACT, keep=keeper_2(seeded))
    assert seeded.head(TENANT) == 2


def test_the_store_has_the_last_word_between_two_that_both_looked(seeded):
    """A publisher that comes in between the look and the write wins; the other is told."""

    def too_late(row, body):
        seeded.publish(TENANT, row)
        return keeper_2(seeded)(row, body)

    with pytest.raises(Precondition, match="meanwhile"):
        revisions.publish(seeded, TENANT, SECOND, parent=1, act=ACT, keep=too_late)


def test_a_document_that_says_nothing_new_makes_no_revision(seeded):
    row = revisions.publish(seeded, TENANT, FIRST, parent=1, act=ACT, keep=keeper_2(seeded))
    assert row.id == 1
    assert seeded.head(TENANT) == 1


def test_restoring_makes_a_new_revision_that_says_where_it_comes_from(seeded):
    keep = keeper_2(seeded)
    revisions.publish(seeded, TENANT, SECOND, parent=1, act=ACT, keep=keep)
    row = revisions.restore(seeded, TENANT, id=1, parent=2, act=ACT, keep=keep)
    assert (row.id, row.parent, row.restored_from) == (3, 2, 1)
    assert revisions.document_of(row) == FIRST
    assert orjson.loads(seeded.audit_tail(TENANT, "w2").body)["restored_from"] == 1


def test_a_revision_that_is_not_there_is_not_found(seeded):
    with pytest.raises(NotFound):
        revisions.at(seeded, TENANT, id=99)
    with pytest.raises(NotFound):
        revisions.restore(seeded, TENANT, id=99, parent=1, act=ACT, keep=keeper(seeded))


def test_bytes_changed_in_the_store_are_not_used(seeded):
    from dataclasses import replace

    row = revisions.current(seeded, TENANT)
    with pytest.raises(CdsError, match="was changed in the store"):
        revisions.data_of(replace(row, document=row.document.replace(b"2", b"3", 1)))


def test_a_revision_of_another_release_is_a_conflict_that_names_the_place(seeded):
    from dataclasses import replace

    content = b'{"from_the_future": 1}'
    row = replace(
        revisions.current(seeded, TENANT), document=content, sha256=hashlib.sha256(content).hexdigest()
    )
    with pytest.raises(Conflict, match="from_the_future"):
        revisions.document_of(row)


def test_a_store_that_is_away_is_unavailable(seeded):
    def away(row, body):
        raise StoreUnavailable("gone")

    with pytest.raises(Unavailable):
        revisions.publish(seeded, TENANT, SECOND, parent=1, act=ACT, keep=away)


def test_another_tenant_sees_nothing(seeded):
    with pytest.raises(NotFound):
        revisions.current(seeded, "other")


def test_clients_with_many_keys_stay_within_what_an_audit_entry_takes(seeded):
    """The names of options are people's; those that are no names are left out of the entry."""
    options = {"x" * 300: 1, "two\nlines": 2, "fine": 3}
    document = load({"services": {"clinical-scores": {"options": options, "max_cards": 2}}})
    revisions.publish(seeded, TENANT, document, parent=1, act=ACT, keep=keeper_2(seeded))
    body = orjson.loads(seeded.audit_tail(TENANT, "w2").body)
    assert body["paths"] == ["/services/clinical-scores/options/fine"]


def test_history_is_newest_first_and_pages(seeded):
    keep = keeper_2(seeded)
    for n in range(2, 6):
        revisions.publish(
            seeded, TENANT, load({"limits": {"ehr_pages": n}}), parent=n - 1, act=ACT, keep=keep
        )
    assert [r.id for r in revisions.history(seeded, TENANT, limit=2)] == [5, 4]
    assert [r.id for r in revisions.history(seeded, TENANT, limit=2, before=4)] == [3, 2]


def test_the_default_document_passes_its_own_check():
    from cds.config.checks import review

    assert review(Document(), SERVICES).errors == ()
    assert review(load({"clients": [client()]}), SERVICES).errors == ()
