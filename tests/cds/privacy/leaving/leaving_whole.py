"""Resources of every type with every member filled, made from the R4B models, a canary wherever words go."""

import importlib
import re
from functools import cache
from typing import Any

from leaving_world import CANARY_TEXT

_PRIMITIVES = (
    "PositiveInt", "UnsignedInt", "Base64Binary", "DateTime", "Canonical", "Markdown", "Instant", "Integer",
    "Decimal", "Boolean", "String", "Code", "Date", "Time", "Url", "Uri", "Oid", "Uuid", "Id", "Xhtml",
)  # fmt: skip
_OUTSIDE = frozenset({"id", "contained", "extension", "modifierExtension", "implicitRules", "fhir_comments"})
_CODES = {
    "confidentiality": "N", "contentType": "text/plain", "language": "en-US", "issue.code": "invalid",
    "comparator": "<", "subjectType": "Patient", "type": "string", "code": "invalid", "status": "active",
    "currency": "USD", "when": "AC", "valueCode": "zerquist",
}  # fmt: skip
_CODING = {"system": "http://snomed.info/sct", "code": "38341003", "display": CANARY_TEXT}
_REFERENCE = {"reference": "Patient/pat-ZQ-4471", "display": CANARY_TEXT}
_QUANTITY = {"value": 42.5, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}
_PERIOD = {"start": "2021-04-11", "end": "2021-05-12T10:11:12+02:00"}
_VALUES: dict[str, Any] = {
    "Boolean": True, "Integer": 3, "PositiveInt": 3, "UnsignedInt": 3, "Decimal": 2.5, "Time": "10:11:12",
    "Date": "2021-04-11", "DateTime": "2021-04-11T10:11:12Z", "Instant": "2021-04-11T10:11:12.345Z",
    "String": CANARY_TEXT, "Markdown": CANARY_TEXT, "Uri": "http://zerquist.example/rookhaven",
    "Url": "http://zerquist.example/rookhaven", "Canonical": "http://zerquist.example/rookhaven|1",
    "Oid": "urn:oid:1.2.3.88412", "Id": "pat-ZQ-4471",
    "Uuid": "urn:uuid:7a1c0a9e-4c09-4f8e-9d8e-2b6d3f1a9b1c",
    "Base64Binary": "V2lsaGVsbWluYSBaZXJxdWlzdA==",
    "Xhtml": '<div xmlns="http://www.w3.org/1999/xhtml">Wilhelmina Zerquist</div>',
    "Coding": _CODING, "CodeableConcept": {"coding": [_CODING], "text": CANARY_TEXT}, "Reference": _REFERENCE,
    "Quantity": _QUANTITY, "Age": {**_QUANTITY, "unit": "a", "code": "a"}, "Duration": _QUANTITY,
    "Count": _QUANTITY, "Distance": _QUANTITY, "Range": {"low": _QUANTITY, "high": _QUANTITY},
    "Ratio": {"numerator": _QUANTITY, "denominator": _QUANTITY}, "Period": _PERIOD,
    "Money": {"value": 2.5, "currency": "USD"},
    "SampledData": {"origin": _QUANTITY, "period": 2, "dimensions": 1, "data": "1 2 E"},
    "Annotation": {"authorString": CANARY_TEXT, "time": "2021-04-11", "text": CANARY_TEXT},
    "Attachment": {
        "contentType": "text/plain", "title": CANARY_TEXT, "url": "http://zerquist.example/a.txt",
        "data": "V2lsaGVsbWluYSBaZXJxdWlzdA==", "creation": "2021-04-11",
    },
    "HumanName": {"family": "Zerquist", "given": ["Wilhelmina"]},
    "ContactPoint": {"system": "phone", "value": "+1 847 555 0173"},
    "Address": {"line": ["17 Tamarisk Lane"], "city": "Rookhaven", "state": "IL", "postalCode": "60973"},
    "Identifier": {"system": "urn:oid:1.2.3", "value": "MRN-88412-Q", "assigner": {"display": CANARY_TEXT}},
    "Narrative": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Zerquist</div>'},
    "Signature": {"type": [_CODING], "when": "2021-04-11T10:11:12Z", "who": _REFERENCE},
    "Meta": {"source": "http://zerquist.example", "versionId": "88412"},
    "ContactDetail": {"name": CANARY_TEXT},
    "Expression": {"language": "text/fhirpath", "expression": "'Zerquist'"},
    "Timing": {
        "event": ["2021-04-11"],
        "repeat": {"boundsPeriod": _PERIOD, "frequency": 2, "period": 1, "periodUnit": "d"},
    },
    "Dosage": {
        "text": CANARY_TEXT, "patientInstruction": CANARY_TEXT, "doseAndRate": [{"doseQuantity": _QUANTITY}],
    },
    "Resource": {"resourceType": "Observation", "status": "final", "code": {"text": CANARY_TEXT}},
    "UsageContext": {"code": _CODING, "valueCodeableConcept": {"text": CANARY_TEXT}},
}  # fmt: skip
_LEFT = ("DataRequirement", "ParameterDefinition", "RelatedArtifact", "TriggerDefinition", "Contributor")


