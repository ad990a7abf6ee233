"""A record on its way through the spool: an audit entry with what belongs to it, as JSON bytes and back."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import orjson

from adapters.ports import AuditRow, FeedbackRow, SealedRow, SentCard

R = TypeVar("R", AuditRow, SentCard, FeedbackRow, SealedRow)


@dataclass(frozen=True, slots=True)
class Kept:
    """One entry of the chain and the rows that are stored with it, or not at all."""

    entry: AuditRow
    cards: Sequence[SentCard] = ()
    feedback: Sequence[FeedbackRow] = ()
    sealed: Sequence[SealedRow] = ()


def pack(kept: Kept) -> bytes:
    """Return a record as bytes."""
    return orjson.dumps(kept, default=_base64)


def unpack(packed: bytes) -> Kept:
    """Return the record that was packed."""
    found = orjson.loads(packed)
    return Kept(
        entry=_row(AuditRow, found["entry"]),
        cards=[_row(SentCard, item) for item in found["cards"]],
        feedback=[_row(FeedbackRow, item) for item in found["feedback"]],
        sealed=[_row(SealedRow, item) for item in found["sealed"]],
    )


def _base64(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} does not go into a spool")


def _row(kind: type[R], item: Mapping[str, Any]) -> R:
    return kind(**{field.name: _value(field.type, item[field.name]) for field in fields(kind)})


def _value(kind: object, value: Any) -> Any:
    if kind is bytes:
        return base64.b64decode(value)
    return tuple(value) if isinstance(value, list) else value
