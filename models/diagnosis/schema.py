"""The JSON Schema of one `differential` document."""

from collections.abc import Mapping
from typing import Any

LONGEST_TEXT = 20_000
SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:clinicards:differential",
    "title": "A story of an illness and what is known of the person",
    "type": "object",
    "properties": {
        "id": {"description": "Returned unchanged."},
        "text": {
            "type": "string",
            "format": "clinical-text",
            "maxLength": LONGEST_TEXT,
            "description": "What is wrong, in English; offsets of `understood` index it as given.",
        },
        "age_years": {"type": "number", "minimum": 0, "maximum": 130},
        "age_days": {"type": "number", "minimum": 0},
        "sex": {"enum": ["female", "male", "other", "unknown"]},
        "setting": {"enum": ["primary-care", "emergency", "inpatient", "telephone"]},
        "pregnant": {"type": "boolean"},
        "immunosuppressed": {"type": "boolean"},
        "vitals": {
            "type": "object",
            "description": "Measured values by LOINC code.",
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "value": {"type": "number"},
                    "unit": {"type": "string", "description": "UCUM"},
                },
                "required": ["value"],
            },
        },
        "findings": {
            "type": "array",
            "description": "Answers and findings of the record: an id of the knowledge base, or words.",
            "items": {
                "type": "object",
                "properties": {
                    "code": {"type": "string"},
                    "text": {"type": "string"},
                    "present": {"type": "boolean"},
                },
                "required": ["present"],
            },
        },
    },
    "additionalProperties": False,
}
