"""The failure matrix: what a service says when its data is missing, broken, late or paged."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from cds.conformance.calls import authorization
from cds.conformance.ehr import SLOW_SECONDS, Ehr, Seen
from cds.conformance.exchange import Answer, CannotRunError
from cds.conformance.fixtures import fill, operation_outcome
from cds.conformance.subject import Reply, Subject

_TOKEN: Final = "kit-access-token"  # noqa: S105
_FAILURES: Final = ("500", "401", "403", "404", "garbage")
# The whole matrix takes a dozen calls; the services after these get the short form of it.
_IN_FULL: Final = 3
_MOST_PAGES: Final = 200
_EHR_LINES: Final = ("FM6", "FM7", "FM8", "FM11", "D10", "FS-deadline")


def check_matrix(subject: Subject) -> None:
    """Judge the failure matrix on every working service that publishes prefetch."""
    fed = [reply for reply in subject.by_service() if reply.offer.prefetch]
    if not fed:
        for line in ("A5", "D8", "D9", "D10", "FS412", "FS-empty", *(f"FM{n}" for n in range(5, 12))):
            subject.ledger.not_run(line, "no working service publishes prefetch, so none shows required data")
        return
    for reply in fed:
        _check_unavailable(subject, reply)
        _check_null(subject, reply)
    if not subject.exchange.loopback:
        _unjudged(subject, "the kit plays the EHR on loopback, out of reach of a remote service")
        return
    with _ehrs(subject) as (ehr, canary):
        reached = [reply for reply in fed if _check_fetching(subject, reply, ehr)]
        for reply in reached[:_IN_FULL]:
            _check_pages(subject, reply, ehr=ehr, canary=canary)
            _check_partial(subject, reply, ehr)
        for index, reply in enumerate(reached):
            _check_failures(subject, reply, ehr, modes=_FAILURES if index < _IN_FULL else _FAILURES[:1])
        if reached:
            _check_slow(subject, reached[0], ehr)


def judge_unavailable(
    subject: Subject, reply: Reply, answer: Answer, *, words: str, lines: tuple[str, ...]
) -> None:
    """Judge the answer to a call whose data could not be had: 412, never an empty list."""
    empty = answer.status == 200 and not reply_cards(reply, answer)
    subject.ledger.expect("FS-empty", f"{words}: 200 without cards", answer.evidence(), holds=not empty)
    if answer.status == 412:
        named = any(key.encode() in answer.body for key in reply.offer.prefetch)
        subject.ledger.expect("FS412", "412 names no prefetch key", answer.evidence(), holds=named)
    for line in lines:
        reason = f"{reply.offer.name}, {words}: answered {answer.status}, not 412"
        if answer.status == 200 and not empty:
            subject.ledger.warned(
                line, f"{reason}; its cards should say what was not checked", answer.evidence()
            )
        else:
            subject.ledger.expect(line, reason, answer.evidence(), holds=answer.status == 412)


def reply_cards(reply: Reply, answer: Answer) -> list[Mapping[str, Any]]:
    """Return the cards of another answer to the same service."""
    return Reply(offer=reply.offer, request=reply.request, answer=answer).cards


def _check_unavailable(subject: Subject, reply: Reply) -> None:
    answer = _call(subject, reply, prefetch=None)
    judge_unavailable(subject, reply, answer, words="without prefetch and fhirServer", lines=("D8", "FM5"))
    broken = {key: operation_outcome("the read failed") for key in reply.offer.prefetch}
    answer = _call(subject, reply, prefetch=broken)
    words = "with an OperationOutcome for every key"
    judge_unavailable(subject, reply, answer, words=words, lines=("D9", "FM10"))


def _check_null(subject: Subject, reply: Reply) -> None:
    given = _nulled(reply)
    if None not in given.values():
        subject.ledger.not_run("FM9", f"{reply.offer.id} searches for nothing that could be null")
        return
    answer = _call(subject, reply, prefetch=given)
    for line in ("A5", "FM9"):
        reason = f"{reply.offer.name}: null prefetch was answered {answer.status}"
        if answer.status == 412:
            subject.ledger.not_run(line, f"{reason}: those keys may be required")
        else:
            subject.ledger.expect(line, reason, answer.evidence(), holds=answer.status == 200)


def _check_fetching(subject: Subject, reply: Reply, ehr: Ehr) -> bool:
    """Judge reading with and without a token; tell whether the service came to the kit's EHR at all."""
    answer = _call(subject, reply, prefetch=None, server=ehr.base("ok"))
    read = _taken(ehr)
    if not read:
        _check_unread(subject, reply, answer, ehr)
        return False
    reason = f"{reply.offer.name}: prefetch to be read openly was answered {answer.status}"
    for line in ("FM6", "D10"):
        subject.ledger.expect(line, reason, answer.evidence(), holds=answer.status == 200)
    if any(item.authorization for item in read):
        subject.ledger.violated(
            "FM6", "an open EHR was sent an Authorization header", answer.evidence(excerpt="")
        )
    answer = _call(subject, reply, prefetch=None, server=ehr.base("ok"), token=_TOKEN)
    borne = {item.authorization for item in _taken(ehr) if item.query != "metadata"}
    reason = f"{reply.offer.name}: read without the bearer token, or answered {answer.status}"
    for line in ("FM7", "D10"):
        holds = answer.status == 200 and borne == {f"Bearer {_TOKEN}"}
        subject.ledger.expect(line, reason, answer.evidence(), holds=holds)
    return True


