"""Long notes in parts, so that the clock is looked at between them: each begins where a section does."""

import re
from collections.abc import Iterator
from dataclasses import replace

from cds.privacy.notes import Note

LONGEST = 6_000
"""Characters that are read at once, some 40 ms of one core: a note of 450 words has some 3,000."""
_HEADING = re.compile(r"^(?:[A-Z][^\n:.]{1,60}:|[A-Z][A-Z /&-]{2,60}$)", re.MULTILINE)
_ENDS = ("\n\n", "\n", ". ", " ")


def parted(note: Note) -> Iterator[Note]:
    """Yield a note, a long one in parts; a part that begins within a section begins with its heading."""
    text, heading = note.text, ""
    while len(text) > LONGEST:
        cut = _cut(text)
        yield replace(note, text=heading + text[:cut])
        headings = _HEADING.findall(text[:cut])
        heading = f"{headings[-1]}\n" if headings else heading
        text = text[cut:]
        if _HEADING.match(text):
            heading = ""
    if text.strip() or not note.text.strip():
        yield replace(note, text=heading + text)


def _cut(text: str) -> int:
    """Return where the first part of a text ends: before a heading, after a block, line, sentence or word."""
    headings = [match.start() for match in _HEADING.finditer(text, LONGEST // 2, LONGEST)]
    if headings:
        return headings[-1]
    ends = (
        text.rfind(end, LONGEST // 2, LONGEST) + len(end)
        for end in _ENDS
        if end in text[LONGEST // 2 : LONGEST]
    )
    return next(ends, LONGEST)
