"""The audit for others: entries as NDJSON with their macs, and as FHIR R4 AuditEvents in Bundles.

Both are made entry by entry, so that millions take no more memory than a few. Both hold what the chain holds
and nothing else: names of ours, counts and times (`audit_kinds`).

Event types: DICOM PS3.16 CID 400 and CID 401, which R4's value sets audit-event-type and audit-event-sub-type
take over, and `rest` for what came over HTTP (http://hl7.org/fhir/R4/valueset-audit-event-type.html).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

import orjson

from adapters.ports import AuditRow

BUNDLE_ENTRIES = 500
"""How many events one Bundle holds at most."""
CHAIN_SYSTEM = "https://clinicards.org/fhir/identifier/audit-entry"
KIND_SYSTEM = "https://clinicards.org/fhir/CodeSystem/audit-kind"
CLIENT_SYSTEM = "https://clinicards.org/fhir/identifier/client"
ACTOR_SYSTEM = "https://clinicards.org/fhir/identifier/actor"
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_REST = ("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest", "RESTful Operation")
_ACTIVITY = (_DICOM, "110100", "Application Activity")
_SECURITY = (_DICOM, "110113", "Security Alert")


class _Event(NamedTuple):
    """What an entry of one kind is in FHIR's words: its type, what happened more precisely, the action."""

    type: tuple[str, str, str]
    subtype: tuple[str, str] | None
    action: str


_EVENTS: Mapping[str, _Event] = {
    "answer": _Event(_REST, None, "E"),
    "refusal": _Event(_REST, None, "E"),
    "feedback": _Event(_REST, None, "C"),
    "config": _Event(_SECURITY, ("110131", "Software Configuration"), "U"),
    "token": _Event(_SECURITY, ("110137", "User Security Attributes Changed"), "U"),
    "keys": _Event(_SECURITY, ("110129", "Security Configuration"), "U"),
    "re-identify": _Event(_SECURITY, ("110132", "Use of Restricted Function"), "R"),
    "start": _Event(_ACTIVITY, ("110120", "Application Start"), "E"),
    "stop": _Event(_ACTIVITY, ("110121", "Application Stop"), "E"),
    "purge": _Event(_ACTIVITY, None, "D"),
}
_OTHER = _Event(_ACTIVITY, None, "E")
_WHO = ("client", "actor")
_SERVER_ERROR = 500
_CALLER_ERROR = 400


def ndjson(rows: Iterable[AuditRow]) -> Iterator[bytes]:
    """Yield each entry as a line of JSON, with its mac in hexadecimal."""
    for row in rows:
        line = {
            "writer": row.writer,
            "seq": row.seq,
            "time": row.time,
            "kind": row.kind,
            "body": orjson.loads(row.body),
            "mac": row.mac.hex(),
        }
        yield orjson.dumps(line) + b"\n"


def bundles(rows: Iterable[AuditRow], *, made: float, size: int = BUNDLE_ENTRIES) -> Iterator[dict[str, Any]]:
    """Yield Bundles of type `collection`, of at most `size` AuditEvents each; `made` is when, in seconds."""
    remaining = iter(rows)
    while part := [_entry(row) for row in islice(remaining, size)]:
        yield {"resourceType": "Bundle", "type": "collection", "timestamp": _instant(made), "entry": part}


def fhir_ndjson(rows: Iterable[AuditRow], *, made: float, size: int = BUNDLE_ENTRIES) -> Iterator[bytes]:
    """Yield each of these Bundles as a line of JSON."""
    return (orjson.dumps(bundle) + b"\n" for bundle in bundles(rows, made=made, size=size))


def audit_event(row: AuditRow) -> dict[str, Any]:
    """Return an entry as AuditEvent; number, mac and what the entry says stand as details of its entity."""
    body = orjson.loads(row.body)
    event = _EVENTS.get(row.kind, _OTHER)
    system, code, display = event.type
    subtypes = [{"system": KIND_SYSTEM, "code": row.kind}]
    if event.subtype:
        subtypes.insert(0, {"system": _DICOM, "code": event.subtype[0], "display": event.subtype[1]})
    return {
        "resourceType": "AuditEvent",
        "id": f"{row.writer}-{row.seq}",
        "type": {"system": system, "code": code, "display": display},
        "subtype": subtypes,
        "action": event.action,
        "recorded": _instant(row.time),
        "outcome": _outcome(row.kind, body),
        "agent": list(_agents(body)),
        "source": {"observer": {"display": f"clinicards {row.writer}"}},
        "entity": [
            {
                "what": {"identifier": {"system": CHAIN_SYSTEM, "value": f"{row.writer}:{row.seq}"}},
                "detail": list(_details({**body, "mac": row.mac.hex()})),
            }
        ],
    }


def _entry(row: AuditRow) -> dict[str, Any]:
    address = uuid5(NAMESPACE_URL, f"{CHAIN_SYSTEM}/{row.writer}/{row.seq}")
    return {"fullUrl": f"urn:uuid:{address}", "resource": audit_event(row)}


def _agents(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield who asked, where the entry says it, and the service itself."""
    asked = [(name, body[name]) for name in _WHO if isinstance(body.get(name), str) and body[name]]
    for name, value in asked:
        system = CLIENT_SYSTEM if name == "client" else ACTOR_SYSTEM
        yield {"who": {"identifier": {"system": system, "value": value}}, "requestor": True}
    yield {"who": {"display": "clinicards"}, "requestor": not asked}


def _outcome(kind: str, body: Mapping[str, Any]) -> str:
    """Return R4's code: 0 success, 4 minor failure (the caller's), 8 serious failure (ours)."""
    status = body.get("status")
    if kind == "unavailable" or (isinstance(status, int) and status >= _SERVER_ERROR):
        return "8"
    return "4" if isinstance(status, int) and status >= _CALLER_ERROR else "0"


def _details(body: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Yield what an entry says, member by member; what is no text is written as JSON."""
    for name, value in body.items():
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        if text:
            yield {"type": name, "valueString": text}


def _instant(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, tz=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
