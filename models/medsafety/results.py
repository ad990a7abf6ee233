"""Results of a record in the units of rules: laboratory values, weight and height, by their LOINC codes."""

from collections.abc import Iterable, Mapping
from math import isfinite

from models.medsafety.person import Lab
from models.medsafety.terms import Terms
from models.quantities import UnitError, convert
from models.record import LOINC, Fact, Quantity, Record

WEIGHT, HEIGHT = frozenset({"29463-7", "3141-9"}), frozenset({"8302-2", "3137-7"})
_FINAL = frozenset({"final", "amended", "corrected", "preliminary", ""})


def labs(record: Record, terms: Terms) -> Mapping[str, tuple[Lab, ...]]:
    """Return the usable results of each quantity that rules name, newest first, in its term's unit."""
    found: dict[str, list[Lab]] = {}
    for fact in record.of("observation"):
        names = terms.labs_of(fact.codes) if isinstance(fact.value, Quantity) else ()
        for name in names:
            lab = _lab(fact, name, terms)
            if lab is not None:
                found.setdefault(name, []).append(lab)
    return {name: tuple(sorted(values, key=lambda lab: lab.days_ago)) for name, values in found.items()}


def _lab(fact: Fact, name: str, terms: Terms) -> Lab | None:
    """Return a usable result in its term's unit, or None."""
    term, value = terms.labs[name], fact.value
    if not isinstance(value, Quantity) or fact.status not in _FINAL or fact.absent_reason:
        return None
    if fact.days_ago is None or fact.days_ago < -1 or not isfinite(value.value):
        return None
    number = in_unit(value, term.unit, term.substance)
    if number is None or not term.low <= number <= term.high:
        return None
    return Lab(number, term.unit, max(fact.days_ago, 0.0), value.comparator)


def measured(record: Record, codes: Iterable[str], unit: str) -> float | None:
    """Return the newest value of these codes in a unit, or None."""
    for fact in coded(record, codes):
        if isinstance(fact.value, Quantity) and (value := in_unit(fact.value, unit)) is not None:
            return value
    return None


def coded(record: Record, codes: Iterable[str]) -> list[Fact]:
    """Return the final observations of these LOINC codes that have a date, newest first."""
    found = [
        f for f in record.coded("observation", LOINC, codes) if f.status in _FINAL and f.days_ago is not None
    ]
    return sorted(found, key=lambda fact: fact.days_ago or 0.0)


def in_unit(value: Quantity, unit: str, substance: str | None = None) -> float | None:
    """Return a value in a unit, or None where that cannot be done."""
    given = value.unit or ("1" if unit == "1" else "")
    if given == unit:
        return value.value
    try:
        return convert(value.value, given, unit, substance=substance)
    except UnitError:
        return None
