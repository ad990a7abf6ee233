"""Searching the store: which resources match, in which order, and what comes along.

Values of one parameter are alternatives, repeated parameters all hold.
Rules: https://hl7.org/fhir/R4/search.html.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any

from adapters.fhir_sandbox import dates
from adapters.fhir_sandbox.outcomes import invalid
from adapters.fhir_sandbox.parameters import Parameter, parameters_of
from adapters.fhir_sandbox.query import Criterion, Query
from adapters.fhir_sandbox.store import Entry, Store
from adapters.fhir_sandbox.values import Found, plain, references, relative

Test = Callable[[Found], bool]

_LOW, _HIGH = itemgetter(0), itemgetter(1)
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?")


def run(store: Store, query: Query, *, prefixes: frozenset[str], now: datetime) -> list[Entry]:
    """Find all resources that match, in the order asked for."""
    found, answered = _candidates(store, query)
    for criterion in query.criteria:
        if criterion is not answered:
            found = _kept(found, criterion.parameter, _test(criterion, prefixes, now))
    for parameter, backwards in reversed(query.sort):
        found = _sorted(found, parameter, backwards=backwards)
    return found


def _kept(entries: list[Entry], parameter: Parameter, test: Test) -> list[Entry]:
    return [entry for entry in entries if test(entry.found[parameter])]


def _candidates(store: Store, query: Query) -> tuple[list[Entry], Criterion | None]:
    """Start from the smallest index there is, and name the criterion it has answered."""
    for criterion in query.criteria:
        if criterion.name == "_id" and not criterion.modifier:
            found = (store.get(query.type, value) for value in dict.fromkeys(criterion.values))
            return [entry for entry in found if entry], criterion
    for criterion in query.criteria:
        if _names_patients(criterion):
            return _of_patients(store, query.type, criterion.values), criterion
    return store.all(query.type), None


def _of_patients(store: Store, resource_type: str, values: tuple[str, ...]) -> list[Entry]:
    shorts = [_reference_key(value, "Patient") for value in values]
    patients = dict.fromkeys(
        short.removeprefix("Patient/") for short in shorts if short.startswith("Patient/")
    )
    listed = [store.of_patient(resource_type, patient) for patient in patients]
    # A resource may belong to two patients, an appointment for instance.
    return listed[0] if len(listed) == 1 else list({e.key: e for entries in listed for e in entries}.values())


def _names_patients(criterion: Criterion) -> bool:
    if criterion.name == "patient":
        return criterion.modifier in {"", "Patient"}
    return criterion.name == "subject" and all("Patient/" in value for value in criterion.values)


def _test(criterion: Criterion, prefixes: frozenset[str], now: datetime) -> Test:
    if criterion.modifier == "missing":
        wanted = criterion.values == ("false",)
        return lambda found: bool(found) is wanted
    kind = criterion.parameter.kind
    if kind == "date":
        return _date_test(criterion, prefixes, now)
    return {
        "token": _token_test,
        "reference": _reference_test,
        "string": _string_test,
        "quantity": _quantity_test,
    }[kind](criterion)


def _token_test(criterion: Criterion) -> Test:
    wanted = frozenset(spelling for value in criterion.values for spelling in _token_spellings(value))
    if criterion.modifier == "not":
        return lambda found: wanted.isdisjoint(found.keys)
    return lambda found: not wanted.isdisjoint(found.keys)


def _token_spellings(value: str) -> Iterator[str]:
    yield value
    system, bar, code = value.partition("|")
    if bar and system and code:
        yield f"*|{code}"  # bare codes, whose system their element implies


def _reference_test(criterion: Criterion) -> Test:
    wanted = frozenset(_reference_key(value, criterion.modifier) for value in criterion.values)
    return lambda found: not wanted.isdisjoint(found.keys)


def _reference_key(value: str, resource_type: str) -> str:
    short = relative(value) if "/" in value else value
    return f"{resource_type}/{value}" if resource_type and "/" not in value else short or value


def _string_test(criterion: Criterion) -> Test:
    if criterion.modifier == "exact":
        return lambda found: any(text in criterion.values for text in found.texts)
    wanted = tuple(plain(value) for value in criterion.values)
    if criterion.modifier == "contains":
        return lambda found: any(part in plain(text) for text in found.texts for part in wanted)
    return lambda found: any(plain(text).startswith(wanted) for text in found.texts)


def _date_test(criterion: Criterion, prefixes: frozenset[str], now: datetime) -> Test:
    wanted = [_read_date(criterion.name, value, prefixes) for value in criterion.values]
    compare, *more = [dates.comparison(prefix, asked, now=now) for prefix, asked in wanted]
    if more:
        return lambda found: any(one(span) for one in (compare, *more) for span in found.ranges)
    return lambda found: any(map(compare, found.ranges))


def _read_date(name: str, value: str, prefixes: frozenset[str]) -> tuple[str, dates.Range]:
    try:
        prefix, asked = dates.read_search(value)
    except ValueError:
        raise invalid(f"{name} must be a date with an optional prefix, as in ge2024-01-31") from None
    if prefix not in prefixes:
        raise invalid(f"{name} takes only the prefixes {', '.join(sorted(prefixes))}")
    return prefix, asked


def _quantity_test(criterion: Criterion) -> Test:
    wanted = [_read_quantity(criterion.name, value) for value in criterion.values]
    return lambda found: any(
        (not unit or unit in units) and compare(value)
        for compare, unit in wanted
        for value, units in found.quantities
    )


def _read_quantity(name: str, text: str) -> tuple[Callable[[Decimal], bool], str]:
    number, _, unit = text.partition("|")
    prefix, number = (number[:2], number[2:]) if number[:2].isalpha() else ("eq", number)
    # Decimal would also take NaN, Infinity and digits of other scripts.
    if prefix not in _QUANTITY or not _NUMBER.fullmatch(number):
        raise invalid(f"{name} must be a number with an optional prefix, system and unit")
    return _QUANTITY[prefix](Decimal(number)), _unit(unit)


def _unit(text: str) -> str:
    system, _, code = text.partition("|")
    return f"{system}|{code}" if code else ""


def _near(asked: Decimal) -> Callable[[Decimal], bool]:
    # A number means all that rounds to it: 5.4 is 5.35 up to 5.45.
    half = Decimal((0, (5,), int(asked.as_tuple().exponent) - 1))
    return lambda value: asked - half <= value < asked + half


def _not_near(asked: Decimal) -> Callable[[Decimal], bool]:
    near = _near(asked)
    return lambda value: not near(value)


_QUANTITY: dict[str, Callable[[Decimal], Callable[[Decimal], bool]]] = {
    "eq": _near,
    "ne": _not_near,
    "gt": lambda asked: lambda value: value > asked,
    "lt": lambda asked: lambda value: value < asked,
    "ge": lambda asked: lambda value: value >= asked,
    "le": lambda asked: lambda value: value <= asked,
}


def _sorted(entries: list[Entry], parameter: Parameter, *, backwards: bool) -> list[Entry]:
    """Sort by a parameter; resources without a value come last either way."""
    keyed = [(_sort_key(entry.found[parameter], backwards=backwards), entry) for entry in entries]
    valued = sorted(
        (pair for pair in keyed if pair[0] is not None), key=lambda pair: pair[0], reverse=backwards
    )
    return [entry for _, entry in valued] + [entry for key, entry in keyed if key is None]


def _sort_key(found: Found, *, backwards: bool) -> Any:
    if found.ranges:
        return max(map(_HIGH, found.ranges)) if backwards else min(map(_LOW, found.ranges))
    if found.texts:
        return min(plain(text) for text in found.texts)
    if found.quantities:
        return min(value for value, _ in found.quantities)
    return min(found.keys) if found.keys else None


def companions(store: Store, query: Query, matched: list[Entry]) -> list[Entry]:
    """List what `_include` and `_revinclude` add to a page of matches, each once."""
    known = {entry.key for entry in matched}
    added = [*_included(store, query, matched), *_referring(store, query, matched)]
    return [entry for entry in {entry.key: entry for entry in added}.values() if entry.key not in known]


def _included(store: Store, query: Query, matched: list[Entry]) -> Iterator[Entry]:
    for resource_type, name in query.includes:
        for entry in matched:
            if entry.type == resource_type:
                yield from _resolved(store, _targets(entry, name))


def _targets(entry: Entry, name: str) -> Iterable[str]:
    if name == "*":
        return references(entry.resource)
    found = entry.found[parameters_of(entry.type)[name]]
    return sorted(key for key in found.keys if "/" in key)


def _resolved(store: Store, keys: Iterable[str]) -> Iterator[Entry]:
    return (entry for key in keys if (entry := store.resolve(key)))


def _referring(store: Store, query: Query, matched: list[Entry]) -> Iterator[Entry]:
    keys = {entry.key for entry in matched}
    for resource_type, name in query.reverse_includes:
        for entry in store.all(resource_type):
            if not keys.isdisjoint(_targets(entry, name)):
                yield entry


def everything(store: Store, patient: Entry, types: frozenset[str]) -> list[Entry]:
    """List a patient's whole compartment, then what it refers to outside any compartment."""
    held = [
        entry for kind in store.types() if kind != "Patient" for entry in store.of_patient(kind, patient.id)
    ]
    outside = (
        entry
        for key in _all_references([patient, *held])
        if (entry := store.resolve(key)) and not entry.patients
    )
    listed = {entry.key: entry for entry in (patient, *held, *outside)}
    return [entry for entry in listed.values() if not types or entry.type in types]


def _all_references(entries: list[Entry]) -> Iterable[str]:
    return dict.fromkeys(key for entry in entries for key in references(entry.resource))
