"""The recorded calls of medication safety: what is ordered, refilled or entered for which patient."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from fixture_calls import NOW, FixtureCase

Json = dict[str, Any]
Carries = Callable[[Json, str], Json]

_RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_SAFETY = "medication-safety"


def _instant(days: float = 0) -> str:
    return (NOW - timedelta(days=days)).isoformat().replace("+00:00", "Z")


def _order(patient: str, number: int, what: str, code: str, sig: str) -> Json:
    coding = {"coding": [{"system": _RXNORM, "code": code, "display": what}]} if code else {}
    return {
        "resourceType": "MedicationRequest",
        "id": f"draft-{number}",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {**coding, "text": what},
        "subject": {"reference": f"Patient/{patient}"},
        "authoredOn": _instant(),
        **({"dosageInstruction": [{"text": sig}]} if sig else {}),
    }


def collection_of(orders: list[Json]) -> Json:
    """Return a bundle of orders."""
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": order} for order in orders],
    }


def orders(*told: tuple[str, str, str], selected: tuple[int, ...] = ()) -> Carries:
    """Return what carries drafts of (drug, RxNorm code, dosage), of which some are selected."""

    def carries(_whole: Json, patient: str) -> Json:
        drafts = [_order(patient, n, *each) for n, each in enumerate(told, 1)]
        chosen = [f"MedicationRequest/draft-{n}" for n in selected]
        return {"draftOrders": collection_of(drafts), **({"selections": chosen} if chosen else {})}

    return carries


def _own_draft(whole: Json, _patient: str) -> Json:
    """Return the draft that the chart itself holds."""
    found = [entry["resource"] for entry in whole["entry"]]
    return {"draftOrders": collection_of([r for r in found if r.get("status") == "draft"])}


def _contained(whole: Json, patient: str) -> Json:
    """Return a draft whose drug stands in a contained Medication, as Epic sends it."""
    [entry] = orders(("amoxicillin 500 MG Oral Tablet", "308192", "three times daily for 7 days"))(
        whole, patient
    )["draftOrders"]["entry"]
    draft = dict(entry["resource"])
    medication = {"resourceType": "Medication", "id": "med", "code": draft.pop("medicationCodeableConcept")}
    draft |= {"contained": [medication], "medicationReference": {"reference": "#med"}}
    return {"draftOrders": collection_of([draft])}


def _refill_of(word: str) -> Carries:
    """Return what carries a refill of the chart's active order of a drug."""

    def carries(whole: Json, _patient: str) -> Json:
        held = [entry["resource"] for entry in whole["entry"]]
        [order] = [
            r
            for r in held
            if r["resourceType"] == "MedicationRequest"
            and r["status"] == "active"
            and word in r["medicationCodeableConcept"]["text"]
        ]
        refill = {name: value for name, value in order.items() if name not in {"meta", "text"}}
        prior = {"reference": f"MedicationRequest/{order['id']}"}
        made = {**refill, "id": "refill-1", "status": "draft", "priorPrescription": prior}
        return {"medications": collection_of([made])}

    return carries


def _new_allergy(_whole: Json, patient: str) -> Json:
    status = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
    coding = [{"system": _RXNORM, "code": "29046", "display": "lisinopril"}]
    return {
        "allergyIntolerance": {
            "resourceType": "AllergyIntolerance",
            "id": "draft-1",
            "clinicalStatus": {"coding": [{"system": status, "code": "active"}]},
            "code": {"coding": coding, "text": "lisinopril"},
            "patient": {"reference": f"Patient/{patient}"},
            "recordedDate": _instant(),
            "reaction": [{"manifestation": [{"text": "angioedema"}]}],
        }
    }


