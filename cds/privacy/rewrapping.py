"""Rotation's second half: every sealed record gets its data key under the active key.

It may be interrupted anywhere and run again: a record that is under the active key is not looked at. It may
run while the service answers, and beside another rotation: a record that somebody else replaced meanwhile is
left alone and looked at in the next round, and the rounds go on until one changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from adapters.ports import Keys, SealedRow, Store
from cds.privacy.seal import SealError, UnknownKey
from cds.privacy.sealed_records import rewrapped

BATCH = 200
"""How many records one transaction replaces, so that answers do not wait long for it."""

Progress = Callable[[int, int], None]
"""(records re-wrapped so far, records there were at the start)."""
Change = tuple[SealedRow, SealedRow]


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What a run did."""

    kid: str
    """The key that was active at its end."""
    done: int
    remaining: int
    """Records under other keys still: those that cannot be opened, and those written meanwhile."""
    unreadable: int
    """Records that cannot be opened: changed, or their key is destroyed."""


def under_other_keys(keys: Keys, store: Store, tenant: str) -> int:
    """Return how many sealed records of a tenant are not under the active key."""
    active = keys.active()
    return sum(count for kid, count in store.sealed_under(tenant).items() if kid != active)


def rewrap_all(
    keys: Keys,
    store: Store,
    tenant: str,
    *,
    progress: Progress = lambda _done, _all: None,
    batch: int = BATCH,
) -> Rewrapped:
    """Re-wrap all sealed records of a tenant; what is away is raised, and a later run goes on from there."""
    there, total = under_other_keys(keys, store, tenant), 0
    while True:
        active, done, unreadable = keys.active(), 0, 0
        for rows in _batches(store.sealed_rows(tenant, not_under=active), batch):
            changes = _changes(keys, rows, tenant)
            done += store.reseal(tenant, changes)
            unreadable += len(rows) - len(changes)
            progress(total + done, there)
        total += done
        if not done and keys.active() == active:
            return Rewrapped(active, total, under_other_keys(keys, store, tenant), unreadable)


def _batches(rows: Iterator[SealedRow], size: int) -> Iterator[Sequence[SealedRow]]:
    while batch := list(islice(rows, size)):
        yield batch


def _changes(keys: Keys, rows: Sequence[SealedRow], tenant: str) -> list[Change]:
    """Return what can be re-wrapped as pairs of old and new."""
    found = ((row, _change(keys, row, tenant)) for row in rows)
    return [(row, new) for row, new in found if new is not None]


def _change(keys: Keys, row: SealedRow, tenant: str) -> SealedRow | None:
    try:
        return rewrapped(keys, row, tenant=tenant)
    except UnknownKey:
        # A key that is here and cannot be used now is a service that is away: that is no lost record.
        if row.kid in {item["kid"] for item in keys.describe() if item["state"] != "destroyed"}:
            raise
        return None
    except SealError:
        return None
