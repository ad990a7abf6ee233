"""The doors to the outside world: small protocols, the rows they carry, and the errors they may raise.

Everything in `cds` speaks to these; only `cds.wiring` knows who stands behind them. An adapter raises the
errors of this module and no other, so that a failure always has a name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class PortError(Exception):
    """Something outside could not do what was asked; the message holds no patient data, token or key."""


class EhrError(PortError):
    """The FHIR server did not give what was asked; `what` is the path asked for with values removed."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class EhrTimeout(EhrError):
    """The FHIR server did not answer in time."""


class EhrRefused(EhrError):
    """The FHIR server answered 401 or 403: the token is not good for this."""


class EhrNotFound(EhrError):
    """The FHIR server answered 404 or 410."""


class EhrUnavailable(EhrError):
    """The FHIR server could not be reached, failed (5xx), or asked to wait longer than there is time."""


class EhrBadAnswer(EhrError):
    """The FHIR server answered with something that is not the FHIR JSON asked for, or left its own base."""


class AddressRefused(EhrError):
    """The address is not one this client may be sent to (origin, scheme or network range)."""


class KeyFailure(PortError):
    """A key is unknown, destroyed, or the key service is away."""


class KeyMismatch(KeyFailure):
    """The key is there, and the wrapped data key does not open under it and this context."""


class StoreUnavailable(PortError):
    """The store could not be read or written."""


class StoreConflict(PortError):
    """Somebody else wrote first: the expected parent is not the newest revision."""


class NotStored(PortError):
    """There is no such row."""


class Replayed(PortError):
    """This token was used before."""


class KeySetUnavailable(PortError):
    """The issuer's keys could not be fetched and none are cached."""


@dataclass(frozen=True, slots=True)
class EhrAccess:
    """Where and how to read one EHR: its base, the call's bearer token, and the caps that hold."""

    base: str
    token: str = field(default="", repr=False)
    max_pages: int = 10
    max_bytes: int = 8_000_000


@dataclass(frozen=True, slots=True)
class Bundle:
    """Resources read by one query, in the server's order, and whether all pages were followed."""

    resources: tuple[dict[str, Any], ...]
    complete: bool = True
    outcomes: tuple[dict[str, Any], ...] = ()
    """OperationOutcomes that came among the entries."""
    why_incomplete: str = ""


class Ehr(Protocol):
    """A FHIR R4 server. Every call takes the seconds it may use; past them it raises `EhrTimeout`."""

    def read(self, access: EhrAccess, path: str, *, timeout: float) -> dict[str, Any]:
        """Return the resource at `Type/id`."""
        ...

    def search(self, access: EhrAccess, query: str, *, timeout: float) -> Bundle:
        """Return what `Type?param=value` finds, following pages inside the base under the caps."""
        ...

    def follow(self, access: EhrAccess, url: str, *, kind: str, timeout: float) -> Bundle:
        """Return a page that somebody else's search for a type linked to as next, and the pages after it."""
        ...


class Keys(Protocol):
    """A key ring. `context` is bound to the wrapped key as associated data."""

    def active(self) -> str:
        """Return the id of the key that new data is sealed with."""
        ...

    def wrap(self, data_key: bytes, *, context: bytes) -> tuple[str, bytes]:
        """Return the key id and the wrapped data key."""
        ...

    def unwrap(self, kid: str, wrapped: bytes, *, context: bytes) -> bytes:
        """Return the data key; raise `KeyFailure`, never try another key."""
        ...

    def derive(self, purpose: str, tenant: str) -> bytes:
        """Return a 32-byte key for one purpose (`audit`, `blind-index`, `pseudonyms`) of one tenant.

        Stable over rotations of the sealing key.
        """
        ...

    def describe(self) -> Sequence[Mapping[str, Any]]:
        """Return id, state (active, decrypt-only, destroyed) and creation time of each key, no secret."""
        ...

    def rotate(self) -> str:
        """Make a new active key and keep the old one for decryption; return the new id."""
        ...


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        ...


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """One immutable revision of a tenant's configuration document (JSON bytes)."""

    id: int
    parent: int | None
    restored_from: int | None
    author: str
    message: str
    time: float
    sha256: str
    document: bytes


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One link of a writer's chain; `body` is canonical JSON without patient data, `mac` seals the chain."""

    writer: str
    seq: int
    time: float
    kind: str
    body: bytes
    mac: bytes


@dataclass(frozen=True, slots=True)
class SentCard:
    """What must be remembered of a card so that feedback finds it, across restarts."""

    uuid: str
    client: str
    service: str
    hook: str
    topic: str
    model: str
    config_revision: int
    indicator: str
    suggestions: tuple[str, ...]
    sent: float
    expires: float
    shown: bool = True
    """False for what was computed in silent mode."""


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """One item of feedback, stored once per client, card, outcome and timestamp."""

    client: str
    card: str
    service: str
    outcome: str
    outcome_timestamp: str
    received: float
    accepted: tuple[str, ...] = ()
    reason_code: str = ""
    reason_system: str = ""
    sealed_comment: bytes = b""


