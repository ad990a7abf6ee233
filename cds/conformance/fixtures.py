"""Build requests from what discovery publishes: a synthetic patient, a context per hook, a prefetch."""

import re
import uuid
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from cds.conformance.hook_table import HOOKS, USER_TOKENS, Field
from cds.conformance.subject import Offer

# Markup that runs a script where a client renders it raw; it stands in texts of the planted record.
MARKUP: Final = "<img src=x onerror=alert(1)>"
USER: Final = "Practitioner/conformance-user"
ENCOUNTER: Final = "conformance-encounter"
_TOKEN: Final = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_CODED: Final = frozenset({"Condition", "Observation", "AllergyIntolerance", "Procedure", "DiagnosticReport"})
_MEDICATION: Final = frozenset({"MedicationRequest", "MedicationStatement"})
# RxNorm 161 is acetaminophen: a common drug that no service needs to know.
_DRUG: Final = {
    "coding": [
        {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "161", "display": "acetaminophen"}
    ],
    "text": "acetaminophen",
}


def request_for(offer: Offer, *, patient: str, planted: bool = False) -> dict[str, Any]:
    """Return a complete, good request: context with all fields and every prefetch key."""
    context = context_for(offer.hook, patient=patient)
    prefetch = prefetch_for(offer, context, planted=planted)
    body = {"hook": offer.hook, "hookInstance": str(uuid.uuid4()), "context": context}
    return body | ({"prefetch": prefetch} if prefetch else {})


def context_for(hook: str, *, patient: str) -> dict[str, Any]:
    """Return a context with every field of a hook; a custom hook gets user and patient."""
    fields = HOOKS.get(hook, HOOKS["patient-view"][:2])
    return {field.name: _sample(field, patient) for field in fields}


def prefetch_for(offer: Offer, context: Mapping[str, Any], *, planted: bool = False) -> dict[str, Any]:
    """Answer each published template as a small EHR would; a key without a token's value is left out."""
    queries = {key: fill(template, context) for key, template in offer.prefetch.items()}
    patient = str(context.get("patientId", ""))
    return {
        key: answer_query(query, patient=patient, planted=planted)
        for key, query in queries.items()
        if query is not None
    }


def fill(template: str, context: Mapping[str, Any]) -> str | None:
    """Put the context's values in place of the tokens, or return None where one has no value."""
    values = [_value(token, context) for token in _TOKEN.findall(template)]
    if any(value is None for value in values):
        return None
    remaining = iter(values)
    return _TOKEN.sub(lambda _: next(remaining) or "", template)


def answer_query(query: str, *, patient: str, planted: bool = False) -> dict[str, Any]:
    """Return the resource or searchset of a query on the synthetic record."""
    path, mark, parameters = query.partition("?")
    kind, _, instance = path.partition("/")
    if not mark:
        return resource(kind, instance, patient=patient, planted=planted)
    wanted = dict(parse_qsl(parameters)).get("_id")
    if wanted:
        return bundle("searchset", [resource(kind, wanted, patient=patient, planted=planted)])
    found = [_marked(kind, patient)] if planted and kind in _CODED | _MEDICATION else []
    return bundle("searchset", found) | {"total": len(found)}


def bundle(kind: str, resources: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a Bundle, without `entry` when it is empty."""
    entries = [{"resource": item} for item in resources]
    return {"resourceType": "Bundle", "type": kind} | ({"entry": entries} if entries else {})


def operation_outcome(text: str) -> dict[str, Any]:
    """Return an OperationOutcome of one error."""
    issue = {"severity": "error", "code": "exception", "details": {"text": text}}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def resource(kind: str, instance: str, *, patient: str, planted: bool = False) -> dict[str, Any]:
    """Return a minimal resource of a type."""
    family = MARKUP if planted else "Synthetic"
    common = {"resourceType": kind, "id": instance}
    subject = {"reference": f"Patient/{patient}"}
    members: Mapping[str, dict[str, Any]] = {
        "Patient": {
            "gender": "female",
            "birthDate": "1962-04-03",
            "name": [{"family": family, "given": ["Ada"]}],
        },
        "Practitioner": {"name": [{"family": "Synthetic", "given": ["Grace"]}]},
        "Encounter": {"status": "in-progress", "class": _encounter_class(), "subject": subject},
        "MedicationRequest": {
            "status": "draft",
            "intent": "order",
            "subject": subject,
            "medicationCodeableConcept": _DRUG,
        },
        "MedicationStatement": {"status": "active", "subject": subject, "medicationCodeableConcept": _DRUG},
        "Condition": {"subject": subject, "code": {"text": "Seasonal hay fever"}},
        "AllergyIntolerance": {"patient": subject, "code": {"text": "Peanut"}},
        "Appointment": {
            "status": "proposed",
            "participant": [{"actor": subject, "status": "needs-action"}],
        },
        "Task": {"status": "requested", "intent": "order", "for": subject},
    }
    reported = {"status": "final", "subject": subject, "code": {"text": "Conformance finding"}}
    return common | members.get(kind, reported if kind in _CODED else {})


def _encounter_class() -> dict[str, str]:
    return {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}


def _marked(kind: str, patient: str) -> dict[str, Any]:
    """Return a resource whose text holds markup."""
    plain = resource(kind, "conformance-planted", patient=patient)
    text = {"text": f"Unwell {MARKUP}"}
    if kind in _MEDICATION:
        return plain | {"status": "active", "medicationCodeableConcept": text}
    return plain | {"code": text}


def _sample(field: Field, patient: str) -> Any:
    kind = field.types[0]
    instance = f"conformance-{kind.lower()}"
    if field.name == "patientId":
        return patient
    samples = {
        "user": USER,
        "id": ENCOUNTER,
        "reference": f"{kind}/{instance}",
        "references": [f"{kind}/{instance}"],
        "bundle": bundle("collection", [resource(kind, instance, patient=patient)]),
        "resources": [resource(kind, instance, patient=patient)],
        "resource": resource(kind, instance, patient=patient),
    }
    return samples[field.kind]


def _value(token: str, context: Mapping[str, Any]) -> str | None:
    if token in USER_TOKENS:
        kind, _, instance = str(context.get("userId", "")).partition("/")
        return instance if kind == USER_TOKENS[token] else None
    value = context.get(token.removeprefix("context."))
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return value if isinstance(value, str) else None
