"""From settings to running parts, and from one configuration to the next without a pause."""

import contextlib
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import orjson
import structlog

from adapters.network import SystemClock
from adapters.ports import Clock, Keys, RevisionRow, Store, StoreUnavailable
from adapters.store_sql import SqlStore
from cds import plugins
from cds.config import document as documents
from cds.config import exchange, revisions
from cds.config.checks import admit
from cds.config.compiled import Snapshot, snapshot
from cds.config.watch import Watcher
from cds.errors import SettingsError, Unavailable
from cds.fhir import validate
from cds.parts import Parts
from cds.privacy.audit import AuditChain, new_writer
from cds.privacy.deidentify import compiled
from cds.privacy.reasons import settle
from cds.privacy.recorder import Recorder
from cds.privacy.scrub import scrub
from cds.privacy.spool import Spool
from cds.services.base import Case, Service
from cds.settings import Settings
from cds.trust.callers import KeyFinder
from cds.trust.pace import Pace, Strangers
from cds.trust.tokens import Gate
from cds.wiring.keys import open_keys
from cds.wiring.outside import outside, secret
from cds.wiring.reasons import known_reason
from cds.wiring.upkeep import Upkeep, purge_once
from models.base import ModelError, NoDeadline
from models.record import Record
from models.registry import Registry

log = structlog.get_logger("clinicards")

_LOOK_EVERY = 0.5
"""Seconds between looks for a new configuration: a change is live everywhere within a second."""
_LEAST_READERS = 16


def open_store(settings: Settings, *, clock: Clock | None = None) -> Store:
    """Return the store, its tables made or migrated."""
    if not settings.store:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = secret(settings.store) if settings.store.startswith("env:") else settings.store_url
    return SqlStore(url, clock=clock)


def open_recorder(settings: Settings, store: Store, keys: Keys, *, clock: Clock) -> Recorder:
    """Return a recorder with a chain of its own."""
    settings.spool_path.mkdir(parents=True, exist_ok=True)
    chain = AuditChain(new_writer(), keys.derive("audit", settings.tenant))
    spool = Spool(settings.spool_path, keys, settings.tenant)
    return Recorder(settings.tenant, store, spool, chain, clock=clock)


def snapshot_of(row: RevisionRow) -> Snapshot:
    """Return the snapshot of a stored revision."""
    return snapshot(documents.load(orjson.loads(row.document)), revision=row.id)


def build(settings: Settings, *, clock: Clock | None = None) -> "Live":
    """Return a service's live parts; a store without a configuration gets the seed as its first."""
    clock = clock or SystemClock()
    store = open_store(settings, clock=clock)
    keys = open_keys(settings, clock=clock)
    recorder = open_recorder(settings, store, keys, clock=clock)
    services = plugins.services(settings.plugins)
    current = snapshot_of(first_or_current(settings, store, recorder, services=services, clock=clock))
    if settings.mode == "serve" and not current.registry.clients:
        raise SettingsError(
            "no client is registered, so nobody could call: register one with `clinicards client add`, "
            "or try the service out with `clinicards demo`"
        )
    world = outside(current, clock=clock)
    parts = Parts(
        settings=settings,
        snapshot=current,
        services=services,
        models=_models(settings),
        gate=Gate(KeyFinder(world.key_sets), store, clock),
        recorder=recorder,
        store=store,
        keys=keys,
        ehr=world.ehr,
        backend_token=world.backend_token,
        pool=ThreadPoolExecutor(_readers(settings, services), thread_name_prefix="ehr"),
        clock=clock,
        pace=Pace(clock.monotonic),
        strangers=Strangers(_stranger_entry(recorder), clock.now),
    )
    return Live(parts, recorder)


def _readers(settings: Settings, services: Mapping[str, Service]) -> int:
    """Return how many threads read EHRs: so many that no call waits for another, however slow its EHR."""
    keys = (len(service.needs(hook)) for service in services.values() for hook in service.hooks)
    return max(settings.threads * max(keys, default=0), _LEAST_READERS)


_WARMING = "Seen by Dr. Poe on 3 May."
"""A text that makes the scrubber load its words and weights."""


def warm(parts: Parts) -> None:
    """Load and compile what the first call would otherwise wait for."""
    if isinstance(parts.models, Registry):
        parts.models.warm()
    validate.warm(compiled())
    scrub(_WARMING)
    record = Record(age_days=20_000, age_years=54.8, sex="female")
    for service in parts.services.values():
        for hook in service.hooks:
            case = Case(hook, record, NoDeadline(), new_uuid=lambda: str(uuid4()))
            service.answer(case, parts.models, parts.service_settings(service))


