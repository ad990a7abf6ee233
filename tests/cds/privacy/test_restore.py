"""The way back: real references on whole originals, and nothing that is not of this call."""

from typing import Any

import pytest
from deid_canaries import NOW

from cds.fhir.write import CALL_INSTANT, service_request
from cds.privacy.deidentify import Cleaned, deidentify
from cds.privacy.pseudonyms import Originals, Pseudonyms
from cds.privacy.restore import NotOurs, Wayback

INSTANT = "2026-03-01T12:00:00.000Z"
ORDER: dict[str, Any] = {
    "resourceType": "MedicationRequest",
    "id": "m1",
    "status": "draft",
    "_status": {"id": "a1"},
    "identifier": [{"value": "RX-1"}],
    "contained": [
        {"resourceType": "Medication", "id": "med", "code": {"text": "warfarin"}},
        {"resourceType": "Medication", "id": "other"},
    ],
    "medicationReference": {"reference": "#med", "display": "Warfarin for Zerquist"},
    "subject": {"reference": "Patient/p1", "display": "Zerquist"},
    "reasonReference": [{"reference": "Condition/c1"}],
}


def way(*resources: Any, **more: Any) -> tuple[Cleaned, Wayback]:
    clean = deidentify([("k", r) for r in resources], now=NOW, **more)
    return clean, Wayback(clean.pseudonyms, clean.originals, INSTANT)


def test_a_patched_resource_is_the_whole_original_with_the_members_replaced() -> None:
    clean, back = way(ORDER)
    made = back.patched(clean.resources[0]["id"], {"status": "on-hold"})
    assert made == {**{k: v for k, v in ORDER.items() if k != "_status"}, "status": "on-hold"}
    assert ORDER["status"] == "draft"


def test_a_patch_leaves_type_and_id_alone_and_takes_out_what_it_sets_to_none() -> None:
    clean, back = way(ORDER)
    token = clean.resources[0]["id"]
    made = back.patched(
        token,
        {
            "id": token,
            "resourceType": "Task",
            "medicationReference": None,
            "medicationCodeableConcept": {"text": "x"},
        },
    )
    assert (made["id"], made["resourceType"]) == ("m1", "MedicationRequest")
    assert "medicationReference" not in made
    assert made["medicationCodeableConcept"] == {"text": "x"}


def test_a_contained_resource_leads_back_inside_its_container_only() -> None:
    clean, back = way(ORDER, {**ORDER, "id": "m2"})
    order, med, _, other, *_ = clean.resources
    assert med["resourceType"] == "Medication"
    made = back.patched(order["id"], {"medicationReference": {"reference": med["id"]}})
    assert made["medicationReference"] == {"reference": "#med"}
    for elsewhere in (
        lambda: back.patched(other["id"], {"medicationReference": {"reference": med["id"]}}),
        lambda: back.created({"resourceType": "Task", "focus": {"reference": med["id"]}}),
    ):
        with pytest.raises(NotOurs):
            elsewhere()


def test_contained_resources_of_a_patch_join_those_of_the_original() -> None:
    clean, back = way(ORDER)
    added = [
        {"resourceType": "Provenance", "id": "provenance"},
        {"resourceType": "Medication", "id": "other", "x": 1},
    ]
    made = back.patched(clean.resources[0]["id"], {"contained": added})
    assert [(r["id"], r.get("x")) for r in made["contained"]] == [
        ("med", None),
        ("provenance", None),
        ("other", 1),
    ]
    clean, back = way({"resourceType": "Task", "id": "t"})
    assert back.patched(clean.resources[0]["id"], {"contained": added})["contained"] == added


def test_references_in_a_new_resource_become_real_at_any_depth() -> None:
    clean, back = way(ORDER)
    order = clean.resources[0]
    made = back.created(
        {
            "resourceType": "ServiceRequest",
            "subject": {"reference": clean.pseudonyms.token("Patient/p1")},
            "reasonReference": ({"reference": order["reasonReference"][0]["reference"]},),
            "supportingInfo": [{"reference": "#here"}],
            "note": [{"text": "reference", "authorReference": {"reference": order["id"]}}],
        }
    )
    assert made == {
        "resourceType": "ServiceRequest",
        "subject": {"reference": "Patient/p1"},
        "reasonReference": [{"reference": "Condition/c1"}],
        "supportingInfo": [{"reference": "#here"}],
        "note": [{"text": "reference", "authorReference": {"reference": "MedicationRequest/m1"}}],
    }


