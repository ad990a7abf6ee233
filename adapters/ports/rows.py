"""What goes through the doors: access to an EHR, and the rows a store keeps."""

from dataclasses import dataclass, field
from typing import Any


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
    reasons: tuple[str, ...] = ()
    """Codes of the override reasons that were sent with it: no other is kept in clear."""


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
    """A code that was sent with the card, or `other`."""
    reason_system: str = ""
    comment: str = ""
    """The id of the sealed record with what the user typed; purged before this row is."""
    reason: str = ""
    """The id of the sealed record with a reason that was not sent with the card."""


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
    kid: str = ""
    """The key that its data key is under."""
