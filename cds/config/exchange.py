"""A document as a file: written as JSON, read as JSON or TOML. What is in it is checked elsewhere."""

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from cds.config.document import Document, dump
from cds.errors import BadRequest

DEEPEST = 32
"""How many levels a document may have; the configuration itself needs eight."""
LARGEST = 2_000_000
"""Bytes of a document."""


def written(document: Document) -> str:
    """Return the document as indented JSON with every default, ready for a file."""
    return json.dumps(dump(document), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def read_file(path: Path) -> Any:
    """Return the data of a `.json` or `.toml` file; raise `BadRequest` naming place and fix."""
    readers = {".json": parse_json, ".toml": parse_toml}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadRequest(f"{path}: a configuration document ends in .json or .toml")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadRequest(f"{path}: cannot be read ({error.strerror})") from None
    return reader(content, place=str(path))


def parse_json(content: bytes, *, place: str = "the body") -> Any:
    """Return JSON data, strictly: no double names, no NaN, no broken text, not too deep."""
    if len(content) > LARGEST:
        raise BadRequest(f"{place} has more than {LARGEST} bytes")
    try:
        data = orjson.loads(content)
        json.loads(content, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"{place} is no JSON: {_why(error)}") from None
    _check_depth(data, place=place)
    return data


def parse_toml(content: bytes, *, place: str) -> Any:
    """Return the JSON data that a TOML document means; dates and infinities have no place in it."""
    try:
        table = tomllib.loads(content.decode())
        text = json.dumps(table, allow_nan=False)
    except (ValueError, TypeError, RecursionError) as error:
        raise BadRequest(f"{place} is no TOML that JSON can say: {_why(error)}") from None
    return parse_json(text.encode(), place=place)


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the name {next(n for n in names if names.count(n) > 1)!r} stands twice")
    return members


def _why(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _check_depth(data: Any, *, place: str) -> None:
    level = [data]
    for _ in range(DEEPEST + 1):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise BadRequest(f"{place} is nested deeper than {DEEPEST} levels")


def _inside(value: Any) -> Sequence[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else ()
