"""A ranked differential for a complaint of this encounter, red flags first; silent where nothing is new.

What is said rests on the encounter's reason, its notes and diagnoses of the last 24 hours, and on what the
record tells of the person. Where a complaint is there and could not be read, the answer says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cds.hooks.cards import Card
from cds.hooks.prefetch import Need
from cds.services.base import Case, Gap, Models, ServiceSettings
from cds.services.differential_diagnosis.complaint import Complaint, complaint
from cds.services.differential_diagnosis.needs import needs
from cds.services.differential_diagnosis.options import DEFAULTS, check
from cds.services.differential_diagnosis.red_card import MODEL, red_card
from cds.services.differential_diagnosis.selection import select
from cds.services.differential_diagnosis.table_card import table_card
from cds.services.gaps import gap_card
from models.base import Finding


class DifferentialDiagnosis:
    """The service `differential-diagnosis`."""

    id = "differential-diagnosis"
    hooks = ("patient-view", "encounter-start", "problem-list-item-create")
    title = "Differential diagnosis"
    description = (
        "Ranks what a complaint of the last 24 hours of this encounter may be, by a transparent score over a "
        "sourced knowledge base: probability with its calibration, what speaks for and against, tests that "
        "tell apart, what to ask next. Red flags are rules and a card of their own. For professionals."
    )
    usage_requirements = (
        "Send the encounter with its reason, its notes (DocumentReference with text), diagnoses, vital signs "
        "and results of the last two weeks, newest first. Stories are understood in English."
    )
    options: Mapping[str, Any] = DEFAULTS

    def needs(self, hook: str) -> Mapping[str, Need]:
        """Return the prefetch keys for a hook."""
        return needs(hook)

    def check_options(self, options: Mapping[str, Any]) -> Sequence[str]:
        """Return what is wrong with these options, a line each naming option and fix."""
        return check(options)

    def answer(self, case: Case, models: Models, settings: ServiceSettings) -> Sequence[Card]:
        """Return red flags, then the differential, then what could not be read."""
        if case.record.deceased:
            return ()
        settings = replace(settings, options={**DEFAULTS, **settings.options})
        asked = complaint(case, notes=settings.options["notes"])
        gaps = list(_unread(asked))
        cards: list[Card] = []
        if asked.told:
            found = models.find(MODEL, asked.record, deadline=case.deadline, options=asked.options)
            if found:
                cards = _cards(found, asked, case, settings)
                gaps += _gaps(found[0])
        if gaps:
            cards.append(gap_card(gaps, settings=settings, title=self.title, uuid=case.new_uuid()))
        return cards


def _cards(found: Sequence[Finding], asked: Complaint, case: Case, settings: ServiceSettings) -> list[Card]:
    """Return the card of the red flags and that of the differential, where there is something to say."""
    said = select(found, settings.options)
    cards = [red_card(said, asked, case, settings)] if said.flags else []
    if said.rows:
        offered = [one.label for card in cards for one in card.suggestions]
        cards.append(table_card(said, asked, case, settings, offered=offered))
    return cards


def _unread(asked: Complaint) -> Iterator[Gap]:
    """Yield that the encounter did not come, or that reasons for it could not be read, without the words."""
    if asked.absent:
        yield Gap("this encounter", "the call names it, and no encounter came with it")
    if asked.unread:
        what = "a reason" if asked.unread == 1 else f"{asked.unread} reasons"
        yield Gap(
            f"{what} for this encounter",
            "could not be read: no plain words of at most 200 characters that name nobody",
        )


def _gaps(whole: Finding) -> Iterator[Gap]:
    """Yield why there is no differential where a complaint was told, and which texts were not read."""
    if whole.detail["refused"]:
        yield Gap("the complaint of this encounter", f"no differential was made: {whole.notes[0]}")
        return
    count = len(whole.detail["texts_refused"])
    if count:
        what = "a text of this encounter" if count == 1 else f"{count} texts of this encounter"
        yield Gap(what, "does not read as English; only English stories are understood")


service = DifferentialDiagnosis()
