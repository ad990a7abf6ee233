"""What a site may set, and what is wrong with what it set."""

from collections.abc import Mapping, Sequence
from typing import Any

from cds.services.option_faults import no_count, no_list, no_switch, unknown

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
    given = {**DEFAULTS, **options}
    score = () if given["af_score"] in AF_SCORES else (f"af_score: one of {', '.join(AF_SCORES)}",)
    return [
        *unknown(options, tuple(DEFAULTS)),
        *no_switch(given, "learned", "vaccines"),
        *no_count(given, suggestions=(1, MOST)),
        *score,
        *no_list(given, "off", "topics, such as GAPvaccineZoster or RECnextOrder"),
    ]