def _digoxin_levels(request: Json) -> None:
    """Add a level that is high today and was low three weeks ago."""
    subject = {"reference": f"Patient/{request['context']['patientId']}"}
    category = "http://terminology.hl7.org/CodeSystem/observation-category"
    for number, (value, days) in enumerate(((2.4, 0.2), (0.7, 21)), 1):
        result = {
            "resourceType": "Observation",
            "id": f"digoxin-{number}",
            "status": "final",
            "category": [{"coding": [{"system": category, "code": "laboratory"}]}],
            "code": {"coding": [{"system": "http://loinc.org", "code": "10535-3"}], "text": "Digoxin"},
            "subject": subject,
            "effectiveDateTime": _instant(days),
            "valueQuantity": {
                "value": value,
                "unit": "ng/mL",
                "system": "http://unitsofmeasure.org",
                "code": "ng/mL",
            },
        }
        request["prefetch"]["labs"].setdefault("entry", []).append({"resource": result})


_IBUPROFEN = ("ibuprofen 400 MG Oral Tablet", "197805", "1 tablet three times daily with food")
_CYCLOSPORINE = ("cyclosporine 100 MG Oral Capsule", "197553", "1 capsule twice daily")
_AMOXICILLIN = ("amoxicillin 500 MG Oral Tablet", "308192", "1 tablet three times daily for 7 days")
_CODEINE = ("codeine sulfate 30 MG Oral Tablet", "997170", "15 mg every 6 hours as needed")


def _case(name: str, slug: str, carries: Carries, **more: Any) -> FixtureCase:
    return FixtureCase(_SAFETY, name, slug, **{"hook": "order-sign", "carries": carries, **more})


ORDERS = (
    _case("warfarin-ibuprofen", "polypharmacy-warfarin", orders(_IBUPROFEN)),
    _case("digoxin-cyclosporine", "polypharmacy-warfarin", orders(_CYCLOSPORINE)),
    _case("digoxin-level-high", "polypharmacy-warfarin", orders(_CYCLOSPORINE), edit=_digoxin_levels),
    _case("penicillin-allergy", "polypharmacy-warfarin", orders(_AMOXICILLIN)),
    _case("contained-medication", "polypharmacy-warfarin", _contained),
    _case("nil-known-allergy", "forgotten-allergy", orders(_AMOXICILLIN)),
    _case("hyperkalaemia-cystitis", "hyperkalemia-cystitis", _own_draft),
    _case(
        "pregnancy",
        "pregnant-gestational",
        orders(("lisinopril 10 MG Oral Tablet", "314076", "1 tablet daily"), _IBUPROFEN),
    ),
    _case("child", "child-asthma", orders(_CODEINE)),
    _case("unresolved-drug", "ckd-nephrology", orders(("Zorblaxin 20 mg", "", "once daily"))),
    _case(
        "duplicates",
        "ckd-nephrology",
        orders(
            ("rosuvastatin calcium 20 MG Oral Tablet", "859751", "1 tablet daily"),
            ("valsartan 80 MG Oral Tablet", "349201", "1 tablet daily"),
        ),
    ),
    _case(
        "renal-dose",
        "ckd-nephrology",
        orders(("metformin hydrochloride 1000 MG Oral Tablet", "861004", "1 tablet twice daily")),
    ),
    _case(
        "reorder",
        "ckd-nephrology",
        orders(("amlodipine 5 MG Oral Tablet", "197361", "Take 5 mg 1 time a day")),
    ),
    _case(
        "one-of-two-selected",
        "polypharmacy-warfarin",
        orders(_IBUPROFEN, _AMOXICILLIN, selected=(2,)),
        hook="order-select",
    ),
    _case("new-allergy", "polypharmacy-warfarin", _new_allergy, hook="allergyintolerance-create"),
    _case("refill", "ckd-nephrology", _refill_of("allopurinol"), hook="medication-refill"),
    _case(
        "comfort-care",
        "comfort-care-94",
        orders(("morphine sulfate 10 MG/5ML Oral Solution", "863539", "5 mg every 4 hours as needed")),
    ),
)
