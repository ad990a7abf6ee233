"""Charts with notes as FHIR, and the whole path that reviews them."""

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from fixture_calls import closed, parts_in
from order_world import PATIENT, ago, bundle, patient

from cds.config.compiled import snapshot
from cds.config.document import load
from cds.parts import Parts
from cds.pipeline import Request, answer
from cds.services.note_review import service

Json = dict[str, Any]
SERVICE = "note-review"
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
    held: dict[str, list[Json]] = {key: [] for key in service.needs(hook) if key != "patient"}
    for resource in chart:
        held[_KEYS[resource["resourceType"]]].append(resource)
    context: Json = {"userId": "Practitioner/example", "patientId": PATIENT}
    if hook == "encounter-discharge":
        context["encounterId"] = "e1"
    return {
        "hook": hook,
        "hookInstance": "0b1c8f3e-0000-4000-8000-000000000001",
        "context": context,
        "prefetch": {"patient": who or patient(), **{key: bundle(*rows) for key, rows in held.items()}},
    }


@dataclass
class Site:
    """A process that answers."""

    parts: Parts

    def say(self, *chart: Json, **more: Any) -> list[Json]:
        """Return the cards for a chart."""
        return self.answer(call(*chart, **more))

    def answer(self, request: Json) -> list[Json]:
        """Return the cards of a request."""
        url = f"https://cards.example/cds-services/{SERVICE}"
        body = answer(Request(SERVICE, json.dumps(request).encode(), "", url), self.parts).body
        return list(body["cards"])

    def configured(self, **members: Any) -> "Site":
        """Return the same process with this service configured otherwise."""
        document = {"services": {SERVICE: members}}
        return Site(replace(self.parts, snapshot=snapshot(load(document), revision=2)))


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """Lend a process in a folder."""
    with closed(parts_in(folder, {SERVICE: service})) as parts:
        yield Site(parts)


def rows(cards: Sequence[Json]) -> dict[str, Json]:
    """Return the findings of all cards by rule and item; what was not checked is left out."""
    found = [row for card in cards for row in card["extension"]["org.clinicards.findings"]]
    return {
        f"{row['rule']} {row.get('item', '')}".strip(): row for row in found if row["rule"] != "not-checked"
    }


def gaps(cards: Sequence[Json]) -> dict[str, str]:
    """Return what was not checked, with the reason."""
    found = [row for card in cards for row in card["extension"]["org.clinicards.findings"]]
    return {row["item"]: row["reason"] for row in found if row["rule"] == "not-checked"}


def topics(cards: Sequence[Json]) -> list[str]:
    """Return the topics of cards in their order."""
    return [card["source"]["topic"]["code"] for card in cards]
