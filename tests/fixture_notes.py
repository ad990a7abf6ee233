"""The recorded calls of note review: whose notes, and what is changed in them."""

from typing import Any

from fixture_calls import FixtureCase

Json = dict[str, Any]
_NOTES = "note-review"
_RESTRICTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
_OUTCOME: Json = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "timeout", "diagnostics": "search took too long"}],
}


def _restricted(request: Json) -> None:
    """Label the newest note restricted."""
    newest = max(request["prefetch"]["documents"]["entry"], key=lambda e: e["resource"]["date"])["resource"]
    newest["meta"] = {**newest.get("meta", {}), "security": [_RESTRICTED]}


def _problems_failed(request: Json) -> None:
    """Send an OperationOutcome where the problem list should be."""
    request["prefetch"]["conditions"] = _OUTCOME


NOTES = (
    FixtureCase(_NOTES, "forgotten-allergy", "forgotten-allergy"),
    FixtureCase(_NOTES, "nodule-and-anticoagulant", "discharge-hf", hook="encounter-discharge"),
    FixtureCase(_NOTES, "restricted-note", "discharge-hf", edit=_restricted),
    FixtureCase(_NOTES, "problem-not-listed", "dirty-data"),
    FixtureCase(_NOTES, "problems-unreadable", "dirty-data", edit=_problems_failed),
    FixtureCase(_NOTES, "nothing-missing", "polypharmacy-warfarin"),
    FixtureCase(_NOTES, "child", "child-asthma"),
)
