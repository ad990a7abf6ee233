"""Who a story is about: age, sex and pregnancy from its words, where the record does not give them."""

import re
from dataclasses import dataclass
from functools import lru_cache

from models.diagnosis.about import relative
from models.knowledge.diagnosis.rows import Setting, Sex

_NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
}
_N = r"(?P<n>\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_UNIT = r"(?P<unit>years?|yrs?|y/?o|months?|mo|weeks?|wks?|days?)"
_MAN = r"man|male|boy|bloke|guy|lad|chap|gent|gentleman"
_WOMAN = r"woman|female|girl|lady|lass"
_ONE = (
    r"(?:little one|neighbour|flatmate|uncle|aunt|grandson|granddaughter|niece|nephew|cousin|friend|son"
    r"|daughter|boy|girl|baby|child|toddler|kid|twin|husband|wife|father|mother|dad|mum|mom|nan|gran"
    r"|grandad|grandma|partner|brother|sister|he|she|i)"
)
_OLD = re.compile(rf"\b{_N}[\s-]*{_UNIT}(?:[\s-]*(?:old|of age)|(?<=y/o)|(?<=yo))\b", re.IGNORECASE)
_SHORT = re.compile(r"\b(?P<n>\d{1,3})[\s-]?(?:yo|y/o|yr|year[\s-]old|years[\s-]old)?\s?(?P<sex>[MF])\b")
_FIRST = re.compile(
    r"(?:^|[.;]\s+|\bpt )(?:(?P<sex>[MF])|Male|Female)[\s,]+(?P<n>\d{1,3})(?=[.,;:\s]|$)(?!\s*(?:kg|cm))"
)
"""`F 27` and `Male 45`, as some letters begin."""
_WORKING = re.compile(
    r"^(?:[A-Z]|an? )[a-z]+(?: [a-z]+)?,? (?:of |aged )?(?P<n>[1-9]\d)(?=[.,;:]|$)"
    r"|\b(?:lad|man|woman|girl|boy) of (?P<n2>\d{1,2})\b"
)
"""`Teacher 30, ...`: an age after who opens a story."""
_SMALL = re.compile(r"(?:^|[.,;:!?]\s+)(?P<n>\d{1,3})\s?(?P<sex>[mf])\b(?!/)")
_PARTS = re.compile(
    r"(?:^|[.,;:]\s+)(?P<n>\d{1,2})/(?P<part>12|52|7)\s+"
    rf"(?:old|infant|baby|{_MAN}|{_WOMAN}|[MF]\b)"
)
_NAMED = re.compile(
    rf"\b(?P<n>\d{{1,3}}),?\s+(?:(?P<man>{_MAN})|(?P<woman>{_WOMAN}))\b"
    rf"|\b(?:(?P<man2>{_MAN})|(?P<woman2>{_WOMAN}))(?:,|\sof|\saged?)\s+(?P<n2>\d{{1,3}})\b"
    r"(?!\s*(?:kg|cm|lb|weeks|%|/))",
    re.IGNORECASE,
)
_AGED = re.compile(
    rf"\b(?:aged?\s+|{_ONE}(?:\sof\s+(?=\d)|['’]?[sm]\s+|\sis\s+|\sam\s+|,\s+(?=\d)|\s+(?=\()))"
    rf"(?:now\s|only\s|just\s|turned\s|nearly\s|almost\s|about\s|just\sturned\s|aged\s"
    rf"|a\s)?\(?{_N}\b(?:[\s-]*{_UNIT}\b)?"
    r"(?!\s*(?:kg|cm|lb|stone|weeks|%|/|days|hours|times|mins?|minutes|months (?:ago|on)|or|to|on|o'clock))",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"(?:^|[.!?]\s+|,\s)(?P<n>\d{1,3})(?:\s*(?P<unit>years|yrs|months))?\s*(?=[.,?!]|$)", re.IGNORECASE
)
_PREGNANT = re.compile(
    r"\b(?P<weeks>\d{1,2})(?:/40|[\s-]*(?:weeks?|wks?)[\s-]*(?:pregnant|gestation|gravid|into))\b"
    r"|\bpregnant\D{0,12}\b(?P<weeks2>\d{1,2})\s*(?:weeks|wks)\b",
    re.IGNORECASE,
)
_CARRYING = re.compile(
    r"\b(antenatal|pregnan\w+|waters|afterbirth|placenta|obstetric\w*|primigravida|primip|multip"
    r"|gravida|maternity|bump"
    r"|with my (?:first|second|third|fourth|last)|labour|liquor|midwife|tightenings"
    r"|baby (?:is )?(?:moving|kicking)|baby['’]s heart|fundal"
    r"|(?:second|third|last) trimester|(?:first|second|third|fourth) baby|20 week scan"
    r"|fetal|foetal|uterus)\b",
    re.IGNORECASE,
)
_WEEKS = re.compile(
    r"(?:^|[.,;]\s|\bi['’]?m\s|\bi am\s|(?<!born\s)(?<!delivered\s)\b(?:at|around|about|now|is"
    r"|she['’]s)\s)(?P<weeks>\d{1,2})(?:\s*(?:\+\d|weeks|wks))+\b"
    r"(?!\s*(?:old|ago|later|of age|post|after))",
    re.IGNORECASE,
)
_MY_WEEKS = re.compile(
    r"\bi(?:['’]?m| am)\s(?:now |about |only |just |nearly |almost )?(?P<weeks>\d{1,2})\s*(?:weeks"
    r"|wks)\b(?!\s*(?:ago|post|after|old|into))"
    r"|\b(?:in|at) (?:week|wk) (?P<weeks2>\d{1,2})\b|(?<![\d/])(?P<weeks3>\d{1,2})(?:\+\d)?/40\b"
    r"|\b(?P<weeks4>\d{1,2})\s*(?:weeks|wks) (?:gone|along|with my (?:first|second|third|fourth))\b",
    re.IGNORECASE,
)
"""Nobody who speaks of themselves is 34 weeks old."""
_NURSING = re.compile(r"\b(breast-?feeding|new mum)\b", re.IGNORECASE)
_AFTER_BIRTH = re.compile(
    r"\b(since (?:the|an?) .{0,20}(?:delivery|birth)|gave birth|given birth"
    r"|post-?(?:partum|natal)"
    r"|(?:i|she|wife|who) (?:have |has |had )?(?:just )?(?:had|delivered) (?:twins"
    r"|(?:my|our|her|a|the)(?: \w+)? (?:baby|babies|son|daughter|boy|girl"
    r"|twins|child))(?= \w+ (?:days|weeks|hours)| by | at | last| yesterday| on )"
    r"|(?:delivered|delivery|birth|section|c(?:a?e)sarean) (?:of )?(?:twins |a boy "
    r"|a girl )?\w+ (?:days|weeks|hours) ago"
    r"|(?:days|weeks|hours) after (?:the |her |my |a )?(?:\w+ )?(?:delivery|birth|section|c(?:a?e)sarean))\b",
    re.IGNORECASE,
)
_FEMALE = re.compile(
    rf"\b({_WOMAN}|women|she|her|hers|herself|mrs|ms|miss|my (?:daughter|wife|mum|mom|mother|"
    r"grandmother|nan|gran|sister)|our daughter|my periods?|i'?m pregnant|primigravida|g\d\s?p\d)\b",
    re.IGNORECASE,
)
_MALE = re.compile(
    rf"\b({_MAN}|men|he|his|him|himself|mr|my (?:son|husband|dad|father|grandfather|grandad|brother)|our son|"
    r"my (?:testicles?|penis|prostate|scrotum|balls))\b",
    re.IGNORECASE,
)
_KIN = re.compile(
    r"\b(?:year|month|week|day)s?[\s-]old\s(?:\w+\s){0,2}?(?:(?P<girl>girl|daughter|woman|lady|female"
    r"|granddaughter|niece|sister"
    r"|schoolgirl|mother|wife|nun|waitress|actress)|(?P<boy>boy|son|man|male|grandson|nephew|brother"
    r"|schoolboy|father|husband"
    r"|gentleman|lad|monk|waiter))\b",
    re.IGNORECASE,
)
_SPEAKER = re.compile(r"\bI(?:['’]m| am|['’]ve| have| had| was| lifted| woke)\b")
_SPOUSE = re.compile(r"\bmy (?:ex-)?(?:(?P<wife>wife|girlfriend)|(?:husband|boyfriend))\b", re.IGNORECASE)
_WOMANLY = re.compile(
    r"\b(pregnan\w+|periods?|breast-?feeding|boobs|c(?:a?e)sarean|midwife|uterus|vagina\w*|epidural"
    r"|postpartum)\b",
    re.IGNORECASE,
)
_MANLY = re.compile(r"\b(balls|testic\w+|testis|prostate|penis|penile|erections?|scrot\w+)\b", re.IGNORECASE)
_DAYS = {"d": 1.0, "w": 7.0, "m": 30.44, "y": 365.25}
_PART_DAYS = {"7": 1.0, "52": 7.0, "12": 30.44}
_ADULT = re.compile(r"\b(newborn|neonate|infant|baby|toddler)\b", re.IGNORECASE)
_TYPICAL_DAYS = {"newborn": 10.0, "neonate": 10.0, "infant": 200.0, "baby": 200.0, "toddler": 730.0}
_WEEK_NAMES = ("weeks", "weeks2", "weeks3", "weeks4")
_LEAST_ALONE, _MOST_ALONE = 1, 104
_APART_YEARS, _APART_SHARE = 2.0, 0.1
"""How far two ages may lie apart: birthdays, rounding, dates that were shifted."""
_GROWN_YEARS = 2
UNKNOWN_AGE_YEARS = 40.0
"""Taken where nobody says an age: the middle of those who see a doctor."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who presents, and where."""

    age_years: float
    sex: Sex
    setting: Setting = "primary-care"
    pregnant: bool | None = None
    immunosuppressed: bool | None = None
    age_known: bool = True


