"""What the sandbox does wrong when told to."""

import time

import pytest
from sandbox_chart import NOW, Caller

from adapters.fhir_sandbox.app import FhirSandbox
from adapters.fhir_sandbox.faults import Faults, read_faults
from adapters.fhir_sandbox.outcomes import Refusal
from adapters.fhir_sandbox.store import Store


def caller(store: Store, faults: Faults, **options: object) -> Caller:
    return Caller(FhirSandbox(store, faults=faults, clock=lambda: NOW, **options))


def test_planned_failures_come_first_and_then_it_is_well(store: Store) -> None:
    ehr = caller(store, Faults(fail=(503, 429), retry_after=2))
    answers = [ehr.get("/Patient/anna") for _ in range(3)]
    assert [answer.status for answer in answers] == [503, 429, 200]
    assert answers[0].headers["Retry-After"] == "2"
    assert answers[0].json["resourceType"] == "OperationOutcome"


def test_a_failure_may_last(store: Store) -> None:
    ehr = caller(store, Faults(fail_always=403))
    assert {ehr.get("/Patient/anna").status for _ in range(3)} == {403}


def test_faults_may_touch_some_types_only(store: Store) -> None:
    ehr = caller(store, Faults(fail=(500,), types=frozenset({"Observation"})))
    assert ehr.get("/Patient/anna").status == 200
    assert ehr.get("/Observation/o1").status == 500
    assert ehr.get("/Observation/o1").status == 200


def test_slow_waits(store: Store) -> None:
    start = time.perf_counter()
    caller(store, Faults(slow=0.05)).get("/Patient/anna")
    assert time.perf_counter() - start >= 0.05


def test_garbage_is_a_200_that_does_not_parse(store: Store) -> None:
    answer = caller(store, Faults(garbage=True)).get("/Observation?patient=anna")
    assert answer.status == 200
    with pytest.raises(ValueError, match="Unterminated"):
        _ = answer.json


def test_empty_and_outcome_bodies(store: Store) -> None:
    assert caller(store, Faults(empty=True)).get("/Patient/anna").body == b""
    outcome = caller(store, Faults(outcome=True)).get("/Patient/anna")
    assert (outcome.status, outcome.json["resourceType"]) == (200, "OperationOutcome")


def test_redirects_lead_where_they_are_told(store: Store) -> None:
    answer = caller(store, Faults(redirect="http://elsewhere.test/")).get("/Patient/anna")
    assert (answer.status, answer.headers["Location"]) == (302, "http://elsewhere.test/")


def test_the_wrong_patient_slips_into_reads_and_searches(store: Store) -> None:
    ehr = caller(store, Faults(wrong_patient=True))
    assert ehr.get("/Patient/anna").json["id"] == "bert"
    found = ehr.get("/Observation?patient=anna").json["entry"]
    subjects = [entry["resource"]["subject"]["reference"] for entry in found]
    assert subjects.count("Patient/bert") == 1
    assert len(subjects) == 7


def test_missing_pages_are_gone(store: Store) -> None:
    ehr = caller(store, Faults(missing_pages=True))
    first = ehr.get("/Observation?patient=anna&_count=2")
    assert first.status == 200
    assert ehr.get(first.next() or "").status == 404


@pytest.mark.parametrize("vendor", ["hapi", "smart", "oracle", "epic"])
def test_endless_pages_never_end(store: Store, vendor: str) -> None:
    ehr = caller(store, Faults(endless_pages=True), vendor=vendor, require_token=False)
    answer = ehr.get("/Observation?patient=anna&_count=4")
    for _ in range(6):
        answer = ehr.get(answer.next() or "")
        assert answer.status == 200
        assert answer.ids()


def test_next_links_may_leave_the_origin(store: Store) -> None:
    ehr = caller(store, Faults(next_origin="http://evil.test"))
    assert (ehr.get("/Observation?patient=anna&_count=2").next() or "").startswith(
        "http://evil.test?_getpages="
    )


def test_a_header_brings_faults_where_that_is_allowed(store: Store) -> None:
    deaf, open_ = caller(store, Faults()), caller(store, Faults(), allow_fault_header=True)
    assert deaf.get("/Patient/anna", X_Sandbox_Fault="fail=503").status == 200
    assert open_.get("/Patient/anna", X_Sandbox_Fault="fail=503").status == 503
    assert open_.get("/Patient/anna").status == 200


def test_the_header_reads_every_fault() -> None:
    text = "slow=0.5; fail=503,429; retry_after=1; garbage; types=Patient,Observation; redirect=http://a.test/?b=c"
    assert read_faults(text) == Faults(
        slow=0.5,
        fail=(503, 429),
        retry_after=1,
        garbage=True,
        types=frozenset({"Patient", "Observation"}),
        redirect="http://a.test/?b=c",
    )


@pytest.mark.parametrize("text", ["explode", "fail=soon", "fail=999", "garbage=yes"])
def test_an_unknown_fault_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="X-Sandbox-Fault"):
        read_faults(text)


def test_metadata_and_preflight_stay_well(store: Store) -> None:
    ehr = caller(store, Faults(fail_always=500))
    assert ehr.get("/metadata").status == 200
    assert ehr.call("OPTIONS", "/Patient").status == 204
