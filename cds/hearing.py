"""The path of feedback: from bytes to stored items, tied to the card, its service, model and configuration.

Known items are stored, once each, however often they are sent; unknown cards, another client's and another
service's are named by pointer in a 404, and the known ones beside them are stored all the same.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.ports import FeedbackRow, SentCard
from cds.account import enter_refusal, refusal_of
from cds.errors import NotFound
from cds.hooks.cards import OVERRIDE_SYSTEM, OWN_OVERRIDE_SYSTEM
from cds.hooks.feedback import Item, parse
from cds.parts import Parts
from cds.pipeline import Request, identify, service_for
from cds.privacy.seal import seal
from cds.trust.callers import Caller

_CODE = re.compile(r"[A-Za-z0-9\-]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class Heard:
    """How many items were new, and how many were known before."""

    stored: int
    repeated: int


def hear(request: Request, parts: Parts) -> Heard:
    """Store feedback; raise `NotFound` naming the cards that are not this client's of this service."""
    caller = identify(request.token, url=request.url, parts=parts)
    try:
        return _heard(request, caller, parts)
    except Exception as error:
        # As with calls: whatever went wrong, the audit holds that this client's feedback was not taken.
        refusal = refusal_of(error)
        enter_refusal(refusal, service=request.service, caller=caller, parts=parts)
        if refusal.status == 500:
            raise
        raise refusal from error


def _heard(request: Request, caller: Caller, parts: Parts) -> Heard:
    parts.pace.step(caller.client.id, limit=caller.client.requests_per_minute)
    service = service_for(request.service, caller, parts)
    items = parse(request.body, limits=parts.snapshot.limits)
    heard, strange = _store(items, service.id, caller=caller, parts=parts)
    if strange:
        raise NotFound(
            "no such card of this service was sent to this client",
            pointer=f"{strange[0].pointer}/card",
            pointers=[f"{item.pointer}/card" for item in strange],
        )
    return heard


def _store(items: Sequence[Item], service: str, *, caller: Caller, parts: Parts) -> tuple[Heard, list[Item]]:
    """Store the items whose cards are this client's and return those whose are not."""
    tenant = parts.settings.tenant
    cards = parts.store.sent_cards(tenant, [item.card for item in items])
    strange: list[Item] = []
    rows: dict[tuple[str, str, str], FeedbackRow] = {}
    repeated = 0
    for item in items:
        card = cards.get(item.card)
        if card is None or card.client != caller.client.id or card.service != service:
            strange.append(item)
            continue
        row = _row(item, card, caller=caller, parts=parts)
        mark = (row.card, row.outcome, row.outcome_timestamp)
        if mark in rows or parts.store.known_feedback(tenant, row):
            repeated += 1
        else:
            rows[mark] = row
    if rows:
        parts.recorder.record("feedback", _body(rows.values(), service, caller), feedback=list(rows.values()))
    return Heard(len(rows), repeated), strange


def _body(rows: Iterable[FeedbackRow], service: str, caller: Caller) -> dict[str, Any]:
    items = [{"card": r.card, "outcome": r.outcome, "reason": _reason(r)} for r in rows]
    return {"client": caller.client.id, "service": service, "items": items, "count": len(items)}


def _reason(row: FeedbackRow) -> str:
    """Return the code of a reason as the audit may hold it: a code that a client made up may say anything."""
    if not row.reason_code:
        return ""
    known = row.reason_system in {OVERRIDE_SYSTEM, OWN_OVERRIDE_SYSTEM} and _CODE.match(row.reason_code)
    return row.reason_code if known else "other"


def _row(item: Item, card: SentCard, *, caller: Caller, parts: Parts) -> FeedbackRow:
    """Return the row of an item; what a person typed is sealed, it may say anything."""
    sealed = b""
    if item.comment:
        record = f"{card.uuid}|{item.outcome}|{item.timestamp}"
        sealed = seal(
            parts.keys,
            item.comment.encode(),
            tenant=parts.settings.tenant,
            record=record,
            field="userComment",
            purpose="feedback",
        )
    return FeedbackRow(
        client=caller.client.id,
        card=card.uuid,
        service=card.service,
        outcome=item.outcome,
        outcome_timestamp=item.timestamp,
        received=parts.clock.now(),
        accepted=item.accepted,
        reason_code=item.reason_code,
        reason_system=item.reason_system,
        sealed_comment=sealed,
    )
