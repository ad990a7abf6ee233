"""The door to an installation for administration: its store, seeded, and what writes its audit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.network import SystemClock
from adapters.ports import Clock, Keys, RevisionRow, Store
from cds import plugins
from cds.privacy.recorder import Recorder
from cds.services.base import Service
from cds.settings import Settings
from cds.trust.callers import KeyFinder
from cds.trust.tokens import Gate
from cds.wiring.build import first_or_current, open_keys, open_recorder, open_store, snapshot_of
from cds.wiring.outside import outside


@dataclass(frozen=True)
class Door:
    """An open installation."""

    store: Store
    keys: Keys = field(repr=False)
    tenant: str
    base_url: str
    services: Mapping[str, Service]
    gate: Gate
    clock: Clock
    recorder: Recorder = field(repr=False)

    def record(self, kind: str, body: Mapping[str, Any]) -> object:
        """Record an audit entry, or raise."""
        return self.recorder.record(kind, body)

    def publish(self, revision: RevisionRow, body: Mapping[str, Any]) -> RevisionRow:
        """Store a revision with its audit entry in one transaction."""
        return self.recorder.publish(revision, body)

    def close(self) -> None:
        """Let go of everything."""
        self.recorder.close()
        self.store.close()


def open_door(settings: Settings) -> Door:
    """Open an installation; an empty store gets its first configuration."""
    clock = SystemClock()
    keys = open_keys(settings, clock=clock)
    store = open_store(settings, clock=clock)
    recorder = open_recorder(settings, store, keys, clock=clock)
    services = plugins.services(settings.plugins)
    current = snapshot_of(first_or_current(settings, store, recorder, services=services, clock=clock))
    return Door(
        store=store,
        keys=keys,
        tenant=settings.tenant,
        base_url=settings.base_url,
        services=services,
        gate=Gate(KeyFinder(outside(current, clock=clock).key_sets), store, clock),
        clock=clock,
        recorder=recorder,
    )
