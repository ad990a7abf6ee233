"""The failure matrix of the conformance document, over HTTP against a FHIR sandbox on loopback."""

from typing import Any

import pytest
from installation import CHART, Installation, bundle

from adapters.fhir_sandbox.faults import Faults


def outcome(response: Any, code: str) -> dict[str, Any]:
    """Return the OperationOutcome of an answer after checking its form."""
    assert response.mimetype == "application/json"
    body = response.get_json()
    assert body["resourceType"] == "OperationOutcome"
    assert body["issue"][0]["severity"] == "error"
    assert body["issue"][0]["code"] == code
    return body


def test_FM_an_unknown_id_is_404(site: Installation) -> None:
    outcome(site.post(site.full(), "/cds-services/nobody"), "not-found")
    assert site.post(site.full(), "/cds-services/nobody").status_code == 404


@pytest.mark.parametrize("body", [b'{"hook":', b"", b"[1]", b"nonsense", b'{"a": NaN}', b"\xff\xfe"])
def test_FM_bad_json_is_400(site: Installation, body: bytes) -> None:
    response = site.post(body)
    assert response.status_code == 400
    outcome(response, "invalid")


def test_FM_a_hook_of_another_service_is_400(site: Installation) -> None:
    response = site.post(
        site.full(
            hook="encounter-start",
            context={"userId": "Practitioner/1", "patientId": "p1", "encounterId": "e1"},
        )
    )
    assert response.status_code == 400
    assert outcome(response, "invalid")["issue"][0]["expression"] == ["/hook"]


def test_FM_complete_prefetch_is_answered_without_any_ehr(site: Installation) -> None:
    response = site.post(site.full())
    assert response.status_code == 200
    assert response.get_json()["cards"][0]["summary"] == "6 facts read"


def test_FM_no_prefetch_and_no_fhir_server_is_412_naming_the_keys(site: Installation) -> None:
    response = site.post(site.request())
    assert response.status_code == 412
    text = outcome(response, "required")["issue"][0]["details"]["text"]
    assert "patient" in text
    assert "no fhirServer" in text


def test_FM_prefetch_is_fetched_openly(site: Installation) -> None:
    response = site.post(site.request(fhirServer=site.sandbox))
    assert response.status_code == 200
    assert response.get_json()["cards"][0]["summary"].endswith("facts read")


def test_FM_prefetch_is_fetched_with_the_bearer_token(site_with: Any) -> None:
    site = site_with(require_token=True)
    token = site.fhir.issue_token("p1", "patient/*.rs").value
    authorization = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.rs",
        "subject": "us",
    }
    assert site.post(site.request(fhirServer=site.sandbox)).status_code == 412
    response = site.post(site.request(fhirServer=site.sandbox, fhirAuthorization=authorization))
    assert response.status_code == 200


def test_FM_the_token_never_goes_to_an_origin_that_is_not_registered(site: Installation) -> None:
    response = site.post(site.request(fhirServer="https://evil.example.net/fhir"))
    assert response.status_code == 412
    assert "registered" in outcome(response, "required")["issue"][0]["details"]["text"]


@pytest.mark.parametrize(
    "faults",
    [
        Faults(fail_always=500),
        Faults(fail_always=401),
        Faults(fail_always=403),
        Faults(fail_always=404),
        Faults(garbage=True),
        Faults(empty=True),
        Faults(outcome=True),
        Faults(redirect="https://evil.example.net/"),
        Faults(slow=1.5),
    ],
    ids=["500", "401", "403", "404", "garbage", "empty", "outcome", "redirect", "slow"],
)
def test_FM_an_ehr_that_fails_is_412(site_with: Any, faults: Faults) -> None:
    site = site_with(faults=faults, document={"services": {"scripted": {"deadline_ms": 700}}})
    response = site.post(site.request(fhirServer=site.sandbox))
    assert response.status_code == 412
    outcome(response, "required")


def test_FM_null_prefetch_is_an_answer_where_data_is_optional(site: Installation) -> None:
    response = site.post(site.request(prefetch={"patient": CHART[0], "labs": None, "conditions": None}))
    assert response.status_code == 200
    assert site.service.seen[-1].record.list_state("condition") == "null"
    assert len(response.get_json()["cards"]) == 1


def test_FM_an_operation_outcome_is_an_error_of_its_key_only(site: Installation) -> None:
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
    response = site.post(
        site.request(prefetch={"patient": CHART[0], "labs": failed, "conditions": bundle([])})
    )
    assert response.status_code == 200
    assert site.service.seen[-1].record.list_state("observation") == "failed"
    assert "labs" in response.get_json()["cards"][-1]["detail"]


def test_FM_a_failed_optional_key_is_named_on_a_card(site_with: Any) -> None:
    site = site_with(faults=Faults(fail_always=500, types=frozenset({"Condition"})))
    cards = site.post(site.request(fhirServer=site.sandbox)).get_json()["cards"]
    assert "conditions" in cards[-1]["summary"]
    assert cards[-1]["indicator"] == "info"


def test_FM_further_pages_are_followed_inside_the_base(site: Installation) -> None:
    first = bundle(
        [CHART[2]],
        link=[{"relation": "next", "url": f"{site.sandbox}/Observation?patient=p1&_count=100"}],
    )
    body = site.full(fhirServer=site.sandbox)
    body["prefetch"]["labs"] = first
    assert site.post(body).get_json()["cards"][0]["summary"] == "6 facts read"


def test_FM_pages_outside_the_base_are_not_followed_and_that_is_said(site: Installation) -> None:
    body = site.full(fhirServer=site.sandbox)
    body["prefetch"]["labs"] = bundle(
        [CHART[2]], link=[{"relation": "next", "url": "https://evil.example.net/fhir?page=2"}]
    )
    cards = site.post(body).get_json()["cards"]
    assert "labs" in cards[-1]["detail"]
    assert site.service.seen[-1].record.list_state("observation") == "partial"


def test_FM_another_patients_data_is_left_out_and_named(site: Installation) -> None:
    body = site.full()
    strange = {**CHART[2], "id": "x1", "subject": {"reference": "Patient/p2"}}
    body["prefetch"]["labs"]["entry"].append({"resource": strange})
    cards = site.post(body).get_json()["cards"]
    assert cards[0]["summary"] == "6 facts read"
    assert "another patient" in cards[-1]["detail"]


def test_FM_another_patient_as_the_patient_is_400(site: Installation) -> None:
    body = site.full()
    body["prefetch"]["patient"] = CHART[1]
    assert site.post(body).status_code == 400
