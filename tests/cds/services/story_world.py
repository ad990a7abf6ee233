"""Encounters with their stories as FHIR, and the whole path that answers them."""

import base64
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import uuid4

from order_world import PATIENT, ago, concept, filled
from service_site import findings, site_of

from cds.services.differential_diagnosis import service

Json = dict[str, Any]
ENCOUNTER = "enc-1"
_SUBJECT = {"reference": f"Patient/{PATIENT}"}
_ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
_KEYS = {
    "Encounter": "encounters",
    "DocumentReference": "notes",
    "Condition": "conditions",
    "MedicationRequest": "medications",
    "MedicationStatement": "stated",
    "ServiceRequest": "orders",
}
_CATEGORIES = {
    "laboratory": "labs",
    "vital-signs": "vitals",
    "exam": "examination",
    "social-history": "habits",
}


def encounter(
    reason: str = "", *, hours: float = 2, kind: str = "EMER", status: str = "in-progress", **more: Any
) -> Json:
    """Return the encounter of the call."""
    return {
        "resourceType": "Encounter",
        "id": ENCOUNTER,
        "status": status,
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": kind},
        "subject": _SUBJECT,
        "period": {"start": ago(hours / 24)},
        **({"reasonCode": [{"text": reason}]} if reason else {}),
        **more,
    }


def note(text: str, *, hours: float = 1, of: str = ENCOUNTER, id: str = "note-1", **more: Any) -> Json:
    """Return a note, of this encounter unless it is said to be of none or another."""
    context = {"context": {"encounter": [{"reference": f"Encounter/{of}"}]}} if of else {}
    data = base64.b64encode(text.encode()).decode()
    return {
        "resourceType": "DocumentReference",
        "id": id,
        "status": "current",
        "type": {"text": "Progress note"},
        "subject": _SUBJECT,
        "date": ago(hours / 24),
        "content": [{"attachment": {"contentType": "text/plain", "data": data}}],
        **context,
        **more,
    }


def problem(
    text: str, code: str = "", *, hours: float | None = None, id: str = "draft-1", **more: Any
) -> Json:
    """Return a diagnosis: one that is being entered where no time is given."""
    when = {} if hours is None else {"recordedDate": ago(hours / 24)}
    return {
        "resourceType": "Condition",
        "id": id,
        "code": concept(text, code, _ICD10),
        "subject": _SUBJECT,
        **when,
        **more,
    }


def prefetch(*chart: Json, who: Json | None = None) -> Json:
    """Return the prefetch of a chart, every list whole."""
    return filled(service, "patient-view", chart, key=_key, who=who)


def _key(resource: Json) -> str:
    if resource["resourceType"] != "Observation":
        return _KEYS[resource["resourceType"]]
    return _CATEGORIES.get(resource["category"][0]["coding"][0]["code"], "pregnancy")


def call(
    *chart: Json,
    hook: str = "patient-view",
    who: Json | None = None,
    drafts: Sequence[Json] = (),
    context: Json | None = None,
) -> Json:
    """Return a request with its prefetch."""
    held = prefetch(*chart, who=who)
    told: Json = {"userId": "Practitioner/example", "patientId": PATIENT}
    if any(r["resourceType"] == "Encounter" for r in chart):
        told["encounterId"] = ENCOUNTER
    if hook == "encounter-start":
        held["encounter"] = held["encounters"]["entry"][0]["resource"]
    if drafts:
        told["conditions"] = {"resourceType": "Bundle", "entry": [{"resource": d} for d in drafts]}
    return {
        "hook": hook,
        "hookInstance": str(uuid4()),
        "context": told if context is None else {**told, **context},
        "prefetch": held,
    }


running = partial(site_of, service)
"""Lend a process that answers with this service, in a folder."""


def data(cards: Sequence[Json], kind: str) -> list[Json]:
    """Return the findings of one kind (condition, rule, model) of all cards."""
    return [row for row in findings(cards) if kind in row]


def table(cards: Sequence[Json]) -> Json:
    """Return the card of the ranked differential."""
    [found] = [card for card in cards if card["source"]["topic"]["code"].startswith("DDX")]
    return found


def ranked(cards: Sequence[Json]) -> list[str]:
    """Return the conditions of the table, the likeliest first."""
    return [row["condition"] for row in data(cards, "condition")]
