"""The JSON Schema of one `medication-safety` document."""

from collections.abc import Mapping
from typing import Any

_QUANTITY = {
    "type": "object",
    "properties": {"value": {"type": "number"}, "unit": {"type": "string", "description": "UCUM"}},
    "required": ["value"],
}
_DRUG = {
    "rxcui": {"type": "string", "description": "RxNorm, an ingredient or a product"},
    "text": {"type": "string", "description": "Words of the entry: `Lisinopril 10 MG Oral Tablet`."},
    "dose": {**_QUANTITY, "description": "What is taken at a time; `{tbl}` counts tablets."},
    "times_per_day": {"type": "number", "minimum": 0, "maximum": 96},
    "dose_text": {"type": "string"},
    "route": {"type": "string"},
    "prn": {"type": "boolean"},
    "indication": {
        "type": "string",
        "description": "A condition's name in the rules, an ICD-10-CM code, or words.",
    },
}
_TAKEN = {
    **_DRUG,
    "status": {"type": "string", "description": "active, completed, stopped, on-hold, entered-in-error ..."},
    "started_days_ago": {"type": "number"},
    "ended_days_ago": {"type": "number"},
}
_ALLERGY = {
    "code": {"type": "string"},
    "system": {"type": "string"},
    "text": {"type": "string"},
    "type": {"enum": ["allergy", "intolerance"]},
    "clinical_status": {"type": "string"},
    "verification_status": {"type": "string"},
    "reaction": {"type": ["string", "array"], "items": {"type": "string"}},
    "criticality": {"enum": ["low", "high", "unable-to-assess"]},
}
_CONDITION = {
    "code": {"type": "string"},
    "system": {"type": "string"},
    "text": {"type": "string"},
    "status": {"type": "string"},
    "verification_status": {"type": "string"},
    "days_ago": {"type": "number"},
}
_LAB = {
    "type": ["object", "array"],
    "properties": {
        "value": {"type": "number"},
        "unit": {"type": "string"},
        "days_ago": {"type": "number"},
        "comparator": {"enum": ["<", "<=", ">", ">="]},
    },
}


def _list(members: Mapping[str, Any], what: str) -> dict[str, Any]:
    return {"type": "array", "description": what, "items": {"type": "object", "properties": dict(members)}}


SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:clinicards:medication-safety",
    "title": "Drafted orders and what is known of the person",
    "type": "object",
    "properties": {
        "id": {"description": "Returned unchanged."},
        "draft": _list(_DRUG, "What is being ordered."),
        "medications": _list(_TAKEN, "What is or was taken; absent: the list is not known."),
        "allergies": _list(_ALLERGY, "The allergy list; absent: it is not known."),
        "conditions": _list(_CONDITION, "Diagnoses; absent: they are not known."),
        "labs": {"type": "object", "description": "Results by LOINC code.", "additionalProperties": _LAB},
        "genes": {"type": "object", "additionalProperties": {"type": "string"}},
        "age_years": {"type": "number", "minimum": 0, "maximum": 130},
        "sex": {"enum": ["female", "male", "other", "unknown"]},
        "weight_kg": {"type": "number"},
        "height_cm": {"type": "number"},
        "pregnant": {"type": "boolean"},
        "trimester": {"enum": [1, 2, 3]},
        "gestational_age_weeks": {"type": "number"},
        "lactating": {"type": "boolean"},
        "setting": {"type": "string"},
    },
    "additionalProperties": False,
}
