"""A de-identified record as a `recommender` document: what a service hands to `recommend`."""

from collections.abc import Iterator
from typing import Any

from models.knowledge.concepts import load_concepts
from models.record import CVX, ICD10, ICD10CM, LOINC, RXNORM, SNOMED, Fact, Kind, Quantity, Record
from models.scores.features.chart import Chart
from models.scores.features.index import index
from models.scores.features.predicates import pregnancy

LISTS: dict[Kind, str] = {
    "condition": "conditions",
    "medication": "medications",
    "allergy": "allergies",
    "observation": "labs",
    "immunization": "immunizations",
}
_ARRIVED = frozenset({"complete", "empty", "null", "nil-known", "partial"})
_WRONG = frozenset({"entered-in-error", "cancelled", "not-done", "refuted", "draft"})
_FINAL = frozenset({"final", "amended", "corrected", ""})
_WEEKS = ("18185-9", "11884-4", "49051-6")
"""Gestational age (LOINC)."""


def document_of(record: Record) -> dict[str, Any]:
    """Return a record's document; lists that did not arrive are left out, partial ones are named."""
    found: dict[str, Any] = {
        "age_years": record.age_years,
        "sex": record.sex,
        "pregnant": pregnancy(Chart(index(record, load_concepts()))).value,
        "incomplete": [name for kind, name in LISTS.items() if record.list_state(kind) == "partial"],
    }
    for kind, name in LISTS.items():
        if record.list_state(kind) in _ARRIVED:
            found[name] = _labs(record) if kind == "observation" else list(_entries(record, kind))
    weeks = next(_weeks(record), None)
    return {**found, **({"gestational_age_weeks": weeks} if weeks is not None and found["pregnant"] else {})}


def _entries(record: Record, kind: Kind) -> Iterator[dict[str, Any]]:
    for fact in record.of(kind):
        if not {fact.status, fact.verification} & _WRONG:
            row = {"condition": _condition, "medication": _medicine, "allergy": _allergy}.get(kind, _dose)(
                fact
            )
            if row:
                yield row


def _coded(fact: Fact, *systems: str) -> tuple[str, str]:
    """Return the first code of these systems, in their order, with its system."""
    for system in systems:
        for code in fact.codes:
            if code.system == system:
                return code.code, code.system
    return "", ""


def _words(fact: Fact) -> str:
    return fact.text or next((code.display for code in fact.codes if code.display), "")


def _ages(fact: Fact) -> dict[str, Any]:
    ended = fact.ended_minutes_ago
    return {
        "days_ago": fact.days_ago,
        **({"ended_days_ago": ended / 1440} if ended is not None and ended >= 0 else {}),
    }


def _condition(fact: Fact) -> dict[str, Any]:
    code, system = _coded(fact, SNOMED, ICD10CM, ICD10)
    row = {"code": code, "system": system, "text": _words(fact), "status": fact.status, **_ages(fact)}
    return row if code or row["text"] else {}


def _medicine(fact: Fact) -> dict[str, Any]:
    code, _ = _coded(fact, RXNORM)
    row = {"rxcui": code, "text": _words(fact), "status": fact.status, **_ages(fact)}
    return row if code or row["text"] else {}


def _allergy(fact: Fact) -> dict[str, Any]:
    code, system = _coded(fact, RXNORM, SNOMED)
    row = {"code": code, "system": system, "text": _words(fact), "clinical_status": fact.status}
    return row if code or row["text"] else {}


def _dose(fact: Fact) -> dict[str, Any]:
    code, _ = _coded(fact, CVX)
    return {"cvx": code, "days_ago": fact.days_ago} if code else {}


def _labs(record: Record) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for fact in record.of("observation"):
        code, _ = _coded(fact, LOINC)
        if code and isinstance(fact.value, Quantity) and not fact.value.comparator and fact.status in _FINAL:
            row = {"value": fact.value.value, "unit": fact.value.unit, "days_ago": fact.days_ago}
            found.setdefault(code, []).append(row)
    return found


def _weeks(record: Record) -> Iterator[float]:
    for fact in record.coded("observation", LOINC, _WEEKS):
        if isinstance(fact.value, Quantity) and fact.value.unit in ("wk", "d") and fact.days_ago is not None:
            weeks = fact.value.value if fact.value.unit == "wk" else fact.value.value / 7
            yield min(round(weeks + fact.days_ago / 7, 1), 45.0)
