"""From a chart to one finding: inputs, the number, the action level reached and what it was before."""

from collections.abc import Mapping
from typing import Any

from models.base import Finding, Input
from models.scores.definition import Definition
from models.scores.engine import Result
from models.scores.features.arithmetic import NOTHING, UNDECIDED, computed
from models.scores.features.context import Context
from models.scores.features.gate import Gate, gate
from models.scores.features.gather import gather, reachable
from models.scores.features.inputs import Found
from models.scores.features.levels import NONE, PRELIMINARY, level
from models.scores.features.plan import Plan, plan

_EMPTY_LIST = "condition list is empty: assumed none"


def find(how: Plan, ctx: Context) -> Finding:
    """Return the finding of one score, compared with the record before its newest input."""
    finding = ctx.findings.get(how.definition.name) or _found(how, ctx)
    if finding.applies and _has_value(finding):
        return _compared(finding, how, ctx)
    return finding


def bare(definition: Definition, note: str, **detail: Any) -> Finding:
    """Return a finding without a number that says why there is none."""
    return Finding(
        kind="score",
        code=definition.name,
        title=definition.title,
        model=f"scores/{definition.name}@{definition.version}",
        notes=(note,),
        source=definition.source,
        applies=False,
        detail=detail,
    )


def other_score(name: str, ctx: Context) -> Finding:
    """Return the finding of a score that another one needs, once a chart."""
    known = ctx.findings.get(name)
    if known is None:
        rule, definition = ctx.rules.get(name), ctx.definitions[name]
        known = _found(plan(definition, rule), ctx) if rule else bare(definition, "no rule names its inputs")
        ctx.findings[name] = known
    return known


def _found(how: Plan, ctx: Context) -> Finding:
    entrance = gate(how.door, ctx.chart, ctx.egfr)
    if not (entrance.applies or entrance.undecided or reachable(how, ctx)):
        return _skeleton(how, entrance, ctx)
    found = gather(how, ctx)
    result, notes = computed(how, found, ctx)
    return _finding(how, entrance, found, result, notes, ctx)


def _skeleton(how: Plan, entrance: Gate, ctx: Context) -> Finding:
    """Return the finding of a score that neither applies nor can be computed, the same object each time."""
    known = how.skeletons.get(entrance.notes)
    if known is None:
        plain = Gate(applies=False, notes=entrance.notes)
        known = how.skeletons[entrance.notes] = _finding(how, plain, {}, NOTHING, (), ctx)
    return known


def _finding(
    how: Plan,
    entrance: Gate,
    found: Mapping[str, Found],
    result: Result,
    notes: tuple[str, ...],
    ctx: Context,
) -> Finding:
    lines, assumed, conflicts = _looked_over(found, ctx)
    missing = _missing(how.definition, found, notes) if found else ()
    has_value = _has_value(result)
    preliminary = any(PRELIMINARY in line.note for line in lines if line.note)
    reached = NONE
    if entrance.applies and how.levels and has_value:
        reached = level(how, result, lines, ctx, preliminary=preliminary)
    said = (_EMPTY_LIST,) if entrance.assumed and not assumed else ()
    every = (*entrance.notes, *assumed, *said, *conflicts, *notes, *result.notes, *reached.notes)
    return _with(
        how.blank,
        value=result.value,
        values=result.values,
        band=result.band,
        inputs=tuple(lines),
        missing=missing,
        out_of_range=tuple(result.out_of_range),
        notes=tuple(dict.fromkeys(every)) if every else (),
        applies=entrance.applies,
        reached=reached.reached[-1] if reached.reached else {},
        detail={
            "topic": how.rule.topic,
            "because": list(entrance.because),
            "unknown": list(entrance.unknown),
            "lacks_one": missing[0] if len(missing) == 1 else None,
            "assumed_none": bool(assumed) or entrance.assumed or reached.assumed,
            "conflicts": list(dict.fromkeys(conflicts)),
            "why_missing": {name: found[name].reason for name in missing if found[name].reason},
            "previous": None,
            "changed_band": False,
            "not_reached": [reached.above] if reached.above else [],
            "all_reached": list(reached.reached),
            "preliminary": preliminary,
            "detail": dict(result.detail),
        },
    )


