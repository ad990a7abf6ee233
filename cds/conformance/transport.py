"""What every answer of a run must keep to: JSON (A1, A3, A4), error bodies (D12), statuses (FS)."""

import re
from collections.abc import Iterable
from typing import Any, Final

from cds.conformance.exchange import DISCOVERY, Answer
from cds.conformance.report import Evidence
from cds.conformance.subject import Subject
from cds.conformance.violations import at, empties, one_of

_SLOPPY: Final = re.compile(rb"//[^\"]*$|/\*.*?\*/|,\s*[}\]]", re.MULTILINE | re.DOTALL)
_SEVERITIES: Final = frozenset({"fatal", "error", "warning", "information"})
_MAY_BE_EMPTY: Final = frozenset({"/cards", "/services"})


def check_answers(subject: Subject) -> None:
    """Judge the lines that look at every answer of the run."""
    spoken = [answer for answer in subject.exchange.answers if answer.body and answer.method != "OPTIONS"]
    for answer in spoken:
        _check_json(subject, answer)
    _check_errors(subject)
    _check_statuses(subject)
    for line in ("A1", "A3", "A4"):
        if spoken:
            subject.ledger.ok(line)


def check_pointers(subject: Subject, answer: Answer, *, pointer: str) -> None:
    """Judge FS400 on a refusal of one known field: the body names it by JSON pointer."""
    if answer.status == 400:
        named = pointer.encode() in answer.body
        reason = f"400 does not name {pointer}"
        subject.ledger.expect("FS400", reason, answer.evidence(pointer), holds=named)


def _check_json(subject: Subject, answer: Answer) -> None:
    ledger = subject.ledger
    if answer.flaw:
        ledger.violated("A1", f"not JSON: {answer.flaw}", answer.evidence())
        if _SLOPPY.search(answer.body) and answer.body.lstrip()[:1] in {b"{", b"["}:
            ledger.violated("A4", "comments or trailing commas", answer.evidence())
        return
    if not _is_json(answer):
        kind = answer.headers.get("content-type", "")
        ledger.violated("A1", f"Content-Type is {kind or 'missing'}, not application/json", answer.evidence())
    for breach in empties(answer.document, allowed=_MAY_BE_EMPTY):
        shown = repr(at(answer.document, breach.pointer))
        ledger.violated("A3", breach.message, answer.evidence(breach.pointer, shown))


def _is_json(answer: Answer) -> bool:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    # An error body may be FHIR or problem details, whose media types are JSON by suffix.
    suffixed = answer.status >= 400 and kind.startswith("application/") and kind.endswith("+json")
    return kind == "application/json" or suffixed


def _check_errors(subject: Subject) -> None:
    errors = [answer for answer in subject.exchange.answers if answer.status >= 400 and _ours(answer)]
    for answer in errors:
        if answer.status != 401:
            reason = f"{answer.status} carries no OperationOutcome"
            holds = is_operation_outcome(answer.document)
            subject.ledger.expect("D12", reason, answer.evidence(), holds=holds)


def is_operation_outcome(document: Any) -> bool:
    """Tell whether a document is an OperationOutcome whose issues have a severity and a code."""
    if not isinstance(document, dict) or document.get("resourceType") != "OperationOutcome":
        return False
    issues = document.get("issue")
    if not isinstance(issues, list) or not issues:
        return False
    return all(
        isinstance(issue, dict)
        and one_of(issue.get("severity"), _SEVERITIES)
        and isinstance(issue.get("code"), str)
        for issue in issues
    )


def _check_statuses(subject: Subject) -> None:
    ledger, answers = subject.ledger, subject.exchange.answers
    ledger.not_run("FS403", "needs a registered client without right to a service")
    for line, status in (("FS409", 409), ("FS422", 422)):
        _absent(subject, line, [answer for answer in answers if answer.status == status])
    for line, status in (("FS429", 429), ("FS503", 503)):
        seen = [answer for answer in answers if answer.status == status]
        if not seen:
            ledger.not_run(line, f"no answer of this run was {status}")
        for answer in seen:
            reason = f"{status} without Retry-After"
            ledger.expect(line, reason, answer.evidence(), holds="retry-after" in answer.headers)


def _absent(subject: Subject, line: str, seen: Iterable[Answer]) -> None:
    evidence: list[Evidence] = [answer.evidence() for answer in seen]
    for item in evidence:
        subject.ledger.violated(line, f"{item.status} was used", item)
    if not evidence:
        subject.ledger.ok(line)


def _ours(answer: Answer) -> bool:
    return answer.path.startswith(DISCOVERY) and answer.method != "OPTIONS"
