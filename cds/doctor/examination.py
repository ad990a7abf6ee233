"""Every check, in the order in which one rests on another; what cannot be seen is named as skipped."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.ports import AddressRefused, Clock, Keys, KeySets, Store
from cds.config.compiled import Snapshot
from cds.config.document import Document
from cds.doctor import dialect, installation, reach, samples, stored, trust
from cds.doctor.report import Check, fail, skipped
from cds.doctor.samples import Sample
from cds.errors import CdsError, SettingsError
from cds.fire.transport import HttpPost, Post, is_address
from cds.hooks.profiles import Profile, profile
from cds.settings import Settings
from cds.wiring.outside import outside
from models.base import ModelError


@dataclass(frozen=True)
class Wanted:
    """What is to be looked at."""

    config: Path | None = None
    url: str = ""
    ehr: str = ""
    origins: tuple[str, ...] = ()
    """Browser origins beside those that clients register."""


@dataclass(frozen=True)
class _Local:
    """What of the installation could be opened."""

    settings: Settings | None = None
    snapshot: Snapshot | None = None


def examine(wanted: Wanted, *, clock: Clock, post: Post | None = None) -> tuple[Check, ...]:
    """Return every check; raise `SettingsError` where the EHR's profile is not known."""
    ehr = profile(wanted.ehr) if wanted.ehr else None
    if wanted.url and not is_address(wanted.url):
        raise SettingsError(f"--url is the http(s) base of a service, not {wanted.url!r}")
    local, found = _installation(wanted, clock)
    found += installation.installed(local.settings or Settings())
    found += _reach(wanted, local, post or HttpPost())
    if ehr is not None:
        found += _dialect(ehr, local, clock)
    return tuple(found)


def _installation(wanted: Wanted, clock: Clock) -> tuple[_Local, list[Check]]:
    if wanted.config is None:
        return _Local(), list(installation.no_settings())
    settings, check = installation.settings(wanted.config)
    if settings is None:
        return _Local(), [check]
    ring, about_keys = installation.keys(settings)
    store, about_store = stored.store(settings)
    found = [check, installation.base_url(settings), *about_keys, about_store]
    try:
        snapshot, more = _stored(store, ring, settings, clock)
    finally:
        if store is not None:
            store.close()
    return _Local(settings, snapshot), [*found, *more, installation.spool(settings)]


def _stored(
    store: Store | None, ring: Keys | None, settings: Settings, clock: Clock
) -> tuple[Snapshot | None, list[Check]]:
    if store is None:
        return None, [skipped(name, "see the check `store`") for name in ("configuration", "audit", "trust")]
    snapshot, about = stored.configuration(store, settings)
    audit = stored.audit(store, ring, settings) if ring else skipped("audit", "see the check `keys-file`")
    known = list(trust.clients(snapshot, settings, clock=clock)) if snapshot else []
    return snapshot, [about, audit, *(known or [skipped("trust", "see the check `configuration`")])]


def _reach(wanted: Wanted, local: _Local, post: Post) -> Iterator[Check]:
    """Look at the service from outside, where an address is given."""
    origins = (*sorted(local.snapshot.cors_origins if local.snapshot else ()), *wanted.origins)
    if not wanted.url:
        yield from _without_url(local, post)
        return
    seen = reach.look(post, wanted.url)
    yield reach.discovery(seen)
    yield reach.tls(seen.base)
    yield reach.clock(seen)
    yield from reach.cors(post, seen, tuple(dict.fromkeys(origins)))


def _without_url(local: _Local, post: Post) -> Iterator[Check]:
    """Compare the clock with that of a registered FHIR server, for want of anything else to ask."""
    for name in ("discovery", "tls", "cors"):
        yield skipped(name, "no --url given")
    bases = local.snapshot.fhir_origins() if local.snapshot else ()
    if bases:
        yield reach.clock(reach.ask(post, f"{bases[0].rstrip('/')}/metadata"))
    else:
        yield skipped("clock", "no --url and no FHIR server to compare with")


def _dialect(ehr: Profile, local: _Local, clock: Clock) -> Iterator[Check]:
    """Look at the vendor's clients and at real cards as it would be sent them."""
    document = local.snapshot.document if local.snapshot else Document()
    clients = dialect.clients_of(ehr.name, local.snapshot.registry.clients if local.snapshot else ())
    links = {origin for client in clients for origin in client.link_origins}
    listed = ehr.response.links == "listed"
    fitted: tuple[Sample, ...] = ()
    whole: tuple[Sample, ...] = ()
    try:
        fitted = samples.take(ehr.name, document, link_origins=links)
        whole = samples.take("generic", document) if listed else fitted
    except (CdsError, ModelError, ImportError, AttributeError) as error:
        yield fail(
            f"{ehr.name}-demo", f"no cards to look at: {error}", "see the checks `services` and `models`"
        )
    yield from dialect.checks(
        dialect.Site(
            profile=ehr,
            document=document,
            clients=clients,
            settings=local.settings,
            key_sets=_key_sets(local, clock),
            samples=fitted,
            unfitted=whole,
        )
    )


def _key_sets(local: _Local, clock: Clock) -> KeySets | None:
    try:
        return outside(local.snapshot, clock=clock).key_sets if local.snapshot else None
    except AddressRefused:
        # The check `trust-addresses` has said so.
        return None
