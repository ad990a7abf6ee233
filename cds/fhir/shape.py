"""The shape of a resource: its members, the types of its values and the formats its strings have.

`fhir.resources` binds no codes and compares no values: whether a resource passes depends on this shape alone.
Strings are told apart by every format that an R4 type asks for (http://hl7.org/fhir/R4/datatypes.html#primitive),
so that two strings of one class pass or fail together wherever they stand.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?\Z").match
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})\Z").match
_NO_NUMBER = r"(?!-?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE]-?\d++)?\Z)(?!-?(?i:nan|inf|infinity)\Z)"
_NO_WORD = r"(?![\d.\-+_eE]+\Z)(?!\+(?i:nan|inf|infinity)\Z)(?![A-Za-z0-9\-.]+\Z)"
_CLASSES = tuple(
    (name, re.compile(pattern + r"\Z").match)
    for name, pattern in (
        ("digits", r"[1-9]\d{0,8}"),
        ("numeral", r"0\d{1,8}"),
        ("long", r"(?:[3-9]\d{9}|\d{11,64})"),
        ("decimal", r"\d+\.\d+"),
        ("id", _NO_NUMBER + r"[A-Za-z0-9\-.]{1,64}"),
        ("reference", r"[A-Z][A-Za-z]{1,40}/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?"),
        ("url", r"https?://[A-Za-z0-9.\-]+(?::\d{1,5})?(?:/[A-Za-z0-9._~\-/%]*)?(?:#[A-Za-z0-9._\-]*)?"),
        ("oid", r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+"),
        ("uuid", r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
        ("local", r"#[A-Za-z0-9\-.]{1,64}"),
        ("words", _NO_WORD + r"[^\s\x00-\x1f]++(?: [^\s\x00-\x1f]++)*+"),
    )
)
_AFTER_YEAR = frozenset({"", "-"})
_TYPE = "resourceType"
_BINARY = frozenset({"data", "hash"})
"""Members that hold base64, which no cheap look can tell from words."""
_COERCED = {"0": "bit", "1": "bit"} | dict.fromkeys(
    ("true", "false", "t", "f", "y", "n", "yes", "no", "on", "off"), "truth"
)
_MOST_INTEGER = 2**31 - 1
_LONGEST = 4_000
_KNOWN: dict[int, str] = {}
"""Classes by Python's keyed hash of the string, never by the string."""
_MOST_KNOWN = 100_000


class _NoShape(Exception):
    """Something here is of no known class; the resource is looked at itself."""


def shape(resource: Mapping[str, Any]) -> int | None:
    """Return a hash of the shape, or None where something in it is of no known class."""
    try:
        return hash(_shape(resource))
    except _NoShape:
        return None


def _shape(value: Any) -> Any:
    kind = type(value)
    if kind is str:
        return _KNOWN.get(hash(value)) or _class(value)
    if kind is dict:
        return tuple([(n, v if n == _TYPE and type(v) is str else _member(n, v)) for n, v in value.items()])
    if kind is list:
        return ("list", *[_shape(item) for item in value])
    return _number(value) if kind is int or kind is float else kind


def _member(name: str, value: Any) -> Any:
    if name in _BINARY:
        raise _NoShape
    return _shape(value)


def _number(value: float) -> str:
    """Return the class of a number: R4 tells whole, positive and those that fit 32 bits."""
    if not -_MOST_INTEGER <= value <= _MOST_INTEGER:
        raise _NoShape
    sign = "positive" if value > 0 else "zero" if value == 0 else "negative"
    return sign if value == int(value) else f"{sign} fraction"


def _class(text: str) -> str:
    """Return the class of a string; most strings come again, as codes and systems do."""
    mark = hash(text)
    known = _KNOWN.get(mark)
    if known is None:
        known = _looked_at(text)
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[mark] = known
    return known


def _looked_at(text: str) -> str:
    if len(text) > _LONGEST:
        raise _NoShape
    if text[4:5] in _AFTER_YEAR and text[:4].isdigit():
        moment = "year" if len(text) == 4 else "instant" if _INSTANT(text) else "date" if _DATE(text) else ""
        if moment and not _is_real(text):
            raise _NoShape
        if moment:
            return moment
    low = text.casefold()
    if low in _COERCED:
        # In the place of a boolean or a number the library takes these words for one.
        return _COERCED[low]
    for name, fits in _CLASSES:
        if fits(text):
            return name
    raise _NoShape


def _is_real(text: str) -> bool:
    """Tell whether a date exists: 2026-02-30 has the form and is none."""
    padded = {4: f"{text}-01-01", 7: f"{text}-01"}.get(len(text), text)
    try:
        return datetime.fromisoformat(padded).year > 0
    except ValueError:
        return False
