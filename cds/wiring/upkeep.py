"""What a server does now and then without being asked: purge what is over its time."""

import hashlib
import threading
from collections.abc import Callable

import structlog

from adapters.ports import PortError, Replayed
from cds.errors import CdsError
from cds.parts import Parts
from cds.privacy.retention import purge

FIRST_SECONDS = 60.0
EVERY_SECONDS = 3_600.0

_log = structlog.get_logger("cds.wiring.upkeep")


def purge_once(parts: Parts) -> None:
    """Purge, where no other worker has done so in this hour; what is away is left to the next hour."""
    now, tenant = parts.clock.now(), parts.settings.tenant
    hour = int(now // EVERY_SECONDS)
    digest = hashlib.sha256(f"clinicards purge|{tenant}|{hour}".encode()).digest()
    try:
        # Marks of used tokens are shared by all workers and taken once: who takes this one does the work.
        parts.store.claim(digest, expires=(hour + 2) * EVERY_SECONDS, now=now)
        days = parts.snapshot.document.privacy.days
        purge(parts.store, tenant, days, now=now, actor="server", record=parts.recorder.record)
    except Replayed:
        return
    except (PortError, CdsError) as error:
        _log.warning("not-purged", error=type(error).__name__)


class Upkeep:
    """Does a piece of work in a thread of its own, a while after the start and then every hour."""

    def __init__(
        self, work: Callable[[], None], *, first: float = FIRST_SECONDS, every: float = EVERY_SECONDS
    ) -> None:
        self._work = work
        self._first, self._every = first, every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, *, timeout: float = 5.0) -> None:
        """Stop, and wait for work that is under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        pause = self._first
        while not self._stopping.wait(pause):
            pause = self._every
            try:
                self._work()
            except Exception as error:  # noqa: BLE001 - whatever fails, the next hour must still come
                _log.error("upkeep-failed", error=type(error).__name__)
