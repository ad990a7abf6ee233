"""What one click may write: an entry, unconfirmed, labelled as machine-made, with the note as evidence."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.fhir.read import NOTHING_KNOWN
from cds.fhir.write import AIAST, concept, provenance
from cds.hooks.cards import Change, Suggestion
from cds.services.base import Case
from cds.services.note_review.reading import Told
from models.record import Code

_MADE_BY = {"reference": "#provenance"}
_HL7 = "http://terminology.hl7.org/CodeSystem/"
_RETIRED = {
    "clinicalStatus": {"coding": [{"system": f"{_HL7}allergyintolerance-clinical", "code": "inactive"}]},
    "verificationStatus": {
        "coding": [{"system": f"{_HL7}allergyintolerance-verification", "code": "refuted"}]
    },
}


def suggestion(told: Told, case: Case, *, model: str, severe: bool = False) -> Suggestion:
    """Return the suggestion to record what notes claim; a statement of nothing is retired with it."""
    made = {"allergy": _allergy, "medication": _medication, "problem": _problem}[told.kind](told, case, model)
    if severe:
        made["criticality"] = "high"
    what = {"allergy": f"{told.name} allergy", "medication": told.name, "problem": told.name}[told.kind]
    label = f"Add {what}, unconfirmed, with the note as evidence"
    retired = _retiring(case) if told.kind == "allergy" else ()
    return Suggestion(label, case.new_uuid(), (Change("create", label, resource=made), *retired))


def _base(kind: str, told: Told, model: str) -> dict[str, Any]:
    sources = [{"role": "source", "what": note} for note in _read(told)]
    return {
        "resourceType": kind,
        "meta": {"security": [AIAST]},
        "contained": [{**provenance(model=model), "entity": sources}],
    }


def _read(told: Told) -> list[dict[str, str]]:
    """Return references to the notes that say it, each once."""
    return [{"reference": ref} for ref in dict.fromkeys(one.ref for one in told.evidence)]


def _code(told: Told) -> Mapping[str, Any]:
    return concept([Code(c.system, c.code, c.display) for c in told.codes], told.name)


def _status(table: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": f"{_HL7}{table}", "code": code}]}


def _allergy(told: Told, case: Case, model: str) -> dict[str, Any]:
    shown = [{"manifestation": [{"text": reaction}]} for reaction in told.reactions]
    return _base("AllergyIntolerance", told, model) | {
        "clinicalStatus": _status("allergyintolerance-clinical", "active"),
        "verificationStatus": _status("allergyintolerance-verification", "unconfirmed"),
        "code": _code(told),
        "patient": {"reference": case.patient},
        **({"reaction": shown} if shown else {}),
    }


def _problem(told: Told, case: Case, model: str) -> dict[str, Any]:
    return _base("Condition", told, model) | {
        "clinicalStatus": _status("condition-clinical", "active"),
        "verificationStatus": _status("condition-ver-status", "unconfirmed"),
        "category": [_status("condition-category", "problem-list-item")],
        "code": _code(told),
        "subject": {"reference": case.patient},
        "evidence": [{"detail": [*_read(told), _MADE_BY]}],
    }


def _medication(told: Told, case: Case, model: str) -> dict[str, Any]:
    return _base("MedicationStatement", told, model) | {
        "status": "unknown",
        "medicationCodeableConcept": _code(told),
        "subject": {"reference": case.patient},
        "derivedFrom": [*_read(told), _MADE_BY],
        "note": [{"text": "Named in a note as taken; to be confirmed with the patient."}],
    }


def _retiring(case: Case) -> Iterator[Change]:
    """Yield a change for each entry of the list that states that there is no allergy."""
    for resource in case.resources:
        if resource["resourceType"] == "AllergyIntolerance" and nothing_known(resource):
            words = 'Retire "no known allergy"'
            yield Change("patch", words, str(resource["id"]), resource=_RETIRED)


def nothing_known(resource: Mapping[str, Any]) -> bool:
    """Tell whether an entry of the allergy list states that there is nothing."""
    coding = resource.get("code", {}).get("coding", ())
    return any((c.get("system"), c.get("code")) in NOTHING_KNOWN["allergy"] for c in coding)
