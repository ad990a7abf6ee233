"""The protocols themselves."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from adapters.ports.rows import (
    AuditRow,
    Bundle,
    EhrAccess,
    FeedbackRow,
    RevisionRow,
    SealedRow,
    SentCard,
    TokenRow,
)

NO_AGES: Mapping[str, float] = {}


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

    def destroy(self, kid: str) -> None:
        """Erase a key's secret for good; raise `KeyFailure` for the active one and for one not known."""
        ...


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        ...


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
        """Store all of it in one transaction, or nothing.

        Feedback already known is skipped silently. A sealed record that is there already stays as it first
        came, and the later of both times is when it expires.
        """
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

    def sealed_rows(self, tenant: str, *, purpose: str = "", not_under: str = "") -> Iterator[SealedRow]:
        """Yield sealed records, oldest first; `not_under` leaves out those under this key."""
        ...

    def reseal(self, tenant: str, rows: Sequence[tuple[SealedRow, SealedRow]]) -> int:
        """Put re-wrapped records (read, new) in the place of those read, in one transaction.

        One that was changed or purged since it was read is left alone; returns how many were replaced.
        """
        ...

    def sealed_under(self, tenant: str = "") -> Mapping[str, int]:
        """Return how many sealed records are under each key; of all tenants where none is named."""
        ...

    def seal_reason(self, tenant: str, row: FeedbackRow, sealed: SealedRow) -> None:
        """Move the reason that an item of feedback was stored with in clear into a sealed record."""
        ...

    def expired(self, tenant: str, *, now: float, older: Mapping[str, float] = NO_AGES) -> Mapping[str, int]:
        """Count what `purge` would delete."""
        ...

    def purge(self, tenant: str, *, now: float, older: Mapping[str, float] = NO_AGES) -> Mapping[str, int]:
        """Delete what has expired and count it: `cards`, `memory`, `replay`, `sealed`.

        `older` says for `cards`, or for sealed records of a purpose, before which time they were made where
        they go although they were to be kept longer; those purposes are counted by their own names.
        """
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
