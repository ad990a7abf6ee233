"""The failure matrix for note review, over HTTP against a FHIR sandbox on loopback."""

import base64
from typing import Any

import pytest
from installation import CHART, Installation, bundle

from adapters.fhir_sandbox.faults import Faults
from cds.services.note_review import service

PATH = "/cds-services/note-review"
WORDS = "PAST MEDICAL HISTORY:\n- Atrial fibrillation\n"
NOTE = {
    "resourceType": "DocumentReference",
    "id": "n1",
    "status": "current",
    "type": {"text": "Progress note"},
    "subject": {"reference": "Patient/p1"},
    "date": "2026-01-05T08:00:00Z",
    "content": [
        {"attachment": {"contentType": "text/plain", "data": base64.b64encode(WORDS.encode()).decode()}}
    ],
}


@pytest.fixture
def review(site_with: Any) -> Any:
    return lambda **more: site_with(service=service, **more)


def asked(site: Installation, **members: Any) -> dict[str, Any]:
    """Return a request about a chart."""
    return site.request("patient-view", context={"userId": "Practitioner/d1", "patientId": "p1"}, **members)


def prefetch(**keys: Any) -> dict[str, Any]:
    """Return a complete prefetch with one note; `keys` replaces."""
    empty = {key: bundle([]) for key in service.needs("patient-view")}
    return {**empty, "patient": CHART[0], "documents": bundle([NOTE]), **keys}


def topics(response: Any) -> list[str]:
    """Return the topics of an answer's cards."""
    assert response.status_code == 200, response.get_json()
    return [card["source"]["topic"]["code"] for card in response.get_json()["cards"]]


def test_FM_complete_prefetch_is_answered_without_any_ehr(review: Any) -> None:
    site = review()
    assert topics(site.post(asked(site, prefetch=prefetch()), PATH)) == ["NOTEproblemAtrialFibrillation"]


def test_FM_no_prefetch_and_no_fhir_server_is_412_naming_the_keys(review: Any) -> None:
    site = review()
    response = site.post(asked(site), PATH)
    assert response.status_code == 412
    assert "patient" in response.get_json()["issue"][0]["details"]["text"]


@pytest.mark.parametrize("faults", [Faults(fail_always=500), Faults(garbage=True)], ids=["500", "garbage"])
def test_FM_an_ehr_that_fails_is_412(review: Any, faults: Faults) -> None:
    site = review(faults=faults)
    assert site.post(asked(site, fhirServer=site.sandbox), PATH).status_code == 412


@pytest.mark.parametrize("key", ["conditions", "medications", "documents", "orders"])
def test_FM_a_list_that_failed_is_named_and_nothing_is_missing_from_it(review: Any, key: str) -> None:
    site = review()
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
    said = topics(site.post(asked(site, prefetch=prefetch(**{key: failed})), PATH))
    assert said[-1] == "NOTchecked"
    assert (key in {"conditions", "documents"}) == ("NOTEproblemAtrialFibrillation" not in said)


def test_FM_another_patients_note_is_left_out_and_named(review: Any) -> None:
    site = review()
    strange = {**NOTE, "subject": {"reference": "Patient/p2"}}
    assert topics(site.post(asked(site, prefetch=prefetch(documents=bundle([strange]))), PATH)) == [
        "NOTchecked"
    ]


def test_FM_a_note_whose_words_lie_elsewhere_is_named(review: Any) -> None:
    site = review()
    far = {
        **NOTE,
        "content": [{"attachment": {"contentType": "text/plain", "url": "https://else.example/n"}}],
    }
    assert topics(site.post(asked(site, prefetch=prefetch(documents=bundle([far]))), PATH)) == ["NOTchecked"]


def test_FM_a_null_list_of_notes_is_an_answer(review: Any) -> None:
    site = review()
    assert topics(site.post(asked(site, prefetch=prefetch(documents=None)), PATH)) == []


def test_FM_out_of_time_is_503_or_named_never_silence(review: Any) -> None:
    site = review(document={"services": {"note-review": {"deadline_ms": 50}}}, faults=Faults(slow=0.5))
    assert site.post(asked(site, fhirServer=site.sandbox), PATH).status_code in {412, 503}


def test_discovery_lists_it_for_both_hooks(review: Any) -> None:
    site = review()
    listed = site.web.get("/cds-services", headers=site.auth("/cds-services")).get_json()["services"]
    assert {s["hook"] for s in listed if s["id"] == "note-review"} == set(service.hooks)
