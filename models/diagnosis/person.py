"""Who a story is about: age, sex and pregnancy from its words, where the record does not give them."""

import re
from dataclasses import dataclass

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
_AGE = re.compile(
    r"\b(?P<n>\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)[\s-]*"
    r"(?P<unit>years?|yrs?|y/?o|months?|mo|weeks?|wks?|days?)(?:[\s-]*(?:old|of age)|(?<=y/o)|(?<=yo))\b",
    re.IGNORECASE,
)
_SHORT = re.compile(r"\b(?P<n>\d{1,3})[\s-]?(?:yo|y/o|yr|year[\s-]old|years[\s-]old)?\s?(?P<sex>[MF])\b")
_AGED = re.compile(
    r"\b(?:aged?|i'?m|i am|she'?s|he'?s|he is|she is)\s+(?P<n>\d{1,3})\b(?!\s*(?:kg|cm|lb|weeks|months|%))",
    re.IGNORECASE,
)
_FEMALE = re.compile(
    r"\b(woman|women|female|girl|lady|she|her|hers|herself|mrs|ms|miss|my (?:daughter|wife|mum|mom|mother|"
    r"grandmother|sister)|my periods?|i'?m pregnant|primigravida|g\d\s?p\d)\b",
    re.IGNORECASE,
)
_MALE = re.compile(
    r"\b(man|men|male|boy|gentleman|he|his|him|himself|mr|my (?:son|husband|dad|father|grandfather|brother)|"
    r"my (?:testicles?|penis|prostate|scrotum))\b",
    re.IGNORECASE,
)
_DAYS = {"d": 1.0, "w": 7.0, "m": 30.44, "y": 365.25}
_ADULT = re.compile(r"\b(newborn|neonate|infant|baby|toddler)\b", re.IGNORECASE)
_TYPICAL_DAYS = {"newborn": 10.0, "neonate": 10.0, "infant": 200.0, "baby": 200.0, "toddler": 730.0}
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
    """Return the age in years that a text gives first; None where it gives none."""
    match = _AGE.search(text)
    if match:
        number = match["n"].lower()
        count = float(_NUMBERS[number]) if number in _NUMBERS else float(number)
        return count * _DAYS[match["unit"][0].lower()] / _DAYS["y"]
    bare = _SHORT.search(text) or _AGED.search(text)
    if bare:
        return float(bare["n"])
    word = _ADULT.search(text)
    return _TYPICAL_DAYS[word[1].lower()] / _DAYS["y"] if word else None


def sex_of(text: str) -> Sex:
    """Return the sex that a text's words speak of, the first of them where they differ."""
    short = _SHORT.search(text)
    if short:
        return "female" if short["sex"] == "F" else "male"
    female, male = _FEMALE.search(text), _MALE.search(text)
    if female and (not male or female.start() < male.start()):
        return "female"
    return "male" if male else "unknown"
