"""A de-identified record as a person: the drugs drafted, taken or over, and all that rules ask about."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import isfinite

from models.knowledge.concepts import load_concepts
from models.knowledge.drugs.resolve import Drug, Resolver
from models.medsafety.allergens import Allergens
from models.medsafety.kidneys import with_kidneys
from models.medsafety.person import Allergy, Held, Lab, Person, Place, Taken
from models.medsafety.terms import Terms
from models.quantities import UnitError, convert
from models.record import ICD10CM, LOINC, MINUTES_PER_DAY, SNOMED, Code, Fact, Kind, Quantity, Record
from models.scores.features.chart import Chart
from models.scores.features.index import index
from models.scores.features.predicates import pregnancy

_NEVER = frozenset({"entered-in-error", "cancelled", "draft", "not-done", "not-taken", "declined"})
_OVER = frozenset({"stopped", "completed", "ended", "inactive", "on-hold"})
_GIVEN_DAYS: Mapping[str, float] = {"MedicationDispense": 100, "MedicationAdministration": 2}
"""Days for which a drug that was handed over or given counts as taken; orders count whatever their age."""
_FINAL = frozenset({"final", "amended", "corrected", "preliminary", ""})
_PAST = frozenset({"inactive", "remission", "resolved"})
_UNSURE = frozenset({"unconfirmed", "provisional", "differential"})
_WRONG = frozenset({"refuted", "entered-in-error"})
_WHOLE = frozenset({"complete", "empty", "null", "nil-known"})
_WEIGHT, _HEIGHT = frozenset({"29463-7", "3141-9"}), frozenset({"8302-2", "3137-7"})
_WEEKS = frozenset({"18185-9", "11884-4", "49051-6"})
_DUE = frozenset({"11778-8", "11779-6"})
_NURSING = frozenset({"63895-7"})
_STATUS = frozenset({"82810-3"})
_TERM_WEEKS, _PUERPERIUM_DAYS = 40.0, 42.0
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
    chart = Chart(index(record, load_concepts()))
    expecting = pregnancy(chart).value
    if expecting and _long_past_due(record, terms):
        expecting = None
    weeks = _weeks(record) if expecting else None
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
        labs=_labs(record, terms),
        labs_known=record.list_state("observation") in _WHOLE,
        age_years=record.age_years,
        sex=record.sex,
        weight_kg=_measured(record, _WEIGHT, "kg"),
        height_cm=_measured(record, _HEIGHT, "cm"),
        pregnant=expecting,
        gestation_weeks=weeks,
        lactating=_nursing(record),
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
    detail, sig = fact.detail, drug.sig
    times, days = detail.get("times_per_day"), detail.get("duration_days")
    if isinstance(times, float | int):
        sig = replace(sig, times_per_day=float(times))
    if isinstance(days, float | int):
        sig = replace(sig, duration_days=float(days))
    if detail.get("as_needed") is True:
        sig = replace(sig, prn=True)
    drug = replace(drug, sig=sig, route=_ROUTES.get(str(detail.get("route", "")), drug.route))
    value, unit = detail.get("dose_value"), str(detail.get("dose_unit", ""))
    if not isinstance(value, float | int):
        return drug
    if unit.casefold() in _TABLETS or not unit:
        return replace(drug, count=float(value), dose=None)
    return replace(drug, dose=Quantity(float(value), unit), count=None)


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


def _labs(record: Record, terms: Terms) -> Mapping[str, tuple[Lab, ...]]:
    found: dict[str, list[Lab]] = {}
    for fact in record.of("observation"):
        names = terms.labs_of(fact.codes) if isinstance(fact.value, Quantity) else ()
        for name in names:
            lab = _lab(fact, name, terms)
            if lab is not None:
                found.setdefault(name, []).append(lab)
    return {name: tuple(sorted(labs, key=lambda lab: lab.days_ago)) for name, labs in found.items()}


def _lab(fact: Fact, name: str, terms: Terms) -> Lab | None:
    """Return a usable result in its term's unit, or None."""
    term, value = terms.labs[name], fact.value
    if not isinstance(value, Quantity) or fact.status not in _FINAL or fact.absent_reason:
        return None
    if fact.days_ago is None or fact.days_ago < -1 or not isfinite(value.value):
        return None
    number = _in(value, term.unit, term.substance)
    if number is None or not term.low <= number <= term.high:
        return None
    return Lab(number, term.unit, max(fact.days_ago, 0.0), value.comparator)


def _in(value: Quantity, unit: str, substance: str | None = None) -> float | None:
    given = value.unit or ("1" if unit == "1" else "")
    if given == unit:
        return value.value
    try:
        return convert(value.value, given, unit, substance=substance)
    except UnitError:
        return None


def _coded(record: Record, codes: Iterable[str]) -> list[Fact]:
    found = [
        f for f in record.coded("observation", LOINC, codes) if f.status in _FINAL and f.days_ago is not None
    ]
    return sorted(found, key=lambda fact: fact.days_ago or 0.0)


def _measured(record: Record, codes: Iterable[str], unit: str) -> float | None:
    for fact in _coded(record, codes):
        if isinstance(fact.value, Quantity) and (value := _in(fact.value, unit)) is not None:
            return value
    return None


def _weeks(record: Record) -> float | None:
    """Return the weeks of pregnancy: of a recorded gestational age or an expected date of delivery."""
    for fact in _coded(record, _WEEKS):
        if isinstance(fact.value, Quantity) and (weeks := _in(fact.value, "wk")) is not None:
            return round(weeks + (fact.days_ago or 0.0) / 7, 1)
    for fact in _coded(record, _DUE):
        due = fact.detail.get("value_minutes_ago")
        if isinstance(due, float | int) and due / MINUTES_PER_DAY <= _PUERPERIUM_DAYS:
            return round(_TERM_WEEKS + due / MINUTES_PER_DAY / 7, 1)
    return None


def _long_past_due(record: Record, terms: Terms) -> bool:
    """Tell whether the newest due date is 42 days over and nothing since then speaks of another pregnancy.

    Entries of a pregnancy stay on lists after it; "not known" is what they are worth then.
    """
    dues = [f.detail.get("value_minutes_ago") for f in _coded(record, _DUE)]
    due = next((d / MINUTES_PER_DAY for d in dues if isinstance(d, float | int)), None)
    if due is None or due <= _PUERPERIUM_DAYS:
        return False
    told = [f.days_ago for f in _coded(record, _STATUS)]
    told += [
        f.days_ago for f in record.of("condition") if "pregnancy" in terms.conditions_of(f.codes, f.text)
    ]
    return all(days is None or days >= due for days in told)


def _nursing(record: Record) -> bool | None:
    for fact in _coded(record, _NURSING):
        if isinstance(fact.value, bool):
            return fact.value
        if isinstance(fact.value, Code):
            return fact.value.code in {"LA33-6", "373066001"}
    nursing = any(
        c.code.startswith("Z39.1") or c.code == "413712001"
        for fact in record.of("condition")
        for c in fact.codes
        if c.system in (ICD10CM, SNOMED)
    )
    return True if nursing else None
