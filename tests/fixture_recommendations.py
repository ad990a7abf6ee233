"""The recorded calls of the medication recommender: whose chart, what is drafted, what is edited."""

from typing import Any

from fixture_calls import FixtureCase
from fixture_orders import collection_of, orders

Json = dict[str, Any]
_RECOMMENDER = "medication-recommender"
_OUTCOME: Json = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "timeout", "diagnostics": "search took too long"}],
}


def _subject(request: Json) -> Json:
    return {"reference": f"Patient/{request['context']['patientId']}"}


def _add(request: Json, key: str, resource: Json) -> None:
    request["prefetch"][key].setdefault("entry", []).append({"resource": resource})


def _allergic(request: Json) -> None:
    """Add an allergy to dapagliflozin."""
    status = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
    resource = {
        "resourceType": "AllergyIntolerance",
        "id": "allergy-1",
        "clinicalStatus": {"coding": [{"system": status, "code": "active"}]},
        "code": {"text": "dapagliflozin"},
        "patient": _subject(request),
        "reaction": [{"manifestation": [{"text": "urticaria"}]}],
    }
    _add(request, "allergies", resource)


def _hypertensive(request: Json) -> None:
    """Add a hypertension that nothing on the list treats."""
    status = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    coding = [
        {"system": "http://snomed.info/sct", "code": "59621000", "display": "Essential hypertension"},
        {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I10", "display": "Essential hypertension"},
    ]
    resource = {
        "resourceType": "Condition",
        "id": "hypertension-1",
        "clinicalStatus": {"coding": [{"system": status, "code": "active"}]},
        "code": {"coding": coding, "text": "Essential hypertension"},
        "subject": _subject(request),
        "onsetDateTime": "2025-03-04",
    }
    _add(request, "conditions", resource)


def _conditions_failed(request: Json) -> None:
    """Send an OperationOutcome where the condition list should be."""
    request["prefetch"]["conditions"] = _OUTCOME


def _no_drugs(request: Json) -> None:
    """Send an empty drug list."""
    request["prefetch"]["medications"] = collection_of([]) | {"type": "searchset"}


def _by_patient(request: Json) -> None:
    """Let the patient be the user."""
    request["context"]["userId"] = f"Patient/{request['context']['patientId']}"


def _case(name: str, slug: str, **more: Any) -> FixtureCase:
    return FixtureCase(_RECOMMENDER, name, slug, **more)


_GLIPIZIDE = orders(("glipizide 5 MG Oral Tablet", "", "1 tablet daily before breakfast"), selected=(1,))
_IBUPROFEN = orders(("ibuprofen 400 MG Oral Tablet", "197805", "1 tablet as needed"), selected=(1,))
_AMLODIPINE = orders(("amlodipine 5 MG Oral Tablet", "197361", "1 tablet daily"), selected=(1,))

RECOMMENDATIONS = (
    _case("ckd-diabetes", "sglt2-gap"),
    _case("heart-failure-pillars", "discharge-hf"),
    _case("statin-in-diabetes", "prevent-high"),
    _case("statin-by-risk", "ckd-change-of-band"),
    _case("af-anticoagulation", "af-stroke-risk"),
    _case("allergy-blocks-one", "discharge-hf", edit=_allergic),
    _case("learned-beside-rules", "depression-phq", edit=_hypertensive),
    _case("order-select-diabetes", "sglt2-gap", hook="order-select", carries=_GLIPIZIDE),
    _case("order-select-unrelated", "sglt2-gap", hook="order-select", carries=_IBUPROFEN),
    _case(
        "order-select-learned",
        "depression-phq",
        hook="order-select",
        carries=_AMLODIPINE,
        edit=_hypertensive,
    ),
    _case("conditions-unreadable", "sglt2-gap", edit=_conditions_failed),
    _case("drug-list-empty", "sglt2-gap", edit=_no_drugs),
    _case("child", "child-asthma"),
    _case("pregnant", "pregnant-gestational"),
    _case("comfort-care", "comfort-care-94"),
    _case("emergency", "chest-pain"),
    _case("asked-by-patient", "sglt2-gap", edit=_by_patient),
)
