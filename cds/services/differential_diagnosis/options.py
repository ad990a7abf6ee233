"""What a site may set, and what is wrong with what it set."""

from collections.abc import Iterator, Mapping
from typing import Any

DEFAULTS: Mapping[str, Any] = {"off": (), "minimum_probability": 0.05, "rows": 4, "notes": True}
_ROWS = (3, 5)
_HIGHEST = 0.5


def check(options: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with these options, a line each naming option and fix."""
    return list(_faults(options))


def _faults(options: Mapping[str, Any]) -> Iterator[str]:
    for name in options:
        if name not in DEFAULTS:
            yield f"{name}: unknown option; known are {', '.join(DEFAULTS)}"
    given = {**DEFAULTS, **options}
    off = given["off"]
    if not isinstance(off, list | tuple) or not all(isinstance(rule, str) for rule in off):
        yield "off: a list of ids of red flags and conditions"
    least = given["minimum_probability"]
    if isinstance(least, bool) or not isinstance(least, int | float) or not 0 <= least <= _HIGHEST:
        yield f"minimum_probability: a number from 0 to {_HIGHEST:g}"
    rows, (low, high) = given["rows"], _ROWS
    if isinstance(rows, bool) or not isinstance(rows, int) or not low <= rows <= high:
        yield f"rows: a whole number from {low} to {high}"
    if not isinstance(given["notes"], bool):
        yield "notes: true or false"
