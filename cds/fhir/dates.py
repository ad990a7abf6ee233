"""FHIR's dates and instants, with the precision they were written in.

Source: FHIR R4 datatypes, http://hl7.org/fhir/R4/datatypes.html#dateTime.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

Precision = Literal["minute", "day", "month", "year"]

_PARTIAL = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?\Z")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z"
)
_MINUTES_PER_DAY = 1440
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Offset:
    """An instant as minutes before the call; negative lies in the future."""

    minutes_ago: int
    precision: Precision


def parse(text: str) -> tuple[datetime, Precision]:
    """Return the instant a FHIR date, dateTime or instant begins at, with its precision.

    What says no zone is taken as UTC. Raises `ValueError` on anything else.
    """
    match = None if text[10:11] == "T" else _PARTIAL.match(text)
    if match is None:
        if not _INSTANT.match(text):
            raise ValueError("neither a FHIR date nor an instant")
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC), "minute"
    year, month, day = match.groups()
    precision: Precision = "day" if day else "month" if month else "year"
    return datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC), precision


def offset(text: str, *, now: datetime) -> Offset:
    """Return how long before `now` a FHIR time lies.

    A whole day, month or year that has begun lies now, not in the future, wherever the zones put midnight.
    """
    moment, precision = parse(text)
    minutes = (now - moment) // _MINUTE
    if precision != "minute" and -_MINUTES_PER_DAY < minutes < 0:
        minutes = 0
    return Offset(minutes, precision)


def age(birth: str, *, now: datetime) -> tuple[int, float, Precision]:
    """Return days lived, completed years with the fraction to the next birthday, and their precision.

    Where only the month or the year of birth is recorded, its middle is taken; the precision says so.
    Raises `ValueError` for a birth that is no date or lies in the future.
    """
    moment, precision = parse(birth)
    born = moment.date()
    if precision == "month":
        born = born.replace(day=15)
    elif precision == "year":
        born = born.replace(month=7, day=1)
    today = now.date()
    days = (today - born).days
    if days < 0 and precision in {"month", "year"} and moment <= now:
        born, days = today, 0
    if days < -1:
        raise ValueError("birth lies in the future")
    return max(days, 0), _years(born, today), "day" if precision == "minute" else precision


def _years(born: date, today: date) -> float:
    whole = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    last = _birthday(born, born.year + whole)
    following = _birthday(born, born.year + whole + 1)
    return max(whole + (today - last).days / (following - last).days, 0.0)


def _birthday(born: date, year: int) -> date:
    """Return the birthday in a year; one born on 29 February turns a year older on 1 March elsewhere."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def ago(minutes: int) -> str:
    """Return an age of data as a person says it: "12 days ago", never a calendar date."""
    if minutes < -1:
        return "in the future"
    if minutes < 60:
        return "just now" if minutes < 2 else f"{minutes} minutes ago"
    hours = minutes // 60
    if hours < 48:
        return "1 hour ago" if hours == 1 else f"{hours} hours ago"
    days = minutes // _MINUTES_PER_DAY
    if days < 61:
        return f"{days} days ago"
    months = round(days / 30.44)
    return f"{months} months ago" if months < 24 else f"{days / 365.25:.0f} years ago"
