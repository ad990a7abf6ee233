"""From a chart to one finding: inputs, the number, the action level reached and what it was before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from math import inf, nextafter
from typing import Any

from models.base import Finding, Input, ModelError
from models.scores.definition import Definition, InputSpec
from models.scores.features.derived import DERIVED, consciousness_all, oxygen_all
from models.scores.features.gate import Gate, gate, holds
from models.scores.features.index import Chart, Index
from models.scores.features.inputs import SIMPLE, Found, observed
from models.scores.features.kidney import Compute, Egfr
from models.scores.rules import InputRule, Rule

_SAMPLES = 9
_MOST_LIMITS = 2
_SETS = {"observation": observed, "consciousness": consciousness_all, "oxygen": oxygen_all}
_FINDERS = {**SIMPLE, **DERIVED}


@dataclass(slots=True)
class Context:
    """What is computed of one chart, each thing once."""

    chart: Chart
    definitions: Mapping[str, Definition]
    rules: Mapping[str, Rule]
    compute: Compute
    options: Mapping[str, Any]
    egfr: Egfr
    found: dict[int, Found] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    earlier: dict[int, "Context"] = field(default_factory=dict)

    def before(self, minutes_ago: int) -> "Context":
        """Return the context of the record as it stood before what came so many minutes ago."""
        known = self.earlier.get(minutes_ago)
        if known is None:
            chart = Chart(self.chart.index, minutes_ago + 1)
            known = Context(chart, self.definitions, self.rules, self.compute, self.options, self.egfr)
            self.earlier[minutes_ago] = known
        return known


def context(
    source: Index,
    definitions: Mapping[str, Definition],
    rules: Mapping[str, Rule],
    compute: Compute,
    options: Mapping[str, Any],
) -> Context:
    """Return the context of a record as it stands now."""
    return Context(Chart(source), definitions, rules, compute, options, Egfr(definitions, compute))


def find(name: str, ctx: Context, *, compare: bool = True) -> Finding:
    """Return the finding of one score; `compare` also looks at the record before its newest input."""
    definition, rule = ctx.definitions[name], ctx.rules.get(name)
    if rule is None:
        return _unruled(definition)
    entrance = gate(rule, ctx.chart, ctx.egfr)
    found = _gathered(definition, rule, ctx)
    answer, notes = _computed(definition, found, ctx)
    finding = _finding(definition, rule, entrance, found, answer, notes)
    if not _has_value(finding):
        return finding
    finding = _with_level(finding, rule, ctx)
    return _compared(finding, rule, definition, ctx) if compare and finding.applies else finding


def _unruled(definition: Definition) -> Finding:
    return Finding(
        kind="score",
        code=definition.name,
        title=definition.title,
        model=f"scores/{definition.name}@{definition.version}",
        notes=("no rule says whom this score is applied to",),
        source=definition.source,
        applies=False,
    )


def _gathered(definition: Definition, rule: Rule, ctx: Context) -> dict[str, Found]:
    """Return every input of the score, sets that belong together taken together."""
    found = {spec.name: input_of(rule.inputs.get(spec.name), ctx) for spec in definition.inputs}
    if rule.together is not None:
        found.update(_together(rule, ctx, found))
    for spec in definition.inputs:
        main = found.get(spec.one_of)
        if main is None or main.value is None or found[spec.name].value is None:
            continue
        older = (found[spec.name].minutes_ago or 0) >= (main.minutes_ago or 0)
        found[spec.name if older else spec.one_of] = Found(reason="a newer value stands in its place")
    return found


def input_of(rule: InputRule | None, ctx: Context) -> Found:
    """Return one input, found once per chart."""
    if rule is None:
        return Found(reason="nothing says where this is recorded")
    known = ctx.found.get(id(rule))
    if known is None:
        known = ctx.found[id(rule)] = _input(rule, ctx)
    return known


def _input(rule: InputRule, ctx: Context) -> Found:
    finder = _FINDERS.get(rule.source)
    if finder is not None:
        return finder(ctx.chart, rule)
    if rule.source == "egfr":
        return ctx.egfr.newest(ctx.chart, rule)
    if rule.source == "bmi":
        return ctx.egfr.body_mass_index(ctx.chart, rule)
    if rule.source == "option":
        chosen = ctx.options.get(rule.option)
        if chosen is None:
            return Found(reason=f"needs the setting {rule.option}")
        return Found(chosen, note="a setting of this site")
    return _other_score(rule, ctx)


def _other_score(rule: InputRule, ctx: Context) -> Found:
    if rule.score not in ctx.definitions:
        return Found(reason=f"needs the score {rule.score}")
    finding = ctx.findings.get(rule.score)
    if finding is None:
        finding = ctx.findings[rule.score] = find(rule.score, ctx, compare=False)
    conflicts = finding.detail.get("conflicts") or [""]
    if finding.value is None:
        return Found(reason=f"{rule.score} could not be computed", conflict=conflicts[0])
    assumed = bool(finding.detail.get("assumed_none"))
    return Found(finding.value, finding.unit, note=f"computed: {finding.title}", assumed=assumed)


def _together(rule: Rule, ctx: Context, found: Mapping[str, Found]) -> dict[str, Found]:
    """Return the newest set of inputs that lie within the rule's minutes of each other.

    Where no set is complete, the newest one stands and what lies outside of it is missing.
    """
    together = rule.together
    if together is None:
        return {}
    choices = {name: _choices(rule.inputs[name], ctx) for name in together.inputs if name in found}
    times = sorted({f.minutes_ago or 0 for choice in choices.values() for f in choice})
    best: dict[str, Found] = {}
    for newest in times:
        picked = _within(choices, newest, newest + together.within_minutes)
        if len(picked) == len(choices):
            return _noted(picked, choices, newest)
        best = best or picked
    outside = Found(reason=f"not {together.says}")
    return {name: best.get(name, outside if choices[name] else found[name]) for name in choices}


def _choices(rule: InputRule, ctx: Context) -> tuple[Found, ...]:
    every = _SETS.get(rule.source)
    if every is not None:
        return every(ctx.chart, rule)
    single = input_of(rule, ctx)
    return (single,) if single.value is not None else ()


def _within(choices: Mapping[str, tuple[Found, ...]], newest: int, oldest: int) -> dict[str, Found]:
    picked = {}
    for name, choice in choices.items():
        first = next((f for f in choice if newest <= (f.minutes_ago or 0) <= oldest), None)
        if first is not None:
            picked[name] = first
    return picked


def _noted(
    picked: dict[str, Found], choices: Mapping[str, tuple[Found, ...]], newest: int
) -> dict[str, Found]:
    """Say of each input whether a newer value exists that no complete set holds."""
    for name, found in picked.items():
        if any((f.minutes_ago or 0) < newest for f in choices[name]):
            picked[name] = replace(found, note=f"{found.note}; a newer value is in no complete set".removeprefix("; "))
    return picked


def _computed(
    definition: Definition, found: Mapping[str, Found], ctx: Context
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return the engine's answer, or nothing where no output could come of it."""
    given = {name: f for name, f in found.items() if f.value is not None}
    if not given or not _possible(definition, given):
        return {}, ()
    document = {name: _plain(definition.lookup[name], f) for name, f in given.items()}
    limits = [name for name, f in given.items() if f.reading is not None]
    try:
        if limits:
            return _beyond_limits(definition, document, given, limits, ctx)
        return ctx.compute(definition, document), ()
    except ModelError as error:
        return {}, (f"not computed: {error.message}",)


def _possible(definition: Definition, given: Mapping[str, Found]) -> bool:
    """Tell whether at least one output lacks nothing."""
    if all(spec.name not in given for spec in definition.inputs if not spec.required) and not any(
        spec.required for spec in definition.inputs
    ):
        return False
    stand_ins = {spec.one_of for spec in definition.inputs if spec.one_of and spec.name in given}
    blocked: set[str] = set()
    for name, outputs in definition.blocks.items():
        if name not in given and name not in stand_ins:
            blocked |= outputs
    return len(blocked) < len(definition.outputs)


def _plain(spec: InputSpec, found: Found) -> Any:
    if spec.kind == "number" and found.unit and found.unit != spec.unit:
        return {"value": found.value, "unit": found.unit}
    return found.value


def _beyond_limits(
    definition: Definition,
    document: dict[str, Any],
    given: Mapping[str, Found],
    limits: list[str],
    ctx: Context,
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Use values such as `<5` only where every value they may stand for gives the same answer."""
    if len(limits) > _MOST_LIMITS:
        return {}, ("not computed: several values are only known to lie beyond a limit",)
    ranges = [_range(given[name], ctx) for name in limits]
    answers = []
    for point in product(*ranges):
        trial = document | {
            name: _plain(definition.lookup[name], replace(given[name], value=value))
            for name, value in zip(limits, point, strict=True)
        }
        answers.append(ctx.compute(definition, trial))
    if any(_numbers(answer) != _numbers(answers[0]) for answer in answers):
        names = " and ".join(definition.lookup[name].label for name in limits)
        return {}, (f"not computed: {names} is only known to lie beyond a limit, which does not decide",)
    return answers[0], ("a value known only to lie beyond a limit decides here",)


def _range(found: Found, ctx: Context) -> list[float]:
    """Return values that a reading with a comparator may stand for."""
    if found.reading is None:
        return []
    names = [n for c in found.reading.fact.codes for n in ctx.chart.concepts.of_observation(c)]
    row = ctx.chart.concepts.observations[names[0]]
    end, sign = found.reading.value, found.reading.comparator
    far = row.low if sign.startswith("<") else row.high
    near = end if sign.endswith("=") else nextafter(end, far)
    return [near + (far - near) * step / (_SAMPLES - 1) for step in range(_SAMPLES)]


def _numbers(answer: Mapping[str, Any]) -> tuple[Any, ...]:
    return answer.get("value"), tuple((answer.get("values") or {}).items()), answer.get("band")


def _finding(
    definition: Definition,
    rule: Rule,
    entrance: Gate,
    found: Mapping[str, Found],
    answer: Mapping[str, Any],
    notes: tuple[str, ...],
) -> Finding:
    missing = tuple(_missing(definition, found, notes))
    used = [(name, f) for name, f in found.items() if f.value is not None]
    assumed = [f.note for _, f in used if f.assumed]
    conflicts = list(dict.fromkeys(f.conflict for f in found.values() if f.conflict))
    said = ("condition list is empty: assumed none",) if entrance.assumed and not assumed else ()
    return Finding(
        kind="score",
        code=definition.name,
        title=definition.title,
        model=f"scores/{definition.name}@{definition.version}",
        value=answer.get("value"),
        values=answer.get("values") or {},
        unit=definition.unit,
        band=answer.get("band") or "",
        inputs=tuple(_input_line(name, f) for name, f in used),
        missing=missing,
        out_of_range=tuple(answer.get("out_of_range") or ()),
        notes=tuple(dict.fromkeys((*entrance.notes, *assumed, *said, *conflicts, *notes, *answer.get("notes", ())))),
        source=definition.source,
        applies=entrance.applies,
        detail={
            "topic": rule.topic,
            "because": list(entrance.because),
            "unknown": list(entrance.unknown),
            "lacks_one": missing[0] if len(missing) == 1 else None,
            "assumed_none": bool(assumed) or entrance.assumed,
            "conflicts": conflicts,
            "why_missing": {name: found[name].reason for name in missing if found[name].reason},
            "previous": None,
            "changed_band": False,
        },
    )


def _missing(definition: Definition, found: Mapping[str, Found], notes: tuple[str, ...]) -> Iterable[str]:
    """Yield what is missing, and values that a limit leaves undecided."""
    stand_ins = {s.one_of for s in definition.inputs if s.one_of and found[s.name].value is not None}
    undecided = any("beyond a limit" in note and note.startswith("not computed") for note in notes)
    for name in definition.blocks:
        entry = found[name]
        if entry.value is None and name not in stand_ins:
            yield name
        elif undecided and entry.reading is not None:
            yield name


def _input_line(name: str, found: Found) -> Input:
    value: Any = found.value
    note = found.note
    if found.reading is not None:
        note = f"recorded as {found.reading.comparator} this; {note}".removesuffix("; ")
    return Input(name, value, found.unit, found.minutes_ago, found.ref, found.code, note)


def _has_value(finding: Finding) -> bool:
    return finding.value is not None or any(v is not None for v in finding.values.values())


def _with_level(finding: Finding, rule: Rule, ctx: Context) -> Finding:
    """Return the finding with the last action level of the rule's rows that was reached."""
    reached: dict[str, Any] = {}
    notes: list[str] = []
    assumed = bool(finding.detail["assumed_none"])
    above: list[str] = []
    for row in rule.thresholds:
        value = finding.value if row.output == "value" else finding.values.get(row.output)
        if value is None or (row.sex and row.sex != ctx.chart.record.sex) or not _inputs_hold(row.inputs, finding):
            continue
        if not row.compare.holds(value):
            above.append(row.label)
            continue
        verdict = holds(row.unless, ctx.chart, ctx.egfr) if row.unless else None
        if verdict is not None and verdict.value:
            continue
        if verdict is not None and row.unless is not None and verdict.value is None:
            notes.append(f"{row.unless.says}: {verdict.reason}")
        assumed = assumed or (verdict is not None and verdict.assumed)
        reached, above = dict(row.row), []
    detail = {**finding.detail, "assumed_none": assumed, "not_reached": above[:1]}
    notes = [*finding.notes, *notes]
    return replace(finding, reached=reached if finding.applies else {}, detail=detail, notes=tuple(notes))


def _inputs_hold(bounds: Mapping[str, Any], finding: Finding) -> bool:
    if not bounds:
        return True
    values = {line.name: line.value for line in finding.inputs}
    return all(
        isinstance(values.get(name), int | float) and compare.holds(float(values[name]))  # type: ignore[arg-type]
        for name, compare in bounds.items()
    )


def _compared(finding: Finding, rule: Rule, definition: Definition, ctx: Context) -> Finding:
    """Return the finding with the same score as it was before its newest input."""
    times = [line.minutes_ago for line in finding.inputs if line.minutes_ago is not None]
    if not times or not (definition.bands or rule.thresholds):
        return finding
    earlier_context = ctx.before(max(min(times), 0))
    if not _anything_older(definition, rule, finding, ctx):
        return finding
    found = _gathered(definition, rule, earlier_context)
    answer, _ = _computed(definition, found, earlier_context)
    if not answer or all(v is None for v in (answer.get("value"), *(answer.get("values") or {}).values())):
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


def _anything_older(definition: Definition, rule: Rule, finding: Finding, ctx: Context) -> bool:
    """Tell cheaply whether an earlier answer can exist: the newest input's own set has an older value."""
    newest = min(line.minutes_ago for line in finding.inputs if line.minutes_ago is not None)
    for line in finding.inputs:
        source = rule.inputs.get(line.name)
        if source is None or line.minutes_ago != newest:
            continue
        if source.source != "observation" or line.name not in {s.name for s in definition.inputs if s.required}:
            return True
        readings = ctx.chart.readings(source.concept, inf)
        if not readings or readings[-1].minutes_ago <= newest:
            return False
    return True
