"""Which texts and entries tell the complaint of this encounter's last 24 hours, and which are older."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cds.fhir.read import facts
from cds.privacy.notes import Note
from cds.services.base import Case
from models.record import Fact, Record

WINDOW = 24 * 60
"""Minutes: what is older is no news to whoever opens the chart."""
_NEW_PROBLEM = "problem-list-item-create"
_RUNNING = frozenset({"in-progress", "arrived", "triaged"})
_NONE = frozenset({"null", "empty"})
_WRONG = frozenset({"refuted", "entered-in-error"})


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is asked of the model."""

    record: Record
    stories: tuple[Mapping[str, Any], ...]
    earlier: tuple[Mapping[str, Any], ...]
    drafts: tuple[Fact, ...]
    recent: tuple[str, ...]
    encounter: str
    unread: int = 0
    """Reasons for the encounter that were told in words which could name somebody, or are too long."""
    absent: bool = False
    """Whether the call names an encounter and not one came."""

    @property
    def options(self) -> Mapping[str, Any]:
        """Return what the model is given beside the record."""
        return {
            "stories": self.stories,
            "earlier": self.earlier,
            "drafts": self.drafts,
            "recent": self.recent,
        }

    @property
    def told(self) -> bool:
        """Tell whether anything of this encounter is there to be read."""
        return bool(self.stories or self.drafts or self.recent)


def complaint(case: Case, *, notes: bool) -> Complaint:
    """Return the complaint of a call; what is labelled restricted is neither read nor counted."""
    record = _open(case)
    encounter = _current(record)
    texts = [*_reason(encounter), *(_notes(case, encounter) if notes else ())]
    drafts = facts(d for d in case.drafts if d["id"] not in case.restricted)
    return Complaint(
        record=record,
        stories=tuple(row for row in texts if _new(row["minutes_ago"])),
        earlier=tuple(row for row in texts if not _new(row["minutes_ago"])),
        drafts=tuple(f for f in drafts if f.kind == "condition") if case.hook == _NEW_PROBLEM else (),
        recent=tuple(_recent(record, encounter)),
        encounter=encounter.ref if encounter is not None else "",
        unread=_unread(encounter),
        absent=bool(record.current_encounter)
        and record.list_state("encounter") in _NONE
        and encounter is None,
    )


def _open(case: Case) -> Record:
    if not case.restricted:
        return case.record
    kept = tuple(fact for fact in case.record.facts if fact.ref not in case.restricted)
    return replace(case.record, facts=kept)


def _current(record: Record) -> Fact | None:
    """Return the encounter of the call, or the only one that is going on."""
    encounters = record.of("encounter")
    named = [f for f in encounters if f.ref == record.current_encounter]
    running = [f for f in encounters if f.status in _RUNNING and f.ended_minutes_ago is None]
    if named or record.current_encounter:
        return named[0] if named else None
    return running[0] if len(running) == 1 else None


def _new(minutes: int | None) -> bool:
    return minutes is not None and minutes <= WINDOW


def _reason(encounter: Fact | None) -> Iterator[Mapping[str, Any]]:
    if encounter is None:
        return
    text = str(encounter.detail.get("reasons", ""))
    if text:
        yield {"text": text, "ref": encounter.ref, "minutes_ago": encounter.minutes_ago, "where": "reason"}


def _unread(encounter: Fact | None) -> int:
    """Return how many reasons of a new encounter could not be read."""
    if encounter is None or not _new(encounter.minutes_ago):
        return 0
    return int(encounter.detail.get("unread_reasons", 0))


def _notes(case: Case, encounter: Fact | None) -> Iterator[Mapping[str, Any]]:
    by_id = {r["id"]: r for r in case.resources}
    for note in case.notes:
        if _belongs(note, by_id.get(note.ref, {}), encounter, case.hook):
            yield {"text": note.text, "ref": note.ref, "minutes_ago": note.minutes_ago, "where": "note"}


def _belongs(note: Note, resource: Mapping[str, Any], encounter: Fact | None, hook: str) -> bool:
    """Tell whether a note is of this encounter; one that names none is where it was written during it."""
    context = resource.get("context") or {}
    named = [x["reference"] for x in context.get("encounter", ()) if "reference" in x]
    named += [resource["encounter"]["reference"]] if "reference" in resource.get("encounter", {}) else []
    if encounter is None:
        return hook == _NEW_PROBLEM and _new(note.minutes_ago)
    if named:
        return encounter.ref in named
    start = encounter.minutes_ago
    return note.minutes_ago is not None and start is not None and note.minutes_ago <= start


def _recent(record: Record, encounter: Fact | None) -> Iterator[str]:
    """Yield the diagnoses that were entered for this encounter within the window."""
    if encounter is None:
        return
    reasons = str(encounter.detail.get("reason_refs", "")).split()
    for fact in record.of("condition"):
        mine = fact.encounter == encounter.ref or fact.ref in reasons
        if mine and fact.verification not in _WRONG and _new(fact.minutes_ago):
            yield fact.ref
