"""What a pseudonym stands for is kept sealed, told on purpose only, and gone when its time is over."""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.keys_file import FileKeys
from adapters.ports import StoreUnavailable
from adapters.store_sql import SqlStore
from adapters.testing.promise import fresh
from cds.errors import BadRequest, NotFound
from cds.privacy import vault
from cds.privacy.audit_kinds import check_body
from cds.privacy.rewrapping import rewrap_all
from cds.privacy.vault import Asked, asked_before, keep, reidentify, reveal

FAR = 4_000_000_000.0
TOKEN, REAL = "Patient/Zq7Quill", "Patient/MRN-7719203"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    sqlite = f"sqlite:///{tmp_path}/store.db"
    url = sqlite if request.param == "sqlite" else request.getfixturevalue("postgresql")
    with contextlib.closing(SqlStore(url)) as made:
        yield made


@pytest.fixture
def keys(tmp_path: Path) -> FileKeys:
    return FileKeys.create(tmp_path / "keys.json")


@pytest.fixture
def tenant() -> str:
    return fresh("t")


class Log:
    """Takes entries as a recorder does, and stores what belongs to them."""

    def __init__(self, store: SqlStore, tenant: str) -> None:
        self._store, self._tenant = store, tenant
        self.entries: list[tuple[str, Mapping[str, Any]]] = []

    def __call__(self, kind: str, body: Mapping[str, Any], *, sealed: Any) -> None:
        check_body(kind, body)
        self._store.record(self._tenant, sealed=sealed)
        self.entries.append((kind, body))


def test_what_is_kept_is_revealed_to_its_tenant(store: SqlStore, keys: FileKeys, tenant: str) -> None:
    assert keep(store, keys, tenant, [(TOKEN, REAL), ("Encounter/x", "Encounter/1")], expires=FAR) == 2
    assert reveal(store, keys, tenant, TOKEN) == REAL
    for place, token in ((tenant, "Patient/other"), (fresh("t"), TOKEN)):
        with pytest.raises(NotFound, match="not kept here"):
            reveal(store, keys, place, token)


def test_a_whole_population_is_kept_in_batches(store: SqlStore, keys: FileKeys, tenant: str) -> None:
    pairs = ((f"Patient/t{n}", f"Patient/{n}") for n in range(vault.BATCH + 3))
    assert keep(store, keys, tenant, pairs, expires=FAR) == vault.BATCH + 3
    assert reveal(store, keys, tenant, f"Patient/t{vault.BATCH + 2}") == f"Patient/{vault.BATCH + 2}"


def test_a_pair_that_is_kept_again_stays_until_the_later_time(
    store: SqlStore, keys: FileKeys, tenant: str
) -> None:
    for expires in (100.0, 300.0, 200.0):
        keep(store, keys, tenant, [(TOKEN, REAL)], expires=expires, now=1.0)
    assert reveal(store, keys, tenant, TOKEN, now=299.0) == REAL
    assert len(list(store.sealed_rows(tenant))) == 1


def test_its_time_over_it_is_not_told_and_the_purge_takes_it(
    store: SqlStore, keys: FileKeys, tenant: str
) -> None:
    keep(store, keys, tenant, [(TOKEN, REAL)], expires=100.0, now=1.0)
    with pytest.raises(NotFound):
        reveal(store, keys, tenant, TOKEN, now=100.0)
    assert store.purge(tenant, now=100.0, older={"pseudonyms": 0.0})["pseudonyms"] == 1


def test_neither_pseudonym_nor_person_is_in_the_store(keys: FileKeys, tmp_path: Path) -> None:
    with contextlib.closing(SqlStore(f"sqlite:///{tmp_path}/s.db")) as store:
        keep(store, keys, "t", [(TOKEN, REAL)], expires=FAR)
        reidentify(
            Asked(TOKEN, "duplicate chart of Zwyndelbrook", "officer"), store, keys, "t", now=1.0, days=9,
            record=Log(store, "t"),
        )  # fmt: skip
    with contextlib.closing(sqlite3.connect(tmp_path / "s.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = b"".join(path.read_bytes() for path in tmp_path.glob("s.db*"))
    assert not [word for word in (b"Quill", b"7719203", b"Zwyndelbrook") if word in content]


def test_a_rotation_reaches_the_vault(store: SqlStore, keys: FileKeys, tenant: str) -> None:
    keep(store, keys, tenant, [(TOKEN, REAL)], expires=FAR)
    old = keys.active()
    keys.rotate()
    rewrap_all(keys, store, tenant)
    keys.destroy(old)
    assert reveal(store, keys, tenant, TOKEN) == REAL


def test_it_is_entered_who_asked_before_it_is_told(store: SqlStore, keys: FileKeys, tenant: str) -> None:
    keep(store, keys, tenant, [(TOKEN, REAL)], expires=FAR)
    log = Log(store, tenant)
    asked = Asked(TOKEN, "  result must reach the patient ", "officer (token 1)")
    assert reidentify(asked, store, keys, tenant, now=5.0, days=100, record=log) == REAL
    ((kind, body),) = log.entries
    assert (kind, body["actor"], body["found"]) == ("re-identify", "officer (token 1)", True)
    assert list(asked_before(store, keys, tenant)) == [
        {
            "time": 5.0,
            "token": TOKEN,
            "reason": "result must reach the patient",
            "actor": "officer (token 1)",
            "found": True,
        }
    ]
    assert store.sealed(tenant, body["sealed"]).expires == 5.0 + 100 * 86_400


def test_asking_for_what_is_not_kept_is_entered_too(store: SqlStore, keys: FileKeys, tenant: str) -> None:
    log = Log(store, tenant)
    with pytest.raises(NotFound):
        reidentify(Asked(TOKEN, "result must reach", "o"), store, keys, tenant, now=1.0, days=9, record=log)
    assert log.entries[0][1]["found"] is False


def test_what_cannot_be_entered_is_not_told(store: SqlStore, keys: FileKeys, tenant: str) -> None:
    keep(store, keys, tenant, [(TOKEN, REAL)], expires=FAR)

    def away(kind: str, body: Any, *, sealed: Any) -> None:
        raise StoreUnavailable("away")

    with pytest.raises(StoreUnavailable):
        reidentify(Asked(TOKEN, "result must reach", "o"), store, keys, tenant, now=1.0, days=9, record=away)


@pytest.mark.parametrize(
    ("token", "reason", "pointer"),
    [
        (TOKEN, "why not", "/reason"),
        (TOKEN, " " * 20, "/reason"),
        (TOKEN, "x" * (vault.MOST_REASON + 1), "/reason"),
        ("", "result must reach", "/token"),
        ("a\nb", "result must reach", "/token"),
        ("x" * 201, "result must reach", "/token"),
    ],
)
def test_a_question_has_a_pseudonym_and_a_reason(token: str, reason: str, pointer: str) -> None:
    with pytest.raises(BadRequest) as refused:
        Asked(token, reason, "o")
    assert refused.value.pointer == pointer
