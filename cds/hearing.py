"""The path of feedback: from bytes to stored items, tied to the card, its service, model and configuration.

Known items are stored, once each, however often they are sent; unknown cards, another client's and another
service's are named by pointer in a 404, and the known ones beside them are stored all the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.ports import FeedbackRow, SentCard
from cds.errors import CdsError, NotFound
from cds.hooks.feedback import Item, parse
from cds.parts import Parts
from cds.pipeline import Request, audit_refusal, identify, service_for
from cds.privacy.seal import seal
from cds.trust.callers import Caller


@dataclass(frozen=True, slots=True)
class Heard:
    """How many items were new, and how many were known before."""

    stored: int
    repeated: int


def hear(request: Request, parts: Parts) -> Heard:
    """Store feedback; raise `NotFound` naming the cards that are not this client's of this service."""
    caller = identify(request.token, url=request.url, parts=parts)
    try:
        service = service_for(request.service, caller, parts)
        items = parse(request.body, limits=parts.snapshot.limits)
        heard, strange = _store(items, service.id, caller=caller, parts=parts)
        if strange:
            raise NotFound(
                "no such card of this service was sent to this client",
                pointer=f"{strange[0].pointer}/card",
                pointers=[f"{item.pointer}/card" for item in strange],
            )
    except CdsError as error:
        audit_refusal(error, request, "", caller=caller, parts=parts)
        raise
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
    items = [{"card": r.card, "outcome": r.outcome, "reason": r.reason_code[:80]} for r in rows]
    return {"client": caller.client.id, "service": service, "items": items, "count": len(items)}


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
