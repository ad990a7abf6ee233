"""What is done to a resource after its members: where one member decides about another."""

from collections.abc import Callable, Mapping
from typing import Any

from cds.privacy.leaving import ages
from cds.privacy.leaving.days import year_of
from cds.privacy.leaving.documents import plain
from cds.privacy.leaving.people import Resource
from cds.privacy.leaving.state import ABSENT, ABSTRED, AGE_GROUP, MASKED, REDACTED, State

_OVER_89 = {"extension": [{"url": ABSENT, "valueCode": "masked"}, {"url": AGE_GROUP, "valueString": "90+"}]}


def _after_person(resource: Resource, made: dict[str, Any], state: State) -> None:
    """Say the age group of somebody over 89 where the birth year may not stand."""
    birth = resource.get("birthDate")
    if "birthDate" in made or birth is None or state.shape.limited:
        return
    year = year_of(birth)
    if year is not None and state.calendar.old(f"{year:04}", until=state.lived_until):
        made["_birthDate"] = {"extension": [dict(e) for e in _OVER_89["extension"]]}
        state.marks |= MASKED | ABSTRED


def _after_binary(_resource: Resource, made: dict[str, Any], _state: State) -> None:
    """Say the media type that scrubbed text has."""
    if "data" in made and "contentType" in made:
        made["contentType"] = plain(made["contentType"])


def _after_bundle(resource: Resource, made: dict[str, Any], state: State) -> None:
    """Leave out entries whose resource was refused: an address without its resource says something else."""
    entries, kept = resource.get("entry"), made.get("entry")
    if not isinstance(entries, list) or not isinstance(kept, list):
        return
    left = [e for e in kept if e.keys() & {"resource", "request", "response"}]
    if len(left) != len(kept):
        state.ledger.counts[state.ledger.slot("Bundle.entry", "left out")] += len(kept) - len(left)
        state.marks |= REDACTED
    made["entry"] = left
    if not left:
        del made["entry"]


def _after_ages(_resource: Resource, made: dict[str, Any], state: State) -> None:
    """Take ages over 89 out of bare numbers."""
    if state.shape.limited:
        return
    found = ages.of_observation(made) if made["resourceType"] == "Observation" else ages.of_answers(made)
    if found:
        state.generalised()


AFTERWARDS: Mapping[str, Callable[[Resource, dict[str, Any], State], None]] = {
    "Observation": _after_ages,
    "QuestionnaireResponse": _after_ages,
    "Patient": _after_person,
    "RelatedPerson": _after_person,
    "Binary": _after_binary,
    "Bundle": _after_bundle,
}
