"""Whose a resource is: the patient (and encounter) of the context, or somebody else's and never used.

Source: FHIR R4 patient compartment, http://hl7.org/fhir/R4/compartmentdefinition-patient.html; the fields
below are those by which the resources a hook carries name their patient.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cds.hooks.call import Call

_SUBJECT: Mapping[str, str] = {
    "AllergyIntolerance": "patient",
    "CarePlan": "subject",
    "CareTeam": "subject",
    "CommunicationRequest": "subject",
    "Composition": "subject",
    "Condition": "subject",
    "Consent": "patient",
    "Coverage": "beneficiary",
    "Device": "patient",
    "DeviceRequest": "subject",
    "DiagnosticReport": "subject",
    "DocumentReference": "subject",
    "Encounter": "subject",
    "EpisodeOfCare": "patient",
    "FamilyMemberHistory": "patient",
    "Flag": "subject",
    "Goal": "subject",
    "ImagingStudy": "subject",
    "Immunization": "patient",
    "ImmunizationRecommendation": "patient",
    "List": "subject",
    "Media": "subject",
    "MedicationAdministration": "subject",
    "MedicationDispense": "subject",
    "MedicationRequest": "subject",
    "MedicationStatement": "subject",
    "NutritionOrder": "patient",
    "Observation": "subject",
    "Procedure": "subject",
    "QuestionnaireResponse": "subject",
    "RelatedPerson": "patient",
    "RequestGroup": "subject",
    "RiskAssessment": "subject",
    "ServiceRequest": "subject",
    "Specimen": "subject",
    "Task": "for",
    "VisionPrescription": "patient",
}
_OPTIONAL = frozenset({"Device", "List", "Task", "Specimen", "Media", "CarePlan", "CareTeam", "RequestGroup"})
"""Types whose patient is optional in R4: without one they are used, since they came for this patient."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The patient and encounter of a call, in the forms a reference may take."""

    patient: str
    references: frozenset[str]
    encounter: str

    @classmethod
    def of(cls, call: Call) -> "Owner":
        """Return the owner that a call's context names."""
        patient = call.context.patient_id
        aliases = {f"Patient/{patient}"}
        if call.fhir_server:
            aliases.add(f"{call.fhir_server}/Patient/{patient}")
        for value in call.prefetch.values():
            aliases |= _full_urls(value, patient)
        return cls(patient, frozenset(aliases), call.context.encounter_id)


def _full_urls(value: Any, patient: str) -> set[str]:
    """Return the fullUrls under which bundles of the call carry this very Patient."""
    entries = value.get("entry") if isinstance(value, dict) else None
    found = set()
    for entry in entries if isinstance(entries, list) else ():
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if (
            isinstance(resource, dict)
            and resource.get("resourceType") == "Patient"
            and resource.get("id") == patient
            and isinstance(entry.get("fullUrl"), str)
        ):
            found.add(entry["fullUrl"])
    return found


def foreign(resource: Mapping[str, Any], owner: Owner) -> str:
    """Return why a resource may not be used for this owner, or an empty string where it may."""
    if not owner.patient:
        return ""
    return _foreign(resource, owner) or (_foreign_inside(resource, owner) if "contained" in resource else "")


def _foreign_inside(resource: Mapping[str, Any], owner: Owner) -> str:
    """Return why what is contained in a resource keeps it from being used: a part is somebody else's."""
    contained = resource.get("contained")
    for part in contained if isinstance(contained, list) else ():
        if not isinstance(part, dict):
            continue
        subject = part.get(_SUBJECT.get(str(part.get("resourceType")), "subject"))
        reference = subject.get("reference") if isinstance(subject, dict) else None
        if isinstance(reference, str) and not reference.startswith("#") and _compare(subject, owner):
            return "holds a resource of another patient"
    return ""


def _foreign(resource: Mapping[str, Any], owner: Owner) -> str:
    kind = str(resource.get("resourceType"))
    if kind == "Patient":
        return "" if resource.get("id") == owner.patient else "is another patient"
    if kind == "Appointment":
        return _appointment(resource, owner)
    if kind == "Observation" and resource.get("focus"):
        return "is about its focus (a donor, a fetus), not about the patient"
    name = _SUBJECT.get(kind)
    if name is None:
        name = next((n for n in ("subject", "patient") if n in resource), "")
        if not name:
            return ""
    subject = resource.get(name)
    if subject is None:
        return "" if kind in _OPTIONAL else f"names no {name}, so whose it is cannot be told"
    return _compare(subject, owner)


def _compare(subject: Any, owner: Owner) -> str:
    reference = subject.get("reference") if isinstance(subject, dict) else None
    if not isinstance(reference, str):
        return "its subject is no reference, so whose it is cannot be told"
    if reference in owner.references or reference.split("/_history/")[0] in owner.references:
        return ""
    if reference.startswith(("urn:", "#")) or reference.endswith(f"/Patient/{owner.patient}"):
        return "its subject cannot be traced to the patient of the context"
    return "belongs to another patient"


def _appointment(resource: Mapping[str, Any], owner: Owner) -> str:
    """Return why an appointment is not this patient's: a patient takes part who is somebody else."""
    participants = resource.get("participant")
    actors = [
        str(p["actor"].get("reference", ""))
        for p in (participants if isinstance(participants, list) else ())
        if isinstance(p, dict) and isinstance(p.get("actor"), dict)
    ]
    patients = [a for a in actors if "Patient/" in a or a.startswith(("urn:", "#"))]
    if any(a not in owner.references for a in patients):
        return "belongs to another patient"
    return ""
