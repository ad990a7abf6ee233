"""Charts as FHIR and the whole path that answers them, for tests of the medication recommender."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import uuid4

from order_world import PATIENT, ago, condition, drug, filled, lab, patient
from service_site import site_of

from cds.services.medication_recommender import service

Json = dict[str, Any]
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
    context: Json = {"userId": "Practitioner/example", "patientId": PATIENT}
    if any(r["resourceType"] == "Encounter" for r in chart):
        context["encounterId"] = "enc-1"
    hook = "patient-view"
    if drafts:
        hook = "order-select"
        every = [f"{d['resourceType']}/{d['id']}" for d in drafts]
        context["draftOrders"] = {"resourceType": "Bundle", "entry": [{"resource": d} for d in drafts]}
        context["selections"] = list(every if selected is None else selected)
    prefetch = {**filled(service, "patient-view", chart, key=_key, who=who), **more}
    return {"hook": hook, "hookInstance": str(uuid4()), "context": context, "prefetch": prefetch}


running = partial(site_of, service)
"""Lend a process that answers with this service, in a folder."""


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
