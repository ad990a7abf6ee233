"""Calendar dates and parts of them finer than a year, holidays, and ages over 89.

The year may stand, and so may durations, weekdays and times of day, and values that only look like dates:
fractions, scales, pressures, levels of the spine.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from cds.privacy.scrub.lexicon import listed
from cds.privacy.scrub.patterns import pattern
from cds.privacy.scrub.spans import Found
from cds.privacy.scrub.tokens import MIXED, NUMBER, Tokens

_OVER = re.compile(r"9\d|1[0-2]\d")
_SPELT = re.compile(r"ninet|hundred|enarian")
_IN_FIGURES = re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|q[1-4]|[1-4]q|okt|dez")
_REACH = 40
"""Characters around a month within which the rest of its date stands."""
_SURE_MONTHS = frozenset(
    {"january", "february", "april", "june", "july", "august", "september", "october", "november", "december"}
    | {"jan", "feb", "apr", "jun", "jul", "aug", "sept", "oct", "nov"}
)
"""Months whose names are no verb and short for nothing else, whatever follows the day."""
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
_ORDINAL = frozenset({"st", "nd", "rd", "th"})
_LONG_SCALES = frozenset({15, 20, 24, 30})
"""What scores and strengths are out of: glasgow 15, mini-mental 30."""


def dated(made: Tokens, *, this_year: int, keep_years: bool = True) -> Iterator[Found]:
    """Yield dates, parts of dates, holidays, and ages over 89 with years of birth that tell one."""
    text = made.figures
    hints, counted, aged = _hints(made)
    sure = [m for m in _around("dates.written", made, hints) if _is_date(m[0], text, m.end())]
    sure += [m for m in pattern("dates.numeric").finditer(text) if _is_numeric(m, text)]
    yield from ((m.start(), m.end(), "DATE") for m in sure)
    yield from ((*m.span("v"), "DATE") for m in _around("dates.early", made, hints))
    for name in ("dates.month_alone", "dates.march"):
        for match in _around(name, made, hints):
            yield *match.span("v" if match["v"] is not None else "w"), "DATE"
    yield from ((*m.span(), "DATE") for m in _short(text, dated=bool(sure)))
    yield from ((*m.span("v"), "DATE") for m in _around("dates.nth", made, counted))
    yield from _turned(text)
    if text.count("/") > 1:
        yield from _measured(text)
    feasts = [s for s, low in zip(made.start, made.low, strict=True) if low in listed("feast_words")]
    yield from ((*m.span(), "DATE") for m in _around("dates.holidays", made, feasts))
    yield from _aged(made, aged, this_year)
    if not keep_years:
        yield from ((*m.span(), "DATE") for m in pattern("dates.years").finditer(text))


def _measured(text: str) -> Iterator[Found]:
    """Yield dates that values stand beside: "INR 1/4 2.3, 1/11 3.1", "Cr 1.9 (3/15)"."""
    done, match_at = 0, pattern("dates.valued").search
    while match := match_at(text, done):
        yield *match.span("v"), "DATE"
        yield *match.span("w"), "DATE"
        done = match.start("w")
    if "(" in text:
        found = list(pattern("dates.bracketed").finditer(text))
        if any(_of_a_test(match) for match in found):
            yield from ((*match.span("v"), "DATE") for match in found)


def _of_a_test(match: re.Match[str]) -> bool:
    """Tell whether the value of a test stands before a bracket: "Cr 1.9 (3/15)"."""
    begin, at = max(0, match.start() - _REACH), match.start()
    before = pattern("dates.bracketed_before").search(match.string, begin, at)
    return before is not None and before["w"].lower() in listed("measures")


def _turned(text: str) -> Iterator[Found]:
    """Yield dates with the day first and no year: "15/2", "since 4.03"."""
    if "/" in text:
        for match in pattern("dates.day_month").finditer(text):
            begin = max(0, match.start() - _REACH)
            pressed = pattern("dates.pressed").search(text, begin, match.start())
            if not pressed and not _is_score(match, text):
                yield *match.span(), "DATE"
    if "|" in text:
        yield from ((*m.span("v"), "DATE") for m in pattern("dates.cell").finditer(text))
    if "." in text:
        yield from ((*m.span("v"), "DATE") for m in pattern("dates.ending").finditer(text))
        for match in pattern("dates.dotted").finditer(text):
            begin = max(0, match.start() - 12)
            if pattern("dates.dotted_before").search(text, begin, match.start()):
                yield *match.span(), "DATE"


def _hints(made: Tokens) -> tuple[list[int], list[int], list[int]]:
    """Return where words begin that may be months, seasons or quarters; days after "the"; great ages."""
    months, days = listed("month_words"), listed("day_words")
    dated: list[int] = []
    counted: list[int] = []
    aged: list[int] = []
    before = ""
    for start, low, kind in zip(made.start, made.low, made.kind, strict=True):
        if kind in {NUMBER, MIXED}:
            if before == "the" or (kind == MIXED and low[-2:] in _ORDINAL):
                counted.append(start)
            if _OVER.match(low):
                aged.append(start)
            if kind == MIXED and _IN_FIGURES.search(low):
                dated.append(start)
        elif low in months:
            dated.append(start)
            if before == "the" and low in days:
                counted.append(start)
        elif before == "the" and low in days:
            counted.append(start)
        elif low[:1] in {"n", "h", "c", "s"} and _SPELT.search(low):
            aged.append(start)
        before = low
    return dated, counted, aged


def _around(name: str, made: Tokens, hints: list[int]) -> Iterator[re.Match[str]]:
    """Yield matches that hold a hint, tried at the words before it; compiled if there is any hint."""
    if not hints:
        return
    match_at, text, starts, done = pattern(name).match, made.figures, made.start, 0
    for hint in hints:
        first = bisect_left(starts, max(done, hint - _REACH))
        for at in range(first, bisect_right(starts, hint)):
            match = match_at(text, starts[at])
            if match is not None and match.end() > hint:
                done = match.end()
                yield match
                break


def _aged(made: Tokens, hints: list[int], this_year: int) -> Iterator[Found]:
    text = made.figures
    for match in _around("dates.ages", made, hints):
        group = next(g for g in "abcdefgh" if match[g] is not None)
        yield *match.span(group), "AGE"
    if listed("birth_words").isdisjoint(made.low):
        return
    for match in pattern("dates.born").finditer(text):
        if this_year - int(match["v"]) > 89:
            yield *match.span("v"), "DATE"


def _is_date(found: str, text: str, end: int) -> bool:
    """Refuse the verb in "may 2 ..." and "mar 3" written low, where no year or day before tells a month."""
    low = found.lower()
    head = re.split(r"[\s./,'’-]", low, maxsplit=1)[0]
    if head in {"may", "mar", "march", "sep", "dec"} and low[:3] == found[:3]:
        told = r"\d" if head == "may" else r"\d|[a-z](?:th|first|second|third)$"
        return re.search(told, low) is not None and (
            head != "may" or not re.match(r"\s(?:of|to|more|or)\b", text[end:])
        )
    if head.rstrip(".") in _SURE_MONTHS:
        return True
    return (
        pattern("dates.scored").match(text, end) is None
        or not found[-1].isdigit()
        or any(c.isdigit() for c in found[:-3])
    )


def _is_numeric(match: re.Match[str], text: str) -> bool:
    value = match[0]
    if match["full"]:
        first, second = (int(p) for p in re.split(r"\s?[-/.\\–]\s?", value)[:2])
        separator = match["s2"].strip()
        if first > 12 and second > 12:
            return False
        if separator == "." or (
            separator == "-" and re.match(r"\d{1,2}-\d{1,2}-\d\d$", value) and min(first, second) == 0
        ):
            return not re.search(r"(?i:\bv(?:ersion)?\.?\s?)$", text[: match.start()][-10:])
    return not match["packed"] or text[match.end() : match.end() + 1] != "-"


def _short(text: str, *, dated: bool) -> list[re.Match[str]]:
    """Return the dates without year, also those that only others tell ("2/2, 2/9", "in 4/2, home 4/6")."""
    found = list(pattern("dates.short_date").finditer(text))
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
            if not _is_score(weaker, text):
                sure[at] = sure[at - 1] = True


def _may_be_short(match: re.Match[str], text: str, *, dashed: bool) -> bool:
    """Tell whether two numbers in a text with other dates are one: no score, no part of a tablet."""
    first, second = int(match["a"]), int(match["b"])
    if first > 12 or _is_score(match, text):
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
    if (first > 12 and second > 12) or _is_score(match, text):
        return False
    dash = match["sep"] == "-"
    begin = max(0, match.start() - _REACH)
    no_scale = first > second or second not in _SMALL_SCALES
    if pattern("dates.dated_before").search(text, begin, match.start()):
        if pattern("dates.weak_before").search(text, begin, match.start()) is None:
            return True
        return not dash and no_scale and not _counted(match, text, within=first <= second)
    return not dash and _looks_dated(match, text, no_scale=no_scale)


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
    if first <= 12 and (
        pattern("dates.timed_after").match(text, match.end()) or (no_scale and _of_an_event(match, text))
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


def _is_score(match: re.Match[str], text: str) -> bool:
    """Tell whether the words around say that a fraction is a strength, a pain, a pressure or the like."""
    begin, at = max(0, match.start() - _REACH), match.start()
    if text[max(0, at - 4) : at] == "Sat ":
        return False
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
