"""From a chart to one finding: inputs, the number, the action level reached and what it was before."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import inf
from typing import Any

from models.base import Finding, Input
from models.scores.definition import Definition
from models.scores.features.arithmetic import UNDECIDED, computed
from models.scores.features.context import Context, Plan, plan
from models.scores.features.gate import Gate, gate, holds
from models.scores.features.gather import Gatherer
from models.scores.features.inputs import Found
from models.scores.rules import Compare, Threshold

_EMPTY_LIST = "condition list is empty: assumed none"


def find(name: str, ctx: Context) -> Finding:
    """Return the finding of one score, compared with the record before its newest input."""
    definition, rule = ctx.definitions[name], ctx.rules.get(name)
    if rule is None:
        return bare(definition, "no rule says whom this score is applied to")
    how = plan(definition, rule)
    finding = _found(how, ctx)
    if finding.applies and _has_value(finding.value, finding.values):
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


def _found(how: Plan, ctx: Context) -> Finding:
    entrance = gate(how.rule, ctx.chart, ctx.egfr)
    if not (entrance.applies or entrance.undecided or GATHERER.reachable(how, ctx)):
        return _skeleton(how, entrance)
    found = GATHERER.all(how, ctx)
    answer, notes = computed(how.definition, found, ctx)
    finding = _finding(how, entrance, found, answer, notes)
    return _with_level(finding, how, ctx) if _has_value(finding.value, finding.values) else finding


def _other_score(name: str, ctx: Context) -> Finding:
    rule = ctx.rules.get(name)
    definition = ctx.definitions[name]
    return _found(plan(definition, rule), ctx) if rule else bare(definition, "no rule names its inputs")


GATHERER = Gatherer(_other_score)


def _skeleton(how: Plan, entrance: Gate) -> Finding:
    """Return the finding of a score that neither applies nor can be computed, the same object each time."""
    known = how.skeletons.get(entrance.notes)
    if known is None:
        plain = Gate(applies=False, notes=entrance.notes)
        known = how.skeletons[entrance.notes] = _finding(how, plain, {}, {}, ())
    return known


def _finding(
    how: Plan,
    entrance: Gate,
    found: Mapping[str, Found],
    answer: Mapping[str, Any],
    notes: tuple[str, ...],
) -> Finding:
    definition = how.definition
    missing = tuple(_missing(definition, found, notes)) if found else ()
    used = [(name, f) for name, f in found.items() if f.value is not None]
    assumed = [f.note for _, f in used if f.assumed]
    conflicts = list(dict.fromkeys(f.conflict for f in found.values() if f.conflict))
    said = (_EMPTY_LIST,) if entrance.assumed and not assumed else ()
    every = (*entrance.notes, *assumed, *said, *conflicts, *notes, *answer.get("notes", ()))
    return Finding(
        kind="score",
        code=definition.name,
        title=definition.title,
        model=f"scores/{definition.name}@{definition.version}",
        value=answer.get("value"),
        values=answer.get("values") or {},
        unit=definition.unit,
        band=answer.get("band") or "",
        inputs=tuple(_line(name, f) for name, f in used),
        missing=missing,
        out_of_range=tuple(answer.get("out_of_range") or ()),
        notes=tuple(dict.fromkeys(every)),
        source=definition.source,
        applies=entrance.applies,
        detail={
            "topic": how.rule.topic,
            "because": list(entrance.because),
            "unknown": list(entrance.unknown),
            "lacks_one": missing[0] if len(missing) == 1 else None,
            "assumed_none": bool(assumed) or entrance.assumed,
            "conflicts": conflicts,
            "why_missing": {name: found[name].reason for name in missing if found[name].reason},
            "previous": None,
            "changed_band": False,
            "not_reached": [],
            "all_reached": [],
        },
    )


def _missing(definition: Definition, found: Mapping[str, Found], notes: tuple[str, ...]) -> Iterable[str]:
    """Yield what is missing, and values that a limit leaves undecided."""
    stand_ins = {s.one_of for s in definition.inputs if s.one_of and found[s.name].value is not None}
    undecided = any(note.endswith(UNDECIDED) for note in notes)
    for name in definition.blocks:
        entry = found[name]
        if (entry.value is None and name not in stand_ins) or (undecided and entry.reading is not None):
            yield name


def _line(name: str, found: Found) -> Input:
    value: Any = found.value
    note = found.note
    if found.reading is not None:
        note = f"recorded as {found.reading.comparator} this; {note}".removesuffix("; ")
    return Input(name, value, found.unit, found.minutes_ago, found.ref, found.code, note)


def _has_value(value: float | None, values: Mapping[str, float | None] | None) -> bool:
    return value is not None or any(v is not None for v in (values or {}).values())


def _with_level(finding: Finding, how: Plan, ctx: Context) -> Finding:
    """Return the finding with the last action level of the rule's rows that was reached."""
    if not finding.applies or not how.rule.thresholds:
        return finding
    reached: list[Threshold] = []
    above: list[str] = []
    notes: list[str] = []
    assumed = bool(finding.detail["assumed_none"])
    for row in how.rule.thresholds:
        value = finding.value if row.output == "value" else finding.values.get(row.output)
        if value is None or not _row_concerns(row, finding, ctx):
            continue
        if not row.compare.holds(value):
            above.append(row.label)
            continue
        verdict = holds(row.unless, ctx.chart, ctx.egfr) if row.unless else None
        if verdict is None or not verdict.value:
            reached.append(row)
            above = []
        if verdict is not None and row.unless is not None and verdict.value is None:
            notes.append(f"{row.unless.says}: not known, {verdict.reason}")
        assumed = assumed or (verdict is not None and verdict.assumed)
    rows = [dict(row.row) for row in reached]
    more = {"assumed_none": assumed, "not_reached": above[:1], "all_reached": rows}
    said = tuple(dict.fromkeys((*finding.notes, *notes)))
    last = rows[-1] if rows else {}
    return replace(finding, reached=last, detail={**finding.detail, **more}, notes=said)


