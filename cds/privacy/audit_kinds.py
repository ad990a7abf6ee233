"""What an audit entry of each kind may say: names of ours, counts and times, never a patient's data.

A key that does not stand here is refused, wherever in the body it is. `hookInstance`, user ids, patient ids,
subject keys, order ids and trace ids are left out on purpose: they join with the EHR's own logs. Who asked
and about whom is in the sealed record that an `answer` names.
"""

from collections.abc import Mapping
from typing import Any

from cds.errors import CdsError
from cds.privacy.sealed_records import FIELDS

MOST_TEXT = 200
MOST_ITEMS = 1000
MOST_NUMBER = 2**53

_SPELL = {"count", "since", "until"}

KINDS: Mapping[str, frozenset[str]] = {
    kind: frozenset(keys)
    for kind, keys in {
        "answer": {
            "call", "client", "service", "hook", "profile", "config_revision", "status", "cards", "models",
            "missing", "left_out", "repeated", "silent", "switched_off", "sealed", "duration_ms", "user_type",
        },
        "refusal": {"call", "client", "service", "hook", "status", "code", "reason", *_SPELL},
        "feedback": {"client", "service", "items", "count"},
        "config": {"actor", "action", "revision", "parent", "restored_from", "sha256", "paths"},
        "token": {"actor", "action", "token", "role", "expires", "reason"},
        "keys": {"actor", "action", "kid", "purpose", "rewrapped", "remaining", "unreadable"},
        "anchor": {"chains"},
        "start": {"version", "mode", "config_revision", "spooled", "torn"},
        "stop": {"reason", "entries"},
        "purge": {"actor", "counts", "before"},
        "re-identify": {"actor", "found", "sealed"},
        "de-identify": {"actor", "profile", "resources", "refused"},
        "unavailable": {"call", "client", "service", "part", "reason", "spooled", *_SPELL},
    }.items()
}  # fmt: skip
"""The keys that a body of each kind may have."""

INSIDE: Mapping[str, frozenset[str]] = {
    "cards": frozenset({"uuid", "topic", "indicator", "model", "shown"}),
    "items": frozenset({"card", "outcome", "reason"}),
    "chains": frozenset({"writer", "seq", "mac"}),
    "counts": frozenset({"cards", "sealed", "replay", "memory", *FIELDS}),
}
"""The keys that what stands under a key may have; under any other there are plain values or lists of them."""


class BodyRefused(CdsError):
    """An audit entry would say what it must not; the message names the key, never the value."""

    title = "Audit entry refused"


def check_body(kind: str, body: Mapping[str, Any]) -> None:
    """Refuse a body with a key that its kind does not have, or a value too long to be a name."""
    allowed = KINDS.get(kind)
    if allowed is None:
        raise BodyRefused(f"there is no audit entry of kind {kind!r}")
    _check_keys(kind, body, allowed)
    for key, value in body.items():
        _check_value(f"{kind}.{key}", value, INSIDE.get(key, frozenset()))


def _check_keys(place: str, body: Mapping[str, Any], allowed: frozenset[str]) -> None:
    strange = body.keys() - allowed
    if strange:
        raise BodyRefused(f"an audit entry may not say {', '.join(sorted(map(str, strange)))} in {place}")


def _check_value(place: str, value: object, inside: frozenset[str]) -> None:
    if isinstance(value, (list, tuple)):
        if len(value) > MOST_ITEMS:
            raise BodyRefused(f"{place} has more than {MOST_ITEMS} items")
        for item in value:
            _check_item(place, item, inside)
    else:
        _check_item(place, value, inside)


def _check_item(place: str, item: object, inside: frozenset[str]) -> None:
    if type(item) is dict or isinstance(item, Mapping):
        _check_keys(place, item, inside)
        for value in item.values():
            _check_plain(place, value)
    else:
        _check_plain(place, item)


def _check_plain(place: str, value: object) -> None:
    if type(value) is str and len(value) <= MOST_TEXT and value.isprintable():
        return  # nearly every value: a name of ours
    if not (value is None or isinstance(value, (str, int, float))):
        raise BodyRefused(f"{place} holds something that is neither text nor number")
    if isinstance(value, (int, float)) and not abs(value) < MOST_NUMBER:
        raise BodyRefused(f"{place} holds a number that JSON does not carry exactly")
    if isinstance(value, str) and (len(value) > MOST_TEXT or not value.isprintable()):
        raise BodyRefused(f"{place} holds text that is too long, or has line breaks: it is no name of ours")
