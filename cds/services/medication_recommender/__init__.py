"""Therapies that may be missing: guideline gaps as rules, and beside them what is often ordered next.

At most three suggestions, none preselected. Nothing for children, nothing learned in pregnancy; what could
not be checked is named, and what the safety rules block is never suggested.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cds.fhir.read import facts
from cds.hooks.cards import Card
from cds.hooks.prefetch import Need
from cds.services.base import Case, Gap, Models, ServiceSettings
from cds.services.gaps import gap_card
from cds.services.medication_recommender.cards import cards_of
from cds.services.medication_recommender.needs import needs
from cds.services.medication_recommender.options import DEFAULTS, check
from cds.services.medication_recommender.selection import Plan, plan

MODEL = "recommender"
_ADULT = 18
_WHOLE = frozenset({"complete", "empty", "nil-known"})


class MedicationRecommender:
    """The service `medication-recommender`."""

    id = "medication-recommender"
    hooks = ("order-select", "patient-view")
    title = "Medication recommender"
    description = (
        "Names therapies that guidelines indicate and the record does not show, each with population, grade, "
        "safety verdict and what was not known, and beside them, told apart, what is often ordered next in a "
        "like state (learned). At most three suggestions, as unsigned drafts; none preselected; adults only."
    )
    usage_requirements = (
        "Send Conditions, MedicationRequests, AllergyIntolerances and Immunizations whole, and laboratory "
        "results of the last two years, newest first. At order-select, selections name the orders looked at."
    )
    options: Mapping[str, Any] = DEFAULTS

    def needs(self, hook: str) -> Mapping[str, Need]:
        """Return the prefetch keys for a hook."""
        return needs(hook)

    def check_options(self, options: Mapping[str, Any]) -> Sequence[str]:
        """Return what is wrong with these options, a line each naming option and fix."""
        return check(options)

    def answer(self, case: Case, models: Models, settings: ServiceSettings) -> Sequence[Card]:
        """Return the cards for a case: rules first, then what was learned, then what could not be checked."""
        options = {**DEFAULTS, **settings.options}
        record = case.record
        if record.deceased or (record.age_years is not None and record.age_years < _ADULT):
            return ()
        gaps = _unanswerable(case)
        said = Plan()
        if not gaps:
            found = models.find(MODEL, record, deadline=case.deadline, options=_asked(case, options))
            said = plan(found, case, options, room=settings.max_cards)
            gaps = list(said.gaps)
        cards = cards_of(said, case, settings)
        if gaps:
            cards.append(gap_card(gaps, settings=settings, title=self.title, uuid=case.new_uuid()))
        return cards


def _unanswerable(case: Case) -> list[Gap]:
    """Return why nothing can be recommended at all, where that is so."""
    what, record = "missing therapies", case.record
    if record.age_years is None:
        return [Gap(what, "the age is not recorded, and nothing is recommended for children")]
    if record.list_state("condition") not in _WHOLE:
        return [Gap(what, "the condition list did not arrive whole")]
    if record.list_state("medication") not in {*_WHOLE, "null"}:
        return [Gap(what, "the drug list did not arrive whole")]
    return []


def _asked(case: Case, options: Mapping[str, Any]) -> dict[str, Any]:
    drafted = tuple(fact for fact in facts(case.drafts) if fact.kind == "medication")
    chosen = case.selections if case.hook == "order-select" else None
    return {
        "drafts": drafted,
        "selected": chosen,
        "off": tuple(options["off"]),
        "learned": options["learned"],
        "af_score": options["af_score"],
        "most": options["suggestions"],
    }


service = MedicationRecommender()