def age_of(text: str) -> float | None:
    """Return the age in years that a text gives, the plainest way of giving it first; None where none."""
    return _aged(text)[0]


def age_span(text: str) -> tuple[int, int]:
    """Return where a text gives the age; nowhere where it does not."""
    return _aged(text)[1]


def birth_span(text: str) -> tuple[int, int] | None:
    """Return where a text says that whoever is ill gave birth not long ago; None where it does not."""
    match = _AFTER_BIRTH.search(text)
    return match.span() if match else None


@lru_cache(maxsize=8)
def _aged(text: str) -> tuple[float | None, tuple[int, int]]:
    mother = birth_span(text) is not None or _NURSING.search(text) is not None
    carried = gestation(text)
    for pattern in (_OLD, _PARTS, _SHORT, _SMALL, _FIRST, _NAMED, _AGED, _WORKING, _ALONE):
        for match in pattern.finditer(text):
            years = _years(match)
            # Whoever breastfeeds a child of three weeks, or is 34 weeks pregnant, is older than that.
            young = years is not None and years < 1
            if years is not None and not (young and (mother or carried is not None)):
                return years, match.span()
    word = None if mother or carried is not None else _ADULT.search(text)
    return (_TYPICAL_DAYS[word[1].lower()] / _DAYS["y"] if word else None), (0, 0)


