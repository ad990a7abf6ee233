"""How long a complaint has lasted, as the findings of time that the knowledge base has."""

import re
from collections.abc import Sequence

_COUNT = (
    r"(?P<n>\d{1,3}(?:\s?(?:-|to)\s?\d{1,3})?|an?|one|two|three|four|five|six|seven|eight|nine|ten"
    r"|twelve|few|several|"
    r"couple(?: of)?|many|some|half an?)"
)
_UNIT = r"(?P<unit>minutes?|mins?|hours?|hrs?|h|days?|nights?|weeks?|wks?|months?|mos?|years?|yrs?)"
_LASTED = re.compile(
    r"\b(?:for|over|since|past|last|previous|history of|x|about|during)\s+(?:the\s|a\s)?"
    rf"(?:past\s|last\s|about\s)?{_COUNT}?[\s-]*{_UNIT}\b(?!\s*(?:old|of age))"
    rf"|\b(?:{_COUNT.replace('<n>', '<m>')}[\s-]*)?{_UNIT.replace('<unit>', '<unit2>')}"
    r"(?:['’]s?)?[\s-]*(?:history|ago|duration|of (?!age|old)|earlier|now)",
    re.IGNORECASE,
)
_SINCE = re.compile(
    r"\b(?:since|began|started|from|woke up)\s+(?:\w+\s)?"
    r"(?P<when>this morning|last night|tonight|today|yesterday|childhood|birth)\b",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"(?<!every )(?<!per )(?<!in )(?<!after )(?<!within )(?<!next )(?<![\d/-])\b{_COUNT}[\s-]?{_UNIT}\b"
    r"(?![\s-]*(?:old|of age|pregnant|gestation|later|after|before|apart|baby|girl|boy|man|woman"
    r"|smoker|pack|post))",
    re.IGNORECASE,
)
"""A length of time by itself: `sore throat 2 days`; taken where nothing plainer is said."""
_PARTS = re.compile(
    r"\b(?P<n>\d{1,2})/(?P<part>7|52|12)\b(?!\s*(?:old|infant|baby|boy|girl|man|woman|[MF]\b))"
)
"""Days, weeks and months as British notes write them: 3/7, 6/52, 4/12."""
_EVENT = re.compile(
    r"\b(?:lasts?|lasting|lasted|awake|each|fades|fading|stopped|after|within|sleeps|slept|gone in"
    r"|goes in|over in)\s(?:for |about |up to )*\Z",
    re.IGNORECASE,
)
"""Before a time these tell how long one attack is, not how long there have been any."""
_PART_DAYS = {"7": 1.0, "52": 7.0, "12": 30.4}
_WHEN = {
    "this morning": 0.3,
    "last night": 0.6,
    "tonight": 0.2,
    "today": 0.3,
    "yesterday": 1.0,
    "childhood": 3650.0,
    "birth": 3650.0,
}
_UNITS = {"mi": 1 / 1440, "h": 1 / 24, "d": 1.0, "n": 1.0, "w": 7.0, "mo": 30.4, "y": 365.0}
_WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}
_MORE = {"eight": 8, "nine": 9, "ten": 10, "twelve": 12, "few": 3, "several": 4, "many": 6, "some": 3}
_LONG_DAYS = 365.0
_SPANS = (
    ("duration-hours", 1.0),
    ("duration-days", 8.0),
    ("duration-weeks", 43.0),
    ("duration-months", 730.0),
)


def duration(text: str, *, apart: Sequence[tuple[int, int]] = ()) -> tuple[str, int, int] | None:
    """Return the finding for the first duration a text gives, with its offsets; None where it gives none.

    What stands in `apart` is a time of something else: an age, the weeks of a pregnancy.
    """
    found = [(days, m.start(), m.end()) for m in _LASTED.finditer(text) if (days := _days(m)) is not None]
    found += [(_WHEN[m["when"].lower()], m.start(), m.end()) for m in _SINCE.finditer(text)]
    found += [(int(m["n"]) * _PART_DAYS[m["part"]], m.start(), m.end()) for m in _PARTS.finditer(text)]
    found = _clear(found, text, apart)
    if not found:
        bare = [(_days_of(m["n"], m["unit"]), m.start(), m.end()) for m in _BARE.finditer(text)]
        found = list(_clear(bare, text, apart))[:1]
    if not found:
        return None
    days, start, end = min(_of_now(found, text), key=lambda one: one[1])
    name = next((name for name, upper in _SPANS if days < upper), "duration-years")
    return name, start, end


def _clear(
    found: Sequence[tuple[float, int, int]], text: str, apart: Sequence[tuple[int, int]]
) -> list[tuple[float, int, int]]:
    told = [one for one in found if not _EVENT.search(text, 0, one[1])] if len(found) > 1 else found
    return [one for one in told if not any(start < one[2] and one[1] < end for start, end in apart)]


def _of_now(found: Sequence[tuple[float, int, int]], text: str) -> Sequence[tuple[float, int, int]]:
    """Return the times without those of long ago, where another one is told: `hysterectomy years ago`."""
    now = [one for one in found if not (one[0] >= _LONG_DAYS and text[: one[2]].lower().endswith("ago"))]
    return now or found


def _days(match: re.Match[str]) -> float | None:
    unit, count = match["unit"] or match["unit2"] or "", match["n"] or match["m"]
    # `since last night` is no count of nights; only a plural says that there were some.
    return _days_of(count, unit) if unit and (count or unit.lower().endswith("s")) else None


def _days_of(count: str | None, unit: str) -> float:
    low = unit.lower()
    return _number(count) * _UNITS[low[:2] if low[:2] in _UNITS else low[0]]


def _number(text: str | None) -> float:
    if not text:
        return 2.0
    low = text.lower()
    digits = re.findall(r"\d+", low)
    if digits:
        return float(digits[-1])
    if low.startswith("half"):
        return 0.5
    if low.startswith("couple"):
        return 2.0
    return float({**_WORDS, **_MORE}.get(low, 3))
