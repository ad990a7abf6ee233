"""Whether a resource as it came can be of use to who reads only certain codes."""

from collections.abc import Mapping
from typing import Any

from models.record import LOINC

Resource = Mapping[str, Any]


def beside(resource: Resource, wanted: frozenset[str]) -> bool:
    """Tell whether this is an observation that says by LOINC codes alone that it is none of those wanted.

    What is told by another code, in words, as a panel of further observations or not as FHIR says it is not
    beside anything: it has to be read to know.
    """
    if resource.get("resourceType") != "Observation" or "hasMember" in resource:
        return False
    parts = resource.get("component", ())
    if not isinstance(parts, list | tuple) or not _other(resource, wanted):
        return False
    return all(isinstance(part, dict) and _other(part, wanted) for part in parts)


def _other(told: Resource, wanted: frozenset[str]) -> bool:
    concept = told.get("code")
    coding = concept.get("coding") if isinstance(concept, dict) else None
    if not isinstance(coding, list) or not coding:
        return False
    return all(
        isinstance(one, dict)
        and one.get("system") == LOINC
        and isinstance(code := one.get("code"), str)
        and code not in wanted
        for one in coding
    )
