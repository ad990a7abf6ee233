"""The audit: one chain of entries a writer, crossed by anchors, without patient data in clear.

An entry's mac is HMAC-SHA256 over the mac before it and all that the entry says, so that none can be changed,
left out or put in between. A chain alone does not show that its end was cut off: therefore writers enter each
other's newest number and mac as anchors, and anchors can be written to a file elsewhere. What was cut off
after the last anchor is the one thing that cannot be seen.

A writer is one start of one process and has a name of its own; a chain is never continued by another.
"""

import hashlib
import hmac
import secrets
import struct
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from adapters.ports import AuditLog, AuditRow
from cds.privacy.audit_kinds import check_body

FIRST_MAC = bytes(32)


class Position(NamedTuple):
    """How far a chain is: the number and mac of its newest entry."""

    seq: int
    mac: bytes


START = Position(0, FIRST_MAC)


class Anchor(NamedTuple):
    """What somebody else knows of a chain."""

    writer: str
    seq: int
    mac: str
    """In hexadecimal."""


def new_writer() -> str:
    """Return a name for this start of this process that tells nothing of the host."""
    return f"w{secrets.token_hex(8)}"


class AuditChain:
    """Makes the entries of one writer; threads may share it."""

    def __init__(self, writer: str, key: bytes, *, tail: AuditRow | None = None) -> None:
        """Continue after `tail`; without it, begin."""
        self.writer = writer
        self._key = key
        self._position = Position(tail.seq, tail.mac) if tail else START
        self._lock = threading.Lock()

    @property
    def position(self) -> Position:
        """How far the chain is."""
        return self._position

    def append(self, kind: str, body: Mapping[str, Any], time: float) -> AuditRow:
        """Return the next entry; refuse a body with a key that its kind does not have."""
        check_body(kind, body)
        text = orjson.dumps(dict(body), option=orjson.OPT_SORT_KEYS)
        with self._lock:
            seq = self._position.seq + 1
            mac = link(self._key, self._position.mac, self.writer, seq, time, kind, text)
            self._position = Position(seq, mac)
        return AuditRow(self.writer, seq, time, kind, text, mac)

    def successor(self) -> "AuditChain":
        """Return a new chain under a new name, for where this one's end is not known or not ours any more."""
        return AuditChain(new_writer(), self._key)

    def move(self, position: Position) -> None:
        """Stand at an earlier position again, where the entries made since were certainly not kept."""
        with self._lock:
            self._position = position


