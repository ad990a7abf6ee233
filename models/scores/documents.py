"""Read one document of named inputs into canonical values: names, units, what can be at all.

What is not of the definition's form is refused with the pointer of what is wrong.
"""

import math
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from models.base import BadInput, Document
from models.quantities import UnitError, convert
from models.scores.definition import Definition, InputSpec, stand_in

ID = "id"


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
    return settle(definition, found)


def settle(definition: Definition, found: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return canonical inputs in the definition's order, alternatives exchanged, and what to note."""
    notes = _stand_in(definition, found) if definition.alternatives else []
    return {spec.name: found[spec.name] for spec in definition.inputs if spec.name in found}, notes


def accept(spec: InputSpec, value: Any, unit: str = "") -> Any:
    """Return the canonical form of one value whose name is known; raise `BadInput`."""
    kind = spec.kind
    if kind == "number":
        low, high = spec.possible
        plain = type(value) is float and (not unit or unit == spec.unit) and not spec.integer
        if plain and low <= value <= high and value != math.inf:
            return value
    elif type(value) is bool:
        if kind == "boolean":
            return value
    elif kind == "enum" and value in spec.values:
        return value
    measured = unit and kind == "number"
    return _read(spec, {"value": value, "unit": unit} if measured else value, f"/{spec.name}")


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
