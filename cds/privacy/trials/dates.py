"""Dates, months, holidays and great ages as clinicians write them, in some forty ways."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Final

from cds.privacy.trials.trial import EITHER, Piece

_FORMATS: Final = (
    "%m/%d/%Y",
    "%m/%d/%y",
    "%-m/%-d/%y",
    "%-m/%-d/%Y",
    "%m-%d-%Y",
    "%-m-%-d-%y",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%-d.%-m.%y",
    "%d/%m/%Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d%b%Y",
    "%d %b %y",
    "%-d %B %Y",
    "%B %-d, %Y",
    "%b %-d, %Y",
    "%b. %-d, %Y",
    "%b %-d %Y",
    "%B %-dORD, %Y",
    "%-dORD of %B, %Y",
    "%-dORD %B %Y",
    "%-d-%B-%Y",
    "%m.%d.%y",
    "%m / %d / %Y",
    "%b-%d-%Y",
    "%B %-d '%y",
    "%m\\%d\\%Y",
    "%Y.%m.%d",
    "%-d. %-m. %Y",
    "%Y. %m. %d.",
    "%d%b%y",
    "%-d.%-m.%Y",
)
_NO_YEAR: Final = (
    "%-m/%-d",
    "%m/%d",
    "%B %-d",
    "%b %-d",
    "%-d %b",
    "%-dORD of %B",
    "%B %-dORD",
    "%d-%b",
    "%-d %B",
)
_MONTHS: Final = ("%B %Y", "%b %Y", "%m/%Y", "%b '%y", "%B of %Y", "%b-%y", "%Y-%m")
_HOLIDAYS: Final = (
    "Christmas",
    "Thanksgiving",
    "New Year's Eve",
    "Halloween",
    "Labor Day",
    "Fourth of July",
    "Easter",
    "Yom Kippur",
    "Diwali",
    "Eid al-Fitr",
    "Memorial Day",
    "Valentine's Day",
    "Mother's Day",
    "Cinco de Mayo",
    "Hanukkah",
    "Good Friday",
    "Boxing Day",
    "Lunar New Year",
    "St. Patrick's Day",
    "Columbus Day",
)
_LONG: Final = (
    "January",
    "February",
    "April",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SHORT: Final = ("Jan", "Feb", "Apr", "Aug", "Sept", "Oct", "Nov", "Dec")
_FIRST_DAY: Final = date(1995, 1, 1)
_DAYS: Final = 365 * 31


def _day(chance: Random) -> date:
    return _FIRST_DAY + timedelta(days=chance.randrange(_DAYS))


def _ordinal(day: int) -> str:
    ending = "th" if 10 <= day % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def say(day: date, pattern: str) -> str:
    """Return a date in a strftime pattern where `%-dORD` is the ordinal number of the day."""
    return day.strftime(pattern.replace("%-dORD", _ordinal(day.day)))


def day(chance: Random) -> Iterator[Piece]:
    """Yield a day of the last thirty years, now and then with a time of day that may stay."""
    yield Piece(say(_day(chance), chance.choice(_FORMATS)), "DATE", "date.day")
    if chance.random() < 0.05:
        yield Piece(f"{chance.choice('T ')}{chance.randrange(24):02d}:{chance.randrange(60):02d}:00", EITHER)


def birth(chance: Random) -> Piece:
    """Return a birthday of somebody between 1 and 88."""
    born = date(2024, 12, 31) - timedelta(days=chance.randrange(365, 365 * 88))
    return Piece(say(born, chance.choice(_FORMATS[:27])), "DATE", "date.birth")


def compact(chance: Random) -> Piece:
    """Return a day as interfaces write it, sometimes with the minute."""
    pattern = chance.choice(("%Y%m%d", "%Y%m%d0815", "%Y%m%d143022"))
    return Piece(say(_day(chance), pattern), "DATE", "date.compact")


def without_year(chance: Random) -> Piece:
    """Return a day without its year."""
    return Piece(say(_day(chance), chance.choice(_NO_YEAR)), "DATE", "date.noyear")


def month_and_year(chance: Random) -> Piece:
    """Return a month with its year."""
    return Piece(say(_day(chance), chance.choice(_MONTHS)), "DATE", "date.monthyear")


def month(chance: Random) -> Piece:
    """Return a month alone; May and March stand in templates, where words tell them from verbs."""
    return Piece(chance.choice(_LONG if chance.random() < 0.7 else _SHORT), "DATE", "date.month")


def holiday(chance: Random) -> Piece:
    """Return a feast that tells the day."""
    return Piece(chance.choice(_HOLIDAYS), "DATE", "date.holiday")


def span(chance: Random) -> Iterator[Piece]:
    """Yield a stay from one day to another; the word between the two may stay."""
    first = _day(chance)
    last = first + timedelta(days=chance.randrange(1, 12))
    pattern, joint = chance.choice(
        (("%-m/%-d", "-"), ("%m/%d/%y", " - "), ("%b %-d", " to "), ("%m/%d", "–"))
    )
    yield Piece(say(first, pattern), "DATE", "date.range")
    yield Piece(joint, EITHER)
    yield Piece(say(last, pattern), "DATE", "date.range")


def old_year(chance: Random) -> Piece:
    """Return a year of birth that tells an age over 89."""
    return Piece(str(chance.randrange(1915, 1933)), "DATE", "date.oldyear")


def great_age(chance: Random) -> Piece:
    """Return an age over 89."""
    age = chance.choice((90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 104))
    words = {91: "ninety-one", 93: "ninety three", 95: "ninety-five", 100: "one hundred"}
    return Piece(words[age] if age in words and chance.random() < 0.3 else str(age), "AGE", "age.over89")


def _alone(draw: Callable[[Random], Piece]) -> Callable[[Random], Iterator[Piece]]:
    return lambda chance: iter((draw(chance),))


SLOTS: Final[dict[str, Callable[[Random], Iterator[Piece]]]] = {
    "date": day,
    "range": span,
    "dob": _alone(birth),
    "hl7date": _alone(compact),
    "md": _alone(without_year),
    "my": _alone(month_and_year),
    "month": _alone(month),
    "holiday": _alone(holiday),
    "oldyear": _alone(old_year),
    "age90": _alone(great_age),
}
