"""Quantities as they leave: the number with its unit; under Safe Harbor an age over 89 is `>= 90`."""

import re
from collections.abc import Callable
from typing import Any

from cds.fhir.codes import ALIASES
from cds.privacy.leaving.days import OLDEST
from cds.privacy.leaving.voices import Voice
from models.record import UCUM

COMPARATORS = frozenset({"<", "<=", ">", ">="})
LARGEST_PLAIN = 99_999
"""A number beyond is compared with the numbers that name the patient: record numbers are typed as values."""
_LARGEST = 1e15
_IS_UCUM = re.compile(r"[!-~]{1,40}\Z").match
_YEARS: dict[str, float] = {
    **dict.fromkeys(("a", "a_j", "a_g", "a_t", "year", "years", "yr", "yrs", "y", "yo", "y/o"), 1.0),
    **dict.fromkeys(("mo", "mo_j", "mo_g", "mo_s", "month", "months", "mos"), 1 / 12),
    **dict.fromkeys(("wk", "week", "weeks", "wks"), 7 / 365.25),
    **dict.fromkeys(("d", "day", "days"), 1 / 365.25),
    **dict.fromkeys(("h", "hour", "hours", "hr", "hrs"), 1 / 8766),
}
"""Years in one of each unit that tells an age."""

Unit = tuple[dict[str, str], float]


def unit(written: Any, system: Any, code: Any, voice: Voice) -> Unit:
    """Return unit, system and code as they leave, and how many years one of them is, 0 where none."""
    kept: dict[str, str] = {}
    if type(written) is str and (shown := voice.label(written)):
        kept["unit"] = shown
    if type(code) is str:
        public = type(system) is str and ALIASES.get(system, system) == UCUM
        if public and _IS_UCUM(code) and not voice.within(code):
            kept |= {"system": UCUM, "code": code}
        elif "unit" not in kept and (shown := voice.label(code)):
            kept["unit"] = shown
    said = (x.strip(" .").casefold() for x in (code, written) if type(x) is str)
    return kept, next((_YEARS[word] for word in said if word in _YEARS), 0.0)


def number(value: Any, within: Callable[[str], bool]) -> Any:
    """Return a number that can be a measurement, else None."""
    kind = type(value)
    if kind is not float and kind is not int:
        return None
    if -LARGEST_PLAIN <= value <= LARGEST_PLAIN:
        return value
    if not -_LARGEST < value < _LARGEST or within(f"{value:.0f}"):
        return None
    return value


def age(value: float, years: float) -> bool:
    """Tell whether so much of a unit is an age over 89."""
    return years > 0 and value * years >= OLDEST + 1
