"""A whole installation for tests: store, keys, recorder, registered client, a FHIR sandbox on loopback."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient
from jwt.algorithms import ECAlgorithm

from adapters.fhir_sandbox.app import FhirSandbox
from adapters.fhir_sandbox.faults import NO_FAULTS, Faults
from adapters.fhir_sandbox.server import serve
from adapters.fhir_sandbox.store import Store
from cds.hooks.cards import Card, Change, Suggestion
from cds.hooks.prefetch import Need
from cds.services.base import Case, Models, Service, ServiceSettings
from cds.settings import Settings
from cds.web import create_app
from cds.wiring import build

ISSUER = "https://ehr.example.org"
BASE = "http://127.0.0.1:8000"
PATIENT = "p1"

CHART: Sequence[dict[str, Any]] = (
    {
        "resourceType": "Patient",
        "id": PATIENT,
        "gender": "female",
        "birthDate": "1960-05-01",
        "name": [{"family": "Zwyndelbrook", "given": ["Quillona"]}],
        "identifier": [{"system": "urn:oid:1.2.3", "value": "MRN-7719203"}],
    },
    {"resourceType": "Patient", "id": "p2", "gender": "male", "birthDate": "1950-01-01"},
    *(
        {
            "resourceType": "Observation",
            "id": f"o{n}",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "2160-0"}]},
            "subject": {"reference": f"Patient/{PATIENT}"},
            "effectiveDateTime": f"2026-10-{n + 1:02d}",
            "valueQuantity": {
                "value": 1.1,
                "unit": "mg/dL",
                "system": "http://unitsofmeasure.org",
                "code": "mg/dL",
            },
        }
        for n in range(5)
    ),
    {
        "resourceType": "Condition",
        "id": "c1",
        "clinicalStatus": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}
            ]
        },
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I10"}]},
        "subject": {"reference": f"Patient/{PATIENT}"},
    },
)

NEEDS: Mapping[str, Need] = {
    "patient": Need("Patient/{{context.patientId}}", required=True),
    "labs": Need(
        "Observation?patient={{context.patientId}}&category=laboratory&_count=100", fills=("observation",)
    ),
    "conditions": Need("Condition?patient={{context.patientId}}", fills=("condition",)),
}


@dataclass
class ScriptedService:
    """A service whose answer the test writes."""

    id: str = "scripted"
    hooks: tuple[str, ...] = ("patient-view", "order-sign")
    title: str = "Scripted"
    description: str = "Says what the test says."
    usage_requirements: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    script: Any = None
    wants: Mapping[str, Need] = field(default_factory=lambda: dict(NEEDS))
    seen: list[Case] = field(default_factory=list)

    def needs(self, hook: str) -> Mapping[str, Need]:
        return self.wants

    def check_options(self, options: Mapping[str, Any]) -> Sequence[str]:
        return [f"{name}: unknown" for name in options]

    def answer(self, case: Case, models: Models, settings: ServiceSettings) -> Sequence[Card]:
        self.seen.append(case)
        if self.script is not None:
            return self.script(case, models, settings)
        return [card_of(case, settings, f"{len(case.record.facts)} facts read")]


def card_of(case: Case, settings: ServiceSettings, summary: str, **more: Any) -> Card:
    """Return a card with this summary."""
    made = {"indicator": "info", "source": settings.source("TESTtopic"), **more}
    return Card(uuid=case.new_uuid(), summary=summary, **made)


def suggestion_of(case: Case, *changes: Change) -> Suggestion:
    """Return a suggestion of these changes."""
    return Suggestion("do it", case.new_uuid(), tuple(changes))


@dataclass
class Installation:
    """What a test talks to."""

    web: FlaskClient
    live: Any
    key: Mapping[str, Any]
    sandbox: str
    service: ScriptedService

    def token(self, path: str = "/cds-services/scripted", **claims: Any) -> str:
        """Return a good token for an address; `claims` overrides or, with None, removes."""
        now = int(time.time())
        made = {
            "iss": ISSUER,
            "aud": f"{BASE}{path}",
            "iat": now,
            "exp": now + 300,
            "jti": str(uuid4()),
            **claims,
        }
        payload = {name: value for name, value in made.items() if value is not None}
        key = jwt.PyJWK(dict(self.key), algorithm="ES384").key
        return jwt.encode(payload, key, algorithm="ES384", headers={"kid": self.key["kid"]})

    def auth(self, path: str = "/cds-services/scripted") -> dict[str, str]:
        """Return the header of a good token."""
        return {"Authorization": f"Bearer {self.token(path)}"}

    def request(self, hook: str = "patient-view", **members: Any) -> dict[str, Any]:
        """Return a request without prefetch; `members` overrides or, with None, removes."""
        made = {
            "hook": hook,
            "hookInstance": str(uuid4()),
            "context": {"userId": "Practitioner/d1", "patientId": PATIENT},
            **members,
        }
        return {name: value for name, value in made.items() if value is not None}

    def full(self, **members: Any) -> dict[str, Any]:
        """Return a request whose prefetch is complete."""
        prefetch = {
            "patient": CHART[0],
            "labs": bundle(r for r in CHART if r["resourceType"] == "Observation"),
            "conditions": bundle(r for r in CHART if r["resourceType"] == "Condition"),
        }
        return self.request(**{"prefetch": prefetch, **members})

    def post(self, body: Any, path: str = "/cds-services/scripted", **more: Any) -> Any:
        """Post a body with a good token."""
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        headers = {**self.auth(path), **more.pop("headers", {})}
        return self.web.post(path, data=data, content_type="application/json", headers=headers, **more)

    def post_full(self) -> Any:
        """Post a request whose prefetch is complete."""
        return self.post(self.full())

    def audit(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Return all audit entries as (kind, body)."""
        rows = self.live.parts.store.audit_entries("default")
        return [(row.kind, orjson.loads(row.body)) for row in rows]


