"""What may be done to one member on its way through the door: each action by its name in `rules.toml`."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cds.fhir import dates
from cds.fhir.codes import ALIASES, well_formed
from cds.privacy.pseudonyms import Pseudonyms
from cds.privacy.text import Known, label
from models.record import UCUM

Walk = Callable[[Any, "Pass"], Any]
Clean = dict[str, Any]

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9\-]{0,39}\Z")
_UNIT = re.compile(r"[!-~]{1,40}\Z")


class Pass:
    """What the walk of one call shares."""

    __slots__ = ("dropped", "known", "now", "path", "pseudonyms")

    def __init__(self, *, now: datetime, known: Known, pseudonyms: Pseudonyms) -> None:
        self.now = now
        self.known = known
        self.pseudonyms = pseudonyms
        self.dropped: Counter[str] = Counter()
        self.path = ""

    def drop(self, member: str) -> None:
        """Count a member that was not kept."""
        self.dropped[f"{self.path}.{member}"] += 1


def _keep(value: Any, _walk: Pass) -> Any:
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if _WORD.match(value) else None
    if isinstance(value, list):
        return [v for v in value if not isinstance(v, str) or _WORD.match(v)]
    return None


def _coding(value: Any, walk: Pass) -> Any:
    if not isinstance(value, dict):
        return None
    system, code = value.get("system"), value.get("code")
    if not isinstance(system, str) or not isinstance(code, str):
        return None
    system = ALIASES.get(system, system)
    if not well_formed(system, code):
        return None
    kept = {"system": system, "code": code}
    display = value.get("display")
    if isinstance(display, str) and (display := label(display, walk.known)):
        kept["display"] = display
    return kept


def _concept(value: Any, walk: Pass) -> Any:
    if not isinstance(value, dict):
        return None
    kept: Clean = {}
    codings = value.get("coding")
    if isinstance(codings, list):
        clean = [c for c in (_coding(x, walk) for x in codings) if c is not None]
        if clean:
            kept["coding"] = clean
    text = value.get("text")
    if isinstance(text, str) and (text := label(text, walk.known)):
        kept["text"] = text
    return kept or None


def _concepts(value: Any, walk: Pass) -> Any:
    if not isinstance(value, list):
        return _concepts([value], walk) if isinstance(value, dict) else None
    return [c for c in (_concept(x, walk) for x in value) if c is not None] or None


def _ref(value: Any, walk: Pass) -> Any:
    reference = value.get("reference") if isinstance(value, dict) else None
    if not isinstance(reference, str):
        return None
    token = walk.pseudonyms.token(reference)
    return {"reference": token} if token else None


def _refs(value: Any, walk: Pass) -> Any:
    items = value if isinstance(value, list) else [value]
    return [r for r in (_ref(x, walk) for x in items) if r is not None] or None


def _when(value: Any, walk: Pass) -> Any:
    if not isinstance(value, str):
        return None
    try:
        return dates.offset(value, now=walk.now)
    except ValueError:
        return None


def _period(value: Any, walk: Pass) -> Any:
    if not isinstance(value, dict):
        return None
    ends = {name: _when(value.get(name), walk) for name in ("start", "end")}
    return {name: end for name, end in ends.items() if end is not None} or None


def _quantity(value: Any, walk: Pass) -> Any:
    if not isinstance(value, dict):
        return None
    number = value.get("value")
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    kept: Clean = {"value": number}
    if value.get("comparator") in {"<", "<=", ">", ">="}:
        kept["comparator"] = value["comparator"]
    code, unit = value.get("code"), value.get("unit")
    system = value.get("system")
    if isinstance(code, str) and isinstance(system, str) and ALIASES.get(system, system) == UCUM:
        if _UNIT.match(code):
            kept["code"] = code
    elif isinstance(unit, str) and (unit := label(unit, walk.known)):
        kept["unit"] = unit
    return kept


def _range(value: Any, walk: Pass) -> Any:
    if not isinstance(value, dict):
        return None
    ends = {name: _quantity(value.get(name), walk) for name in ("low", "high")}
    return {name: end for name, end in ends.items() if end is not None} or None


def _ratio(value: Any, walk: Pass) -> Any:
    if not isinstance(value, dict):
        return None
    parts = {name: _quantity(value.get(name), walk) for name in ("numerator", "denominator")}
    return {name: part for name, part in parts.items() if part is not None} or None


def _label(value: Any, walk: Pass) -> Any:
    return (label(value, walk.known) or None) if isinstance(value, str) else None


ACTIONS: Mapping[str, Walk] = {
    "keep": _keep,
    "concept": _concept,
    "concepts": _concepts,
    "coding": _coding,
    "ref": _ref,
    "refs": _refs,
    "when": _when,
    "period": _period,
    "quantity": _quantity,
    "range": _range,
    "ratio": _ratio,
    "label": _label,
}
