"""The recorder: what was said is kept before it is said, in the store or else in the spool.

Threads hand in what they want recorded; whoever is first appends all entries to the chain and stores them
in one transaction, so that the order of the chain is the order of the disk. An entry is in the chain only
once it is kept: a row that the store refuses takes the chain back, and where the outcome is not known the
chain ends there and another begins under a new name.

While the store is away, records go to the spool, and go on doing so until the spool is delivered, in order,
by the calls that come later. When neither takes them, the caller gets `Unavailable` and must not answer.
"""

import os
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from adapters.batches import Batches, Slot
from adapters.ports import (
    AuditRow,
    Clock,
    FeedbackRow,
    PortError,
    RevisionRow,
    SealedRow,
    SentCard,
    Store,
    StoreConflict,
    StoreUnavailable,
)
from cds.errors import CdsError, Unavailable
from cds.privacy.anchoring import Anchoring, AnchorPolicy
from cds.privacy.audit import AuditChain, anchor_body
from cds.privacy.audit_kinds import check_body
from cds.privacy.spool import Adopted, Spool
from cds.privacy.spooled import Kept, pack, unpack

AWAY_SECONDS = 1.0
"""How long the store is left alone after it was found away, so that calls do not wait for it in turn."""
DEFAULT_ANCHORS = AnchorPolicy()

_recorders: "weakref.WeakSet[Recorder]" = weakref.WeakSet()


@dataclass(frozen=True, slots=True)
class Entry:
    """What one caller wants recorded together."""

    kind: str
    body: Mapping[str, Any]
    cards: Sequence[SentCard] = ()
    feedback: Sequence[FeedbackRow] = ()
    sealed: Sequence[SealedRow] = ()
    revision: RevisionRow | None = None


