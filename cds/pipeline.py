"""The path of one call, from bytes to cards. READ THIS FIRST.

Each stage makes a new value from the one before; a stage that fails raises one of `cds.errors`, which knows
its HTTP status. Real ids and whole originals live in `Pseudonyms` and `Originals` and die with the call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import orjson

from cds.account import Told, enter_answer, enter_refusal, refusal_of
from cds.config.document import ServiceConfig
from cds.config.rollout import Sight, rank, sight
from cds.delivery import fitted, restored
from cds.errors import LATE, BadRequest, NotFound, Unauthorized, Unavailable
from cds.hooks import wire
from cds.hooks.call import Call, parse
from cds.hooks.cards import Card
from cds.hooks.prefetch import LeftOut
from cds.hooks.profiles import profile
from cds.intake import Intake, fetch, gap, take_in, used_and_invalid, with_gaps
from cds.parts import Parts
from cds.repeats import NOTHING, Advice, Spared, Wishes, wishes
from cds.services.base import Gap, Service, Until
from cds.services.gaps import NOT_CHECKED, gap_card, switched_off_card
from cds.trust.callers import ANONYMOUS, Caller
from cds.trust.tokens import verify
from cds.witness import Told as Heard
from cds.witness import Witness
from models.base import ModelError, OutOfTime

_TO_COMPUTE = 0.1
"""Seconds of a call's time, or a quarter of it where that is less, that no EHR may wait away."""


@dataclass(frozen=True, slots=True)
class Request:
    """What came over HTTP: the service's id, the body, the bearer token, the URL as the client wrote it."""

    service: str
    body: bytes = field(repr=False)
    token: str = field(repr=False)
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The cards as JSON object and as the bytes that are sent, and what the playground shows beside them."""

    body: Mapping[str, Any] = field(repr=False)
    caller: Caller
    call: Call
    intake: Intake | None = None
    sight: Sight = "shown"
    spared: Spared = NOTHING
    content: bytes = field(default=b"", repr=False)


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
        _check_hook(service, call, parts)
        hook = call.hook
        return _answer(call, service, caller=caller, parts=parts, started=started)
    except Exception as error:
        # Whatever went wrong, the audit holds that this client was given no answer, and why.
        refusal = refusal_of(error)
        enter_refusal(refusal, service=request.service, hook=hook, caller=caller, parts=parts)
        if refusal.status == 500:
            raise
        raise refusal from error


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
        cards, intake, spared = _advise(call, service, caller=caller, parts=parts, deadline=deadline)
        sees = _sight(config, call, caller, parts)
        outcome = replace(outcome, intake=intake, sight=sees, spared=spared)
    return _deliver(outcome, cards, service, parts=parts, started=started)


def _switched_off(service: Service, parts: Parts) -> Card:
    settings = parts.service_settings(service)
    text = parts.snapshot.document.texts.switched_off
    return switched_off_card(text, settings=settings, title=service.title, uuid=str(uuid4()))


def _sight(config: ServiceConfig, call: Call, caller: Caller, parts: Parts) -> Sight:
    # Only a share of patients is drawn by who they are; the key of nobody else is worked out.
    drawn = config.rollout.mode == "percent"
    key = parts.subject_key(caller.client.issuer, call.context.patient_id) if drawn else b""
    return sight(config.rollout, user=str(call.context.raw.get("userId", "")), subject_key=key)


def _advise(
    call: Call, service: Service, *, caller: Caller, parts: Parts, deadline: Until
) -> tuple[tuple[Card, ...], Intake, Spared]:
    """Return the service's cards on this call, restored and ranked, with a card for what was not checked."""
    asked = wishes(call, parts.snapshot.service(service.id).no_repeat)
    needs = service.needs(call.hook)
    reading = deadline.earlier(min(_TO_COMPUTE, deadline.left() / 4))
    data = fetch(call, needs, caller=caller, parts=parts, deadline=reading)
    without: frozenset[int] = frozenset()
    faulty: tuple[LeftOut, ...] = ()
    heard: Heard = {}
    while True:
        intake = take_in(call, data, needs, parts=parts, deadline=deadline, without=without)
        witness, cards = _ask(service, intake, parts, asked, heard)
        refs = (*witness.refs, *(ref for card in cards for ref in card.refs))
        # What takes an invalid value's place may be invalid too; by the third time all has been looked at.
        invalid, more = used_and_invalid(refs, intake, parts, whole=bool(without))
        if not invalid:
            break
        without, faulty = without | invalid, faulty + more
    intake = with_gaps(intake, (*map(gap, faulty), *_undone(witness, cards)))
    said = _advice(call, service, intake, caller=caller, parts=parts)
    cards, spared = said.without_repeats(cards, asked)
    return _finished(cards, intake, service, parts=parts), intake, spared


