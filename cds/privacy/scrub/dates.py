"""Calendar dates and parts of them finer than a year, holidays, and ages over 89.

The year may stand, and so may durations, weekdays and times of day, and values that only look like dates:
fractions, scales, pressures, levels of the spine.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from cds.privacy.scrub.daily import is_score, short
from cds.privacy.scrub.lexicon import listed
from cds.privacy.scrub.neighbouring import months, neighbouring
from cds.privacy.scrub.patterns import pattern, tried
from cds.privacy.scrub.spans import Found
from cds.privacy.scrub.tokens import MIXED, NUMBER, Tokens
from cds.privacy.scrub.worded import worded

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
_ERAS = frozenset({"reiwa", "heisei", "showa", "taisho"})
_ENDING = frozenset(
    {"am", "vom", "bis", "ab", "zum", "seit", "den", "dem", "on", "until", "since", "renewal", "due"}
)
"""Words before a day with a point at its end: "bis 4.11."."""
_ORDINAL = frozenset({"st", "nd", "rd", "th"})
_SIZED = re.compile(r"\s?(?:cm|mm|mcg|mg)\b")


def dated(made: Tokens, *, this_year: int, keep_years: bool = True) -> Iterator[Found]:
    """Yield dates, parts of dates, holidays, and ages over 89 with years of birth that tell one."""
    text = made.figures
    hints, counted, aged = _hints(made)
    sure = list(_with_month(made, hints))
    sure += [m for m in tried(pattern("dates.numeric"), text, _first_figures(made)) if _is_numeric(m, text)]
    yield from ((m.start(), m.end(), "DATE") for m in sure)
    yield from ((*m.span("v"), "DATE") for m in _around("dates.early", made, hints))
    for name in ("dates.month_alone", "dates.march"):
        for match in _around(name, made, hints):
            yield *match.span("v" if match["v"] is not None else "w"), "DATE"
    days = short(made, dated=bool(sure))
    yield from ((*m.span(), "DATE") for m in days)
    if sure or days:
        yield from ((*m.span(), "DATE") for m in _beside(made, sure, days))
    yield from worded(made)
    yield from ((*m.span("v"), "DATE") for m in _around("dates.nth", made, counted))
    yield from _turned(made)
    if text.count("/") > 1:
        yield from _measured(text)
    yield from ((*m.span("v"), "DATE") for m in pattern("dates.shifted").finditer(text))
    yield from ((*m.span(), "DATE") for m in pattern("dates.addended").finditer(text))
    feasts = made.starts_of(listed("feast_words"))
    yield from ((*m.span(), "DATE") for m in _around("dates.holidays", made, feasts))
    yield from _aged(made, aged, this_year)
    if not keep_years:
        yield from ((*m.span(), "DATE") for m in pattern("dates.years").finditer(text))


def _beside(made: Tokens, sure: list[re.Match[str]], days: list[re.Match[str]]) -> Iterator[re.Match[str]]:
    """Yield the days that the other dates of the text tell."""
    return neighbouring(made, months(m[0] for m in (*sure, *days)), {m.start() for m in days})


def _with_month(made: Tokens, hints: list[int]) -> Iterator[re.Match[str]]:
    """Yield dates with the name of a month, a season or a quarter, which begin with it or with a day."""
    if hints:
        months, days = listed("month_words"), listed("day_words")
        starts = zip(made.start, made.kind, made.low, strict=True)
        first = [at for at, kind, low in starts if kind in "NX" or low in months or low in days]
        for match in _around("dates.written", made, hints, first):
            if _is_date(match[0], made.figures, match.end()):
                yield match


def _first_figures(made: Tokens) -> list[int]:
    """Return where a date in figures may begin: at figures, or at an era before them."""
    places = [made.start[at] for at in made.numbered]
    if not _ERAS.isdisjoint(made.low):
        places = sorted({*places, *made.starts_of(_ERAS)})
    return places


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


def _turned(made: Tokens) -> Iterator[Found]:
    """Yield dates with the day first and no year: "15/2", "since 4.03"."""
    text = made.figures
    if "/" in text:
        for match in tried(pattern("dates.day_month"), text, made.figured):
            begin = max(0, match.start() - _REACH)
            pressed = pattern("dates.pressed").search(text, begin, match.start())
            if not pressed and not is_score(match, text):
                yield *match.span(), "DATE"
    if "|" in text:
        yield from ((*m.span("v"), "DATE") for m in pattern("dates.cell").finditer(text))
    if "-" in text:
        for match in tried(pattern("dates.padded"), text, made.figured):
            yield *match.span("v" if match["v"] else "w"), "DATE"
    if "." in text:
        yield from _dotted(made)


def _dotted(made: Tokens) -> Iterator[Found]:
    """Yield dates with the day first and points: "bis 4.11.", "since 4.03"."""
    text = made.figures
    endings = tried(pattern("dates.ending"), text, made.starts_of(_ENDING))
    yield from ((*m.span("v"), "DATE") for m in endings)
    for match in tried(pattern("dates.dotted"), text, made.figured):
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
            if _OVER.match(low) or (kind == MIXED and _OVER.match(low.replace("o", "0").replace("l", "1"))):
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


def _around(
    name: str, made: Tokens, hints: list[int], openings: list[int] | None = None
) -> Iterator[re.Match[str]]:
    """Yield matches that hold a hint, tried at the words before it, or at those of them that may be first."""
    if not hints:
        return
    match_at, text, done = pattern(name).match, made.figures, 0
    starts = made.start if openings is None else openings
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
        group = next(g for g in "abcdefghijklmn" if match[g] is not None)
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
        if _SIZED.match(text, match.end()):
            return False
        first, second = (int(p) for p in re.split(r"\s?[-/.\\–]\s?", value)[:2])
        separator = match["s2"].strip()
        if first > 12 and second > 12:
            return False
        if separator == "." or (
            separator == "-" and re.match(r"\d{1,2}-\d{1,2}-\d\d$", value) and min(first, second) == 0
        ):
            return not re.search(r"(?i:\bv(?:ersion)?\.?\s?)$", text[: match.start()][-10:])
    return not match["packed"] or text[match.end() : match.end() + 1] != "-"
