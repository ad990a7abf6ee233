"""Find one input of a score in a chart: its value with age, reference and note, or why it is missing."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from models.record import Fact
from models.scores.features.index import Chart, Held, Reading
from models.scores.rules import Conflict, InputRule, load_conflicts
from models.scores.rules.types import Measured

ACUTE = frozenset({"EMER", "IMP", "ACUTE", "NONAC", "OBSENC", "SS"})
"""HL7 ActEncounterCode classes of acute care."""

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


_NO = Found(value=False)


def lookback(chart: Chart, rule: InputRule) -> float | None:
    """Return the days an input's value may be old, or None for the concept's own."""
    if rule.acute_lookback_days is not None and encounter_class(chart) in ACUTE:
        return rule.acute_lookback_days
    return rule.lookback_days


def encounter_class(chart: Chart) -> str:
    """Return the class of the current encounter, or an empty string."""
    current = chart.record.current_encounter
    if not current:
        return ""
    for fact in chart.record.of("encounter"):
        if current in (fact.ref, fact.encounter):
            return str(fact.detail.get("class", ""))
    return ""


def of_reading(chart: Chart, concept: str, reading: Reading) -> Found:
    """Return a reading as an input."""
    fact = reading.fact
    code = next((c.code for c in fact.codes if concept in chart.concepts.of_observation(c)), "")
    return Found(
        value=reading.value,
        unit=chart.concepts.observations[concept].unit,
        minutes_ago=reading.minutes_ago,
        ref=fact.ref,
        code=code,
        note=reading.note,
        reading=reading if reading.comparator else None,
    )


def observed(chart: Chart, rule: InputRule) -> tuple[Found, ...]:
    """Return every usable value of an observed input, newest first."""
    readings = chart.readings(rule.concept, lookback(chart, rule))
    return tuple(of_reading(chart, rule.concept, reading) for reading in readings)


def observation(chart: Chart, rule: InputRule) -> Found:
    """Return the newest valid value; the newest decides, whatever it says."""
    readings = chart.readings(rule.concept, lookback(chart, rule))
    if not readings:
        return Found(reason=_why_not(chart, rule.concept))
    found = of_reading(chart, rule.concept, readings[0])
    twins = {r.value for r in readings if r.minutes_ago == readings[0].minutes_ago}
    if len(twins) > 1:
        return found._replace(note=f"{found.note}; two values at the same time".removeprefix("; "))
    return found


def _why_not(chart: Chart, concept: str) -> str:
    known = chart.index.gaps.get(concept)
    if known is None:
        known = chart.index.gaps[concept] = _gap(chart, concept)
    return known


def _gap(chart: Chart, concept: str) -> str:
    refused = chart.refused(concept)
    if refused:
        return refused[0]
    row = chart.concepts.observations[concept]
    if any(f.absent_reason for f in chart.index.observations.get(concept, ())):
        return f"{row.title}: recorded as absent"
    state = chart.record.list_state("observation")
    how = {"failed": " (observation list could not be read)", "partial": " (observation list is partial)"}
    return f"{row.title}: no value found in the look-back{how.get(state, '')}"


def age(chart: Chart, _: InputRule) -> Found:
    """Return the exact age, with the precision the birth date has."""
    record = chart.record
    if record.age_years is None:
        return Found(reason="no birth date")
    rough = record.age_precision in ("month", "year")
    return Found(
        record.age_years, "a", note=f"birth date known to the {record.age_precision}" if rough else ""
    )


def sex(chart: Chart, _: InputRule) -> Found:
    """Return the recorded sex where a formula knows it."""
    if chart.record.sex not in ("female", "male"):
        return Found(reason="sex is not recorded as female or male")
    return Found(chart.record.sex)


def flag(chart: Chart, rule: InputRule) -> Found:
    """Return whether any of a flag's conditions, drugs, procedures or values is on record."""
    deciding: list[Held] = []
    for look, names in ((chart.condition, rule.conditions), (chart.drug, rule.drugs)):
        for name in names:
            held = look(name)
            if held.value:
                return _present(held)
            deciding.append(held)
    # Diagnoses decide what is absent; a list of procedures can only add to them.
    others = [chart.procedure(name) for name in rule.procedures]
    done = next((held for held in others if held.value), None)
    if done is not None:
        return _present(done)
    measured, unknown = _values(chart, rule.values) if rule.values else (None, "")
    if measured is not None:
        return measured
    return _contradicted(chart, rule, _negative(deciding or others, unknown))


def _present(held: Held) -> Found:
    fact = held.fact
    if fact is None:
        return Found(value=True)
    code = fact.codes[0].code if fact.codes else ""
    return Found(value=True, minutes_ago=fact.minutes_ago, ref=fact.ref, code=code)


def _values(chart: Chart, rows: tuple[Measured, ...]) -> tuple[Found | None, str]:
    """Return the value that makes a flag true, and otherwise what was not measured."""
    unknown = ""
    for row in rows:
        readings = chart.readings(row.concept, row.days)
        if not readings or readings[0].comparator:
            unknown = unknown or _why_not(chart, row.concept)
        elif row.compare.holds(readings[0].value):
            found = of_reading(chart, row.concept, readings[0])
            return found._replace(value=True, unit="", note=f"{found.value:g} {found.unit}"), ""
    return None, unknown


def _negative(deciding: list[Held], unknown: str) -> Found:
    """Say what it means that nothing was found in the lists that decide."""
    assumed = ""
    for held in deciding:
        if held.value is None:
            return Found(reason=held.reason)
        assumed = assumed or (held.reason if held.assumed else "")
    if unknown:
        return Found(reason=unknown)
    return Found(value=False, note=assumed, assumed=True) if assumed else _NO


def _contradicted(chart: Chart, rule: InputRule, found: Found) -> Found:
    if found.value is not False or not rule.conflict:
        return found
    conflict = load_conflicts()[rule.conflict]
    because = contradiction(chart, conflict)
    return Found(reason=because, conflict=because) if because else found


def contradiction(chart: Chart, conflict: Conflict) -> str:
    """Return what on record contradicts a flag that is not, or an empty string."""
    explained = any(chart.condition(name).value for name in conflict.drugs_explained_by)
    for name in () if explained else conflict.drugs:
        if chart.drug(name).value:
            return f"{conflict.says}: {chart.concepts.medications[name].title.lower()} on record"
    for name in conflict.conditions:
        if chart.condition(name).value:
            return f"{conflict.says}: {chart.concepts.conditions[name].title.lower()} on record"
    measured, _ = _values(chart, conflict.values)
    return f"{conflict.says}: {measured.note} on record" if measured is not None else ""


def entry(chart: Chart, rule: InputRule) -> Found:
    """Return yes where the record says so; what nobody entered is missing, never no."""
    if rule.false_without:
        held = [chart.drug(name) for name in rule.false_without]
        if all(h.value is False for h in held):
            assumed = any(h.assumed for h in held)
            return Found(value=False, assumed=assumed, note=held[0].reason if assumed else "")
    for name in rule.conditions:
        present = chart.condition(name)
        if present.value:
            return _present(present)
    return Found(reason=f"needs an entry: {rule.asks}")


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
    return Found(reason=f"{title}: {'answered in part' if by_time else 'not answered'}")


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
    "flag": flag,
    "entry": entry,
    "items": items,
}
