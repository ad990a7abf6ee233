"""Sealed records: what each purpose keeps in them, and how they are made, opened and re-wrapped.

A record's id, the field that its purpose keeps and the purpose itself are bound to what is sealed.
"""

from collections.abc import Mapping
from dataclasses import replace

from adapters.ports import Keys, SealedRow
from cds.privacy.seal import SealError, key_id, open_sealed, rewrap, seal

FIELDS: Mapping[str, str] = {
    "answer": "answer",
    "feedback": "userComment",
    "feedback-reason": "overrideReason",
    "pseudonyms": "reference",
    "re-identification": "reason",
}
"""The field that the records of a purpose keep."""


class UnknownPurpose(SealError):
    """The purpose of a sealed record is not known to this release."""


def sealed_row(
    keys: Keys, content: bytes, *, tenant: str, id: str, purpose: str, created: float, expires: float
) -> SealedRow:
    """Return a record sealed for its place, with the key that it is under."""
    sealed = seal(keys, content, tenant=tenant, record=id, field=FIELDS[purpose], purpose=purpose)
    return SealedRow(id, purpose, created, expires, sealed, key_id(sealed))


def open_row(keys: Keys, row: SealedRow, *, tenant: str) -> bytes:
    """Return what a record keeps; raise the `SealError` that tells why it cannot be had."""
    return open_sealed(keys, row.sealed, tenant=tenant, record=row.id, field=_field(row), purpose=row.purpose)


def rewrapped(keys: Keys, row: SealedRow, *, tenant: str) -> SealedRow:
    """Return a record with its data key under the active key."""
    sealed = rewrap(keys, row.sealed, tenant=tenant, record=row.id, field=_field(row), purpose=row.purpose)
    return replace(row, sealed=sealed, kid=key_id(sealed))


def _field(row: SealedRow) -> str:
    if row.purpose not in FIELDS:
        raise UnknownPurpose(f"sealed records of purpose {row.purpose[:40]!r} are not known to this release")
    return FIELDS[row.purpose]
