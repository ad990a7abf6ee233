"""The JSON Schema (draft 2020-12) of what a score takes, made from its definition.

`required` names what the published score needs. A document that lacks some of it is still answered: the
outputs that need it are null and `missing` names it.
"""

import math
from typing import Any

from models.scores.definition import Definition, InputSpec

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(definition: Definition) -> dict[str, Any]:
    """Return the JSON Schema of one document of this score."""
    properties: dict[str, Any] = {"id": {"description": "Returned unchanged."}}
    for spec in definition.inputs:
        properties[spec.name] = _property(definition, spec)
        alias = {"$ref": f"#/properties/{spec.name}", "description": f"Another name of {spec.name}."}
        properties.update(dict.fromkeys(spec.aliases, alias))
    required = [spec.name for spec in definition.inputs if spec.required]
    alternatives = {spec.one_of: spec.name for spec in definition.inputs if spec.one_of}
    schema: dict[str, Any] = {
        "$schema": DRAFT,
        "$id": f"urn:clinicards:scores:{definition.name}:{definition.version}",
        "title": definition.title,
        "description": "A bare number is in the unit named; null and absent both mean not known.",
        "type": "object",
        "properties": properties,
        "required": [name for name in required if name not in alternatives],
        "additionalProperties": False,
    }
    if alternatives:
        schema["allOf"] = [_either(name, other) for name, other in alternatives.items() if name in required]
    return schema


def _either(name: str, other: str) -> dict[str, Any]:
    return {"anyOf": [{"required": [name]}, {"required": [other]}]}


def _property(definition: Definition, spec: InputSpec) -> dict[str, Any]:
    bare = {"number": _number, "boolean": _boolean, "enum": _enum, "list": _list}[spec.kind](spec)
    value: dict[str, Any] = {
        "type": "object",
        "properties": {"value": {"anyOf": [bare, {"type": "null"}]}},
        "required": ["value"],
        "additionalProperties": False,
    }
    if spec.kind == "number":
        # A value in another unit is held to its bounds after conversion, not here.
        value["properties"] = {"value": {"type": ["number", "null"]}, "unit": {"type": "string"}}
    described = {"title": spec.label, "description": _description(definition, spec)}
    unit = {"x-unit": spec.unit} if spec.unit else {}
    return {**described, **unit, "anyOf": [bare, value, {"type": "null"}]}


def _number(spec: InputSpec) -> dict[str, Any]:
    low, high = spec.possible
    bounds = {"minimum": low} | ({} if math.isinf(high) else {"maximum": high})
    return {"type": "integer" if spec.integer else "number", **bounds}


def _boolean(_spec: InputSpec) -> dict[str, Any]:
    return {"type": "boolean"}


def _enum(spec: InputSpec) -> dict[str, Any]:
    return {"type": "string", "enum": list(spec.values)}


def _list(spec: InputSpec) -> dict[str, Any]:
    item: dict[str, Any] = {"type": "integer", "minimum": spec.low or 0}
    if spec.high is not None:
        item["maximum"] = spec.high
    return {"type": "array", "items": item, "minItems": spec.length, "maxItems": spec.length}


def _description(definition: Definition, spec: InputSpec) -> str:
    """Say the unit, the validated range and which outputs need this input."""
    parts = [f"In {spec.unit}." if spec.unit else ""]
    if spec.kind == "number" and (spec.low is not None or spec.high is not None or spec.below is not None):
        parts.append(f"Validated {span(spec)}.")
    outputs = [output for output, names in (definition.needs or {}).items() if spec.name in names]
    if outputs:
        parts.append(f"Needed for {', '.join(outputs)} alone.")
    if spec.one_of:
        parts.append(f"Stands in for {spec.one_of}.")
    return " ".join(part for part in (*parts, spec.note) if part)


def span(spec: InputSpec) -> str:
    """Say the validated range of an input: `from 30 to below 80 a`."""
    low = "" if spec.low is None else f"from {spec.low:g} "
    high = f"to {spec.high:g}" if spec.high is not None else ""
    high = f"to below {spec.below:g}" if spec.below is not None else high
    return f"{low}{high}".strip() + (f" {spec.unit}" if spec.unit else "")
