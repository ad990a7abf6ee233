"""A small CDS service and a small chart, written by hand for the tests of firing."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from adapters.fhir_folder import FolderEhr
from adapters.ports import Replayed
from cds.errors import CdsError
from cds.fire.chart import Chart
from cds.trust.callers import Caller, Client, KeyFinder, Registry, parsed_keys
from cds.trust.tokens import Gate, verify

BASE = "http://cds.example"
FHIR = "https://fhir.example/r4"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TEMPLATES = {
    "patient": "Patient/{{context.patientId}}",
    "labs": "Observation?patient={{context.patientId}}&category=laboratory",
    "conditions": "Condition?patient={{context.patientId}}",
    "encounter": "Encounter/{{context.encounterId}}",
}
CARD = {
    "uuid": "0b4cf2a1-9a3e-4b43-9d0e-6f6f0f6a7a11",
    "summary": "Potassium is 5.2 mmol/L: check it before this order",
    "indicator": "warning",
    "detail": "**Why:** the drug retains potassium.\n\n| Item | Value |\n|---|---|\n| K | 5.2 |\n",
    "source": {
        "label": "Example rules",
        "url": "https://cds.example/rules",
        "topic": {"system": "https://cds.example/topics", "code": "LabPotassium"},
    },
    "selectionBehavior": "at-most-one",
    "suggestions": [
        {
            "label": "Take the order out",
            "uuid": "6c1b2b6e-5a55-4f65-8a54-1f1cf9a0be6d",
            "isRecommended": True,
            "actions": [
                {
                    "type": "delete",
                    "description": "Remove the draft",
                    "resourceId": "MedicationRequest/draft-1",
                }
            ],
        }
    ],
    "overrideReasons": [
        {"code": "benefit", "system": "https://cds.example/r", "display": "Benefit outweighs"}
    ],
    "links": [{"label": "Guideline", "url": "https://cds.example/guideline", "type": "absolute"}],
}


def entry(hook="patient-view", id="example", **changes):
    """Give one entry of discovery."""
    return {
        "id": id,
        "hook": hook,
        "title": "Example",
        "description": "An example.",
        "prefetch": dict(TEMPLATES),
    } | changes


@dataclass
class Service:
    """A CDS service as a WSGI application that keeps what it was sent."""

    services: list[dict[str, Any]] = field(default_factory=lambda: [entry()])
    cards: list[Any] = field(default_factory=lambda: [CARD])
    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    check: Callable[[str, str], Caller] | None = None
    """Takes token and audience; raises where a token is not good."""
    seen: list[dict[str, Any]] = field(default_factory=list)
    callers: list[Caller] = field(default_factory=list)
    base: str = BASE
    closed: int = 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if self.check is not None:
            token = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
            try:
                self.callers.append(self.check(token, f"{self.base}{path}"))
            except CdsError:
                return self._send(start, 401, b'{"error": "Unauthorized"}')
        if (method, path) == ("GET", "/cds-services"):
            return self._send(start, 200, json.dumps({"services": self.services}).encode())
        length = int(environ.get("CONTENT_LENGTH") or 0)
        self.seen.append(json.loads(environ["wsgi.input"].read(length)))
        answer = self.body if self.body is not None else json.dumps({"cards": self.cards}).encode()
        return self._send(start, self.status, answer)

    def _send(self, start: Callable[..., Any], status: int, body: bytes) -> Iterable[bytes]:
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **self.headers}
        start(f"{status} X", list(headers.items()))
        return [body]


class Once:
    """A replay guard in memory."""

    def __init__(self):
        self.seen = set()

    def claim(self, digest, *, expires, now):
        if digest in self.seen:
            raise Replayed("used before")
        self.seen.add(digest)


class Clock:
    """The time of this machine."""

    def now(self):
        return time.time()

    def monotonic(self):
        return time.monotonic()


def private_jwk(kind="EC"):
    """Make a private key as JWK."""
    if kind == "EC":
        jwk = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()), as_dict=True)
    else:
        jwk = RSAAlgorithm.to_jwk(
            rsa.generate_private_key(public_exponent=65537, key_size=2048), as_dict=True
        )
        jwk.pop("key_ops", None)
    return {**jwk, "kid": "key-1"}


def verifier(signer):
    """Give a check of tokens by the code of the service, knowing this signer alone."""
    client = Client(
        "ehr",
        signer.issuer,
        ("ES384", "RS384"),
        static_keys=parsed_keys(signer.public, ("ES384", "RS384")),
    )
    gate = Gate(KeyFinder(None), Once(), Clock())
    return lambda token, audience: verify(token, audience=audience, registry=Registry((client,)), gate=gate)


def observation(n, patient="p1"):
    """Make a laboratory result."""
    return {
        "resourceType": "Observation",
        "id": f"o{n}",
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "laboratory",
                    }
                ]
            }
        ],
        "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "valueQuantity": {"value": 4 + n / 10, "unit": "mmol/L"},
    }


def encounter(id, status, start, patient="p1"):
    """Make an encounter."""
    return {
        "resourceType": "Encounter",
        "id": id,
        "status": status,
        "class": {"code": "AMB"},
        "subject": {"reference": f"Patient/{patient}"},
        "period": {"start": start},
    }


def order(id, status, kind="MedicationRequest", written="2026-11-01T08:00:00Z"):
    """Make an order."""
    made = {
        "resourceType": kind,
        "id": id,
        "status": status,
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "authoredOn": written,
    }
    name = "medicationCodeableConcept" if kind == "MedicationRequest" else "code"
    return made | {name: {"text": "something"}}


RESOURCES = [
    {
        "resourceType": "Patient",
        "id": "p1",
        "birthDate": "1952-01-02",
        "generalPractitioner": [{"reference": "https://fhir.example/r4/Practitioner/gp-1"}],
    },
    {"resourceType": "Patient", "id": "p2", "birthDate": "1990-01-02"},
    encounter("old", "in-progress", "2026-11-01T08:00:00Z"),
    encounter("new", "in-progress", "2026-11-20T08:00:00Z"),
    encounter("done", "finished", "2026-11-21T08:00:00Z"),
    *(observation(n) for n in range(7)),
    order("m-old", "active", written="2025-01-01T08:00:00Z"),
    order("m-new", "active"),
    order("m-draft", "draft"),
    order("s-1", "active", kind="ServiceRequest"),
]


class Here(FolderEhr):
    """Resources in this process under the base that the tests write."""

    def follow(self, access, url, *, kind, timeout):
        assert url.startswith(f"{FHIR}/{kind}?")
        return self.search(access, url.removeprefix(f"{FHIR}/"), timeout=timeout)


def chart(resources=RESOURCES, **changes):
    """Give a chart that reads resources in this process."""
    return Chart(Here(resources), FHIR, **changes)
