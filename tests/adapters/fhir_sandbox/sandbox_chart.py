"""A small chart to search in, and a client that speaks WSGI to the sandbox without a socket."""

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from adapters.fhir_sandbox.app import FhirSandbox

NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)
LOINC = "http://loinc.org"
JSON = {"Accept": "application/fhir+json"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def ids(self, mode: str = "match") -> list[str]:
        return [e["resource"]["id"] for e in self.json.get("entry", []) if e["search"]["mode"] == mode]

    def next(self) -> str | None:
        return next((link["url"] for link in self.json["link"] if link["relation"] == "next"), None)


class Caller:
    """Calls a WSGI application the way a server would."""

    def __init__(self, app: FhirSandbox) -> None:
        self.app = app

    def call(
        self, method: str, url: str, *, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        parts = urlsplit(url)
        seen: dict[str, Any] = {}
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "wsgi.url_scheme": "http",
            "HTTP_HOST": "ehr.test",
            "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
        }
        for name, value in (JSON if headers is None else headers).items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value

        def start(status: str, pairs: list[tuple[str, str]]) -> None:
            seen.update(status=int(status[:3]), headers=dict(pairs))

        content = b"".join(self.app(environ, start))
        return Answer(seen["status"], seen["headers"], content)

    def get(self, url: str, **headers: str) -> Answer:
        sent = {**JSON, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.call("GET", url, headers=sent)

    def search(self, url: str, **params: str) -> list[str]:
        answer = self.get(f"{url}?{urlencode(params)}")
        assert answer.status == 200, answer.body
        return answer.ids()

    def walk(self, url: str) -> list[Answer]:
        pages = []
        next_url: str | None = url
        while next_url:
            pages.append(self.get(next_url))
            assert len(pages) < 50
            next_url = pages[-1].next()
        return pages


def observation(number: int, when: str | None, patient: str = "anna", **members: Any) -> dict[str, Any]:
    coding = {"system": LOINC, "code": members.pop("code", "4548-4")}
    built = {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": "final",
        "category": [{"coding": [{"system": "urn:cat", "code": members.pop("category", "laboratory")}]}],
        "code": {"coding": [coding]},
        "subject": {"reference": f"Patient/{patient}"},
        **members,
    }
    return {**built, "effectiveDateTime": when} if when else built


def patient(patient_id: str, family: str, born: str, gender: str = "female") -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": patient_id,
        "name": [{"family": family, "given": ["Zoé", "Maria"]}],
        "gender": gender,
        "birthDate": born,
        "identifier": [{"system": "urn:mrn", "value": f"mrn-{patient_id}"}],
    }


def chart() -> list[dict[str, Any]]:
    """Write two patients with a little of everything."""
    subject = {"reference": "Patient/anna"}
    return [
        patient("anna", "Müller", "1960-05-17"),
        patient("bert", "Brown", "1985", "male"),
        observation(1, "2024-01-15T10:00:00+01:00", valueQuantity={"value": 5.4, "unit": "%", "code": "%"}),
        observation(2, "2024-02", code="718-7"),
        observation(3, "2024-02-29", category="vital-signs"),
        observation(4, None, effectivePeriod={"start": "2024-03-01", "end": "2024-03-31"}),
        observation(5, None, effectivePeriod={"start": "2025-01-01"}),
        observation(6, None),
        observation(7, "2024-01-15", patient="bert"),
        {
            "resourceType": "Condition",
            "id": "c1",
            "clinicalStatus": {"coding": [{"system": "urn:clinical", "code": "active"}]},
            "verificationStatus": {"coding": [{"system": "urn:verification", "code": "confirmed"}]},
            "code": {"coding": [{"code": "no-system"}, {"system": "urn:sct", "code": "44054006"}]},
            "subject": subject,
            "encounter": {"reference": "Encounter/e1"},
            "onsetDateTime": "2020-06",
        },
        {
            "resourceType": "Encounter",
            "id": "e1",
            "status": "finished",
            "class": {"system": "urn:act", "code": "IMP"},
            "type": [{"coding": [{"system": "urn:sct", "code": "32485007"}]}],
            "subject": subject,
            "period": {"start": "2024-03-01T08:00:00Z", "end": "2024-03-04T12:00:00Z"},
        },
        {
            "resourceType": "MedicationRequest",
            "id": "m1",
            "status": "active",
            "intent": "order",
            "medicationReference": {"reference": "Medication/metformin"},
            "subject": subject,
            "authoredOn": "2024-03-04",
            "requester": {"reference": "Practitioner/who"},
        },
        {"resourceType": "Medication", "id": "metformin", "code": {"text": "metformin"}},
        {"resourceType": "Practitioner", "id": "who", "name": [{"family": "Who"}]},
        {"resourceType": "Provenance", "id": "p1", "target": [{"reference": "MedicationRequest/m1"}]},
        {
            "resourceType": "DocumentReference",
            "id": "d1",
            "status": "current",
            "subject": subject,
            "content": [{"attachment": {"contentType": "text/plain", "url": "Binary/b1"}}],
        },
        {"resourceType": "Binary", "id": "b1", "contentType": "text/plain", "data": "aGVsbG8="},
    ]


def stamped(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    meta = {"versionId": "1", "lastUpdated": "2026-10-01T12:00:00+02:00"}
    return [{**resource, "meta": meta} for resource in resources]
