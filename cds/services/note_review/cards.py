"""The cards: one decision each, contradictions first, and one that names what found no room."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cds.hooks.cards import Card, Indicator, Suggestion, plain
from cds.services.base import Case, ServiceSettings
from cds.services.note_review import words
from cds.services.note_review.comparing import Lists, classes
from cds.services.note_review.finds import Find
from cds.services.note_review.reading import MODEL, Evidence, Heard, Told
from cds.services.note_review.suggestions import suggestion
from cds.services.note_review.tables import Sensitive
from models.knowledge.drugs.knowledge import load_drugs
from models.record import MINUTES_PER_DAY

SAFETY: Mapping[str, str] = {
    "anticoagulant": "anticoagulant",
    "insulin_any": "insulin",
    "corticosteroid_systemic": "corticosteroid",
}
"""Classes of drugs whose absence from a list harms soonest (rules of the house), and what they are called."""
_NUMBERS = ("no notes", "a note", "two notes", "three notes", "four notes", "five notes")
_LONGEST_TOPIC = 100


@dataclass(frozen=True)
class Desk:
    """What every card is written with."""

    case: Case
    settings: ServiceSettings
    heard: Heard
    lists: Lists
    sensitive: Sensitive


@dataclass(frozen=True)
class Said:
    """A card with its place among the others and its name in the card that names the rest."""

    rank: int
    name: str
    card: Card = field(repr=False)


def allergy_card(told: Told, desk: Desk) -> Said:
    """Return the card of an allergy that notes name and the list does not."""
    severe = severe_of(told.reactions)
    none_known = desk.lists.state("allergy") == "nil-known"
    reaction = severe or (told.reactions[0] if told.reactions else "")
    does, to = (
        ("describe", f"{reaction} to {told.name}") if reaction else ("name", f"an allergy to {told.name}")
    )
    notes = _notes(told.evidence, does)
    if none_known:
        summary = f"Allergy list says none known; {notes} {to}. Confirm with patient, then record"
    else:
        summary = (
            f"{notes.capitalize()} {to}; not found on the allergy list. Confirm with patient, then record"
        )
    lines = (
        words.list_line("allergy", desk.lists, desk.case),
        words.against_allergy(told, desk.case, desk.heard.notes),
    )
    card = _claim_card(
        told, desk, summary, lines, indicator="warning" if severe else "info", severe=bool(severe)
    )
    rank = 3 if not severe else 0 if none_known else 1
    return Said(rank, f"{told.name} allergy", card)


def medication_card(told: Told, desk: Desk) -> Said:
    """Return the card of a drug that notes say is taken and the list does not hold."""
    kind = safety_of(told)
    age = words.aged(told.newest)
    what = f"{told.name} ({kind})" if kind and kind != told.name else told.name
    named = f"{_notes(told.evidence, 'name').capitalize()} {what}, {age}"
    summary = f"{named}; not found on the medication list. Confirm whether it is taken"
    same = _same_class(told, desk.lists) if kind else []
    beside = f"**On the list of the same class:** {plain(', '.join(same))}." if same else ""
    lines = (words.list_line("medication", desk.lists, desk.case), _unlisted(told, desk.heard), beside)
    card = _claim_card(told, desk, summary, lines, indicator="warning" if kind else "info")
    return Said(2 if kind else 6, told.name, card)


def problem_card(told: Told, desk: Desk) -> Said:
    """Return the card of a problem that notes name and the list does not hold, in whatever state."""
    summary = f"{_notes(told.evidence, 'name').capitalize()} {told.name}; not found on the problem list"
    lines = (words.list_line("problem", desk.lists, desk.case), "**Against:** not found.")
    return Said(5, told.name, _claim_card(told, desk, summary, lines, indicator="info"))


def find_card(found: Find, desk: Desk) -> Said:
    """Return the card of something found by words; it only points."""
    sought, newest = found.sought, found.evidence[0]
    age = words.aged(newest.minutes_ago)
    if sought.followed is not None:
        size = f" of {found.size_mm:g} mm" if found.size_mm else ""
        advised = "follow-up advised, " if found.advised else ""
        later = "no order or later report found" if found.whole else "not every list of orders could be read"
        summary = f"{sought.title}{size} in a note, {age}: {advised}{later}"
    else:
        listed = "not found on the lists" if found.whole else "not every list could be read"
        summary = f"A note tells: {sought.summary} ({age}); {listed}"
    card = Card(
        uuid=desk.case.new_uuid(),
        summary=words.short(summary),
        indicator="info",
        source=desk.settings.source(topic_of("find", sought.title), model=MODEL, display=sought.title),
        detail=words.find_detail(found, desk.sensitive),
        override_reasons=words.reasons("find"),
        findings=({"rule": f"note-find-{sought.code}", **data_of(found.evidence, desk.heard)},),
        model=desk.heard.model,
        refs=tuple(dict.fromkeys((*(e.ref for e in found.evidence), *found.held))),
    )
    return Said(7 if sought.followed is not None else 4, sought.summary, card)


def summary_card(rest: Sequence[Said], desk: Desk, *, rows: int) -> Card:
    """Return one card that names what found no room of its own."""
    lines = [f"- {plain(one.card.summary)}" for one in rest[:rows]]
    if len(rest) > rows:
        lines.append(f"- and {len(rest) - rows} more")
    count = f"{len(rest)} more finding{'s' if len(rest) > 1 else ''} of notes"
    return Card(
        uuid=desk.case.new_uuid(),
        summary=words.short(f"{count}: {', '.join(one.name for one in rest)}"),
        indicator="info",
        source=desk.settings.source("NOTEfurther", model=MODEL, display="Further findings of notes"),
        detail="\n".join(lines) + f"\n\n{words.MACHINE}",
        findings=tuple(row for one in rest for row in one.card.findings),
        model=desk.heard.model,
        refs=tuple(dict.fromkeys(ref for one in rest for ref in one.card.refs)),
    )


def within_room(said: Iterable[Said], desk: Desk) -> list[Card]:
    """Return as many cards as the site shows, the rest in one that names them."""
    ranked = sorted(said, key=lambda one: (one.rank, one.card.summary))
    room = desk.settings.max_cards
    if len(ranked) <= room:
        return [one.card for one in ranked]
    own, rest = ranked[: max(room - 1, 1)], ranked[max(room - 1, 1) :]
    return [*(one.card for one in own), summary_card(rest, desk, rows=desk.settings.options["rows"])]


def _claim_card(
    told: Told, desk: Desk, summary: str, lines: Iterable[str], *, indicator: Indicator, severe: bool = False
) -> Card:
    offered, pointing = _offered(told, desk, severe=severe)
    made = Card(
        uuid=desk.case.new_uuid(),
        summary=words.short(summary),
        indicator=indicator,
        source=desk.settings.source(
            topic_of(told.kind, told.name), model=MODEL, display=f"Notes: {told.name}"[:60]
        ),
        detail=words.detail_of(told, lines, pointing=pointing, sensitive=desk.sensitive),
        override_reasons=words.reasons(told.kind),
        findings=(_row(told, desk.heard, offered=bool(offered)),),
        model=desk.heard.model,
        refs=tuple(dict.fromkeys((*(e.ref for e in told.evidence), *desk.lists.compared(told.kind)))),
    )
    return replace(made, suggestions=offered, selection_behavior="at-most-one") if offered else made


def _offered(told: Told, desk: Desk, *, severe: bool) -> tuple[tuple[Suggestion, ...], str]:
    """Return what may be written, or why nothing is offered."""
    unread = desk.lists.unread(told.kind)
    if unread:
        entries = f"{unread} entr{'y' if unread == 1 else 'ies'} of the list"
        return (
            (),
            f"No entry is offered: {entries} could be read neither by code nor by words and may be this.",
        )
    if not told.writes:
        return (
            (),
            "No entry is offered: readings of this kind were not right often enough to write to a chart.",
        )
    if not desk.settings.options["write"]:
        return (), ""
    return (suggestion(told, desk.case, model=desk.heard.model, severe=severe),), ""


def _row(told: Told, heard: Heard, *, offered: bool) -> dict[str, Any]:
    """Return a claim for the extension of a card: nothing in it points at anybody."""
    return {
        "rule": f"note-{told.kind}",
        "item": told.name,
        "codes": [{"system": c.system, "code": c.code} for c in told.codes],
        "probability": round(told.confidence, 3),
        "offered": offered,
        "reactions": list(told.reactions),
        **data_of(told.evidence, heard),
    }


def data_of(found: Sequence[Evidence], heard: Heard) -> dict[str, Any]:
    """Return evidence for the extension of a card, without what points at a note or a person."""
    return {
        "inputs": {
            f"evidence-{n}": {
                "note": one.note,
                "section": one.section,
                **(
                    {"days_ago": round(one.minutes_ago / MINUTES_PER_DAY, 2)}
                    if one.minutes_ago is not None
                    else {}
                ),
                **({"copies": one.copies} if one.copies else {}),
            }
            for n, one in enumerate(found, 1)
        },
        "version": heard.model.rpartition("@")[2],
    }


def severe_of(reactions: Iterable[str]) -> str:
    """Return the gravest reaction by name, anaphylaxis before others, or nothing where none is severe."""
    said = [reaction.casefold() for reaction in reactions]
    known = [row for row in load_drugs().reactions.values() if row.severe]
    for row in known:
        for reaction in said:
            if any(re.search(rf"\b{re.escape(word)}\b", reaction) for word in row.words):
                return "anaphylaxis" if row.name == "anaphylaxis" else reaction
    return ""


def safety_of(told: Told) -> str:
    """Return which class of drugs makes its absence from the list dangerous, or nothing."""
    if told.local:
        return ""
    own = classes(told.names)
    return next((title for name, title in SAFETY.items() if name in own), "")


def _same_class(told: Told, lists: Lists) -> list[str]:
    own = classes(told.names) & SAFETY.keys()
    found = (name for entry in lists.medications for name in sorted(entry.names) if classes([name]) & own)
    return list(dict.fromkeys(found))


def _unlisted(told: Told, heard: Heard) -> str:
    """Return which medication lists of notes, no older than the newest that says so, do not name it."""
    lacking = lists_without(told, heard, strictly=False)
    if not lacking:
        return "**Against:** not found."
    count = (
        "the medication list of a note does"
        if len(lacking) == 1
        else f"the medication lists of {len(lacking)} notes do"
    )
    return f"**Against:** {count} not name it (newest {words.aged(min(lacking))})."


def lists_without(told: Told, heard: Heard, *, strictly: bool) -> list[int]:
    """Return the ages of notes as new as the claim, or newer, whose own medication list does not name it."""
    names = {name.casefold() for name in told.names}
    found = []
    for one in heard.notes:
        age = one.note.minutes_ago
        listed = {
            c["display"].casefold()
            for e in one.entities
            if e["kind"] == "medication" and e["section"].endswith("medications")
            for c in e["codes"]
        }
        newer = (
            age is not None
            and told.newest is not None
            and (age < told.newest or (age == told.newest and not strictly))
        )
        if age is not None and newer and listed and not names <= listed:
            found.append(age)
    return found


def _notes(found: Sequence[Evidence], verb: str) -> str:
    count = len({e.ref for e in found})
    many = _NUMBERS[count] if count < len(_NUMBERS) else f"{count} notes"
    return f"{many} {verb}{'s' if count == 1 else ''}"


def topic_of(kind: str, name: str) -> str:
    """Return a topic of letters and digits: kind and thing, the same for every patient."""
    parts = re.findall(r"[a-z0-9]+", name.casefold())
    prefix = {"medication": "drug"}.get(kind, kind)
    return f"NOTE{prefix}{''.join(part.capitalize() for part in parts)}"[:_LONGEST_TOPIC]
