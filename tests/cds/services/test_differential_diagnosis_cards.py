"""What a card of the differential holds: words, table, questions, suggestions, reasons, options, data."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from order_world import PATIENT, concept, condition, drug, lab, patient
from service_site import Site, topics
from story_world import call, data, encounter, note, problem, ranked, running, table

import cds.pipeline
from cds.fhir.validate import faults
from cds.hooks.profiles import names
from cds.services.differential_diagnosis import service
from cds.services.differential_diagnosis.options import DEFAULTS
from cds.services.differential_diagnosis.words import camel, drug_name, lower, mark, result, share
from cds.trust.callers import ANONYMOUS
from models.record import LOINC

OLD = patient(born="1950-01-01")
HEADACHE = (
    "CHIEF COMPLAINT: new headache\n\nHPI: Two weeks of headache over the right temple. Jaw aches when "
    "chewing steak. Fell three weeks ago. No fever.\n\nEXAM: Temporal artery thick and tender."
)
COUGH = "CHIEF COMPLAINT: cough\n\nHPI: Fever and cough with rusty sputum for two days. Crackles on one side."
GCA = call(
    encounter("Headache"),
    note(HEADACHE),
    drug("apixaban 5 MG Oral Tablet", "1364445"),
    {
        **lab("4537-7", 88, "mm/h", days=0.05),
        "code": concept("Erythrocyte sedimentation rate", "4537-7", LOINC),
    },
    who=OLD,
)
PNEUMONIA = call(encounter("Cough"), note(COUGH))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(Path(tmp_path_factory.mktemp("cards"))) as made:
        yield made


def rows(card) -> list[list[str]]:
    """Return the cells of the table, the head left out."""
    lines = [line for line in card["detail"].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def made(cards):
    """Yield every resource that a suggestion would create."""
    for card in cards:
        for suggestion in card.get("suggestions", ()):
            yield from (action["resource"] for action in suggestion["actions"])


def test_red_flags_are_a_card_of_their_own_with_what_set_them_off(site):
    red, ddx = site.say(GCA)
    assert red["source"]["topic"]["code"] == "RFheadacheOver50"
    assert red["summary"].startswith("Red flag: new headache over 50")
    assert "ESR 88 mm/h" in red["summary"]
    assert '"Jaw aches when chewing", note, 1 hour ago' in red["detail"]
    assert "**Evidence:** Mackie SL" in red["detail"]
    assert "**Do not wait:** If strongly suspected, do not await biopsy" in red["detail"]
    assert ddx["source"]["topic"]["code"] == "DDXGiantCellArteritis"


def test_a_danger_that_the_first_does_not_explain_must_be_excluded(site):
    """A fall on an anticoagulant stays a danger beside another diagnosis."""
    red, ddx = site.say(GCA)
    [first, second] = rows(ddx)
    assert first[0] == "Giant cell arteritis"
    assert second[0] == "Chronic subdural haematoma"
    assert second[1].startswith("must exclude; ")
    assert "exclude chronic subdural haematoma" in ddx["summary"]
    assert "Chronic subdural haematoma (must exclude)" in red["detail"]


def test_the_table_says_what_is_for_it_against_it_and_tells_it_apart(site):
    first = rows(table(site.say(GCA)))[0]
    assert re.search(r"jaw claudication \++", first[2])
    assert "ESR 88 mm/h" in first[2]
    assert first[3]
    assert "ultrasound of the temporal arteries" in first[4]
    assert "erythrocyte sedimentation rate" not in first[4]


def test_what_speaks_against_is_said(site):
    absent = COUGH + " No chest pain. SpO2 98%."
    found = [row[3] for row in rows(table(site.say(call(encounter("Cough"), note(absent)))))]
    weights = [
        moved["weight"]
        for row in data(site.say(call(encounter("Cough"), note(absent))), "condition")
        for moved in row["because"]
        if not moved["present"]
    ]
    assert found
    assert any(weight < 0 for weight in weights)


def test_every_probability_comes_with_its_calibration_and_the_rest(site):
    detail = table(site.say(PNEUMONIA))["detail"]
    assert re.search(r"Other (?:under 1|\d+|over 95)%", detail)
    assert re.search(
        r"given \d+–\d+% was right in \d+ of \d+ made-up stories kept apart for this; not measured on "
        r"patients",
        detail,
    )
    [whole] = data([table(site.say(PNEUMONIA))], "model")
    assert whole["calibration"]["stories"] >= whole["calibration"]["right"]


def test_the_ends_of_the_scale_are_never_certain():
    assert [share(p) for p in (0.999, 0.95, 0.5, 0.01, 0.0001)] == [
        "over 95%",
        "95%",
        "50%",
        "1%",
        "under 1%",
    ]


def test_too_little_told_is_said_with_what_would_tell_most(site):
    [card] = site.say(call(hook="problem-list-item-create", drafts=[problem("Fatigue", "R53.83")]))
    assert card["summary"].startswith("Too little told of ")
    assert "**Ask:**" in card["detail"]
    assert not any("problem list" in s["label"] for s in card.get("suggestions", ()))


def test_self_care_is_never_said_to_a_professional(site):
    for story in (
        "Runny nose and sneezing for two days.",
        "Bee sting on the hand an hour ago, a bit swollen.",
    ):
        for card in site.say(call(encounter("Cold", kind="AMB"), note(f"HPI: {story}"))):
            assert "self-care" not in card["summary"] + card["detail"]


def test_at_most_three_suggestions_none_preselected_and_none_twice(site):
    labels = []
    for card in site.say(GCA):
        assert len(card["suggestions"]) <= 3
        assert card["selectionBehavior"] == "any"
        assert not any(s.get("isRecommended") for s in card["suggestions"])
        labels += [s["label"] for s in card["suggestions"]]
    assert len(labels) == len(set(labels))
    assert "Order CT of the head without contrast" in labels
    assert "Add to problem list as provisional: Giant cell arteritis" in labels


def test_what_is_suggested_is_valid_r4_and_says_that_a_machine_proposed_it(site):
    found = list(made(site.say(GCA)))
    assert {r["resourceType"] for r in found} == {"ServiceRequest", "Condition"}
    for resource in found:
        assert list(faults(resource)) == []
        assert resource["subject"] == {"reference": f"Patient/{PATIENT}"}
        assert resource["contained"][0]["agent"][0]["who"]["display"].startswith("clinicards differential@")
        assert resource["meta"]["security"][0]["code"] == "AIAST"
    [entry] = [r for r in found if r["resourceType"] == "Condition"]
    assert entry["verificationStatus"]["coding"][0]["code"] == "provisional"
    assert entry["encounter"] == {"reference": "Encounter/enc-1"}


def test_an_order_is_coded_only_where_the_base_knows_one_code(site):
    by_text = {
        r["code"]["text"]: r["code"] for r in made(site.say(GCA)) if r["resourceType"] == "ServiceRequest"
    }
    assert by_text["CT of the head without contrast"]["coding"][0]["code"] == "30799-1"
    assert "coding" not in by_text["Full blood count"]


def test_what_is_done_or_ordered_is_not_offered_again(site):
    ordered = {
        "resourceType": "ServiceRequest",
        "id": "order-1",
        "status": "active",
        "intent": "order",
        "code": {"text": "CT head without contrast"},
        "subject": {"reference": f"Patient/{PATIENT}"},
        "authoredOn": "2026-11-01T07:30:00Z",
    }
    request = call(encounter("Headache"), note(HEADACHE), drug("apixaban 5 MG Oral Tablet"), ordered, who=OLD)
    labels = [s["label"] for card in site.say(request) for s in card.get("suggestions", ())]
    assert "Order CT of the head without contrast" not in labels
    revoked = {**ordered, "status": "revoked"}
    request = call(encounter("Headache"), note(HEADACHE), drug("apixaban 5 MG Oral Tablet"), revoked, who=OLD)
    labels = [s["label"] for card in site.say(request) for s in card.get("suggestions", ())]
    assert "Order CT of the head without contrast" in labels


def test_overrides_teach_and_name_a_finding_that_was_read_wrong(site):
    for card in site.say(GCA):
        codes = [reason["code"] for reason in card["overrideReasons"]]
        assert {"considered", "finding-wrong", "diagnosis-established", "not-my-patient"} <= set(codes)


def test_a_topic_is_the_flag_or_the_condition_whoever_the_patient_is(site):
    other = call(encounter("Headache"), note(HEADACHE), who=patient(born="1955-05-05", sex="female"))
    assert topics(site.say(GCA)) == topics(site.say(other))


def test_the_card_links_to_the_model_card(site):
    card = table(site.say(GCA))
    assert card["source"]["url"].endswith("/models/differential/card")
    assert card["links"][0]["label"] == "Model card"


def test_data_beside_the_words_say_how_much_each_finding_moved_and_point_at_nobody(site):
    cards = site.say(GCA)
    [first, *_] = data(cards, "condition")
    assert {"finding", "present", "weight"} == set(first["because"][0])
    assert first["because"] == sorted(first["because"], key=lambda row: -abs(row["weight"]))
    text = str([card["extension"]["org.clinicards.findings"] for card in cards])
    assert PATIENT not in text
    assert "enc-1" not in text
    assert not re.search(r"20\d\d-\d\d-\d\d", text)


def test_flags_that_say_less_of_the_same_findings_are_left_out(site):
    story = "CHIEF COMPLAINT: chest pain\n\nHPI: Chest pain for one hour with sweating."
    rules = [row["rule"] for row in data(site.say(call(encounter(), note(story))), "rule")]
    assert "chest-pain-cardiac" in rules
    assert "chest-pain-unexplained" not in rules


def test_a_flag_and_a_condition_can_be_switched_off(site):
    off = site.with_options(off=["headache-giant-cell", "giant-cell-arteritis"])
    cards = off.say(GCA)
    assert "RFheadacheOver50" not in topics(cards)
    assert "giant-cell-arteritis" not in ranked(cards)


def test_rows_and_the_least_probability_can_be_set(site):
    many = site.with_options(rows=5, minimum_probability=0.0).say(PNEUMONIA)
    few = site.with_options(rows=3, minimum_probability=0.0).say(PNEUMONIA)
    assert (len(ranked(many)), len(ranked(few))) == (5, 3)
    sure = site.with_options(minimum_probability=0.5).say(PNEUMONIA)
    assert len(ranked(sure)) == 1


def test_notes_can_be_left_unread(site):
    cards = site.with_options(notes=False).say(PNEUMONIA)
    assert "rusty" not in str(cards)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"note": True}, "note: unknown option"),
        ({"off": "aorta"}, "off: a list of ids"),
        ({"off": [1]}, "off: a list of ids"),
        ({"minimum_probability": 0.9}, "minimum_probability: a number from 0 to 0.5"),
        ({"minimum_probability": True}, "minimum_probability: a number"),
        ({"rows": 2}, "rows: a whole number from 3 to 5"),
        ({"rows": 4.0}, "rows: a whole number"),
        ({"notes": 1}, "notes: true or false"),
    ],
)
def test_an_option_that_does_not_fit_is_named(options, named):
    assert any(line.startswith(named) for line in service.check_options(options))
    assert not service.check_options(dict(DEFAULTS))


@pytest.mark.parametrize("ehr", names())
def test_every_dialect_gets_what_it_can_show(site, monkeypatch, ehr):
    monkeypatch.setattr(cds.pipeline, "ANONYMOUS", replace(ANONYMOUS, profile=ehr))
    cards = site.say(GCA)
    assert topics(cards) == ["RFheadacheOver50", "DDXGiantCellArteritis"]
    assert all(card["suggestions"] for card in cards)


def test_words_of_a_story_are_harmless(site):
    evil = "CHIEF COMPLAINT: chest pain | <img src=x> [x](https://evil.example)\n\nHPI: Chest pain, sweating."
    for card in site.say(call(encounter(), note(evil))):
        assert "<img" not in card["detail"]
        assert "](https://evil" not in card["detail"]


def test_a_condition_on_the_list_is_said_to_be(site):
    cards = site.say(call(encounter("Cough"), note(COUGH), condition("J44.9", "COPD", days=900)))
    assert all(
        "listed" in row[1] for row in rows(table(cards)) if row[0].startswith("COPD") and "exac" not in row[0]
    )


def test_words_are_said_as_a_clinician_says_them():
    assert camel("giant-cell-arteritis") == "GiantCellArteritis"
    assert [lower(t) for t in ("Chest pain", "ECG normal", "HbA1c", "C-reactive protein", "CT head")] == [
        "chest pain", "ECG normal", "HbA1c", "C-reactive protein", "CT head",
    ]  # fmt: skip
    assert [mark(w) for w in (5, 2.5, 0.8, 0.2, -0.8, -3)] == ["+++", "++", "+", "", "−", "−−"]
    assert result("Erythrocyte sedimentation rate by Westergren method 88 mm/h") == "ESR 88 mm/h"
    assert result("Influenza virus A RNA Detected") == "Influenza virus A RNA Detected"
    assert drug_name("lisinopril 10 MG Oral Tablet") == "lisinopril 10 MG"


def test_an_age_in_the_note_that_is_not_the_patients_is_said(site):
    told = call(encounter("Cough"), note("HPI: A 7 year old boy with a cough and fever for two days."))
    assert "**Check:** the story speaks of an age of 7 years" in table(site.say(told))["detail"]
