"""Re-wrapping reaches every sealed record, may stop anywhere, and loses nothing beside others who rotate."""

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.keys_file import FileKeys
from adapters.ports import KeyFailure, Keys, SealedRow, StoreUnavailable
from adapters.store_sql import SqlStore
from adapters.testing.promise import fresh
from cds.privacy.rewrapping import Rewrapped, rewrap_all, under_other_keys
from cds.privacy.seal import Tampered, UnknownKey, unpack
from cds.privacy.sealed_records import FIELDS, UnknownPurpose, open_row, rewrapped, sealed_row

FAR = 4_000_000_000.0


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    sqlite = f"sqlite:///{tmp_path}/store.db"
    url = sqlite if request.param == "sqlite" else request.getfixturevalue("postgresql")
    with contextlib.closing(SqlStore(url)) as made:
        yield made


@pytest.fixture
def keys(tmp_path: Path) -> FileKeys:
    return FileKeys.create(tmp_path / "keys.json")


def fill(store: SqlStore, keys: Keys, count: int) -> str:
    """Return a tenant with so many records, of every purpose in turn."""
    tenant, purposes = fresh("t"), list(FIELDS)
    rows = [
        sealed_row(
            keys,
            f"words {n}".encode(),
            tenant=tenant,
            id=f"r{n:03}",
            purpose=purposes[n % len(purposes)],
            created=float(n),
            expires=FAR,
        )
        for n in range(count)
    ]
    store.record(tenant, sealed=rows)
    return tenant


def said(store: SqlStore, keys: Keys, tenant: str) -> list[str]:
    return [open_row(keys, row, tenant=tenant).decode() for row in store.sealed_rows(tenant)]


class Stopping:
    """A store that goes away after so many records were replaced."""

    def __init__(self, store: SqlStore, after: int) -> None:
        self._store, self._left = store, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def reseal(self, tenant: str, rows: Any) -> int:
        if not self._left:
            raise StoreUnavailable("gone")
        self._left -= 1
        return self._store.reseal(tenant, rows)


def test_every_record_of_every_purpose_is_put_under_the_new_key(store: SqlStore, keys: FileKeys) -> None:
    tenant = fill(store, keys, 23)
    before = {row.id: bytes(unpack(row.sealed).ciphertext) for row in store.sealed_rows(tenant)}
    old, new = keys.active(), keys.rotate()
    told: list[tuple[int, int]] = []
    found = rewrap_all(keys, store, tenant, batch=5, progress=lambda done, there: told.append((done, there)))
    assert found == Rewrapped(new, done=23, remaining=0, unreadable=0)
    assert told == [(5, 23), (10, 23), (15, 23), (20, 23), (23, 23)]
    assert store.sealed_under(tenant) == {new: 23}
    assert {row.id: bytes(unpack(row.sealed).ciphertext) for row in store.sealed_rows(tenant)} == before
    keys.destroy(old)
    assert said(store, keys, tenant) == [f"words {n}" for n in range(23)]


def test_a_rotation_may_be_interrupted_at_every_record(store: SqlStore, keys: FileKeys) -> None:
    tenant = fill(store, keys, 7)
    for stop in range(7):
        old, new = keys.active(), keys.rotate()
        with pytest.raises(StoreUnavailable):
            rewrap_all(keys, Stopping(store, stop), tenant, batch=1)  # type: ignore[arg-type]
        expected = {kid: count for kid, count in ((new, stop), (old, 7 - stop)) if count}
        assert store.sealed_under(tenant) == expected
        assert said(store, keys, tenant) == [f"words {n}" for n in range(7)]
        assert rewrap_all(keys, store, tenant).done == 7 - stop
        assert store.sealed_under(tenant) == {new: 7}


def test_a_run_with_nothing_to_do_changes_nothing(store: SqlStore, keys: FileKeys) -> None:
    tenant = fill(store, keys, 3)
    before = list(store.sealed_rows(tenant))
    assert rewrap_all(keys, store, tenant) == Rewrapped(keys.active(), 0, 0, 0)
    assert list(store.sealed_rows(tenant)) == before


def test_rotations_at_once_lose_no_record(store: SqlStore, keys: FileKeys, tmp_path: Path) -> None:
    tenant = fill(store, keys, 60)
    errors: list[BaseException] = []

    def rotate() -> None:
        try:
            mine = FileKeys(tmp_path / "keys.json")
            for _ in range(2):
                mine.rotate()
                rewrap_all(mine, store, tenant, batch=7)
        except BaseException as error:  # noqa: BLE001 - told to the test, which fails on it
            errors.append(error)

    team = [threading.Thread(target=rotate) for _ in range(3)]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()
    assert errors == []
    rewrap_all(keys, store, tenant)
    assert store.sealed_under(tenant) == {keys.active(): 60}
    assert said(store, keys, tenant) == [f"words {n}" for n in range(60)]


