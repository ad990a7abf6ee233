"""The failure matrix for medication safety, over HTTP against a FHIR sandbox on loopback."""

from typing import Any

import pytest
from installation import CHART, Installation, bundle

from adapters.fhir_sandbox.faults import Faults
from cds.services.medication_safety import service

PATH = "/cds-services/medication-safety"
DRAFT = {
    "resourceType": "MedicationRequest",
    "id": "draft-1",
    "status": "draft",
    "intent": "order",
    "medicationCodeableConcept": {"text": "ibuprofen 400 MG Oral Tablet"},
    "subject": {"reference": "Patient/p1"},
}
WARFARIN = {
    **DRAFT,
    "id": "m1",
    "status": "active",
    "medicationCodeableConcept": {"text": "Warfarin Sodium 5 MG Oral Tablet"},
}


@pytest.fixture
def safety(site_with: Any) -> Any:
    return lambda **more: site_with(service=service, **more)


def asked(site: Installation, hook: str = "order-sign", **members: Any) -> dict[str, Any]:
    """Return a request about one draft."""
    orders = {"resourceType": "Bundle", "entry": [{"resource": DRAFT}]}
    context = {"userId": "Practitioner/d1", "patientId": "p1", "draftOrders": orders}
    return site.request(hook, context=context, **members)


def prefetch(**keys: Any) -> dict[str, Any]:
    """Return a complete prefetch; `keys` replaces."""
    empty = {key: bundle([]) for key in service.needs("order-sign")}
    return {**empty, "patient": CHART[0], "medications": bundle([WARFARIN]), **keys}


def topics(response: Any) -> list[str]:
    """Return the topics of an answer's cards."""
    assert response.status_code == 200, response.get_json()
    return [card["source"]["topic"]["code"] for card in response.get_json()["cards"]]


def test_FM_complete_prefetch_is_answered_without_any_ehr(safety: Any) -> None:
    site = safety()
    assert topics(site.post(asked(site, prefetch=prefetch()), PATH)) == ["DDIwarfarinNsaidIbuprofenWarfarin"]


def test_FM_a_hook_of_another_service_is_400(safety: Any) -> None:
    site = safety()
    assert site.post(site.request("patient-view", prefetch=prefetch()), PATH).status_code == 400


def test_FM_no_prefetch_and_no_fhir_server_is_412_naming_the_keys(safety: Any) -> None:
    site = safety()
    response = site.post(asked(site), PATH)
    assert response.status_code == 412
    text = response.get_json()["issue"][0]["details"]["text"]
    assert all(key in text for key in ("patient", "medications", "allergies"))


def test_FM_prefetch_is_fetched_openly(safety: Any) -> None:
    site = safety()
    assert topics(site.post(asked(site, fhirServer=site.sandbox), PATH)) is not None


@pytest.mark.parametrize(
    "faults",
    [Faults(fail_always=500), Faults(fail_always=403), Faults(garbage=True), Faults(outcome=True)],
    ids=["500", "403", "garbage", "outcome"],
)
def test_FM_an_ehr_that_fails_is_412(safety: Any, faults: Faults) -> None:
    site = safety(faults=faults)
    assert site.post(asked(site, fhirServer=site.sandbox), PATH).status_code == 412


@pytest.mark.parametrize("kind", ["MedicationRequest", "AllergyIntolerance"])
def test_FM_without_drugs_or_allergies_there_is_no_answer(safety: Any, kind: str) -> None:
    """Silence on interactions must never come of a list that could not be read."""
    site = safety(faults=Faults(fail_always=500, types=frozenset({kind})))
    assert site.post(asked(site, fhirServer=site.sandbox), PATH).status_code == 412


@pytest.mark.parametrize("kind", ["Condition", "Observation", "MedicationDispense", "Procedure"])
def test_FM_any_other_list_that_failed_is_named_on_a_card(safety: Any, kind: str) -> None:
    site = safety(faults=Faults(fail_always=500, types=frozenset({kind})))
    cards = site.post(asked(site, fhirServer=site.sandbox), PATH).get_json()["cards"]
    assert cards[-1]["source"]["topic"]["code"] == "NOTchecked"


def test_FM_an_operation_outcome_is_an_error_of_its_key_only(safety: Any) -> None:
    site = safety()
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
    said = topics(site.post(asked(site, prefetch=prefetch(labs=failed)), PATH))
    assert said == ["DDIwarfarinNsaidIbuprofenWarfarin", "NOTchecked"]


def test_FM_null_prefetch_is_an_answer_where_data_is_optional(safety: Any) -> None:
    site = safety()
    said = topics(site.post(asked(site, prefetch=prefetch(labs=None, stated=None)), PATH))
    assert said == ["DDIwarfarinNsaidIbuprofenWarfarin"]


def test_FM_another_patients_drug_is_left_out_and_named(safety: Any) -> None:
    site = safety()
    strange = {**WARFARIN, "subject": {"reference": "Patient/p2"}}
    said = topics(site.post(asked(site, prefetch=prefetch(medications=bundle([strange]))), PATH))
    assert said[-1] == "NOTchecked"
    assert not any("Warfarin" in topic for topic in said)


def test_FM_another_patients_draft_is_400(safety: Any) -> None:
    site = safety()
    request = asked(site, prefetch=prefetch())
    request["context"]["draftOrders"]["entry"][0] = {
        "resource": {**DRAFT, "subject": {"reference": "Patient/p2"}}
    }
    assert site.post(request, PATH).status_code == 400


def test_FM_an_order_that_is_not_valid_is_left_out_and_named(safety: Any) -> None:
    """What a rule rests on must be valid; what is left then is said."""
    site = safety()
    broken = {**WARFARIN, "dosageInstruction": [{"sequence": "first"}]}
    response = site.post(asked(site, prefetch=prefetch(medications=bundle([broken]))), PATH)
    assert topics(response)[-1] == "NOTchecked"


def test_FM_out_of_time_is_503_or_named_never_silence(safety: Any) -> None:
    site = safety(document={"services": {"medication-safety": {"deadline_ms": 50}}}, faults=Faults(slow=0.5))
    response = site.post(asked(site, fhirServer=site.sandbox), PATH)
    assert response.status_code in {412, 503}


def test_discovery_lists_it_once_for_every_hook(safety: Any) -> None:
    site = safety()
    listed = site.web.get("/cds-services", headers=site.auth("/cds-services")).get_json()["services"]
    hooks = {s["hook"] for s in listed if s["id"] == "medication-safety"}
    assert hooks == set(service.hooks)
    assert all(s["prefetch"] for s in listed)


def test_a_disabled_service_is_not_there(safety: Any) -> None:
    site = safety(document={"services": {"medication-safety": {"enabled": False}}})
    assert site.post(asked(site, prefetch=prefetch()), PATH).status_code == 404


def test_a_service_in_silent_rollout_computes_and_shows_nothing(safety: Any) -> None:
    site = safety(document={"services": {"medication-safety": {"rollout": {"mode": "silent"}}}})
    assert topics(site.post(asked(site, prefetch=prefetch()), PATH)) == []
    [body] = [body for kind, body in site.audit() if kind == "answer"]
    assert [card["indicator"] for card in body["cards"]] == ["critical"]
