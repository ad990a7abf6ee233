"""A de-identified record as a `recommender` document: what a service hands to `recommend`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from models.knowledge.concepts import load_concepts
from models.medsafety.terms import load_terms
from models.quantities import UnitError, convert
from models.record import (
    CVX,
    ICD10,
    ICD10CM,
    LOINC,
    MINUTES_PER_DAY,
    RXNORM,
    SNOMED,
    Fact,
    Kind,
    Quantity,
    Record,
)
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
UNSURE = frozenset({"unconfirmed", "provisional", "differential"})
"""What is only suspected is no reason to propose anything."""
_ARRIVED = frozenset({"complete", "empty", "null", "nil-known", "partial"})
_WRONG = frozenset({"entered-in-error", "cancelled", "not-done", "refuted", "draft", "declined", "not-taken"})
_FINAL = frozenset({"final", "amended", "corrected", ""})
_NO_ORDER = frozenset({"proposal", "option"})
_GIVEN_DAYS: Mapping[str, float] = {"MedicationDispense": 100, "MedicationAdministration": 2}
"""Days for which a drug that was handed over or given counts as taken; orders count whatever their age."""
_GIVEN = frozenset({"completed", "in-progress"})
_WEEKS, _DUE = ("18185-9", "11884-4", "49051-6"), ("11778-8", "11779-6")
"""Gestational age, expected date of delivery (LOINC)."""
_WEIGHT = ("29463-7", "3141-9")
_TERM_WEEKS = 40.0


def document_of(record: Record, drafts: Iterable[Fact] = ()) -> dict[str, Any]:
    """Return a record's document; lists that did not arrive are left out, partial ones are named.

    `drafts` are drug orders being written: they count as taken, ordered now.
    """
    chart = Chart(index(record, load_concepts()))
    found: dict[str, Any] = {
        "age_years": record.age_years,
        "sex": record.sex,
        "pregnant": pregnancy(chart).value,
        "current_smoker": _smoker(chart),
        "weight_kg": _weight(record),
        "incomplete": [name for kind, name in LISTS.items() if record.list_state(kind) == "partial"],
    }
    for kind, name in LISTS.items():
        if record.list_state(kind) in _ARRIVED:
            found[name] = _labs(record) if kind == "observation" else list(_entries(record, kind))
    drafted = [row for fact in drafts if (row := _draft(fact))]
    if drafted and "medications" in found:
        found["medications"] += drafted
    weeks = next(_weeks(record), None)
    return {**found, **({"gestational_age_weeks": weeks} if weeks is not None and found["pregnant"] else {})}


def _entries(record: Record, kind: Kind) -> Iterator[dict[str, Any]]:
    read = {"condition": _condition, "medication": _medicine, "allergy": _allergy}.get(kind, _dose)
    for fact in record.of(kind):
        if not {fact.status, fact.verification} & _WRONG:
            row = read(fact)
            if row:
                yield row
    if kind == "condition":
        yield from _procedures(record)


def _procedures(record: Record) -> Iterator[dict[str, Any]]:
    """Yield procedures that say what rules ask of conditions: dialysis, a transplant, comfort care."""
    for fact in record.of("procedure"):
        wrong = {fact.status, fact.verification} & _WRONG
        if not wrong and load_terms().conditions_of(fact.codes, fact.text):
            yield {**_named(fact), **_ages(fact)}


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
        **({"ended_days_ago": ended / MINUTES_PER_DAY} if ended is not None and ended >= 0 else {}),
    }


def _named(fact: Fact) -> dict[str, Any]:
    """Return the code by which a diagnosis is ranked, its words, and its codes in other terminologies."""
    code, system = _coded(fact, SNOMED, ICD10CM, ICD10)
    also = [
        {"code": one.code, "system": one.system}
        for one in fact.codes
        if one.system in (SNOMED, ICD10CM, ICD10) and (one.code, one.system) != (code, system)
    ]
    return {"code": code, "system": system, "text": _words(fact), **({"codes": also} if also else {})}


def _condition(fact: Fact) -> dict[str, Any]:
    if fact.verification in UNSURE:
        return {}
    row = {**_named(fact), "status": fact.status, **_ages(fact)}
    return row if row["code"] or row["text"] else {}


def _medicine(fact: Fact) -> dict[str, Any]:
    code, _ = _coded(fact, RXNORM)
    detail = fact.detail
    if detail.get("do_not_perform") or detail.get("intent") in _NO_ORDER or not (code or _words(fact)):
        return {}
    row = {"rxcui": code, "text": _words(fact), **_taken(fact), **_dosage(fact)}
    return {**row, "days_ago": fact.days_ago}


def _taken(fact: Fact) -> dict[str, Any]:
    """Return whether a drug is taken: the end of an order's supply is not the end of the treatment."""
    kind = str(fact.detail.get("resource", ""))
    days = _GIVEN_DAYS.get(kind)
    if days is not None and fact.status in _GIVEN:
        recent = fact.days_ago is not None and fact.days_ago <= days
        return {"status": "active" if recent else "stopped"}
    ended = _ages(fact) if kind != "MedicationRequest" else {}
    return {"status": fact.status, **ended}


def _dosage(fact: Fact) -> dict[str, Any]:
    value, unit = fact.detail.get("dose_value"), str(fact.detail.get("dose_unit", ""))
    times = fact.detail.get("times_per_day")
    amount = isinstance(value, float | int) and not isinstance(value, bool) and unit
    return {
        **({"dose": {"value": value, "unit": unit}} if amount else {}),
        **({"times_per_day": times} if isinstance(times, float | int) and times <= 48 else {}),
        **({"prn": True} if fact.detail.get("as_needed") is True else {}),
    }


def _draft(fact: Fact) -> dict[str, Any]:
    code, _ = _coded(fact, RXNORM)
    drug = fact.kind == "medication" and not fact.detail.get("do_not_perform")
    row = {"rxcui": code, "text": _words(fact), "status": "active", "days_ago": 0.0, **_dosage(fact)}
    return row if drug and (code or row["text"]) else {}


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
    for fact in record.coded("observation", LOINC, _DUE):
        due = fact.detail.get("value_minutes_ago")
        if isinstance(due, float | int):
            yield min(max(round(_TERM_WEEKS + due / MINUTES_PER_DAY / 7, 1), 0.0), 45.0)


def _smoker(chart: Chart) -> bool | None:
    """Return what the newest answer says; no answer is not known."""
    for answer, _ in chart.answers("tobacco_status"):
        return {"current": True, "former": False, "never": False, "not_now": False}.get(answer)
    return None


def _weight(record: Record) -> float | None:
    """Return the newest body weight in kilograms."""
    found = [
        (fact.days_ago if fact.days_ago is not None else float("inf"), fact.value)
        for fact in record.coded("observation", LOINC, _WEIGHT)
        if isinstance(fact.value, Quantity) and not fact.value.comparator and fact.status in _FINAL
    ]
    for _, amount in sorted(found, key=lambda one: one[0]):
        try:
            weight = convert(amount.value, amount.unit, "kg")
        except UnitError:
            continue
        if 0.2 <= weight <= 650:
            return weight
    return None
