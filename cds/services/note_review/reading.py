"""Read a call's notes, the newest first, until time runs out; what was told several times is told once."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cds.errors import LATE
from cds.privacy.notes import Note
from cds.services.base import Case, Gap, Models
from cds.services.note_review.parting import parted
from cds.services.note_review.tables import Tables
from models.base import OutOfTime
from models.record import Code

MODEL = "text"
ENOUGH = 0.06
"""Seconds that must be left before a part of a note is begun: more than the longest takes."""
_END = re.compile(
    r"(?<!\bdr)(?<!\bmr)(?<!\bms)(?<!\bmrs)(?<!\bvs)(?<!\bprof)(?<!\bapprox)[.!?](?=\s|$)|\n", re.IGNORECASE
)
_WORD = re.compile(r"[a-z0-9]+")
_QUOTE = 150
_SURE_CODE = 0.8


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a note says it: the scrubbed words, the kind of note, its age and section."""

    quote: str = field(repr=False)
    note: str
    minutes_ago: int | None
    section: str
    ref: str
    copies: int = 0
    """In how many older notes the same words stand; they count once."""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that notes claim of this patient."""

    kind: str
    name: str
    codes: tuple[Code, ...]
    confidence: float
    writes: bool
    """Whether the model was right often enough on claims like this one for it to be written."""
    evidence: tuple[Evidence, ...]
    manner: str = ""
    reactions: tuple[str, ...] = ()
    local: bool = False
    """Whether a drug stays where it is put: a cream, drops, an inhaler, a flush."""
    imaged: bool = False
    """Whether it is only what an image showed, which is no diagnosis yet."""

    @property
    def newest(self) -> int | None:
        """Minutes since the newest note that says so."""
        return self.evidence[0].minutes_ago

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called by its codes, or as it is written."""
        return tuple(code.display for code in self.codes if code.display) or (self.name,)


@dataclass(frozen=True, slots=True)
class ReadNote:
    """One note, or a part of a long one, with what the model says of it."""

    note: Note
    entities: Sequence[Mapping[str, Any]]
    titles: Mapping[str, str]


@dataclass(frozen=True)
class Heard:
    """What the notes of a call say."""

    notes: tuple[ReadNote, ...] = ()
    told: tuple[Told, ...] = ()
    gaps: tuple[Gap, ...] = ()
    model: str = MODEL


def hear(case: Case, models: Models, tables: Tables) -> Heard:
    """Return what the notes claim; what was not read for want of time or for what it is, is named.

    Raise `OutOfTime` where there was no time for any.
    """
    open_notes = [note for note in case.notes if not tables.sensitive.closes(note.kind)]
    pieces = [piece for note in open_notes for piece in parted(note)]
    read: list[ReadNote] = []
    version, floors = MODEL, {}
    for piece in pieces:
        if case.deadline.left() < ENOUGH:
            break
        found = models.run(MODEL, {"text": piece.text})
        version, floors = found["model"], found["writes_from"]
        titles = {row["section"]: row["title"] for row in found["sections"]}
        read.append(ReadNote(piece, found["entities"], titles))
    if pieces and not read:
        raise OutOfTime
    begun, left = {one.note.ref for one in read}, {piece.ref for piece in pieces[len(read) :]}
    gaps = unread(len(case.notes) - len(open_notes), "of a kind that is kept for few; it is never quoted")
    gaps += unread(len(left - begun), LATE)
    gaps += unread(len(left & begun), f"read in part: {LATE}")
    claims = [told for one in read for told in _claims(one, floors)]
    return Heard(tuple(read), tuple(_joined(claims)), tuple(gaps), version)


def unread(count: int, why: str) -> list[Gap]:
    """Return the gap that so many notes leave."""
    return [Gap("a note" if count == 1 else f"{count} notes", why)] if count > 0 else []


