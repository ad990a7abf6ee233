"""References of every form lead where they led before, and nowhere back."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from leaving_world import PATIENT, leaks, left, one, policy, scrub, told

from cds.privacy.leaving import Stream, transform

UUID = "urn:uuid:7a1c0a9e-4c09-4f8e-9d8e-2b6d3f1a9b1c"
IS_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z").match
PROFILES = ("safe_harbor", "limited")


def seen(reference, profile="safe_harbor", **more):
    return one({"resourceType": "Condition", "subject": reference}, profile, **more)["subject"]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "form",
    [
        "Patient/pat-ZQ-4471",
        "https://ehr.example/fhir/Patient/pat-ZQ-4471",
        "Patient/pat-ZQ-4471/_history/3",
        "http://ehr.example/a/b/Patient/pat-ZQ-4471/_history/3",
    ],
)
def test_every_address_of_a_patient_is_the_patients_token(form, profile):
    made = left(
        PATIENT,
        {"resourceType": "Condition", "subject": {"reference": form, "display": "W Z"}},
        profile=profile,
    )
    assert made.resources[1]["subject"] == {"reference": f"Patient/{made.resources[0]['id']}"}


def test_a_urn_stays_a_urn_and_leads_to_the_entry_it_led_to():
    oid = "urn:oid:1.2.3.4"
    entries = [
        {"fullUrl": UUID, "resource": PATIENT},
        {"fullUrl": oid, "resource": {"resourceType": "Medication", "id": "m"}},
        {
            "fullUrl": "https://ehr.example/fhir/Encounter/e",
            "resource": {"resourceType": "Encounter", "id": "e"},
        },
        {
            "resource": {
                "resourceType": "MedicationRequest",
                "subject": {"reference": UUID.upper().replace("URN:UUID", "urn:uuid")},
                "medicationReference": {"reference": oid},
                "encounter": {"reference": "Encounter/e"},
            }
        },
    ]
    bundle = left({"resourceType": "Bundle", "type": "collection", "entry": entries}).resources[0]
    patient, drug, stay, order = bundle["entry"]
    assert patient["fullUrl"].startswith("urn:uuid:")
    assert patient["fullUrl"] != UUID
    assert order["resource"]["subject"]["reference"] == patient["fullUrl"]
    assert order["resource"]["medicationReference"]["reference"] == drug["fullUrl"]
    assert drug["fullUrl"].startswith("urn:oid:2.25.")
    assert stay["fullUrl"] == f"https://deid.invalid/fhir/Encounter/{stay['resource']['id']}"
    assert order["resource"]["encounter"]["reference"] == f"Encounter/{stay['resource']['id']}"


def test_what_is_contained_gets_a_local_name_of_ours():
    made = one(
        {
            "resourceType": "MedicationRequest",
            "contained": [
                {
                    "resourceType": "Medication",
                    "id": "Zerquist",
                    "code": {"text": "warfarin"},
                    "meta": {"source": "x"},
                },
                {"resourceType": "Zerquist", "id": "b"},
            ],
            "medicationReference": {"reference": "#Zerquist"},
            "reasonReference": [{"reference": "#b"}, {"reference": "#nowhere"}],
        }
    )
    assert made["contained"] == [{"resourceType": "Medication", "id": "c1", "code": {"text": "warfarin"}}]
    assert made["medicationReference"] == {"reference": "#c1"}
    assert "reasonReference" not in made


def test_logical_and_conditional_references_share_the_identifiers_token():
    logical = seen({"identifier": {"system": "urn:oid:1.2.3", "value": "MRN-88412-Q"}, "type": "Patient"})
    assert set(logical) == {"identifier", "type"}
    both = left(
        {"resourceType": "Condition", "subject": {"identifier": {"system": "urn:x", "value": "7"}}},
        {"resourceType": "Condition", "subject": {"reference": "Patient?identifier=urn:x|7"}},
    ).resources
    assert both[0]["subject"]["identifier"] == both[1]["subject"]["identifier"]
    assert both[1]["subject"]["type"] == "Patient"


@pytest.mark.parametrize(
    "text",
    [
        "Zerquist/1",
        "Patient",
        "Patient/",
        "javascript:Patient/1",
        "Patient?name=Zerquist",
        "#",
        "urn:x:1",
        "",
    ],
)
def test_what_is_no_reference_that_can_be_rewritten_is_masked(text):
    made = seen({"reference": text, "display": "Zerquist"})
    assert "reference" not in made or made["reference"] == "#"
    assert leaks(made) == []


def test_safe_harbor_tokens_are_new_in_every_run_and_the_same_within_one():
    first, second = (left(PATIENT, PATIENT).resources for _ in range(2))
    assert first[0]["id"] == first[1]["id"] != second[0]["id"]


def test_limited_tokens_are_the_tenants():
    def token(**more):
        return left(PATIENT, profile="limited", **more).resources[0]["id"]

    assert token() == token()
    assert len({token(), token(tenant="other"), token(key=b"another key of thirty-two bytes.")}) == 3


def test_a_run_that_is_over_has_no_key_left():
    stream = Stream(policy(), scrub=scrub)
    with stream:
        list(stream.transformed([b'{"resourceType":"Patient","id":"a"}']))
    with pytest.raises(RuntimeError, match="key is destroyed"):
        list(stream.transformed([b'{"resourceType":"Patient","id":"a"}']))


IDS = st.from_regex(r"[A-Za-z0-9\-.]{1,64}", fullmatch=True)


@settings(deadline=None, max_examples=50)
@given(st.lists(IDS, min_size=1, max_size=6, unique=True), st.sampled_from(PROFILES))
def test_ids_are_ids_of_fhir_distinct_and_never_their_originals(ids, profile):
    made = left(*({"resourceType": "Encounter", "id": own} for own in ids), profile=profile).resources
    tokens = [r["id"] for r in made]
    assert all(map(IS_ID, tokens))
    assert len(set(tokens)) == len(ids)
    assert not set(tokens) & set(ids)


def test_requests_of_a_transaction_are_rewritten_or_masked():
    entries = [
        {
            "resource": PATIENT,
            "request": {"method": "PUT", "url": "Patient/pat-ZQ-4471", "ifNoneExist": "identifier=7"},
        },
        {"request": {"method": "GET", "url": "Patient?name=Zerquist"}},
        {"request": {"method": "POST", "url": "Observation"}},
        {"response": {"status": "201 Created by Zerquist", "location": "Patient/pat-ZQ-4471", "etag": "W/1"}},
    ]
    links = [{"relation": "self", "url": "https://ehr.example/Patient?name=Zerquist"}]
    found = left({"resourceType": "Bundle", "type": "transaction", "link": links, "entry": entries})
    put, get, post, answer = found.resources[0]["entry"]
    assert put["request"] == {"method": "PUT", "url": f"Patient/{put['resource']['id']}"}
    assert get["request"]["_url"]["extension"][0]["valueCode"] == "masked"
    assert post["request"]["url"] == "Observation"
    assert answer["response"] == {"status": "201"}
    assert leaks(told(found)) == []


def test_an_empty_list_and_no_resource_at_all_are_nothing():
    assert transform([], policy()).resources == ()
    found = left("Zerquist", None, 7)
    assert [r.reason for r in found.refused] == ["this type has no rules"] * 3
    assert leaks(told(found)) == []
