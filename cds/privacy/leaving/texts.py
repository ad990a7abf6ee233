"""Texts of others, a JSON object a line: scrubbed, with where what was replaced and by what."""

from typing import Any

import orjson

from cds.privacy.scrub import known_of, scrub

LARGEST = 16 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


class Refused(Exception):
    """A line is not of its form; the message says the fix and nothing of the line."""

    def __init__(self, message: str, id: Any = None) -> None:
        super().__init__(message)
        self.id = id


def scrubbed(line: bytes) -> dict[str, Any]:
    """Return `{"id", "text", "spans"}` for one line; raise `Refused` where it is not of its form."""
    if len(line) > LARGEST:
        raise Refused(f"the line is over {LARGEST} bytes; cut the text into parts")
    try:
        found = orjson.loads(line.removeprefix(_BOM))
    except orjson.JSONDecodeError as error:
        raise Refused(f'column {error.colno} is no JSON; write {{"id": ..., "text": ...}}') from None
    if not isinstance(found, dict):
        raise Refused('the line is no JSON object; write {"id": ..., "text": ...}')
    own = found.get("id")
    if not isinstance(found.get("text"), str):
        raise Refused("text is missing or no string", own)
    known = found.get("known") or {}
    names, numbers = _texts(known, "names", own), _texts(known, "identifiers", own)
    clean = scrub(found["text"], known=known_of(names=names, identifiers=numbers))
    spans = [
        {"start": s.start, "end": s.end, "category": s.category, "replacement": s.replacement}
        for s in clean.spans
    ]
    return {"id": own, "text": clean.text, "spans": spans}


def _texts(known: Any, name: str, own: Any) -> list[str]:
    found = known.get(name, []) if isinstance(known, dict) else None
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise Refused("known is an object with names and identifiers, lists of strings", own)
    return found
