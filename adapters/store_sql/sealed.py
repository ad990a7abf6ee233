"""Sealed records in the database, and the purge of all that expires."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, or_, select, tuple_
from sqlalchemy.engine.interfaces import DBAPICursor

from adapters.ports import FeedbackRow, NotStored, SealedRow
from adapters.store_sql import tables
from adapters.store_sql.database import Database

CARDS = "cards"


def one(db: Database, tenant: str, id: str) -> SealedRow:
    """Return one sealed record; raise `NotStored`."""
    t = tables.sealed
    rows = db.read(select(t).where(t.c.tenant == tenant, t.c.id == id))
    if not rows:
        raise NotStored("there is no sealed record of this id")
    return tables.sealed_row(rows[0])


def rows(db: Database, tenant: str, *, purpose: str, not_under: str) -> Iterator[SealedRow]:
    """Yield sealed records, oldest first."""
    t = tables.sealed
    where = [t.c.tenant == tenant]
    where += [t.c.purpose == purpose] if purpose else []
    where += [t.c.kid != not_under] if not_under else []

    def page(last: Row[Any] | None) -> Select[Any]:
        query = select(t).where(*where).order_by(t.c.created, t.c.id)
        return query.where(tuple_(t.c.created, t.c.id) > (last.created, last.id)) if last else query

    return map(tables.sealed_row, db.pages(page))


def under(db: Database, tenant: str) -> Mapping[str, int]:
    """Return how many sealed records are under each key, of all tenants where none is named."""
    t = tables.sealed
    query: Select[Any] = select(t.c.kid, func.count().label("records")).group_by(t.c.kid).order_by(t.c.kid)
    found = db.read(query.where(t.c.tenant == tenant) if tenant else query)
    return {str(row._mapping["kid"]): int(row._mapping["records"]) for row in found}


def reseal(db: Database, tenant: str, changes: Sequence[tuple[SealedRow, SealedRow]]) -> int:
    """Put records in the place of those read and return how many still stood as they were read."""
    statement = db.sql.reseal

    def work(cursor: DBAPICursor) -> int:
        count = 0
        for read, new in changes:
            cursor.execute(statement, (new.sealed, new.kid, tenant, read.id, read.sealed))
            count += cursor.rowcount
        return count

    return db.write(work) if changes else 0


def seal_reason(db: Database, tenant: str, row: FeedbackRow, sealed: SealedRow) -> None:
    """Move a reason stored in clear into a sealed record, once."""
    key = (sealed.id, tenant, row.client, row.card, row.outcome, row.outcome_timestamp)

    def work(cursor: DBAPICursor) -> None:
        cursor.execute(db.sql.seal_reason, key)
        if cursor.rowcount:
            cursor.execute(db.sql.sealed, tables.sealed_values(tenant, sealed))

    db.write(work)


def expired(db: Database, tenant: str, *, now: float, older: Mapping[str, float]) -> Mapping[str, int]:
    """Count what a purge would delete."""
    cards, sealed, memory, replay = tables.cards, tables.sealed, tables.memory, tables.replay
    purposes = [name for name in older if name != CARDS]
    counts = {
        CARDS: _count(
            db,
            select(func.count()).where(
                cards.c.tenant == tenant,
                or_(cards.c.expires <= now, cards.c.sent < older.get(CARDS, float("-inf"))),
            ),
        ),
        "memory": _count(db, select(func.count()).where(memory.c.tenant == tenant, memory.c.expires <= now)),
        "replay": _count(db, select(func.count()).where(replay.c.expires <= now)),
        "sealed": _count(
            db,
            select(func.count()).where(
                sealed.c.tenant == tenant, sealed.c.purpose.not_in(purposes), sealed.c.expires <= now
            ),
        ),
    }
    for name in purposes:
        gone = or_(sealed.c.expires <= now, sealed.c.created < older[name])
        query = select(func.count()).where(sealed.c.tenant == tenant, sealed.c.purpose == name, gone)
        counts[name] = _count(db, query)
    return counts


def purge(db: Database, tenant: str, *, now: float, older: Mapping[str, float]) -> Mapping[str, int]:
    """Delete what has expired or is too old and count it, a limited number of rows a transaction."""
    sql = db.sql.purges
    counts = {CARDS: _delete(db, sql["cards"], (tenant, now))}
    if CARDS in older:
        counts[CARDS] += _delete(db, sql["old cards"], (tenant, older[CARDS]))
    for name in (name for name in older if name != CARDS):
        gone = _delete(db, sql["purpose"], (tenant, name, now))
        counts[name] = gone + _delete(db, sql["old purpose"], (tenant, name, older[name]))
    counts["sealed"] = _delete(db, sql["sealed"], (tenant, now))
    counts["memory"] = _delete(db, sql["memory"], (tenant, now))
    counts["replay"] = _delete(db, db.sql.sweep, (now,))
    return counts


def _count(db: Database, query: Select[Any]) -> int:
    return int(db.read(query)[0][0])


def _delete(db: Database, statement: str, values: tables.Values) -> int:
    def work(cursor: DBAPICursor) -> int:
        cursor.execute(statement, values)
        return cursor.rowcount

    total = 0
    while count := db.write(work):
        total += count
    return total
