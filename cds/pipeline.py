"""The path of one call, from bytes to cards. READ THIS FIRST.

Each stage makes a new value from the one before; a stage that fails raises one of `cds.errors`, which knows
its HTTP status. Real ids and whole originals live in `Pseudonyms` and `Originals` and die with the call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import orjson

from adapters.ports import SealedRow
from cds.config.document import ServiceConfig
from cds.config.rollout import Sight, rank, sight
from cds.delivery import fitted, remembered, restored
from cds.errors import BadRequest, CdsError, NotFound, Unauthorized, Unavailable
from cds.hooks import wire
from cds.hooks.call import Call, parse
from cds.hooks.cards import Card
from cds.hooks.profiles import profile
from cds.intake import Intake, fetch, gap, take_in, used_and_invalid, with_gaps
from cds.parts import Parts
from cds.privacy.seal import seal
from cds.services.base import Gap, Service, Until
from cds.services.gaps import gap_card, switched_off_card
from cds.trust.callers import ANONYMOUS, Caller
from cds.trust.tokens import verify
from cds.witness import Witness
from models.base import ModelError

_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Request:
    """What came over HTTP: the service's id, the body, the bearer token, the URL as the client wrote it."""

    service: str
    body: bytes
    token: str
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The cards as JSON object, and what the recorder and the playground want to know of them."""

    body: Mapping[str, Any]
    caller: Caller
    call: Call
    intake: Intake | None = None
    sight: Sight = "shown"


def answer(request: Request, parts: Parts) -> Answer:
    """Answer one call; raise one of `cds.errors`.

    A stranger's refusal is counted by whoever catches it; a registered client's is audited here.
    """
    started = parts.clock.monotonic()
    caller = identify(request.token, url=request.url, parts=parts)
    hook = ""
    try:
        parts.pace.step(caller.client.id, limit=caller.client.requests_per_minute)
        service = service_for(request.service, caller, parts)
        call = parse(request.body, limits=parts.snapshot.limits)
        hook = call.hook
        _check_hook(service, call, parts)
        return _answer(call, service, caller=caller, parts=parts, started=started)
    except CdsError as error:
        audit_refusal(error, request, hook, caller=caller, parts=parts)
        raise


def identify(token: str, *, url: str, parts: Parts, claim: bool = True) -> Caller:
    """Return who calls; without a token nobody but in demo mode."""
    if token:
        return verify(token, audience=url, registry=parts.snapshot.registry, gate=parts.gate, claim=claim)
    if parts.demo:
        return Caller(replace(ANONYMOUS, fhir_origins=parts.snapshot.fhir_origins()), verified=False)
    raise Unauthorized("no bearer token")


def service_for(service_id: str, caller: Caller, parts: Parts) -> Service:
    """Return the enabled service of this id, if this caller may use it; a disabled one is not found."""
    service = parts.services.get(service_id)
    if service is None or not enabled(service_id, parts):
        raise NotFound("there is no such service; see the discovery document")
    caller.client.may_use(service_id)
    return service


def enabled(service_id: str, parts: Parts) -> bool:
    """Tell whether a service is switched on at this site."""
    config = parts.snapshot.service(service_id)
    return config.enabled and config.rollout.mode != "off"


def hooks_of(service: Service, parts: Parts) -> tuple[str, ...]:
    """Return the hooks of a service at this site."""
    chosen = parts.snapshot.service(service.id).hooks
    return service.hooks if chosen is None else tuple(h for h in service.hooks if h in chosen)


def _check_hook(service: Service, call: Call, parts: Parts) -> None:
    hooks = hooks_of(service, parts)
    if call.hook not in hooks:
        raise BadRequest(f"this service answers {', '.join(hooks)}, not this hook", pointer="/hook")


def _answer(call: Call, service: Service, *, caller: Caller, parts: Parts, started: float) -> Answer:
    config = parts.snapshot.service(service.id)
    outcome = Answer({"cards": []}, caller, call)
    if call.context.asked_by_patient:
        cards: Sequence[Card] = ()
    elif config.switched_off:
        cards = (_switched_off(service, parts),)
    else:
        deadline = Until(parts.clock, started + config.deadline_ms / 1000)
        cards, intake = _advise(call, service, caller=caller, parts=parts, deadline=deadline)
        outcome = replace(outcome, intake=intake, sight=_sight(config, call, caller, parts))
    return _deliver(outcome, cards, service, parts=parts, started=started)


def _switched_off(service: Service, parts: Parts) -> Card:
    settings = parts.service_settings(service)
    text = parts.snapshot.document.texts.switched_off
    return switched_off_card(text, settings=settings, title=service.title, uuid=str(uuid4()))


def _sight(config: ServiceConfig, call: Call, caller: Caller, parts: Parts) -> Sight:
    key = parts.subject_key(caller.client.issuer, call.context.patient_id)
    return sight(config.rollout, user=str(call.context.raw.get("userId", "")), subject_key=key)


def _advise(
    call: Call, service: Service, *, caller: Caller, parts: Parts, deadline: Until
) -> tuple[tuple[Card, ...], Intake]:
    """Return the service's cards on this call, restored and ranked, with a card for what was not checked."""
    needs = service.needs(call.hook)
    data = fetch(call, needs, caller=caller, parts=parts, deadline=deadline)
    intake = take_in(call, data, needs, parts=parts, deadline=deadline)
    witness, cards = _ask(service, intake, parts)
    if parts.snapshot.document.fhir.validation == "used":
        bad, faulty = used_and_invalid(witness.findings, intake, parts)
        if bad:
            again = take_in(call, data, needs, parts=parts, deadline=deadline, without=bad)
            intake = with_gaps(again, map(gap, faulty))
            _, cards = _ask(service, intake, parts)
    return _finished(cards, intake, service, parts=parts), intake


