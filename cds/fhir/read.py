"""From clean resources to a `Record`: coded facts with values, units and offsets from the call.

What comes in has passed `cds.privacy.deidentify`: times are `Offset`s, references are pseudonyms.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from cds.fhir.readers import READERS
from models.record import SNOMED, Fact, Kind, ListState, Record, Sex

Clean = Mapping[str, Any]

_IPS = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"

NOTHING_KNOWN: Mapping[Kind, frozenset[tuple[str, str]]] = {
    "allergy": frozenset(
        {
            (SNOMED, "716186003"),
            (SNOMED, "409137002"),
            (_IPS, "no-known-allergies"),
            (_IPS, "no-known-medication-allergies"),
        }
    ),
    "condition": frozenset({(SNOMED, "160245001"), (_IPS, "no-known-problems")}),
    "medication": frozenset({(SNOMED, "787481004"), (_IPS, "no-known-medications")}),
}
"""Codes by which a record states that there is nothing: SNOMED CT situations and the IPS code system."""

_SAYS_NOTHING: Mapping[Kind, frozenset[tuple[str, str]]] = {
    "allergy": frozenset(
        {
            (SNOMED, "428607008"),
            (SNOMED, "429625007"),
            (_IPS, "no-known-environmental-allergies"),
            (_IPS, "no-known-food-allergies"),
            (_IPS, "no-allergy-info"),
        }
    ),
    "condition": frozenset({(_IPS, "no-problem-info")}),
    "medication": frozenset({(_IPS, "no-medication-info")}),
    "procedure": frozenset({(_IPS, "no-known-procedures"), (_IPS, "no-procedure-info")}),
    "immunization": frozenset({(_IPS, "no-known-immunizations"), (_IPS, "no-immunization-info")}),
    "device": frozenset({(_IPS, "no-known-devices"), (_IPS, "no-device-info")}),
}
"""Codes of entries that are no fact and no statement about the list either: no food allergy, not asked."""

_SEXES: Mapping[str, Sex] = {"female": "female", "male": "male", "other": "other", "unknown": "unknown"}


def record(
    resources: Iterable[Clean],
    *,
    lists: Mapping[Kind, ListState],
    encounter: str = "",
    notices: tuple[str, ...] = (),
) -> Record:
    """Return the record of these clean resources.

    `lists` says how each kind's list arrived; one that states "nothing known" becomes `nil-known` here.
    """
    by_id = {r["id"]: r for r in resources}
    patient = next((r for r in by_id.values() if r["resourceType"] == "Patient"), {})
    found: list[Fact] = []
    for resource in by_id.values():
        reader = READERS.get(resource["resourceType"])
        if reader is not None:
            found.extend(reader(resource, by_id))
    found, states = _without_nil(_grouped(found, by_id), dict(lists))
    age = patient.get("_age") or {}
    return Record(
        facts=tuple(found),
        age_days=age.get("days"),
        age_years=age.get("years"),
        age_precision=age.get("precision", ""),
        sex=_SEXES.get(str(patient.get("gender")), "unknown"),
        deceased=bool(patient.get("deceasedBoolean")) or "deceasedDateTime" in patient,
        lists=states,
        current_encounter=encounter,
        notices=notices,
    )


def facts(resources: Iterable[Clean]) -> tuple[Fact, ...]:
    """Return the facts of clean resources by themselves: of drafts, which are no part of the record."""
    by_id = {r["id"]: r for r in resources}
    return tuple(
        fact
        for r in by_id.values()
        if (reader := READERS.get(r["resourceType"])) is not None
        for fact in reader(r, by_id)
    )


def _without_nil(
    facts: list[Fact], states: dict[Kind, ListState]
) -> tuple[list[Fact], dict[Kind, ListState]]:
    """Take entries that are no facts out, and say in the state of their list what they state of it."""
    kept: list[Fact] = []
    stated: set[Kind] = set()
    emptied: set[Kind] = set()
    for fact in facts:
        if fact.kind == "observation" or fact.kind not in _SAYS_NOTHING:
            kept.append(fact)
        elif _among(fact, NOTHING_KNOWN):
            if fact.verification not in {"refuted", "entered-in-error"}:
                stated.add(fact.kind)
            emptied.add(fact.kind)
        elif _among(fact, _SAYS_NOTHING):
            emptied.add(fact.kind)
        else:
            kept.append(fact)
    for kind in emptied - {fact.kind for fact in kept}:
        if states.get(kind) in {"complete", "not-requested", None}:
            states[kind] = "nil-known" if kind in stated else "empty"
    return kept, states


def _among(fact: Fact, table: Mapping[Kind, frozenset[tuple[str, str]]]) -> bool:
    marks = table.get(fact.kind)
    return marks is not None and any((c.system, c.code) in marks for c in fact.codes)


def _grouped(facts: list[Fact], by_id: Mapping[str, Clean]) -> list[Fact]:
    """Give the members of a panel the panel's group, so that what was measured together stays together."""
    panels = {
        member["reference"]: r["id"]
        for r in by_id.values()
        if r["resourceType"] == "Observation"
        for member in r.get("hasMember", ())
    }
    if not panels:
        return facts
    return [replace(f, group=panels[f.ref]) if f.ref in panels else f for f in facts]
