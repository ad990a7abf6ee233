"""What a client says became of our cards.

Spec: https://cds-hooks.hl7.org/2.0/#feedback and HL7's invariants cds-fb-1 to cds-fb-3.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from cds.errors import BadRequest
from cds.hooks.call import BodyLimits, parse_json

Outcome = Literal["accepted", "overridden"]
COMMENT_LIMIT = 4_000
ITEM_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Item:
    """One checked item of feedback."""

    pointer: str
    card: str
    outcome: Outcome
    timestamp: str
    accepted: tuple[str, ...] = ()
    reason_code: str = ""
    reason_system: str = ""
    comment: str = field(default="", repr=False)


def parse(body: bytes, *, limits: BodyLimits) -> tuple[Item, ...]:
    """Return the items of a feedback request; raise `BadRequest` with the pointer of what is wrong."""
    data = parse_json(body, limits=limits)
    items = data.get("feedback") if isinstance(data, dict) else None
    if not isinstance(items, list) or not items:
        raise BadRequest("feedback must be a non-empty array", pointer="/feedback")
    if len(items) > ITEM_LIMIT:
        raise BadRequest(f"at most {ITEM_LIMIT} items at a time", pointer="/feedback")
    return tuple(_item(item, f"/feedback/{n}") for n, item in enumerate(items))


def _item(item: Any, pointer: str) -> Item:
    if not isinstance(item, dict):
        raise BadRequest("must be an object", pointer=pointer)
    card = _string(item, "card", pointer)
    outcome = _string(item, "outcome", pointer)
    if outcome not in {"accepted", "overridden"}:
        raise BadRequest("outcome must be accepted or overridden", pointer=f"{pointer}/outcome")
    timestamp = _string(item, "outcomeTimestamp", pointer)
    _instant(timestamp, f"{pointer}/outcomeTimestamp")
    code, system, comment = _override(item, pointer)
    return Item(
        pointer=pointer,
        card=card,
        outcome="accepted" if outcome == "accepted" else "overridden",
        timestamp=timestamp,
        accepted=_accepted(item, outcome, pointer),
        reason_code=code,
        reason_system=system,
        comment=comment,
    )


def _string(item: dict[str, Any], name: str, pointer: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value or len(value) > 256:
        raise BadRequest(f"{name} is required and must be a string", pointer=f"{pointer}/{name}")
    return value


_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?\Z"
)


def _instant(text: str, pointer: str) -> None:
    try:
        moment = datetime.fromisoformat(text.upper()) if _RFC3339.match(text) else None
    except ValueError:
        moment = None
    if moment is None:
        raise BadRequest("must be an RFC 3339 instant", pointer=pointer)
    if moment.tzinfo is None:
        raise BadRequest("must say its offset from UTC (Z)", pointer=pointer)


def _accepted(item: dict[str, Any], outcome: str, pointer: str) -> tuple[str, ...]:
    value = item.get("acceptedSuggestions")
    if outcome == "overridden" and (value is None or value == []):
        return ()
    place = f"{pointer}/acceptedSuggestions"
    if not isinstance(value, list) or not value:
        raise BadRequest("acceptedSuggestions is required where the outcome is accepted", pointer=place)
    return tuple(_string(s if isinstance(s, dict) else {}, "id", f"{place}/{n}") for n, s in enumerate(value))


def _override(item: dict[str, Any], pointer: str) -> tuple[str, str, str]:
    value = item.get("overrideReason")
    if value is None:
        return "", "", ""
    place = f"{pointer}/overrideReason"
    reason = value.get("reason") if isinstance(value, dict) else None
    comment = value.get("userComment") if isinstance(value, dict) else None
    if reason is None and comment is None:
        raise BadRequest("overrideReason needs reason or userComment", pointer=place)
    if comment is not None and (not isinstance(comment, str) or len(comment) > COMMENT_LIMIT):
        raise BadRequest(
            f"must be a string of at most {COMMENT_LIMIT} characters", pointer=f"{place}/userComment"
        )
    if reason is None:
        return "", "", comment or ""
    if not isinstance(reason, dict):
        raise BadRequest("must be a Coding", pointer=f"{place}/reason")
    code = _string(reason, "code", f"{place}/reason")
    system = reason.get("system", "")
    if not isinstance(system, str) or len(system) > 256:
        raise BadRequest("must be a URI", pointer=f"{place}/reason/system")
    return code, system, comment or ""
