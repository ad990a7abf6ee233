"""Check the body of any CDS Hooks response, without knowing the service or asking the network."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from cds.conformance.actions import (
    check_actions,
    check_links,
    check_override_reasons,
    check_suggestions,
    check_targets,
)
from cds.conformance.subject import Reply, Subject
from cds.conformance.violations import (
    Violation,
    Violations,
    absolute,
    at,
    coding,
    empties,
    extension,
    members,
    one_of,
    step,
    text,
    unknown,
)

_LONGEST_SUMMARY: Final = 139
_INDICATORS: Final = frozenset({"info", "warning", "critical"})
_BODY: Final = frozenset({"cards", "systemActions"})
_CARD: Final = frozenset(
    {
        "uuid",
        "summary",
        "detail",
        "indicator",
        "source",
        "suggestions",
        "selectionBehavior",
        "overrideReasons",
        "links",
    }
)
# Raw markup that a rendering client would execute, not escaped and not opening a code span.
_EXECUTABLE: Final = re.compile(
    r"(?<![\\`])<\s*(script|iframe|object|embed|[a-z]+\s[^>]*\bon[a-z]+\s*=)|\]\(\s*javascript:",
    re.IGNORECASE,
)
# The lines a card exercises by holding a member; the others are exercised by every card.
_SHOWN_BY: Final[Mapping[str, str]] = {
    "E5": "detail",
    "E6": "uuid",
    "E7": "suggestions",
    "E8": "overrideReasons",
    "E9": "suggestions",
    "E13": "links",
}


def check_response(
    body: Any, *, hook: str, version: str = "2.0", request: Mapping[str, Any] | None = None
) -> list[Violation]:
    """List every breach in a response body to a call of `hook`; `request` allows to judge targets (E15)."""
    if not isinstance(body, dict):
        return [Violation(check="E1", pointer="", message="the body must be an object with cards")]
    found = list(empties(body, allowed=frozenset({"/cards"})))
    found += _top(body)
    for place, card in members(body.get("cards"), check="E1", pointer="/cards")[0]:
        found += _card(card, pointer=place, version=version)
    found += _uuids(body)
    return found + (list(check_targets(body, hook=hook, request=request)) if request else [])


def exercised(body: Any) -> frozenset[str]:
    """Name the lines of section E that a response body puts to the test."""
    cards = [card for _, card in members(_member(body, "cards"), check="E1", pointer="")[0]]
    lines = {"E1"} | ({"E2", "E3", "E4"} if cards else {"E16"})
    lines |= {line for line, name in _SHOWN_BY.items() if any(name in card for card in cards)}
    suggestions = [
        item for card in cards for _, item in members(card.get("suggestions"), check="E9", pointer="")[0]
    ]
    if any("actions" in item for item in suggestions):
        lines |= {"E10", "E15"}
    if any("actionSelectionBehavior" in item for item in suggestions):
        lines.add("E12")
    return frozenset(lines | ({"E14"} if _member(body, "systemActions") is not None else set()))


def check_cards(subject: Subject) -> None:
    """Judge section E on every answer to a good call."""
    ledger = subject.ledger
    ledger.not_run("E11", "how a client applies several actions is not seen in a response")
    working = subject.working()
    if not working:
        ledger.not_run("E1", "no good call was answered with 200")
        return
    for reply in working:
        _judge(subject, reply)
    for reply in subject.replies:
        if reply.answer.status in {204, 404}:
            ledger.violated("E16", "a good call is answered with 200 and cards", reply.answer.evidence())
    if not ledger.seen("E14"):
        ledger.not_run("E14", "no response held systemActions")


def _judge(subject: Subject, reply: Reply) -> None:
    body = reply.answer.document
    hook, version = reply.offer.hook, reply.offer.version
    found = check_response(body, hook=hook, version=version, request=reply.request)
    # A3 is judged on all answers of a run together.
    for breach in (breach for breach in found if breach.check != "A3"):
        value = at(body, breach.pointer)
        shown = "" if value is None else str(value)
        evidence = reply.answer.evidence(breach.pointer, shown)
        note = subject.ledger.warned if breach.severity == "warn" else subject.ledger.failed
        note(breach.check, breach.message, evidence)
    broken = {breach.check for breach in found}
    for line in exercised(body) - broken:
        subject.ledger.ok(line)


def _member(body: Any, name: str) -> Any:
    return body.get(name) if isinstance(body, dict) else None


def _top(body: Mapping[str, Any]) -> Violations:
    if "cards" not in body:
        yield Violation(check="E1", pointer="/cards", message="cards is required, even if empty")
    else:
        yield from members(body["cards"], check="E1", pointer="/cards")[1]
    yield from unknown(body, _BODY, check="E1", pointer="")
    yield from extension(body, check="E1", pointer="")
    if "systemActions" in body:
        actions = body["systemActions"]
        yield from check_actions(actions, pointer="/systemActions", check="E14", described=False)


def _card(card: Mapping[str, Any], *, pointer: str, version: str) -> Violations:
    yield from _summary(card, pointer=pointer)
    yield from _detail(card, pointer=pointer)
    if not one_of(card.get("indicator"), _INDICATORS):
        message = "indicator must be info, warning or critical"
        yield Violation(check="E3", pointer=step(pointer, "indicator"), message=message)
    yield from _source(card.get("source"), pointer=step(pointer, "source"))
    yield from _uuid(card, pointer=pointer)
    yield from unknown(card, _CARD, check="E1", pointer=pointer)
    yield from extension(card, check="E1", pointer=pointer)
    yield from check_suggestions(card, pointer=pointer, version=version)
    yield from check_override_reasons(card, pointer=pointer)
    yield from check_links(card, pointer=pointer)


def _summary(card: Mapping[str, Any], *, pointer: str) -> Violations:
    yield from text(card, "summary", check="E2", pointer=pointer)
    summary = card.get("summary")
    if isinstance(summary, str) and len(summary) > _LONGEST_SUMMARY:
        message = f"summary has {len(summary)} characters; fewer than 140 are allowed"
        yield Violation(check="E2", pointer=step(pointer, "summary"), message=message)


def _detail(card: Mapping[str, Any], *, pointer: str) -> Violations:
    yield from text(card, "detail", check="E5", pointer=pointer, required=False)
    detail = card.get("detail")
    if isinstance(detail, str) and _EXECUTABLE.search(detail):
        message = "detail holds markup that a client may execute"
        yield Violation(check="E5", pointer=step(pointer, "detail"), message=message)


def _source(source: Any, *, pointer: str) -> Violations:
    if not isinstance(source, dict):
        yield Violation(check="E4", pointer=pointer, message="source is required, as an object")
        return
    yield from text(source, "label", check="E4", pointer=pointer)
    yield from absolute(source, "url", check="E4", pointer=pointer)
    yield from absolute(source, "icon", check="E4", pointer=pointer)
    yield from unknown(source, frozenset({"label", "url", "icon", "topic"}), check="E4", pointer=pointer)
    if "topic" in source:
        yield from coding(source["topic"], check="E4", pointer=step(pointer, "topic"), display=False)


def _uuid(card: Mapping[str, Any], *, pointer: str) -> Violations:
    yield from text(card, "uuid", check="E6", pointer=pointer, required=False)
    if "uuid" not in card:
        message = "without uuid no feedback can name this card"
        yield Violation(check="E6", pointer=step(pointer, "uuid"), message=message, severity="warn")


def _uuids(body: Mapping[str, Any]) -> Violations:
    cards = members(body.get("cards"), check="E1", pointer="/cards")[0]
    counts = Counter(card["uuid"] for _, card in cards if isinstance(card.get("uuid"), str))
    for place, card in cards:
        if isinstance(card.get("uuid"), str) and counts[card["uuid"]] > 1:
            yield Violation(check="E6", pointer=step(place, "uuid"), message="two cards share one uuid")
