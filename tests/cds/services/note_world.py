"""Charts with notes as FHIR, and the whole path that reviews them."""

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from order_world import PATIENT, ago, filled
from service_site import Site, findings, site_of

from cds.services.note_review import service

Json = dict[str, Any]
SNOMED = "http://snomed.info/sct"
_KEYS = {
    "DocumentReference": "documents",
    "DiagnosticReport": "reports",
    "Composition": "compositions",
    "Condition": "conditions",
    "MedicationRequest": "medications",
    "MedicationStatement": "stated",
    "MedicationDispense": "dispensed",
    "AllergyIntolerance": "allergies",
    "Procedure": "procedures",
    "Device": "devices",
    "ServiceRequest": "orders",
}


def note(
    text: str | bytes, *, days: float = 3, kind: str = "Progress note", form: str = "text/plain", **more: Any
) -> Json:
    """Return a note as DocumentReference, its words as base64."""
    content = text.encode() if isinstance(text, str) else text
    return {
        "resourceType": "DocumentReference",
        "id": str(uuid5(NAMESPACE_URL, f"{kind} {days} {content[:200]!r}")),
        "status": "current",
        "type": {"text": kind},
        "subject": {"reference": f"Patient/{PATIENT}"},
        "date": ago(days),
        "content": [{"attachment": {"contentType": form, "data": base64.b64encode(content).decode()}}],
        **more,
    }


def report(text: str, *, days: float = 3, kind: str = "Chest X-ray", **more: Any) -> Json:
    """Return a report with its form."""
    return {
        "resourceType": "DiagnosticReport",
        "id": str(uuid5(NAMESPACE_URL, f"{kind} {days} {text}")),
        "status": "final",
        "code": {"text": kind},
        "subject": {"reference": f"Patient/{PATIENT}"},
        "effectiveDateTime": ago(days),
        **(
            {
                "presentedForm": [
                    {"contentType": "text/plain", "data": base64.b64encode(text.encode()).decode()}
                ]
            }
            if text
            else {}
        ),
        **more,
    }


def nothing_known(*, days: float = 1000) -> Json:
    """Return the entry by which an allergy list states that there is nothing."""
    return {
        "resourceType": "AllergyIntolerance",
        "id": "nka-1",
        "clinicalStatus": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
                    "code": "active",
                }
            ]
        },
        "code": {
            "coding": [{"system": SNOMED, "code": "716186003", "display": "No known allergy"}],
            "text": "No known allergy",
        },
        "patient": {"reference": f"Patient/{PATIENT}"},
        "recordedDate": ago(days),
    }


def snomed_condition(code: str, text: str, *, status: str = "active") -> Json:
    """Return a diagnosis by SNOMED CT alone."""
    coding = {"system": SNOMED, "code": code, **({"display": text} if text else {})}
    return {
        "resourceType": "Condition",
        "id": f"c-{code}",
        "clinicalStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": status}]
        },
        "code": {"coding": [coding]},
        "subject": {"reference": f"Patient/{PATIENT}"},
    }


def call(*chart: Json, hook: str = "patient-view", who: Json | None = None) -> Json:
    """Return a request with its prefetch, every list whole."""
    context: Json = {"userId": "Practitioner/example", "patientId": PATIENT}
    if hook == "encounter-discharge":
        context["encounterId"] = "e1"
    return {
        "hook": hook,
        "hookInstance": "0b1c8f3e-0000-4000-8000-000000000001",
        "context": context,
        "prefetch": filled(service, hook, chart, key=lambda r: _KEYS[r["resourceType"]], who=who),
    }


class NoteSite(Site):
    """A process that reviews notes."""

    def review(self, *chart: Json, **more: Any) -> list[Json]:
        """Return the cards for a chart."""
        return self.say(call(*chart, **more))


@contextmanager
def running(folder: Path) -> Iterator[NoteSite]:
    """Lend a process that reviews notes, in a folder."""
    with site_of(service, folder) as site:
        yield NoteSite(site.parts)


def rows(cards: Sequence[Json]) -> dict[str, Json]:
    """Return the findings of all cards by rule and item; what was not checked is left out."""
    told = (row for row in findings(cards) if row["rule"] != "not-checked")
    return {f"{row['rule']} {row.get('item', '')}".strip(): row for row in told}