def link(key: bytes, before: bytes, writer: str, seq: int, time: float, kind: str, body: bytes) -> bytes:
    """Return the mac of an entry that follows the one with the mac `before`; lengths keep fields apart."""
    name, kind_bytes = writer.encode(), kind.encode()
    head = struct.pack(">32sQdIII", before, seq, time, len(name), len(kind_bytes), len(body))
    return hmac.digest(key, b"clinicards audit 1" + head + name + kind_bytes + body, hashlib.sha256)


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place where a chain does not hold.

    `why`: `mac` (the entry was changed, or the one before it), `gap` (entries are missing before it),
    `order` (its number does not rise), `anchor` (an anchor knows another entry of this number), `truncated`
    (an anchor knows of entries from here on that are not in the log).
    """

    writer: str
    seq: int
    why: str
    known_by: str = ""
    """Where the anchor stands that knows better: `writer:seq` or the anchor file."""


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was checked and the first broken place of each chain."""

    entries: int
    chains: Mapping[str, int]
    """The newest number of each writer."""
    anchors: int
    broken: tuple[Broken, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is broken."""
        return not self.broken


@dataclass(slots=True)
class _Reading:
    """How far one chain was read."""

    seq: int = 0
    mac: bytes = FIRST_MAC
    broken: Broken | None = None


MOST_CLAIMS = 50_000
"""How many anchors are held at once; then they are compared, so that no length of a log fills the memory."""


def verify(
    log: AuditLog, tenant: str, key: bytes, *, outside: Iterable[Anchor] = (), held: int = MOST_CLAIMS
) -> VerifyReport:
    """Check every chain of a tenant, its anchors, and those kept outside.

    Anchors are compared in a second reading, so that entries written meanwhile are not taken for broken.
    """
    chains: dict[str, _Reading] = {}
    claims = _Claims(log, tenant, held)
    entries = 0
    for row in log.audit_entries(tenant):
        entries += 1
        reading = chains.setdefault(row.writer, _Reading())
        _follow(reading, row, key)
        if row.kind == "anchor" and reading.broken is None:
            claims.add(_anchors(row), f"{row.writer}:{row.seq}")
    claims.add(outside, "anchor file")
    claims.compare()
    found = [*claims.broken.values(), *(r.broken for r in chains.values() if r.broken)]
    first: dict[str, Broken] = {}
    for fault in sorted(found, key=lambda fault: fault.seq):
        first.setdefault(fault.writer, fault)
    newest = {writer: reading.seq for writer, reading in chains.items()}
    return VerifyReport(entries, newest, claims.count, tuple(first[writer] for writer in sorted(first)))


def tails(log: AuditLog, tenant: str) -> Iterator[Anchor]:
    """Yield an anchor for the newest entry of every writer, to be kept outside of the store."""
    for writer in log.audit_writers(tenant):
        tail = log.audit_tail(tenant, writer)
        if tail is not None:
            yield Anchor(writer, tail.seq, tail.mac.hex())


def anchor_body(anchors: Iterable[Anchor]) -> dict[str, Any]:
    """Return the body of an entry of kind `anchor`."""
    return {"chains": [anchor._asdict() for anchor in anchors]}


def dump_anchors(anchors: Iterable[Anchor]) -> bytes:
    """Return anchors as JSON lines for a file; lines may be added to those that are there."""
    return b"".join(orjson.dumps(anchor._asdict()) + b"\n" for anchor in anchors)


def load_anchors(lines: bytes) -> tuple[Anchor, ...]:
    """Return the anchors of a file; raise ValueError naming the line that is none."""
    return tuple(_anchor_line(number, line) for number, line in enumerate(lines.splitlines(), 1) if line)


def _anchor_line(number: int, line: bytes) -> Anchor:
    try:
        item = orjson.loads(line)
        bytes.fromhex(item["mac"])
        return Anchor(str(item["writer"]), int(item["seq"]), item["mac"])
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"line {number} of the anchor file is not an anchor") from None


def _follow(reading: _Reading, row: AuditRow, key: bytes) -> None:
    """Take the next entry of a chain; the first that does not fit is what is broken."""
    if reading.broken is None:
        why = _fault(reading, row, key)
        reading.broken = Broken(row.writer, row.seq, why) if why else None
    reading.seq, reading.mac = max(reading.seq, row.seq), row.mac


def _fault(reading: _Reading, row: AuditRow, key: bytes) -> str:
    if row.seq <= reading.seq:
        return "order"
    if row.seq != reading.seq + 1:
        return "gap"
    expected = link(key, reading.mac, row.writer, row.seq, row.time, row.kind, row.body)
    return "" if hmac.compare_digest(expected, row.mac) else "mac"


def _anchors(row: AuditRow) -> Iterator[Anchor]:
    return (Anchor(item["writer"], item["seq"], item["mac"]) for item in orjson.loads(row.body)["chains"])


class _Claims:
    """What anchors say of chains, held until there are many and then compared with the log."""

    def __init__(self, log: AuditLog, tenant: str, most: int) -> None:
        self.count = 0
        self.broken: dict[str, Broken] = {}
        self._log, self._tenant, self._most = log, tenant, most
        self._held: dict[str, dict[int, tuple[bytes, str]]] = {}
        self._waiting = 0

    def add(self, anchors: Iterable[Anchor], known_by: str) -> None:
        """Take note of anchors and of where they stand."""
        for anchor in anchors:
            known = self._held.setdefault(anchor.writer, {})
            self._waiting += anchor.seq not in known
            known[anchor.seq] = (bytes.fromhex(anchor.mac), known_by)
            if self._waiting >= self._most:
                self.compare()

    def compare(self) -> None:
        """Compare what is held with the log and let go of it; the first fault of a writer stays."""
        for writer, known in self._held.items():
            fault = _contradiction(self._log, self._tenant, writer, known)
            if fault and (writer not in self.broken or fault.seq < self.broken[writer].seq):
                self.broken[writer] = fault
        self.count += self._waiting
        self._held, self._waiting = {}, 0


def _contradiction(
    log: AuditLog, tenant: str, writer: str, known: Mapping[int, tuple[bytes, str]]
) -> Broken | None:
    """Return the first place where a chain is not what anchors know of it; it is read from the first on."""
    newest = 0
    for row in log.audit_entries(tenant, writer=writer, after=min(known) - 1):
        newest = row.seq
        mac, known_by = known.get(row.seq, (row.mac, ""))
        if not hmac.compare_digest(mac, row.mac):
            return Broken(writer, row.seq, "anchor", known_by)
    if not newest:
        tail = log.audit_tail(tenant, writer)
        newest = tail.seq if tail else 0
    last = max(known)
    return Broken(writer, newest + 1, "truncated", known[last][1]) if last > newest else None