def bundle(resources: Any, **members: Any) -> dict[str, Any]:
    """Return a searchset of these resources."""
    entries = [{"resource": r} for r in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **members}


def key_pair() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an ES384 key as private and public JWK."""
    key = ec.generate_private_key(ec.SECP384R1())
    about = {"kid": "k1", "alg": "ES384", "use": "sig"}
    return (
        {**ECAlgorithm.to_jwk(key, as_dict=True), **about},
        {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), **about},
    )


@contextmanager
def installed(
    folder: Path,
    *,
    service: Service | None = None,
    also: Sequence[Service] = (),
    document: Mapping[str, Any] | None = None,
    client: Mapping[str, Any] | None = None,
    faults: Faults = NO_FAULTS,
    mode: str = "serve",
    require_token: bool = False,
    base: str = BASE,
    scripted: bool = True,
    chart: Sequence[dict[str, Any]] | None = None,
    monkeypatch: Any,
) -> Iterator[Installation]:
    """Set up an installation in a folder and take it down again."""
    private, public = key_pair()
    found = service or ScriptedService()
    if scripted:
        monkeypatch.setattr("cds.plugins.services", lambda plugins=(): {s.id: s for s in (found, *also)})
    sandbox = FhirSandbox(
        Store(CHART if chart is None else chart), vendor="hapi", faults=faults, require_token=require_token
    )
    with serve(sandbox) as server:
        row = {
            "id": "ehr",
            "issuer": ISSUER,
            "jwks": {"keys": [public]},
            "fhir_origins": [server.url],
            "cors_origins": ["https://app.example.org"],
            **(client or {}),
        }
        seed = folder / "seed.json"
        given = dict(document or {})
        # A busy machine must not decide a test: only those about deadlines set one.
        mine = {"deadline_ms": 8_000, **given.get("services", {}).get(found.id, {})}
        if scripted:
            given["services"] = {**given.get("services", {}), found.id: mine}
        seed.write_bytes(orjson.dumps({"clients": [row], **given}))
        settings = replace(
            Settings(), mode=mode, base_url=base, data=folder / "data", seed=seed, keys=folder / "keys.json"
        )
        from cds.wiring import make_keys

        make_keys(settings.keys_path)
        live = build(settings)
        app = create_app(live)
        try:
            made = Installation(app.test_client(), live, private, server.url, found)  # type: ignore[arg-type]
            made.fhir = sandbox  # type: ignore[attr-defined]
            yield made
        finally:
            live.close()
