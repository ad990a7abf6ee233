"""Check what a client sends: service requests and feedback (FSH cds-r-1, cds-r-2, cds-fb-1 to cds-fb-3)."""

import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from cds.conformance.violations import Violation, Violations, coding, members, one_of, step, text

_AUTHORIZATION: Final[Mapping[str, type]] = {
    "access_token": str,
    "token_type": str,
    "expires_in": int,
    "scope": str,
    "subject": str,
}
_OUTCOMES: Final = frozenset({"accepted", "overridden"})
_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def check_request(body: Any) -> list[Violation]:
    """List every breach in a service request."""
    if not isinstance(body, dict):
        return [Violation(check="D1", pointer="", message="a request is an object")]
    found = [*text(body, "hook", check="D1", pointer=""), *text(body, "hookInstance", check="D1", pointer="")]
    if isinstance(body.get("hookInstance"), str) and not _is_uuid(body["hookInstance"]):
        found.append(Violation(check="D1", pointer="/hookInstance", message="hookInstance must be a UUID"))
    if not isinstance(body.get("context"), dict):
        found.append(Violation(check="D1", pointer="/context", message="context is required, as an object"))
    return found + list(_authorization(body))


def check_feedback(body: Any) -> list[Violation]:
    """List every breach in a feedback body."""
    items = body.get("feedback") if isinstance(body, dict) else None
    found, wrong = members(items, check="F2", pointer="/feedback")
    return wrong + [breach for place, item in found for breach in _feedback(item, pointer=place)]


def _authorization(body: Mapping[str, Any]) -> Violations:
    if "fhirAuthorization" not in body:
        return
    if not isinstance(body.get("fhirServer"), str):
        yield Violation(
            check="D2", pointer="/fhirServer", message="cds-r-1: fhirAuthorization needs fhirServer"
        )
    granted, place = body["fhirAuthorization"], "/fhirAuthorization"
    if not isinstance(granted, dict):
        yield Violation(check="D3", pointer=place, message="fhirAuthorization is an object")
        return
    for name, kind in _AUTHORIZATION.items():
        if not isinstance(granted.get(name), kind) or isinstance(granted.get(name), bool):
            message = f"{name} is required, as {kind.__name__}"
            yield Violation(check="D3", pointer=step(place, name), message=message)
    if granted.get("token_type") != "Bearer":
        yield Violation(check="D3", pointer=f"{place}/token_type", message="token_type must be Bearer")
    if "patient/" in str(granted.get("scope")) and "patient" not in granted:
        message = "cds-r-2: patient should be set with patient scopes"
        yield Violation(check="D3", pointer=f"{place}/patient", message=message, severity="warn")


def _feedback(item: Mapping[str, Any], *, pointer: str) -> Violations:
    yield from text(item, "card", check="F2", pointer=pointer)
    outcome = item.get("outcome")
    if not one_of(outcome, _OUTCOMES):
        message = "cds-fb-1: outcome must be accepted or overridden"
        yield Violation(check="F2", pointer=step(pointer, "outcome"), message=message)
    if not _is_instant(item.get("outcomeTimestamp")):
        message = "outcomeTimestamp must be an RFC 3339 instant"
        yield Violation(check="F2", pointer=step(pointer, "outcomeTimestamp"), message=message)
    if outcome == "accepted" and not _names_suggestions(item):
        message = "cds-fb-2: accepted needs acceptedSuggestions with ids"
        yield Violation(check="F2", pointer=step(pointer, "acceptedSuggestions"), message=message)
    if "overrideReason" in item:
        yield from _override(item["overrideReason"], pointer=step(pointer, "overrideReason"))


def _override(reason: Any, *, pointer: str) -> Violations:
    if not isinstance(reason, dict) or not reason.keys() & {"reason", "userComment"}:
        message = "cds-fb-3: overrideReason needs reason or userComment"
        yield Violation(check="F2", pointer=pointer, message=message)
    elif "reason" in reason:
        yield from coding(reason["reason"], check="F2", pointer=step(pointer, "reason"), display=False)


def _names_suggestions(item: Mapping[str, Any]) -> bool:
    accepted = item.get("acceptedSuggestions")
    if not isinstance(accepted, list) or not accepted:
        return False
    return all(isinstance(one, dict) and isinstance(one.get("id"), str) for one in accepted)


def _is_instant(value: Any) -> bool:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_uuid(value: str) -> bool:
    try:
        return str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False
