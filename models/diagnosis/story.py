"""Texts of an encounter to findings: what is heard as complaint, what tells of the person only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from models.diagnosis.charting import Told, Where, charting
from models.diagnosis.recognise import Mention, Recogniser
from models.diagnosis.refusal import is_short_and_foreign, of_text
from models.text.rulebook import load
from models.text.sections import NOWHERE, Kind, Section, find, kinds

_PERSONAL = frozenset(("history", "exposure"))
_COMPLAINTS = frozenset(("symptom", "sign"))
_QUOTE = 60
_LEAST_STORY = 8
"""Words from which on a note without headings is taken for a story."""


@dataclass(frozen=True, slots=True)
class Text:
    """A reason for an encounter or a note, scrubbed."""

    text: str
    ref: str = ""
    minutes_ago: int | None = None
    where: Where = "note"

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Text":
        """Return the text of an option's row: `text`, `ref`, `minutes_ago`, `where`."""
        where = cast("Where", row.get("where", "note"))
        return cls(str(row["text"]), str(row.get("ref", "")), row.get("minutes_ago"), where)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one text tells."""

    told: tuple[Told, ...]
    complains: bool
    """Whether it is there to tell a complaint, however it is understood."""
    words: frozenset[str] = frozenset()
    """The words of the complaint that are not denied."""
    worded: frozenset[str] = frozenset()
    """What is there by those words."""
    refused: str = ""
    """The code of the reason for which it was not read."""


def hear(text: Text, reader: Recogniser, band: int) -> Heard:
    """Return what a text tells; one in another language is not read.

    Only the words of the complaint itself weigh as words: an examination speaks by its findings.
    """
    sections, table = find(text.text, _headings()), charting()
    story = _only(text.text, sections, table.complaint, opening=True)
    shown = _only(text.text, sections, table.heard - table.complaint)
    complains = _complains(text, sections)
    if not (story + shown).strip():
        return Heard((), complains)
    if _foreign(story + shown):
        return Heard((), complains, refused="language")
    read = reader.read(story, band)
    told = [_told(m, text) for m in (*read.mentions, *_further(shown, reader, band))]
    background = _only(text.text, sections, table.background)
    found = _further(background, reader, band)
    told += [_told(m, text) for m in found if reader.base.findings[m.finding].kind in _PERSONAL]
    return Heard(tuple(told), complains, read.words, read.worded)


def _further(text: str, reader: Recogniser, band: int) -> Sequence[Mention]:
    return reader.read(text, band).mentions if text.strip() else ()


def _foreign(text: str) -> bool:
    refusal = of_text(text)
    return (refusal is not None and refusal.code == "language") or is_short_and_foreign(text)


def complaints(told: Sequence[Told], reader: Recogniser) -> frozenset[str]:
    """Return the symptoms and signs that are told to be there."""
    return frozenset(
        one.finding for one in told if one.present and reader.base.findings[one.finding].kind in _COMPLAINTS
    )


def is_visit(text: str) -> bool:
    """Tell whether a reason for an encounter is an appointment and no complaint."""
    low = text.casefold()
    return not low.strip() or any(word in low for word in charting().visits)


def once_timed(told: Sequence[Told]) -> Iterator[Told]:
    """Yield what is told with the first duration only: a complaint has lasted as its first teller says."""
    seen = ""
    for one in told:
        if one.finding.startswith("duration-"):
            if seen and one.finding != seen:
                continue
            seen = one.finding
        yield one


def _complains(text: Text, sections: Sequence[Section]) -> bool:
    if text.where != "note":
        return not is_visit(text.text)
    wanted = charting().complaint
    found = [text.text[s.body : s.end].strip() for s in sections if s.kind.name in wanted]
    if not sections and len(text.text.split()) >= _LEAST_STORY:
        found = [text.text]
    return any(part and not is_visit(part) for part in found)


def _told(mention: Mention, text: Text) -> Told:
    words = " ".join(text.text[mention.start : mention.end].split())
    return Told(mention.finding, mention.present, text.where, text.ref, text.minutes_ago, words[:_QUOTE])


def _only(text: str, sections: Sequence[Section], wanted: frozenset[str], *, opening: bool = False) -> str:
    """Return the text with other sections blank, so that offsets stay; `opening` keeps what precedes them."""
    first = sections[0].start if sections else len(text)
    parts = [text[:first] if opening else _blank(text[:first])]
    for section in sections:
        kept = section.kind.name in wanted or (opening and section.kind is NOWHERE)
        body = text[section.body : section.end]
        parts += [_blank(text[section.start : section.body]), body if kept else _blank(body)]
    return "".join(parts)


def _blank(text: str) -> str:
    return "".join("\n" if character == "\n" else " " for character in text)


@lru_cache(maxsize=1)
def _headings() -> Mapping[str, Kind]:
    return kinds(load()["sections"])
