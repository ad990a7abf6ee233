"""`SqlStore`: everything that outlives a call, in SQLite or PostgreSQL.

Reads are single statements, long ones page by page, so that none holds a snapshot while its caller thinks.
Every statement names the tenant; marks of used tokens are the exception, because a token is used once
whoever's it is.
"""

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, Select, case, func, select
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.sql.elements import ColumnElement

from adapters.ports import (
    AuditRow,
    Clock,
    FeedbackRow,
    NotStored,
    Replayed,
    RevisionRow,
    SealedRow,
    SentCard,
    StoreConflict,
    TokenRow,
)
from adapters.ports.doors import NO_AGES
from adapters.store_sql import sealed, tables
from adapters.store_sql.database import Database
from adapters.store_sql.sealed import seal_reason

_SWEEP_EVERY = 1024


class SqlStore:
    """The store behind a URL; safe to share between threads and to carry over a fork."""

    def __init__(self, url: str, *, clock: Clock | None = None) -> None:
        self._now: Callable[[], float] = clock.now if clock else time.time
        self._claims = itertools.count(1)
        self._db = Database(url, now=self._now)

    def check(self) -> None:
        """Write one row over itself."""
        self._execute(self._db.sql.pulse, (1, self._now()))

    def close(self) -> None:
        """Let go of connections."""
        self._db.close()

    # --- used tokens -------------------------------------------------------------------------------------

    def claim(self, digest: bytes, *, expires: float, now: float) -> None:
        """Mark a token used; raise `Replayed` where it was. Old marks are swept now and then."""
        sql = self._db.sql
        sweep = next(self._claims) % _SWEEP_EVERY == 0

        def work(cursor: DBAPICursor) -> None:
            cursor.execute(sql.claim, (digest, expires))
            if cursor.rowcount != 1:
                raise Replayed("this token was used before")
            if sweep:
                cursor.execute(sql.sweep, (now,))

        self._db.write(work)

    # --- configuration -----------------------------------------------------------------------------------

    def head(self, tenant: str) -> int | None:
        """Return the id of the newest revision."""
        newest: int | None = _one(self._db.read(_head(tenant)))
        return newest

    def revision(self, tenant: str, id: int) -> RevisionRow:
        """Return one revision."""
        t = tables.revisions
        rows = self._db.read(select(t).where(t.c.tenant == tenant, t.c.id == id))
        return tables.revision_row(_found(rows, f"revision {id}"))

    def revisions(self, tenant: str, *, limit: int = 50, before: int | None = None) -> Sequence[RevisionRow]:
        """Return revisions, newest first."""
        t = tables.revisions
        query = select(t).where(t.c.tenant == tenant).order_by(t.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(t.c.id < before)
        return [tables.revision_row(row) for row in self._db.read(query)]

    def publish(self, tenant: str, row: RevisionRow, *, entries: Sequence[AuditRow] = ()) -> RevisionRow:
        """Store a revision as child of the newest one, with its audit entries."""
        sql = self._db.sql

        def work(cursor: DBAPICursor) -> RevisionRow:
            cursor.execute(sql.head, (tenant,))
            ((newest,),) = cursor.fetchall()
            if newest != row.parent:
                raise StoreConflict(f"revision {newest} was published meanwhile: start from it")
            stored = replace(row, id=(newest or 0) + 1)
            cursor.execute(sql.revisions, tables.revision_values(tenant, stored))
            _insert_all(cursor, sql.audit, [tables.audit_values(tenant, entry) for entry in entries])
            return stored

        return self._db.write(work)

    # --- what was said, and what came back ---------------------------------------------------------------

    def record(
        self,
        tenant: str,
        *,
        entries: Sequence[AuditRow] = (),
        cards: Sequence[SentCard] = (),
        feedback: Sequence[FeedbackRow] = (),
        sealed: Sequence[SealedRow] = (),
    ) -> None:
        """Store all of it in one transaction, or nothing."""
        sql = self._db.sql
        rows = (
            (sql.audit, [tables.audit_values(tenant, entry) for entry in entries]),
            (sql.cards, [tables.card_values(tenant, card) for card in cards]),
            (sql.feedback, [tables.feedback_values(tenant, item) for item in feedback]),
            (sql.sealed, [tables.sealed_values(tenant, row) for row in sealed]),
        )

        def work(cursor: DBAPICursor) -> None:
            for statement, values in rows:
                _insert_all(cursor, statement, values)

        if any(values for _, values in rows):
            self._db.write(work)

    def sent_cards(self, tenant: str, uuids: Sequence[str]) -> Mapping[str, SentCard]:
        """Return those of these cards that are known and not expired."""
        t = tables.cards
        query = select(t).where(t.c.tenant == tenant, t.c.uuid.in_(uuids), t.c.expires > self._now())
        return {row.uuid: tables.card_row(row) for row in self._db.read(query)}

    def answers(self, tenant: str, *, since: float = 0) -> Sequence[Mapping[str, Any]]:
        """Return rows of `service`, `topic`, `indicator`, `count` (cards made) and `shown` (not silent)."""
        t = tables.cards
        group = (t.c.service, t.c.topic, t.c.indicator)
        shown = func.sum(case((t.c.shown, 1), else_=0)).label("shown")
        query = select(*group, func.count().label("count"), shown)
        query = query.where(t.c.tenant == tenant, t.c.sent >= since).group_by(*group).order_by(*group)
        return [dict(row._mapping) for row in self._db.read(query)]

    def feedback(self, tenant: str, *, service: str = "", since: float = 0) -> Iterator[FeedbackRow]:
        """Yield stored feedback, oldest first."""
        t = tables.feedback
        where = [t.c.tenant == tenant, t.c.received >= since]
        if service:
            where.append(t.c.service == service)

        def page(last: Row[Any] | None) -> Select[Any]:
            after: list[ColumnElement[bool]] = [t.c.n > last.n] if last else []
            return select(t).where(*where, *after).order_by(t.c.n)

        return map(tables.feedback_row, self._db.pages(page))

    def known_feedback(self, tenant: str, row: FeedbackRow) -> bool:
        """Tell whether this very item is stored."""
        t = tables.feedback
        key = (tenant, row.client, row.card, row.outcome, row.outcome_timestamp)
        columns = (t.c.tenant, t.c.client, t.c.card, t.c.outcome, t.c.outcome_timestamp)
        query = select(t.c.n).where(*(column == value for column, value in zip(columns, key, strict=True)))
        return bool(self._db.read(query))

    # --- the audit ---------------------------------------------------------------------------------------

    def audit_writers(self, tenant: str) -> Sequence[str]:
        """Return the names of all writers, jumping from one to the next in the index."""
        t = tables.audit
        first = select(func.min(t.c.writer).label("writer")).where(t.c.tenant == tenant)
        names = first.cte("names", recursive=True)
        following = select(func.min(t.c.writer)).where(t.c.tenant == tenant, t.c.writer > names.c.writer)
        names = names.union_all(
            select(following.correlate(names).scalar_subquery()).where(names.c.writer.is_not(None))
        )
        rows = self._db.read(select(names.c.writer).where(names.c.writer.is_not(None)))
        return [row.writer for row in rows]

    def audit_tail(self, tenant: str, writer: str) -> AuditRow | None:
        """Return the newest entry of a writer."""
        t = tables.audit
        query = select(t).where(t.c.tenant == tenant, t.c.writer == writer).order_by(t.c.seq.desc()).limit(1)
        rows = self._db.read(query)
        return tables.audit_row(rows[0]) if rows else None

    def audit_entries(self, tenant: str, *, writer: str = "", after: int = 0) -> Iterator[AuditRow]:
        """Yield entries with a number above `after`, writer by writer."""
        t = tables.audit
        for name in [writer] if writer else self.audit_writers(tenant):

            def page(last: Row[Any] | None, name: str = name) -> Select[Any]:
                start = last.seq if last else after
                where = (t.c.tenant == tenant, t.c.writer == name, t.c.seq > start)
                return select(t).where(*where).order_by(t.c.seq)

            yield from map(tables.audit_row, self._db.pages(page))

    # --- sealed records ----------------------------------------------------------------------------------

    def sealed(self, tenant: str, id: str) -> SealedRow:
        """Return one sealed record."""
        return sealed.one(self._db, tenant, id)

    def sealed_rows(self, tenant: str, *, purpose: str = "", not_under: str = "") -> Iterator[SealedRow]:
        """Yield sealed records, oldest first."""
        return sealed.rows(self._db, tenant, purpose=purpose, not_under=not_under)

    def sealed_under(self, tenant: str = "") -> Mapping[str, int]:
        """Return how many sealed records are under each key."""
        return sealed.under(self._db, tenant)

    def reseal(self, tenant: str, rows: Sequence[tuple[SealedRow, SealedRow]]) -> int:
        """Put re-wrapped records in the place of those read; return how many were replaced."""
        return sealed.reseal(self._db, tenant, rows)

    def seal_reason(self, tenant: str, row: FeedbackRow, sealed: SealedRow) -> None:
        """Move the reason of an item of feedback into a sealed record."""
        seal_reason(self._db, tenant, row, sealed)

    def expired(self, tenant: str, *, now: float, older: Mapping[str, float] = NO_AGES) -> Mapping[str, int]:
        """Count what `purge` would delete."""
        return sealed.expired(self._db, tenant, now=now, older=older)

    def purge(self, tenant: str, *, now: float, older: Mapping[str, float] = NO_AGES) -> Mapping[str, int]:
        """Delete what has expired and count it, a limited number of rows a transaction."""
        return sealed.purge(self._db, tenant, now=now, older=older)

    # --- tokens and memory -------------------------------------------------------------------------------

    def add_token(self, tenant: str, row: TokenRow) -> None:
        """Store a token's hash."""
        self._execute(self._db.sql.tokens, tables.token_values(tenant, row))

    def token(self, tenant: str, id: str) -> TokenRow:
        """Return a token's row."""
        t = tables.tokens
        rows = self._db.read(select(t).where(t.c.tenant == tenant, t.c.id == id))
        return tables.token_row(_found(rows, "token of this id"))

    def tokens(self, tenant: str) -> Sequence[TokenRow]:
        """Return all tokens' rows, oldest first."""
        t = tables.tokens
        query = select(t).where(t.c.tenant == tenant).order_by(t.c.created, t.c.id)
        return [tables.token_row(row) for row in self._db.read(query)]

    def revoke_token(self, tenant: str, id: str, *, now: float) -> None:
        """Mark a token revoked; the first time stands."""
        if self._execute(self._db.sql.revoke, (now, tenant, id)) != 1:
            raise NotStored("there is no token of this id")

    def remember(self, tenant: str, purpose: str, key: bytes, value: bytes, *, expires: float) -> None:
        """Keep a small operational value until it expires."""
        self._execute(self._db.sql.remember, (tenant, purpose, key, value, expires))

    def recall(self, tenant: str, purpose: str, key: bytes, *, now: float) -> bytes | None:
        """Return what was remembered, or None."""
        t = tables.memory
        where = (t.c.tenant == tenant, t.c.purpose == purpose, t.c.key == key, t.c.expires > now)
        value: bytes | None = _one(self._db.read(select(t.c.value).where(*where)))
        return value

    def _execute(self, statement: str, values: tables.Values) -> int:
        def work(cursor: DBAPICursor) -> int:
            cursor.execute(statement, values)
            return cursor.rowcount

        return self._db.write(work)


def _insert_all(cursor: DBAPICursor, statement: str, values: list[tables.Values]) -> None:
    if len(values) == 1:
        cursor.execute(statement, values[0])
    elif values:
        cursor.executemany(statement, values)


def _head(tenant: str) -> Select[Any]:
    return select(func.max(tables.revisions.c.id)).where(tables.revisions.c.tenant == tenant)


def _one(rows: Sequence[Row[Any]]) -> Any:
    return rows[0][0] if rows else None


def _found(rows: Sequence[Row[Any]], what: str) -> Row[Any]:
    if not rows:
        raise NotStored(f"there is no {what}")
    return rows[0]
