"""How writes reach the disk: one connection a process, and one transaction for all that wait.

A write is a function of the connection. It may raise a `PortError` before its first statement that changes
something; then the others go on. Any other failure rolls the batch back and each write is tried alone, so
that one bad row costs nobody else.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from adapters.batches import Batches, Slot
from adapters.ports import PortError, StoreUnavailable
from adapters.store_sql.engine import BAD_DATA, broke, explain

T = TypeVar("T")
Write = Callable[[Connection], Any]
_FAILURES = (SQLAlchemyError, *BAD_DATA)


class _Unsure(Exception):
    """The connection broke while committing: nobody knows whether the rows are there."""


class Writer:
    """Runs writes of this process in the order they come, in as few transactions as possible."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._begin_sql = "BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else "BEGIN"
        self._connection: Connection | None = None
        self._batches: Batches[Write, Any] = Batches(self._run, lost=_lost)

    def submit(self, write: Callable[[Connection], T]) -> T:
        """Run a write and return its result once it is committed."""
        result: T = self._batches.submit(write)
        return result

    def close(self) -> None:
        """Let go of the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _run(self, slots: Sequence[Slot[Write, Any]]) -> None:
        try:
            connection = self._begin()
        except _FAILURES as error:
            return _fail(slots, explain(error))
        try:
            self._together(connection, slots)
        except _Unsure:
            _fail(slots, StoreUnavailable("the connection broke while committing: the outcome is not known"))
        except _FAILURES:
            for slot in slots:
                self._alone(slot)

    def _alone(self, slot: Slot[Write, Any]) -> None:
        slot.reset()
        try:
            self._together(self._begin(), [slot])
        except _Unsure:
            slot.fail(StoreUnavailable("the connection broke while committing: the outcome is not known"))
        except _FAILURES as error:
            slot.fail(explain(error))

    def _together(self, connection: Connection, slots: Sequence[Slot[Write, Any]]) -> None:
        """Run all writes and commit; whatever fails leaves nothing behind and is raised."""
        try:
            for slot in slots:
                _attempt(slot, connection)
            self._commit(connection)
        except BaseException:
            for slot in slots:
                slot.reset()
            self._roll_back(connection)
            raise

    def _commit(self, connection: Connection) -> None:
        try:
            connection.exec_driver_sql("COMMIT")
        except DBAPIError as error:
            if broke(error):
                raise _Unsure from None
            raise

    def _roll_back(self, connection: Connection) -> None:
        try:
            connection.exec_driver_sql("ROLLBACK")
        except SQLAlchemyError:
            # There is nothing to roll back, or nobody to tell it to: a new connection begins clean.
            self._drop(connection)

    def _drop(self, connection: Connection) -> None:
        self._connection = None
        connection.invalidate()
        connection.close()

    def _begin(self) -> Connection:
        """Return the connection with a transaction begun, a new one where the old one is gone."""
        fresh = self._connection is None
        try:
            return self._open()
        except DBAPIError as error:
            if fresh or not broke(error):
                raise
        return self._open()

    def _open(self) -> Connection:
        connection = self._connection
        if connection is None:
            connection = self._connection = self._engine.connect()
        try:
            connection.exec_driver_sql(self._begin_sql)
        except SQLAlchemyError:
            self._drop(connection)
            raise
        return connection


def _attempt(slot: Slot[Write, Any], connection: Connection) -> None:
    try:
        slot.succeed(slot.item(connection))
    except PortError as error:
        slot.fail(error)


def _fail(slots: Sequence[Slot[Write, Any]], error: PortError) -> None:
    for slot in slots:
        slot.fail(type(error)(*error.args))


def _lost() -> Exception:
    return StoreUnavailable("the write was given up before it was done")