def _check_unread(subject: Subject, reply: Reply, answer: Answer, ehr: Ehr) -> None:
    if answer.status == 200 and not reply_cards(reply, answer):
        reason = f"{reply.offer.name} answered an empty list without reading what its templates name"
        subject.ledger.violated("D10", reason, answer.evidence())
        subject.ledger.violated("FM6", reason, answer.evidence())
        return
    _unjudged(subject, f"{reply.offer.id} did not read from the kit's EHR (answered {answer.status})")
    _unjudged(subject, f"register the origin {ehr.origin} to judge reading; --ehr-port gives it a fixed port")


def _check_partial(subject: Subject, reply: Reply, ehr: Ehr) -> None:
    prefetch = dict(reply.request.get("prefetch", {}))
    first = next(iter(prefetch))
    queries = {key: fill(reply.offer.prefetch[key], reply.request["context"]) for key in prefetch}
    if len(set(queries.values())) > 1:
        answer = _call(subject, reply, prefetch={first: prefetch[first]}, server=ehr.base("ok"))
        others = bool(_taken(ehr))
        reason = f"{reply.offer.name}: keys missing from prefetch were not read"
        subject.ledger.expect("D10", reason, answer.evidence(), holds=others and answer.status == 200)
    nulled = _nulled(reply)
    if None in nulled.values():
        answer = _call(subject, reply, prefetch=nulled, server=ehr.base("ok"))
        again = [item for item in _taken(ehr) if item.query != "metadata"]
        reason = f"{reply.offer.name}: a null key was read again"
        subject.ledger.expect("A5", reason, answer.evidence(excerpt=""), holds=not again)


def _check_failures(subject: Subject, reply: Reply, ehr: Ehr, *, modes: tuple[str, ...]) -> None:
    for mode in modes:
        answer = _call(subject, reply, prefetch=None, server=ehr.base(mode), token=_TOKEN)
        words = f"the EHR answering {mode}"
        judge_unavailable(subject, reply, answer, words=words, lines=("D8", "FM8"))
    ehr.forget()


