"""Medication safety at ordering: interactions, allergies, contraindications, duplicates, doses, kidney, age.

What cannot be resolved or checked is named in a card of its own; silence never stands for "no interactions".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cds.fhir.read import facts
from cds.hooks.cards import Card
from cds.hooks.prefetch import Need
from cds.services.base import Case, Gap, Models, ServiceSettings
from cds.services.gaps import gap_card
from cds.services.medication_safety.cards import alert_card, notes_card, severity
from cds.services.medication_safety.needs import MODEL, needs
from cds.services.option_faults import no_count, no_list, no_switch, unknown
from models.base import Finding
from models.record import Record

_NEW_ALLERGY = "allergyintolerance-create"
_NONE = "nothing"
"""No entry's reference: where what is selected is no drug order, no draft is judged."""
_RANK = {"critical": 0, "warning": 1, "info": 2}
DEFAULTS: Mapping[str, Any] = {"notes_card": True, "notes_rows": 8, "evidence": True, "off": ()}


class MedicationSafety:
    """The service `medication-safety`."""

    id = "medication-safety"
    hooks = ("order-select", "order-sign", "medication-refill", "allergyintolerance-create")
    title = "Medication safety"
    description = (
        "Checks draft orders against the patient's drugs, allergies, conditions, results, age and pregnancy "
        "by rules from labels and guidelines, each with its source. Critical alerts are rationed; what could "
        "not be checked is named. No AI."
    )
    usage_requirements = (
        "Send active and recently ended MedicationRequests, AllergyIntolerances and Conditions whole, and "
        "laboratory results of the last two years, newest first."
    )
    options: Mapping[str, Any] = DEFAULTS

    def needs(self, hook: str) -> Mapping[str, Need]:
        """Return the prefetch keys for a hook."""
        return needs(hook)

    def check_options(self, options: Mapping[str, Any]) -> Sequence[str]:
        """Return what is wrong with these options, a line each naming option and fix."""
        given = {**DEFAULTS, **options}
        return [
            *unknown(options, tuple(DEFAULTS)),
            *no_switch(given, "notes_card", "evidence"),
            *no_count(given, notes_rows=(1, 40)),
            *no_list(given, "off", "rule ids"),
        ]

    def answer(self, case: Case, models: Models, settings: ServiceSettings) -> Sequence[Card]:
        """Return the cards for a case, most severe first, then what informs, then what was not checked."""
        settings = replace(settings, options={**DEFAULTS, **settings.options})
        options = settings.options
        drafted = facts(case.drafts)
        record, asked = _asked(case, drafted)
        found = models.find(MODEL, record, deadline=case.deadline, options=asked)
        if case.hook == _NEW_ALLERGY:
            before = models.find(MODEL, case.record, deadline=case.deadline, options=asked)
            found = _due_to_allergy(found, before)
        off = set(options["off"])
        alerts = [f for f in found if f.applies and f.code not in off]
        serious = [f for f in alerts if severity(f) != "info"]
        notes = [f for f in alerts if severity(f) == "info"]
        entries = {f.ref: f for f in (*record.of("medication"), *record.of("allergy"), *drafted)}
        cards = [alert_card(group, case, settings, entries) for group in _grouped(serious)]
        if notes and options["notes_card"]:
            cards.append(notes_card(notes, case, settings))
        gaps = [Gap(f.title, f.notes[0]) for f in found if not f.applies]
        gaps += [
            Gap("a draft order", "is no drug order that this service reads") for d in case.drafts if _odd(d)
        ]
        if gaps:
            cards.append(gap_card(gaps, settings=settings, title=self.title, uuid=case.new_uuid()))
        return cards


def _asked(case: Case, drafted: Sequence[Any]) -> tuple[Record, Mapping[str, Any]]:
    """Return the record and what to ask the model: of what is selected, or of a new allergy's drugs."""
    new = tuple(f for f in drafted if f.kind == "allergy")
    record = replace(case.record, facts=(*case.record.facts, *new)) if new else case.record
    drugs = tuple(f for f in drafted if f.kind == "medication")
    refs = [f.ref for f in drugs]
    chosen = [ref for ref in refs if ref in set(case.selections)] or [_NONE] if case.selections else refs
    if case.hook == _NEW_ALLERGY:
        chosen = [f.ref for f in record.of("medication")]
    asked = {"drafts": drugs, "without": tuple(refs), "subjects": tuple(chosen)}
    return record, {**asked, "replaced": tuple(_replaced(case.drafts))}


def _replaced(drafts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the orders that drafts say they take the place of; on other hooks nothing is being ordered."""
    for draft in drafts:
        prior = draft.get("priorPrescription")
        if isinstance(prior, Mapping) and prior.get("reference"):
            yield str(prior["reference"])


def _due_to_allergy(found: Sequence[Finding], before: Sequence[Finding]) -> list[Finding]:
    """Return what an allergy that is being entered adds; the rest was true before it."""
    known = {_said_of(f) for f in before if f.applies}
    return [
        f for f in found if not f.applies or (f.detail["alert"] == "allergy" and _said_of(f) not in known)
    ]


def _said_of(finding: Finding) -> tuple[Any, ...]:
    """Return which rule says how much of which entry."""
    return (finding.code, finding.detail["refs"][0], severity(finding))


def _odd(draft: Mapping[str, Any]) -> bool:
    """Tell whether a draft is a drug order that could not be read as one."""
    kind = str(draft.get("resourceType"))
    # A Medication is what an order names, contained in it or beside it, and no order itself.
    return kind.startswith("Medication") and kind != "Medication" and not facts([draft])


def _grouped(found: Sequence[Finding]) -> list[list[Finding]]:
    """Return alerts of one kind about one draft together, groups and members by severity."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        key = (next(iter(finding.detail["refs"]), ""), finding.detail["alert"])
        groups.setdefault(key, []).append(finding)
    for group in groups.values():
        group.sort(key=lambda f: (_RANK[severity(f)], not f.reached["interruptive"], -len(f.notes)))
    return sorted(groups.values(), key=lambda group: _RANK[severity(group[0])])


service = MedicationSafety()