@cache
def members(module: str, name: str) -> tuple[tuple[str, str, bool, dict[str, Any]], ...]:
    """Return alias, type, whether a list, and what the model says, of each member."""
    model = getattr(importlib.import_module(f"fhir.resources.R4B.{module.lower()}"), name)
    found = []
    for own, field in model.model_fields.items():
        said = field.json_schema_extra or {}
        alias = field.alias or own
        if said.get("element_property") and alias not in _OUTSIDE:
            text = str(field.annotation)
            required = bool(said.get("element_required")) or field.is_required()
            found.append(
                (alias, _type(text), "List[" in text or "list[" in text, {**said, "required": required})
            )
    return tuple(found)


def _type(text: str) -> str:
    match = re.search(r"abc\.(\w+)Type\b", text)
    if match:
        return match[1]
    return next(
        (p for p in _PRIMITIVES if re.search(rf"\b{p}\(", text)), "Boolean" if "bool" in text else "Uuid"
    )


def whole(module: str, name: str = "", *, variant: int = 0, depth: int = 0) -> dict[str, Any]:
    """Return an object of a class with every member filled; of each choice the member of this variant."""
    made: dict[str, Any] = {} if name else {"resourceType": module, "id": "pat-ZQ-4471"}
    choices: dict[str, int] = {}
    for alias, kind, many, said in members(module, name or module):
        choice = said.get("one_of_many")
        if choice:
            choices[choice] = choices.get(choice, -1) + 1
            if choices[choice] != variant % _width(module, name or module, choice):
                continue
        value = _value(module, alias, kind, said, variant=variant, depth=depth)
        if value is not None:
            made[alias] = [value] if many else value
    return made


def _width(module: str, name: str, choice: str) -> int:
    return sum(said.get("one_of_many") == choice for *_, said in members(module, name))


def variants(module: str) -> int:
    """Return how many variants show every choice of a type."""
    names = set(_classes(module))
    widths = [
        _width(module, name, said["one_of_many"])
        for name in names
        for *_, said in members(module, name)
        if said.get("one_of_many")
    ]
    return max(widths, default=1)


def _classes(module: str) -> list[str]:
    found, todo = [module], [module]
    while todo:
        for _, kind, *_ in members(module, todo.pop()):
            if _is_part(module, kind) and kind not in found:
                found.append(kind)
                todo.append(kind)
    return found


def _is_part(module: str, kind: str) -> bool:
    library = importlib.import_module(f"fhir.resources.R4B.{module.lower()}")
    return kind not in _VALUES and kind.startswith(module) and hasattr(library, kind)


def _value(module: str, alias: str, kind: str, said: dict[str, Any], *, variant: int, depth: int) -> Any:
    if _is_part(module, kind):
        return whole(module, kind, variant=variant, depth=depth + 1) if depth < 4 else None
    if kind == "Code":
        words = [word for word in said.get("enum_values") or () if word != "+"]
        return words[0] if words else _CODES[alias]
    if kind in _LEFT:
        return None
    return _VALUES[kind]
