"""Days said by two numbers alone: "3/14" told from a strength, a pain, a pressure, a share, a sight."""

import re

from cds.privacy.scrub.patterns import pattern, tried
from cds.privacy.scrub.tokens import Tokens

_REACH = 40
"""Characters before two numbers within which what they are is said."""
_SMALL_SCALES = frozenset({2, 3, 4, 5, 6, 8, 10})
"""What strengths, pains and parts are out of, and no coma."""
_MOST_COUNTED = 20
"""Visits, doses and pages that somebody counts at most as a part of all."""
_NO_SCALE = 11
"""A day that no score is out of."""
_SCALES = frozenset({2, 3, 4, 5, 6, 8, 10, 12, 15})
_TABLET = frozenset({2, 3, 4, 5})
"""Parts of a tablet ("1/2"), grades of strength ("4/5"): no month and day where nothing else says so."""
_PARTS = frozenset({"7", "12", "52"})
"""What days, months and weeks are written over: "cough for 3/12"."""
_LONG_SCALES = frozenset({15, 20, 24, 30})
"""What scores and strengths are out of: glasgow 15, mini-mental 30."""
_ACUITIES = frozenset({3, 4, 5, 6, 9, 10, 12, 15, 18, 20, 24, 25, 30, 36, 60})
"""What sight is over: "OD 6/9", "OS 20/25"."""
_WEEKS = re.compile(r"(?<!\d)(?:[1-3]?\d|4[0-4])\s$")
OPEN = re.compile(r"(?i)\b(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)(?:day)?s?\s$")
"""A day of the week before hours: "Sat 9-1", "Mon-Fri 8-4"."""
_HALF = re.compile(r"\s[ap]\.?m\b", re.IGNORECASE)


def short(made: Tokens, *, dated: bool) -> list[re.Match[str]]:
    """Return the dates without year, also those that only others tell ("2/2, 2/9", "in 4/2, home 4/6")."""
    text = made.figures
    found = list(tried(pattern("dates.short_date"), text, made.figured))
    sure = [_is_short(match, text) for match in found]
    _spread(found, sure, text)
    if dated or any(sure):
        dashed = any(date and match["sep"] == "-" for match, date in zip(found, sure, strict=True))
        sure = [
            date or _may_be_short(match, text, dashed=dashed) for match, date in zip(found, sure, strict=True)
        ]
        _spread(found, sure, text)
    return [match for match, date in zip(found, sure, strict=True) if date]


def _spread(found: list[re.Match[str]], sure: list[bool], text: str) -> None:
    """Make what stands beside a date in a list one too."""
    for at in (*range(1, len(found)), *range(len(found) - 1, 0, -1)):
        left, right = found[at - 1], found[at]
        if sure[at] != sure[at - 1] and pattern("dates.between").fullmatch(text, left.end(), right.start()):
            weaker = right if sure[at - 1] else left
            if not is_score(weaker, text):
                sure[at] = sure[at - 1] = True


def _may_be_short(match: re.Match[str], text: str, *, dashed: bool) -> bool:
    """Tell whether two numbers in a text with other dates are one: no score, no part of a tablet."""
    first, second = int(match["a"]), int(match["b"])
    if first > 12 or of_weeks(match, text) or is_score(match, text):
        return False
    if match["sep"] == "-":
        begin = max(0, match.start() - _REACH)
        return dashed and pattern("dates.dated_before").search(text, begin, match.start()) is not None
    if _counted(match, text, within=second in _SCALES and first <= second):
        return False
    return not (second in _TABLET and first <= second) and not (second == 10 and first <= second)


def _is_short(match: re.Match[str], text: str) -> bool:
    """Tell a date without year ("3/14") from a fraction, a scale or a level."""
    first, second = int(match["a"]), int(match["b"])
    if first > 12 and second > 12:
        return False
    dash = match["sep"] == "-"
    if _padded(match, text) or (first <= 12 < second and pattern("dates.eventful").match(text, match.end())):
        return True
    if first <= 12 and (not dash or second > 12 or first >= second) and _evident(match, text):
        return True
    if of_weeks(match, text) or (dash and second <= 12 and _opens(match, text)):
        return False
    hourly = not dash and first <= 12 and _at_an_hour(match, text)
    return hourly or (not is_score(match, text) and _told(match, text, dash=dash))


def _padded(match: re.Match[str], text: str) -> bool:
    """Tell whether both numbers begin with a nought, as no score does: "Infusion 02/05 in pod C"."""
    if not match["a"][0] == match["b"][0] == "0" or match["sep"] == "-":
        return False
    begin, at = max(0, match.start() - _REACH), match.start()
    return pattern("dates.score_before").search(text, begin, at) is None


