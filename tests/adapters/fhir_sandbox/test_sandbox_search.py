"""Searches: parameters, modifiers, sorting, inclusion, shaping of results."""

import json

import pytest
from cpu_time import cpu_seconds
from sandbox_chart import NOW, Caller, observation, patient, stamped

from adapters.fhir_sandbox.app import FhirSandbox
from adapters.fhir_sandbox.store import Store


@pytest.mark.parametrize(
    ("url", "params", "ids"),
    [
        ("/Observation", {"patient": "anna"}, ["o1", "o2", "o3", "o4", "o5", "o6"]),
        ("/Observation", {"patient": "Patient/bert"}, ["o7"]),
        ("/Observation", {"patient": "http://ehr.test/Patient/bert"}, ["o7"]),
        ("/Observation", {"subject": "Patient/bert"}, ["o7"]),
        ("/Observation", {"subject": "bert"}, ["o7"]),
        ("/Observation", {"subject:Patient": "bert"}, ["o7"]),
        ("/Observation", {"subject:Group": "bert"}, []),
        ("/Observation", {"patient": "nobody"}, []),
        ("/Observation", {"_id": "o2,o3,o99"}, ["o2", "o3"]),
        ("/Observation", {"_id": "o2", "patient": "bert"}, []),
        ("/Observation", {"code": "718-7"}, ["o2"]),
        ("/Observation", {"code": "http://loinc.org|718-7"}, ["o2"]),
        ("/Observation", {"code": "urn:other|718-7"}, []),
        ("/Observation", {"code": "|718-7"}, []),
        ("/Observation", {"code": "urn:other|1,http://loinc.org|718-7"}, ["o2"]),
        ("/Observation", {"code": "http://loinc.org|", "patient": "bert"}, ["o7"]),
        ("/Observation", {"category": "vital-signs"}, ["o3"]),
        ("/Observation", {"category:not": "laboratory"}, ["o3"]),
        ("/Observation", {"status": "final", "patient": "bert"}, ["o7"]),
        (
            "/Observation",
            {"status": "http://hl7.org/fhir/observation-status|final", "patient": "bert"},
            ["o7"],
        ),
        ("/Observation", {"date:missing": "true"}, ["o6"]),
        ("/Observation", {"value-quantity": "5.4"}, ["o1"]),
        ("/Observation", {"value-quantity": "gt5.4"}, []),
        ("/Observation", {"value-quantity": "ge5||%"}, ["o1"]),
        ("/Observation", {"value-quantity": "ge5||mmol/L"}, []),
        ("/Observation", {"patient": "anna", "date": "2024-01-15"}, ["o1"]),
        ("/Observation", {"patient": "anna", "date": "lt2024-02"}, ["o1"]),
        ("/Observation", {"patient": "anna", "date": "2024-01-15T09:00:00Z"}, ["o1"]),
        ("/Observation", {"patient": "anna", "date": "2024"}, ["o1", "o2", "o3", "o4"]),
        ("/Observation", {"patient": "anna", "date": "gt2024-02"}, ["o4", "o5"]),
        ("/Observation", {"patient": "anna", "date": "eb2024-02-29"}, ["o1"]),
        ("/Observation", {"patient": "anna", "date": "sa2024-03-31"}, ["o5"]),
        ("/Observation", {"_lastUpdated": "ge2026-10-01T10:00:00Z", "patient": "bert"}, ["o7"]),
        ("/Condition", {"clinical-status": "active", "verification-status": "confirmed"}, ["c1"]),
        ("/Condition", {"clinical-status": "resolved"}, []),
        ("/Condition", {"code": "|no-system"}, ["c1"]),
        ("/Condition", {"encounter": "Encounter/e1"}, ["c1"]),
        ("/Condition", {"encounter": "e1", "onset-date": "ge2020"}, ["c1"]),
        ("/Encounter", {"class": "IMP", "type": "urn:sct|32485007", "date": "2024-03"}, ["e1"]),
        ("/Encounter", {"date": "2024-03-02"}, []),
        ("/MedicationRequest", {"intent": "order", "authoredon": "2024-03-04", "status": "active"}, ["m1"]),
        ("/MedicationRequest", {"medication": "Medication/metformin"}, ["m1"]),
        ("/Patient", {"name": "mull"}, ["anna"]),
        ("/Patient", {"family": "MÜLLER", "given": "zoe"}, ["anna"]),
        ("/Patient", {"family:exact": "müller"}, []),
        ("/Patient", {"family:exact": "Müller"}, ["anna"]),
        ("/Patient", {"family:contains": "row"}, ["bert"]),
        ("/Patient", {"birthdate": "1960-05-17", "gender": "female"}, ["anna"]),
        ("/Patient", {"birthdate": "lt1985"}, ["anna"]),
        ("/Patient", {"identifier": "urn:mrn|mrn-bert"}, ["bert"]),
        ("/Practitioner", {"name": "who"}, ["who"]),
        ("/Device", {"patient": "anna"}, []),
    ],
)
def test_a_search_finds_what_the_specification_says(
    ehr: Caller, url: str, params: dict, ids: list[str]
) -> None:
    assert ehr.search(url, **params) == ids