def test_what_is_written_meanwhile_is_reached_too(store: SqlStore, keys: FileKeys) -> None:
    tenant = fill(store, keys, 4)
    late = sealed_row(keys, b"late", tenant=tenant, id="late", purpose="answer", created=-1.0, expires=FAR)
    keys.rotate()

    def write(done: int, _there: int) -> None:
        if done == 4:
            store.record(tenant, sealed=[late])

    assert rewrap_all(keys, store, tenant, progress=write).done == 5
    assert under_other_keys(keys, store, tenant) == 0


def test_a_record_that_was_purged_meanwhile_is_no_failure(store: SqlStore, keys: FileKeys) -> None:
    tenant = fill(store, keys, 3)
    keys.rotate()
    rows = list(store.sealed_rows(tenant))
    changes = [(row, rewrapped(keys, row, tenant=tenant)) for row in rows]
    store.purge(tenant, now=FAR)
    assert store.reseal(tenant, changes) == 0


def test_records_that_cannot_be_opened_are_counted_and_do_not_stop_the_others(
    store: SqlStore, keys: FileKeys
) -> None:
    tenant = fill(store, keys, 3)
    lost = keys.active()
    keys.rotate()
    (first, *_) = store.sealed_rows(tenant)
    store.reseal(tenant, [(first, rewrapped(keys, first, tenant=tenant))])
    keys.rotate()
    keys.destroy(lost)
    strange = SealedRow("strange", "unheard", 9.0, FAR, first.sealed, lost)
    broken = SealedRow("broken", "answer", 9.5, FAR, first.sealed[:-1], keys.active() + "x")
    store.record(tenant, sealed=[strange, broken])
    found = rewrap_all(keys, store, tenant)
    assert found == Rewrapped(keys.active(), done=1, remaining=4, unreadable=4)


def test_a_destroyed_key_opens_nothing_any_more(store: SqlStore, keys: FileKeys) -> None:
    tenant = fill(store, keys, 1)
    old = keys.active()
    keys.rotate()
    keys.destroy(old)
    (row,) = store.sealed_rows(tenant)
    with pytest.raises(UnknownKey):
        open_row(keys, row, tenant=tenant)


def test_a_purged_record_takes_its_data_key_with_it(store: SqlStore, keys: FileKeys) -> None:
    tenant = fill(store, keys, 2)
    wrapped = [unpack(row.sealed).wrapped for row in store.sealed_rows(tenant)]
    store.purge(tenant, now=FAR)
    assert store.sealed_under(tenant) == {}
    assert list(store.sealed_rows(tenant)) == []
    assert all(wrapped)


class AwayRing:
    """A ring whose key is there and cannot be used at the moment."""

    def __init__(self, kid: str) -> None:
        self._kid = kid

    def active(self) -> str:
        return "new"

    def unwrap(self, kid: str, wrapped: bytes, *, context: bytes) -> bytes:
        raise KeyFailure("the key service is away")

    def describe(self) -> list[Mapping[str, Any]]:
        return [{"kid": self._kid, "state": "decrypt-only"}, {"kid": "new", "state": "active"}]


def test_a_key_service_that_is_away_is_raised_and_no_record_is_called_lost(
    store: SqlStore, keys: FileKeys
) -> None:
    tenant = fill(store, keys, 2)
    with pytest.raises(UnknownKey):
        rewrap_all(AwayRing(keys.active()), store, tenant)  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"id": "other"}, {"purpose": "feedback"}])
def test_a_record_opens_in_its_own_place_only(keys: FileKeys, change: Mapping[str, str]) -> None:
    from dataclasses import replace

    row = sealed_row(keys, b"x", tenant="t", id="r", purpose="answer", created=1.0, expires=FAR)
    assert row.kid == keys.active()
    for act in (open_row, rewrapped):
        with pytest.raises(Tampered):
            act(keys, replace(row, **change), tenant="t")
        with pytest.raises(Tampered):
            act(keys, row, tenant="other")
    with pytest.raises(UnknownPurpose, match="'unheard'"):
        open_row(keys, replace(row, purpose="unheard"), tenant="t")


def test_sealing_of_answers_can_go_on_during_a_rotation(keys: FileKeys, tmp_path: Path) -> None:
    """A second process seals and opens while the ring is rotated under it."""
    elsewhere, wrong = FileKeys(tmp_path / "keys.json"), []
    stop = threading.Event()

    def seal() -> None:
        while not stop.is_set():
            row = sealed_row(
                elsewhere, b"x", tenant="t", id=os.urandom(4).hex(), purpose="answer", created=1, expires=2
            )
            if open_row(elsewhere, row, tenant="t") != b"x":
                wrong.append(row)

    thread = threading.Thread(target=seal)
    thread.start()
    for _ in range(20):
        keys.rotate()
    stop.set()
    thread.join()
    assert not wrong
