"""The recorded calls there are, and what is changed in a patient's record for them."""

from typing import Any

from fixture_calls import FixtureCase
from fixture_notes import NOTES
from fixture_orders import ORDERS
from fixture_recommendations import RECOMMENDATIONS
from fixture_stories import STORIES

Json = dict[str, Any]
_OUTCOME: Json = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "timeout", "diagnostics": "search took too long"}],
}


def _subject(request: Json) -> Json:
    return {"reference": f"Patient/{request['context']['patientId']}"}


def _referred(request: Json) -> None:
    """Add a referral to nephrology of three months ago."""
    resource = {
        "resourceType": "ServiceRequest",
        "id": "referral-1",
        "status": "active",
        "intent": "order",
        "code": {
            "coding": [
                {
                    "system": "http://snomed.info/sct",
                    "code": "306125004",
                    "display": "Referral to nephrology service",
                }
            ]
        },
        "subject": _subject(request),
        "authoredOn": "2026-08-03",
    }
    request["prefetch"]["orders"] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": resource}],
    }


def _orders_failed(request: Json) -> None:
    """Send an OperationOutcome where the list of orders should be."""
    request["prefetch"]["orders"] = _OUTCOME


def _conditions_failed(request: Json) -> None:
    """Send an OperationOutcome where the condition list should be."""
    request["prefetch"]["conditions"] = _OUTCOME


def _conditions_empty(request: Json) -> None:
    """Send an empty condition list."""
    request["prefetch"]["conditions"] = {"resourceType": "Bundle", "type": "searchset"}


def _by_patient(request: Json) -> None:
    """Let the patient be the user."""
    request["context"]["userId"] = f"Patient/{request['context']['patientId']}"


SCORES = "clinical-scores"
CASES = (
    FixtureCase(SCORES, "ckd-past-referral", "ckd-nephrology"),
    FixtureCase(SCORES, "ckd-already-referred", "ckd-nephrology", edit=_referred),
    FixtureCase(SCORES, "ckd-orders-unreadable", "ckd-nephrology", edit=_orders_failed),
    FixtureCase(SCORES, "ckd-conditions-unreadable", "ckd-nephrology", edit=_conditions_failed),
    FixtureCase(SCORES, "ckd-conditions-empty", "ckd-nephrology", edit=_conditions_empty),
    FixtureCase(SCORES, "ckd-worse-class", "ckd-change-of-band"),
    FixtureCase(SCORES, "ckd-diabetes", "sglt2-gap"),
    FixtureCase(SCORES, "prevent-intermediate", "prevent-high"),
    FixtureCase(SCORES, "prevent-asked-by-patient", "prevent-high", edit=_by_patient),
    FixtureCase(SCORES, "af-without-anticoagulant", "af-stroke-risk"),
    FixtureCase(SCORES, "af-with-anticoagulant", "headache-gca", hook="encounter-start"),
    FixtureCase(SCORES, "sepsis", "sepsis-news2", hook="encounter-start"),
    FixtureCase(SCORES, "cirrhosis", "cirrhosis-meld"),
    FixtureCase(SCORES, "depression-item-9", "depression-phq"),
    FixtureCase(SCORES, "before-chemotherapy", "oncology-vte"),
    FixtureCase(SCORES, "chest-pain", "chest-pain", hook="encounter-start"),
    FixtureCase(SCORES, "heart-failure-stay", "discharge-hf"),
    FixtureCase(SCORES, "pregnant", "pregnant-gestational"),
    FixtureCase(SCORES, "newborn", "infant", hook="encounter-start"),
    FixtureCase(SCORES, "child", "child-asthma"),
    FixtureCase(SCORES, "nothing-known", "healthy-young"),
    FixtureCase(SCORES, "no-results", "no-labs"),
    FixtureCase(SCORES, "contradictions", "dirty-data"),
    FixtureCase(SCORES, "comfort-care", "comfort-care-94"),
    *ORDERS,
    *NOTES,
    *RECOMMENDATIONS,
    *STORIES,
)
