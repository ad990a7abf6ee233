"""The path of feedback: from bytes to stored items, tied to the card, its service, model and configuration.

Known items are stored, once each, however often they are sent; unknown cards, another client's and another
service's are named by pointer in a 404, and the known ones beside them are stored all the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters.ports import FeedbackRow, SealedRow, SentCard
from cds.account import enter_refusal, reason_mark, refusal_of
from cds.errors import NotFound
from cds.hooks.feedback import Item, parse
from cds.parts import Parts
from cds.pipeline import Request, identify, service_for
from cds.privacy.reasons import OTHER, record_of, seal_reason
from cds.privacy.retention import DAY_SECONDS
from cds.privacy.sealed_records import sealed_row
from cds.trust.callers import Caller


@dataclass(frozen=True, slots=True)
class _Heard:
    """One item as it is stored: its row, and what of it is sealed."""

    row: FeedbackRow
    sealed: tuple[SealedRow, ...] = ()


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
    heard: dict[tuple[str, str, str], _Heard] = {}
    repeated = 0
    for item in items:
        card = cards.get(item.card)
        if card is None or card.client != caller.client.id or card.service != service:
            strange.append(item)
            continue
        taken = _taken(item, card, caller=caller, parts=parts)
        mark = (card.uuid, item.outcome, item.timestamp)
        if mark in heard or parts.store.known_feedback(tenant, taken.row):
            repeated += 1
        else:
            heard[mark] = taken
    if heard:
        parts.recorder.record(
            "feedback",
            _body(heard.values(), service, caller),
            feedback=[taken.row for taken in heard.values()],
            sealed=[row for taken in heard.values() for row in taken.sealed],
        )
    return Heard(len(heard), repeated), strange


def _body(heard: Iterable[_Heard], service: str, caller: Caller) -> dict[str, Any]:
    rows = [item.row for item in heard]
    items = [{"card": r.card, "outcome": r.outcome, "reason": r.reason_code} for r in rows]
    return {"client": caller.client.id, "service": service, "items": items, "count": len(items)}


def _taken(item: Item, card: SentCard, *, caller: Caller, parts: Parts) -> _Heard:
    """Return the row of an item; what a person typed, or a client made up, is sealed: it may say anything."""
    row = FeedbackRow(
        client=caller.client.id,
        card=card.uuid,
        service=card.service,
        outcome=item.outcome,
        outcome_timestamp=item.timestamp,
        received=parts.clock.now(),
        accepted=tuple(uuid for uuid in item.accepted if uuid in card.suggestions),
    )
    return _with_comment(item, _with_reason(item, card, _Heard(row), parts), parts)


def _with_reason(item: Item, card: SentCard, heard: _Heard, parts: Parts) -> _Heard:
    """Return the item with its reason: in clear where it was offered with the card, sealed where not."""
    code, system = item.reason_code, item.reason_system
    if not code:
        return heard
    if _offered(card, system, code):
        return replace(heard, row=replace(heard.row, reason_code=code, reason_system=system))
    row = replace(heard.row, reason_code=OTHER)
    if not _days(parts):
        return replace(heard, row=row)
    sealed = seal_reason(
        parts.keys, parts.settings.tenant, row, system=system, code=code, expires=_expires(row, parts)
    )
    return _Heard(replace(row, reason=sealed.id), (*heard.sealed, sealed))


def _with_comment(item: Item, heard: _Heard, parts: Parts) -> _Heard:
    if not (item.comment and _days(parts)):
        return heard
    row = heard.row
    sealed = sealed_row(
        parts.keys,
        item.comment.encode(),
        tenant=parts.settings.tenant,
        id=record_of(row.card, row.outcome, row.outcome_timestamp),
        purpose="feedback",
        created=row.received,
        expires=_expires(row, parts),
    )
    return _Heard(replace(row, comment=sealed.id), (*heard.sealed, sealed))


def _offered(card: SentCard, system: str, code: str) -> bool:
    """Tell whether a reason was sent with the card; some clients send its code alone."""
    codes = {mark.rpartition("|")[2] for mark in card.reasons}
    return reason_mark(system, code) in card.reasons or (not system and code in codes)


def _days(parts: Parts) -> int:
    return parts.snapshot.document.privacy.keep_comments_days


def _expires(row: FeedbackRow, parts: Parts) -> float:
    return row.received + _days(parts) * DAY_SECONDS
