"""Documents for the kit: one that a schema allows, and junk of every JSON kind."""

import math
import random
from collections.abc import Iterator, Mapping
from typing import Any

JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e308, -1e308, 10**400, "", "x", "\u0000", "1", [], [[]], [None], ["x"], {},
    {"value": None}, {"value": "x"}, {"value": [1]}, {"value": 1, "unit": 7}, {"value": 1, "unit": "furlong"},
    {"": {}}, {"value": 1, "unit": ""}, {"unit": "kg"}, math.nan, math.inf, -math.inf, {"value": math.nan},
    {"value": math.inf},
)  # fmt: skip
"""What nobody should send and somebody will."""

NOT_NUMBERS: tuple[Any, ...] = (math.nan, math.inf, -math.inf, {"value": math.nan})


def example(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with every required property of a schema, and an id."""
    properties = schema.get("properties", {})
    names = list(schema.get("required", ()))
    names += [
        option["required"][0]
        for part in schema.get("allOf", ())
        for option in part.get("anyOf", ())[:1]
        if option.get("required")
    ]
    made = {name: _value(properties.get(name, {}), schema) for name in names}
    return {"id": "example", **made} if "id" in properties else made


def takes_numbers(part: Any, schema: Mapping[str, Any]) -> bool:
    """Tell whether a property may be a bare number."""
    part = _resolved(part, schema)
    types = part.get("type", [])
    if set([types] if isinstance(types, str) else types) & {"number", "integer"}:
        return True
    return any(takes_numbers(option, schema) for option in part.get("anyOf", ()))


def junk_documents(schema: Mapping[str, Any], base: Mapping[str, Any], seed: int) -> Iterator[dict[str, Any]]:
    """Yield documents that are wrong in one place or in many."""
    names = [name for name in schema.get("properties", {}) if name != "id"] or ["x"]
    for name in names:
        for junk in JUNK:
            yield {**base, name: junk}
    chance = random.Random(seed)  # noqa: S311  # junk needs to be repeatable, not secret
    for _ in range(100):
        chosen = chance.sample(names, k=chance.randint(1, min(4, len(names))))
        yield {**base, **{name: chance.choice(JUNK) for name in chosen}}


def _resolved(part: Any, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = part if isinstance(part, Mapping) else {}
    while isinstance(found.get("$ref"), str):
        target: Any = schema
        for step in found["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        found = target
    return found


def _value(part: Any, schema: Mapping[str, Any]) -> Any:
    """Return a value that a part of a schema allows, in the middle of its span where it has one."""
    part = _resolved(part, schema)
    if part.get("enum"):
        return part["enum"][0]
    if part.get("anyOf"):
        return _value(part["anyOf"][0], schema)
    kind = part.get("type", "object")
    kind = kind if isinstance(kind, str) else next(one for one in kind if one != "null")
    if kind in ("number", "integer"):
        return _middle(part, whole=kind == "integer")
    if kind == "array":
        return [_value(part.get("items", {}), schema) for _ in range(part.get("minItems", 0))]
    if kind == "object":
        return {
            name: _value(part.get("properties", {}).get(name, {}), schema)
            for name in part.get("required", ())
        }
    return {"string": "text", "boolean": False, "null": None}[kind]


def _middle(part: Mapping[str, Any], *, whole: bool) -> float:
    low, high = float(part.get("minimum", 0)), part.get("maximum")
    middle = low + 1 if high is None else low + (float(high) - low) / 2
    return math.ceil(low) if whole else middle
