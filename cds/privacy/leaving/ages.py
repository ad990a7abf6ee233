"""Ages over 89 that are written as bare numbers, without the unit that would tell them from a measurement."""

import re
from collections.abc import Mapping
from typing import Any

from cds.privacy.leaving.days import OLDEST
from models.record import LOINC, UCUM

LOINC_AGES = frozenset({"30525-0", "21612-7", "29553-5", "35659-2", "39016-1", "63900-5"})
"""LOINC: age; reported; calculated; at specimen collection; at death; current or at death."""

_SAYS_AGE = re.compile(r"\bage\b|\baged\b|\bhow old\b", re.IGNORECASE)
_NUMBERS = ("valueInteger", "valueDecimal")
_GROUP = {"value": OLDEST + 1, "comparator": ">=", "unit": "a", "system": UCUM, "code": "a"}


def of_observation(observation: dict[str, Any]) -> bool:
    """Put the age group in the place of an age over 89, and tell whether there was one."""
    code = observation.get("code")
    codings = _objects(code.get("coding")) if isinstance(code, dict) else []
    aged = any(c.get("system") == LOINC and c.get("code") in LOINC_AGES for c in codings)
    return aged and _grouped(observation)


def of_answers(item: dict[str, Any]) -> bool:
    """Put the age group in the place of ages over 89 answered to a question that asks for one."""
    found = False
    if _SAYS_AGE.search(f"{item.get('text', '')} {item.get('linkId', '')}") or _links_age(item):
        found = sum(map(_grouped, _objects(item.get("answer")))) > 0  # every one of them, not the first
    inner = [
        *_objects(item.get("item")),
        *(i for a in _objects(item.get("answer")) for i in _objects(a.get("item"))),
    ]
    return sum(map(of_answers, inner)) > 0 or found


def _links_age(item: Mapping[str, Any]) -> bool:
    return str(item.get("linkId", "")).lstrip("/") in LOINC_AGES


def _grouped(holder: dict[str, Any]) -> bool:
    old = [name for name in _NUMBERS if isinstance(holder.get(name), int | float) and holder[name] > OLDEST]
    for name in old:
        del holder[name]
        holder["valueQuantity"] = dict(_GROUP)
    return bool(old)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
