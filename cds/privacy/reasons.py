"""Reasons in feedback: one that was sent with the card may stand in clear, any other may say anything.

Releases before this one stored every reason in clear. `settle` seals those that are no vocabulary of ours,
once for a store; which reasons went with a card was not kept then.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from adapters.ports import FeedbackRow, Keys, SealedRow, Store
from cds.privacy.sealed_records import sealed_row

OTHER = "other"
PURPOSE = "feedback-reason"
_MARK = ("migration", b"feedback-reasons-1")
_FOREVER = 32_503_680_000.0
"""The year 3000: that the work is done is never forgotten."""

Known = Callable[[str, str], bool]
"""(system, code) -> whether it is a reason that we offer."""


def record_of(card: str, outcome: str, timestamp: str) -> str:
    """Return the id of the record that keeps the comment of an item of feedback."""
    return f"{card}|{outcome}|{timestamp}"


def seal_reason(
    keys: Keys, tenant: str, row: FeedbackRow, *, system: str, code: str, expires: float
) -> SealedRow:
    """Return the sealed record of a reason that was not sent with the card."""
    content: Mapping[str, Any] = {"system": system, "code": code}
    return sealed_row(
        keys,
        orjson.dumps(content),
        tenant=tenant,
        id=f"{record_of(row.card, row.outcome, row.outcome_timestamp)}|reason",
        purpose=PURPOSE,
        created=row.received,
        expires=expires,
    )


def settle(keys: Keys, store: Store, tenant: str, *, known: Known, days: float, now: float) -> int:
    """Seal reasons that were stored in clear and are not ours; return how many there were."""
    if store.recall(tenant, *_MARK, now=now) is not None:
        return 0
    count = 0
    for row in store.feedback(tenant):
        code, system = row.reason_code, row.reason_system
        if code and not row.reason and not known(system, code):
            expires = row.received + days * 86_400
            sealed = seal_reason(keys, tenant, row, system=system, code=code, expires=expires)
            store.seal_reason(tenant, replace(row, reason=sealed.id), sealed)
            count += 1
    store.remember(tenant, *_MARK, b"done", expires=_FOREVER)
    return count
