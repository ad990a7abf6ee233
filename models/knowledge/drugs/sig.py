"""How often, for how long and whether only when needed: what of an order is no drug and no amount."""

import re
from collections.abc import Callable
from dataclasses import dataclass

_N = r"(\d+(?:\.\d+)?|one|two|three|four|five|six|once|twice|thrice)"
_NUMBERS = {
    "one": 1.0,
    "two": 2.0,
    "three": 3.0,
    "four": 4.0,
    "five": 5.0,
    "six": 6.0,
    "once": 1.0,
    "twice": 2.0,
    "thrice": 3.0,
}
_RANGE = rf"{_N}(?: ?(?:-|to) ?(\d+))?"
_HOURS, _DAY, _WEEK, _MONTH = r" ?h(?:ou)?r?s?", 24.0, 7.0, 30.0
_SPANS = {"d": 1.0, "day": 1.0, "w": 7.0, "wk": 7.0, "week": 7.0, "month": 30.0, "mo": 30.0}


def _number(text: str) -> float:
    return _NUMBERS.get(text) or float(text)


Found = re.Match[str]
_FREQUENCIES: tuple[tuple[re.Pattern[str], Callable[[Found], float]], ...] = tuple(
    (re.compile(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])"), rate)
    for pattern, rate in (
        (rf"(?:q|every) ?{_RANGE}{_HOURS}", lambda m: _DAY / _number(m[1])),
        (r"(?:q|every) ?hour|qh|hourly", lambda _: 24.0),
        (
            rf"{_N} ?(?:x|times?) ?(?:a|per|each|every|/)? ?(?:week(?:ly)?|wk)",
            lambda m: _number(m[1]) / _WEEK,
        ),
        (rf"{_N}(?: a| per| each)? ?(?:week(?:ly)?)", lambda m: _number(m[1]) / _WEEK),
        (rf"(?:q|every) ?{_N} ?(?:weeks|wks?|w)", lambda m: 1 / (_WEEK * _number(m[1]))),
        (r"every other week|biweekly every other|fortnightly", lambda _: 1 / (2 * _WEEK)),
        (r"(?:q|every|each|per) ?(?:week|wk)|weekly|qwk|qweek|qw", lambda _: 1 / _WEEK),
        (rf"(?:q|every) ?{_N} ?(?:months|mo)", lambda m: 1 / (_MONTH * _number(m[1]))),
        (r"(?:q|every|each|per) ?month|monthly", lambda _: 1 / _MONTH),
        (r"every other day|qod|q ?o ?d|every second day|alternate days", lambda _: 0.5),
        (rf"(?:q|every) ?{_N} ?(?:days|d)", lambda m: 1 / _number(m[1])),
        (rf"{_N} ?(?:x|times?) ?(?:a|per|each|every|/)? ?(?:day|daily|d)", lambda m: _number(m[1])),
        (r"(\d) ?x ?/ ?d(?:ay)?", lambda m: _number(m[1])),
        (r"(twice|thrice) (?:daily|a day|per day|each day|every day)", lambda m: _number(m[1])),
        (r"qid|q ?i ?d", lambda _: 4.0),
        (r"tid|t ?i ?d|tds|every 8", lambda _: 3.0),
        (r"bid|b ?i ?d|bds", lambda _: 2.0),
        (
            r"once (?:daily|a day|per day|every day)|qd|daily|every day|each day|per day|qday|q day",
            lambda _: 1.0,
        ),
    )
)
_MORNING = re.compile(r"\b(?:qam|q am|(?:every|each|in the) morning|am)\b")
_NIGHT = re.compile(
    r"\b(?:qhs|q hs|qpm|q pm|nightly|hs|at (?:bed ?time|night)|(?:before|every) bed ?time|"
    r"every (?:night|evening)|each (?:night|evening)|in the evening|pm)\b"
)
_PRN = re.compile(r"\b(?:prn|(?:as|when|if|only as) needed|p ?r ?n)\b")
_LASTING = re.compile(r"(?:\bfor|\bx) ?(\d+)(?: ?- ?\d+)?(?: more)? ?(days?|d|weeks?|wks?|w|months?|mo)\b")
_ONCE = re.compile(r"\b(?:once|one time|x ?1|stat|single dose|one dose)\b")
_DOTTED = re.compile(r"(?<=\b[a-z])\.(?=[a-z]\b)|(?<=\b[a-z]\.[a-z])\.")


@dataclass(frozen=True, slots=True)
class Sig:
    """When a drug is taken; None is not said."""

    times_per_day: float | None = None
    prn: bool = False
    once: bool = False
    duration_days: float | None = None


def read_sig(text: str) -> tuple[Sig, str]:
    """Return when a drug is taken, and the text with those words blanked at the same length."""
    spoken = undotted(text.lower())
    lasting, spoken = _take(_LASTING, spoken)
    needed, spoken = _take(_PRN, spoken)
    rate, spoken = _rate(spoken)
    once, spoken = _take(_ONCE, spoken) if rate is None else (None, spoken)
    days = float(lasting[1]) * _SPANS[lasting[2].rstrip("s") or "d"] if lasting else None
    return Sig(rate, prn=needed is not None, once=once is not None, duration_days=days), spoken


def undotted(text: str) -> str:
    """Return a text whose `b.i.d.` reads `b i d`, at the same length."""
    return _DOTTED.sub(" ", text)


def _take(pattern: re.Pattern[str], text: str) -> tuple[Found | None, str]:
    found = pattern.search(text)
    return found, _blank(text, found) if found else text


def _blank(text: str, found: Found) -> str:
    return text[: found.start()] + " " * (found.end() - found.start()) + text[found.end() :]


def _rate(text: str) -> tuple[float | None, str]:
    rate = None
    for pattern, value in _FREQUENCIES:
        found = pattern.search(text)
        if found is not None:
            rate, text = value(found), _blank(text, found)
            break
    early, text = _take(_MORNING, text)
    late, text = _take(_NIGHT, text)
    if rate is None and (early or late):
        rate = float(bool(early)) + float(bool(late))
    return rate, text
