"""What a run knows: its options, the services on offer, and the answers the other checks build on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cds.conformance.exchange import Answer, Exchange
from cds.conformance.ledger import Ledger


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a run is made.

    `patient` and `fhir_server` make the calls about a real record, `services` limits them to some ids,
    `sections` to some sections of the checklist (empty: all). `origin` is an allowed browser origin.
    `ehr_port` fixes the port of the EHR that the kit plays on loopback, so that it can be registered.
    """

    patient: str = "conformance-patient"
    fhir_server: str | None = None
    access_token: str | None = field(default=None, repr=False)
    services: tuple[str, ...] = ()
    sections: frozenset[str] = frozenset()
    origin: str | None = None
    ehr_port: int = 0
    request_cap: int = 400
    seconds: float = 30.0

    def wants(self, section: str) -> bool:
        """Tell whether a section of the checklist is to be run."""
        return not self.sections or section in self.sections


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One entry of discovery: a service on a hook, with what it wants prefetched."""

    id: str
    hook: str
    prefetch: Mapping[str, str]
    pointer: str
    version: str = "2.0"

    @property
    def name(self) -> str:
        """The pair that routes a call."""
        return f"{self.id} on {self.hook}"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A good call and its answer."""

    offer: Offer
    request: Mapping[str, Any]
    answer: Answer

    @property
    def cards(self) -> list[Mapping[str, Any]]:
        """The cards of the answer, as far as they are objects."""
        document = self.answer.document
        cards = document.get("cards") if isinstance(document, dict) else None
        return [card for card in cards if isinstance(card, dict)] if isinstance(cards, list) else []


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The service under test, as every section of the checklist receives it."""

    exchange: Exchange
    ledger: Ledger
    options: Options
    offers: tuple[Offer, ...]
    replies: tuple[Reply, ...] = ()

    def working(self) -> tuple[Reply, ...]:
        """Return the good calls that were answered with 200: the controls of every refusal."""
        return tuple(reply for reply in self.replies if reply.answer.status == 200)

    def by_service(self) -> tuple[Reply, ...]:
        """Return one working call for each service id."""
        return tuple({reply.offer.id: reply for reply in reversed(self.working())}.values())[::-1]
