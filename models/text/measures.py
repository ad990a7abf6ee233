"""Vital signs and laboratory values: a name, a number that such a thing can have, and its unit."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.text.cues import RuleError
from models.text.lexicon import LOINC, Code
from models.text.rulebook import listed
from models.text.terms import Terms, phrase, terms
from models.text.tokens import Words

_LINK = (
    r"[ \t]*(?:\([^)\n]{0,20}\))?[ \t]*"
    r"(?:(?:level|count|reading|today|on admission|initially|now|currently)[ \t]+)?"
    r"(?:of|is|was|were|are|at|to|:|=|-|–|~|remains|remained|in the|running|read|elevated at|elevated to|"
    r"down to|up to)?"
    r"[ \t]*(?:of|at|elevated at|low at|stable at|about|around|:)?[ \t]*"
)
_NUMBER = re.compile(
    _LINK + r"(?P<sign>[<>]=?|≥|≤)?[ \t]*(?P<value>\d{1,6}(?:,\d{3})*(?:\.\d+)?)"
    r"(?:[ \t]*/[ \t]*(?P<second>\d{2,3})(?![\d/]))?",
    re.IGNORECASE,
)
_AFTER = re.compile(r"\d|[/.]\d|[ \t]*(?:y/?o|year|yr|week|day|month|hour|pack|-year)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that can be measured."""

    kind: str
    code: Code
    units: tuple[str, ...]
    low: float
    high: float
    pair: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """A measurement found in a text."""

    start: int
    end: int
    measure: Measure
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class Measures:
    """What can be measured, by name."""

    phrases: Terms
    measures: Mapping[str, Measure]
    short: frozenset[str]

    def find(self, words: Words, stems: Sequence[str]) -> Iterator[Measured]:
        """Yield the measurements of a text; a name without a number that fits is none."""
        for first, last, text in self.phrases.matches(stems, 0, len(stems)):
            measure = self.measures[text]
            found = self._value(words, first, last, measure)
            if found is not None:
                yield found

    def _value(self, words: Words, first: int, last: int, measure: Measure) -> Measured | None:
        begin, after = words.starts[first], words.ends[last - 1]
        number = _NUMBER.match(words.text, after)
        if number is None or _AFTER.match(words.text, number.end()):
            return None
        if last - first == 1 and words.lower[first] in self.short and words.text[begin:after].islower():
            return None
        value = float(number["value"].replace(",", ""))
        if not measure.low <= value <= measure.high:
            return None
        unit, end = self._unit(words.text, number.end(), measure)
        attributes: dict[str, Any] = {"value": value, "unit": unit}
        if number["second"] and measure.pair:
            attributes["second"] = {"code": measure.pair, "value": float(number["second"]), "unit": unit}
        if number["sign"]:
            attributes["comparator"] = number["sign"]
        return Measured(begin, end, measure, attributes)

    def _unit(self, text: str, at: int, measure: Measure) -> tuple[str, int]:
        """Return the unit that stands behind a number, as written, and where it ends."""
        tail = text[at : at + 24]
        for unit in measure.units:
            found = re.match(
                r"\s{0,2}" + r"\s?".join(map(re.escape, unit.split(" "))) + r"(?![A-Za-z])",
                tail,
                re.IGNORECASE,
            )
            if found is not None:
                return found.group().strip(), at + found.end()
        return "", at


def measures(table: Mapping[str, Any]) -> Measures:
    """Return what a rule file says can be measured; raise `RuleError` where it is not of its form."""
    phrases: dict[str, str] = {}
    found: dict[str, Measure] = {}
    for kind in ("vital", "lab"):
        for code, row in table.get(kind, {}).items():
            if set(row) - {"names", "units", "low", "high", "pair"} or not {"names", "low", "high"} <= set(
                row
            ):
                raise RuleError(f"measures.toml: {code}: a measure has names, units, low, high and pair")
            names = listed(row["names"], where=f"measures.toml: {code}")
            units = sorted(
                listed(row.get("units", ""), where=f"measures.toml: {code}"), key=len, reverse=True
            )
            measure = Measure(
                kind,
                Code(LOINC, code, names[0], 0.9),
                tuple(units),
                float(row["low"]),
                float(row["high"]),
                row.get("pair", ""),
            )
            for name in names:
                key = phrase(name)
                phrases.setdefault(key, key)
                found.setdefault(key, measure)
    short = frozenset(name for name in found if len(name) <= 2 and name not in {"bp", "hr", "rr"})
    return Measures(terms(phrases), found, short)
