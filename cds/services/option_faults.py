"""What may be wrong with the options of a service: the same words for the same fault in every service."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Given = Mapping[str, Any]


def unknown(options: Given, known: Sequence[str]) -> Iterator[str]:
    """Yield the options that the service does not have."""
    for name in options:
        if name not in known:
            yield f"{name}: unknown option; known are {', '.join(known)}"


def no_switch(given: Given, *names: str) -> Iterator[str]:
    """Yield which of these are neither true nor false."""
    for name in names:
        if not isinstance(given[name], bool):
            yield f"{name}: true or false"


def no_count(given: Given, **ranges: tuple[int, int]) -> Iterator[str]:
    """Yield which of these are no whole number of their range, both ends included."""
    for name, (low, high) in ranges.items():
        value = given[name]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            yield f"{name}: a whole number from {low} to {high}"


def no_list(given: Given, name: str, of: str) -> Iterator[str]:
    """Yield that this is no list of texts; `of` says what it lists."""
    value = given[name]
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        yield f"{name}: a list of {of}"
