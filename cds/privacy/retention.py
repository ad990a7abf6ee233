"""Retention: what is kept of calls goes when its time is over, and with it its data key.

Each row says when it expires. What the configuration says now counts too: where it keeps a purpose for fewer
days than before, rows that were written to stay longer go all the same.
"""

from collections.abc import Callable, Mapping
from typing import Any

from adapters.ports import Store

DAY_SECONDS = 86_400.0
Record = Callable[[str, Mapping[str, Any]], object]


def due(store: Store, tenant: str, days: Mapping[str, float], *, now: float) -> Mapping[str, int]:
    """Count what a purge would delete, by purpose."""
    return store.expired(tenant, now=now, older=_older(days, now))


def purge(
    store: Store, tenant: str, days: Mapping[str, float], *, now: float, actor: str, record: Record
) -> Mapping[str, int]:
    """Delete what is over its time and return how much it was; where nothing is, nothing is done.

    It is entered first: an entry of a purge that failed is harmless, a purge that nobody knows of is not.
    """
    counts = due(store, tenant, days, now=now)
    if not any(counts.values()):
        return counts
    record("purge", {"actor": actor, "counts": counts, "before": now})
    return store.purge(tenant, now=now, older=_older(days, now))


def _older(days: Mapping[str, float], now: float) -> Mapping[str, float]:
    return {purpose: now - kept * DAY_SECONDS for purpose, kept in days.items()}