class Recorder:
    """Records for one tenant in one process; threads share it, and a forked child has a chain of its own."""

    def __init__(
        self,
        tenant: str,
        store: Store,
        spool: Spool,
        chain: AuditChain,
        *,
        clock: Clock,
        anchors: AnchorPolicy = DEFAULT_ANCHORS,
    ) -> None:
        self._tenant = tenant
        self._store = store
        self._spool = spool
        self._chain = chain
        self._clock = clock
        self._away_until = float("-inf")
        self._anchoring = Anchoring(store, tenant, clock=clock, policy=anchors)
        self.refused = 0
        """How many spooled records the store would not take whole: it has their entries, not their rows."""
        self._start_batches()
        _recorders.add(self)

    @property
    def writer(self) -> str:
        """The name of this process's chain."""
        return self._chain.writer

    @property
    def spooled(self) -> int:
        """How many records of this process wait in the spool."""
        return self._spool.pending

    def record(
        self,
        kind: str,
        body: Mapping[str, Any],
        *,
        cards: Sequence[SentCard] = (),
        feedback: Sequence[FeedbackRow] = (),
        sealed: Sequence[SealedRow] = (),
    ) -> AuditRow:
        """Keep an audit entry with what belongs to it; when this returns it outlives a loss of power.

        Raises `Unavailable` where neither store nor spool takes it, and `StoreConflict` where a row is there
        already.
        """
        check_body(kind, body)
        row: AuditRow = self._batches.submit(Entry(kind, body, cards, feedback, sealed))
        return row

    def publish(self, revision: RevisionRow, body: Mapping[str, Any]) -> RevisionRow:
        """Publish a revision with its entry of kind `config`; the store must be there.

        Raises `StoreConflict` where another was published first, `StoreUnavailable` where the store is away.
        """
        check_body("config", body)
        stored: RevisionRow = self._batches.submit(Entry("config", body, revision=revision))
        return stored

    def recover(self) -> Adopted:
        """Deliver what processes that are gone left in the spool; raise `StoreUnavailable` if it is away."""
        return self._spool.adopt(self._deliver)

    def close(self) -> None:
        """Let go of the spool's file."""
        _recorders.discard(self)
        self._spool.close()

    def cross_fork(self) -> None:
        """Begin a chain and a spool file of the child's own."""
        self._chain = self._chain.successor()
        self._spool.cross_fork()
        self._start_batches()

    def _start_batches(self) -> None:
        self._batches: Batches[Entry, Any] = Batches(self._run, lost=_lost)

    def _run(self, take: Callable[[], Sequence[Slot[Entry, Any]]]) -> None:
        for publishes, slots in groupby(take(), key=lambda slot: slot.item.revision is not None):
            if publishes:
                for slot in slots:
                    self._run_group([slot], self._publish)
            else:
                self._run_group(list(slots), self._write)
        if self._anchoring.is_due() and not self._spool.pending:
            self._anchor()

    def _run_group(
        self, slots: Sequence[Slot[Entry, Any]], write: Callable[[Sequence[Entry]], Sequence[Any]]
    ) -> None:
        """Write all in one; where one does not fit, each alone."""
        try:
            results = write([slot.item for slot in slots])
        except StoreConflict as error:
            if len(slots) == 1:
                return slots[0].fail(error)
            for slot in slots:
                self._run_group([slot], write)
        except (PortError, CdsError) as error:
            for slot in slots:
                slot.fail(copy(error))
        else:
            for slot, result in zip(slots, results, strict=True):
                slot.succeed(result)

    def _write(self, entries: Sequence[Entry]) -> Sequence[AuditRow]:
        """Append the entries to the chain and keep them in the store, or else in the spool."""
        with self._chained(entries) as kept:
            if not (self._reachable() and self._stored(kept)):
                self._spool.append([pack(item) for item in kept])
        self._anchoring.count(len(kept))
        return [item.entry for item in kept]

    def _publish(self, entries: Sequence[Entry]) -> Sequence[RevisionRow]:
        if not self._reachable():
            raise StoreUnavailable("the store is away, or records wait to be delivered to it: try again")
        with self._chained(entries) as kept:
            revisions = [entry.revision for entry in entries if entry.revision is not None]
            rows = [item.entry for item in kept]
            return [self._store.publish(self._tenant, revision, entries=rows) for revision in revisions]

    @contextmanager
    def _chained(self, entries: Sequence[Entry]) -> Iterator[Sequence[Kept]]:
        """Append entries; take the chain back if they were refused, and leave it if nobody knows."""
        chain, before = self._chain, self._chain.position
        try:
            yield [
                Kept(
                    chain.append(entry.kind, entry.body, self._clock.now()),
                    entry.cards,
                    entry.feedback,
                    entry.sealed,
                )
                for entry in entries
            ]
        except StoreConflict:
            chain.move(before)
            raise
        except BaseException:
            # Nobody knows whether the entries were kept, so this chain ends here and another begins.
            self._chain = chain.successor()
            raise

    def _reachable(self) -> bool:
        """Tell whether the store may be written: it is not known to be away, and the spool is delivered."""
        if self._clock.monotonic() < self._away_until:
            return False
        try:
            self._spool.replay(self._deliver)
        except (PortError, CdsError):
            # The records stay in the spool, where `spooled` shows them; new ones go behind them.
            self._stay_away()
        return not self._spool.pending

    def _stored(self, kept: Sequence[Kept]) -> bool:
        try:
            self._store_all(kept)
        except StoreUnavailable:
            self._stay_away()
            return False
        return True

    def _stay_away(self) -> None:
        self._away_until = self._clock.monotonic() + AWAY_SECONDS

    def _store_all(self, kept: Sequence[Kept]) -> None:
        self._store.record(
            self._tenant,
            entries=[item.entry for item in kept],
            cards=[card for item in kept for card in item.cards],
            feedback=[row for item in kept for row in item.feedback],
            sealed=[row for item in kept for row in item.sealed],
        )

    def _deliver(self, records: Sequence[bytes]) -> None:
        """Store spooled records, without those that reached the store although nobody was told."""
        kept = [unpack(record) for record in records]
        newest = {writer: self._newest(writer) for writer in {item.entry.writer for item in kept}}
        missing = [item for item in kept if item.entry.seq > newest[item.entry.writer]]
        try:
            self._store_all(missing)
        except StoreConflict:
            for item in missing:
                self._store_alone(item)

    def _newest(self, writer: str) -> int:
        tail = self._store.audit_tail(self._tenant, writer)
        return tail.seq if tail else 0

    def _store_alone(self, item: Kept) -> None:
        """Store one record; where its rows are refused, at least its entry, so that the chain is whole."""
        try:
            self._store_all([item])
        except StoreConflict:
            self._store.record(self._tenant, entries=[item.entry])
            self.refused += 1

    def _anchor(self) -> None:
        try:
            anchors = [anchor for anchor in self._anchoring.begin() if anchor.writer != self.writer]
            if anchors:
                self._write([Entry("anchor", anchor_body(anchors))])
        except (PortError, CdsError):
            # No caller waits for an anchor; the next one covers what this one missed.
            return
        self._anchoring.done(anchors)


def _lost() -> Exception:
    return Unavailable("the audit could not be written")


def _cross_fork() -> None:
    for recorder in list(_recorders):
        recorder.cross_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_cross_fork)
