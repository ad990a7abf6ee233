"""Charts and draft orders as FHIR, and the whole path that answers them, for tests of medication safety."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from fixture_calls import NOW
from service_site import findings, site_of

from cds.services.base import Service
from cds.services.medication_safety import service

Json = dict[str, Any]
PATIENT = "pt-4711"
_RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
_LOINC = "http://loinc.org"
_UCUM = "http://unitsofmeasure.org"
_CLINICAL = "http://terminology.hl7.org/CodeSystem/{}-clinical"
_DATES = {
    "MedicationRequest": "authoredOn",
    "MedicationStatement": "effectiveDateTime",
    "MedicationAdministration": "effectiveDateTime",
    "MedicationDispense": "whenHandedOver",
}


def ago(days: float) -> str:
    """Return an instant so many days before the call."""
    return (NOW - timedelta(days=days)).isoformat().replace("+00:00", "Z")


def concept(text: str, code: str = "", system: str = _RXNORM) -> Json:
    """Return a CodeableConcept."""
    coded = {"coding": [{"system": system, "code": code, "display": text}]} if code else {}
    return {**coded, "text": text}


def drug(
    text: str,
    code: str = "",
    *,
    kind: str = "MedicationRequest",
    status: str = "active",
    days: float = 200,
    sig: str = "",
    id: str = "",
    **more: Any,
) -> Json:
    """Return an entry of one of the drug lists."""
    dosage = {"dosage" if kind == "MedicationStatement" else "dosageInstruction": [{"text": sig}]}
    who = {"context": None} if kind == "MedicationDispense" else {}
    made = {
        "resourceType": kind,
        "id": id or f"m-{abs(hash((kind, text, status, days))) % 10**8}",
        "status": status,
        "medicationCodeableConcept": concept(text, code),
        "subject": {"reference": f"Patient/{PATIENT}"},
        _DATES[kind]: ago(days),
        **({"intent": "order"} if kind == "MedicationRequest" else {}),
        **(dosage if sig else {}),
        **who,
        **more,
    }
    return {name: value for name, value in made.items() if value is not None}


def draft(text: str, code: str = "", *, sig: str = "", id: str = "draft-1", **more: Any) -> Json:
    """Return a draft order."""
    return drug(text, code, status="draft", days=0, sig=sig, id=id, **more)


def allergy(text: str, code: str = "", *, reaction: str = "", system: str = _RXNORM, **more: Any) -> Json:
    """Return an entry of the allergy list."""
    shown = {"reaction": [{"manifestation": [{"text": reaction}]}]} if reaction else {}
    return {
        "resourceType": "AllergyIntolerance",
        "id": f"a-{abs(hash(text)) % 10**8}",
        "clinicalStatus": _coded(_CLINICAL.format("allergyintolerance"), "active"),
        "code": concept(text, code, system),
        "patient": {"reference": f"Patient/{PATIENT}"},
        **shown,
        **more,
    }


def condition(code: str, text: str, *, days: float = 900, status: str = "active") -> Json:
    """Return a diagnosis by ICD-10-CM."""
    return {
        "resourceType": "Condition",
        "id": f"c-{code.replace('.', '')}",
        "clinicalStatus": _coded(_CLINICAL.format("condition"), status),
        "code": concept(text, code, _ICD10),
        "subject": {"reference": f"Patient/{PATIENT}"},
        "onsetDateTime": ago(days)[:10],
    }


def lab(code: str, value: float, unit: str, *, days: float = 3, kind: str = "laboratory") -> Json:
    """Return a result by LOINC."""
    return {
        "resourceType": "Observation",
        "id": f"o-{code}-{round(days)}",
        "status": "final",
        "category": [_coded("http://terminology.hl7.org/CodeSystem/observation-category", kind)],
        "code": concept(code, code, _LOINC),
        "subject": {"reference": f"Patient/{PATIENT}"},
        "effectiveDateTime": ago(days),
        "valueQuantity": {"value": value, "unit": unit, "system": _UCUM, "code": unit},
    }


def _coded(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def patient(*, born: str = "1961-02-03", sex: str = "male") -> Json:
    """Return the patient."""
    return {
        "resourceType": "Patient",
        "id": PATIENT,
        "gender": sex,
        "birthDate": born,
        "name": [{"family": "Quartermain", "given": ["Ottoline"]}],
    }


def bundle(*resources: Json) -> Json:
    """Return a searchset of resources."""
    entries = [{"resource": r} for r in resources]
    return {"resourceType": "Bundle", "type": "searchset", **({"entry": entries} if entries else {})}


def filled(
    asked: Service, hook: str, chart: Iterable[Json], *, key: Callable[[Json], str], who: Json | None = None
) -> Json:
    """Return the prefetch that a service asks for, every list whole; `key` says where a resource belongs."""
    held: dict[str, list[Json]] = {name: [] for name in asked.needs(hook) if name != "patient"}
    for resource in chart:
        held[key(resource)].append(resource)
    return {"patient": who or patient(), **{name: bundle(*rows) for name, rows in held.items()}}


_KEYS = {
    "MedicationRequest": "medications",
    "MedicationStatement": "stated",
    "MedicationDispense": "dispensed",
    "MedicationAdministration": "given",
    "AllergyIntolerance": "allergies",
    "Condition": "conditions",
    "Procedure": "procedures",
}


def prefetch(*chart: Json, who: Json | None = None) -> Json:
    """Return the prefetch of a chart, every list whole."""
    return filled(service, "order-sign", chart, key=_key, who=who)


def _key(resource: Json) -> str:
    if resource["resourceType"] != "Observation":
        return _KEYS[resource["resourceType"]]
    kind = resource["category"][0]["coding"][0]["code"]
    return {"laboratory": "labs", "vital-signs": "vitals"}.get(kind, "pregnancy")


def call(
    *drafts: Json, chart: Sequence[Json] = (), hook: str = "order-sign", who: Json | None = None, **more: Any
) -> Json:
    """Return a request with its prefetch; `more` overrides members."""
    context: Json = {"userId": "Practitioner/example", "patientId": PATIENT}
    orders = {"resourceType": "Bundle", "entry": [{"resource": d} for d in drafts]}
    if hook == "allergyintolerance-create":
        context["allergyIntolerance"] = drafts[0]
    elif hook == "medication-refill":
        context["medications"] = orders
    else:
        context["draftOrders"] = orders
    if hook == "order-select":
        every = [f"{d['resourceType']}/{d['id']}" for d in drafts]
        context["selections"] = more.pop("selections", every)
    return {
        "hook": hook,
        "hookInstance": str(uuid4()),
        "context": context,
        "prefetch": prefetch(*chart, who=who),
        **more,
    }


running = partial(site_of, service)
"""Lend a process that answers with this service, in a folder."""


def rules(cards: Sequence[Json]) -> dict[str, str]:
    """Return the rules that spoke, with their severity."""
    return {row["rule"]: row["severity"] for row in findings(cards) if "severity" in row}
