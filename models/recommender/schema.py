"""The JSON Schema of a `recommender` document."""

from typing import Any

from models.recommender.patient import LISTS

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_DAYS = {"type": ["number", "null"], "description": "Age in days at the time of the question."}
_TEXT = {"type": ["string", "null"]}


def schema(version: str) -> dict[str, Any]:
    """Return the schema of one document, made anew."""
    return {
        "$schema": DRAFT,
        "$id": f"urn:clinicards:recommender:{version}",
        "title": "A patient for whom the next order is asked",
        "type": "object",
        "properties": {
            "id": {"description": "Returned unchanged."},
            "age_years": {"type": ["number", "null"], "minimum": 0, "maximum": 130},
            "sex": {"type": ["string", "null"], "enum": ["female", "male", "other", "unknown", None]},
            "conditions": _list("Codes (SNOMED CT, ICD-10-CM), or objects with what is known.", _condition()),
            "medications": _list("RxCUIs ordered so far, or objects with what is known.", _medication()),
            "allergies": _list("Codes, or objects with what is known.", _allergy()),
            "labs": {
                "type": ["object", "null"],
                "description": "By LOINC code, one value or a list of values.",
                "additionalProperties": {"anyOf": [_lab(), {"type": "array", "items": _lab()}]},
            },
            "immunizations": _list("CVX codes, or objects with days_ago.", {"cvx": _TEXT, "days_ago": _DAYS}),
            "pregnant": {"type": ["boolean", "null"], "description": "Null is not known, never no."},
            "gestational_age_weeks": {"type": ["number", "null"], "minimum": 0, "maximum": 45},
            "current_smoker": {"type": ["boolean", "null"]},
            "weight_kg": {"type": ["number", "null"], "minimum": 0.2, "maximum": 650, "x-unit": "kg"},
            "height_cm": {"type": ["number", "null"], "minimum": 20, "maximum": 260, "x-unit": "cm"},
            "incomplete": {
                "type": ["array", "null"],
                "description": "Names of lists that did not arrive whole.",
                "items": {"type": "string", "enum": list(LISTS)},
            },
            "limit": {"type": ["integer", "null"], "minimum": 1, "maximum": 50},
        },
        "additionalProperties": False,
    }


def _list(description: str, properties: dict[str, Any]) -> dict[str, Any]:
    entry = {"type": "object", "properties": properties}
    return {
        "type": ["array", "null"],
        "description": description,
        "items": {"anyOf": [{"type": "string", "minLength": 1}, entry]},
    }


def _condition() -> dict[str, Any]:
    words = dict.fromkeys(("code", "system", "text", "status"), _TEXT)
    code = {"type": "object", "properties": dict.fromkeys(("code", "system"), _TEXT)}
    also = {"type": ["array", "null"], "description": "Further codes of it.", "items": code}
    return {**words, "codes": also, "days_ago": _DAYS, "ended_days_ago": _DAYS}


def _medication() -> dict[str, Any]:
    amount = {
        "type": ["object", "null"],
        "properties": {"value": {"type": "number"}, "unit": {"type": "string"}},
    }
    words = dict.fromkeys(("rxcui", "text", "status", "dose_text", "route", "indication"), _TEXT)
    return {
        **words,
        "dose": amount,
        "times_per_day": {"type": ["number", "null"]},
        "prn": {"type": ["boolean", "null"]},
        "days_ago": _DAYS,
        "ended_days_ago": _DAYS,
    }


def _allergy() -> dict[str, Any]:
    names = ("code", "system", "text", "type", "clinical_status", "verification_status", "criticality")
    return dict.fromkeys(names, _TEXT)


def _lab() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"value": {"type": "number"}, "unit": {"type": "string"}, "days_ago": _DAYS},
    }
