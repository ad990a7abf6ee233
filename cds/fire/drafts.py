"""What is being ordered, noted or booked: read from a file, or made from a line of text.

A line names the thing, after a comma how it is taken, and codes as `rxnorm:5640`, `icd10:N18.3`, `snomed:…`
or `loinc:…` anywhere in it: `ibuprofen 400 MG Oral Tablet, three times daily rxnorm:197805`.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cds.fire.errors import CannotFire

Resource = dict[str, Any]

_CODE = re.compile(r"\b(rxnorm|icd10|snomed|loinc):([A-Za-z0-9.\-]*[A-Za-z0-9])")
_SYSTEMS: Mapping[str, str] = {
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "icd10": "http://hl7.org/fhir/sid/icd-10-cm",
    "snomed": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
}
_CLINICAL = "http://terminology.hl7.org/CodeSystem/{}-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/{}-verification"


@dataclass(frozen=True, slots=True)
class Draft:
    """What `--draft` gave: whole resources, or a line of text."""

    text: str = ""
    resources: tuple[Resource, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Scene:
    """Whose draft it is, who makes it, in which encounter and when."""

    patient: str
    user: str
    encounter: str
    now: datetime


def read_draft(given: str) -> Draft:
    """Return the draft in a file where there is one of this name, else the text itself."""
    path = Path(given)
    if not given.endswith(".json") and not _is_file(path):
        if not given.strip():
            raise CannotFire("--draft is empty; give a file of FHIR JSON or a line of text")
        return Draft(text=given.strip())
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotFire(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError:
        raise CannotFire(
            f"{path}: is not JSON; give a FHIR resource, a Bundle or an array of resources"
        ) from None
    return Draft(resources=_resources(document, path))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        # A line of text may be too long or hold signs that no file name has.
        return False


def _resources(document: Any, path: Path) -> tuple[Resource, ...]:
    found = document
    if isinstance(document, dict):
        bundle = document.get("resourceType") == "Bundle"
        found = [entry.get("resource") for entry in document.get("entry", ())] if bundle else [document]
    if not isinstance(found, list) or not found or not all(map(_is_resource, found)):
        raise CannotFire(
            f"{path}: holds no FHIR resources; give a resource, a Bundle or an array of resources"
        )
    return tuple(found)


def _is_resource(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("resourceType"), str)


def owned(resources: Sequence[Resource], scene: Scene) -> tuple[Resource, ...]:
    """Return resources with an id and a subject where they had none; what they say themselves stays."""
    return tuple(_owned(resource, n, scene) for n, resource in enumerate(resources, 1))


def _owned(resource: Resource, number: int, scene: Scene) -> Resource:
    made = {"id": f"draft-{number}", **resource}
    name = _SUBJECT.get(made["resourceType"], "subject")
    return made if name is None or name in made else {**made, name: _patient(scene)}


_SUBJECT: Mapping[str, str | None] = {
    "AllergyIntolerance": "patient",
    "VisionPrescription": "patient",
    "NutritionOrder": "patient",
    "ImmunizationRecommendation": "patient",
    "Task": "for",
    "Appointment": None,
    "SupplyRequest": None,
}


def from_text(kind: str, text: str, scene: Scene) -> Resource:
    """Return a resource of this type made from a line of text."""
    return _MAKERS[kind](text, scene)


def _concept(text: str) -> tuple[Resource, str]:
    """Return the CodeableConcept of a line and what stands after its first comma."""
    codes = _CODE.findall(text)
    bare = " ".join(_CODE.sub("", text).split())
    name, _, rest = bare.partition(",")
    name = name.strip() or "; ".join(f"{system} {code}" for system, code in codes)
    concept: Resource = {"text": name}
    if codes:
        concept["coding"] = [{"system": _SYSTEMS[s], "code": c, "display": name} for s, c in codes]
    return concept, rest.strip(" ,")


def _medication(text: str, scene: Scene) -> Resource:
    concept, dosage = _concept(text)
    made: Resource = {
        "resourceType": "MedicationRequest",
        "id": "draft-1",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": concept,
        "subject": _patient(scene),
        "authoredOn": _instant(scene.now),
        "requester": {"reference": scene.user},
    }
    if scene.encounter:
        made["encounter"] = {"reference": f"Encounter/{scene.encounter}"}
    return made | ({"dosageInstruction": [{"text": dosage}]} if dosage else {})


def _allergy(text: str, scene: Scene) -> Resource:
    concept, reaction = _concept(text)
    made: Resource = {
        "resourceType": "AllergyIntolerance",
        "id": "draft-1",
        "clinicalStatus": _status("allergyintolerance", "active"),
        "verificationStatus": {
            "coding": [{"system": _VERIFICATION.format("allergyintolerance"), "code": "unconfirmed"}]
        },
        "code": concept,
        "patient": _patient(scene),
        "recordedDate": _instant(scene.now),
    }
    return made | ({"reaction": [{"manifestation": [{"text": reaction}]}]} if reaction else {})


def _condition(text: str, scene: Scene) -> Resource:
    concept, note = _concept(text)
    made: Resource = {
        "resourceType": "Condition",
        "id": "draft-1",
        "clinicalStatus": _status("condition", "active"),
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/condition-category",
                        "code": "problem-list-item",
                    }
                ]
            }
        ],
        "code": concept,
        "subject": _patient(scene),
        "recordedDate": _instant(scene.now),
    }
    return made | ({"note": [{"text": note}]} if note else {})


def appointment(scene: Scene) -> Resource:
    """Return a proposed appointment of half an hour, a week from now."""
    start = (scene.now + timedelta(days=7)).replace(hour=9, minute=0, second=0, microsecond=0)
    people = (f"Patient/{scene.patient}", scene.user)
    return {
        "resourceType": "Appointment",
        "id": "draft-1",
        "status": "proposed",
        "start": _instant(start),
        "end": _instant(start + timedelta(minutes=30)),
        "minutesDuration": 30,
        "participant": [{"actor": {"reference": who}, "status": "needs-action"} for who in people],
    }


def refill(order: Resource) -> Resource:
    """Return the draft of a new order that continues an active one."""
    kept = {key: value for key, value in order.items() if key not in {"meta", "text"}}
    prior = {"reference": f"MedicationRequest/{order.get('id')}"}
    return {**kept, "id": "refill-1", "status": "draft", "intent": "order", "priorPrescription": prior}


def _patient(scene: Scene) -> Resource:
    return {"reference": f"Patient/{scene.patient}"}


def _status(kind: str, code: str) -> Resource:
    return {"coding": [{"system": _CLINICAL.format(kind), "code": code}]}


def _instant(when: datetime) -> str:
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")


_MAKERS: Mapping[str, Callable[[str, Scene], Resource]] = {
    "MedicationRequest": _medication,
    "AllergyIntolerance": _allergy,
    "Condition": _condition,
}
