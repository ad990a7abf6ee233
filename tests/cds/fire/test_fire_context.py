"""The context of a hook as an EHR builds it."""

import json

import pytest
from fire_service import NOW, chart

from cds.errors import BadRequest
from cds.fhir.validate import faults
from cds.fire.context import EXAMPLE_USER, Ask, build
from cds.fire.drafts import Draft, read_draft
from cds.fire.errors import CannotFire
from cds.hooks.contexts import HOOKS, check

TEXTS = {"allergyintolerance-create": "penicillin, hives", "problem-list-item-create": "Gout icd10:M10.9"}


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_of_the_library_gets_a_context_that_holds(hook):
    draft = Draft(text=TEXTS[hook]) if hook in TEXTS else None
    built = build(Ask(hook, "p1", draft=draft), chart(), now=NOW)
    assert check(hook, built.raw).patient_id == "p1"
    assert set(built.raw) <= set(HOOKS[hook].fields)
    assert all(name in built.raw for name, rule in HOOKS[hook].fields.items() if rule.required)


def test_the_newest_encounter_in_progress_is_chosen_and_named():
    built = build(Ask("encounter-start", "Patient/p1"), chart(), now=NOW)
    assert built.raw["encounterId"] == "new"
    assert any("encounter" in note for note in built.notes)


def test_an_encounter_that_is_told_is_taken():
    built = build(Ask("encounter-start", "p1", encounter="Encounter/old"), chart(), now=NOW)
    assert built.raw["encounterId"] == "old"


def test_a_hook_about_an_encounter_says_how_to_name_one_where_none_runs():
    with pytest.raises(CannotFire, match="give --encounter ID"):
        build(Ask("encounter-discharge", "p2"), chart(), now=NOW)


def test_an_optional_encounter_is_left_out_and_that_is_said():
    built = build(Ask("patient-view", "p2"), chart(), now=NOW)
    assert "encounterId" not in built.raw
    assert any("left out" in note for note in built.notes)


def test_the_user_is_the_patients_practitioner_or_an_example():
    assert build(Ask("patient-view", "p1"), chart(), now=NOW).raw["userId"] == "Practitioner/gp-1"
    assert build(Ask("patient-view", "p2"), chart(), now=NOW).raw["userId"] == EXAMPLE_USER
    told = build(Ask("patient-view", "p1", user="PractitionerRole/r1"), chart(), now=NOW)
    assert told.raw["userId"] == "PractitionerRole/r1"


def test_a_user_of_the_wrong_kind_is_refused_before_anything_is_sent():
    with pytest.raises(BadRequest) as refused:
        build(Ask("order-sign", "p1", user="Patient/p1"), chart(), now=NOW)
    assert refused.value.pointer == "/context/userId"


def test_a_patient_who_is_not_there_is_an_error_that_names_the_server():
    with pytest.raises(CannotFire, match=r"fhir\.example"):
        build(Ask("patient-view", "nobody"), chart(), now=NOW)


def test_the_charts_own_drafts_are_ordered_and_selected():
    raw = build(Ask("order-select", "p1"), chart(), now=NOW).raw
    assert raw["selections"] == ["MedicationRequest/m-draft"]
    assert raw["draftOrders"]["entry"][0]["resource"]["id"] == "m-draft"


def test_without_a_draft_an_order_hook_shows_an_example_of_one():
    with pytest.raises(CannotFire, match="rxnorm:"):
        build(Ask("order-sign", "p2"), chart(), now=NOW)


def test_a_line_of_text_becomes_a_valid_draft_order():
    draft = Draft(text="ibuprofen 400 MG Oral Tablet, three times daily rxnorm:197805")
    (entry,) = build(Ask("order-sign", "p1", draft=draft), chart(), now=NOW).raw["draftOrders"]["entry"]
    order = entry["resource"]
    assert order["medicationCodeableConcept"] == {
        "text": "ibuprofen 400 MG Oral Tablet",
        "coding": [
            {
                "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
                "code": "197805",
                "display": "ibuprofen 400 MG Oral Tablet",
            }
        ],
    }
    assert order["dosageInstruction"] == [{"text": "three times daily"}]
    assert order["subject"] == {"reference": "Patient/p1"}
    assert order["encounter"] == {"reference": "Encounter/new"}
    assert not faults(order)


@pytest.mark.parametrize("hook", [*TEXTS, "appointment-book", "medication-refill"])
def test_what_is_made_for_a_hook_is_valid_r4(hook):
    draft = Draft(text=TEXTS[hook]) if hook in TEXTS else None
    context = build(Ask(hook, "p1", draft=draft), chart(), now=NOW).context
    assert [faults(resource) for _, resource in context.resources] == [[]] * len(context.resources)


def test_a_refill_continues_the_newest_active_order():
    ((_, order),) = build(Ask("medication-refill", "p1"), chart(), now=NOW).context.resources
    assert order["priorPrescription"] == {"reference": "MedicationRequest/m-new"}
    assert order["status"] == "draft"


def test_a_hook_that_takes_no_text_says_so():
    with pytest.raises(CannotFire, match="takes no text"):
        build(Ask("appointment-book", "p1", draft=Draft(text="tomorrow")), chart(), now=NOW)


def test_a_file_of_drafts_is_sent_as_it_is_but_for_what_it_lacks(tmp_path):
    own = {"resourceType": "MedicationRequest", "id": "x", "subject": {"reference": "Patient/p2"}}
    bare = {"resourceType": "ServiceRequest", "status": "draft", "intent": "order"}
    path = tmp_path / "drafts.json"
    path.write_text(json.dumps([own, bare]))
    context = build(Ask("order-sign", "p1", draft=read_draft(str(path))), chart(), now=NOW).context
    (_, first), (_, second) = context.resources
    assert first == own
    assert second == {**bare, "id": "draft-2", "subject": {"reference": "Patient/p1"}}


@pytest.mark.parametrize("content", ["{", "[]", '{"resourceType": "Bundle", "entry": [{}]}', '"text"'])
def test_a_file_that_holds_no_resources_is_refused_by_name(tmp_path, content):
    path = tmp_path / "drafts.json"
    path.write_text(content)
    with pytest.raises(CannotFire, match=r"drafts\.json"):
        read_draft(str(path))


def test_a_missing_file_is_not_taken_for_text():
    with pytest.raises(CannotFire, match="cannot be read"):
        read_draft("no-such-file.json")
