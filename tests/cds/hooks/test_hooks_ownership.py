"""Whose a resource is, for every type that names a patient and every form a reference takes."""

from typing import Any

import pytest
from hook_calls import SERVER, bundle, call

from cds.hooks import ownership
from cds.hooks.ownership import Owner, foreign
from cds.privacy.deidentify import compiled

OWNER = Owner("p1", frozenset({"Patient/p1", f"{SERVER}/Patient/p1"}), "e1")
SUBJECTS = sorted(ownership._SUBJECT.items())


@pytest.mark.parametrize(("kind", "member"), SUBJECTS)
@pytest.mark.parametrize(
    "reference",
    [
        "Patient/p1",
        f"{SERVER}/Patient/p1",
        "Patient/p1/_history/3",
        f"{SERVER}/Patient/p1/_history/3",
    ],
)
def test_a_reference_to_the_patient_in_any_form_is_the_patients(
    kind: str, member: str, reference: str
) -> None:
    assert foreign({"resourceType": kind, member: {"reference": reference}}, OWNER) == ""


@pytest.mark.parametrize(("kind", "member"), SUBJECTS)
@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/p2"},
        {"reference": "Patient/p1x"},
        {"reference": "Patient/P1"},
        {"reference": "patient/p1"},
        {"reference": "Group/p1"},
        {"reference": "https://other.example/fhir/Patient/p1"},
        {"reference": f"{SERVER}/Patient/p2"},
        {"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"},
        {"reference": "#pat"},
        {"reference": ""},
        {"reference": 5},
        {"identifier": {"system": "urn:x", "value": "p1"}},
        {"display": "Patient/p1"},
        "Patient/p1",
        [{"reference": "Patient/p1"}],
        5,
    ],
)
def test_what_cannot_be_traced_to_the_patient_is_left_out(kind: str, member: str, subject: Any) -> None:
    assert foreign({"resourceType": kind, member: subject}, OWNER)


@pytest.mark.parametrize(("kind", "member"), SUBJECTS)
def test_a_resource_that_names_nobody_is_used_only_where_r4_lets_it(kind: str, member: str) -> None:
    why = foreign({"resourceType": kind}, OWNER)
    assert (why == "") == (kind in ownership._OPTIONAL)
    assert why == "" or member in why


def test_every_type_that_is_read_is_in_the_table_or_has_a_rule_of_its_own() -> None:
    assert compiled().keys() - dict(SUBJECTS).keys() == {"Patient", "Appointment", "Medication"}


def test_a_fullUrl_of_the_patient_in_a_bundle_of_the_call_is_the_patient() -> None:
    urn = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
    entry = {"fullUrl": urn, "resource": {"resourceType": "Patient", "id": "p1"}}
    other = {"fullUrl": "urn:uuid:other", "resource": {"resourceType": "Patient", "id": "p2"}}
    sent = {"resourceType": "Bundle", "entry": [entry, other, 5, {"fullUrl": urn}]}
    owner = Owner.of(call(prefetch={"a": sent, "b": bundle(), "c": None}))
    made: dict[str, Any] = {"resourceType": "Condition", "subject": {"reference": urn}}
    assert foreign(made, owner) == ""
    assert foreign({**made, "subject": {"reference": "urn:uuid:other"}}, owner)


def test_the_servers_own_address_is_the_patients_only_with_that_server() -> None:
    made = {"resourceType": "Condition", "subject": {"reference": f"{SERVER}/Patient/p1"}}
    assert foreign(made, Owner.of(call(fhirServer=SERVER))) == ""
    assert foreign(made, Owner.of(call())) == "its subject cannot be traced to the patient of the context"


@pytest.mark.parametrize("patient", ["p2", None, 5])
def test_the_patient_resource_itself_is_compared_by_id(patient: Any) -> None:
    assert foreign({"resourceType": "Patient", "id": "p1"}, OWNER) == ""
    assert foreign({"resourceType": "Patient", "id": patient}, OWNER) == "is another patient"


def test_without_a_patient_in_the_context_nothing_is_foreign() -> None:
    assert foreign({"resourceType": "Patient", "id": "p2"}, Owner("", frozenset(), "")) == ""


@pytest.mark.parametrize("kind", ["Medication", "Organization", "Binary"])
def test_a_type_that_names_no_patient_is_used(kind: str) -> None:
    assert foreign({"resourceType": kind}, OWNER) == ""


@pytest.mark.parametrize("member", ["subject", "patient"])
def test_a_type_that_is_not_in_the_table_is_compared_by_what_it_says(member: str) -> None:
    made = {"resourceType": "DetectedIssue", member: {"reference": "Patient/p2"}}
    assert foreign(made, OWNER) == "belongs to another patient"
    assert foreign({**made, member: {"reference": "Patient/p1"}}, OWNER) == ""


def test_an_observation_about_a_donor_or_a_fetus_is_not_about_the_patient() -> None:
    made = {"resourceType": "Observation", "subject": {"reference": "Patient/p1"}}
    assert "focus" in foreign({**made, "focus": [{"reference": "RelatedPerson/baby"}]}, OWNER)
    assert foreign({**made, "focus": []}, OWNER) == ""


@pytest.mark.parametrize(
    ("part", "used"),
    [
        ({"resourceType": "Observation", "subject": {"reference": "Patient/p2"}}, False),
        ({"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/p2"}}, False),
        ({"resourceType": "Observation", "subject": {"reference": "Patient/p1"}}, True),
        ({"resourceType": "Observation", "subject": {"reference": "#"}}, True),
        ({"resourceType": "Medication"}, True),
        ({"resourceType": "Observation", "subject": 5}, True),
        (5, True),
    ],
)
def test_a_contained_resource_of_another_patient_keeps_its_container_out(part: Any, used: bool) -> None:
    made = {
        "resourceType": "DiagnosticReport",
        "subject": {"reference": "Patient/p1"},
        "contained": [part],
    }
    assert (foreign(made, OWNER) == "") == used


@pytest.mark.parametrize(
    ("participants", "used"),
    [
        ([{"actor": {"reference": "Patient/p1"}}, {"actor": {"reference": "Practitioner/x"}}], True),
        ([{"actor": {"reference": "Practitioner/x"}}], True),
        ([], True),
        (None, True),
        (5, True),
        ([5, {"actor": 5}, {}], True),
        ([{"actor": {"reference": 5}}], True),
        ([{"actor": {"reference": "Patient/p1"}}, {"actor": {"reference": "Patient/p2"}}], False),
        ([{"actor": {"reference": "urn:uuid:1"}}], False),
        ([{"actor": {"reference": "#pat"}}], False),
        ([{"actor": {"reference": "https://other.example/Patient/p1"}}], False),
    ],
)
def test_an_appointment_is_the_patients_unless_somebody_else_takes_part(
    participants: Any, used: bool
) -> None:
    assert (foreign({"resourceType": "Appointment", "participant": participants}, OWNER) == "") == used


def test_why_a_resource_is_left_out_holds_no_id() -> None:
    why = foreign({"resourceType": "Condition", "subject": {"reference": "Patient/canary"}}, OWNER)
    assert "canary" not in why