def test_repeated_parameters_all_hold(ehr: Caller) -> None:
    answer = ehr.get("/Observation?patient=anna&date=ge2024-02&date=lt2024-03-15")
    assert answer.ids() == ["o2", "o3", "o4"]


def test_ap_widens_by_a_tenth_of_the_distance_from_now(ehr: Caller) -> None:
    # 2024-07 lies 28 months back, so about twelve weeks on both sides count.
    assert ehr.search("/Observation", patient="anna", date="ap2024-07") == []
    assert ehr.search("/Observation", patient="anna", date="ap2024-05") == ["o2", "o3", "o4"]


def test_a_comma_may_be_escaped(store: Store, ehr: Caller) -> None:
    store.put(observation(20, None, valueString="one, two", patient="bert"))
    assert ehr.search("/Observation", **{"value-string": "one\\, tw"}) == ["o20"]


def test_post_search_takes_parameters_from_body_and_url(ehr: Caller) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    answer = ehr.call("POST", "/Observation/_search?patient=anna", headers=headers, body=b"code=718-7")
    assert answer.status == 200
    assert answer.ids() == ["o2"]


def test_post_search_refuses_another_media_type(ehr: Caller) -> None:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    answer = ehr.call("POST", "/Observation/_search", headers=headers, body=b"{}")
    assert answer.status == 415
    assert answer.json["resourceType"] == "OperationOutcome"


def test_sorting_by_date_puts_what_has_none_last_in_both_directions(ehr: Caller) -> None:
    assert ehr.search("/Observation", patient="anna", _sort="date") == ["o1", "o2", "o3", "o4", "o5", "o6"]
    assert ehr.search("/Observation", patient="anna", _sort="-date") == ["o5", "o4", "o2", "o3", "o1", "o6"]


def test_later_sort_keys_break_ties(ehr: Caller) -> None:
    assert ehr.search("/Observation", patient="anna", _sort="status,-_id")[:2] == ["o6", "o5"]


def test_include_brings_the_medication_along(ehr: Caller) -> None:
    answer = ehr.get("/MedicationRequest?patient=anna&_include=MedicationRequest:medication")
    assert answer.ids() == ["m1"]
    assert answer.ids("include") == ["metformin"]
    assert answer.json["total"] == 1


def test_include_of_everything_and_reverse_include(ehr: Caller) -> None:
    answer = ehr.get("/MedicationRequest?patient=anna&_include=*&_revinclude=Provenance:target")
    assert answer.ids("include") == ["metformin", "anna", "who", "p1"]


def test_summary_count_gives_a_number_and_no_entries(ehr: Caller) -> None:
    for asked in ("_summary=count", "_count=0"):
        answer = ehr.get(f"/Observation?patient=anna&{asked}")
        assert answer.json["total"] == 6
        assert "entry" not in answer.json
        assert answer.next() is None


def test_elements_keep_what_identifies_and_modifies(ehr: Caller) -> None:
    resource = ehr.get("/Observation?_id=o1&_elements=valueQuantity").json["entry"][0]["resource"]
    assert "valueQuantity" in resource
    assert "category" not in resource
    assert resource["subject"] == {"reference": "Patient/anna"}
    assert resource["meta"]["tag"][0]["code"] == "SUBSETTED"


@pytest.mark.parametrize(
    "query",
    [
        "date=yesterday",
        "date=xx2024",
        "_count=many",
        "_count=-1",
        "_sort=colour",
        "_include=MedicationRequest",
        "_include=MedicationRequest:status",
        "_summary=short",
        "code:above=1",
        "date:exact=2024",
        "patient.name=x",
        "_has:Provenance:target:agent=x",
        "value-quantity=much",
        "value-quantity=NaN",
        "date:missing=maybe",
    ],
)
def test_what_cannot_be_understood_is_refused_without_repeating_it(ehr: Caller, query: str) -> None:
    answer = ehr.get(f"/Observation?{query}")
    assert answer.status == 400
    assert answer.json["resourceType"] == "OperationOutcome"
    assert query.partition("=")[2] not in answer.json["issue"][0]["diagnostics"].split()


def test_a_search_in_a_big_chart_answers_within_5_ms() -> None:
    """The promise is 5 ms; a busy machine that counts lines is allowed three times that before this fails."""
    rows = [observation(n, f"20{n % 25:02d}-03-{1 + n % 28:02d}", code=f"{n % 60}-1") for n in range(2500)]
    ehr = Caller(FhirSandbox(Store(stamped([patient("anna", "A", "1960"), *rows])), clock=lambda: NOW))
    url = "/Observation?patient=anna&code=http://loinc.org|7-1&date=ge2010&_sort=-date"
    assert len(json.loads(ehr.get(url).body)["entry"]) == 20
    assert cpu_seconds(lambda: ehr.get(url), times=30) < 0.015
