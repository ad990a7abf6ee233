"""Hand a score's inputs to its formula; a value such as `<5` only where it decides."""

from collections.abc import Mapping
from itertools import product
from math import nextafter
from typing import Any

from models.base import ModelError
from models.scores.definition import Definition, InputSpec
from models.scores.features.context import Context
from models.scores.features.inputs import Found

_SAMPLES = 9
_MOST_LIMITS = 2
UNDECIDED = "is only known to lie beyond a limit, which does not decide"


def computed(
    definition: Definition, found: Mapping[str, Found], ctx: Context
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return the formula's answer and notes, or nothing where no output could come of it."""
    given = {name: f for name, f in found.items() if f.value is not None}
    if not possible(definition, given):
        return {}, ()
    document = {name: _plain(definition.lookup[name], f) for name, f in given.items()}
    limits = [name for name, f in given.items() if f.reading is not None]
    try:
        if limits:
            return _beyond_limits(definition, document, given, limits, ctx)
        return ctx.compute(definition, document), ()
    except ModelError as error:
        return {}, (f"not computed: {error.message}",)


def possible(definition: Definition, given: Mapping[str, Found]) -> bool:
    """Tell whether at least one output lacks nothing; a score of options alone needs one of them."""
    if not given or not (definition.blocks or any(spec.name in given for spec in definition.inputs)):
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
    document: Mapping[str, Any],
    given: Mapping[str, Found],
    limits: list[str],
    ctx: Context,
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Compute with every value that `<5` may stand for; one answer for all of them decides."""
    names = " and ".join(definition.lookup[name].label for name in limits)
    if len(limits) > _MOST_LIMITS:
        return {}, (f"not computed: {names} {UNDECIDED}",)
    answers = []
    for point in product(*(_range(given[name], ctx) for name in limits)):
        trial = {
            name: _plain(definition.lookup[name], given[name]._replace(value=value))
            for name, value in zip(limits, point, strict=True)
        }
        answers.append(ctx.compute(definition, {**document, **trial}))
    if any(_numbers(answer) != _numbers(answers[0]) for answer in answers):
        return {}, (f"not computed: {names} {UNDECIDED}",)
    return answers[0], (f"{names} is only known to lie beyond a limit, which decides here",)


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


def _numbers(answer: Mapping[str, Any]) -> tuple[Any, ...]:
    return answer.get("value"), tuple((answer.get("values") or {}).items()), answer.get("band")
