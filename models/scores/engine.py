"""Compute one score: check the range, compute, name the band.

Nothing is imputed. What is missing or outside the validated range is said in the answer, and where the
definition says so the number is withheld.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from models.base import Document, ModelError
from models.scores.definition import Band, Definition, InputSpec, Limit, Outcome, Policy, Values
from models.scores.documents import ID, read_inputs
from models.scores.schema import span

_NONE: Mapping[str, Any] = {}
_Outside = tuple[InputSpec, Policy, float]


class Result(NamedTuple):
    """What a score came to for canonical inputs."""

    value: float | None = None
    """The number of a score that has one; scores with several have `values` by output."""
    values: Mapping[str, float | None] = _NONE
    band: str = ""
    outputs: Mapping[str, float | None] = _NONE
    used: Values = _NONE
    """The inputs that were computed with, capped where the definition says so."""
    missing: Sequence[str] = ()
    out_of_range: Sequence[str] = ()
    notes: Sequence[str] = ()
    detail: Mapping[str, Any] = _NONE
    """What the number alone does not tell, where the formula says more: points by parameter, a verdict."""


def compute(definition: Definition, document: Document) -> dict[str, Any]:
    """Return the score's answer for a document; raise `BadInput` with the pointer of what is wrong."""
    given, notes = read_inputs(definition, document)
    result = calculate(definition, given, notes)
    answer: dict[str, Any] = {ID: document[ID]} if ID in document else {}
    answer.update(name=definition.name, version=definition.version)
    answer.update(_outputs(definition, result))
    if result.detail:
        answer["detail"] = dict(result.detail)
    answer.update(
        inputs={
            name: {"value": _plain(value), "unit": definition.lookup[name].unit}
            for name, value in result.used.items()
        },
        missing=list(result.missing),
        out_of_range=list(result.out_of_range),
        notes=list(dict.fromkeys(result.notes)),
        source=dict(definition.source_json),
    )
    return answer


def calculate(definition: Definition, given: Values, notes: Sequence[str] = ()) -> Result:
    """Return what a score comes to for canonical inputs, with further notes after those given."""
    missing = [name for name in definition.blocks if name not in given]
    outside = _outside(definition, given)
    limited = _limited(definition.limits, given) if definition.limits else []
    used, blocked, said = given, frozenset[str](), list(notes)
    if missing or outside or limited:
        blocked = _blocked(definition, missing, outside, limited)
        used, more = _within(given, outside)
        said += [*more, *(limit.why for limit in limited)]
    outputs, own_notes = _values(definition, used, blocked)
    return Result(
        value=outputs[definition.outputs[0]] if definition.single else None,
        values={} if definition.single else outputs,
        band=_label(definition.ladder, outputs[definition.banded]) or "",
        outputs=outputs,
        used=used,
        missing=missing,
        out_of_range=[spec.name for spec, _, _ in outside],
        notes=[*said, *own_notes] if own_notes else said,
        detail=_detail(definition, used, blocked),
    )


def _detail(definition: Definition, used: Values, blocked: frozenset[str]) -> Mapping[str, Any]:
    """Return what the formula says beside its numbers, where it says any."""
    if definition.detail is None or len(blocked) == len(definition.outputs):
        return _NONE
    return definition.detail(used)


def _outside(definition: Definition, given: Values) -> list[_Outside]:
    """Return the inputs outside their validated range, each with what to do and the end it passed."""
    found: list[_Outside] = []
    for spec in definition.bounded:
        value = given.get(spec.name)
        if value is None:
            continue
        if spec.low is not None and value < spec.low:
            found.append((spec, spec.outside_low, spec.low))
        elif spec.high is not None and value > spec.high:
            found.append((spec, spec.outside_high, spec.high))
        elif spec.below is not None and value >= spec.below:
            found.append((spec, spec.outside_high, spec.below))
    return found


def _within(given: Values, outside: Iterable[_Outside]) -> tuple[Values, list[str]]:
    """Return the values to compute with, capped where the definition says so, and what to say of it."""
    used, notes = dict(given), []
    for spec, policy, end in outside:
        side = "below" if given[spec.name] < end else "above"
        if policy == "cap":
            used[spec.name] = float(end)
        done = {"cap": f"computed with {end:g}", "refuse": "not computed", "warn": "computed all the same"}
        notes.append(f"{spec.label} is {side} the validated range ({span(spec)}): {done[policy]}")
    return used, notes


def _blocked(
    definition: Definition, missing: Iterable[str], outside: Iterable[_Outside], limited: Iterable[Limit]
) -> frozenset[str]:
    """Return the outputs that must stay empty."""
    everything = frozenset(definition.outputs)
    refused = (spec.name for spec, policy, _ in outside if policy == "refuse")
    blocked = {output for limit in limited for output in limit.outputs}
    for name in (*missing, *refused):
        blocked |= definition.blocks.get(name, everything)
    return frozenset(blocked)


def _limited(limits: Iterable[Limit], given: Values) -> list[Limit]:
    return [limit for limit in limits if limit.input in given and not limit.holds(given[limit.input])]


def _values(
    definition: Definition, used: Values, blocked: frozenset[str]
) -> tuple[dict[str, float | None], tuple[str, ...]]:
    """Return every output, None where it is blocked, and the formula's own notes."""
    if len(blocked) == len(definition.outputs):
        return dict.fromkeys(definition.outputs), ()
    result, notes = definition.formula(used), tuple[str, ...]()
    if isinstance(result, Outcome):
        notes, result = result.notes, result.result
    # Numbers are told first: whether something is a mapping takes far longer to tell.
    if result is None or isinstance(result, float | int):
        result = {definition.outputs[0]: result}
    return {
        output: None if output in blocked else _computed(definition, output, result.get(output))
        for output in definition.outputs
    }, notes


def _computed(definition: Definition, output: str, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise ModelError(f"{definition.name}: {output} is not a finite number for these inputs")
    return value


def _outputs(definition: Definition, result: Result) -> dict[str, Any]:
    """Return the numbers, their unit and band as the answer carries them."""
    if definition.single:
        return {"value": result.value, "unit": definition.unit, "band": result.band or None}
    bands = {output: band_of(definition, output, value) for output, value in result.outputs.items()}
    return {
        "values": dict(result.outputs),
        "unit": definition.unit,
        "band": result.band or None,
        "bands": {output: band for output, band in bands.items() if band is not None},
        "units": {output: definition.units.get(output, definition.unit) for output in result.outputs},
    }


def band_of(definition: Definition, output: str, value: float | None) -> str | None:
    """Return the label of the band this output's value lies in, or None."""
    return _label((band for band in definition.bands if band.output == output), value)


def _label(bands: Iterable[Band], value: float | None) -> str | None:
    if value is not None:
        for band in bands:
            if band.low <= value < band.below:
                return band.label
    return None


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
