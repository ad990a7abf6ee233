"""A de-identified record as a person: the drugs drafted, taken or over, and all that rules ask about."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from models.knowledge.drugs.resolve import Drug, Resolver
from models.medsafety.allergens import Allergens
from models.medsafety.expecting import expected, nursing, stage, weeks
from models.medsafety.kidneys import with_kidneys
from models.medsafety.person import Allergy, Held, Person, Place, Taken
from models.medsafety.results import HEIGHT, WEIGHT, labs, measured
from models.medsafety.terms import Terms
from models.record import MINUTES_PER_DAY, Code, Fact, Kind, Quantity, Record

_NEVER = frozenset({"entered-in-error", "cancelled", "draft", "not-done", "not-taken", "declined"})
_OVER = frozenset({"stopped", "completed", "ended", "inactive", "on-hold"})
_GIVEN_DAYS: Mapping[str, float] = {"MedicationDispense": 100, "MedicationAdministration": 2}
"""Days for which a drug that was handed over or given counts as taken; orders count whatever their age."""
_PAST = frozenset({"inactive", "remission", "resolved"})
_UNSURE = frozenset({"unconfirmed", "provisional", "differential"})
_WRONG = frozenset({"refuted", "entered-in-error"})
_WHOLE = frozenset({"complete", "empty", "null", "nil-known"})
_SETTINGS = {
    "EMER": "emergency",
    "IMP": "inpatient",
    "ACUTE": "inpatient",
    "NONAC": "inpatient",
    "AMB": "ambulatory",
}
_ROUTES: Mapping[str, str] = {
    "26643006": "oral",
    "47625008": "intravenous",
    "78421000": "intramuscular",
    "34206005": "subcutaneous",
    "6064005": "topical",
    "37161004": "rectal",
    "46713006": "nasal",
    "54485002": "ophthalmic",
    "10547007": "otic",
    "447694001": "inhaled",
    "16857009": "vaginal",
    "45890007": "transdermal",
    "37839007": "sublingual",
    "PO": "oral",
    "IV": "intravenous",
    "IM": "intramuscular",
    "SC": "subcutaneous",
    "TOP": "topical",
}
"""Routes by SNOMED CT and HL7 RouteOfAdministration codes."""
_TABLETS = frozenset(
    {"{tbl}", "{tablet}", "{capsule}", "{cap}", "{puff}", "tablet", "tablets", "capsule", "1"}
)


def read_record(
    record: Record,
    drafts: Sequence[Fact] = (),
    *,
    resolver: Resolver,
    terms: Terms,
    allergens: Allergens,
    without: frozenset[str] = frozenset(),
    replaced: frozenset[str] = frozenset(),
) -> Person:
    """Return the person of a record with what is being ordered.

    `drafts` are the facts of draft orders; `without` holds references of entries that are a draft themselves,
    `replaced` those of orders that a draft takes the place of: they are over from now on, so that they are
    neither a duplicate nor a partner, while a wash-out still looks back at them.
    """
    chart = stage(record)
    expecting = expected(record, chart, terms)
    drugs = [
        *(_taken(fact, "draft", resolver, terms) for fact in drafts if _ordered(fact)),
        *(
            _over(taken) if f.ref in replaced and taken.place == "active" else taken
            for f in record.of("medication")
            if f.ref not in without
            for taken in _listed(f, resolver, terms)
        ),
    ]
    person = Person(
        drugs=tuple(drugs),
        allergies=tuple(_allergies(record, allergens)),
        conditions=tuple(_conditions(record, terms)),
        conditions_known=record.list_state("condition") in _WHOLE,
        drugs_known=record.list_state("medication") in _WHOLE,
        allergies_known=record.list_state("allergy") in _WHOLE,
        labs=labs(record, terms),
        labs_known=record.list_state("observation") in _WHOLE,
        age_years=record.age_years,
        sex=record.sex,
        weight_kg=measured(record, WEIGHT, "kg"),
        height_cm=measured(record, HEIGHT, "cm"),
        pregnant=expecting,
        gestation_weeks=weeks(record) if expecting else None,
        lactating=nursing(record),
        setting=_SETTINGS.get(chart.index.encounter_class, ""),
    )
    return with_kidneys(person)


def _ordered(fact: Fact) -> bool:
    return fact.kind == "medication" and not fact.detail.get("do_not_perform")


def _listed(fact: Fact, resolver: Resolver, terms: Terms) -> Iterator[Taken]:
    """Yield the entry of a list, unless it says itself that it is none."""
    intent = fact.detail.get("intent")
    if fact.status in _NEVER or intent in ("proposal", "option") or not _ordered(fact):
        return
    yield _taken(fact, _place(fact), resolver, terms)


def _over(taken: Taken) -> Taken:
    return replace(taken, place="past", ended_days_ago=0.0, replaced=True)


def _place(fact: Fact) -> Place:
    kind = str(fact.detail.get("resource", ""))
    days = _GIVEN_DAYS.get(kind)
    if days is not None and fact.status in ("completed", "in-progress"):
        return "active" if fact.days_ago is not None and fact.days_ago <= days else "past"
    # The end of an order is the end of what may be dispensed on it, not of the treatment.
    ended = fact.ended_minutes_ago is not None and fact.ended_minutes_ago > 0 and kind != "MedicationRequest"
    return "past" if ended or fact.status in _OVER else "active"


def _taken(fact: Fact, place: Place, resolver: Resolver, terms: Terms) -> Taken:
    sig = str(fact.detail.get("sig", ""))
    words = " ".join(part for part in (fact.text or _display(fact), sig) if part)
    ended = fact.ended_minutes_ago
    return Taken(
        drug=_with_dosage(resolver.resolve(words, fact.codes), fact),
        place=place,
        ref=fact.ref,
        started_days_ago=fact.days_ago,
        ended_days_ago=None if ended is None else max(ended / MINUTES_PER_DAY, 0.0),
        indications=_indications(fact, terms),
        home=fact.detail.get("resource") == "MedicationStatement",
        text=fact.text or _display(fact),
    )


def _display(fact: Fact) -> str:
    return next((code.display for code in fact.codes if code.display), "")


def _with_dosage(drug: Drug, fact: Fact) -> Drug:
    """Return the drug with what the order's dosage says in data, which counts before its words."""
    detail = fact.detail
    told: dict[str, Any] = _dose(detail)
    sig = _sig(detail)
    if sig:
        told["sig"] = replace(drug.sig, **sig)
    route = _ROUTES.get(str(detail.get("route", "")))
    if route:
        told["route"] = route
    return replace(drug, **told) if told else drug


