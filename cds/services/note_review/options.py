"""What a site may set of note review, and what is wrong with what it set."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

KINDS = ("allergy", "medication", "problem", "stopped", "find")
DEFAULTS: Mapping[str, Any] = {
    "off": (),
    "medication_days": 180,
    "rows": 12,
    "write": True,
}
_NUMBERS: Mapping[str, tuple[int, int]] = {"medication_days": (1, 1096), "rows": (1, 40)}


def check(options: Mapping[str, Any]) -> Sequence[str]:
    """Return what is wrong with these options, a line each naming option and fix."""
    unknown = [
        f"{name}: no such option; known: {', '.join(DEFAULTS)}" for name in options if name not in DEFAULTS
    ]
    checks: tuple[Callable[[Mapping[str, Any]], Iterator[str]], ...] = (_off, _numbers, _switches)
    given = {**DEFAULTS, **options}
    return [*unknown, *(fault for one in checks for fault in one(given))]


def _off(given: Mapping[str, Any]) -> Iterator[str]:
    off = given["off"]
    if not isinstance(off, list | tuple) or not set(off) <= set(KINDS):
        yield f"off: a list of {', '.join(KINDS)}"


def _numbers(given: Mapping[str, Any]) -> Iterator[str]:
    for name, (low, high) in _NUMBERS.items():
        value = given[name]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            yield f"{name}: a whole number from {low} to {high}"


def _switches(given: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(given["write"], bool):
        yield "write: true or false"