def _looked_over(found: Mapping[str, Found], ctx: Context) -> tuple[list[Input], list[str], list[str]]:
    """Return the inputs that have a value, what was assumed of any, and what contradicts any."""
    lines: list[Input] = []
    assumed: list[str] = []
    conflicts: list[str] = []
    for name, f in found.items():
        if f.value is not None:
            lines.append(_line(name, f, ctx))
        if f.assumed:
            assumed.append(f.note)
        if f.conflict:
            conflicts.append(f.conflict)
    return lines, assumed, conflicts


def _with(finding: Finding, **fields: Any) -> Finding:
    """Return a copy with these fields; the constructor would set each of all fields by a checked call."""
    made = object.__new__(Finding)
    vars(made).update(vars(finding))
    vars(made).update(fields)
    return made


def _missing(definition: Definition, found: Mapping[str, Found], notes: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is missing, and values that a limit leaves undecided."""
    undecided = any(note.endswith(UNDECIDED) for note in notes) if notes else False
    lacking = [
        name
        for name in definition.blocks
        if found[name].value is None or (undecided and found[name].reading is not None)
    ]
    if lacking and definition.alternatives:
        stood_in = {main for name, main in definition.alternatives if found[name].value is not None}
        return tuple(name for name in lacking if name not in stood_in or found[name].value is not None)
    return tuple(lacking)


def _line(name: str, found: Found, ctx: Context) -> Input:
    """Return an input as findings carry it; scores that share an input share its line."""
    known = ctx.lines.get((name, id(found)))
    if known is None:
        # What was found is kept beside its line, so that its identity is not given to another.
        known = ctx.lines[name, id(found)] = (found, _written(name, found))
    return known[1]


def _written(name: str, found: Found) -> Input:
    value: Any = found.value
    note = found.note
    if found.reading is not None:
        note = f"recorded as {found.reading.comparator} this; {note}".removesuffix("; ")
    return Input(name, value, found.unit, found.minutes_ago, found.ref, found.code, note)


def _has_value(of: Finding | Result) -> bool:
    return of.value is not None or any(value is not None for value in of.values.values())


def _compared(finding: Finding, how: Plan, ctx: Context) -> Finding:
    """Return the finding with the same score as it was before its newest input."""
    times = [line.minutes_ago for line in finding.inputs if line.minutes_ago is not None]
    banded = how.definition.bands or how.rule.thresholds
    if not times or not banded or not _older_exists(how, finding, min(times), ctx):
        return finding
    earlier = ctx.before(max(min(times), 0))
    found = gather(how, earlier)
    result, _ = computed(how, found, earlier)
    if not _has_value(result):
        return finding
    ages = [f.minutes_ago for f in found.values() if f.value is not None and f.minutes_ago is not None]
    previous = {
        "value": result.value,
        "values": dict(result.values),
        "band": result.band,
        "minutes_ago": min(ages, default=None),
    }
    detail = {**finding.detail, "previous": previous, "changed_band": result.band != finding.band}
    return _with(finding, detail=detail)


def _older_exists(how: Plan, finding: Finding, newest: int, ctx: Context) -> bool:
    """Tell cheaply whether an earlier answer can exist: needed values of the newest time have older ones."""
    for line in finding.inputs:
        source = how.rule.inputs.get(line.name)
        needed = line.name in how.definition.blocks
        if source is None or line.minutes_ago != newest or source.source != "observation" or not needed:
            continue
        series = ctx.chart.index.series(source.concept)
        oldest = series.oldest() if series is not None else None
        if oldest is None or oldest <= newest:
            return False
    return True
