"""Charts as FHIR and the whole path that answers them, for tests of the medication recommender."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from fixture_calls import closed, parts_in
from order_world import PATIENT, ago, bundle, condition, drug, lab, patient

from cds.config.compiled import snapshot
from cds.config.document import load
from cds.parts import Parts
from cds.pipeline import Request, answer
from cds.services.medication_recommender import service

Json = dict[str, Any]
SERVICE = service.id
_KEYS = {
    "MedicationRequest": "medications",
    "MedicationStatement": "stated",
    "MedicationDispense": "dispensed",
    "AllergyIntolerance": "allergies",
    "Condition": "conditions",
    "Procedure": "procedures",
    "Immunization": "immunizations",
    "Encounter": "encounters",
}
_CATEGORIES = {"laboratory": "labs", "vital-signs": "vitals", "social-history": "habits"}
FAILED: Json = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "timeout", "diagnostics": "search took too long"}],
}


def vaccine(code: str, *, days: float = 100) -> Json:
    """Return a vaccination by CVX."""
    return {
        "resourceType": "Immunization",
        "id": f"i-{code}-{round(days)}",
        "status": "completed",
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": code}]},
        "patient": {"reference": f"Patient/{PATIENT}"},
        "occurrenceDateTime": ago(days),
    }


VACCINATED = tuple(
    vaccine(code, days=days)
    for code, days in (("216", 300), ("187", 400), ("187", 300), ("150", 40), ("304", 90))
)
"""Every vaccine that a rule asks about, so that other rules are looked at alone."""


def encounter(code: str) -> Json:
    """Return an encounter that runs, of a class."""
    return {
        "resourceType": "Encounter",
        "id": "enc-1",
        "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": code},
        "subject": {"reference": f"Patient/{PATIENT}"},
        "period": {"start": ago(0.2)},
    }


def _key(resource: Json) -> str:
    if resource["resourceType"] != "Observation":
        return _KEYS[resource["resourceType"]]
    return _CATEGORIES[resource["category"][0]["coding"][0]["code"]]


def call(
    *chart: Json,
    who: Json | None = None,
    drafts: Sequence[Json] = (),
    selected: Sequence[str] | None = None,
    **more: Any,
) -> Json:
    """Return a request at patient-view, or at order-select where there are drafts; `more` overrides keys."""
    held: dict[str, Any] = {key: [] for key in service.needs("patient-view") if key != "patient"}
    for resource in chart:
        held[_key(resource)].append(resource)
    context: Json = {"userId": "Practitioner/example", "patientId": PATIENT}
    if any(r["resourceType"] == "Encounter" for r in chart):
        context["encounterId"] = "enc-1"
    hook = "patient-view"
    if drafts:
        hook = "order-select"
        every = [f"{d['resourceType']}/{d['id']}" for d in drafts]
        context["draftOrders"] = {"resourceType": "Bundle", "entry": [{"resource": d} for d in drafts]}
        context["selections"] = list(every if selected is None else selected)
    lists = {key: bundle(*rows) for key, rows in held.items()}
    prefetch = {"patient": who or patient(), **lists, **more}
    return {"hook": hook, "hookInstance": str(uuid4()), "context": context, "prefetch": prefetch}


@dataclass
class Site:
    """A process that answers, and what it was configured with."""

    parts: Parts
    document: Json = field(default_factory=dict)

    def say(self, request: Mapping[str, Any]) -> list[Json]:
        """Return the cards of a request."""
        url = f"https://cards.example/cds-services/{SERVICE}"
        body = answer(Request(SERVICE, json.dumps(request).encode(), "", url), self.parts).body
        return list(body["cards"])

    def configured(self, **members: Any) -> "Site":
        """Return the same process with this service configured otherwise."""
        document = {"services": {SERVICE: members}}
        return Site(replace(self.parts, snapshot=snapshot(load(document), revision=2)), document)


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """Lend a process in a folder."""
    with closed(parts_in(folder, {SERVICE: service})) as parts:
        yield Site(parts)


def topics(cards: Sequence[Json]) -> list[str]:
    """Return the topics of cards, in their order."""
    return [card["source"]["topic"]["code"] for card in cards]


def drafted(card: Json) -> list[Json]:
    """Return the resources that a card's suggestions create."""
    return [action["resource"] for s in card.get("suggestions", ()) for action in s["actions"]]


def by_snomed(icd: str, snomed: str, text: str, *, days: float = 900) -> Json:
    """Return a diagnosis by both terminologies: the ranking knows SNOMED CT, rules both."""
    made = condition(icd, text, days=days)
    made["code"]["coding"].append({"system": "http://snomed.info/sct", "code": snomed, "display": text})
    return made


T2D = condition("E11.9", "Type 2 diabetes")
CKD = condition("N18.31", "Chronic kidney disease, stage 3a")
HFREF = condition("I50.22", "Chronic systolic heart failure")
AF = condition("I48.91", "Atrial fibrillation")
HYPERTENSION = condition("I10", "Hypertension")
LISINOPRIL = drug("lisinopril 10 MG Oral Tablet", "314076")
CETIRIZINE = drug("cetirizine 10 MG Oral Tablet", "1014676")
ATORVASTATIN = drug("atorvastatin 20 MG Oral Tablet", "617310")
EGFR = (
    lab("98979-8", 41, "mL/min/{1.73_m2}", days=16),
    lab("98979-8", 43, "mL/min/{1.73_m2}", days=180),
)
KIDNEY = (T2D, CKD, LISINOPRIL, ATORVASTATIN, *EGFR, *VACCINATED)
DAPAGLIFLOZIN = "1488564"
UNTREATED = (by_snomed("I10", "59621000", "Hypertension"), CETIRIZINE, *VACCINATED)
YOUNG = patient(born="1980-01-01")
