"""Measured values in a story (`temp 39.2`, `BP 88/50`, `O2 sat 89%`) held against the thresholds of findings.

Units follow the number where they are written; otherwise the magnitude decides (101 is Fahrenheit).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from models.knowledge.diagnosis import Finding, KnowledgeBase

_GAP = (
    r"[\s:=~]*(?:level|count|reading)?[\s:=~]*"
    r"(?:of|is|was|at|now|as high as|up to|around|about)?[\s:=~]*(?:a\s)?"
)
_NUMBER = r"(?P<value>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)"
_UNIT = (
    r"[\s-]*(?P<unit>°?\s?[cf]\b|%|mg/dl|mmol/l|umol/l|µmol/l|g/dl|g/l|degrees\s?[cf]?|per cubic millimeter)?"
)
_NAMES: Mapping[str, str] = {
    "8310-5": r"temperature|temp|t|fevers? (?:as high )?(?:of|to)|fever",
    "8867-4": r"heart rate|hr|pulse(?: rate)?|heart(?: ?beat)?(?= (?:is|was|at|of|going at)\b)"
    r"|p(?= ?\d{2,3}\b)",
    "9279-1": r"respiratory rate|resp(?:irations|s)?(?: rate)?|rr|breathing rate"
    r"|breathing(?= (?:at )?\d+ (?:times |breaths )?(?:a|per) min)",
    "59408-5": r"spo2|sao2|o2 sats?(?:uration)?|oxygen sat(?:uration|s)?|sats?|saturations?",
    "9269-2": r"gcs|glasgow coma (?:scale|score)",
    "2345-7": r"glucose|blood sugar|bm|blood glucose|bsl|sugar",
    "4548-4": r"hba1c|a1c",
    "2744-1": r"ph",
    "2524-7": r"lactate",
    "6690-2": r"wbc|wcc|white (?:blood )?cells?(?: count)?|white[- ]cell|white count|leu[ck]ocytes?",
    "718-7": r"h(?:a?emoglobin|gb|b)",
    "787-2": r"mcv",
    "777-3": r"platelets?(?: count)?|plt",
    "6301-6": r"inr",
    "48065-7": r"d-dimer",
    "1988-5": r"crp|c-reactive protein",
    "4537-7": r"esr|sed rate",
    "2160-0": r"creatinine|cr",
    "2951-2": r"sodium|na\+?",
    "2823-3": r"potassium|k\+?",
    "17861-6": r"calcium|ca",
    "1742-6": r"alt|ast",
    "1975-2": r"(?:total )?bilirubin",
    "1751-7": r"albumin",
    "10230-1": r"ejection fraction|lvef|ef",
}
_VALUE = re.compile(
    # The look ahead spares most places of a text all of these names.
    r"\b(?=[a-z])(?:"
    + "|".join(
        rf"(?:(?P<n{at}>{name}){_GAP}{_NUMBER.replace('value', f'v{at}')}{_UNIT.replace('unit', f'u{at}')})"
        for at, name in enumerate(_NAMES.values())
    )
    + ")",
    re.IGNORECASE,
)
_PRESSURE = re.compile(
    r"\b(?:bp|(?:blood )?pressure|it)\b[^.;/\d]{0,24}(?P<value>\d{2,3})\s*(?:/|over|on)\s*\d{2,3}\b"
    r"|\b(?:systolic|top (?:blood pressure|number|figure|one|reading))\b[^.;\d]{0,14}(?P<top>\d{2,3})\b"
    r"|\b(?P<told>\d{2,3}) systolic\b|\b(?P<over>[4-9]\d|1\d\d|2[0-6]\d)(?: over |/)(?=[2-9]\d\b"
    r"|1[0-5]\d\b)(?P<low>\d{2,3})\b(?! ?(?:years|weeks|days|%))",
    re.IGNORECASE,
)
_BREATHS = re.compile(
    r"\bbreath(?:ing|es|ed)?(?: (?:at|about|only))? (?P<word>four|five|six|seven|eight) (?:times )?(?:a"
    r"|per) min"
    r"|\b(?P<count>\d{1,2}) breaths?\b(?! (?:of|through))",
    re.IGNORECASE,
)
_WATCH = re.compile(
    r"\b(?P<value>\d{2,3})(?= on (?:her|his|my|the) (?:smart)?(?:watch|oximeter|finger thing)\b)",
    re.IGNORECASE,
)
"""The heart rate that a watch shows: `170 on her watch`."""
_STANDING = re.compile(
    r"\b(?:lying|supine|sitting|flat)\b\D{0,12}(?P<before>\d{2,3})/\d{2,3}\D{0,24}\b(?:standing|stood"
    r"|upright|erect)\b"
    r"\D{0,12}(?P<after>\d{2,3})/\d{2,3}",
    re.IGNORECASE,
)
_FALL = 20
"""Systolic fall on standing from which it counts (Freeman R et al. Clin Auton Res 2011;21:69-72)."""
_FEW = {"four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0, "eight": 8.0}
_THERMOMETER = re.compile(
    r"\b(?:thermometer|temperature|temp)\b[^.;\d]{0,30}?(?P<value>3[4-9](?:\.\d)?"
    r"|4[01](?:\.\d)?)\b(?!\s*(?:kg|%|weeks|/))"
    r"|(?<![\d./,-])(?P<bare>3[6-9]\.\d|4[01]\.\d)(?![\d/])(?!\s*(?:kg|%|weeks|wks|/|mmol|cm|mg|g\b))",
    re.IGNORECASE,
)
"""A temperature without its name beside it: `the thermometer says 38.3`, `37.9 since Tuesday`."""
_CODES = tuple(_NAMES)
_SYSTOLIC = "8480-6"
_FAHRENHEIT = 60
# Molar units of the laboratory names above, as factors to the unit of the knowledge base's thresholds.
_MOLAR = {"2345-7": 18.016, "17861-6": 4.008, "2160-0": 1 / 88.42, "1975-2": 1 / 17.104}
_LARGEST = {"2345-7": 45.0, "17861-6": 5.0}
"""Above these a bare number cannot be mmol/L; below or at them it cannot be mg/dL of a living person."""
_LEAST_GLUCOSE_MG = 20.0
_LEAST_APART, _LEAST_SYSTOLIC, _LEAST_PULSE, _MOST_PULSE = 12, 40, 15, 330
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Value:
    """A measured value in the unit of the knowledge base, and where it stands."""

    loinc: str
    value: float
    start: int
    end: int


def values(text: str) -> list[Value]:
    """Return the measured values of a text."""
    if not _DIGIT.search(text):
        return [*_breaths(text)]
    found = [*_pressures(text), *_breaths(text), *_watched(text)]
    named = list(_VALUE.finditer(text))
    for match in _THERMOMETER.finditer(text):
        if not any(other.start() < match.end() and match.start() < other.end() for other in named):
            number = float(match["value"] or match["bare"])
            found.append(Value(_CODES[0], number, match.start(), match.end()))
    for match in named:
        at = next(i for i in range(len(_CODES)) if match[f"n{i}"])
        number = float(match[f"v{at}"].replace(",", ""))
        unit = (match[f"u{at}"] or "").lower().replace(" ", "")
        value = _converted(_CODES[at], number, unit)
        if value is not None:
            found.append(Value(_CODES[at], value, match.start(), match.end()))
    return sorted(found, key=lambda value: value.start)


def falls_on_standing(text: str) -> tuple[int, int] | None:
    """Return where a text gives pressures lying and standing that fall by much; None where it does not."""
    match = _STANDING.search(text)
    if match is None or float(match["before"]) - float(match["after"]) < _FALL:
        return None
    return match.span()


def _pressures(text: str) -> Iterator[Value]:
    for match in _PRESSURE.finditer(text):
        number = float(match["value"] or match["top"] or match["told"] or match["over"])
        # Of two numbers the first is the greater one by far; 98/97 and 6/9 are no pressures.
        if number >= _LEAST_SYSTOLIC and number - float(match["low"] or 0) >= _LEAST_APART:
            yield Value(_SYSTOLIC, number, match.start(), match.end())


def _watched(text: str) -> Iterator[Value]:
    for match in _WATCH.finditer(text):
        if _LEAST_PULSE <= float(match["value"]) <= _MOST_PULSE:
            yield Value(_CODES[1], float(match["value"]), match.start(), match.end())


def _breaths(text: str) -> Iterator[Value]:
    for match in _BREATHS.finditer(text):
        number = _FEW[match["word"].lower()] if match["word"] else float(match["count"])
        yield Value(_CODES[2], number, match.start(), match.end())


def _converted(code: str, number: float, unit: str) -> float | None:
    """Return the value in the base's unit; None where no living person has it."""
    if code == "8310-5":
        celsius = (number - 32) / 1.8 if number > _FAHRENHEIT else number
        return round(celsius, 2) if 25 <= celsius <= 45 else None
    if code == _CODES[1]:
        return number if _LEAST_PULSE <= number <= _MOST_PULSE else None
    if code in _MOLAR:
        molar = "mol/l" in unit or (not unit and _looks_molar(code, number))
        return number * _MOLAR[code] if molar else number
    if code in {"6690-2", "777-3"} and number >= 1000:
        return number / 1000
    if code in {"718-7", "1751-7"}:
        return number / 10 if "g/l" in unit or number > 30 else number
    return number


def _looks_molar(code: str, number: float) -> bool:
    if code == "2345-7":
        return number < _LEAST_GLUCOSE_MG or (number <= _LARGEST[code] and number % 1 != 0)
    if code == "17861-6":
        return number <= _LARGEST[code]
    return number > 30


def judged(
    table: Mapping[str, list[Finding]], found: Iterable[Value], band: int
) -> Iterator[tuple[str, bool, Value]]:
    """Yield each finding that a value decides, with whether it is present.

    Of several values one suffices: 38.6 yesterday and 37.2 today is a fever.
    """
    told = [
        (row.id, row.measure.met_by(value.value, band), value)
        for value in found
        for row in table.get(value.loinc, ())
        if row.measure is not None
    ]
    met = {name for name, there, _ in told if there}
    yield from [one for one in told if one[1] or one[0] not in met]


def thresholds(base: KnowledgeBase) -> Mapping[str, list[Finding]]:
    """Return the findings with a threshold, by LOINC code."""
    table: dict[str, list[Finding]] = {}
    for row in base.findings.values():
        limits = row.measure
        if limits is not None and (limits.above is not None or limits.below is not None):
            for code in limits.loinc:
                table.setdefault(code, []).append(row)
    return table
