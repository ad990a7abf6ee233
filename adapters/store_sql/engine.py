"""The way to the database: URL, connections and their settings, and what its errors become.

All connections are in autocommit: a read is one statement, and a write says its own BEGIN and COMMIT.
"""

import itertools
import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, QueuePool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from adapters.ports import PortError, StoreConflict, StoreUnavailable

BUSY_SECONDS = 5.0
"""How long a write may wait for another process's write."""

_MISFITS = {"IntegrityError", "DataError", "TypeError", "ValueError", "OverflowError"}
"""Errors, by their names in Python and its database interface (PEP 249), that no other attempt will mend."""

_POSTGRESQL = {
    "connect_timeout": "3",
    "application_name": "clinicards",
    "tcp_user_timeout": "5000",
    "options": "-c statement_timeout=8000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=20000",
}
_memories = itertools.count()


def connect(url: str) -> Engine:
    """Return an engine for `sqlite:///FILE`, `sqlite://` (memory of this process) or `postgresql://...`."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreUnavailable(_unknown("it cannot be read")) from None
    dialect = parsed.get_backend_name()
    if dialect == "sqlite":
        return _sqlite(parsed)
    if dialect in {"postgresql", "postgres"}:
        return _postgresql(parsed)
    raise StoreUnavailable(_unknown(f"{dialect!r} is not known"))


def is_memory(url: URL) -> bool:
    """Tell whether a SQLite URL names no file."""
    return not url.database or url.database == ":memory:"


def explain(error: Exception) -> PortError:
    """Return what an error of the database means to callers: its kind, never its values."""
    orig = getattr(error, "orig", None) or error
    code = getattr(orig, "sqlite_errorname", None) or getattr(orig, "sqlstate", None) or type(orig).__name__
    if _MISFITS & {kind.__name__ for kind in type(orig).__mro__}:
        return StoreConflict(
            f"the row cannot be stored as it is: it is there already or does not fit ({code})"
        )
    return StoreUnavailable(f"the store could not be read or written ({code})")


def broke(error: Exception) -> bool:
    """Tell whether an error means that the connection is gone."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _unknown(why: str) -> str:
    return f"the store's URL: {why}; write sqlite:///FILE or postgresql://USER@HOST/DATABASE"


def _sqlite(url: URL) -> Engine:
    extra: dict[str, Any] = {}
    if is_memory(url):
        # SQLite's memory VFS gives every connection of this process the same database, with the locks
        # of a file, which its shared cache does not.
        name = f"file:/clinicards-{os.getpid()}-{next(_memories)}?vfs=memdb"
        extra["creator"] = lambda: sqlite3.connect(
            name, uri=True, timeout=BUSY_SECONDS, check_same_thread=False
        )
    else:
        _make_private(Path(str(url.database)))
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=56,
        pool_timeout=BUSY_SECONDS,
        pool_reset_on_return=None,
        connect_args={} if extra else {"timeout": BUSY_SECONDS, "check_same_thread": False},
        **extra,
    )
    event.listen(engine, "connect", _sqlite_settings)
    return engine


def _sqlite_settings(connection: Any, _record: object) -> None:
    # FULL, because an answer is given only when its audit entry would survive a loss of power;
    # secure_delete, because what is purged must not linger in free pages.
    for setting in (
        f"busy_timeout={int(BUSY_SECONDS * 1000)}",
        "synchronous=FULL",
        "secure_delete=ON",
        "trusted_schema=OFF",
        "wal_autocheckpoint=4000",
    ):
        connection.execute(f"PRAGMA {setting}")


def _make_private(file: Path) -> None:
    try:
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreUnavailable(
            f"the store's file cannot be opened for writing ({error.strerror}): make its directory, "
            "or give this user the right to write there"
        ) from None


def _postgresql(url: URL) -> Engine:
    given = dict(url.query)
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            pool_size=4,
            max_overflow=12,
            pool_timeout=BUSY_SECONDS,
            pool_reset_on_return=None,
            connect_args={key: value for key, value in _POSTGRESQL.items() if key not in given},
        )
    except (ImportError, NoSuchModuleError):
        raise StoreUnavailable(
            "the PostgreSQL driver is not installed: install clinicards[postgres]"
        ) from None