def test_the_instant_of_the_call_is_filled_in_where_it_belongs() -> None:
    clean, back = way(ORDER)
    patient = clean.pseudonyms.token("Patient/p1")
    made = back.created(service_request(patient=patient, code={"text": "x"}, reason="y", model="m@1"))
    assert made["contained"][0]["recorded"] == INSTANT
    assert CALL_INSTANT not in str(made)


@pytest.mark.parametrize("reference", ["Patient/p1", "Patient/t0", "", "urn:uuid:x", "https://x/Patient/p1"])
def test_a_reference_that_is_no_token_of_this_call_is_refused_and_not_repeated(reference: str) -> None:
    _, back = way(ORDER)
    with pytest.raises(NotOurs) as caught:
        back.created({"resourceType": "Task", "for": {"reference": reference}})
    assert not reference or reference not in str(caught.value)


def test_a_change_of_what_this_call_did_not_bring_is_refused() -> None:
    clean, back = way(ORDER)
    known_but_not_brought = clean.pseudonyms.token("Patient/p1")
    for token in ("MedicationRequest/none", known_but_not_brought):
        with pytest.raises(NotOurs):
            back.patched(token, {})
        with pytest.raises(NotOurs):
            back.deleted(token)


def test_a_deletion_names_the_real_resource() -> None:
    clean, back = way(ORDER)
    assert back.deleted(clean.resources[0]["id"]) == "MedicationRequest/m1"


def test_what_has_no_id_can_be_neither_updated_nor_deleted() -> None:
    clean, back = way({"resourceType": "Task"})
    for change in (lambda t: back.patched(t, {}), back.deleted):
        with pytest.raises(NotOurs):
            change(clean.resources[0]["id"])


# Pseudonyms


NO_REFERENCES = """|Patient|Patient/|/Patient/1|patient/1|Nobody/1|Patient/1/2|a/Patient/1|#x|urn:uuid:1|\
Patient/1?x|Patient/1#x|ftp://x/Patient/1|Patient/a b|https://x"""


@pytest.mark.parametrize("reference", NO_REFERENCES.split("|"))
def test_what_is_no_reference_to_a_resource_has_no_token(reference: str) -> None:
    assert Pseudonyms().token(reference) == ""


def test_tokens_of_two_calls_differ_and_say_nothing() -> None:
    first, second = Pseudonyms().token("Patient/p1"), Pseudonyms().token("Patient/p1")
    assert first != second
    assert "p1" not in first.partition("/")[2] or len(first) > 12


def test_an_alias_stands_for_its_resource_and_a_doubtful_one_for_none() -> None:
    names = Pseudonyms()
    token = names.token("Patient/p1")
    names.alias("urn:uuid:1", token)
    names.alias("urn:uuid:1", token)
    assert names.token("urn:uuid:1") == token
    names.alias("urn:uuid:1", names.token("Patient/p2"))
    assert names.token("urn:uuid:1") == ""
    names.alias("Patient/p1", names.token("Patient/p2"))
    assert names.token("Patient/p1") == token


def test_a_token_without_an_address_is_of_this_call_and_leads_nowhere() -> None:
    names = Pseudonyms()
    made = names.fresh("Task")
    assert names.knows(made)
    with pytest.raises(KeyError):
        names.real(made)
    with pytest.raises(KeyError):
        names.local(made, container="x")


def test_originals_are_found_by_token() -> None:
    held = Originals()
    held.keep("Task/t1", {"id": "x"})
    assert "Task/t1" in held
    assert "Task/t2" not in held
    assert list(held) == ["Task/t1"]
    assert held.get("Task/t1") == {"id": "x"}
