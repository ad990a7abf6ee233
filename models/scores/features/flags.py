"""Inputs that are yes or no by the diagnoses, drugs, procedures or values on record."""

from collections.abc import Sequence
from functools import cache

from models.scores.features.chart import Chart, Held
from models.scores.features.inputs import Found, of_reading, present, why_not
from models.scores.rules import Conflict, InputRule, load_conflicts
from models.scores.rules.types import Measured

_NO = Found(value=False)


def flag(chart: Chart, rule: InputRule) -> Found:
    """Return whether any of a flag's conditions, drugs, procedures or values is on record."""
    if not rule.values and not rule.conflict and chart.none_of(rule.conditions, rule.drugs, rule.procedures):
        return _nothing(chart, rule)
    deciding = [
        *(chart.conditions(rule.conditions) if rule.conditions else ()),
        *(chart.drugs(rule.drugs) if rule.drugs else ()),
    ]
    for held in deciding:
        if held.value:
            return present(held)
    # Diagnoses decide what is absent; a list of procedures can only add to them.
    others = [chart.procedure(name) for name in rule.procedures]
    for held in others:
        if held.value:
            return present(held)
    measured, unknown = _values(chart, rule.values) if rule.values else (None, "")
    if measured is not None:
        return measured
    return _contradicted(chart, rule, _negative(deciding or others, unknown))


def _nothing(chart: Chart, rule: InputRule) -> Found:
    """Say what it means that nothing of a flag has an entry: one answer for each kind of list it asks."""
    if not rule.conditions and not rule.drugs:
        return _negative([chart.absent("procedure")] if rule.procedures else (), "")
    deciding = [chart.absent("condition")] if rule.conditions else []
    return _negative([*deciding, chart.absent("medication")] if rule.drugs else deciding, "")


def _values(chart: Chart, rows: tuple[Measured, ...]) -> tuple[Found | None, str]:
    """Return the value that makes a flag true, and otherwise what was not measured."""
    unknown = ""
    for row in rows:
        readings = chart.readings(row.concept, row.days)
        if not readings or readings[0].comparator:
            unknown = unknown or why_not(chart, row.concept)
        elif row.compare.holds(readings[0].value):
            found = of_reading(chart, row.concept, readings[0])
            return found._replace(value=True, unit="", note=f"{found.value:g} {found.unit}"), ""
    return None, unknown


def _negative(deciding: Sequence[Held], unknown: str) -> Found:
    """Say what it means that nothing was found in the lists that decide."""
    assumed = ""
    for held in deciding:
        if held.value is None:
            return Found(reason=held.reason)
        assumed = assumed or (held.reason if held.assumed else "")
    if unknown:
        return Found(reason=unknown)
    return _assumed(assumed) if assumed else _NO


@cache
def _assumed(note: str) -> Found:
    return Found(value=False, note=note, assumed=True)


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
