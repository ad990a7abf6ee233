"""One breach found in a JSON document, and the small readers that the structural checks share."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlsplit

_REVERSE_DNS: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A breach of one line of the checklist at one place of a document (RFC 6901 pointer)."""

    check: str
    pointer: str
    message: str
    severity: Literal["fail", "warn"] = "fail"


Violations = Iterator[Violation]


def step(pointer: str, name: str | int) -> str:
    """Return the pointer of a member, escaped by RFC 6901."""
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"


def at(document: Any, pointer: str) -> Any:
    """Return the value at a pointer, or None where there is none."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list) and name.isdigit() and int(name) < len(document):
            document = document[int(name)]
        elif isinstance(document, dict):
            document = document.get(name)
        else:
            return None
    return document


def text(
    owner: Mapping[str, Any], name: str, *, check: str, pointer: str, required: bool = True
) -> Violations:
    """Check that a member is a non-empty string."""
    value = owner.get(name)
    if name not in owner:
        if required:
            yield Violation(check=check, pointer=step(pointer, name), message=f"{name} is required")
    elif not isinstance(value, str) or not value.strip():
        yield Violation(
            check=check, pointer=step(pointer, name), message=f"{name} must be a non-empty string"
        )


def one_of(value: Any, options: frozenset[str]) -> bool:
    """Tell whether a value of any type is one of some texts."""
    return isinstance(value, str) and value in options


def boolean(owner: Mapping[str, Any], name: str, *, check: str, pointer: str) -> Violations:
    """Check that an optional member is true or false."""
    if name in owner and not isinstance(owner[name], bool):
        yield Violation(check=check, pointer=step(pointer, name), message=f"{name} must be a boolean")


def absolute(owner: Mapping[str, Any], name: str, *, check: str, pointer: str) -> Violations:
    """Check that an optional member is an absolute http(s) URL."""
    value = owner.get(name)
    if name not in owner:
        return
    if not isinstance(value, str) or not is_absolute(value):
        yield Violation(check=check, pointer=step(pointer, name), message=f"{name} must be an absolute URL")


def is_absolute(value: str) -> bool:
    """Tell whether a text is an absolute http(s) URL."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def coding(value: Any, *, check: str, pointer: str, display: bool) -> Violations:
    """Check a Coding: code and system, and display where it is required."""
    if not isinstance(value, dict):
        yield Violation(check=check, pointer=pointer, message="must be a Coding object")
        return
    yield from text(value, "code", check=check, pointer=pointer)
    yield from text(value, "system", check=check, pointer=pointer)
    yield from text(value, "display", check=check, pointer=pointer, required=display)


def members(
    value: Any, *, check: str, pointer: str
) -> tuple[list[tuple[str, dict[str, Any]]], list[Violation]]:
    """Return the objects of an array with their pointers, and the breaches of being such an array."""
    if not isinstance(value, list):
        return [], [Violation(check=check, pointer=pointer, message="must be an array")]
    placed = [(step(pointer, index), item) for index, item in enumerate(value)]
    wrong = [
        Violation(check=check, pointer=place, message="must be an object")
        for place, item in placed
        if not isinstance(item, dict)
    ]
    return [(place, item) for place, item in placed if isinstance(item, dict)], wrong


def extension(owner: Mapping[str, Any], *, check: str, pointer: str) -> Violations:
    """Check that an extension is an object; its names should be reverse-DNS."""
    if "extension" not in owner:
        return
    value, place = owner["extension"], step(pointer, "extension")
    if not isinstance(value, dict):
        yield Violation(check=check, pointer=place, message="extension must be an object")
        return
    for name in value:
        if not is_reverse_dns(name):
            message = "extension names should be reverse-DNS"
            yield Violation(check=check, pointer=step(place, name), message=message, severity="warn")


def is_reverse_dns(name: str) -> bool:
    """Tell whether a name has the dotted form of a reverse-DNS name."""
    return _REVERSE_DNS.fullmatch(name) is not None


def unknown(owner: Mapping[str, Any], known: frozenset[str], *, check: str, pointer: str) -> Violations:
    """Warn about members the specification does not define."""
    for name in owner.keys() - known - {"extension"}:
        message = f"{name} is not defined by CDS Hooks; use extension"
        yield Violation(check=check, pointer=step(pointer, name), message=message, severity="warn")


def empties(
    value: Any, *, pointer: str = "", allowed: frozenset[str] = frozenset(), fhir: bool = False
) -> Violations:
    """Find null, "", [] and {} anywhere (A3), except at the pointers allowed to hold them.

    Inside a FHIR resource null may stand in an array of primitives that has an extension twin.
    """
    if pointer not in allowed and value in (None, "", [], {}):
        shown = {"NoneType": "null", "str": '""', "list": "[]", "dict": "{}"}[type(value).__name__]
        yield Violation(check="A3", pointer=pointer, message=f"{shown} must be omitted")
    elif isinstance(value, dict):
        yield from _empty_members(
            value, pointer=pointer, allowed=allowed, fhir=fhir or "resourceType" in value
        )
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from empties(item, pointer=step(pointer, index), allowed=allowed, fhir=fhir)


def _empty_members(owner: dict[str, Any], *, pointer: str, allowed: frozenset[str], fhir: bool) -> Violations:
    for name, item in owner.items():
        twin = owner.get(name[1:] if name.startswith("_") else f"_{name}")
        place = step(pointer, name)
        paired = fhir and isinstance(item, list) and isinstance(twin, list)
        holes = {step(place, i) for i, part in enumerate(item) if part is None} if paired else set()
        yield from empties(item, pointer=place, allowed=allowed | holes, fhir=fhir)
