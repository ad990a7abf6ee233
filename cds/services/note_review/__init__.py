"""Notes held against lists: what they assert of this patient and the chart does not hold or contradicts.

Notes come de-identified and are read by the text model. What is negated, supposed, past or a relative's is
never offered; what is sensitive is never volunteered; measured precision decides what may be written.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cds.errors import LATE
from cds.hooks.cards import Card
from cds.hooks.prefetch import Need
from cds.services.base import Case, Gap, Models, ServiceSettings
from cds.services.gaps import gap_card
from cds.services.note_review.cards import (
    Desk,
    Said,
    allergy_card,
    find_card,
    lists_without,
    medication_card,
    problem_card,
    safety_of,
    within_room,
)
from cds.services.note_review.comparing import lists
from cds.services.note_review.finds import finds
from cds.services.note_review.needs import needs
from cds.services.note_review.options import DEFAULTS, check
from cds.services.note_review.reading import Told, hear
from cds.services.note_review.stopping import stopped
from cds.services.note_review.tables import tables
from models.base import OutOfTime
from models.record import MINUTES_PER_DAY


class NoteReview:
    """The service `note-review`."""

    id = "note-review"
    hooks = ("patient-view", "encounter-discharge")
    title = "Note review"
    description = (
        "Reads notes after de-identification and says what they assert and the lists do not hold: problems, "
        "medications, allergies, contradictions, nodules without follow-up, asplenia, a difficult airway, "
        "implants. Machine-read, with the quoted words; entries are offered as unconfirmed."
    )
    usage_requirements = (
        "Send the newest DocumentReferences, DiagnosticReports and Compositions with their text inside, or "
        "let their Binaries be read from the call's FHIR server; send problem, medication and allergy lists "
        "whole."
    )
    options: Mapping[str, Any] = DEFAULTS

    def needs(self, hook: str) -> Mapping[str, Need]:
        """Return the prefetch keys for a hook."""
        return needs(hook)

    def check_options(self, options: Mapping[str, Any]) -> Sequence[str]:
        """Return what is wrong with these options, a line each naming option and fix."""
        return check(options)

    def answer(self, case: Case, models: Models, settings: ServiceSettings) -> Sequence[Card]:
        """Return the cards for a case, contradictions first, then what was not read."""
        if case.record.deceased:
            return ()
        if not case.notes:
            return _nothing_read(case)
        settings = replace(settings, options={**DEFAULTS, **settings.options})
        known = tables()
        heard = hear(case, models, known)
        desk = Desk(case, settings, heard, lists(case.record, models, known.families), known.sensitive)
        found, late = _found(desk, models)
        cards = within_room((*_claimed(desk), *found), desk)
        gaps = (*heard.gaps, *late)
        if gaps:
            cards.append(gap_card(gaps, settings=settings, title=self.title, uuid=case.new_uuid()))
        return cards


def _nothing_read(case: Case) -> Sequence[Card]:
    """Return no card where no note is there; raise where there was no time for any that is."""
    if any(gap.why == LATE for gap in case.gaps):
        raise OutOfTime
    return ()


def _claimed(desk: Desk) -> Iterator[Said]:
    off = set(desk.settings.options["off"])
    makers = {"allergy": allergy_card, "medication": medication_card, "problem": problem_card}
    for told in desk.heard.told:
        if told.kind not in off and _worth(told, desk):
            yield makers[told.kind](told, desk)
    if "stopped" not in off:
        yield from stopped(desk)


def _found(desk: Desk, models: Models) -> tuple[list[Said], list[Gap]]:
    if "find" in desk.settings.options["off"]:
        return [], []
    found, late = finds(desk.case, desk.heard.notes, desk.lists, models, tables())
    told = [find_card(one, desk) for one in found if not desk.sensitive.speaks(one.evidence[0].quote)]
    return told, late


def _worth(told: Told, desk: Desk) -> bool:
    """Tell whether a claim has a card: the list is whole and lacks it, and nothing asks for silence."""
    age = desk.case.record.age_years
    codes = [code.code for code in told.codes]
    if desk.sensitive.hides(codes, told.names, age_years=age) or not desk.lists.whole(told.kind):
        return False
    if told.kind == "medication" and not _taken(told, desk):
        return False
    if told.kind == "problem" and (told.imaged or codes[0].replace(".", "").startswith(tables().vague)):
        return False
    return not desk.lists.holds(told)


def _taken(told: Told, desk: Desk) -> bool:
    """Tell whether a drug is said to be taken lately: listed or with its dose, unless it is dangerous."""
    newest = told.newest
    if newest is None or newest > desk.settings.options["medication_days"] * MINUTES_PER_DAY:
        return False
    if safety_of(told):
        return True
    return told.manner != "said" and not told.local and not lists_without(told, desk.heard, strictly=True)


service = NoteReview()
