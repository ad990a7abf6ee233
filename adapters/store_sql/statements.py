"""The SQL of the writes, spelled once per dialect: names are ours, values are bound by the driver.

Compiling a statement costs more than running it; these are the strings that drivers keep prepared.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Table

from adapters.store_sql import tables

PURGE_ROWS = 2000
"""How many rows one transaction deletes, so that a purge does not keep others waiting."""

PURGES: Mapping[str, tuple[str, str, str]] = {
    "cards": ("cards", "tenant, uuid", "tenant={0} AND expires <= {0}"),
    "old cards": ("cards", "tenant, uuid", "tenant={0} AND sent < {0}"),
    "memory": ("memory", "tenant, purpose, key", "tenant={0} AND expires <= {0}"),
    "purpose": ("sealed", "tenant, id", "tenant={0} AND purpose={0} AND expires <= {0}"),
    "old purpose": ("sealed", "tenant, id", "tenant={0} AND purpose={0} AND created < {0}"),
    "sealed": ("sealed", "tenant, id", "tenant={0} AND expires <= {0}"),
}
"""What is purged: table, key and condition."""


@dataclass(frozen=True, slots=True)
class Statements:
    """Every write that is a fixed string."""

    audit: str
    cards: str
    feedback: str
    sealed: str
    head: str
    revisions: str
    tokens: str
    claim: str
    remember: str
    pulse: str
    reseal: str
    revoke: str
    seal_reason: str
    sweep: str
    purges: Mapping[str, str]
    """By what is purged; parameters are tenant and time, and a purpose in between where it says so."""


def statements(dialect: str) -> Statements:
    """Return the writes with the placeholders of a dialect."""
    mark = "%s" if dialect == "postgresql" else "?"
    remember = (
        " ON CONFLICT (tenant, purpose, key) DO UPDATE SET value=excluded.value, expires=excluded.expires"
    )
    later = (
        " ON CONFLICT (tenant, id) DO UPDATE SET expires="
        "CASE WHEN excluded.expires > sealed.expires THEN excluded.expires ELSE sealed.expires END"
    )
    return Statements(
        audit=_insert(tables.audit, mark),
        cards=_insert(tables.cards, mark),
        feedback=_insert(tables.feedback, mark, skip="n") + " ON CONFLICT DO NOTHING",
        sealed=_insert(tables.sealed, mark) + later,
        head=f"SELECT max(id) FROM revisions WHERE tenant={mark}",  # noqa: S608
        revisions=_insert(tables.revisions, mark),
        tokens=_insert(tables.tokens, mark),
        claim=_insert(tables.replay, mark) + " ON CONFLICT DO NOTHING",
        remember=_insert(tables.memory, mark) + remember,
        pulse=_insert(tables.pulse, mark) + " ON CONFLICT (id) DO UPDATE SET time=excluded.time",
        reseal=(
            f"UPDATE sealed SET sealed={mark}, kid={mark} "  # noqa: S608
            f"WHERE tenant={mark} AND id={mark} AND sealed={mark}"
        ),
        revoke=f"UPDATE tokens SET revoked=coalesce(revoked, {mark}) WHERE tenant={mark} AND id={mark}",  # noqa: S608
        sweep=_delete("replay", "digest", f"expires <= {mark}"),
        seal_reason=(
            f"UPDATE feedback SET reason_code='other', reason_system='', reason={mark} "  # noqa: S608
            f"WHERE tenant={mark} AND client={mark} AND card={mark} AND outcome={mark} "
            f"AND outcome_timestamp={mark} AND reason=''"
        ),
        purges={
            name: _delete(table, key, where.format(mark)) for name, (table, key, where) in PURGES.items()
        },
    )


def _insert(table: Table, mark: str, *, skip: str = "") -> str:
    names = [column.name for column in table.columns if column.name != skip]
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))})"  # noqa: S608


def _delete(table: str, key: str, where: str) -> str:
    return (
        f"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {where} LIMIT {PURGE_ROWS})"  # noqa: S608
    )
