"""What notes hold and lists forget: asplenia, a difficult airway, implants, a nodule nobody follows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cds.errors import LATE
from cds.services.base import Case, Gap, Models
from cds.services.note_review.comparing import Lists
from cds.services.note_review.reading import MODEL, Evidence, ReadNote, evidence, once, said, unread
from cds.services.note_review.tables import Sought, Tables
from models.record import ICD10, ICD10CM, SNOMED, Fact, Kind

_ICD = frozenset({ICD10CM, ICD10})
_PER_CM = 10
_KNOWING: tuple[Kind, ...] = ("condition", "procedure", "device", "flag")
_FOLLOWING: tuple[Kind, ...] = ("order", "report", "procedure", "appointment")
_BROKEN = frozenset({"failed", "partial"})
_MOST = 4
"""Places of one note that are looked at for one find."""


@dataclass(frozen=True, slots=True)
class Find:
    """Something found by words, with where."""

    sought: Sought
    evidence: tuple[Evidence, ...]
    advised: str = ""
    size_mm: float | None = None
    whole: bool = True
    """Whether every list that it was held against arrived whole: only then is it said to be absent."""
    held: tuple[str, ...] = ()
    """References of the entries that it was held against."""


def finds(
    case: Case, notes: Sequence[ReadNote], lists: Lists, models: Models, tables: Tables
) -> tuple[list[Find], list[Gap]]:
    """Return what is found by words and not known to the chart, each once, and what time was not left for."""
    wanted = [sought for sought in tables.sought if not _known(sought, case, lists)]
    places: dict[str, list[Evidence]] = {}
    gaps: list[Gap] = []
    for done, one in enumerate(notes):
        if case.deadline.left() <= 0:
            missed = len({later.note.ref for later in notes[done:]})
            gaps = unread(missed, f"not looked through for nodules, implants and the like: {LATE}")
            break
        for code, place in _places(wanted, one, models):
            places.setdefault(code, []).append(place)
    made = (_made(sought, places[sought.code], case) for sought in wanted if sought.code in places)
    return [_held(find, case) for find in made if find is not None], gaps


def _held(find: Find, case: Case) -> Find:
    """Return a find with what it was held against."""
    kinds = _KNOWING if find.sought.followed is None else tuple(dict.fromkeys((*_KNOWING, *_FOLLOWING)))
    facts = [fact for kind in kinds for fact in case.record.of(kind)]
    states = {case.record.lists.get(kind) for kind in kinds}
    return replace(find, whole=states.isdisjoint(_BROKEN), held=tuple(fact.ref for fact in facts))


def _known(sought: Sought, case: Case, lists: Lists) -> bool:
    """Tell whether a list of the chart has it: a problem, a procedure, a device or an allergy-like alert."""
    for entry in lists.problems:
        if any(code.replace(".", "").upper().startswith(sought.codes) for code in entry.codes):
            return True
    return any(_says(sought, fact) for kind in _KNOWING for fact in case.record.of(kind))


def _says(sought: Sought, fact: Fact) -> bool:
    if any(c.system == SNOMED and c.code in sought.snomed for c in fact.codes):
        return True
    heads = tuple(sought.codes)
    if any(c.system in _ICD and c.code.replace(".", "").upper().startswith(heads) for c in fact.codes):
        return True
    return bool(sought.listed.search(_words(fact)))


def _words(fact: Fact) -> str:
    return " ".join([fact.text, *(code.display for code in fact.codes)]).casefold()


def _places(wanted: Iterable[Sought], one: ReadNote, models: Models) -> Iterator[tuple[str, Evidence]]:
    """Yield where a note says one of these of this patient: (what, evidence)."""
    text, lower = one.note.text, one.note.text.lower()
    if len(lower) != len(text):
        return  # Letters that change their number in lower case are of no language that is read here.
    matches = [(sought, m.span()) for sought in wanted for m in list(sought.words.finditer(lower))[:_MOST]]
    if not matches:
        return
    spans = [{"start": start, "end": end} for _, (start, end) in matches]
    told = models.run(MODEL, {"text": text, "spans": spans})["entities"]
    for (sought, (start, end)), entity in zip(matches, told, strict=True):
        quote = said(text, start, end)
        if _of_patient(entity) and not sought.taken_back.search(quote.lower()):
            yield sought.code, evidence(one, quote, entity["section"])


def _of_patient(entity: Mapping[str, Any]) -> bool:
    flags = ("negated", "uncertain", "hypothetical")
    return entity["experiencer"] == "patient" and not any(entity[flag] for flag in flags)


def _made(sought: Sought, places: Sequence[Evidence], case: Case) -> Find | None:
    if sought.followed is None:
        return Find(sought, tuple(once(places)))
    newest = places[0]
    if _followed(sought, newest, case):
        return None
    own = [place for place in places if place.ref == newest.ref]
    size = next((mm for place in own if (mm := _size(sought, place.quote)) is not None), None)
    advised = next((p.quote for p in own if sought.advised and sought.advised.search(p.quote.casefold())), "")
    if not advised and (size is None or size < sought.least_mm):
        return None
    return Find(sought, tuple(once(own)), advised, size)


def _size(sought: Sought, quote: str) -> float | None:
    match = sought.size.search(quote.casefold()) if sought.size else None
    if match is None:
        return None
    return float(match[1]) * (_PER_CM if match[2] == "cm" else 1)


def _followed(sought: Sought, found: Evidence, case: Case) -> bool:
    """Tell whether an order, a procedure or a report after the note, or planned, looks after it."""
    if sought.followed is None or found.minutes_ago is None:
        return False
    for fact in (f for kind in _FOLLOWING for f in case.record.of(kind)):
        later = fact.minutes_ago is not None and fact.minutes_ago <= found.minutes_ago
        if later and fact.ref != found.ref and sought.followed.search(_words(fact)):
            return True
    return False