def _row_concerns(row: Threshold, finding: Finding, ctx: Context) -> bool:
    if row.sex and row.sex != ctx.chart.record.sex:
        return False
    if not row.inputs:
        return True
    values = {line.name: line.value for line in finding.inputs}
    return all(_input_holds(values.get(name), bounds) for name, bounds in row.inputs.items())


def _input_holds(value: Any, bounds: Compare) -> bool:
    return isinstance(value, int | float) and bounds.holds(float(value))


def _compared(finding: Finding, how: Plan, ctx: Context) -> Finding:
    """Return the finding with the same score as it was before its newest input."""
    times = [line.minutes_ago for line in finding.inputs if line.minutes_ago is not None]
    banded = how.definition.bands or how.rule.thresholds
    if not times or not banded or not _older_exists(how, finding, min(times), ctx):
        return finding
    earlier = ctx.before(max(min(times), 0))
    found = GATHERER.all(how, earlier)
    answer, _ = computed(how.definition, found, earlier)
    if not answer or not _has_value(answer.get("value"), answer.get("values")):
        return finding
    ages = [f.minutes_ago for f in found.values() if f.value is not None and f.minutes_ago is not None]
    previous = {
        "value": answer.get("value"),
        "values": dict(answer.get("values") or {}),
        "band": answer.get("band") or "",
        "minutes_ago": min(ages, default=None),
    }
    changed = previous["band"] != finding.band
    return replace(finding, detail={**finding.detail, "previous": previous, "changed_band": changed})


def _older_exists(how: Plan, finding: Finding, newest: int, ctx: Context) -> bool:
    """Tell cheaply whether an earlier answer can exist: needed values of the newest time have older ones."""
    for line in finding.inputs:
        source = how.rule.inputs.get(line.name)
        needed = line.name in how.definition.blocks
        if source is None or line.minutes_ago != newest or source.source != "observation" or not needed:
            continue
        readings = ctx.chart.readings(source.concept, inf)
        if not readings or readings[-1].minutes_ago <= newest:
            return False
    return True
