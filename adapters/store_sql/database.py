"""One open database: its engine, its writer, its reads, and what a fork does to them.

A connection must not cross a fork: the child leaves the parent's connections untouched, neither used nor
closed, and opens its own.
"""

import os
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Row, Select
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from adapters.ports import StoreUnavailable
from adapters.store_sql.engine import BUSY_SECONDS, broke, connect, explain, is_memory
from adapters.store_sql.migrations import migrate
from adapters.store_sql.statements import Statements, statements
from adapters.store_sql.writer import Writer

T = TypeVar("T")
PAGE = 500
"""How many rows a page of a lazy read holds."""

_open_databases: "weakref.WeakSet[Database]" = weakref.WeakSet()
_left_behind: list[object] = []


class Database:
    """Reads and writes with every error given its name."""

    def __init__(self, url: str, *, now: Callable[[], float]) -> None:
        self._url = url
        self._lost = False
        self._connect()
        if self.sql_dialect == "sqlite" and not self._memory:
            self._set_wal()
        self.write(lambda cursor: migrate(cursor, self.sql_dialect, now=now()))
        _open_databases.add(self)

    def _connect(self) -> None:
        self._engine = connect(self._url)
        self._memory = self._engine.dialect.name == "sqlite" and is_memory(make_url(self._url))
        self._writer = Writer(self._engine, alone=self._memory)
        self.sql: Statements = statements(self.sql_dialect)

    @property
    def sql_dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    def write(self, work: Callable[[DBAPICursor], T]) -> T:
        """Run a write with those of other threads and return once it is committed."""
        self._check_fork()
        return self._writer.submit(work)

    def read(self, query: Select[Any]) -> Sequence[Row[Any]]:
        """Return the rows of one query, tried again once where an idle connection had died."""
        self._check_fork()
        try:
            return self._fetch(query)
        except SQLAlchemyError as error:
            if not broke(error):
                raise explain(error) from None
        try:
            return self._fetch(query)
        except SQLAlchemyError as error:
            raise explain(error) from None

    def pages(self, query: Callable[[Row[Any] | None], Select[Any]]) -> Iterator[Row[Any]]:
        """Yield the rows of a query that is told the last row of the page before."""
        last: Row[Any] | None = None
        while True:
            rows = self.read(query(last).limit(PAGE))
            yield from rows
            if len(rows) < PAGE:
                return
            last = rows[-1]

    def close(self) -> None:
        """Let go of all connections."""
        _open_databases.discard(self)
        self._writer.close()
        self._engine.dispose()

    def cross_fork(self) -> None:
        """Start anew in a child process."""
        _left_behind.append((self._engine, self._writer))
        if self._memory:
            self._lost = True
        else:
            self._connect()

    def _fetch(self, query: Select[Any]) -> Sequence[Row[Any]]:
        with self._engine.connect() as connection:
            return connection.execute(query).all()

    def _check_fork(self) -> None:
        if self._lost:
            raise StoreUnavailable(
                "a store in memory belongs to the process that opened it: "
                "for several workers name a file or a PostgreSQL database"
            )

    def _set_wal(self) -> None:
        """Switch the file to write-ahead logging; SQLite refuses while another process does the same."""
        deadline = time.monotonic() + BUSY_SECONDS
        while not self._wal_is_set(patient=time.monotonic() < deadline):
            time.sleep(0.01)

    def _wal_is_set(self, *, patient: bool) -> bool:
        try:
            with self._engine.connect() as connection:
                return bool(connection.exec_driver_sql("PRAGMA journal_mode=WAL").scalar_one() == "wal")
        except SQLAlchemyError as error:
            if patient and isinstance(error, OperationalError):
                return False
            raise explain(error) from None


def _cross_fork() -> None:
    for database in list(_open_databases):
        database.cross_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_cross_fork)
