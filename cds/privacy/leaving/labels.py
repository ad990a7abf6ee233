"""`meta` as it leaves: public profiles and codes, and the labels that say what was done.

Codes: http://terminology.hl7.org/CodeSystem/v3-ObservationValue. Version, update time and source go: they
join with the server's own log.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from cds.privacy.leaving.codings import is_canonical, is_public, is_tag
from cds.privacy.leaving.state import ABSTRED, MASKED, REDACTED, State

SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
_WORDS: Mapping[str, str] = {
    "ANONYED": "anonymized",
    "PSEUDED": "pseudonymized",
    "ABSTRED": "abstracted",
    "MASKED": "masked",
    "REDACTED": "redacted",
}


@cache
def _codes(marks: int, *, limited: bool) -> tuple[str, ...]:
    return (
        "PSEUDED" if limited else "ANONYED",
        *(("ABSTRED",) if marks & ABSTRED else ()),
        *(("MASKED",) if marks & MASKED else ()),
        *(("REDACTED",) if marks & REDACTED else ()),
    )


@cache
def _labels(marks: int, *, limited: bool) -> dict[str, Any]:
    """Return the meta of a resource that came without one: the same for all to which the same was done."""
    codes = _codes(marks, limited=limited)
    return {"security": [{"system": SYSTEM, "code": c, "display": _WORDS[c]} for c in codes]}


def meta(value: Any, state: State, *, labelled: bool) -> dict[str, Any]:
    """Return a resource's meta; one that is contained bears no labels (FHIR's rule dom-5)."""
    if value is None:
        return _labels(state.marks, limited=state.shape.limited) if labelled else {}
    kept: dict[str, Any] = {}
    found = value if isinstance(value, dict) else {}
    profiles = [p for p in _texts(found.get("profile")) if is_canonical(p) and not state.voice.within(p)]
    if profiles:
        kept["profile"] = profiles
    if found.keys() - {"profile", "security", "tag"}:
        state.marks |= REDACTED
    if labelled:
        kept["security"] = _added(_codings(found.get("security"), is_public), state)
    if tags := _codings(found.get("tag"), is_tag):
        kept["tag"] = tags
    return kept


def _added(kept: list[dict[str, str]], state: State) -> list[dict[str, str]]:
    there = {coding["code"] for coding in kept if coding["system"] == SYSTEM}
    wanted = _codes(state.marks, limited=state.shape.limited)
    return kept + [{"system": SYSTEM, "code": c, "display": _WORDS[c]} for c in wanted if c not in there]


def _codings(value: Any, allowed: Any) -> list[dict[str, str]]:
    kept = []
    for item in value if isinstance(value, list) else ():
        system, code = (item.get("system"), item.get("code")) if isinstance(item, dict) else (None, None)
        if isinstance(system, str) and isinstance(code, str) and allowed(system, code):
            shown = {"display": _WORDS[code]} if system == SYSTEM and code in _WORDS else {}
            kept.append({"system": system, "code": code, **shown})
    return kept


def _texts(value: Any) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []
