"""Hand a score's inputs to its formula; a value such as `<5` only where it decides."""

from collections.abc import Mapping
from itertools import product
from math import nextafter
from typing import Any

from models.base import ModelError
from models.scores.definition import Definition
from models.scores.documents import accept, settle
from models.scores.engine import Result, calculate
from models.scores.features.context import Context
from models.scores.features.inputs import Found
from models.scores.features.plan import Plan

_SAMPLES = 9
_MOST_LIMITS = 2
UNDECIDED = "is only known to lie beyond a limit, which does not decide"
NOTHING = Result()
"""What a score came to that was not computed."""


def computed(plan: Plan, found: Mapping[str, Found], ctx: Context) -> tuple[Result, tuple[str, ...]]:
    """Return the formula's result and notes, or nothing where no output could come of it."""
    given = {name: f for name, f in found.items() if f.value is not None}
    if not given or not (plan.needed <= given.keys() or possible(plan.definition, given)):
        return NOTHING, ()
    limits = [name for name, f in given.items() if f.reading is not None]
    try:
        if limits:
            return _beyond_limits(plan.definition, given, limits, ctx)
        return _result(plan.definition, given), ()
    except ModelError as error:
        return NOTHING, (f"not computed: {error.message}",)


def possible(definition: Definition, given: Mapping[str, Found]) -> bool:
    """Tell whether at least one output lacks nothing."""
    blocks = definition.blocks
    lacking = [name for name in blocks if name not in given]
    if not lacking:
        return True
    stood_in = {main for name, main in definition.alternatives if name in given}
    blocked = frozenset[str]().union(*(blocks[name] for name in lacking if name not in stood_in))
    return len(blocked) < len(definition.outputs)


def _result(definition: Definition, given: Mapping[str, Found]) -> Result:
    lookup = definition.lookup
    values = {name: accept(lookup[name], f.value, f.unit) for name, f in given.items()}
    notes: list[str] = []
    if definition.alternatives:
        values, notes = settle(definition, values)
    return calculate(definition, values, notes)


def _beyond_limits(
    definition: Definition, given: Mapping[str, Found], limits: list[str], ctx: Context
) -> tuple[Result, tuple[str, ...]]:
    """Compute with every value that `<5` may stand for; one answer for all of them decides."""
    names = " and ".join(definition.lookup[name].label for name in limits)
    if len(limits) > _MOST_LIMITS:
        return NOTHING, (f"not computed: {names} {UNDECIDED}",)
    results = []
    for point in product(*(_range(given[name], ctx) for name in limits)):
        trial = {name: given[name]._replace(value=value) for name, value in zip(limits, point, strict=True)}
        results.append(_result(definition, {**given, **trial}))
    if any(_numbers(result) != _numbers(results[0]) for result in results):
        return NOTHING, (f"not computed: {names} {UNDECIDED}",)
    return results[0], (f"{names} is only known to lie beyond a limit, which decides here",)


def _range(found: Found, ctx: Context) -> list[float]:
    """Return values, from the limit to the end of what is believable, that a reading may stand for."""
    if found.reading is None:
        return []
    names = [n for c in found.reading.fact.codes for n in ctx.chart.concepts.of_observation(c)]
    row = ctx.chart.concepts.observations[names[0]]
    end, sign = found.reading.value, found.reading.comparator
    far = row.low if sign.startswith("<") else row.high
    near = end if sign.endswith("=") else nextafter(end, far)
    return [near + (far - near) * step / (_SAMPLES - 1) for step in range(_SAMPLES)]


def _numbers(result: Result) -> tuple[Any, ...]:
    return result.value, tuple(result.values.items()), result.band
