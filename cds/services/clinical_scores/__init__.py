"""Validated scores computed from the record: a card where a published action level is reached, one summary.

A score speaks up only where its rule says that this patient is of its population and every list it rests on
has arrived; everything else that was computed stands in the summary card. Nothing here is learned.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cds.hooks.cards import Card
from cds.hooks.prefetch import Need
from cds.services.base import Case, Gap, Models, ServiceSettings
from cds.services.clinical_scores.action_card import action_card
from cds.services.clinical_scores.needs import needs
from cds.services.clinical_scores.options import DEFAULTS, check, for_models
from cds.services.clinical_scores.selection import Plan, plan
from cds.services.clinical_scores.summary_card import summary_card
from cds.services.gaps import gap_card
from models.base import Finding

MODEL = "scores"


class ClinicalScores:
    """The service `clinical-scores`."""

    id = "clinical-scores"
    hooks = ("patient-view", "encounter-start")
    title = "Clinical scores"
    description = (
        "Computes published clinical scores (KFRE, PREVENT, CHA2DS2-VA, NEWS2, MELD 3.0, FIB-4 and others) "
        "from the record, with inputs, their age, what is missing and the source. A card of its own only "
        "where a guideline's action level is reached; all else in one summary card. Formulas, no AI."
    )
    usage_requirements = (
        "Observations are asked for by category (laboratory, vital-signs, survey, social-history, exam, "
        "procedure), newest first; a client that sends its own selection should keep results of the last "
        "three years."
    )
    options: Mapping[str, Any] = DEFAULTS

    def needs(self, hook: str) -> Mapping[str, Need]:
        """Return the prefetch keys for a hook."""
        return needs(hook)

    def check_options(self, options: Mapping[str, Any]) -> Sequence[str]:
        """Return what is wrong with these options, a line each naming option and fix."""
        return check(options)

    def answer(self, case: Case, models: Models, settings: ServiceSettings) -> Sequence[Card]:
        """Return the cards for a case, most important first."""
        if case.record.deceased:
            return ()
        options = {**DEFAULTS, **settings.options}
        findings = models.find(MODEL, case.record, deadline=case.deadline, options=for_models(options))
        findings = [finding for finding in findings if not _withheld(finding, case)]
        said = _within_room(plan(findings, case.record, options), settings.max_cards, options)
        others = {finding.code: finding for finding in findings}
        cards = [action_card(one, case, settings=settings, others=others) for one in said.own]
        summary = (
            summary_card(said, findings, case, settings=settings, rows=options["summary_rows"])
            if options["summary_card"]
            else None
        )
        return [*cards, *([summary] if summary else self._unsaid(findings, case, settings))]

    def _unsaid(self, findings: Sequence[Finding], case: Case, settings: ServiceSettings) -> list[Card]:
        """Return a card for scores that time ran out for, where no summary names them."""
        late = sum(bool(finding.detail.get("out_of_time")) for finding in findings)
        if not late:
            return []
        gap = Gap(f"{late} scores", "the time for this answer ran out before they were begun")
        return [gap_card([gap], settings=settings, title=self.title, uuid=case.new_uuid())]


def _withheld(finding: Finding, case: Case) -> bool:
    """Tell whether a score rests on what is labelled sensitive, which a card would volunteer."""
    return bool(case.restricted) and any(line.ref in case.restricted for line in finding.inputs)


def _within_room(said: Plan, room: int, options: Mapping[str, Any]) -> Plan:
    """Return the plan with as many cards as the site shows; what does not fit is told in the summary."""
    if not options["summary_card"]:
        return said
    kept = said.own[: max(room - 1, 1)]
    rest = said.own[len(kept) :]
    why = {one.finding.code: "over the number of cards of this site" for one in rest}
    told = (*(f for one in rest for f in (one.finding, *one.inside)), *said.told)
    return Plan(kept, told, {**said.why_not, **why})


service = ClinicalScores()
