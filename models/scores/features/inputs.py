"""Find one input of a score in a chart: its value with age, reference and note, or why it is missing."""

from collections.abc import Callable, Mapping
from functools import cache
from itertools import takewhile
from math import floor
from typing import NamedTuple

from models.record import Fact
from models.scores.features.chart import Chart, Held
from models.scores.features.index import ADULT
from models.scores.features.readings import Reading
from models.scores.rules import InputRule

ACUTE = frozenset({"EMER", "IMP", "ACUTE", "NONAC", "OBSENC", "SS"})
"""HL7 ActEncounterCode classes of acute care."""
_UNREAD = {"failed": " (observation list could not be read)", "partial": " (observation list is partial)"}

Value = float | bool | str | tuple[float, ...]


class Found(NamedTuple):
    """What an input came to; `value` None is missing, and `reason` says why."""

    value: Value | None = None
    unit: str = ""
    minutes_ago: int | None = None
    ref: str = ""
    code: str = ""
    note: str = ""
    reason: str = ""
    assumed: bool = False
    conflict: str = ""
    reading: Reading | None = None


def lookback(chart: Chart, rule: InputRule) -> float | None:
    """Return the days an input's value may be old, or None for the concept's own."""
    if rule.acute_lookback_days is not None and chart.index.encounter_class in ACUTE:
        return rule.acute_lookback_days
    return rule.lookback_days


def of_reading(chart: Chart, concept: str, reading: Reading) -> Found:
    """Return a reading as an input."""
    known = chart.index.found.get(id(reading))
    if known is None:
        # The index keeps its readings, so that an identity is not given twice.
        known = chart.index.found[id(reading)] = _of_reading(chart, concept, reading)
    return known


def _of_reading(chart: Chart, concept: str, reading: Reading) -> Found:
    fact = reading.fact
    return Found(
        value=reading.value,
        unit=chart.concepts.observations[concept].unit,
        minutes_ago=reading.minutes_ago,
        ref=fact.ref,
        code=_code(chart, concept, fact),
        note=reading.note,
        reading=reading if reading.comparator else None,
    )


def _code(chart: Chart, concept: str, fact: Fact) -> str:
    """Return the code by which a fact is of a concept, or nothing where its words told."""
    for code in fact.codes:
        if concept in chart.concepts.of_observation(code):
            return code.code
    return ""


def observed(chart: Chart, rule: InputRule) -> tuple[Found, ...]:
    """Return every usable value of an observed input, newest first."""
    readings = chart.readings(rule.concept, lookback(chart, rule))
    return tuple([of_reading(chart, rule.concept, reading) for reading in readings])


def observation(chart: Chart, rule: InputRule) -> Found:
    """Return the newest valid value; the newest decides, whatever it says."""
    concept = rule.concept
    if concept not in chart.index.observations:
        return _unmeasured(chart.concepts.observations[concept].title, chart.record.list_state("observation"))
    readings = chart.readings(concept, lookback(chart, rule))
    if not readings:
        return Found(reason=why_not(chart, concept))
    found = of_reading(chart, concept, readings[0])
    said = "two values at the same time" if len(readings) > 1 and _differs(readings) else ""
    newer = chart.refused_since(concept, readings[0].minutes_ago).partition(": ")[2]
    notes = [note for note in (found.note, said, f"newer: {newer}" if newer else "") if note]
    return found._replace(note="; ".join(notes)) if said or newer else found


def _differs(readings: tuple[Reading, ...]) -> bool:
    """Tell whether another value was taken at the time of the newest one."""
    newest = readings[0]
    twins = takewhile(lambda reading: reading.minutes_ago == newest.minutes_ago, readings)
    return any(reading.value != newest.value for reading in twins)


def why_not(chart: Chart, concept: str) -> str:
    """Say why a concept has no value in its look-back."""
    refused = chart.refused(concept)
    if refused:
        return refused[0]
    row = chart.concepts.observations[concept]
    if any(fact.absent_reason for fact in chart.index.observations.get(concept, ())):
        return f"{row.title}: recorded as absent"
    return _unmeasured(row.title, chart.record.list_state("observation")).reason