def _ask(service: Service, intake: Intake, parts: Parts) -> tuple[Witness, Sequence[Card]]:
    witness = Witness(parts.models)
    try:
        return witness, service.answer(intake.case, witness, parts.service_settings(service))
    except ModelError as error:
        raise Unavailable(
            "a model this service needs failed; nothing was checked", audit=f"model: {error.code}"
        ) from error


def _finished(cards: Sequence[Card], intake: Intake, service: Service, *, parts: Parts) -> tuple[Card, ...]:
    """Restore, rank and cut; whatever was not checked or cut is named in a card of its own."""
    settings = parts.service_settings(service)
    kept, cut = rank(cards, limit=settings.max_cards)
    gaps = list(intake.case.gaps)
    if cut:
        gaps.append(Gap(f"{cut} further cards", f"over the limit of {settings.max_cards} cards (max_cards)"))
    done: list[Card] = []
    for card in kept:
        whole, wrong = restored(card, intake.wayback)
        done.append(whole)
        gaps += [Gap(whole.summary[:60], text) for text in wrong]
    if gaps:
        done.append(gap_card(gaps, settings=settings, title=service.title, uuid=str(uuid4())))
    return tuple(done)


def _deliver(
    outcome: Answer, cards: Sequence[Card], service: Service, *, parts: Parts, started: float
) -> Answer:
    """Fit the cards to the EHR, record what is said, and only then say it."""
    caller = outcome.caller
    ehr = profile(caller.client.profile)
    cards = [fitted(card, ehr, caller) for card in cards]
    about = {"service": service.id, "config_revision": parts.snapshot.revision}
    body = wire.response(cards, about=about)
    for card in body["cards"]:
        card["extension"].update(ehr.response.card_extension)
    _record(outcome, cards, service, parts=parts, started=started)
    return replace(outcome, body=body if outcome.sight == "shown" else {"cards": []})


def _record(
    outcome: Answer, cards: Sequence[Card], service: Service, *, parts: Parts, started: float
) -> None:
    now = parts.clock.now()
    privacy = parts.snapshot.document.privacy
    shown = outcome.sight == "shown"
    intake = outcome.intake
    record_id = str(uuid4())
    body = {
        "call": record_id,
        "client": outcome.caller.client.id,
        "service": service.id,
        "hook": outcome.call.hook,
        "profile": outcome.caller.client.profile,
        "config_revision": parts.snapshot.revision,
        "status": 200,
        "cards": [
            {"uuid": c.uuid, "topic": c.topic, "indicator": c.indicator, "model": c.model, "shown": shown}
            for c in cards
        ],
        "missing": [g.what[:80] for g in intake.case.gaps[:20]] if intake else [],
        "silent": not shown,
        "switched_off": intake is None and bool(cards),
        "user_type": outcome.call.context.user_type[:40],
        "duration_ms": round((parts.clock.monotonic() - started) * 1000),
    }
    sealed: tuple[SealedRow, ...] = ()
    if privacy.keep_sealed_days and intake is not None:
        sealed = (
            _sealed(record_id, cards, outcome.call, parts=parts, now=now, days=privacy.keep_sealed_days),
        )
        body["sealed"] = record_id
    parts.recorder.record(
        "answer",
        body,
        sealed=sealed,
        cards=remembered(
            cards,
            caller=outcome.caller,
            service=service.id,
            hook=outcome.call.hook,
            revision=parts.snapshot.revision,
            now=now,
            keep_days=privacy.keep_cards_days,
            shown=shown,
        ),
    )


def _sealed(  # a row of its own
    record_id: str, cards: Sequence[Card], call: Call, *, parts: Parts, now: float, days: int
) -> SealedRow:
    """Return what was said, to whom and about whom, sealed: the audit names it and holds nothing of it."""
    said = {
        "hookInstance": call.hook_instance,
        "user": call.context.raw.get("userId"),
        "patient": call.context.patient_id,
        "cards": [
            {"uuid": c.uuid, "summary": c.summary, "detail": c.detail, "findings": c.findings} for c in cards
        ],
    }
    tenant = parts.settings.tenant
    content = seal(
        parts.keys, orjson.dumps(said), tenant=tenant, record=record_id, field="answer", purpose="answer"
    )
    return SealedRow(record_id, "answer", now, now + days * _SECONDS_PER_DAY, content)


def audit_refusal(error: CdsError, request: Request, hook: str, *, caller: Caller, parts: Parts) -> None:
    """Enter a registered client's refusal into the audit; where that fails too, the refusal itself stands."""
    body = {
        "client": caller.client.id,
        "service": request.service[:80] if request.service in parts.services else "unknown",
        "hook": hook[:80],
        "status": error.status,
        "code": error.code,
        "reason": _reason(error),
    }
    try:
        parts.recorder.record("refusal", body)
    except Unavailable:
        if error.status < 500:
            raise


def _reason(error: CdsError) -> str:
    text = f"{error.pointer} {error.audit}".strip()
    return "".join(c if c.isprintable() else " " for c in text)[:200]
