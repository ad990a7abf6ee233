"""Hold what notes claim against the lists of the chart: by code and its kin, never by string alone.

A list is read by the same lexicon as the notes: one coded in SNOMED CT, or in words, is compared as well.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from cds.services.base import Models
from cds.services.note_review.reading import MODEL, Told
from cds.services.note_review.tables import Families
from models.knowledge.concepts import load_concepts
from models.knowledge.drugs.knowledge import load_drugs
from models.record import ICD10, ICD10CM, RXNORM, SNOMED, Fact, Record

_ICD = frozenset({ICD10CM, ICD10})
_WHOLE = frozenset({"complete", "empty", "null", "nil-known"})
_KINDS: Mapping[str, str] = {"problem": "condition", "medication": "medication", "allergy": "allergy"}
_STOPPED = frozenset({"stopped", "completed", "cancelled", "not-taken", "on-hold", "ended"})
_VOID = frozenset({"entered-in-error", "draft", "declined", "not-done"})
_LONGEST = 300


@dataclass(frozen=True)
class Entry:
    """One entry of a list with what its words and codes mean."""

    fact: Fact = field(repr=False)
    codes: frozenset[str]
    names: frozenset[str]
    words: str = field(repr=False)

    @property
    def read(self) -> bool:
        """Whether anything of it is known."""
        return bool(self.codes or self.names)


@dataclass(frozen=True)
class Lists:
    """The lists of a chart, read."""

    problems: tuple[Entry, ...]
    medications: tuple[Entry, ...]
    allergies: tuple[Entry, ...]
    states: Mapping[str, str]
    families: Families

    def whole(self, kind: str) -> bool:
        """Tell whether a kind's list arrived whole: only then may something be said to be absent from it."""
        return self.states[kind] in _WHOLE

    def state(self, kind: str) -> str:
        """Return how a kind's list arrived."""
        return self.states[kind]

    def unread(self, kind: str) -> int:
        """Return how many entries of a list mean nothing known: one of them may be what a note claims."""
        return sum(not entry.read for entry in self._of(kind))

    def compared(self, kind: str) -> tuple[str, ...]:
        """Return what a claim of a kind is held against; an allergy also against what was ordered since."""
        held = (*self._of(kind), *(self.medications if kind == "allergy" else ()))
        return tuple(entry.fact.ref for entry in held)

    def _of(self, kind: str) -> tuple[Entry, ...]:
        return {"problem": self.problems, "medication": self.medications, "allergy": self.allergies}[kind]

    def holds(self, told: Told) -> bool:
        """Tell whether the chart knows of it already, in whatever state: listed, resolved or refuted."""
        if told.kind == "problem":
            own = [c.code for c in told.codes if c.system in _ICD]
            listed = {code for entry in self.problems for code in entry.codes}
            return any(self.families.kin(one, other) for one in own for other in listed)
        if told.kind == "medication":
            return self._takes(told)
        wanted = substances(told.names)
        return any(wanted & substances(entry.names | {entry.words}) for entry in self.allergies)

    def _takes(self, told: Told) -> bool:
        """Tell whether every drug is on the list, or was stopped there after the note was written."""
        names = {name.casefold() for name in told.names}
        return all(
            any(name in entry.names and _stands(entry.fact, told) for entry in self.medications)
            for name in names
        )


def _stands(fact: Fact, told: Told) -> bool:
    """Tell whether an entry answers what a note says: it is active, or ended after the note was written."""
    if fact.status not in _STOPPED:
        return True
    ended = fact.ended_minutes_ago if fact.ended_minutes_ago is not None else fact.minutes_ago
    return ended is None or told.newest is None or ended <= told.newest


def lists(record: Record, models: Models, families: Families) -> Lists:
    """Return the lists of a record, their words read by the text model."""
    facts = {kind: [f for f in record.of(of) if not _void(f)] for kind, of in _KINDS.items()}  # type: ignore[arg-type]  # names of kinds
    lines = [(kind, fact, _words(fact)) for kind, own in facts.items() for fact in own]
    said = (
        models.run(MODEL, {"text": "\n".join(words for *_, words in lines), "list": True})["entries"]
        if lines
        else []
    )
    read: dict[str, list[Entry]] = {kind: [] for kind in _KINDS}
    for (kind, fact, words), found in zip(lines, said, strict=True):
        read[kind].append(_entry(kind, fact, words, found))
    states = {kind: record.list_state(of) for kind, of in _KINDS.items()}  # type: ignore[arg-type]  # names of kinds
    return Lists(tuple(read["problem"]), tuple(read["medication"]), tuple(read["allergy"]), states, families)


def _void(fact: Fact) -> bool:
    void = fact.status in _VOID or fact.verification == "entered-in-error"
    return void or bool(fact.detail.get("do_not_perform")) or fact.detail.get("intent") == "proposal"


def _entry(kind: str, fact: Fact, words: str, found: Iterable[Mapping[str, object]]) -> Entry:
    codes = {c.code for c in fact.codes if kind == "problem" and c.system in _ICD}
    names: set[str] = set()
    for row in found:
        own = row["codes"]
        for code in own if isinstance(own, list) else ():
            if code["system"] == RXNORM:
                names.add(str(code["display"]).casefold())
            elif kind == "problem" and code["system"] in _ICD:
                codes.add(str(code["code"]))
        if kind != "problem":
            names.add(str(row["text"]).casefold())
    known = ingredients()
    names |= {known[c.code] for c in fact.codes if c.system == RXNORM and c.code in known}
    return Entry(fact, frozenset(codes), frozenset(names), words)


def _words(fact: Fact) -> str:
    """Return an entry's words in one line; a SNOMED CT code without words is known by our value sets."""
    titles = snomed_titles()
    known = [titles[c.code] for c in fact.codes if c.system == SNOMED and not c.display and c.code in titles]
    told = dict.fromkeys([*known, fact.text, *(c.display for c in fact.codes)])
    return " ; ".join(" ".join(text.split())[:_LONGEST] for text in told if text)


@lru_cache(maxsize=1)
def snomed_titles() -> Mapping[str, str]:
    """Return what the SNOMED CT codes of our value sets are called."""
    rows = load_concepts().conditions.values()
    return {code: title for row in rows for code, title in row.snomed.items()}


@lru_cache(maxsize=1)
def ingredients() -> Mapping[str, str]:
    """Return the ingredients by their RxNorm code."""
    return {code: name for name, row in load_drugs().ingredients.items() for code in row.rxcui}


@lru_cache(maxsize=1)
def _groups() -> Sequence[tuple[re.Pattern[str], frozenset[str]]]:
    """Return the groups of allergens: the words that name one, and the drugs that it means."""
    rows = (row for row in load_drugs().allergens.values() if row.words)
    return [
        (
            re.compile(rf"\b(?:{'|'.join(map(re.escape, row.words))})s?\b"),
            (row.members.ingredients if row.members else frozenset()) | {f"group:{row.name}"},
        )
        for row in rows
    ]


def substances(names: Iterable[str]) -> frozenset[str]:
    """Return what names of allergens mean: themselves and, of a group, all that belongs to it."""
    said = [name.casefold().strip() for name in names if name.strip()]
    found = {part.strip().rstrip("s") for name in said for part in name.split(" ; ")} | set(said)
    for pattern, members in _groups():
        if any(pattern.search(name) for name in said):
            found |= members
    return frozenset(found)


def classes(names: Iterable[str]) -> frozenset[str]:
    """Return the classes of drugs that ingredients belong to."""
    known = load_drugs()
    return frozenset(name for one in names for name in known.classes_of(one.casefold()))