def _told(match: re.Match[str], text: str, *, dash: bool) -> bool:
    """Tell whether the words before two numbers are said of a day, or the numbers look like one."""
    first, second = int(match["a"]), int(match["b"])
    begin, at = max(0, match.start() - _REACH), match.start()
    no_scale = first > second or second not in _SMALL_SCALES
    if not pattern("dates.dated_before").search(text, begin, at):
        return not dash and _looks_dated(match, text, no_scale=no_scale)
    if pattern("dates.weak_before").search(text, begin, at) is None or match["a"][0] == "0":
        return True
    return not dash and no_scale and not _counted(match, text, within=first <= second)


def _opens(match: re.Match[str], text: str) -> bool:
    """Tell whether hours stand after a day of the week: "Sat 9-1"."""
    return OPEN.search(text, max(0, match.start() - _REACH), match.start()) is not None


def of_weeks(match: re.Match[str], text: str) -> bool:
    """Tell whether days over seven follow whole weeks: "39 2/7"."""
    return (
        match["b"] == "7"
        and match["sep"] == "/"
        and _WEEKS.search(text, max(0, match.start() - 4), match.start()) is not None
    )


def _at_an_hour(match: re.Match[str], text: str) -> bool:
    """Tell whether an hour stands after two numbers that are no pressure or strength: "level 3/5 0600"."""
    if not pattern("dates.hour_after").match(text, match.end()) or is_examined(match, text):
        return False
    return pattern("dates.unslashed").search(text, max(0, match.start() - _REACH), match.start()) is None


def _evident(match: re.Match[str], text: str) -> bool:
    """Tell whether what stands directly before is said of a day alone: "promised 1/24", "D: 12/23 T:"."""
    begin, at = max(0, match.start() - _REACH), match.start()
    if not pattern("dates.evident").search(text, begin, at):
        return False
    if pattern("dates.scored").match(text, match.end()):
        return False
    return match["b"] != "10" or not pattern("dates.paired").search(text, begin, at)


def _counted(match: re.Match[str], text: str, *, within: bool) -> bool:
    """Tell whether a visit, a dose or a page of so many is meant: "visit 5/12"."""
    begin = max(0, match.start() - _REACH)
    return (
        within
        and int(match["b"]) <= _MOST_COUNTED
        and pattern("dates.counted").search(text, begin, match.start()) is not None
    )


def _looks_dated(match: re.Match[str], text: str, *, no_scale: bool) -> bool:
    """Tell a date that no word directly before it tells: by its figures, a time after it, what happened."""
    first, second = int(match["a"]), int(match["b"])
    if _HALF.match(text, match.end()):
        return first <= 12 < second
    if first <= 12 and (
        pattern("dates.hour_after").match(text, match.end())
        or pattern("dates.timed_after").match(text, match.end())
        or (no_scale and _of_an_event(match, text))
    ):
        return True
    if "0" in (match["a"][0], match["b"][0]) or _ranged(match) or _backward(match, text):
        return True
    late = first <= 12 < second and second not in _LONG_SCALES and (first, second) not in {(1, 16), (1, 32)}
    return late or first < second == _NO_SCALE


def _of_an_event(match: re.Match[str], text: str) -> bool:
    """Tell whether something that happens on a day is said earlier in the clause: "DC to rehab 9/12"."""
    return pattern("dates.happened").search(text, max(0, match.start() - 60), match.start()) is not None


def _backward(match: re.Match[str], text: str) -> bool:
    """Tell whether the greater number stands first, as in no score and few doses ("Suboxone 8/2")."""
    first, second = int(match["a"]), int(match["b"])
    if match["sep"] != "/" or not second < first <= 12 or second < 3:
        return False
    return pattern("dates.pressed").search(text, max(0, match.start() - _REACH), match.start()) is None


def is_examined(match: re.Match[str], text: str) -> bool:
    """Tell whether the clause is of strength, or a word after two numbers says what they are out of."""
    begin = max(0, match.start() - _REACH)
    return pattern("dates.examined").search(text, begin, match.start()) is not None


def is_score(match: re.Match[str], text: str) -> bool:
    """Tell whether the words around say that a fraction is a strength, a pain, a pressure or the like."""
    begin, at = max(0, match.start() - _REACH), match.start()
    if text[max(0, at - 4) : at] in {"Sat ", "d/c ", "D/C "}:
        return False
    if pattern("dates.acuity").search(text, begin, at):
        return int(match["b"]) in _ACUITIES or int(match["a"]) > 12
    if pattern("dates.examined").search(text, begin, at) or pattern("dates.scored").match(text, match.end()):
        return True
    if match["b"] in _PARTS and pattern("dates.lasting").search(text, begin, at):
        return True
    return pattern("dates.score_before").search(text, begin, at) is not None


def _ranged(match: re.Match[str]) -> bool:
    """Tell whether a date without year is one end of a range ("7/22-7/25") and no strength ("4/5-5/5")."""
    after = pattern("dates.range_after").match(match.string, match.end())
    before = pattern("dates.range_before").search(match.string, max(0, match.start() - 12), match.start())
    other = after or before
    return other is not None and match["sep"] == "/" and other[1] != match["b"]
