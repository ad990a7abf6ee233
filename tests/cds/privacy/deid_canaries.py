"""A patient whose every identifier is a canary, and FHIR-shaped garbage in which they are planted."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from cds.fhir.dates import Offset
from cds.privacy import deidentify as door

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CANARIES = (
    "Zerquist",
    "Wilhelmina",
    "Quorr",
    "MRN-88412-Q",
    "777-31-9915",
    "+1 847 555 0173",
    "wzerquist@mail.example",
    "Rookhaven",
    "17 Tamarisk Lane",
    "60973",
    "李明霞",
    "Зверкова",
    "pat-ZQ-4471",
)
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "pat-ZQ-4471",
    "name": [
        {"family": "Zerquist", "given": ["Wilhelmina", "Quorr"]},
        {"text": "李明霞", "family": "李", "given": ["明霞"]},
        {"family": "Зверкова"},
    ],
    "identifier": [{"value": "MRN-88412-Q"}, {"value": "777-31-9915"}],
    "telecom": [{"value": "+1 847 555 0173"}, {"value": "wzerquist@mail.example"}],
    "address": [{"line": ["17 Tamarisk Lane"], "city": "Rookhaven", "postalCode": "60973"}],
    "birthDate": "1951-07-09",
    "gender": "female",
}

_TABLE = tomllib.loads((door.resources.files("cds.privacy") / "rules.toml").read_text(encoding="utf-8"))
TYPES = sorted(name for name in _TABLE if not name.startswith("@"))
SYSTEMS = (
    "http://loinc.org",
    "http://snomed.info/sct",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://unitsofmeasure.org",
    "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "http://terminology.hl7.org/CodeSystem/observation-category",
    "urn:oid:1.2.840.114350.1.13.0.1.7.2.696580",
)


def spoken(canary: str) -> st.SearchStrategy[str]:
    """Return a canary as it may be written: as it is, folded, alone, or among other words."""
    forms = st.sampled_from([canary, canary.casefold(), canary.upper()])
    return forms | forms.map(lambda c: f"seen with {c}, stable") | forms.map(lambda c: f"({c})")


CANARY = st.sampled_from(CANARIES).flatmap(spoken)
TEXT = (
    CANARY
    | st.text(max_size=10)
    | st.sampled_from(["final", "active", "mg/dL", "2160-0", "2025-01-05", *SYSTEMS])
)
LEAF = TEXT | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
CODING = st.fixed_dictionaries(
    {}, optional={"system": st.sampled_from(SYSTEMS) | TEXT, "code": TEXT, "display": TEXT, "version": TEXT}
)
REFERENCE = st.fixed_dictionaries(
    {}, optional={"reference": TEXT | CANARY.map("Patient/".__add__), "display": CANARY, "type": TEXT}
)
ELEMENT = (
    st.fixed_dictionaries({}, optional={"coding": st.lists(CODING, max_size=2), "text": TEXT})
    | REFERENCE
    | CODING
    | st.fixed_dictionaries(
        {},
        optional={
            "value": LEAF,
            "unit": TEXT,
            "code": TEXT,
            "system": st.sampled_from(SYSTEMS),
            "comparator": TEXT,
        },
    )
    | st.fixed_dictionaries({}, optional={"start": TEXT, "end": TEXT})
    | st.dictionaries(TEXT, LEAF, max_size=2)
)
VALUE = LEAF | ELEMENT | st.lists(LEAF | ELEMENT, max_size=2)


def _shaped(rules: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects with the members a table of rules names, holding anything."""
    members = {
        name: _member(_TABLE[rule] if isinstance(rule, str) and rule.startswith("@") else rule)
        for name, rule in rules.items()
    }
    return st.fixed_dictionaries({}, optional=members)


def _member(rule: Any) -> st.SearchStrategy[Any]:
    if isinstance(rule, dict):
        inner = _shaped(rule)
        return inner | st.lists(inner | LEAF, max_size=2) | LEAF
    return VALUE


def _resource(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    loose = st.dictionaries(
        CANARY | st.sampled_from(["extension", "_birthDate", "text", "", "note"]), VALUE, max_size=2
    )
    shell = st.fixed_dictionaries(
        {"resourceType": st.just(kind)},
        optional={
            "id": TEXT,
            "contained": st.lists(st.deferred(lambda: CONTAINED) | LEAF, max_size=2),
            "meta": VALUE,
            "identifier": VALUE,
            "subject": REFERENCE,
            "modifierExtension": st.just([{"url": "x"}]) if kind == "Flag" else st.nothing(),
        },
    )
    return st.tuples(shell, _shaped(_TABLE[kind]), loose).map(
        lambda parts: {**parts[2], **parts[1], **parts[0]}
    )


CONTAINED = st.sampled_from(TYPES).flatmap(
    lambda kind: _shaped(_TABLE[kind]).map(lambda made: {**made, "resourceType": kind, "id": "in"})
)
GARBAGE = st.sampled_from(TYPES).flatmap(_resource)


def strings(value: Any) -> Iterator[str]:
    """Yield every string of a clean resource, names of members too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)


def told(clean: Any) -> Any:
    """Return a clean value as JSON, offsets written out."""
    if isinstance(clean, Offset):
        return {"minutes_ago": clean.minutes_ago, "precision": clean.precision}
    if isinstance(clean, dict):
        return {name: told(item) for name, item in clean.items()}
    if isinstance(clean, list | tuple):
        return [told(item) for item in clean]
    return clean
