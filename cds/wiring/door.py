"""The door to an installation for administration: its store, seeded, and what writes its audit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.network import SystemClock
from adapters.ports import Clock, Keys, RevisionRow, SealedRow, Store
from cds import plugins
from cds.privacy.recorder import Recorder
from cds.services.base import Service
from cds.settings import Settings
from cds.trust.callers import KeyFinder
from cds.trust.tokens import Gate
from cds.wiring.build import first_or_current, open_recorder, open_store, snapshot_of
from cds.wiring.keys import open_keys
from cds.wiring.outside import outside


@dataclass(frozen=True)
class Door:
    """An open installation."""

    store: Store
    keys: Keys = field(repr=False)
    settings: Settings
    days: Mapping[str, float]
    """How long what is kept is kept, by purpose."""
    services: Mapping[str, Service]
    gate: Gate
    clock: Clock
    recorder: Recorder = field(repr=False)

    @property
    def tenant(self) -> str:
        """Whose configuration it is."""
        return self.settings.tenant

    @property
    def base_url(self) -> str:
        """The address EHRs call."""
        return self.settings.base_url

    def record(self, kind: str, body: Mapping[str, Any], *, sealed: Sequence[SealedRow] = ()) -> object:
        """Record an audit entry with the sealed records that belong to it, or raise."""
        return self.recorder.record(kind, body, sealed=sealed)

    def recover(self) -> int:
        """Deliver what processes that are gone left in the spool and return how many records it was."""
        return self.recorder.recover().delivered

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
        settings=settings,
        days=current.document.privacy.days,
        services=services,
        gate=Gate(KeyFinder(outside(current, clock=clock).key_sets), store, clock),
        clock=clock,
        recorder=recorder,
    )