def _check_slow(subject: Subject, reply: Reply, ehr: Ehr) -> None:
    answer = _call(subject, reply, prefetch=None, server=ehr.base("slow"), token=_TOKEN)
    judge_unavailable(subject, reply, answer, words="the EHR timing out", lines=("FM8",))
    reason = f"a slow EHR held up the answer for {answer.seconds:.1f} s"
    evidence = answer.evidence(excerpt="")
    holds = 0 < answer.seconds < SLOW_SECONDS and answer.status > 0
    subject.ledger.expect("FS-deadline", reason, evidence, holds=holds)
    ehr.forget()


def _check_pages(subject: Subject, reply: Reply, *, ehr: Ehr, canary: Ehr) -> None:
    answer = _call(subject, reply, prefetch=None, server=ehr.base("pages"), token=_TOKEN)
    read = _taken(ehr)
    if not any("?" in item.query and "_id=" not in item.query for item in read):
        subject.ledger.not_run("FM11", f"{reply.offer.id} makes no search that could have pages")
        return
    followed = any("page=2" in item.query for item in read)
    reason = f"{reply.offer.name}: the next page was not read"
    for line in ("FM11", "D10"):
        subject.ledger.expect(line, reason, answer.evidence(excerpt=""), holds=followed)
    _check_foreign_page(subject, reply, ehr=ehr, canary=canary)
    answer = _call(subject, reply, prefetch=None, server=ehr.base("endless"), token=_TOKEN)
    pages = len(_taken(ehr))
    reason = f"{reply.offer.name}: {pages} pages of an endless search were read, answered {answer.status}"
    holds = answer.status > 0 and pages <= _MOST_PAGES
    subject.ledger.expect("FM11", reason, answer.evidence(excerpt=""), holds=holds)


def _check_foreign_page(subject: Subject, reply: Reply, *, ehr: Ehr, canary: Ehr) -> None:
    answer = _call(subject, reply, prefetch=None, server=ehr.base("foreign"), token=_TOKEN)
    strayed = _taken(canary)
    ehr.forget()
    reason = f"{reply.offer.name}: a next page on another origin was read"
    subject.ledger.expect("FM11", reason, answer.evidence(excerpt=""), holds=not strayed)
    leaked = any(item.authorization for item in strayed)
    reason = f"{reply.offer.name}: the access token went to another origin"
    subject.ledger.expect("FM7", reason, answer.evidence(excerpt=""), holds=not leaked)


def _nulled(reply: Reply) -> dict[str, Any]:
    given = reply.request.get("prefetch", {})
    return {key: None if "?" in reply.offer.prefetch[key] else value for key, value in given.items()}


def _call(
    subject: Subject,
    reply: Reply,
    *,
    prefetch: Mapping[str, Any] | None,
    server: str | None = None,
    token: str | None = None,
) -> Answer:
    left_out = {"prefetch", "fhirServer", "fhirAuthorization"}
    body = {name: value for name, value in reply.request.items() if name not in left_out}
    body["hookInstance"] = str(uuid.uuid4())
    if prefetch is not None:
        body["prefetch"] = dict(prefetch)
    if server is not None:
        body["fhirServer"] = server
    if token is not None:
        body["fhirAuthorization"] = authorization(body, token=token)
    return subject.exchange.call(reply.offer.id, body)


def _taken(ehr: Ehr) -> tuple[Seen, ...]:
    seen = ehr.seen()
    ehr.forget()
    return seen


def _unjudged(subject: Subject, reason: str) -> None:
    for line in _EHR_LINES:
        subject.ledger.not_run(line, reason)


@contextmanager
def _ehrs(subject: Subject) -> Iterator[tuple[Ehr, Ehr]]:
    options = subject.options
    with Ehr(patient=options.patient) as canary:
        try:
            ehr = Ehr(port=options.ehr_port, patient=options.patient, elsewhere=canary.origin)
        except OSError as taken:
            message = f"port {options.ehr_port} for the kit's EHR cannot be opened: {taken}"
            raise CannotRunError(message) from taken
        with ehr:
            yield ehr, canary
