"""Section H: each hook's context, with fields left out, of a wrong type, and in the forms clients send."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

from cds.conformance.discovery import check_hook_names
from cds.conformance.exchange import Answer
from cds.conformance.hook_table import DEPRECATED, HOOKS
from cds.conformance.subject import Reply, Subject
from cds.conformance.transport import check_pointers

_WRONG: Final[Mapping[str, Any]] = {
    "user": 7,
    "id": ["x"],
    "reference": {"reference": "Organization/x"},
    "references": "ServiceRequest/x",
    "bundle": "a Bundle",
    "resources": "a Task",
    "resource": "a resource",
}

Context = dict[str, Any]


def check_contexts(subject: Subject) -> None:
    """Judge section H on one working service for each hook."""
    check_hook_names(subject, library=frozenset(HOOKS), deprecated=DEPRECATED)
    for hook in HOOKS:
        line = f"H.{hook}"
        reply = next((reply for reply in subject.working() if reply.offer.hook == hook), None)
        if reply is not None:
            _check_hook(subject, line, reply)
        elif any(offer.hook == hook for offer in subject.offers):
            subject.ledger.not_run(line, "no complete call was answered with 200")
        else:
            subject.ledger.not_run(line, "no service on this hook")


def _check_hook(subject: Subject, line: str, reply: Reply) -> None:
    hook = reply.offer.hook
    context = dict(reply.request["context"])
    for words, broken, pointer in _refusable(hook, context):
        answer = _call(subject, reply, broken)
        check_pointers(subject, answer, pointer=pointer)
        reason = f"{words} was answered {answer.status}"
        subject.ledger.expect(line, reason, answer.evidence(pointer), holds=answer.refused)
    for words, odd in _odd(context):
        answer = _call(subject, reply, odd)
        if not answer.refused:
            reason = f"{words} was answered {answer.status}"
            subject.ledger.warned(line, reason, answer.evidence())
    _check_minimal(subject, line, reply, context)
    for words, variant in _variants(hook, context):
        answer = _call(subject, reply, variant)
        reason = f"{words} was answered {answer.status}"
        subject.ledger.expect(line, reason, answer.evidence(), holds=answer.status == 200)


def _check_minimal(subject: Subject, line: str, reply: Reply, context: Context) -> None:
    fields = [field.name for field in HOOKS[reply.offer.hook] if field.required]
    answer = _call(subject, reply, {name: context[name] for name in fields})
    # A template may name an optional field: then its data cannot be had, which 412 says.
    needed = any(
        f"context.{name}" in query for query in reply.offer.prefetch.values() for name in _optional(reply)
    )
    holds = answer.status == 200 or (needed and answer.status == 412)
    reason = f"a context without its optional fields was answered {answer.status}"
    subject.ledger.expect(line, reason, answer.evidence(), holds=holds)


def _optional(reply: Reply) -> list[str]:
    return [field.name for field in HOOKS[reply.offer.hook] if not field.required]


def _refusable(hook: str, context: Context) -> Iterator[tuple[str, Context, str]]:
    for field in HOOKS[hook]:
        pointer = f"/context/{field.name}"
        if field.required:
            rest = {name: value for name, value in context.items() if name != field.name}
            yield f"a context without {field.name}", rest, pointer
        yield f"a {field.name} of the wrong type", context | {field.name: _WRONG[field.kind]}, pointer


def _odd(context: Context) -> Iterator[tuple[str, Context]]:
    yield "a patientId with a resource type", context | {"patientId": f"Patient/{context['patientId']}"}
    if "userId" in context:
        yield "a userId without a resource type", context | {"userId": "someone"}


def _variants(hook: str, context: Context) -> Iterator[tuple[str, Context]]:
    if hook == "allergyintolerance-create":
        wrapped = {"resource": context["allergyIntolerance"]}
        yield "an allergyIntolerance wrapped in resource", context | {"allergyIntolerance": wrapped}
    if "draftOrders" in context:
        drafts = {name: value for name, value in context["draftOrders"].items() if name != "type"}
        entries = [{"resource": _without_intent(entry["resource"])} for entry in drafts["entry"]]
        loose = context | {"draftOrders": drafts | {"entry": entries}}
        yield "draft orders as the public sandbox sends them (no type, no intent)", loose


def _without_intent(resource: Mapping[str, Any]) -> Context:
    return {name: value for name, value in resource.items() if name != "intent"}


def _call(subject: Subject, reply: Reply, context: Context) -> Answer:
    body = {**reply.request, "context": context, "hookInstance": str(uuid.uuid4())}
    return subject.exchange.call(reply.offer.id, body)
