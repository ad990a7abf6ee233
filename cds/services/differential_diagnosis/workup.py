"""Tests that tell conditions apart: which are done or ordered, and which may be ordered by a click."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cds.fhir.write import concept, condition, service_request
from cds.hooks.cards import Change, Suggestion, shorten
from cds.services.base import Case
from cds.services.differential_diagnosis.words import lower, words
from models.base import Finding
from models.record import ICD10CM, LOINC, MINUTES_PER_DAY, Code, Record

MOST = 3
_DONE_DAYS = 14
_LEAST_TESTED = 0.1
"""Probability from which a test for a condition is offered as an order; below it is named only."""
_VOID = frozenset({"revoked", "entered-in-error", "draft", "cancelled"})
_WORD = re.compile(r"[a-z0-9]+")
_SAYS_NOTHING = frozenset(["of", "the", "and", "without", "with", "contrast", "or", "for", "a", "in", "by"])
Test = Mapping[str, Any]


def is_done(test: Test, record: Record) -> bool:
    """Tell whether a test is told in a text, or its result or order is on record within two weeks."""
    if test["told"]:
        return True
    limit = _DONE_DAYS * MINUTES_PER_DAY
    codes = (*test["loinc"], *words().shows.get(test["id"], ()))
    facts = (*record.coded("observation", LOINC, codes), *record.coded("order", LOINC, test["loinc"]))
    if any(f.minutes_ago is not None and f.minutes_ago <= limit and f.status not in _VOID for f in facts):
        return True
    wanted = _said(test["name"])
    return any(
        wanted <= _said(" ".join((fact.text, *(code.display for code in fact.codes))))
        for fact in record.of("order")
        if fact.status not in _VOID and fact.minutes_ago is not None and fact.minutes_ago <= limit
    )


def _said(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold())) - _SAYS_NOTHING


def apart(row: Finding, record: Record, *, most: int = 3) -> list[str]:
    """Return the tests that tell a condition apart, those that are done said to be."""
    tests = [test for test in row.detail["tests"] if test["id"] != "clinical"]
    open_ = [lower(test["name"]) for test in tests if not is_done(test, record)]
    done = [lower(test["name"]) for test in tests if is_done(test, record)]
    said = open_[:most]
    return [*said, *(f"{name} (on record)" for name in done[: max(0, most - len(said))])]


def orderable(rows: Iterable[Finding], record: Record, *, each: int = 1) -> Iterator[tuple[Test, Finding]]:
    """Yield the first tests of each condition that are neither done nor steps at the bedside."""
    seen: set[str] = set()
    for row in rows:
        if (row.probability or 0.0) < _LEAST_TESTED and not row.detail["must_exclude"]:
            continue
        tests = [t for t in row.detail["tests"] if t["id"] not in words().bedside]
        for test in [t for t in tests if not is_done(t, record)][:each]:
            if test["id"] not in seen:
                seen.add(test["id"])
                yield test, row


def order(test: Test, rows: Sequence[Finding], case: Case) -> Suggestion:
    """Return the suggestion of a draft order for a test that tells these conditions apart."""
    name = test["name"]
    # A row with several codes names a choice of tests: which of them is the clinician's to pick.
    codes = [Code(LOINC, test["loinc"][0], name)] if len(test["loinc"]) == 1 else []
    made = service_request(
        patient=case.patient,
        code=concept(codes, name),
        reason=f"To be considered: {', '.join(row.title for row in rows)}",
        model=rows[0].model,
        learned=True,
    )
    return Suggestion(
        shorten(f"Order {name}", 80),
        case.new_uuid(),
        (Change("create", f"Draft order: {name}", resource=made),),
    )


def entry(row: Finding, case: Case, encounter: str) -> Suggestion:
    """Return the suggestion of a provisional problem-list entry."""
    codes = row.detail["icd10"]
    made = condition(
        patient=case.patient,
        # A condition with several codes is one of several kinds; which of them is not known yet.
        code=concept([Code(ICD10CM, codes[0], row.title)] if len(codes) == 1 else [], row.title),
        note="Considered by decision support; not confirmed.",
        model=row.model,
        encounter=encounter,
    )
    words_ = f"Add to problem list as provisional: {row.title}"
    return Suggestion(shorten(words_, 100), case.new_uuid(), (Change("create", words_, resource=made),))
