"""Run the whole kit against one base URL."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from cds.conformance.calls import baseline, check_calls
from cds.conformance.cards import check_cards
from cds.conformance.checklist import SECTIONS
from cds.conformance.contexts import check_contexts
from cds.conformance.discovery import (
    check_base_url,
    check_discovery,
    check_routing,
    check_templates,
    discover,
    read_offers,
)
from cds.conformance.exchange import CannotRunError, CapReachedError, Exchange
from cds.conformance.feedback import check_feedback
from cds.conformance.ledger import Ledger
from cds.conformance.matrix import check_matrix
from cds.conformance.report import Report
from cds.conformance.security import check_security
from cds.conformance.subject import Options, Subject
from cds.conformance.tokens import Credentials
from cds.conformance.transport import check_answers
from cds.conformance.violations import is_absolute

Section = Callable[[Subject], None]

_CALLS: Final[tuple[tuple[str, Section], ...]] = (
    ("D", check_calls),
    ("E", check_cards),
    ("F", check_feedback),
    ("G", check_security),
    ("H", check_contexts),
    ("FM", check_matrix),
)


def run(base_url: str, *, credentials: Credentials | None = None, options: Options | None = None) -> Report:
    """Check the service at a base URL against the checklist.

    Without credentials the lines on tokens are left unjudged. A run that cannot be made has an `error`.
    """
    chosen = options or Options()
    unknown = chosen.sections - set(SECTIONS)
    if unknown:
        raise ValueError(f"no such section: {', '.join(sorted(unknown))}; choose from {', '.join(SECTIONS)}")
    started = time.monotonic()
    # What a service answers about a real record is not put into a report.
    ledger = Ledger(withhold=chosen.fhir_server is not None)
    error = ""
    with Exchange(
        base_url, credentials=credentials, cap=chosen.request_cap, seconds=chosen.seconds
    ) as exchange:
        subject = Subject(exchange=exchange, ledger=ledger, options=chosen, offers=())
        try:
            _walk(subject)
        except CapReachedError as cap:
            ledger.default(f"not reached: {cap}")
            check_answers(subject)
        except CannotRunError as reason:
            error = str(reason)
            ledger.default("the run could not be made")
    return Report(
        base_url=exchange.base_url,
        results=ledger.results(),
        requests=exchange.requests,
        seconds=time.monotonic() - started,
        error=error,
    )


def _walk(subject: Subject) -> None:
    if not is_absolute(subject.exchange.base_url):
        raise CannotRunError("the base URL must be absolute, such as https://cds.example.org")
    subject.ledger.not_run("I", "documentation is read by people")
    check_base_url(subject)
    answer = discover(subject)
    check_discovery(subject, answer)
    subject = replace(subject, offers=read_offers(answer.document, subject.options))
    check_templates(subject)
    if subject.offers:
        _check_offers(subject)
    check_answers(subject)


def _check_offers(subject: Subject) -> None:
    subject = replace(subject, replies=baseline(subject))
    statuses = {reply.answer.status for reply in subject.replies}
    if statuses == {401} and subject.exchange.credentials is None:
        raise CannotRunError("every call was answered 401: pass --issuer and --key")
    check_routing(subject)
    for section, check in _CALLS:
        if subject.options.wants(section):
            check(subject)
