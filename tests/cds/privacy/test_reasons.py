"""Reasons that an earlier release stored in clear are sealed, once, and those of ours stay for counting."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from adapters.keys_file import FileKeys
from adapters.store_sql import SqlStore
from adapters.testing.promise import fresh
from adapters.testing.store import item
from cds.hooks.cards import OWN_OVERRIDE_SYSTEM
from cds.privacy.reasons import settle
from cds.privacy.sealed_records import open_row
from cds.services.clinical_scores.phrases import words
from cds.wiring.reasons import known_reason

OURS = next(iter(words().overrides.values()))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    sqlite = f"sqlite:///{tmp_path}/store.db"
    url = sqlite if request.param == "sqlite" else request.getfixturevalue("postgresql")
    with contextlib.closing(SqlStore(url)) as made:
        yield made


@pytest.fixture
def keys(tmp_path: Path) -> FileKeys:
    return FileKeys.create(tmp_path / "keys.json")


def test_words_of_people_are_sealed_and_codes_of_ours_stay(store: SqlStore, keys: FileKeys) -> None:
    tenant = fresh("t")
    clear = replace(item("c1"), reason="", reason_code="Zwyndelbrook said no", reason_system="urn:x")
    ours = replace(item("c2"), reason="", reason_code=OURS.code, reason_system=OURS.system)
    none = replace(item("c3"), reason="", reason_code="", reason_system="")
    store.record(tenant, feedback=[clear, ours, none])
    assert settle(keys, store, tenant, known=known_reason, days=400, now=1.0) == 1
    found = list(store.feedback(tenant))
    sealed_id = f"c1|accepted|{clear.outcome_timestamp}|reason"
    assert found == [replace(clear, reason_code="other", reason_system="", reason=sealed_id), ours, none]
    row = store.sealed(tenant, sealed_id)
    assert orjson.loads(open_row(keys, row, tenant=tenant)) == {
        "system": "urn:x",
        "code": "Zwyndelbrook said no",
    }
    assert row.expires == clear.received + 400 * 86_400


def test_it_is_done_once(store: SqlStore, keys: FileKeys) -> None:
    tenant = fresh("t")
    assert settle(keys, store, tenant, known=known_reason, days=400, now=1.0) == 0
    store.record(tenant, feedback=[replace(item("c1"), reason="", reason_code="late")])
    assert settle(keys, store, tenant, known=known_reason, days=400, now=1.0) == 0


def test_the_vocabulary_of_our_services_is_known() -> None:
    assert known_reason(OURS.system, OURS.code)
    assert not known_reason("urn:x", OURS.code)
    assert not known_reason(OWN_OVERRIDE_SYSTEM, "Zwyndelbrook")
