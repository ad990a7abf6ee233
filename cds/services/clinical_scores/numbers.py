"""Numbers, units and ages as a clinician reads them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from string import Formatter
from typing import Any

from cds.fhir.dates import ago
from cds.hooks.cards import plain
from cds.services.clinical_scores.phrases import InputWords, ScoreWords
from models.base import Finding, Input

_UNITS: Mapping[str, str] = {
    "1": "",
    "a": "years",
    "d": "days",
    "Cel": "°C",
    "mm[Hg]": "mm Hg",
    "10*9/L": "×10⁹/L",
    "10*3/uL": "×10³/µL",
    "kg/m2": "kg/m²",
    "m2": "m²",
    "mL/min/{1.73_m2}": "mL/min/1.73 m²",
    "ng/mL{FEU}": "ng/mL FEU",
    "[pH]": "",
}
_TIGHT = {"%", "/min"}
_IN_TEXTS = ("mm[Hg]", "10*3/uL", "10*9/L", "mL/min/{1.73_m2}")
_ANNOTATION = re.compile(r"\{[^}]*\}|[\[\]]")
_NUMBERS_ALONE = re.compile(r"[\d\s.]*|(?:below|above|up to) [\d.]+|[\d.]+ (?:to|or) \w+")
_CLASS_RANGE = re.compile(r"(G\d[ab]?), .*\Z")
_BAND_RANGE = re.compile(
    r"(?:adults|-?[\d.]+(?: (?:to (?:below )?-?[\d.]+|or (?:less|more)))?|(?:above|below|up to) [^:]*)"
    r": (?=\D)"
)


class Figure(float):
    """A number of a score; as a percentage it has one decimal below 10 % and none from there on."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        """Return the number as text."""
        if spec != "%":
            return super().__format__(spec)
        tenths = super().__format__(".1%")
        return tenths if float(tenths[:-1]) < 10 else super().__format__(".0%")


@lru_cache(maxsize=512)
def unit_text(unit: str) -> str:
    """Return a UCUM unit as people write it; inputs have those of our rules, few and never a record's."""
    return _UNITS.get(unit, _ANNOTATION.sub("", unit).replace("u", "µ", unit.startswith("u")))


def readable(text: str) -> str:
    """Return text of our rules with units and percent signs as people write them."""
    for unit in _IN_TEXTS:
        text = text.replace(unit, _UNITS[unit])
    return text.replace(" %", "%")


def number(value: float, digits: int | None = None) -> str:
    """Return a number with the decimals given, or as many as its size deserves."""
    if digits is not None:
        return f"{value:.{digits}f}"
    places = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def input_value(line: Input, words: InputWords) -> str:
    """Return an input's value with its unit, or a bare answer."""
    value = line.value
    if isinstance(value, bool):
        return (words.yes or "yes") if value else (words.no or "no")
    if isinstance(value, tuple):
        return ", ".join(number(item, 0) for item in value)
    if isinstance(value, str):
        return plain(value.replace("_", " "))
    unit = unit_text(line.unit) if words.unit is None else words.unit
    return f"{number(value, words.digits)}{'' if unit in _TIGHT else ' '}{unit}".rstrip()


def outputs(finding: Finding, words: ScoreWords) -> dict[str, Any]:
    """Return a score's outputs by name, classes as the words for them; what was not computed is not there."""
    return named_outputs(finding.value, finding.values, words)


def named_outputs(
    value: float | None, values: Mapping[str, float | None], words: ScoreWords
) -> dict[str, Any]:
    """Return outputs by name, for a finding or what it was before."""
    given = {**values, "value": value}
    found = {name: one for name, one in given.items() if one is not None}
    return {name: _worded(one, words.lists.get(name, ())) for name, one in found.items()}


def _worded(value: float, classes: Sequence[str]) -> Any:
    """Return the word for a class, or the number where it is none."""
    known = float(value).is_integer() and 0 <= value < len(classes)
    return classes[int(value)] if known else Figure(value)


def filled(templates: Iterable[str], given: Mapping[str, Any]) -> list[str]:
    """Return the templates whose every field is given, filled."""
    return [t.format_map(given) for t in templates if fields_of(t) <= given.keys()]


@lru_cache(maxsize=1024)
def fields_of(template: str) -> frozenset[str]:
    """Return the names of a template's fields; templates are those of our words."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


def result(given: Mapping[str, Any], words: ScoreWords) -> str:
    """Return the score's result in words."""
    return words.joined.join(filled(words.result, given))


def brief(given: Mapping[str, Any], words: ScoreWords) -> str:
    """Return the result in few words."""
    return next(iter(filled(words.brief, given)), "") or result(given, words)


def band_text(finding: Finding, words: ScoreWords) -> str:
    """Return the name of the score's band where it adds to the number, without the range it stands for."""
    return _named(finding.band) if words.band else ""


@lru_cache(maxsize=1024)
def _named(band: str) -> str:
    """Return the name of a band as its definition spells it, without the range."""
    band = readable(band)
    text = _CLASS_RANGE.sub(r"\1", band[match.end() :] if (match := _BAND_RANGE.match(band)) else band)
    return "" if _NUMBERS_ALONE.fullmatch(text) else text


def aged(minutes: int | None) -> str:
    """Return an age of data, or an empty string where none is recorded."""
    return "" if minutes is None else ago(minutes)
