"""Compute one score from one document: read, convert, check the range, compute, name the band.

Nothing is imputed. What is missing or outside the validated range is said in the answer, and where the
definition says so the number is withheld.
"""

import math
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from models.base import BadInput, Document, ModelError
from models.quantities import UnitError, convert
from models.scores.definition import Definition, InputSpec, Limit, Outcome, Policy, stand_in
from models.scores.schema import span

ID = "id"


def compute(definition: Definition, document: Document) -> dict[str, Any]:
    """Return the score's answer for a document; raise `BadInput` with the pointer of what is wrong."""
    given, notes = read_inputs(definition, document)
    missing = [name for name in definition.blocks if name not in given]
    outside = _outside(definition, given)
    used, range_notes = _within(given, outside)
    blocked = _blocked(definition, missing, outside)
    limited = _limited(definition.limits, given)
    blocked.update(output for limit in limited for output in limit.outputs)
    values, own_notes = _values(definition, used, blocked)
    notes = [*notes, *range_notes, *(limit.why for limit in limited), *own_notes]
    answer: dict[str, Any] = {ID: document[ID]} if ID in document else {}
    answer.update(name=definition.name, version=definition.version)
    answer.update(_outputs(definition, values))
    answer.update(
        inputs={
            name: {"value": _plain(value), "unit": definition.lookup[name].unit}
            for name, value in used.items()
        },
        missing=missing,
        out_of_range=[spec.name for spec, _, _ in outside],
        notes=list(dict.fromkeys(notes)),
        source=dict(definition.source_json),
    )
    return answer


def read_inputs(definition: Definition, document: Document) -> tuple[dict[str, Any], list[str]]:
    """Return the inputs in canonical names and units, in the definition's order, and what to note."""
    found: dict[str, Any] = {}
    lookup = definition.lookup
    for key, raw in document.items():
        if key == ID or raw is None:
            continue
        spec = lookup.get(key)
        if spec is None:
            raise _unknown(definition, key)
        value = _read(spec, raw, f"/{key}")
        if value is None:
            continue
        if spec.name in found:
            raise BadInput(
                f"{spec.name} is given twice under different names; give it once", pointer=f"/{key}"
            )
        found[spec.name] = value
    notes = _stand_in(definition, found)
    return {spec.name: found[spec.name] for spec in definition.inputs if spec.name in found}, notes


def _unknown(definition: Definition, key: str) -> BadInput:
    near = get_close_matches(key, definition.lookup, n=1, cutoff=0.5)
    hint = (
        f"did you mean {near[0]!r}?" if near else f"known are {', '.join(s.name for s in definition.inputs)}"
    )
    return BadInput(f"{definition.name} has no input of this name; {hint}", pointer=f"/{key}")


def _read(spec: InputSpec, raw: Any, pointer: str) -> Any:
    """Return one input in its canonical form, or None where the document says null."""
    unit = ""
    if isinstance(raw, Mapping):
        extra = set(raw) - {"value", "unit"}
        if extra or "value" not in raw:
            raise BadInput('give a bare value or {"value": ..., "unit": ...}', pointer=pointer)
        raw, unit = raw["value"], raw.get("unit", "")
        if raw is None:
            return None
        if unit and spec.kind != "number":
            raise BadInput(f"{spec.name} has no unit; give the bare value", pointer=f"{pointer}/unit")
    if spec.kind == "number":
        return _number(spec, raw, unit, pointer)
    return {"boolean": _boolean, "enum": _enum, "list": _list}[spec.kind](spec, raw, pointer)


def _number(spec: InputSpec, raw: Any, unit: Any, pointer: str) -> float:
    value = _finite(raw, pointer)
    if unit and unit != spec.unit:
        value = _converted(spec, value, unit, pointer)
    low, high = spec.possible
    if not low <= value <= high:
        span = f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
        raise BadInput(f"{spec.name} cannot be this; possible is {span} {spec.unit}", pointer=pointer)
    if spec.integer and not value.is_integer():
        raise BadInput(f"{spec.name} is a whole number", pointer=pointer)
    return value


def _finite(raw: Any, pointer: str) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise BadInput("a number is needed here", pointer=pointer)
    try:
        value = float(raw)
    except OverflowError as error:
        raise BadInput("this number is too large", pointer=pointer) from error
    if not math.isfinite(value):
        raise BadInput("a finite number is needed here", pointer=pointer)
    return value


def _converted(spec: InputSpec, value: float, unit: Any, pointer: str) -> float:
    if not isinstance(unit, str):
        raise BadInput("a unit is a UCUM string", pointer=f"{pointer}/unit")
    try:
        return convert(value, unit, spec.unit, substance=spec.substance)
    except UnitError as error:
        raise BadInput(f"{spec.name}: {error}", pointer=f"{pointer}/unit") from error


def _boolean(spec: InputSpec, raw: Any, pointer: str) -> bool:
    if not isinstance(raw, bool):
        raise BadInput(f"{spec.name} is true or false", pointer=pointer)
    return raw


