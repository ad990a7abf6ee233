"""What a site may set, and what is wrong with what it set."""

from collections.abc import Mapping, Sequence
from typing import Any

DEFAULTS: Mapping[str, Any] = {
    "off": (),
    "learned": True,
    "vaccines": True,
    "suggestions": 3,
    "af_score": "cha2ds2-va",
}
AF_SCORES = ("cha2ds2-va", "cha2ds2-vasc")
MOST = 3
"""Suggestions of one answer at most, whatever a site sets."""


def check(options: Mapping[str, Any]) -> Sequence[str]:
    """Return what is wrong with these options, a line each naming option and fix."""
    wrong = [
        f"{name}: unknown option; known are {', '.join(DEFAULTS)}" for name in options if name not in DEFAULTS
    ]
    given = {**DEFAULTS, **options}
    wrong += [
        f"{name}: true or false" for name in ("learned", "vaccines") if not isinstance(given[name], bool)
    ]
    most = given["suggestions"]
    if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= MOST:
        wrong.append(f"suggestions: a number from 1 to {MOST}")
    if given["af_score"] not in AF_SCORES:
        wrong.append(f"af_score: one of {', '.join(AF_SCORES)}")
    off = given["off"]
    if not isinstance(off, list | tuple) or not all(isinstance(rule, str) for rule in off):
        wrong.append("off: a list of topics, such as GAPvaccineZoster or RECnextOrder")
    return wrong
