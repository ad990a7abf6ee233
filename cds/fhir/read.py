"""From clean resources to a `Record`: coded facts with values, units and offsets from the call.

What comes in has passed `cds.privacy.deidentify`: times are `Offset`s, references are pseudonyms.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from cds.fhir.readers import READERS
from models.record import SNOMED, Fact, Kind, ListState, Record, Sex

Clean = Mapping[str, Any]

NOTHING_KNOWN: Mapping[Kind, frozenset[str]] = {
    "allergy": frozenset({"716186003", "409137002", "428607008", "429625007"}),
    "condition": frozenset({"160245001"}),
    "medication": frozenset({"787481004"}),
}
"""SNOMED CT codes by which a record states that there is nothing (situations with explicit context)."""

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
    facts: list[Fact] = []
    for resource in by_id.values():
        reader = READERS.get(resource["resourceType"])
        if reader is not None:
            facts.extend(reader(resource, by_id))
    facts, states = _without_nil(_grouped(facts, by_id), dict(lists))
    age = patient.get("_age") or {}
    return Record(
        facts=tuple(facts),
        age_days=age.get("days"),
        age_years=age.get("years"),
        age_precision=age.get("precision", ""),
        sex=_SEXES.get(str(patient.get("gender")), "unknown"),
        deceased=bool(patient.get("deceasedBoolean")) or "deceasedDateTime" in patient,
        lists=states,
        current_encounter=encounter,
        notices=notices,
    )


def _without_nil(
    facts: list[Fact], states: dict[Kind, ListState]
) -> tuple[list[Fact], dict[Kind, ListState]]:
    """Take statements of "nothing known" out of the facts and put them into the state of their list."""
    kept = []
    stated: set[Kind] = set()
    for fact in facts:
        nothing = NOTHING_KNOWN.get(fact.kind)
        if nothing and fact.has(SNOMED, nothing):
            if fact.verification not in {"refuted", "entered-in-error"}:
                stated.add(fact.kind)
        else:
            kept.append(fact)
    present = {fact.kind for fact in kept}
    for kind in stated - present:
        if states.get(kind) in {"complete", "not-requested", None}:
            states[kind] = "nil-known"
    return kept, states


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