def _claims(read: ReadNote, floors: Mapping[str, float | None]) -> Iterator[Told]:
    for entity in read.entities:
        claim = entity.get("claim")
        if claim is None:
            continue
        codes = tuple(Code(c["system"], c["code"], c["display"]) for c in entity["codes"])
        floor = floors.get(claim["kind"])
        sure = all(c["confidence"] >= _SURE_CODE for c in entity["codes"]) and bool(codes)
        quote = said(read.note.text, entity["start"], entity["end"])
        yield Told(
            kind=claim["kind"],
            name=_name(entity, sure=sure, kind=claim["kind"]),
            codes=codes,
            confidence=claim["confidence"],
            writes=sure and floor is not None and claim["confidence"] >= floor,
            evidence=(evidence(read, quote, entity["section"]),),
            manner=claim["group"].rpartition(", ")[2],
            reactions=tuple(claim.get("reactions") or entity.get("attributes", {}).get("reactions", ())),
            local=claim["kind"] == "medication" and bool(_LOCAL.search(quote.casefold())),
            imaged=entity["section"] in _IMAGED,
        )


_LOCAL = re.compile(
    r"\b(?:cream|ointment|gel|lotion|drops?|ophthalmic|otic|nasal|spray|inhal\w+|nebul\w+|topical\w*|"
    r"flush\w*|lock|dialysis|intra-?articular|joint injection|shampoo|foam|enema|suppositor\w+)\b"
)


_PERSON = re.compile(r"\b[a-z]{3,}(?=['’]s\b)")
_LETTERS = re.compile(r"\b(?:ckd|copd|hiv|tia|svt|gerd|adhd|ptsd|bph|pad|cad)\b")
_IMAGED = frozenset({"findings", "impression", "imaging", "radiology_comparison", "radiology_indication"})


def evidence(read: ReadNote, quote: str, section: str) -> Evidence:
    """Return a place of a note as evidence."""
    title = read.titles.get(section, "")
    return Evidence(quote, read.note.kind, read.note.minutes_ago, title, read.note.ref)


def _name(entity: Mapping[str, Any], *, sure: bool, kind: str) -> str:
    if entity.get("expansion"):
        return str(entity["expansion"])
    if kind == "problem" and not sure:
        return str(entity["text"])
    displays = [_written(c["display"]) for c in entity["codes"] if c["display"]]
    chosen = displays if kind != "problem" else displays[:1]
    return " and ".join(dict.fromkeys(chosen)) or str(entity["text"]).lower()


def _written(name: str) -> str:
    """Return a name as people write it: whom a disease is named after has a capital, and so has `CKD`."""
    return _PERSON.sub(
        lambda found: found.group().capitalize(), _LETTERS.sub(lambda f: f.group().upper(), name)
    )


def said(text: str, start: int, end: int) -> str:
    """Return the sentence that a place stands in, cut around it where it is long."""
    first = max((match.end() for match in _END.finditer(text, max(0, start - 600), start)), default=0)
    last = _END.search(text, end)
    stop = last.start() if last else len(text)
    begin, finish = max(first, start - _QUOTE // 2), min(stop, max(end, first) + _QUOTE // 2)
    if finish < stop:
        finish = max(text.rfind(" ", end, finish), end)
    if begin > first:
        begin = min(text.find(" ", begin, start) + 1 or start, start)
    words = " ".join(text[begin:finish].split()).lstrip("-*• ")
    return f"{'…' if begin > first else ''}{words}{'…' if finish < stop else ''}"


def _joined(claims: Iterable[Told]) -> Iterator[Told]:
    """Yield claims of one thing as one, the newest evidence first, copied words once."""
    groups: dict[tuple[str, str], list[Told]] = {}
    for one in claims:
        key = one.codes[0].code if one.codes else one.name.casefold().rstrip("s")
        if one.kind != "problem" and len(one.codes) > 1:
            key = "+".join(sorted(code.code for code in one.codes))
        groups.setdefault((one.kind, key), []).append(one)
    for own in groups.values():
        best = max(own, key=lambda one: (one.writes, one.confidence))
        yield replace(
            best,
            evidence=tuple(once(e for one in own for e in one.evidence)),
            reactions=tuple(dict.fromkeys(r.casefold() for one in own for r in one.reactions)),
            local=all(one.local for one in own),
            imaged=all(one.imaged for one in own),
            manner=best.manner if best.manner != "said" else own[0].manner,
        )


def once(found: Iterable[Evidence]) -> list[Evidence]:
    """Return evidence with what was copied forward counted once, at its newest place."""
    kept: dict[str, Evidence] = {}
    for one in found:
        words = " ".join(_WORD.findall(one.quote.casefold()))
        before = kept.get(words)
        if before is None:
            kept[words] = one
        elif before.ref != one.ref:
            kept[words] = replace(before, copies=before.copies + 1)
    return list(kept.values())
