"""Section F: feedback about cards that the service has just sent."""

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from cds.conformance.exchange import Answer, service_path
from cds.conformance.subject import Reply, Subject
from cds.conformance.violations import members

_OWN: Final = "statistics of feedback are read from the service's own administration"
_ABSENT: Final = frozenset({404, 405, 501})

Item = dict[str, Any]


def check_feedback(subject: Subject) -> None:
    """Judge section F on the first service that sent a card with a uuid."""
    ledger = subject.ledger
    ledger.not_run("F4", _OWN)
    reply = next((reply for reply in subject.working() if _card(reply)), None)
    if reply is None:
        for line in ("F1", "F2", "F3", "F5"):
            ledger.not_run(line, "no card with a uuid was answered, so there is nothing to give feedback on")
        return
    good = _overridden(str(_card(reply)["uuid"]))
    first = _send(subject, reply, good)
    if first.status in _ABSENT and _absent(subject, reply):
        for line in ("F1", "F2", "F3", "F5"):
            ledger.not_run(line, f"{reply.offer.id} takes no feedback ({first.status})")
        return
    reason = f"good feedback was answered {first.status}, not 200"
    _must(subject, "F1", reason, first, holds=first.status == 200)
    if first.status == 200:
        _check_repeats(subject, reply, good)
        _check_refusals(subject, reply, good)
        _check_authentication(subject, reply, good)


def _check_repeats(subject: Subject, reply: Reply, good: Item) -> None:
    again = _send(subject, reply, good)
    _must(subject, "F3", f"repeated feedback was answered {again.status}", again, holds=again.status == 200)
    later = good | {"outcomeTimestamp": _instant()}
    both = _send(subject, reply, later, _accepted(reply) or later)
    _must(subject, "F3", f"two items were answered {both.status}", both, holds=both.status == 200)


def _check_refusals(subject: Subject, reply: Reply, good: Item) -> None:
    for words, body in _malformed(good):
        answer = subject.exchange.feedback(reply.offer.id, body)
        reason = f"feedback {words} was answered {answer.status}"
        _must(subject, "F2", reason, answer, holds=answer.refused)
    answer = _send(subject, reply, _overridden(str(uuid.uuid4())))
    if answer.refused:
        subject.ledger.ok("F2")
    else:
        reason = f"feedback on a card that was never sent was answered {answer.status}"
        note = subject.ledger.warned if 200 <= answer.status < 300 else subject.ledger.failed
        note("F2", reason, answer.evidence())


def _check_authentication(subject: Subject, reply: Reply, good: Item) -> None:
    exchange, ledger = subject.exchange, subject.ledger
    if exchange.credentials is None:
        ledger.not_run("F5", "needs --issuer and --key")
        return
    path = service_path(reply.offer.id)
    body = {"feedback": [good]}
    without = exchange.feedback(reply.offer.id, body, token=None)
    if exchange.call(reply.offer.id, dict(reply.request), token=None).status == 401:
        reason = f"calls demand a token, feedback without one was answered {without.status}"
        _must(subject, "F5", reason, without, holds=without.status == 401)
    forged = exchange.feedback(reply.offer.id, body, token="not.a.token")  # noqa: S106
    _must(subject, "F5", f"a forged token was answered {forged.status}", forged, holds=forged.status == 401)
    borrowed = exchange.feedback(reply.offer.id, body, token=exchange.token(path))
    if borrowed.status == 200:
        reason = "a token whose aud is the service, not its feedback URL, was accepted"
        ledger.warned("F5", reason, borrowed.evidence())


def _malformed(good: Item) -> Iterator[tuple[str, Any]]:
    yield "that is no object", [good]
    yield "without the array feedback", {"card": good["card"]}
    yield "whose feedback is no array", {"feedback": good}
    for words, item in _malformed_items(good):
        yield words, {"feedback": [item]}


def _malformed_items(good: Item) -> Iterator[tuple[str, Item]]:
    for name in ("card", "outcome", "outcomeTimestamp"):
        yield f"without {name}", {key: value for key, value in good.items() if key != name}
    yield "of an unknown outcome (cds-fb-1)", good | {"outcome": "ignored"}
    yield "accepted without acceptedSuggestions (cds-fb-2)", good | {"outcome": "accepted"}
    yield "with an empty overrideReason (cds-fb-3)", good | {"overrideReason": {}}
    yield "with a timestamp that is no RFC 3339 instant", good | {"outcomeTimestamp": "yesterday"}


def _absent(subject: Subject, reply: Reply) -> bool:
    """Tell an endpoint that is not there from one that refuses a good card."""
    return subject.exchange.feedback(reply.offer.id, {}).status in _ABSENT


def _card(reply: Reply) -> Mapping[str, Any]:
    return next((card for card in reply.cards if isinstance(card.get("uuid"), str)), {})


def _overridden(card: str) -> Item:
    return {
        "card": card,
        "outcome": "overridden",
        "outcomeTimestamp": _instant(),
        "overrideReason": {"userComment": "conformance run"},
    }


def _accepted(reply: Reply) -> Item | None:
    for card in reply.cards:
        offered = members(card.get("suggestions"), check="E9", pointer="")[0]
        named = [one["uuid"] for _, one in offered if isinstance(one.get("uuid"), str)]
        if named and isinstance(card.get("uuid"), str):
            chosen = {"outcome": "accepted", "acceptedSuggestions": [{"id": named[0]}]}
            return {"card": card["uuid"], "outcomeTimestamp": _instant()} | chosen
    return None


def _instant() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _send(subject: Subject, reply: Reply, *items: Item) -> Answer:
    return subject.exchange.feedback(reply.offer.id, {"feedback": list(items)})


def _must(subject: Subject, line: str, reason: str, answer: Answer, *, holds: bool) -> None:
    if holds:
        subject.ledger.ok(line)
    else:
        subject.ledger.failed(line, reason, answer.evidence())
