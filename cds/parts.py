"""Everything a call is answered with, in one frozen value.

`cds.wiring` builds it; a test passes its own. An admin change makes a new one and swaps one reference, so no
request sees half a configuration.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, Protocol

from adapters.ports import Clock, Ehr, FeedbackRow, Keys, RevisionRow, SealedRow, SentCard, Store
from cds.config.compiled import Snapshot
from cds.services.base import Catalogue, Service, ServiceSettings
from cds.settings import Settings
from cds.trust.callers import Client
from cds.trust.pace import Pace, Strangers
from cds.trust.tokens import Gate


class Recorder(Protocol):
    """The audit of this process: stores, or spools while the store is away, or raises `Unavailable`."""

    def record(
        self,
        kind: str,
        body: Mapping[str, Any],
        *,
        cards: Sequence[SentCard] = (),
        feedback: Sequence[FeedbackRow] = (),
        sealed: Sequence[SealedRow] = (),
    ) -> object:
        """Record one thing that happened with what must be kept of it, or raise."""
        ...

    def publish(self, revision: RevisionRow, body: Mapping[str, Any]) -> RevisionRow:
        """Store a revision with its audit entry in one transaction."""
        ...


@dataclass(frozen=True)
class Parts:
    """The parts of a running service."""

    settings: Settings
    snapshot: Snapshot
    services: Mapping[str, Service]
    models: Catalogue
    gate: Gate
    recorder: Recorder
    store: Store
    keys: Keys = field(repr=False)
    ehr: Ehr
    backend_token: Callable[[Client, str, float], str] = field(repr=False)
    """(client, FHIR base, seconds left) -> access token of a SMART backend service; raises `EhrError`."""
    pool: Executor = field(repr=False)
    clock: Clock
    pace: Pace = field(repr=False)
    strangers: Strangers = field(repr=False)

    @property
    def demo(self) -> bool:
        """Whether this process runs in demo mode."""
        return self.settings.mode == "demo"

    def subject_key(self, *parts: str) -> bytes:
        """Return the keyed hash by which a subject is recognised across calls, in operational tables only."""
        key = self.keys.derive("blind-index", self.settings.tenant)
        return hmac.digest(key, "\x1f".join(parts).encode(), hashlib.sha256)

    def service_settings(self, service: Service) -> ServiceSettings:
        """Return what the configuration says of a service, defaults filled in."""
        config = self.snapshot.service(service.id)
        label = self.snapshot.document.texts.source_label
        return ServiceSettings(
            options={**service.options, **config.options},
            base_url=self.settings.base_url.rstrip("/"),
            label=f"{label} (demo)" if self.demo else label,
            max_cards=config.max_cards,
            demo=self.demo,
        )
