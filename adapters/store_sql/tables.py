"""The tables as SQLAlchemy sees them, and how rows of `ports` become tuples and come back.

What exists in the database is made by `migrations`; a test holds the two against each other.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Double, LargeBinary, MetaData, Table, Text

from adapters.ports import AuditRow, FeedbackRow, RevisionRow, SealedRow, SentCard, TokenRow

metadata = MetaData()


def _table(name: str, key: Sequence[str], /, **types: type) -> Table:
    """Return a table from names and Python types, in order; `key` names the primary key."""
    sql: dict[type, Any] = {str: Text, int: BigInteger, float: Double, bytes: LargeBinary, bool: Boolean}
    columns: list[Column[Any]] = [
        Column(column, sql[type_], primary_key=column in key) for column, type_ in types.items()
    ]
    return Table(name, metadata, *columns)


revisions = _table(
    "revisions",
    ("tenant", "id"),
    tenant=str,
    id=int,
    parent=int,
    restored_from=int,
    author=str,
    message=str,
    time=float,
    sha256=str,
    document=bytes,
)
audit = _table(
    "audit",
    ("tenant", "writer", "seq"),
    tenant=str,
    writer=str,
    seq=int,
    time=float,
    kind=str,
    body=bytes,
    mac=bytes,
)
cards = _table(
    "cards",
    ("tenant", "uuid"),
    tenant=str,
    uuid=str,
    client=str,
    service=str,
    hook=str,
    topic=str,
    model=str,
    config_revision=int,
    indicator=str,
    suggestions=str,
    sent=float,
    expires=float,
    shown=bool,
    reasons=str,
)
feedback = _table(
    "feedback",
    ("n",),
    n=int,
    tenant=str,
    client=str,
    card=str,
    service=str,
    outcome=str,
    outcome_timestamp=str,
    received=float,
    accepted=str,
    reason_code=str,
    reason_system=str,
    comment=str,
    reason=str,
)
tokens = _table(
    "tokens",
    ("tenant", "id"),
    tenant=str,
    id=str,
    name=str,
    role=str,
    hash=str,
    created=float,
    expires=float,
    revoked=float,
)
sealed = _table(
    "sealed",
    ("tenant", "id"),
    tenant=str,
    id=str,
    purpose=str,
    created=float,
    expires=float,
    sealed=bytes,
    kid=str,
)
replay = _table("replay", ("digest",), digest=bytes, expires=float)
memory = _table(
    "memory",
    ("tenant", "purpose", "key"),
    tenant=str,
    purpose=str,
    key=bytes,
    value=bytes,
    expires=float,
)
pulse = _table("pulse", ("id",), id=int, time=float)
"""One row that is overwritten to see that the store takes writes."""

Values = tuple[Any, ...]


def audit_values(tenant: str, row: AuditRow) -> Values:
    """Return an entry in the order of the columns of `audit`."""
    return (tenant, row.writer, row.seq, row.time, row.kind, row.body, row.mac)


def card_values(tenant: str, row: SentCard) -> Values:
    """Return a card in the order of the columns of `cards`."""
    return (
        tenant,
        row.uuid,
        row.client,
        row.service,
        row.hook,
        row.topic,
        row.model,
        row.config_revision,
        row.indicator,
        json.dumps(row.suggestions),
        row.sent,
        row.expires,
        row.shown,
        json.dumps(row.reasons) if row.reasons else "[]",
    )


def feedback_values(tenant: str, row: FeedbackRow) -> Values:
    """Return feedback in the order of the columns of `feedback` after `n`."""
    return (
        tenant,
        row.client,
        row.card,
        row.service,
        row.outcome,
        row.outcome_timestamp,
        row.received,
        json.dumps(row.accepted),
        row.reason_code,
        row.reason_system,
        row.comment,
        row.reason,
    )


def sealed_values(tenant: str, row: SealedRow) -> Values:
    """Return a sealed record in the order of the columns of `sealed`."""
    return (tenant, row.id, row.purpose, row.created, row.expires, row.sealed, row.kid)


def revision_values(tenant: str, row: RevisionRow) -> Values:
    """Return a revision in the order of the columns of `revisions`."""
    return (
        tenant,
        row.id,
        row.parent,
        row.restored_from,
        row.author,
        row.message,
        row.time,
        row.sha256,
        row.document,
    )


def token_values(tenant: str, row: TokenRow) -> Values:
    """Return a token in the order of the columns of `tokens`."""
    return (tenant, row.id, row.name, row.role, row.hash, row.created, row.expires, row.revoked)


def audit_row(row: Sequence[Any]) -> AuditRow:
    """Return the entry that a row of `audit` holds."""
    return AuditRow(*row[1:])


def revision_row(row: Sequence[Any]) -> RevisionRow:
    """Return the revision that a row of `revisions` holds."""
    return RevisionRow(*row[1:])


def token_row(row: Sequence[Any]) -> TokenRow:
    """Return the token that a row of `tokens` holds."""
    return TokenRow(*row[1:])


def sealed_row(row: Sequence[Any]) -> SealedRow:
    """Return the sealed record that a row of `sealed` holds."""
    return SealedRow(*row[1:])


def card_row(row: Sequence[Any]) -> SentCard:
    """Return the card that a row of `cards` holds."""
    values = list(row[1:])
    values[8], values[11] = tuple(json.loads(values[8])), bool(values[11])
    values[12] = tuple(json.loads(values[12]))
    return SentCard(*values)


def feedback_row(row: Sequence[Any]) -> FeedbackRow:
    """Return the feedback that a row of `feedback` holds."""
    values = list(row[2:])
    values[6] = tuple(json.loads(values[6]))
    return FeedbackRow(*values)