def _enum(spec: InputSpec, raw: Any, pointer: str) -> str:
    text = str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw
    if not isinstance(text, str) or text not in spec.values:
        raise BadInput(f"{spec.name} is one of {', '.join(spec.values)}", pointer=pointer)
    return text


def _list(spec: InputSpec, raw: Any, pointer: str) -> tuple[float, ...]:
    if not isinstance(raw, list | tuple) or len(raw) != spec.length:
        raise BadInput(f"{spec.name} is a list of {spec.length} whole numbers", pointer=pointer)
    items = tuple(_finite(item, f"{pointer}/{i}") for i, item in enumerate(raw))
    low, high = spec.low or 0, math.inf if spec.high is None else spec.high
    for position, item in enumerate(items):
        if not item.is_integer() or not low <= item <= high:
            message = f"each of {spec.name} is a whole number from {low:g} to {high:g}"
            raise BadInput(message, pointer=f"{pointer}/{position}")
    return items


def _stand_in(definition: Definition, found: dict[str, Any]) -> list[str]:
    """Fill an input from the alternative that was given in its place, and say so."""
    notes = []
    for spec in definition.inputs:
        if not spec.one_of or spec.name not in found:
            continue
        main = definition.lookup[spec.one_of]
        if main.name in found:
            notes.append(f"{main.label} was used; {spec.label} was given as well and was not needed")
            continue
        value = found[spec.name]
        if spec.kind == "number":
            value = stand_in(spec, main, value)
        found[main.name] = value
        notes.append(f"{main.label} was computed from {spec.label}")
    return notes


def _outside(definition: Definition, given: Mapping[str, Any]) -> list[tuple[InputSpec, Policy, float]]:
    """Return the inputs outside their validated range, each with what to do and the end it passed."""
    found: list[tuple[InputSpec, Policy, float]] = []
    for spec in definition.inputs:
        if spec.kind != "number" or spec.name not in given:
            continue
        value = given[spec.name]
        if spec.low is not None and value < spec.low:
            found.append((spec, spec.outside_low, spec.low))
        elif spec.high is not None and value > spec.high:
            found.append((spec, spec.outside_high, spec.high))
        elif spec.below is not None and value >= spec.below:
            found.append((spec, spec.outside_high, spec.below))
    return found


def _within(
    given: Mapping[str, Any], outside: Iterable[tuple[InputSpec, Policy, float]]
) -> tuple[Mapping[str, Any], list[str]]:
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
    definition: Definition, missing: Iterable[str], outside: Iterable[tuple[InputSpec, Policy, float]]
) -> set[str]:
    """Return the outputs that must stay empty."""
    everything = frozenset(definition.outputs)
    refused = (spec.name for spec, policy, _ in outside if policy == "refuse")
    blocked: set[str] = set()
    for name in (*missing, *refused):
        blocked |= definition.blocks.get(name, everything)
    return blocked


def _limited(limits: Iterable[Limit], given: Mapping[str, Any]) -> list[Limit]:
    return [limit for limit in limits if limit.input in given and not limit.holds(given[limit.input])]


def _values(
    definition: Definition, used: Mapping[str, Any], blocked: set[str]
) -> tuple[dict[str, float | None], tuple[str, ...]]:
    """Return every output, None where it is blocked, and the formula's own notes."""
    values: dict[str, float | None] = dict.fromkeys(definition.outputs)
    if len(blocked) == len(values):
        return values, ()
    raw = definition.formula(used)
    outcome = raw if isinstance(raw, Outcome) else Outcome(raw)
    result = outcome.result
    named = result if isinstance(result, Mapping) else {definition.outputs[0]: result}
    for output in definition.outputs:
        if output not in blocked:
            values[output] = _computed(definition, output, named.get(output))
    return values, outcome.notes


def _computed(definition: Definition, output: str, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise ModelError(f"{definition.name}: {output} is not a finite number for these inputs")
    return value


def _outputs(definition: Definition, values: Mapping[str, float | None]) -> dict[str, Any]:
    """Return the numbers, their unit and band as the answer carries them."""
    bands = {output: band_of(definition, output, value) for output, value in values.items()}
    banded = next((band.output for band in definition.bands), definition.outputs[0])
    if definition.single:
        answer: dict[str, Any] = {"value": values[definition.outputs[0]]}
    else:
        answer = {"values": dict(values)}
    answer.update(unit=definition.unit, band=bands[banded])
    if not definition.single:
        answer["bands"] = {output: band for output, band in bands.items() if band is not None}
        answer["units"] = {output: definition.units.get(output, definition.unit) for output in values}
    return answer


def band_of(definition: Definition, output: str, value: float | None) -> str | None:
    """Return the label of the band this output's value lies in, or None."""
    if value is None:
        return None
    for band in definition.bands:
        if band.output == output and band.low <= value < band.below:
            return band.label
    return None


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
