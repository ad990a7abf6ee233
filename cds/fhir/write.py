"""The resources we suggest, as R4 dicts in pseudonyms, each with a contained Provenance.

A draft is what a clinician may sign, never an order of ours. What a learned model wrote carries the AIAST
security label (http://terminology.hl7.org/CodeSystem/v3-ObservationValue); a published formula is no AI.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from models.record import Code

CALL_INSTANT = "@instant-of-the-call"
"""Stands where the instant of the call belongs: services know no calendar, restoration fills it in."""

_AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
AIAST: Mapping[str, str] = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "AIAST",
    "display": "Artificial Intelligence asserted",
}
"""The label of what a learned model wrote or a machine read."""


def concept(codes: Sequence[Code], text: str) -> dict[str, Any]:
    """Return a CodeableConcept."""
    coding = [
        {k: v for k, v in (("system", c.system), ("code", c.code), ("display", c.display)) if v}
        for c in codes
    ]
    return {"coding": coding, "text": text} if coding else {"text": text}


def service_request(
    *,
    patient: str,
    code: Mapping[str, Any],
    reason: str,
    model: str,
    category: Code | None = None,
    learned: bool = False,
) -> dict[str, Any]:
    """Return a draft ServiceRequest for a patient's pseudonym, with its Provenance inside.

    `model` is `name@version`.
    """
    made: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "contained": [provenance(model=model)],
        "relevantHistory": [{"reference": "#provenance"}],
        "status": "draft",
        "intent": "proposal",
        "code": dict(code),
        "subject": {"reference": patient},
        "reasonCode": [{"text": reason}],
    }
    if category is not None:
        made["category"] = [concept([category], category.display)]
    if learned:
        made["meta"] = {"security": [AIAST]}
    return made


def medication_request(
    *, patient: str, drug: Mapping[str, Any], note: str, model: str, learned: bool = False
) -> dict[str, Any]:
    """Return a draft MedicationRequest for a patient's pseudonym, without a dose, with its Provenance inside.

    `drug` is a CodeableConcept; `model` is `name@version`.
    """
    made: dict[str, Any] = {
        "resourceType": "MedicationRequest",
        "contained": [provenance(model=model)],
        "eventHistory": [{"reference": "#provenance"}],
        "status": "draft",
        "intent": "proposal",
        "medicationCodeableConcept": dict(drug),
        "subject": {"reference": patient},
        "note": [{"text": note}],
    }
    if learned:
        made["meta"] = {"security": [AIAST]}
    return made


def condition(
    *, patient: str, code: Mapping[str, Any], note: str, model: str, encounter: str = "", learned: bool = True
) -> dict[str, Any]:
    """Return a provisional problem-list entry for a patient's pseudonym, with its Provenance inside.

    `code` is a CodeableConcept; `model` is `name@version`. Provisional: somebody considers it, nobody has
    confirmed it.
    """
    made: dict[str, Any] = {
        "resourceType": "Condition",
        "contained": [provenance(model=model)],
        "clinicalStatus": concept([Code(_CLINICAL, "active", "Active")], "Active"),
        "verificationStatus": concept([Code(_VERIFIED, "provisional", "Provisional")], "Provisional"),
        "category": [concept([Code(_CATEGORY, "problem-list-item", "Problem List Item")], "Problem list")],
        "code": dict(code),
        "subject": {"reference": patient},
        "recordedDate": CALL_INSTANT,
        "evidence": [{"detail": [{"reference": "#provenance"}]}],
        "note": [{"text": note}],
    }
    if encounter:
        made["encounter"] = {"reference": encounter}
    if learned:
        made["meta"] = {"security": [AIAST]}
    return made


def provenance(*, model: str) -> dict[str, Any]:
    """Return the contained Provenance of a suggestion: which model of ours proposed it."""
    return {
        "resourceType": "Provenance",
        "id": "provenance",
        "target": [{"reference": "#"}],
        "recorded": CALL_INSTANT,
        "agent": [
            {
                "type": concept([Code(_AGENT, "assembler", "Assembler")], "Assembler"),
                "who": {"display": f"clinicards {model}"},
            }
        ],
    }
