"""Where the sections of a note begin, by headings that `rules/sections.toml` lists.

A heading opens a line, or stands within one in capitals or after a full stop, and ends with a colon; or it
is a line by itself. What the file does not know is part of the section it stands in.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any

from models.text.cues import RuleError
from models.text.reach import ends
from models.text.rulebook import listed

ASSUMED = ("family", "historical", "hypothetical", "uncertain", "allergy", "")
_COLON = re.compile("[:：]")
_BEFORE = re.compile(r"[^\n\r:;|•]*\Z")
_LINE = re.compile(
    r"^[ \t]*(?:[-*#>•=_]+[ \t]*|\d{1,2}[.)][ \t]*)?([^\n\r:]{1,60}?)[ \t]*(?:[-=_*#]+[ \t]*)?$", re.MULTILINE
)
_BARE = re.compile(r"^[ \t]*((?:O/E|On examination|On exam)\b)(?![ \t]*:)", re.MULTILINE | re.IGNORECASE)
"""What opens an examination without a colon."""
_MARKS = "*#_-=>•() \t[]0123456789."
_WORD = re.compile(r"\S+")
_MOST_WORDS = 7
_LONGEST_HEADING = 64


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of section."""

    name: str
    title: str
    loinc: str = ""
    assume: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of one text: the heading from `start` to `body`, what follows up to `end`."""

    kind: Kind
    start: int
    body: int
    end: int
    reach: int = 0
    """Up to where its heading speaks of what follows; of no meaning where it assumes nothing."""


NOWHERE = Kind("", "")
_START = attrgetter("start")


def kinds(table: Mapping[str, Any]) -> Mapping[str, Kind]:
    """Return the kind that each heading opens; raise `RuleError` where the file is not of its form."""
    found: dict[str, Kind] = {}
    for name, row in table.get("section", {}).items():
        unknown = set(row) - {"title", "loinc", "assume", "headings"}
        if unknown or row.get("assume", "") not in ASSUMED or "headings" not in row:
            raise RuleError(f"sections.toml: {name}: a section has title, loinc, assume and headings")
        kind = Kind(name, row.get("title", name), row.get("loinc", ""), row.get("assume", ""))
        for heading in listed(row["headings"], where=f"sections.toml: {name}"):
            found[_plain(heading)] = kind
    return found


@lru_cache(maxsize=8192)
def _plain(heading: str) -> str:
    return re.sub(r"\s+", " ", heading.strip(_MARKS)).lower().replace(" / ", "/")


def find(text: str, known: Mapping[str, Kind]) -> tuple[Section, ...]:
    """Return the sections of a text, in order; what precedes the first heading is in none."""
    starts = sorted({start: (body, kind) for start, body, kind in _headings(text, known)}.items())
    found = []
    for at, (start, (body, kind)) in enumerate(starts):
        end = starts[at + 1][0] if at + 1 < len(starts) else len(text)
        found.append(Section(kind, start, body, end, ends(text, (body, end), kind.assume)))
    return tuple(found)


def _headings(text: str, known: Mapping[str, Kind]) -> Iterator[tuple[int, int, Kind]]:
    for line in _LINE.finditer(text):
        kind = known.get(_plain(line.group(1)))
        if kind is not None and _may_stand_alone(line.group(1)):
            yield line.start(1), line.end(), kind
    for bare in _BARE.finditer(text):
        yield bare.start(1), bare.end(1), known.get("o/e", NOWHERE)
    for colon in _COLON.finditer(text):
        end = colon.start()
        while end and text[end - 1] in " \t":
            end -= 1
        before = _BEFORE.search(text, max(0, end - _LONGEST_HEADING), end)
        if before is not None:
            yield from _ending(text, (before.start(), end, colon.end()), known)


def _may_stand_alone(heading: str) -> bool:
    """Tell whether a line without a colon reads as a heading, not as an item of a list."""
    letters = [letter for letter in heading if letter.isalpha()]
    return len(letters) > 2 and (heading.isupper() or heading[:1].isupper())


def _ending(
    text: str, place: tuple[int, int, int], known: Mapping[str, Kind]
) -> Iterator[tuple[int, int, Kind]]:
    """Yield the longest known heading within a place: where its words are, and where what follows begins."""
    begin, end, body = place
    words = [begin + word.start() for word in _WORD.finditer(text[begin:end])]
    for skipped in range(max(0, len(words) - _MOST_WORDS), len(words)):
        start = words[skipped]
        kind = known.get(_plain(text[start:end]))
        if kind is not None and _opens(text, start, end):
            yield start, body, kind
            return


def _opens(text: str, start: int, end: int) -> bool:
    """Tell whether a heading may begin here: at a line's start, after a stop, or in capitals."""
    before = text[max(0, start - 40) : start]
    line = before.rsplit("\n", 1)[-1] if "\n" in before or len(before) < 40 else before
    if not line.strip(_MARKS):
        return True
    if line.rstrip().endswith((".", "!", "?", ")", "|")) or line.endswith("  "):
        return text[start].isupper()
    return end - start > 1 and text[start:end].isupper()


def section_at(found: tuple[Section, ...], offset: int) -> Section | None:
    """Return the section that an offset lies in, or None."""
    at = bisect_right(found, offset, key=_START)
    return found[at - 1] if at else None
