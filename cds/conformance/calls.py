"""Section D: how calls are answered, good ones and malformed ones."""

import statistics
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

from cds.conformance.exchange import Answer, service_path
from cds.conformance.fixtures import context_for, fill, request_for
from cds.conformance.hook_table import HOOKS
from cds.conformance.subject import Offer, Reply, Subject
from cds.conformance.transport import check_pointers

_SLOW: Final = 0.5
# Beyond any limit a service of text needs; ten times what HTTP servers accept by default.
_HUGE_BYTES: Final = 20 * 1024 * 1024
_EHR: Final = "https://ehr.invalid/fhir"
_AUTHORIZATION_MEMBERS: Final = ("access_token", "token_type", "expires_in", "scope", "subject")

Body = dict[str, Any]


def baseline(subject: Subject) -> tuple[Reply, ...]:
    """Make a good call for each service on each hook, then one a service on a record that holds markup."""
    each = {offer.id: offer for offer in reversed(subject.offers)}
    plans = [(offer, False) for offer in subject.offers] + [(offer, True) for offer in each.values()]
    return tuple(
        Reply(offer=offer, request=body, answer=subject.exchange.call(offer.id, body))
        for offer, planted in plans
        for body in [_body(subject, offer, planted=planted)]
    )


def check_calls(subject: Subject) -> None:
    """Judge section D as far as it needs no EHR."""
    _check_good(subject)
    _check_unknown(subject)
    _check_wrong_hook(subject)
    subject.ledger.not_run("D11", "what a service stores or logs is not seen from outside")
    working = subject.by_service()
    if not working:
        return
    reply = working[0]
    _check_malformed(subject, reply)
    _check_authorization(subject, reply)
    _check_extra(subject, reply)
    _check_repeat(subject, reply)
    _check_transport(subject, reply)


def _body(subject: Subject, offer: Offer, *, planted: bool) -> Body:
    options = subject.options
    body = request_for(offer, patient=options.patient, planted=planted)
    if options.fhir_server is None or planted:
        return body
    body["fhirServer"] = options.fhir_server
    body["prefetch"] = dict(_real(subject, offer, context=body["context"], server=options.fhir_server))
    return body if body["prefetch"] else {name: body[name] for name in body if name != "prefetch"}


def _real(
    subject: Subject, offer: Offer, *, context: Mapping[str, Any], server: str
) -> Iterator[tuple[str, Any]]:
    """Answer the templates from the named FHIR server, as the EHR in front of it would."""
    for key, template in offer.prefetch.items():
        query = fill(template, context)
        url = f"{server.rstrip('/')}/{query}"
        found = subject.exchange.read(url, token=subject.options.access_token) if query else None
        if found is not None:
            yield key, found


def _check_good(subject: Subject) -> None:
    ledger = subject.ledger
    for reply in subject.replies[: len(subject.offers)]:
        answer = reply.answer
        if reply.offer.hook not in HOOKS:
            ledger.not_run("FM4", f"the context of {reply.offer.hook} is not known to the kit")
            continue
        reason = f"{reply.offer.name}: a complete call was answered {answer.status}"
        hint = ": register the kit's issuer and key" if answer.status == 401 else ""
        for line in ("D1", "FM4"):
            ledger.expect(line, reason + hint, answer.evidence(), holds=answer.status == 200)
    times = [reply.answer.seconds for reply in subject.working()]
    if times:
        median = statistics.median(times)
        evidence = subject.working()[0].answer.evidence(excerpt=f"{median * 1000:.0f} ms")
        ledger.expect("D7", "the median call took longer than 500 ms", evidence, holds=median <= _SLOW)


def _check_unknown(subject: Subject) -> None:
    patient = subject.options.patient
    offer = Offer(id=f"no-such-service-{uuid.uuid4().hex[:8]}", hook="patient-view", prefetch={}, pointer="")
    answer = subject.exchange.call(offer.id, request_for(offer, patient=patient))
    for line in ("D6", "FM1", "FS404"):
        reason = f"an unknown id was answered {answer.status}, not 404"
        subject.ledger.expect(line, reason, answer.evidence(), holds=answer.status == 404)


def _check_wrong_hook(subject: Subject) -> None:
    for reply in subject.by_service():
        taken = {offer.hook for offer in subject.offers if offer.id == reply.offer.id}
        other = next((hook for hook in tuple(HOOKS)[::-1] if hook not in taken), None)
        if other is None:
            subject.ledger.not_run("D5", f"{reply.offer.id} is published for every hook")
            continue
        context = context_for(other, patient=subject.options.patient)
        answer = subject.exchange.call(reply.offer.id, {**reply.request, "hook": other, "context": context})
        for line in ("D5", "FM3"):
            reason = f"{reply.offer.id} answered {answer.status} to {other}, for which it is not published"
            subject.ledger.expect(line, reason, answer.evidence(), holds=answer.status == 400)


