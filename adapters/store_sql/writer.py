"""How writes reach the disk: one connection a process, and one transaction for all that wait.

A write is a function of a cursor. It may raise a `PortError` before its first statement that changes
something; then the others go on. Any other failure rolls the batch back and each write is tried alone, so
that one bad row costs nobody else. The cursor is the driver's own: SQLAlchemy keeps the connection, and its
share of the time would be a third of a write's.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Engine, PoolProxiedConnection
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import SQLAlchemyError

from adapters.batches import Batches, Slot
from adapters.ports import PortError, StoreUnavailable
from adapters.store_sql.engine import BUSY_SECONDS, explain

T = TypeVar("T")
Write = Callable[[DBAPICursor], Any]
Slots = Sequence[Slot[Write, Any]]
_POLL_SECONDS = 0.0005


class _UnsureError(Exception):
    """The connection broke while committing: nobody knows whether the rows are there."""


class Writer:
    """Runs writes of this process in the order they come, in as few transactions as possible."""

    def __init__(self, engine: Engine, *, alone: bool) -> None:
        """Write through `engine`; `alone` says that no other process can hold the lock."""
        self._engine = engine
        self._dialect = engine.dialect
        self._polls = self._dialect.name == "sqlite" and not alone
        self._begin_sql = "BEGIN IMMEDIATE" if self._dialect.name == "sqlite" else "BEGIN"
        dbapi = self._dialect.loaded_dbapi
        self._failures = (SQLAlchemyError, dbapi.Error, TypeError, ValueError, OverflowError)
        self._connection: PoolProxiedConnection | None = None
        self._cursor: DBAPICursor | None = None
        self._batches: Batches[Write, Any] = Batches(self._run, lost=_lost)

    def submit(self, write: Callable[[DBAPICursor], T]) -> T:
        """Run a write and return its result once it is committed."""
        result: T = self._batches.submit(write)
        return result

    def close(self) -> None:
        """Let go of the connection, which the engine then closes."""
        connection, self._connection, self._cursor = self._connection, None, None
        if connection is not None:
            connection.invalidate()

    def _run(self, take: Callable[[], Slots]) -> None:
        try:
            cursor = self._begin()
        except self._failures as error:
            return _fail(take(), explain(error))
        slots = take()
        try:
            self._together(cursor, slots)
        except _UnsureError:
            _fail(slots, _unsure())
        except self._failures:
            for slot in slots:
                self._alone(slot)

    def _alone(self, slot: Slot[Write, Any]) -> None:
        try:
            self._together(self._begin(), [slot])
        except _UnsureError:
            slot.fail(_unsure())
        except self._failures as error:
            slot.fail(explain(error))

    def _together(self, cursor: DBAPICursor, slots: Slots) -> None:
        """Run all writes and commit; whatever fails leaves nothing behind and is raised."""
        try:
            for slot in slots:
                _attempt(slot, cursor)
            self._commit(cursor)
        except BaseException:
            # Whatever ended it, an interrupt too: nothing of the batch may stand as if it were written.
            for slot in slots:
                slot.reset()
            self._roll_back(cursor)
            raise

    def _commit(self, cursor: DBAPICursor) -> None:
        try:
            cursor.execute("COMMIT")
        except self._failures as error:
            if self._broke(error):
                raise _UnsureError from None
            raise

    def _roll_back(self, cursor: DBAPICursor) -> None:
        try:
            cursor.execute("ROLLBACK")
        except self._failures:
            # There is nothing to roll back, or nobody to tell it to: a new connection begins clean.
            self.close()

    def _broke(self, error: Exception) -> bool:
        connection: Any = self._connection and self._connection.dbapi_connection
        return isinstance(error, self._dialect.loaded_dbapi.Error) and self._dialect.is_disconnect(
            error, connection, self._cursor
        )

    def _begin(self) -> DBAPICursor:
        """Return the cursor with a transaction begun, on a new connection where the old one is gone."""
        fresh = self._cursor is None
        try:
            return self._open()
        except self._failures as error:
            if fresh or not self._broke(error):
                self.close()
                raise
        self.close()
        return self._open()

    def _open(self) -> DBAPICursor:
        cursor = self._cursor or self._connect()
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                cursor.execute(self._begin_sql)
            except self._failures as error:
                if not (self._polls and _is_busy(error) and time.monotonic() < deadline):
                    raise
            else:
                return cursor
            time.sleep(_POLL_SECONDS)

    def _connect(self) -> DBAPICursor:
        connection = self._engine.raw_connection()
        cursor = connection.cursor()
        self._connection, self._cursor = connection, cursor
        if self._polls:
            # SQLite waits in steps of up to a tenth of a second; we look again every half millisecond.
            cursor.execute("PRAGMA busy_timeout=0")
        return cursor


def _is_busy(error: Exception) -> bool:
    return str(getattr(error, "sqlite_errorname", "")).startswith("SQLITE_BUSY")


def _attempt(slot: Slot[Write, Any], cursor: DBAPICursor) -> None:
    try:
        slot.succeed(slot.item(cursor))
    except PortError as error:
        slot.fail(error)


def _fail(slots: Slots, error: PortError) -> None:
    for slot in slots:
        slot.fail(type(error)(*error.args))


def _unsure() -> StoreUnavailable:
    return StoreUnavailable("the connection broke while committing: whether the rows are there is not known")


def _lost() -> Exception:
    return StoreUnavailable("the write was given up before it was done")
