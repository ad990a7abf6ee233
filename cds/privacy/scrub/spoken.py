"""Numbers said in words: "four one nine, five five five, oh one four four", "334 five five five 0 1 9 2".

A run of words for figures, figures and joints is a number where it comes to seven figures; what a patient
recites for a test, counted up or said in tens, is none.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from cds.privacy.scrub.lexicon import listed
from cds.privacy.scrub.spans import Found
from cds.privacy.scrub.tokens import Tokens

_UNITS = {
    "zero": 0, "oh": 0, "o": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9,
}  # fmt: skip
_DASHES = frozenset({"dash", "hyphen", "double", "triple"})
_JOINTS = frozenset({"-", ",", "–"})
_LEAST, _LEAST_CUED, _MOST = 7, 5, 20
"""Figures that a number comes to, and where the words before say that it is one."""
_CUED = re.compile(
    r"(?i)\b(?:mrn|chart|record|number|account|acct|code|policy|id|zip|badge|pin|case|claim|medicare|medicaid|mbi|plate|tag|vin|serial|locator|member|insurance|ends?|ending)\b"
    r"[^.\n]{0,20}$"
)
_LEAST_AMONG_LETTERS = 3
_MOST_FIGURES = 4
"""Figures of a group written in figures among words."""
_TENS = 0.5
"""Share of the figures that may be said in tens: "nine zero one, seventy", not "ninety three, eighty six"."""
_RECITED = re.compile(
    r"(?i)\b(?:digit\sspan|recall|forwards?|backwards?|serial|count(?:s|ed|ing)?)\b[^.\n]{0,30}$"
)
_ASKED = (("FAX", re.compile(r"(?i)\bfax")), ("SSN", re.compile(r"(?i)\b(?:ssn|social|soc\b)")))
_REACH = 40


def spoken(made: Tokens) -> Iterator[Found]:
    """Yield numbers of seven figures and more of which two at least are said in words."""
    tens = listed("tens")
    if _words().isdisjoint(made.low):
        return
    counts = [
        word in _UNITS or word in tens or (word.isdigit() and len(word) <= _MOST_FIGURES) for word in made.low
    ]
    letters = _lettered(made, counts)
    counts = [count or letter for count, letter in zip(counts, letters, strict=True)]
    at, size = 0, len(counts)
    while at < size:
        if not counts[at]:
            at += 1
            continue
        end, last = at, at
        while end < size and (counts[end] or _joins(made, end)) and _near(made, end, at):
            last = end + 1 if counts[end] else last
            end += 1
        if _is_number(made, at, last, tens):
            yield made.start[at], made.end[last - 1], _category(made, at, last)
        at = end


def _lettered(made: Tokens, counts: list[bool]) -> list[bool]:
    """Return which words are letters of a number: "whiskey" and "b" beside figures said, or others."""
    found = [False] * len(counts)
    said = listed("said_letters")
    for places in (range(len(counts)), range(len(counts) - 1, -1, -1)):
        step = -1 if places.step > 0 else 1
        for at in places:
            word, other = made.low[at], at + step
            if word not in said and not (len(word) == 1 and word.isalpha() and word not in {"a", "i"}):
                continue
            near = 0 <= other < len(counts)
            if near and (
                found[other] or (counts[other] and made.low[other].isalpha()) or made.low[other] in _DASHES
            ):
                found[at] = True
    return found


@cache
def _words() -> frozenset[str]:
    return listed("tens") | _UNITS.keys() | _DASHES


def _joins(made: Tokens, at: int) -> bool:
    return made.low[at] in _JOINTS or made.low[at] in _DASHES


def _near(made: Tokens, at: int, first: int) -> bool:
    return at == first or made.gap(at) in {"", " "}


def _is_number(made: Tokens, first: int, last: int, tens: frozenset[str]) -> bool:
    """Tell whether a run comes to enough figures, most of them said one by one, and nobody recites."""
    figures, in_tens, said, letters, values = 0, 0, 0, 0, []
    for at in range(first, last):
        low = made.low[at]
        if low in _UNITS:
            after_ten = at > first and made.low[at - 1] in tens and made.low[at - 1].endswith("ty")
            figures, in_tens, said = figures + (not after_ten), in_tens + after_ten, said + 1
            values.append(_UNITS[low])
        elif low in tens:
            figures, in_tens, said = figures + 2, in_tens + 1 + (not low.endswith("ty")), said + 1
        elif low in _DASHES:
            said += 1
        elif low.isalpha():
            letters, said = letters + 1, said + 1
        elif low.isdigit():
            figures += len(low)
    before = made.text[max(0, made.start[first] - _REACH) : made.start[first]]
    least = _LEAST_CUED if _CUED.search(before) else _LEAST
    if not least <= figures + letters <= _MOST or said < 2 or in_tens > figures * _TENS:
        return False
    if letters and (figures < _LEAST_AMONG_LETTERS or in_tens):
        return False
    counted = len(values) > 2 and all(b - a == 1 for a, b in pairwise(values))
    return not counted and _RECITED.search(before) is None


def _category(made: Tokens, first: int, last: int) -> str:
    begin = made.start[first]
    before = made.text[max(0, begin - _REACH) : begin]
    for category, asked in _ASKED:
        if asked.search(before):
            return category
    return "PHONE" if last - first < _MOST else "MRN"
