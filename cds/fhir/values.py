"""Values and codes of clean FHIR elements."""

from collections.abc import Mapping
from typing import Any

from models.record import Code, Quantity, Value

Clean = Mapping[str, Any]

_PREFERRED = ("http://snomed.info/sct", "http://loinc.org")


def items(element: Any) -> tuple[Clean, ...]:
    """Return the objects of an element that repeats; one that was sent alone is one."""
    if element is None:
        return ()
    if isinstance(element, dict):
        return (element,)
    return tuple([x for x in element if isinstance(x, dict)]) if isinstance(element, list) else ()


def codes(concept: Any) -> tuple[Code, ...]:
    """Return the codings of a clean CodeableConcept."""
    if not isinstance(concept, dict) or "coding" not in concept:
        return ()
    return tuple([Code(c["system"], c["code"], c.get("display", "")) for c in concept["coding"]])


def code_of(concept: Any) -> str:
    """Return the first code of a concept, or an empty string."""
    coding = concept.get("coding") if isinstance(concept, dict) else None
    return str(coding[0]["code"]) if coding else ""


def quantity(element: Mapping[str, Any]) -> Quantity:
    """Return a clean Quantity; its UCUM code where there is one, else the unit as it was written."""
    return Quantity(
        float(element["value"]), element.get("code") or element.get("unit", ""), element.get("comparator", "")
    )


def quantity_text(element: Mapping[str, Any]) -> str:
    """Return a quantity as a person reads it."""
    unit = element.get("unit") or element.get("code", "")
    return f"{element.get('comparator', '')}{element['value']:g} {unit}".strip()


def value_of(element: Mapping[str, Any]) -> Value:
    """Return the value of an observation or of one of its components, or None where it has none."""
    if "valueQuantity" in element:
        return quantity(element["valueQuantity"])
    if "valueCodeableConcept" in element:
        return _concept(element["valueCodeableConcept"])
    if "valueInteger" in element:
        return Quantity(float(element["valueInteger"]), "1")
    if "valueBoolean" in element:
        return bool(element["valueBoolean"])
    if "valueString" in element:
        return str(element["valueString"])
    return None


def _concept(concept: Mapping[str, Any]) -> Code | None:
    found = codes(concept)
    for system in _PREFERRED:
        for code in found:
            if code.system == system:
                return code
    if found:
        return found[0]
    return Code("", "", concept["text"]) if concept.get("text") else None
