"""When the differential speaks and when it is silent: complaints of today, lists, languages, hooks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from order_world import condition, drug, lab, patient
from service_site import Site, topics
from story_world import ENCOUNTER, ago, call, data, encounter, note, problem, ranked, running, table

from cds.plugins import models
from cds.services.differential_diagnosis import service
from cds.testing import check_service
from models.record import Fact, Record

CHEST = (
    "CHIEF COMPLAINT: chest pain\n\nHPI: Crushing chest pain for one hour, into the left arm, with sweating."
)
COUGH = "CHIEF COMPLAINT: cough\n\nHPI: Fever and cough with rusty sputum for two days. Crackles on one side."
SPANISH = "Dolor de cabeza muy fuerte desde ayer por la mañana, con fiebre y vómitos. Le molesta la luz."
WOMAN = patient(born="1995-03-01", sex="female")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(Path(tmp_path_factory.mktemp("stories"))) as made:
        yield made


def chance(cards, condition: str) -> float:
    """Return the probability of a condition of the table."""
    return next(
        (row["probability"] for row in data(cards, "condition") if row["condition"] == condition), 0.0
    )


@pytest.mark.parametrize("hook", ["patient-view", "encounter-start"])
def test_a_complaint_of_today_gets_red_flags_first_and_the_ranked_differential(site, hook):
    cards = site.say(call(encounter("Chest pain"), note(CHEST), hook=hook))
    assert topics(cards)[0] == "RFchestPainCardiac"
    assert topics(cards)[1].startswith("DDX")
    assert ranked(cards)[0] in {"nstemi", "stemi"}
    assert {card["indicator"] for card in cards} == {"warning"}


def test_it_keeps_the_promises_of_every_service():
    check_service(service, models(), records=[Record(age_years=50.0, facts=(Fact("condition", ()),))])


def test_nothing_told_nothing_said(site):
    """A chart is opened far more often than somebody complains."""
    assert site.say(call(condition("I10", "Essential hypertension"))) == []
    assert site.say(call(encounter())) == []


@pytest.mark.parametrize(
    "reason", ["Medication review", "Routine follow-up", "Prenatal visit", "Vaccination"]
)
def test_an_appointment_is_no_complaint(site, reason):
    assert site.say(call(encounter(reason, kind="AMB"))) == []


def test_a_reason_alone_is_a_complaint(site):
    [card] = site.say(call(encounter("Cough", kind="AMB")))
    assert topics([card])[0].startswith("DDX")
    assert card["indicator"] == "info"


def test_what_was_told_more_than_a_day_ago_is_no_news(site):
    old = [encounter("Chest pain", hours=50, kind="IMP"), note(CHEST, hours=49)]
    assert site.say(call(*old)) == []


def test_a_new_complaint_in_a_long_stay_is_news_and_a_repeated_one_is_not(site):
    stay = encounter("Chest pain", hours=50, kind="IMP")
    first = note(CHEST, hours=49)
    again = note("CHIEF COMPLAINT: chest pain\n\nHPI: Chest pain as before.", hours=2, id="note-2")
    other = note(
        "CHIEF COMPLAINT: swollen leg\n\nHPI: Calf swollen and painful since today.", hours=2, id="n3"
    )
    assert site.say(call(stay, first, again)) == []
    assert "deep-vein-thrombosis" in ranked(site.say(call(stay, first, other)))


def test_notes_of_other_encounters_are_not_read(site):
    assert site.say(call(encounter(), note(CHEST, of="enc-elsewhere"))) == []


def test_a_note_that_names_no_encounter_counts_where_it_was_written_during_it(site):
    assert site.say(call(encounter(hours=3), note(CHEST, hours=1, of="")))
    assert site.say(call(encounter(hours=1), note(CHEST, hours=2, of=""))) == []


def test_without_an_encounter_nobody_is_told_of_old_notes(site):
    request = call(note(CHEST))
    assert site.say(request) == []


def test_the_only_running_encounter_is_taken_where_the_call_names_none(site):
    request = call(encounter("Chest pain"), note(CHEST))
    del request["context"]["encounterId"]
    assert topics(site.say(request))[0] == "RFchestPainCardiac"
    other = {**encounter("Cough"), "id": "enc-2"}
    two = call(encounter("Chest pain"), other, note(CHEST))
    del two["context"]["encounterId"]
    assert site.say(two) == []


def test_a_diagnosis_that_is_listed_already_is_not_pushed(site):
    listed = condition("J18.9", "Pneumonia, unspecified organism", days=0.1)
    without = site.say(call(encounter("Cough"), note(COUGH)))
    assert ranked(without)[0] == "pneumonia"
    assert site.say(call(encounter("Cough"), note(COUGH), listed)) == []


def test_a_listed_diagnosis_that_was_refuted_or_is_over_is_not_listed(site):
    over = condition("J18.9", "Pneumonia, unspecified organism", days=400, status="resolved")
    verification = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
    refuted = {
        **condition("J18.9", "Pneumonia, unspecified organism", days=0.1),
        "verificationStatus": {"coding": [{"system": verification, "code": "refuted"}]},
    }
    for entry in (over, refuted):
        assert ranked(site.say(call(encounter("Cough"), note(COUGH), entry)))[0] == "pneumonia"


def test_a_complaint_of_many_years_is_silent_and_its_red_flag_is_not(site):
    calm = "CHIEF COMPLAINT: low back pain\n\nHPI: Low back pain for ten years, no change."
    grave = calm + " Since today numb around the anus and cannot pass urine."
    assert site.say(call(encounter("Back pain", kind="AMB"), note(calm))) == []
    cards = site.say(call(encounter("Back pain", kind="AMB"), note(grave)))
    assert any(topic.startswith("RF") for topic in topics(cards))


def test_a_chronic_problem_told_again_is_silent(site):
    chronic = {
        **condition("M54.50", "Low back pain", days=900),
        "category": [{"coding": [{"code": "problem-list-item", "system": _CATEGORY}]}],
    }
    visit = encounter("Low back pain", kind="AMB")
    assert site.say(call(visit)) != []
    assert site.say(call(visit, chronic)) == []


_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"


def test_a_story_in_another_language_is_named_and_never_passed_over(site):
    [card] = site.say(call(encounter("Dolor de cabeza"), note(SPANISH)))
    assert topics([card]) == ["NOTchecked"]
    assert "does not read as English" in card["detail"]
    assert "no differential was made" in card["detail"]


def test_an_english_complaint_is_answered_and_the_other_text_named(site):
    cards = site.say(call(encounter("Headache"), note(SPANISH)))
    assert any(topic.startswith("DDX") for topic in topics(cards))
    assert "a text of this encounter" in cards[-1]["summary"]


def test_a_foreign_note_of_a_visit_without_a_complaint_is_named(site):
    [card] = site.say(call(encounter(), note(SPANISH)))
    assert topics([card]) == ["NOTchecked"]


def test_a_complaint_that_is_not_understood_is_named(site):
    [card] = site.say(call(encounter("Zorbling of the snood")))
    assert "no symptom or sign was understood" in card["detail"]


def test_a_complaint_told_both_ways_is_named(site):
    both = "CHIEF COMPLAINT: headache\n\nHPI: Bad headache. No headache."
    cards = site.say(call(encounter(), note(both)))
    assert "there and are not" in cards[-1]["detail"]


def test_a_symptom_that_is_being_entered_is_a_complaint(site):
    cards = site.say(call(hook="problem-list-item-create", drafts=[problem("Chest pain", "R07.9")]))
    assert any(topic.startswith("DDX") for topic in topics(cards))


def test_a_disease_that_is_being_entered_is_nobodys_riddle(site):
    drafts = [problem("Essential hypertension", "I10")]
    assert site.say(call(hook="problem-list-item-create", drafts=drafts)) == []
    story = [encounter("Chest pain"), note(CHEST)]
    assert site.say(call(*story, hook="problem-list-item-create", drafts=drafts)) == []


def test_a_diagnosis_that_the_story_speaks_against_is_answered(site):
    drafts = [problem("Panic attack", "F41.0")]
    story = [encounter("Chest pain"), note(CHEST)]
    cards = site.say(call(*story, hook="problem-list-item-create", drafts=drafts))
    if "panic-disorder" in ranked(cards):
        assert ranked(cards)[0] != "panic-disorder"
    assert cards == [] or topics(cards)[0].startswith("RF")


def test_a_problem_in_words_that_nobody_understands_is_named(site):
    drafts = [problem("Zorbling of the snood")]
    [card] = site.say(call(hook="problem-list-item-create", drafts=drafts))
    assert topics([card]) == ["NOTchecked"]


def test_drafts_of_other_hooks_are_no_complaints(site):
    """Only what is being entered on the problem list is asked about."""
    request = call(encounter("Vaccination", kind="AMB"), drafts=[problem("Chest pain", "R07.9")])
    assert site.say(request) == []


@pytest.mark.parametrize(("born", "expected"), [("2026-10-20", "febrile-neonate"), ("1975-01-01", "")])
def test_fever_is_another_matter_in_a_newborn(site, born, expected):
    """Age in days, own priors, own red flag."""
    cards = site.say(call(encounter("Fever"), who=patient(born=born)))
    assert (topics(cards)[0] == "RFbabyFever") == bool(expected)
    assert not expected or expected in ranked(cards)


def test_pregnancy_changes_what_is_likely(site):
    story = [
        encounter("Abdominal pain"),
        note("HPI: Abdominal pain and vaginal bleeding since this morning."),
    ]
    expecting = lab("82810-3", 1, "1", kind="exam", days=20)
    del expecting["valueQuantity"]
    expecting["valueCodeableConcept"] = {"coding": [{"system": "http://snomed.info/sct", "code": "77386006"}]}
    weeks = lab("18185-9", 7, "wk", kind="exam", days=1)
    plain_, carrying = (site.say(call(*story, *more, who=WOMAN)) for more in ([], [expecting, weeks]))
    assert "ectopic-pregnancy" in ranked(carrying)
    assert any(topic.startswith("RFpregnant") for topic in topics(carrying))
    assert not any(topic.startswith("RFpregnant") for topic in topics(plain_))
    assert "pregnancy" in data(plain_, "model")[0]["missing"]


def test_a_pregnant_person_recorded_as_male_is_answered(site):
    story = [encounter("Abdominal pain"), note("HPI: Abdominal pain and vaginal bleeding, 8 weeks pregnant.")]
    cards = site.say(call(*story, who=patient(born="1995-03-01", sex="male")))
    assert "ectopic-pregnancy" in ranked(cards)


def test_a_drug_that_causes_the_complaint_is_named_with_its_age(site):
    cough = note(
        "CHIEF COMPLAINT: dry cough\n\nHPI: Dry tickling cough for three weeks. No fever, no sputum."
    )
    taken = drug("lisinopril 10 MG Oral Tablet", "314076", days=26)
    other = drug("omeprazole 20 MG Delayed Release Oral Capsule", "198051")
    with_, without = (
        site.say(call(encounter("Cough", kind="AMB"), cough, *more)) for more in ([taken], [other])
    )
    assert ranked(with_)[0] == "ace-inhibitor-cough"
    assert chance(with_, "ace-inhibitor-cough") > 1.5 * chance(without, "ace-inhibitor-cough")
    assert "**A drug as cause:** lisinopril 10 MG, recorded 26 days ago" in table(with_)["detail"]
    others = data(without, "condition")
    against = [m for row in others for m in row["because"] if m["finding"] == "ace-inhibitor"]
    assert all(not moved["present"] and moved["weight"] < -2 for moved in against)
    stopped = drug("lisinopril 10 MG Oral Tablet", "314076", days=26, status="stopped")
    assert "A drug as cause" not in table(site.say(call(encounter("Cough"), cough, stopped)))["detail"]


def test_work_and_travel_count_where_they_are_recorded(site):
    travel = lab("10182-4", 1, "1", kind="social-history", days=4)
    del travel["valueQuantity"]
    travel["valueString"] = "Nigeria"
    story = [encounter("Fever"), note("CHIEF COMPLAINT: fever\n\nHPI: Fever and rigors for three days.")]
    cards = site.say(call(*story, travel))
    assert "malaria" in ranked(cards)
    assert "RFmalaria" in topics(cards)
    assert "malaria" not in ranked(site.say(call(*story)))


def test_results_of_today_count_and_old_ones_do_not(site):
    story = [
        encounter("Headache"),
        note("CHIEF COMPLAINT: headache\n\nHPI: New headache, jaw aches on chewing."),
    ]
    old = patient(born="1950-01-01")
    [today, stale] = (
        site.say(call(*story, lab("4537-7", 88, "mm/h", days=days), who=old)) for days in (0.1, 60)
    )
    assert "esr-high" in {row["finding"] for row in data(today, "model")[0]["understood"]}
    assert "esr-high" not in {row["finding"] for row in data(stale, "model")[0]["understood"]}


def test_restricted_entries_and_notes_are_neither_read_nor_quoted(site):
    label = {
        "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]
    }
    [card] = site.say(call(encounter("Cough"), note(CHEST, meta=label)))[:1]
    assert "chest" not in card["summary"]
    hidden = encounter("Chest pain", meta=label)
    assert not any(t.startswith(("RF", "DDX")) for t in topics(site.say(call(hidden))))


def test_what_is_sensitive_counts_and_is_not_named(site):
    hiv = condition("B20", "Human immunodeficiency virus disease")
    story = [
        encounter("Cough"),
        note("CHIEF COMPLAINT: cough\n\nHPI: Dry cough, fever, breathless for weeks."),
    ]
    cards = site.say(call(*story, hiv))
    words = str([card["summary"] for card in cards] + [table(cards)["detail"]]).lower()
    assert "hiv known" not in words
    assert "immunodeficiency" not in words
    assert "hiv-known" not in str(data(cards, "condition"))


def test_a_dead_patient_has_no_differential(site):
    dead = {**patient(), "deceasedBoolean": True}
    assert site.say(call(encounter("Chest pain"), note(CHEST), who=dead)) == []


def test_a_patient_who_asks_gets_no_cards(site):
    request = call(encounter("Chest pain"), note(CHEST), context={"userId": "Patient/pt-4711"})
    assert site.say(request) == []


def test_a_complaint_may_be_coded_only(site):
    """An entry whose words say nothing is read by its code."""
    coded = {
        **problem("Disturbance of temperature regulation of newborn", "P81.9", hours=1, id="c-1"),
        "encounter": {"reference": f"Encounter/{ENCOUNTER}"},
    }
    cards = site.say(call(encounter(), coded, who=patient(born="2026-10-23")))
    assert topics(cards)[0] == "RFbabyFever"
    snomed = {"coding": [{"system": "http://snomed.info/sct", "code": "29857009"}]}
    heart = {**coded, "id": "c-2", "code": snomed}
    assert "chest-pain" in data(site.say(call(encounter(), heart)), "model")[0]["understood"][0]["finding"]


def test_a_reason_by_reference_is_a_complaint(site):
    coded = problem("Chest pain", "R07.9", hours=1, id="c-1")
    visit = encounter(reasonReference=[{"reference": "Condition/c-1"}])
    assert site.say(call(visit, coded)) != []
    assert site.say(call(encounter(), coded)) == []


def test_time_is_of_the_call():
    """The helper of these tests speaks of the same clock as the process."""
    assert ago(0).startswith("2026-11-01T08:00")


LONG_STORY = "Chest pain since this morning, worse on the stairs. " * 5


@pytest.mark.parametrize(
    ("reason", "count"),
    [
        ([{"text": LONG_STORY}], "a reason"),
        ([{"text": "Chest pain, sent by Mr Quartermain"}], "a reason"),
        ([{"text": LONG_STORY}, {"text": "Chest pain, call 555-203-8811"}], "2 reasons"),
        ([{"coding": [{"system": "urn:oid:1.2.3", "code": "77", "display": "Chest pain"}]}], "a reason"),
        ([{"coding": [{"system": "http://snomed.info/sct", "code": "29857009"}]}], "a reason"),
    ],
    ids=["long", "names somebody", "two", "a code of the house", "a code without words"],
)
def test_a_reason_that_could_not_be_read_is_named_by_its_number_alone(site, reason, count):
    [card] = site.say(call(encounter(reasonCode=reason)))
    assert topics([card]) == ["NOTchecked"]
    assert f"**{count} for this encounter:** could not be read" in card["detail"]
    assert not any(word in str(card) for word in ("Chest pain", "stairs", "Quartermain", "555", "29857009"))


def test_a_reason_that_could_not_be_read_is_named_beside_what_others_tell(site):
    reasons = [{"text": "Chest pain"}, {"text": LONG_STORY}]
    cards = site.say(call(encounter(reasonCode=reasons), note(CHEST)))
    assert topics(cards)[0] == "RFchestPainCardiac"
    assert topics(cards)[-1] == "NOTchecked"


@pytest.mark.parametrize("more", [{"hours": 30}, {"reasonCode": [{"text": "Annual check-up"}]}, {}])
def test_no_reason_is_missed_where_it_is_old_readable_or_none(site, more):
    old = {"reasonCode": [{"text": LONG_STORY}]} if "hours" in more else {}
    assert site.say(call(encounter(**more, **old))) == []


def test_an_encounter_that_the_call_names_and_does_not_bring_is_named(site):
    [card] = site.say(call(context={"encounterId": ENCOUNTER}))
    assert "**this encounter:** the call names it" in card["detail"]


def test_a_call_about_no_encounter_is_answered_with_silence(site):
    assert site.say(call()) == []
