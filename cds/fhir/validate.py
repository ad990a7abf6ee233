"""Validation of FHIR R4 resources with `fhir.resources.R4B`: faults named by path, values never.

The top-level package is R5 and fails on real R4; R4B parses R4. What the library checks are members, types
and formats of strings, so a resource of a shape that was found sound is not looked at again (`shape.py`).
"""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import BaseModel, ValidationError

from cds.fhir.shape import shape
from cds.fhir.types import RESOURCE_TYPES

_SOUND: set[int] = set()
"""Shapes of resources found sound, by Python's keyed hash: nothing of a record outlives its call."""
_MOST_REMEMBERED = 200_000


def faults(resource: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a resource, a line each with its path and without any value."""
    mark = shape(resource)
    if mark is not None and mark in _SOUND:
        return []
    found = _faults(resource)
    if not found and mark is not None:
        if len(_SOUND) >= _MOST_REMEMBERED:
            _SOUND.clear()
        _SOUND.add(mark)
    return found


def warm(kinds: Iterable[str]) -> None:
    """Import and build the classes of these types, so that no call waits for it."""
    for kind in kinds:
        _faults({"resourceType": kind})


def _faults(resource: Mapping[str, Any]) -> list[str]:
    kind = resource.get("resourceType")
    model = _model(kind) if isinstance(kind, str) and kind in RESOURCE_TYPES else None
    if model is None:
        return ["resourceType: no such resource in FHIR R4"]
    try:
        model.model_validate(resource)
    except ValidationError as error:
        return [
            f"{_path(item['loc'], str(kind), own=item['type'] != 'extra_forbidden')}: {_plain(item['type'])}"
            for item in error.errors(include_input=False, include_url=False, include_context=False)
        ]
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        # The library lets some of its own parsers' errors through; their texts may hold values.
        return [f"{kind}: {type(error).__name__}"]
    return []


def _path(place: tuple[int | str, ...], kind: str, *, own: bool) -> str:
    """Return the path of a fault; a key that the sender made up (not FHIR's `own`) is not repeated."""
    known = [str(p) if isinstance(p, int) or (p.isidentifier() and len(p) < 40) else "?" for p in place]
    return ".".join([kind, *(known if own else [*known[:-1], "?"])])


def _plain(kind: str) -> str:
    return kind.replace("_", " ")


@cache
def _model(kind: str) -> type[BaseModel] | None:
    """Return the library's class for a resource type of R4; each is imported on first use."""
    try:
        module = import_module(f"fhir.resources.R4B.{kind.lower()}")
    except ModuleNotFoundError:
        return None  # a type that R4B no longer has
    found: type[BaseModel] = getattr(module, kind)
    return found
