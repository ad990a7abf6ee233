"""Two versions of a model over the same documents: where they differ, and by how much."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from models.answers import answer_text
from models.base import Model

_ASIDE = frozenset({"id", "version", "model", "source"})
"""Members in which two versions differ without answering differently."""


def compare(first: Model, second: Model, texts: Iterable[bytes]) -> dict[str, Any]:
    """Return how many documents two versions answer alike, and the largest difference of each number."""
    same = differing = failed = 0
    largest: dict[str, float] = {}
    for text in texts:
        one, other = answer_text(first, text), answer_text(second, text)
        if "error" in one or "error" in other:
            failed += 1
            continue
        left, right = dict(_leaves(one)), dict(_leaves(other))
        same += left == right
        differing += left != right
        for place, gap in _gaps(left, right):
            largest[place] = max(gap, largest.get(place, 0.0))
    return {
        "model": first.name,
        "first": first.version,
        "second": second.version,
        "same": same,
        "differing": differing,
        "failed": failed,
        "largest_difference": dict(sorted(largest.items())),
    }


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            if place or key not in _ASIDE:
                yield from _leaves(part, f"{place}/{key}")
    elif isinstance(value, list):
        for position, part in enumerate(value):
            yield from _leaves(part, f"{place}/{position}")
    else:
        yield place, value


def _gaps(left: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for place, value in left.items():
        other = right.get(place)
        if _is_number(value) and _is_number(other) and value != other:
            yield place, abs(value - other)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