def disagreement(person: Person, text: str) -> str:
    """Return a note where a story gives another age than the one that was taken; empty where it does not."""
    told = age_of(text) if person.age_known else None
    if told is None or abs(told - person.age_years) <= max(_APART_YEARS, _APART_SHARE * person.age_years):
        return ""
    return (
        f"the story speaks of an age of {_said(told)}, and {_said(person.age_years)} was given and taken; "
        "check whom the story is about"
    )


def _said(years: float) -> str:
    if years >= _GROWN_YEARS:
        return f"{years:.0f} years"
    months = round(years * 12)
    return f"{months} month{'s' if months > 1 else ''}" if months else f"{years * _DAYS['y']:.0f} days"


def _years(match: re.Match[str]) -> float | None:
    parts = match.groupdict()
    number = (parts.get("n") or parts.get("n2") or "").lower()
    count = float(_NUMBERS[number]) if number in _NUMBERS else float(number)
    if parts.get("part"):
        return count * _PART_DAYS[parts["part"]] / _DAYS["y"]
    unit = parts.get("unit")
    if unit:
        return count * _DAYS[unit[0].lower()] / _DAYS["y"]
    return count if _LEAST_ALONE <= count <= _MOST_ALONE else None


@lru_cache(maxsize=8)
def gestation(text: str) -> tuple[float, int, int] | None:
    """Return the weeks of a pregnancy that a text gives, with their offsets; None where it gives none."""
    match = _PREGNANT.search(text) or _MY_WEEKS.search(text)
    if match is None and _CARRYING.search(text):
        match = _WEEKS.search(text)
    if match is None:
        return None
    parts = match.groupdict()
    weeks = float(next((n for n in map(parts.get, _WEEK_NAMES) if n), 0))
    return (weeks, match.start(), match.end()) if 3 <= weeks <= 43 else None


def sex_of(text: str) -> Sex:
    """Return the sex that a text's words speak of, the first of them where they differ."""
    if gestation(text) is not None:
        return "female"
    return _stated(text) or _of_couple(text) or _implied(text)


def _stated(text: str) -> Sex | None:
    """Return the sex that shorthand states (`F 27`, `83M`) or that is said beside the age."""
    short = _SHORT.search(text) or _SMALL.search(text)
    if short:
        return "female" if short["sex"] in "Ff" else "male"
    first = _FIRST.search(text)
    if first:
        return "female" if first[0].strip(".; pt")[0] == "F" else "male"
    kin = _KIN.search(text)
    return ("female" if kin["girl"] else "male") if kin else None


def _of_couple(text: str) -> Sex | None:
    """Return the likelier sex of who speaks of an own illness and of a wife or a husband."""
    if relative(text) or not _SPEAKER.search(text) or _WOMANLY.search(text):
        return None
    spouse = _SPOUSE.search(text)
    return ("male" if spouse["wife"] else "female") if spouse else None


def _implied(text: str) -> Sex:
    named = _NAMED.search(text)
    if named:
        return "female" if named["woman"] or named["woman2"] else "male"
    for womanly, manly in ((_FEMALE, _MALE), (_WOMANLY, _MANLY)):
        female, male = womanly.search(text), manly.search(text)
        if female and (not male or female.start() < male.start()):
            return "female"
        if male:
            return "male"
    return "unknown"
