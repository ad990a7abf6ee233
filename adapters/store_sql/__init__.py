"""The store in SQLite or PostgreSQL, one code for both.

`store.SqlStore` is what implements `ports.Store`; `writer` is how writes reach the disk; `migrations` is the
schema. The tables are for operators too: names and columns are documented in `tables`.
"""

from adapters.store_sql.store import SqlStore

__all__ = ["SqlStore"]