def _check_malformed(subject: Subject, reply: Reply) -> None:
    cases: Mapping[str, Any] = {
        "without hook": _without(reply.request, "hook"),
        "without hookInstance": _without(reply.request, "hookInstance"),
        "with a hookInstance that is no UUID": {**reply.request, "hookInstance": "not-a-uuid"},
        "without context": _without(reply.request, "context"),
        "with a context that is text": {**reply.request, "context": "patient"},
        "that is an array": [reply.request],
    }
    for words, body in cases.items():
        answer = subject.exchange.call(reply.offer.id, body)
        if words == "without context":
            check_pointers(subject, answer, pointer="/context")
        reason = f"a call {words} was answered {answer.status}"
        subject.ledger.expect("D1", reason, answer.evidence(), holds=answer.refused)
    broken = subject.exchange.send("POST", service_path(reply.offer.id), content=b'{"hook": "patient-view",')
    reason = f"bad JSON was answered {broken.status}, not 400"
    subject.ledger.expect("FM2", reason, broken.evidence(), holds=broken.status == 400)
    subject.ledger.expect("D1", reason, broken.evidence(), holds=broken.refused)


def _check_authorization(subject: Subject, reply: Reply) -> None:
    server = subject.options.fhir_server or _EHR
    good: Body = {**reply.request, "fhirServer": server, "fhirAuthorization": authorization(reply.request)}
    control = subject.exchange.call(reply.offer.id, {**good, "hookInstance": str(uuid.uuid4())})
    if control.status != 200:
        reason = f"a good fhirServer was answered {control.status}: pass --fhir-server with a registered one"
        subject.ledger.not_run("D2", reason)
        subject.ledger.not_run("D3", reason)
        return
    alone = subject.exchange.call(reply.offer.id, _without(good, "fhirServer"))
    reason = f"fhirAuthorization without fhirServer was answered {alone.status}"
    subject.ledger.expect("D2", reason, alone.evidence(), holds=alone.refused)
    for words, granted in _bad_grants(good["fhirAuthorization"]):
        answer = subject.exchange.call(reply.offer.id, {**good, "fhirAuthorization": granted})
        reason = f"fhirAuthorization {words} was answered {answer.status}"
        subject.ledger.expect("D3", reason, answer.evidence(), holds=answer.refused)


def authorization(request: Mapping[str, Any], *, token: str = "kit-access-token") -> Body:  # noqa: S107
    """Return a fhirAuthorization; its default token opens nothing."""
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.read",
        "subject": "clinicards-conformance",
        "patient": str(request["context"].get("patientId", "")),
    }


def _bad_grants(good: Body) -> Iterator[tuple[str, Body]]:
    for name in _AUTHORIZATION_MEMBERS:
        yield f"without {name}", _without(good, name)
    yield "of token_type bearer", good | {"token_type": "bearer"}
    yield "with expires_in as text", good | {"expires_in": "300"}


def _check_extra(subject: Subject, reply: Reply) -> None:
    context = {**reply.request["context"], "org.clinicards.unknown": "x"}
    extras = {
        "extension": {"com.epic.cdshooks.request.bpa-trigger-action": "23", "org.clinicards.kit": {"a": 1}},
        "somethingUnknown": [1, 2],
        "context": context,
    }
    answer = subject.exchange.call(reply.offer.id, {**reply.request, **extras})
    reason = f"unknown members and extension were answered {answer.status}"
    subject.ledger.expect("D4", reason, answer.evidence(), holds=answer.status == 200)


def _check_repeat(subject: Subject, reply: Reply) -> None:
    answer = subject.exchange.call(reply.offer.id, reply.request)
    reason = f"a repeated hookInstance was answered {answer.status}"
    subject.ledger.expect("D13", reason, answer.evidence(), holds=answer.status == reply.answer.status)


def _check_transport(subject: Subject, reply: Reply) -> None:
    path = service_path(reply.offer.id)
    for method in ("GET", "PUT", "DELETE"):
        _status(subject, subject.exchange.send(method, path), wanted=405, line="FS405")
    as_text = {"Content-Type": "text/plain"}
    typed = subject.exchange.send("POST", path, body=dict(reply.request), headers=as_text)
    _status(subject, typed, wanted=415, line="FS415")
    if not subject.exchange.loopback:
        subject.ledger.not_run("FS413", "a huge body is sent to services on loopback only")
        return
    pad = {**reply.request, "extension": {"org.clinicards.pad": "x" * _HUGE_BYTES}}
    _status(subject, subject.exchange.call(reply.offer.id, pad), wanted=413, line="FS413")


def _status(subject: Subject, answer: Answer, *, wanted: int, line: str) -> None:
    for check in ("D14", line):
        reason = f"answered {answer.status or answer.error}, not {wanted}"
        subject.ledger.expect(check, reason, answer.evidence(), holds=answer.status == wanted)


def _without(body: Mapping[str, Any], name: str) -> Body:
    return {key: value for key, value in body.items() if key != name}