def _models(settings: Settings) -> Registry:
    try:
        return plugins.models(settings.plugins, aliases=plugins.aliases_path(settings))
    except ModelError as error:
        raise SettingsError(error.message) from None


def _stranger_entry(recorder: Recorder) -> Callable[[int, float, float], None]:
    def enter(count: int, since: float, until: float) -> None:
        body = {"status": 401, "code": "login", "reason": "callers not known", "count": count}
        # Strangers never block an answer: where the audit is away, their number waits for nobody.
        with contextlib.suppress(Unavailable):
            recorder.record("refusal", {**body, "since": since, "until": until})

    return enter


def first_or_current(
    settings: Settings, store: Store, recorder: Recorder, *, services: Mapping[str, Service], clock: Clock
) -> RevisionRow:
    """Return the newest revision; where there is none the seed, or the defaults, become the first."""
    if store.head(settings.tenant) is not None:
        return revisions.current(store, settings.tenant)
    act = revisions.Act("seed", clock.now(), "first configuration")
    document = documents.Document()
    if settings.seed:
        try:
            document, _warnings = admit(exchange.read_file(settings.seed), services)
        except documents.NotValid as error:
            raise SettingsError(f"{settings.seed}: {error}") from None
    return revisions.seed(store, settings.tenant, document, act=act, keep=recorder.publish)


def reconfigured(parts: Parts, new: Snapshot) -> Parts:
    """Return the parts under another configuration; connections are kept where no address changed."""
    # The documents are compared: parsed keys are equal to none but themselves, and so no two registries are.
    if new.document.clients == parts.snapshot.document.clients:
        return replace(parts, snapshot=new)
    world = outside(new, clock=parts.clock)
    gate = replace(parts.gate, keys=KeyFinder(world.key_sets))
    return replace(parts, snapshot=new, gate=gate, ehr=world.ehr, backend_token=world.backend_token)


class Live:
    """The parts of this moment: one reference that is swapped, so that no request sees half a change."""

    def __init__(self, parts: Parts, recorder: Recorder) -> None:
        self.parts = parts
        self._recorder = recorder
        self._started = False
        self._swapping = threading.Lock()
        self._watcher = Watcher(
            self._head,
            lambda _revision: self._take_newest(),
            every=_LOOK_EVERY,
            loaded=parts.snapshot.revision,
        )
        self._upkeep = Upkeep(lambda: purge_once(self.parts))

    def start(self) -> "Live":
        """Take over what a crashed process left in the spool, say so, and watch the store for changes.

        Raises `StoreUnavailable` where the store went away: what is in the spool would be left there.
        """
        parts = self.parts
        found = self._recorder.recover()
        if found.damaged:
            log.error("spool-damaged", files=len(found.damaged))
        days = parts.snapshot.document.privacy.keep_comments_days
        tenant, now = parts.settings.tenant, parts.clock.now()
        settle(parts.keys, parts.store, tenant, known=known_reason, days=days, now=now)
        parts.recorder.record(
            "start",
            {
                "version": plugins.version(),
                "mode": parts.settings.mode,
                "config_revision": parts.snapshot.revision,
                "spooled": found.delivered,
                "torn": found.torn,
            },
        )
        self._started = True
        self._watcher.start()
        self._upkeep.start()
        return self

    def reload(self) -> None:
        """Take the store's newest configuration now, where the store is there; else the watcher will."""
        with contextlib.suppress(StoreUnavailable):
            self._take_newest()

    def close(self) -> None:
        """Stop watching, enter what is still to be entered, and let go of everything."""
        self._watcher.stop()
        self._upkeep.stop()
        self.parts.strangers.flush()
        if self._started:
            with contextlib.suppress(Unavailable):
                self.parts.recorder.record("stop", {"reason": "closed"})
        self._recorder.close()
        self.parts.pool.shutdown(wait=False, cancel_futures=True)
        self.parts.store.close()

    def _head(self) -> int | None:
        return self.parts.store.head(self.parts.settings.tenant)

    def _take_newest(self) -> None:
        """Swap the configuration for the newest; one thread at a time, so that none goes back."""
        with self._swapping:
            head = self._head()
            if head is not None and head != self.parts.snapshot.revision:
                row = self.parts.store.revision(self.parts.settings.tenant, head)
                self.parts = reconfigured(self.parts, snapshot_of(row))
