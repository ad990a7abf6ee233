"""When a writer anchors the chains of others, and which of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from adapters.ports import AuditLog, Clock
from cds.privacy.audit import Anchor

MOST_WRITERS = 100
"""How many other chains one anchor looks at; the next goes on with the rest."""
FINISHED_SECONDS = 86_400.0
"""A chain that is anchored and has not grown for so long is not looked at again."""


@dataclass(frozen=True, slots=True)
class AnchorPolicy:
    """Anchors are due after so many entries or seconds, whichever comes first."""

    entries: int = 1000
    seconds: float = 600.0


class Anchoring:
    """Remembers what this writer has anchored."""

    def __init__(self, log: AuditLog, tenant: str, *, clock: Clock, policy: AnchorPolicy) -> None:
        self._log = log
        self._tenant = tenant
        self._clock = clock
        self._policy = policy
        self._entries = 0
        self._since = clock.monotonic()
        self._known: dict[str, int] = {}
        self._finished: set[str] = set()
        self._last_seen = ""

    def count(self, entries: int) -> None:
        """Take note of entries written."""
        self._entries += entries

    def is_due(self) -> bool:
        """Tell whether an anchor should be written now; an idle writer writes none."""
        waited = self._clock.monotonic() - self._since
        return self._entries > 0 and (self._entries >= self._policy.entries or waited >= self._policy.seconds)

    def begin(self) -> list[Anchor]:
        """Start the next period and return what there is to anchor in this one."""
        self._entries, self._since = 0, self._clock.monotonic()
        return list(self._changed(self._log.audit_writers(self._tenant)))

    def done(self, anchors: Iterable[Anchor]) -> None:
        """Take note that these are in our chain; the anchor itself makes no new one due."""
        self._entries = 0
        self._known.update((anchor.writer, anchor.seq) for anchor in anchors)

    def _changed(self, writers: Iterable[str]) -> Iterator[Anchor]:
        """Yield the newest entries of chains that went on since we last looked, those next in turn."""
        names = [name for name in writers if name not in self._finished]
        turn = [*(n for n in names if n > self._last_seen), *(n for n in names if n <= self._last_seen)]
        for name in turn[:MOST_WRITERS]:
            self._last_seen = name
            tail = self._log.audit_tail(self._tenant, name)
            if tail is None:
                continue
            if tail.seq > self._known.get(name, 0):
                yield Anchor(name, tail.seq, tail.mac.hex())
            elif tail.time < self._clock.now() - FINISHED_SECONDS:
                self._finished.add(name)
