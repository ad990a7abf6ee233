"""Files of any size: NDJSON a line at a time, in memory that does not grow with the file.

A line knows the names that came before it: those of its patient, of the people it refers to, its own. A bulk
export has its Patient file apart; read it first (`learn`), so that the first observation knows its patient.
The newest 50,000 people are remembered, about 1 KB each. A bundle on one line is transformed as a whole.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Self

import orjson

from cds.errors import BadRequest
from cds.privacy.leaving.manifest import Manifest, Refusal
from cds.privacy.leaving.policy import Policy, Scrub
from cds.privacy.leaving.run import Run

LONGEST = 64 * 1024 * 1024
"""Bytes of one line."""
_BOM = b"\xef\xbb\xbf"
_FIRST_REFUSALS = 100
"""Refusals that are kept by their line; all of them are counted."""


class Stream:
    """Transforms lines under one policy; close it, so that its key is destroyed."""

    def __init__(self, policy: Policy, *, scrub: Scrub | None = None) -> None:
        self._run = Run.begin(policy, scrub=scrub)
        self.lines = 0
        self.written = 0
        self.refused = 0
        self.refusals: list[Refusal] = []
        """The first refusals; `index` is the number of the line."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._run.close()

    def learn(self, lines: Iterable[bytes]) -> None:
        """Read the names in resources (Patient, RelatedPerson, Practitioner, ...) without writing them."""
        for number, line in enumerate(lines, 1):
            if line.strip():
                self._run.learn(_read(line, number))

    def transformed(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Yield what may leave, a line for each resource that does; raise `BadRequest` naming a bad line."""
        for line in lines:
            self.lines += 1
            if not line.strip():
                continue
            made = self._one(_read(line, self.lines))
            if made is not None:
                yield orjson.dumps(made, option=orjson.OPT_APPEND_NEWLINE)

    def document(self, body: bytes) -> bytes | None:
        """Return a document of many lines (a bundle that was laid out for people) as it may leave."""
        self.lines = body.count(b"\n") + 1
        made = self._one(_read(body, 1, whole=True))
        return orjson.dumps(made, option=orjson.OPT_APPEND_NEWLINE) if made is not None else None

    def manifest(self) -> Manifest:
        """Return the account of what was done until now."""
        return self._run.manifest()

    def _one(self, resource: Any) -> dict[str, Any] | None:
        made, refused = self._run.streamed(resource)
        self.written += made is not None
        self.refused += len(refused)
        if len(self.refusals) < _FIRST_REFUSALS:
            self.refusals += [Refusal(self.lines, r.kind, r.reason) for r in refused]
        return made


def _read(line: bytes, number: int, *, whole: bool = False) -> Any:
    """Return what a line holds; the message names the line and never its content."""
    if len(line) > LONGEST and not whole:
        raise BadRequest(f"line {number} is over {LONGEST} bytes: write one resource a line")
    try:
        found = orjson.loads(line.removeprefix(_BOM))
    except orjson.JSONDecodeError as error:
        at = f"line {error.lineno if whole else number}, column {error.colno}"
        raise BadRequest(f"{at} is no JSON: write one resource a line, or one bundle as a document") from None
    if not isinstance(found, dict):
        raise BadRequest(f"line {number} is no JSON object: write one resource a line, or one bundle")
    return found
