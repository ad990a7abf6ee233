"""What a service is, what it sees of a call, and what it has to work with.

A service turns findings into words, thresholds and suggestions. It sees a `Case`: no name, no date, no real
reference. It finds models by name through `Models` and never imports one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from adapters.ports import Clock
from cds.hooks.cards import Card, Source, topic
from cds.hooks.prefetch import Need
from cds.privacy.notes import Note
from models.base import Deadline, Finding
from models.record import Record

Clean = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Until:
    """A deadline on a monotonic clock."""

    clock: Clock
    end: float

    def left(self) -> float:
        """Return seconds left; zero or less means stop."""
        return self.end - self.clock.monotonic()

    def earlier(self, seconds: float) -> "Until":
        """Return the deadline so many seconds before this one."""
        return Until(self.clock, self.end - seconds)


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was not checked and why, in words without values."""

    what: str
    why: str


@dataclass(frozen=True)
class Case:
    """What a service sees of a call."""

    hook: str
    record: Record = field(repr=False)
    deadline: Deadline
    resources: tuple[Clean, ...] = field(default=(), repr=False)
    drafts: tuple[Clean, ...] = field(default=(), repr=False)
    selections: tuple[str, ...] = ()
    notes: tuple[Note, ...] = field(default=(), repr=False)
    gaps: tuple[Gap, ...] = ()
    restricted: frozenset[str] = frozenset()
    """Pseudonyms of what is labelled restricted or sensitive: it may count, and is never volunteered."""
    patient: str = ""
    """The patient's pseudonymous reference, for the subject of what is suggested."""
    new_uuid: Callable[[], str] = field(default=lambda: "", repr=False)


class Models(Protocol):
    """The models a service may ask, by name or alias."""

    def find(
        self, name: str, record: Record, *, deadline: Deadline, options: Mapping[str, Any]
    ) -> Sequence[Finding]:
        """Return a model's findings on a record."""
        ...

    def run(self, name: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a model's result on one document."""
        ...


class Catalogue(Models, Protocol):
    """The models of a process, which also say what they look at."""

    def observations(self, name: str) -> frozenset[str] | None:
        """Return the LOINC codes of the observations that a model looks at, or None where it may be any."""
        ...


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """What the configuration says of a service, as the service needs it."""

    options: Mapping[str, Any]
    base_url: str
    label: str = "clinicards"
    max_cards: int = 3
    demo: bool = False

    def source(self, topic_code: str, *, model: str = "", display: str = "") -> Source:
        """Return a card's source: our label, the model's card as its page, the topic."""
        page = f"{self.base_url}/models/{model.replace('/', '.')}/card" if model else ""
        return Source(label=self.label, url=page, topic=topic(topic_code, display))


class Service(Protocol):
    """One service. Its id and hooks are its address; `needs` are its prefetch keys."""

    @property
    def id(self) -> str:
        """The id in the service's URL."""
        ...

    @property
    def hooks(self) -> tuple[str, ...]:
        """The hooks it answers, each routed by (id, hook)."""
        ...

    @property
    def title(self) -> str:
        """A friendly name."""
        ...

    @property
    def description(self) -> str:
        """What it does, for those who configure an EHR."""
        ...

    @property
    def usage_requirements(self) -> str:
        """What a client must know beyond the prefetch, or an empty string."""
        ...

    @property
    def options(self) -> Mapping[str, Any]:
        """The default of every option an administrator may set, by name."""
        ...

    def needs(self, hook: str) -> Mapping[str, Need]:
        """Return the prefetch keys for a hook."""
        ...

    def check_options(self, options: Mapping[str, Any]) -> Sequence[str]:
        """Return what is wrong with these options, a line each naming option and fix."""
        ...

    def answer(self, case: Case, models: Models, settings: ServiceSettings) -> Sequence[Card]:
        """Return the cards for a case, most important first."""
        ...
