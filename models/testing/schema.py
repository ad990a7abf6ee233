"""Whether a JSON Schema (draft 2020-12) is one: known keywords, right kinds, references that lead somewhere.

A keyword this kit does not know is refused, since a mistyped one would silently allow everything.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

DRAFT = "https://json-schema.org/draft/2020-12/schema"
TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})


def faults(schema: Any, *, root: Any = None, place: str = "") -> Iterator[str]:
    """Yield what is wrong with a schema, a line each with the place."""
    root = schema if root is None else root
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        yield f"{place or '/'}: a schema is an object or a boolean"
        return
    for key, value in schema.items():
        here = f"{place}/{key}"
        if key.startswith("x-"):
            continue
        check = _KEYWORDS.get(key)
        if check is None:
            yield f"{here}: unknown keyword"
        elif not check(value, root):
            yield f"{here}: not of its form"
        else:
            yield from _inside(key, value, root, here)
    yield from _together(schema, place)


def _inside(key: str, value: Any, root: Any, place: str) -> Iterator[str]:
    if key in ("properties", "$defs", "patternProperties"):
        for name, part in value.items():
            yield from faults(part, root=root, place=f"{place}/{name}")
    elif key in ("anyOf", "allOf", "oneOf", "prefixItems"):
        for position, part in enumerate(value):
            yield from faults(part, root=root, place=f"{place}/{position}")
    elif key in ("items", "additionalProperties", "not"):
        yield from faults(value, root=root, place=place)


def _together(schema: Mapping[str, Any], place: str) -> Iterator[str]:
    """Yield what is wrong between keywords: empty spans, required properties nobody described."""
    for low, high in (("minimum", "maximum"), ("minItems", "maxItems"), ("minLength", "maxLength")):
        if low in schema and high in schema and schema[low] > schema[high]:
            yield f"{place}/{low}: above {high}"
    if schema.get("additionalProperties") is False and "properties" in schema:
        for name in schema.get("required", ()):
            if name not in schema["properties"]:
                yield f"{place}/required: {name} is no property"


def _text(value: Any, _root: Any) -> bool:
    return isinstance(value, str)


def _anything(_value: Any, _root: Any) -> bool:
    return True


def _type(value: Any, _root: Any) -> bool:
    names = [value] if isinstance(value, str) else value
    return isinstance(names, list) and bool(names) and all(name in TYPES for name in names)


def _schemas(value: Any, _root: Any) -> bool:
    return isinstance(value, Mapping)


def _list_of_schemas(value: Any, _root: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _names(value: Any, _root: Any) -> bool:
    return (
        isinstance(value, list) and all(isinstance(n, str) for n in value) and len(set(value)) == len(value)
    )


def _choices(value: Any, _root: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _number(value: Any, _root: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _count(value: Any, _root: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _pattern(value: Any, _root: Any) -> bool:
    try:
        re.compile(value)
    except (re.error, TypeError):
        return False
    return True


def _reference(value: Any, root: Any) -> bool:
    """Tell whether a local reference leads to a part of the schema."""
    if not isinstance(value, str) or not value.startswith("#"):
        return False
    for step in value.removeprefix("#").split("/")[1:]:
        if not isinstance(root, Mapping) or step not in root:
            return False
        root = root[step]
    return True


_KEYWORDS: Mapping[str, Callable[[Any, Any], bool]] = {
    **dict.fromkeys(("$schema", "$id", "$comment", "title", "description", "format"), _text),
    **dict.fromkeys(("const", "default", "examples", "items", "additionalProperties", "not"), _anything),
    **dict.fromkeys(("properties", "$defs", "patternProperties"), _schemas),
    **dict.fromkeys(("anyOf", "allOf", "oneOf", "prefixItems"), _list_of_schemas),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _number),
    **dict.fromkeys(("minItems", "maxItems", "minLength", "maxLength", "minProperties"), _count),
    "type": _type,
    "required": _names,
    "enum": _choices,
    "pattern": _pattern,
    "$ref": _reference,
}
