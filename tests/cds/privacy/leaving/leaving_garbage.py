"""FHIR-shaped garbage: members that the rules name, holding anything, canaries planted everywhere."""

from typing import Any

from hypothesis import strategies as st
from leaving_world import CANARIES

from cds.privacy.leaving.rules import Rule, Table, load

SYSTEMS = (
    "http://loinc.org", "http://snomed.info/sct", "http://unitsofmeasure.org", "urn:ietf:bcp:47",
    "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "urn:oid:1.2.840.114350.1.13.0.1.7.2.696580",
)  # fmt: skip


def _spoken(canary: str) -> st.SearchStrategy[str]:
    forms = st.sampled_from([canary, canary.casefold(), canary.upper()])
    return forms | forms.map(lambda c: f"seen with {c} stable") | forms.map(lambda c: f"({c})")


CANARY = st.sampled_from(CANARIES).flatmap(_spoken)
TEXT = (
    CANARY
    | st.text(max_size=10)
    | CANARY.map("Patient/".__add__)
    | st.sampled_from(
        ["final", "active", "mg/dL", "2160-0", "2025-01-05", "2025-01-05T10:00:00Z", "#in", *SYSTEMS]
    )
)
LEAF = TEXT | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
_SYSTEM = st.sampled_from(SYSTEMS) | TEXT
CODING = st.fixed_dictionaries(
    {}, optional={"system": _SYSTEM, "code": TEXT, "display": TEXT, "version": TEXT}
)
_MIME = st.sampled_from(["text/plain", "text/html"]) | TEXT


def _object(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=members)


ELEMENT = (
    _object(coding=st.lists(CODING | LEAF, max_size=2), text=TEXT)
    | _object(reference=TEXT, display=CANARY, type=TEXT, identifier=CODING)
    | CODING
    | _object(value=LEAF, unit=TEXT, code=TEXT, system=_SYSTEM, comparator=TEXT)
    | _object(start=TEXT, end=TEXT, low=LEAF, high=CODING)
    | _object(contentType=_MIME, data=TEXT, url=TEXT)
    | _object(div=TEXT, status=TEXT, time=TEXT, authorString=TEXT)
    | _object(state=TEXT, country=TEXT, postalCode=TEXT, use=TEXT)
    | _object(profile=LEAF, security=st.lists(CODING), tag=CODING, source=TEXT)
    | _object(url=_SYSTEM, valueString=TEXT, extension=LEAF)
    | st.dictionaries(TEXT, LEAF, max_size=2)
)
VALUE = LEAF | ELEMENT | st.lists(LEAF | ELEMENT, max_size=2)
TYPES = sorted(load().types)


def _shaped(table: Table, depth: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    members = {name: _member(what, depth) for name, what in table.members.items() if name != "@also"}
    return st.fixed_dictionaries({}, optional=members)


def _member(what: Rule | Table | str, depth: int) -> st.SearchStrategy[Any]:
    if isinstance(what, Rule) or depth > 1:
        return VALUE
    inner = _shaped(load().shared[what] if isinstance(what, str) else what, depth + 1)
    return inner | st.lists(inner | LEAF, max_size=2) | LEAF


def _resource(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    odd = CANARY | st.sampled_from(
        ["extension", "_birthDate", "_status", "text", "", "note", "modifierExtension"]
    )
    shell = st.fixed_dictionaries(
        {"resourceType": st.just(kind)},
        optional={
            "id": TEXT,
            "meta": VALUE,
            "contained": st.lists(st.deferred(lambda: CONTAINED) | LEAF, max_size=2),
            "extension": st.lists(ELEMENT, max_size=2),
        },
    )
    loose = st.dictionaries(odd, VALUE, max_size=2)
    return st.tuples(loose, _shaped(load().types[kind]), shell).map(lambda p: {**p[0], **p[1], **p[2]})


CONTAINED = st.sampled_from(TYPES).flatmap(
    lambda kind: _shaped(load().types[kind]).map(lambda made: {**made, "resourceType": kind, "id": "in"})
)
RESOURCE = st.sampled_from(TYPES).flatmap(_resource)
GARBAGE = RESOURCE | LEAF
