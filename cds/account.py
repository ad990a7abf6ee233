"""What is entered into the audit of a call, before it is said: an answer with its cards, or a refusal."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson

from adapters.ports import PortError, SealedRow, SentCard
from cds.errors import CdsError, Unavailable
from cds.hooks.call import Call
from cds.hooks.cards import OVERRIDE_SYSTEM, OWN_OVERRIDE_SYSTEM, Card
from cds.parts import Parts
from cds.privacy.sealed_records import sealed_row
from cds.repeats import NOTHING, Spared
from cds.services.base import Gap
from cds.trust.callers import Caller

_SECONDS_PER_DAY = 86_400
_MOST_GAPS = 20


@dataclass(frozen=True, slots=True)
class Told:
    """What a client is about to be told."""

    call: Call
    caller: Caller
    service: str
    cards: Sequence[Card] = field(repr=False)
    gaps: Sequence[Gap] = ()
    shown: bool = True
    checked: bool = True
    """Whether the record was looked at: not where the service is switched off or a patient asks."""
    started: float = 0.0
    spared: Spared = NOTHING


def enter_answer(told: Told, parts: Parts) -> None:
    """Enter an answer with what must be kept of it, or raise: what is not recorded is not said."""
    record_id, now = str(uuid4()), parts.clock.now()
    privacy = parts.snapshot.document.privacy
    body = _body(told, record_id, parts)
    sealed: tuple[SealedRow, ...] = ()
    if privacy.keep_sealed_days and told.checked:
        expires = now + privacy.keep_sealed_days * _SECONDS_PER_DAY
        sealed = (_sealed(told, record_id, parts, now=now, expires=expires),)
        body["sealed"] = record_id
    kept = _remembered(told, parts, now=now, expires=now + privacy.keep_cards_days * _SECONDS_PER_DAY)
    parts.recorder.record("answer", body, sealed=sealed, cards=kept)


def _body(told: Told, record_id: str, parts: Parts) -> dict[str, Any]:
    return {
        "call": record_id,
        "client": told.caller.client.id,
        "service": told.service,
        "hook": told.call.hook,
        "profile": told.caller.client.profile,
        "config_revision": parts.snapshot.revision,
        "status": 200,
        "cards": [
            {
                "uuid": c.uuid,
                "topic": c.topic,
                "indicator": c.indicator,
                "model": c.model,
                "shown": told.shown,
            }
            for c in told.cards
        ],
        "missing": [g.what[:80] for g in told.gaps[:_MOST_GAPS]],
        "silent": not told.shown,
        "switched_off": not told.checked and bool(told.cards),
        "user_type": told.call.context.user_type[:40],
        "duration_ms": round((parts.clock.monotonic() - told.started) * 1000),
        **told.spared.counts(),
    }


def _sealed(told: Told, record_id: str, parts: Parts, *, now: float, expires: float) -> SealedRow:
    """Return what was said, to whom and about whom, sealed: the audit names it and holds nothing of it."""
    said = {
        "hookInstance": told.call.hook_instance,
        "user": told.call.context.raw.get("userId"),
        "patient": told.call.context.patient_id,
        "cards": [
            {"uuid": c.uuid, "summary": c.summary, "detail": c.detail, "findings": c.findings}
            for c in told.cards
        ],
    }
    return sealed_row(
        parts.keys,
        orjson.dumps(said),
        tenant=parts.settings.tenant,
        id=record_id,
        purpose="answer",
        created=now,
        expires=expires,
    )


def _remembered(told: Told, parts: Parts, *, now: float, expires: float) -> tuple[SentCard, ...]:
    """Return what must be remembered of the cards so that feedback finds them."""
    return tuple(
        SentCard(
            uuid=card.uuid,
            client=told.caller.client.id,
            service=told.service,
            hook=told.call.hook,
            topic=card.topic,
            model=card.model,
            config_revision=parts.snapshot.revision,
            indicator=card.indicator,
            suggestions=tuple(s.uuid for s in card.suggestions),
            sent=now,
            expires=expires,
            shown=told.shown,
            reasons=tuple(reason_mark(r.system, r.code) for r in card.override_reasons),
        )
        for card in told.cards
    )


def reason_mark(system: str, code: str) -> str:
    """Return how an override reason is remembered with its card: by its code where the system is known."""
    return code if system in {OVERRIDE_SYSTEM, OWN_OVERRIDE_SYSTEM} else f"{system}|{code}"


def refusal_of(error: Exception) -> CdsError:
    """Return the refusal that an error is to the caller: a part that is away, or a defect of ours."""
    if isinstance(error, CdsError):
        return error
    name = type(error).__name__
    if isinstance(error, PortError):
        return Unavailable("a part this service needs is away; nothing was checked", audit=f"part: {name}")
    return CdsError("an error of the service; nothing was checked", audit=f"defect: {name}")


def enter_refusal(refusal: CdsError, *, service: str, hook: str = "", caller: Caller, parts: Parts) -> None:
    """Enter a registered client's refusal; where that fails too, the refusal itself stands.

    `service` is what the caller named: one that is not ours is not repeated.
    """
    body = {
        "client": caller.client.id,
        "service": service if service in parts.services else "unknown",
        "hook": hook[:80],
        "status": refusal.status,
        "code": refusal.code,
        "reason": _reason(refusal),
    }
    try:
        parts.recorder.record("refusal", body)
    except Unavailable:
        if refusal.status < 500:
            raise


def _reason(refusal: CdsError) -> str:
    text = f"{refusal.pointer} {refusal.audit}".strip()
    return "".join(c if c.isprintable() else " " for c in text)[:200]