def _sig(detail: Mapping[str, Any]) -> dict[str, Any]:
    times, days = detail.get("times_per_day"), detail.get("duration_days")
    told: dict[str, Any] = {}
    if isinstance(times, float | int):
        told["times_per_day"] = float(times)
    if isinstance(days, float | int):
        told["duration_days"] = float(days)
    if detail.get("as_needed") is True:
        told["prn"] = True
    return told


def _dose(detail: Mapping[str, Any]) -> dict[str, Any]:
    value, unit = detail.get("dose_value"), str(detail.get("dose_unit", ""))
    if not isinstance(value, float | int):
        return {}
    if unit.casefold() in _TABLETS or not unit:
        return {"count": float(value), "dose": None}
    return {"dose": Quantity(float(value), unit), "count": None}


def _indications(fact: Fact, terms: Terms) -> frozenset[str]:
    """Return the conditions that the reasons of an order name, `system|code` each."""
    given = (part.rpartition("|") for part in str(fact.detail.get("reasons", "")).split() if "|" in part)
    return terms.conditions_of([Code(system, code) for system, _, code in given])


def _allergies(record: Record, allergens: Allergens) -> Iterator[Allergy]:
    for fact in record.of("allergy"):
        if fact.verification in _WRONG or fact.status in _PAST:
            continue
        found = allergens.read(
            fact.codes,
            fact.text or _display(fact),
            reactions=str(fact.detail.get("reactions", "")).split(";"),
            intolerance=fact.detail.get("type") == "intolerance",
            high=fact.detail.get("criticality") == "high",
            ref=fact.ref,
        )
        if found is not None:
            yield found


def _conditions(record: Record, terms: Terms) -> Iterator[Held]:
    kinds: Sequence[Kind] = ("condition", "procedure")
    for kind in kinds:
        for fact in record.of(kind):
            if fact.verification in _WRONG or fact.status in _WRONG or fact.status == "not-done":
                continue
            over = fact.ended_minutes_ago is not None and fact.ended_minutes_ago > 0
            current = kind == "procedure" or not (over or fact.status in _PAST)
            for name in terms.conditions_of(fact.codes, fact.text):
                yield Held(name, current, fact.days_ago, sure=fact.verification not in _UNSURE)