@dataclass(frozen=True, slots=True)
class TokenRow:
    """An admin or inference token: only its argon2 hash is stored."""

    id: str
    name: str
    role: str
    hash: str
    created: float
    expires: float
    revoked: float | None = None


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A sealed record with the purpose it is kept for and when it must be purged."""

    id: str
    purpose: str
    created: float
    expires: float
    sealed: bytes


class AuditLog(Protocol):
    """Where audit entries are kept: append-only, one chain per writer."""

    def audit_writers(self, tenant: str) -> Sequence[str]:
        """Return the names of all writers."""
        ...

    def audit_tail(self, tenant: str, writer: str) -> AuditRow | None:
        """Return the newest entry of a writer."""
        ...

    def audit_entries(self, tenant: str, *, writer: str = "", after: int = 0) -> Iterator[AuditRow]:
        """Yield entries in the order of their chains, lazily."""
        ...


class ReplayGuard(Protocol):
    """Remembers used tokens, shared by all workers."""

    def claim(self, digest: bytes, *, expires: float, now: float) -> None:
        """Insert atomically; raise `Replayed` where it is there already, `StoreUnavailable` where unsure."""
        ...


class Store(AuditLog, ReplayGuard, Protocol):
    """Everything that outlives a call. Rows of one tenant are never seen by another."""

    def check(self) -> None:
        """Raise `StoreUnavailable` where the store cannot be written."""
        ...

    def head(self, tenant: str) -> int | None:
        """Return the id of the newest revision, cheaply: it is asked several times a second."""
        ...

    def revision(self, tenant: str, id: int) -> RevisionRow:
        """Return one revision; raise `NotStored`."""
        ...

    def revisions(self, tenant: str, *, limit: int = 50, before: int | None = None) -> Sequence[RevisionRow]:
        """Return revisions, newest first."""
        ...

    def publish(self, tenant: str, row: RevisionRow, *, entries: Sequence[AuditRow] = ()) -> RevisionRow:
        """Store a revision as child of `row.parent` with its audit entries, in one transaction.

        The id given is ignored; the stored row comes back with its own. Raises `StoreConflict` where
        `row.parent` is not the newest revision.
        """
        ...

    def record(
        self,
        tenant: str,
        *,
        entries: Sequence[AuditRow] = (),
        cards: Sequence[SentCard] = (),
        feedback: Sequence[FeedbackRow] = (),
        sealed: Sequence[SealedRow] = (),
    ) -> None:
        """Store all of it in one transaction, or nothing; feedback already known is skipped silently."""
        ...

    def sent_cards(self, tenant: str, uuids: Sequence[str]) -> Mapping[str, SentCard]:
        """Return those of these cards that are known and not expired."""
        ...

    def feedback(self, tenant: str, *, service: str = "", since: float = 0) -> Iterator[FeedbackRow]:
        """Yield stored feedback, oldest first."""
        ...

    def known_feedback(self, tenant: str, row: FeedbackRow) -> bool:
        """Tell whether this very item (client, card, outcome, timestamp) is stored."""
        ...

    def answers(self, tenant: str, *, since: float = 0) -> Sequence[Mapping[str, Any]]:
        """Return counts of cards sent by service, topic and indicator, for the admin's statistics."""
        ...

    def sealed(self, tenant: str, id: str) -> SealedRow:
        """Return one sealed record; raise `NotStored`."""
        ...

    def sealed_rows(self, tenant: str, *, purpose: str = "") -> Iterator[SealedRow]:
        """Yield sealed records, oldest first."""
        ...

    def reseal(self, tenant: str, id: str, *, before: bytes, after: bytes) -> None:
        """Put the re-wrapped bytes in place of those read; raise `StoreConflict` where others stand there."""
        ...

    def purge(self, tenant: str, *, now: float) -> Mapping[str, int]:
        """Delete what has expired (cards, sealed rows, replay marks, memory) and count it by table."""
        ...

    def add_token(self, tenant: str, row: TokenRow) -> None:
        """Store a token's hash."""
        ...

    def token(self, tenant: str, id: str) -> TokenRow:
        """Return a token's row; raise `NotStored`."""
        ...

    def tokens(self, tenant: str) -> Sequence[TokenRow]:
        """Return all tokens' rows."""
        ...

    def revoke_token(self, tenant: str, id: str, *, now: float) -> None:
        """Mark a token revoked; raise `NotStored`."""
        ...

    def remember(self, tenant: str, purpose: str, key: bytes, value: bytes, *, expires: float) -> None:
        """Keep a small operational value under a keyed hash until it expires."""
        ...

    def recall(self, tenant: str, purpose: str, key: bytes, *, now: float) -> bytes | None:
        """Return what was remembered, or None."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class KeySets(Protocol):
    """Public keys of issuers."""

    def keys(self, url: str, *, kid: str) -> Sequence[Mapping[str, Any]]:
        """Return the JWKs published at a registered URL, refreshed once where `kid` is not among them."""
        ...


class ModelFiles(Protocol):
    """Artefacts of models, by hash."""

    def read(self, model: str, name: str, *, sha256: str) -> bytes:
        """Return the bytes of an artefact; raise `PortError` where the hash differs."""
        ...