@cache
def _unmeasured(title: str, state: str) -> Found:
    return Found(reason=f"{title}: no value found in the look-back{_UNREAD.get(state, '')}")


def years(exact: float) -> float:
    """Return the age that formulas take: completed years of adults, the exact age of children.

    Calculators and laboratories count an adult's birthdays; growth charts need days.
    """
    return float(floor(exact)) if exact >= ADULT else exact


def age(chart: Chart, _: InputRule) -> Found:
    """Return the age in the years formulas take, with the precision the birth date has."""
    record = chart.record
    if record.age_years is None:
        return Found(reason="no birth date")
    rough = record.age_precision in ("month", "year")
    return Found(
        years(record.age_years), "a", note=f"birth date known to the {record.age_precision}" if rough else ""
    )


def sex(chart: Chart, _: InputRule) -> Found:
    """Return the recorded sex where a formula knows it."""
    if chart.record.sex not in ("female", "male"):
        return Found(reason="sex is not recorded as female or male")
    return Found(chart.record.sex)


def present(held: Held) -> Found:
    """Return yes, with the entry that says so."""
    fact = held.fact
    if fact is None:
        return Found(value=True)
    code = fact.codes[0].code if fact.codes else ""
    return Found(value=True, minutes_ago=fact.minutes_ago, ref=fact.ref, code=code)


def entry(chart: Chart, rule: InputRule) -> Found:
    """Return yes where the record says so; what nobody entered is missing, never no."""
    if rule.false_without:
        held = chart.drugs(rule.false_without)
        if all(h.value is False for h in held):
            assumed = any(h.assumed for h in held)
            return Found(value=False, assumed=assumed, note=held[0].reason if assumed else "")
    for one in chart.conditions(rule.conditions) if rule.conditions else ():
        if one.value:
            return present(one)
    return _unentered(rule.asks)


@cache
def _unentered(asks: str) -> Found:
    return Found(reason=f"needs an entry: {asks}")


def answer(chart: Chart, rule: InputRule) -> Found:
    """Return yes where the newest answer to a question is the one looked for; another one decides nothing."""
    for given, fact in chart.answers(rule.concept, lookback(chart, rule)):
        if given == rule.answer:
            return present(Held(value=True, fact=fact))
        break
    return _unentered(rule.asks)


def items(chart: Chart, rule: InputRule) -> Found:
    """Return the answers of a questionnaire in order, all given at one time."""
    codes = chart.concepts.observations[rule.concept].loinc
    by_time: dict[int, dict[str, tuple[float, str]]] = {}
    for fact, value in _item_values(chart, rule):
        code = next(c.code for c in fact.codes if c.code in codes)
        by_time.setdefault(max(fact.minutes_ago or 0, 0), {})[code] = (value, fact.ref)
    for minutes, given in sorted(by_time.items(), key=lambda row: row[0]):
        if len(given) == len(codes):
            values = tuple(given[code][0] for code in codes)
            return Found(values, minutes_ago=minutes, ref=given[codes[0]][1], code=codes[0])
    title = chart.concepts.observations[rule.concept].title
    return _unanswered(title, "answered in part" if by_time else "not answered")


@cache
def _unanswered(title: str, how: str) -> Found:
    return Found(reason=f"{title}: {how}")


def _item_values(chart: Chart, rule: InputRule) -> list[tuple[Fact, float]]:
    days = lookback(chart, rule)
    found = [(r.fact, r.value) for r in chart.readings(rule.concept, days)]
    answers = [(fact, answer) for answer, fact in chart.answers(rule.concept, days)]
    return [*found, *((fact, float(answer)) for fact, answer in answers if answer.isdigit())]


Finder = Callable[[Chart, InputRule], Found]
SIMPLE: Mapping[str, Finder] = {
    "age": age,
    "sex": sex,
    "observation": observation,
    "entry": entry,
    "answer": answer,
    "items": items,
}
