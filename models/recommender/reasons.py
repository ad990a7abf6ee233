"""The terms of a score in words: because of what, with how much, adding up to the score as printed."""

import re
from collections.abc import Mapping
from typing import Any

from models.recommender.artefact import SCALE
from models.recommender.drugs import Drugs

SHOWN = 6
_WORDS: Mapping[str, str] = {
    "condition": "{x}",
    "past": "{x}, resolved",
    "today": "{x}, new today",
    "week": "{x}, begun within a week",
    "month": "{x}, begun within a month",
    "year": "{x}, begun within a year",
    "two-years": "{x}, begun within two years",
    "ended-today": "{x}, ended today",
    "ended-month": "{x}, ended within 40 days",
    "ended-year": "{x}, ended within a year",
    "ordered": "ordered before: {x}",
    "ingredient": "ordered before: any {x}",
    "recent": "how recently ordered: {x}",
    "last": "last order: {x}",
    "last-new": "last order, and a new problem today: {x}",
    "last-same": "last order, and no new problem today: {x}",
    "age": "age {x}",
    "sex": "sex {x}",
}
_BARE: Mapping[str, str] = {
    "baseline": "how often it is ordered at all",
    "no-orders": "no order before",
    "new-problem": "a new problem today",
    "no-new-problem": "no new problem today",
}
_GROUPS: Mapping[str, str] = {
    "sex-age": "",
    "quiet": "no new problem today: ",
    "calm": "no problem begun within a month: ",
}
_TAG = re.compile(r"\s*\((?:disorder|finding|situation|morphologic abnormality|procedure)\)$")


def because(terms: Mapping[str, int], names: Mapping[str, str], drugs: Drugs) -> list[dict[str, Any]]:
    """Return the largest terms in words, and the rest as one: the weights add up to the score."""
    parts = sorted(
        ((weight, name) for name, weight in terms.items() if weight), key=lambda p: (-abs(p[0]), p[1])
    )
    shown = [
        {"term": name, "text": in_words(name, names, drugs), "weight": weight / SCALE}
        for weight, name in parts[:SHOWN]
    ]
    rest = parts[SHOWN:]
    if rest:
        text = f"{len(rest)} smaller terms"
        shown.append({"term": "rest", "text": text, "weight": sum(weight for weight, _ in rest) / SCALE})
    return shown


def in_words(name: str, names: Mapping[str, str], drugs: Drugs) -> str:
    """Return a feature's name in words."""
    kind, _, rest = name.partition(":")
    if name in _BARE:
        return _BARE[name]
    if kind == "problem":
        return f"{drugs.title(rest)}, as a group"
    if kind in _GROUPS:
        sex, _, band = rest.partition(":")
        return f"{_GROUPS[kind]}{sex}, age {band}"
    if kind == "today-stage":
        code, _, _ = rest.partition(":")
        return f"{named(code, names)}, new today at this stage of life"
    return _WORDS[kind].replace("{x}", named(rest, names))


def named(code: str, names: Mapping[str, str]) -> str:
    """Return what a code is called, without the tag of its terminology."""
    return _TAG.sub("", names.get(code, code))
