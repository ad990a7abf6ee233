"""Stands between a service and the models and writes down all that each of them is given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from cds.hooks.cards import Card, Change, Suggestion
from cds.hooks.prefetch import Need
from cds.privacy.deidentify import compiled
from cds.services.base import Case, Models, Service, ServiceSettings
from models.base import Deadline, Finding
from models.record import Record

HOOKS = (
    "patient-view",
    "order-select",
    "order-sign",
    "order-dispatch",
    "encounter-start",
    "encounter-discharge",
    "appointment-book",
    "allergyintolerance-create",
    "problem-list-item-create",
    "medication-refill",
    "medication-verify",
)
"""Every hook of the CDS Hooks Library, and below one that a site made up itself."""
OWN_HOOK = "org.example.ward.round"


class WitnessedModels:
    """The models of an installation; `given` is all that they were handed, as text."""

    def __init__(self, inner: Models) -> None:
        self.inner = inner
        self.given: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def find(
        self, name: str, record: Record, *, deadline: Deadline, options: Mapping[str, Any]
    ) -> Sequence[Finding]:
        self.given.append(repr((name, asdict(record), options)))
        return self.inner.find(name, record, deadline=deadline, options=options)

    def run(self, name: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
        self.given.append(repr((name, document)))
        return self.inner.run(name, document)


@dataclass(frozen=True)
class WitnessedService:
    """A service whose cases are written down: what services see is nearer to models than to the EHR."""

    inner: Service
    given: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def answer(self, case: Case, models: Models, settings: ServiceSettings) -> Sequence[Card]:
        self.given.append(seen(case))
        return self.inner.answer(case, models, settings)


def seen(case: Case) -> str:
    """Return all of a case as text."""
    shown = (case.record, case.resources, case.drafts, case.selections, case.notes, case.gaps, case.patient)
    return repr((case.hook, *shown))


Script = Callable[[Case, Models, ServiceSettings], Sequence[Card]]


@dataclass
class Watcher:
    """A service that asks for every type the door lets through, on every hook, and says what it can.

    It asks a model about the record, repeats all words of the record in a card, and changes and deletes what
    the call brought.
    """

    id: str = "watcher"
    hooks: tuple[str, ...] = (*HOOKS, OWN_HOOK)
    title: str = "Watcher"
    description: str = "Says all it sees."
    usage_requirements: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    script: Script | None = None

    def needs(self, hook: str) -> Mapping[str, Need]:
        kinds = sorted(set(compiled()) - {"Patient"})
        searches = {kind.lower(): Need(f"{kind}?patient={{{{context.patientId}}}}") for kind in kinds}
        return {"patient": Need("Patient/{{context.patientId}}"), **searches}

    def check_options(self, options: Mapping[str, Any]) -> Sequence[str]:
        return [f"{name}: unknown" for name in options]

    def answer(self, case: Case, models: Models, settings: ServiceSettings) -> Sequence[Card]:
        if self.script is not None:
            return self.script(case, models, settings)
        models.find("scores", case.record, deadline=case.deadline, options={})
        words = sorted({w for f in case.record.facts for w in (f.text, *(c.display for c in f.codes)) if w})
        card = Card(
            uuid=case.new_uuid(),
            summary=f"{len(case.record.facts)} facts",
            indicator="info",
            source=settings.source("WATCH"),
            detail="; ".join(words),
        )
        changes = [_change(case, n) for n in range(min(len(case.drafts), 4))]
        if not changes:
            return [card]
        suggestion = Suggestion("as it was", case.new_uuid(), tuple(changes))
        return [replace(card, suggestions=(suggestion,), selection_behavior="any")]


def _change(case: Case, number: int) -> Change:
    """Return a change that brings a whole original back, or the address of one."""
    reference = str(case.drafts[number]["id"])
    if number % 2:
        return Change("delete", "take it away", reference)
    return Change("patch", "leave it", reference, {})