def _advice(call: Call, service: Service, intake: Intake, *, caller: Caller, parts: Parts) -> Advice:
    drafts = frozenset(draft["id"] for draft in intake.case.drafts)
    return Advice(service.id, call, caller, intake.wayback, drafts, parts)


def _ask(
    service: Service, intake: Intake, parts: Parts, asked: Wishes, heard: Heard
) -> tuple[Witness, Sequence[Card]]:
    witness = Witness(parts.models, intake.case.deadline, heard)
    case = replace(intake.case, deadline=witness)
    settings = parts.service_settings(service)
    if changed := asked.options(settings.options):
        settings = replace(settings, options={**settings.options, **changed})
    try:
        return witness, service.answer(case, witness, settings)
    except OutOfTime as error:
        raise Unavailable(f"{LATE}; nothing was checked", audit="deadline") from error
    except ModelError as error:
        raise Unavailable(
            "a model this service needs failed; nothing was checked", audit=f"model: {error.code}"
        ) from error


def _undone(witness: Witness, cards: Sequence[Card]) -> tuple[Gap, ...]:
    """Return the gap that a lack of time left; raise where nothing was finished.

    A service that was told that no time is left may have kept silent about what it did not do.
    """
    if not witness.ran_out:
        return ()
    if not witness.finished_something and all(card.about == "gap" for card in cards):
        raise Unavailable(f"{LATE}; nothing was checked", audit="deadline")
    named = any(card.about == "gap" for card in cards)
    return () if named else (Gap("part of what this service checks", LATE),)


def _finished(cards: Sequence[Card], intake: Intake, service: Service, *, parts: Parts) -> tuple[Card, ...]:
    """Restore, rank and cut; whatever was not checked or cut is named in a card of its own."""
    settings = parts.service_settings(service)
    kept, cut = rank(cards, limit=settings.max_cards)
    gaps = list(intake.case.gaps)
    if cut:
        gaps.append(Gap(f"{cut} further cards", f"over the limit of {settings.max_cards} cards (max_cards)"))
    done: list[Card] = []
    for card in kept:
        if gaps and card.topic == NOT_CHECKED:
            # One card names all that was not checked: what the service could not do first.
            gaps = [*(Gap(row["item"], row["reason"]) for row in card.findings), *gaps]
            continue
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
    caller, intake = outcome.caller, outcome.intake
    ehr = profile(caller.client.profile)
    cards = [fitted(card, ehr, caller) for card in cards]
    about = {"service": service.id, "config_revision": parts.snapshot.revision}
    body = wire.response(cards, about=about)
    for card in body["cards"]:
        card["extension"].update(ehr.response.card_extension)
    shown = outcome.sight == "shown"
    told = Told(
        call=outcome.call,
        caller=caller,
        service=service.id,
        cards=cards,
        gaps=intake.case.gaps if intake else (),
        shown=shown,
        checked=intake is not None,
        started=started,
        spared=outcome.spared,
    )
    said = body if shown else {"cards": []}
    # Made into bytes first: what cannot be sent is not recorded as said.
    content = _json(said)
    enter_answer(told, parts)
    if shown and intake and wishes(outcome.call, parts.snapshot.service(service.id).no_repeat).remember:
        _advice(outcome.call, service, intake, caller=caller, parts=parts).remember(cards)
    return replace(outcome, body=said, content=content)


def _json(body: Mapping[str, Any]) -> bytes:
    return orjson.dumps(body)
