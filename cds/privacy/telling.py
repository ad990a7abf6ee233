"""Where resources tell of people and places: the source of what must not stay in any label of the call."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cds.fhir import dates
from cds.privacy.known import TITLES, Known

Resource = Mapping[str, Any]

_OFFICE_WORDS = """
admin automated center centre clinic clinical default department doctor emergency facility health hospital lab
laboratory medical medicine nurse patient pharmacist pharmacy physician practice provider radiology system
team test unassigned unknown unit user cardiology chemistry hematology imaging inpatient microbiology nursing
oncology outpatient pathology pediatrics service services surgery room ward care urgent
"""
_OFFICES = frozenset(_OFFICE_WORDS.split())
"""Words in the display of a reference that name an office, not a person or a place."""
_NO_NAMES = TITLES | _OFFICES
_APART = re.compile(r"[\s,.]+")
_HOUSE_NUMBER = re.compile(r"^[\d\s]+")
_PEOPLE = re.compile(r"(?:^|/)(?:Patient|Practitioner|PractitionerRole|RelatedPerson|Person)/")
_NAMING_MEMBERS = """
subject patient performer requester recorder asserter author informationSource participant generalPractitioner
managingOrganization serviceProvider location for owner
"""
_NAMING = frozenset(_NAMING_MEMBERS.split())
_PERSONS = frozenset({"Patient", "Person", "Practitioner", "RelatedPerson"})
_PLACES = frozenset({"Organization", "Location", "HealthcareService"})


def known(resources: Iterable[Resource]) -> Known:
    """Return the names and identifiers of the people and places that these resources tell of."""
    people: set[str] = set()
    phrases: set[str] = set()
    identifiers: set[str] = set()
    seen: set[tuple[Any, str]] = set()
    for resource in _with_contained(resources):
        for member in _NAMING.intersection(resource):
            _look(resource[member], seen)
        if "identifier" in resource:
            identifiers.update(_values(resource["identifier"]))
        kind = str(resource.get("resourceType"))
        if kind in _PERSONS:
            _person(resource, people, phrases, identifiers)
        elif kind in _PLACES:
            phrases.update(_place(resource))
    for reference, display in seen:
        personal = _personal(display)
        if personal:
            phrases.add(display)
        if isinstance(reference, str) and _PEOPLE.search(reference):
            people.add(personal)
    return Known(people, phrases=phrases, identifiers=identifiers)


def _with_contained(resources: Iterable[Resource]) -> Iterator[Resource]:
    for resource in resources:
        yield resource
        if "contained" in resource:
            yield from _objects(resource["contained"])


def _look(value: Any, seen: set[tuple[Any, str]]) -> None:
    """Note reference and display of references, also one level down (participant.individual)."""
    for item in (value,) if isinstance(value, dict) else _objects(value):
        if "display" in item:
            _note(item, seen)
        for inner in item.values():
            if isinstance(inner, dict) and "display" in inner:
                _note(inner, seen)


def _note(holder: Mapping[str, Any], seen: set[tuple[Any, str]]) -> None:
    display = holder.get("display")
    if isinstance(display, str) and len(display) >= 3:
        reference = holder.get("reference")
        seen.add((reference if isinstance(reference, str) else None, display))


def _personal(display: str) -> str:
    """Return the words of a person's display that name the person."""
    return " ".join(w for w in _APART.split(display) if w.casefold() not in _NO_NAMES)


def _person(resource: Resource, people: set[str], phrases: set[str], identifiers: set[str]) -> None:
    for holder in (resource, *_objects(resource.get("contact"))):
        for name in _objects(holder.get("name")):
            people.update(_texts(name.get("family"), name.get("given"), name.get("text")))
            people.update(_texts(" ".join(_texts(name.get("given"), name.get("family")))))
            people.update(_texts("".join(_texts(name.get("family"), name.get("given")))))
        for address in _objects(holder.get("address")):
            phrases.update(_address(address))
            identifiers.update(_texts(address.get("postalCode")))
        for contact in _objects(holder.get("telecom")):
            identifiers.update(n for text in _texts(contact.get("value")) for n in _numbers(text))
    for text in _texts(resource.get("id"), resource.get("birthDate")):
        identifiers.update((text, *_written(text)))


def _place(resource: Resource) -> Iterator[str]:
    yield from _texts(resource.get("name"), resource.get("alias"))
    for address in _objects(resource.get("address")):
        yield from _address(address)


def _address(address: Mapping[str, Any]) -> Iterator[str]:
    lines = _texts(address.get("line"), address.get("text"))
    yield from lines
    yield from (_HOUSE_NUMBER.sub("", line) for line in lines)
    yield from _texts(address.get("city"), address.get("district"))


def _numbers(contact: str) -> Iterator[str]:
    """Yield a telephone number or mail address with the parts by which it is given short."""
    yield contact
    yield contact.partition("@")[0]
    digits = "".join(c for c in contact if c.isdigit())
    yield from (digits[-length:] for length in (10, 7) if len(digits) > length)


def _written(birth: str) -> Iterator[str]:
    """Yield a birth date as people write it, day or month first."""
    try:
        moment, _ = dates.parse(birth)
    except ValueError:
        return
    year, month, day = moment.year, moment.month, moment.day
    yield from (
        f"{month:02}{day:02}{year}",
        f"{day:02}{month:02}{year}",
        f"{month}{day}{year}",
        f"{day}{month}{year}",
    )


def _values(identifiers: Any) -> Iterator[str]:
    for identifier in _objects(identifiers):
        yield from _texts(identifier.get("value"))


def _objects(value: Any) -> list[Mapping[str, Any]]:
    if isinstance(value, dict):
        return [value]
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _texts(*values: Any) -> list[str]:
    found = [x for v in values for x in (v if isinstance(v, list) else [v])]
    return [x for x in found if isinstance(x, str) and x.strip()]
