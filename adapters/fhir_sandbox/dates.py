"""FHIR dates as ranges of time, compared as search prefixes do.

A date written to the day means the whole day, so both sides of a comparison are half-open ranges, in
microseconds since 1970 UTC. A time without zone is read as UTC.
Rules: https://hl7.org/fhir/R4/search.html#date and #prefix.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

Range = tuple[int, int]

BEGINNING, END = -(1 << 62), 1 << 62  # the open sides of a Period

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?",
)
_SEARCH = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?(\d{4}.*)", re.DOTALL)


def microseconds(moment: datetime) -> int:
    """Count microseconds from 1970 to an aware moment."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


@lru_cache(maxsize=65_536)
def read_range(text: str) -> Range:
    """Read a FHIR date, dateTime or instant as the range its precision covers.

    Raise ValueError where the text is none of these.
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError("not a FHIR date, dateTime or instant")
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    start = datetime(
        int(year),
        int(month or 1),
        int(day or 1),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
        tzinfo=UTC,
    )
    low = microseconds(start) - _offset(zone)
    if fraction:
        low += int(fraction.ljust(6, "0")[:6])
        return low, low + int(max(1, 10 ** (6 - len(fraction))))
    return low, microseconds(_after(start, found.lastindex or 1, has_second=second is not None)) - _offset(
        zone
    )


def _after(start: datetime, last_group: int, *, has_second: bool) -> datetime:
    if start.year == 9999:  # the calendar ends here, and so does every range in it
        return datetime.max.replace(tzinfo=UTC)
    if last_group == 1:
        return start.replace(year=start.year + 1)
    if last_group == 2:
        return (start + timedelta(days=31)).replace(day=1)
    if last_group == 3:
        return start + timedelta(days=1)
    return start + (timedelta(seconds=1) if has_second else timedelta(minutes=1))


def _offset(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    return (-minutes if zone[0] == "-" else minutes) * 60_000_000


def element_range(value: Any) -> Range | None:
    """Give the range of a date, Period or Timing element, or None where it holds no readable date.

    Of a Timing only the outer limits count, as the search rules say.
    """
    if isinstance(value, str):
        try:
            return read_range(value)
        except ValueError:
            return None
    if not isinstance(value, dict):
        return None
    if "event" in value or "repeat" in value:
        return _timing_range(value)
    return _period_range(value)


def _period_range(period: Mapping[str, Any]) -> Range | None:
    start, end = element_range(period.get("start")), element_range(period.get("end"))
    if start is None and end is None:
        return None
    return start[0] if start else BEGINNING, end[1] if end else END


def _timing_range(timing: Mapping[str, Any]) -> Range | None:
    repeat = timing.get("repeat")
    bounds = repeat.get("boundsPeriod") if isinstance(repeat, dict) else None
    ranges = [found for item in [*timing.get("event", []), bounds] if (found := element_range(item))]
    return (min(low for low, _ in ranges), max(high for _, high in ranges)) if ranges else None


def read_search(value: str) -> tuple[str, Range]:
    """Split a search value into its prefix (`eq` where none is written) and range, or raise ValueError."""
    # A plus sign that a client forgot to escape arrives as a blank.
    found = _SEARCH.fullmatch(value.replace(" ", "+"))
    if found is None:
        raise ValueError("not a date with an optional prefix")
    return found[1] or "eq", read_range(found[2])


def comparison(prefix: str, asked: Range, *, now: datetime) -> Callable[[Range], bool]:
    """Make the test that a found range has to pass for a search range under a prefix."""
    low, high = _approximate(asked, now) if prefix == "ap" else asked
    tests: Mapping[str, Callable[[Range], bool]] = {
        "eq": lambda found: low <= found[0] and found[1] <= high,
        "ne": lambda found: not (low <= found[0] and found[1] <= high),
        "gt": lambda found: found[1] > high,
        "lt": lambda found: found[0] < low,
        "ge": lambda found: found[1] > high or (low <= found[0] and found[1] <= high),
        "le": lambda found: found[0] < low or (low <= found[0] and found[1] <= high),
        "sa": lambda found: found[0] >= high,
        "eb": lambda found: found[1] <= low,
        "ap": lambda found: low < found[1] and found[0] < high,
    }
    return tests[prefix]


def _approximate(asked: Range, now: datetime) -> Range:
    # A tenth of the distance from now, on both sides, is what the rules recommend.
    margin = abs(microseconds(now) - asked[0]) // 10
    return asked[0] - margin, asked[1] + margin
