"""Services for the playground's tests: one that suggests things, one that has a defect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cds.hooks.cards import Card, Change, Link, OverrideReason, Suggestion, plain
from cds.hooks.prefetch import Need
from cds.services.base import Case, Models, ServiceSettings

NEEDS: Mapping[str, Need] = {
    "patient": Need("Patient/{{context.patientId}}", required=True),
    "conditions": Need("Condition?patient={{context.patientId}}", fills=("condition",)),
    "labs": Need(
        "Observation?patient={{context.patientId}}&category=laboratory&_count=100", fills=("observation",)
    ),
}

DETAIL = """**Draft:** {what}.

# A heading of the card

| Drug | Why |
|---|---|
| trimethoprim | blocks renal potassium excretion |

[javascript](javascript:alert(1)) and [a page](https://example.org/guideline) <script>alert("x")</script>
"""


@dataclass
class AdviceService:
    """Warns of a draft order and offers three ways out; on patient-view it proposes two things to do."""

    id: str = "advice"
    hooks: tuple[str, ...] = ("patient-view", "order-sign")
    title: str = "Advice"
    description: str = "Suggests."
    usage_requirements: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    def needs(self, hook: str) -> Mapping[str, Need]:
        return NEEDS

    def check_options(self, options: Mapping[str, Any]) -> Sequence[str]:
        return [f"{name}: unknown" for name in options]

    def answer(self, case: Case, models: Models, settings: ServiceSettings) -> Sequence[Card]:
        if case.drafts:
            return [_about(case, settings)]
        return [_quiet(case, settings), _to_do(case, settings)]


def _card(case: Case, settings: ServiceSettings, summary: str, indicator: Any, **more: Any) -> Card:
    source = settings.source("TESTadvice", model="scores/kfre")
    return Card(uuid=case.new_uuid(), summary=summary, indicator=indicator, source=source, **more)


def _about(case: Case, settings: ServiceSettings) -> Card:
    draft = case.drafts[0]
    name = f"MedicationRequest/{draft['id'].split('/')[-1]}"
    what = plain(str(draft.get("medicationCodeableConcept", {}).get("text", "a drug")))
    lower = {"dosageInstruction": [{"text": "once daily"}]}
    return _card(
        case,
        settings,
        "This draft meets potassium 5.2: think of another drug",
        "critical",
        detail=DETAIL.format(what=what),
        selection_behavior="at-most-one",
        suggestions=(
            Suggestion("Take it off", case.new_uuid(), (Change("delete", "remove the draft", name),)),
            Suggestion(
                "Halve it",
                case.new_uuid(),
                (Change("patch", "once daily", name, lower),),
                is_recommended=True,
            ),
        ),
        override_reasons=(
            OverrideReason("benefit", "The benefit outweighs the risk"),
            OverrideReason("monitor", "Will be monitored"),
        ),
        links=(
            Link("A guideline", "https://example.org/guideline"),
            Link("An app", "https://example.org/app", type="smart"),
        ),
    )


def _quiet(case: Case, settings: ServiceSettings) -> Card:
    return _card(case, settings, f"{len(case.record.facts)} facts were read", "info")


def _to_do(case: Case, settings: ServiceSettings) -> Card:
    changes = tuple(
        Suggestion(f"Order {words}", case.new_uuid(), (_order(case, words),))
        for words in ("potassium", "creatinine")
    )
    return _card(
        case, settings, "Two tests are due", "warning", selection_behavior="any", suggestions=changes
    )


def _order(case: Case, words: str) -> Change:
    resource = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "subject": {"reference": case.patient},
        "code": {"text": words},
    }
    return Change("create", f"order {words}", resource=resource)


@dataclass
class BrokenService(AdviceService):
    """Fails on every call, as a defect does."""

    id: str = "broken"
    hooks: tuple[str, ...] = ("appointment-book",)
    title: str = "Broken"

    def answer(self, case: Case, models: Models, settings: ServiceSettings) -> Sequence[Card]:
        raise ZeroDivisionError("Aldous, Winifred")
