"""A record on its way through the spool: an audit entry with what belongs to it, as JSON bytes and back."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import orjson

from adapters.ports import AuditRow, FeedbackRow, SealedRow, SentCard
from cds.privacy.reasons import record_of
from cds.privacy.seal import key_id

R = TypeVar("R", AuditRow, SentCard, FeedbackRow, SealedRow)
_COMMENT_SECONDS = 400 * 86_400.0
"""How long comments that an earlier release spooled are kept: its rows did not say."""


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
        sealed=[
            *(_row(SealedRow, item) for item in found["sealed"]),
            *(_comment(item) for item in found["feedback"] if item.get("sealed_comment")),
        ],
    )


def _comment(item: Mapping[str, Any]) -> SealedRow:
    """Return the comment of an item that an earlier release spooled inside its row."""
    content = base64.b64decode(item["sealed_comment"])
    return SealedRow(
        _comment_id(item),
        "feedback",
        item["received"],
        item["received"] + _COMMENT_SECONDS,
        content,
        key_id(content),
    )


def _comment_id(item: Mapping[str, Any]) -> str:
    return record_of(item["card"], item["outcome"], item["outcome_timestamp"])


def _base64(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} does not go into a spool")


def _row(kind: type[R], item: Mapping[str, Any]) -> R:
    """Return a row; what an earlier release did not spool has its default."""
    values = {f.name: _value(f.type, item[f.name]) for f in fields(kind) if f.name in item}
    if item.get("sealed_comment"):
        values["comment"] = _comment_id(item)
    return kind(**values)


def _value(kind: object, value: Any) -> Any:
    if kind is bytes:
        return base64.b64decode(value)
    return tuple(value) if isinstance(value, list) else value
