"""What the store holds: whether it can be written, the configuration, the end of the audit."""

import hmac
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson

from adapters.ports import AuditRow, Keys, PortError, Store
from cds import plugins
from cds.config import document as documents
from cds.config.checks import review
from cds.config.compiled import Snapshot, snapshot
from cds.doctor.report import Check, fail, ok, skipped, warn
from cds.errors import CdsError
from cds.privacy.audit import FIRST_MAC, link
from cds.services.base import Service
from cds.settings import Settings
from cds.wiring import open_store

LAST = 500
"""How many of the newest entries of each chain are checked; `clinicards audit verify` checks all."""
_SHOWN = 3


def store(found: Settings) -> tuple[Store | None, Check]:
    """Return the store and whether it can be written."""
    file = found.store_url.removeprefix("sqlite:///") if found.store_url.startswith("sqlite:///") else ""
    if file and not Path(file).exists():
        return None, warn("store", f"there is no store at {file} yet", "it is made at the first start")
    try:
        opened = open_store(found)
        opened.check()
    except PortError as error:
        return None, fail("store", str(error), "start the database, or correct `store` in the settings file")
    kind = found.store_url.partition(":")[0]
    return opened, ok("store", f"{kind}: can be written, its schema is this release's")


def configuration(opened: Store, found: Settings) -> tuple[Snapshot | None, Check]:
    """Return the configuration in force and what there is to say about it."""
    head = opened.head(found.tenant)
    if head is None:
        seed = f"the seed {found.seed}" if found.seed else "the defaults"
        return None, warn(
            "configuration", "none is published yet", f"{seed} become the first at the first start"
        )
    try:
        document = documents.load(orjson.loads(opened.revision(found.tenant, head).document))
        services: Mapping[str, Service] = plugins.services(found.plugins)
    except (documents.NotValid, ValueError) as error:
        return None, fail(
            "configuration",
            f"revision {head}: {error}",
            "restore an earlier one: `clinicards config restore`",
        )
    except (CdsError, ImportError, AttributeError):
        return snapshot(document, revision=head), skipped(
            "configuration", "the services do not load; see `services`"
        )
    told = review(document, services)
    lines = [f"{fault.pointer}: {fault.message}" for fault in told.errors or told.warnings]
    more = f"; and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    shown = "; ".join(lines[:_SHOWN]) + more
    made = snapshot(document, revision=head)
    if told.errors:
        return made, fail(
            "configuration", f"revision {head}: {shown}", "correct it and `clinicards config publish`"
        )
    if told.warnings:
        return made, warn("configuration", f"revision {head}: {shown}", "change it if that is not meant")
    return made, ok("configuration", f"revision {head} fits what is installed")


def audit(opened: Store, ring: Keys, found: Settings) -> Check:
    """Check the last entries of every chain."""
    key = ring.derive("audit", found.tenant)
    count = 0
    writers = opened.audit_writers(found.tenant)
    for writer in writers:
        for row, sound in _checked(opened, found.tenant, writer, key):
            count += 1
            if not sound:
                return fail(
                    "audit",
                    f"entry {row.seq} of {row.writer} does not follow from the one before it",
                    "keep a copy of the store, run `clinicards audit verify`, find out who could write to it",
                )
    if not count:
        return ok("audit", "nothing is entered yet")
    return ok("audit", f"the last {count} entries hold (chains: {len(writers)}); `audit verify` checks all")


def _checked(opened: Store, tenant: str, writer: str, key: bytes) -> Iterator[tuple[AuditRow, bool]]:
    """Yield a chain's last entries and whether each follows from the one before."""
    tail = opened.audit_tail(tenant, writer)
    if tail is None:
        return
    # One entry more is read than is checked: its mac is what the first one checked follows from.
    start = max(tail.seq - LAST - 1, 0)
    seq, mac = (0, FIRST_MAC) if start == 0 else (-1, b"")
    for row in opened.audit_entries(tenant, writer=writer, after=start):
        if seq >= 0:
            expected = link(key, mac, row.writer, row.seq, row.time, row.kind, row.body)
            yield row, row.seq == seq + 1 and hmac.compare_digest(expected, row.mac)
        seq, mac = row.seq, row.mac
