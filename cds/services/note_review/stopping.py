"""Drugs that the newest note says were stopped and the medication list still has as taken; it only points."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cds.hooks.cards import Card, plain
from cds.services.note_review import words
from cds.services.note_review.cards import SAFETY, Desk, Said, data_of, topic_of
from cds.services.note_review.comparing import Entry, classes
from cds.services.note_review.reading import MODEL, Evidence, ReadNote, evidence, said
from models.record import MINUTES_PER_DAY, RXNORM

_POINTS = "No entry is offered: how often this is read right was not measured."
_TAKEN = frozenset({"active", "unknown", ""})


def stopped(desk: Desk) -> Iterator[Said]:
    """Yield a card for each drug that a list has as active and the newest note of it says was stopped."""
    if not desk.lists.whole("medication"):
        return
    for name, found in _newest(desk.heard.notes).items():
        hidden = desk.sensitive.hides((), (name,), age_years=desk.case.record.age_years)
        entry = _still_listed(name, found[0].minutes_ago, desk)
        if entry is not None and not hidden:
            yield _card(name, found, entry, desk)


def _newest(notes: Sequence[ReadNote]) -> Mapping[str, tuple[Evidence, ...]]:
    """Return for each drug the places of the newest note that names it, where it is only stopped."""
    ages: dict[str, int] = {}
    places: dict[str, list[Evidence]] = {}
    taken: set[str] = set()
    for one in notes:
        age = one.note.minutes_ago
        for name, entity in _drugs(one):
            if age is None or ages.setdefault(name, age) < age:
                continue
            if not entity.get("stopped"):
                taken.add(name)
                continue
            quote = said(one.note.text, entity["start"], entity["end"])
            places.setdefault(name, []).append(evidence(one, quote, entity["section"]))
    return {name: tuple(found) for name, found in places.items() if name not in taken}


def _drugs(one: ReadNote) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the drugs of one ingredient that a note names, whosoever's they are."""
    for entity in one.entities:
        names = {c["display"].casefold() for c in entity["codes"] if c["system"] == RXNORM}
        if entity["kind"] in {"medication", "allergy"} and len(names) == 1:
            yield names.pop(), entity


def _still_listed(name: str, note_age: int | None, desk: Desk) -> Entry | None:
    """Return the entry that has a drug as taken since before the note; None where anything of it is newer."""
    limit = desk.settings.options["medication_days"] * MINUTES_PER_DAY
    own = [entry for entry in desk.lists.medications if name in entry.names]
    ages = [entry.fact.minutes_ago for entry in own]
    if note_age is None or note_age > limit or any(age is None or age <= note_age for age in ages):
        return None
    return next(
        (entry for entry in own if entry.fact.status in _TAKEN and entry.fact.ended_minutes_ago is None), None
    )


def _card(name: str, found: Sequence[Evidence], entry: Entry, desk: Desk) -> Said:
    kind = next((title for key, title in SAFETY.items() if key in classes([name])), "")
    what = f"{name} ({kind})" if kind and kind != name else name
    age = words.aged(found[0].minutes_ago)
    summary = (
        f"A note says {what} was stopped, {age}; the medication list has it as active. Confirm which is right"
    )
    listed = (
        f"**List:** {plain(entry.fact.text or name)}, active, {words.aged(entry.fact.minutes_ago)}; "
        "no later order or dispense found (outside care invisible)."
    )
    blocks = [
        listed,
        "\n".join(words.quoted(found, desk.sensitive)),
        "**Read as:** this patient, stopped for good; no newer note that was read names it.",
        _POINTS,
        words.MACHINE,
    ]
    card = Card(
        uuid=desk.case.new_uuid(),
        summary=words.short(summary),
        indicator="warning" if kind else "info",
        source=desk.settings.source(
            topic_of("stopped", name), model=MODEL, display=f"Notes: {name} stopped"[:60]
        ),
        detail="\n\n".join(blocks),
        override_reasons=words.reasons("stopped"),
        findings=({"rule": "note-stopped", "item": name, **data_of(found, desk.heard)},),
        model=desk.heard.model,
        refs=tuple(dict.fromkeys((*(one.ref for one in found), *desk.lists.compared("medication")))),
    )
    return Said(2 if kind else 4, f"{name} stopped", card)
