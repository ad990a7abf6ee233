"""When note review speaks and when it keeps silent, through the whole path."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from note_world import NoteSite, call, note, nothing_known, report, rows, running, snomed_condition
from order_world import ago, allergy, condition, drug, patient
from service_site import gaps, topics

from cds.plugins import models
from cds.services.note_review import service
from cds.testing import check_service

ED = "HPI:\nThroat swelling and hypotension minutes after first dose of amoxicillin. Epinephrine x2.\n"
SUMMARY = (
    "Anaphylaxis, recovered.\nAllergies: amoxicillin (anaphylaxis)\nMother has a rash with penicillin.\n"
)
ON_LIST = [condition("I10", "Essential hypertension"), drug("lisinopril 10 MG Oral Tablet"), allergy("latex")]
AF = "PAST MEDICAL HISTORY:\n- Atrial fibrillation\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NoteSite]:
    with running(Path(tmp_path_factory.mktemp("notes"))) as made:
        yield made


def test_an_allergy_list_that_says_none_known_is_contradicted_as_in_the_standard(site):
    [card] = site.review(
        note(ED, days=610, kind="Emergency department note"),
        note(SUMMARY, days=609, kind="Discharge summary"),
        nothing_known(days=1000),
        drug("cefazolin 2 g injection", "2180", status="completed", days=450),
    )
    assert card["summary"] == (
        "Allergy list says none known; two notes describe anaphylaxis to amoxicillin. "
        "Confirm with patient, then record"
    )
    assert (card["indicator"], topics([card])) == ("warning", ["NOTEallergyAmoxicillin"])
    for words in (
        '**List:** "no known allergy", entered 3 years ago',
        '"Allergies: amoxicillin (anaphylaxis)": Discharge summary, Allergies, 20 months ago, not copied',
        "Emergency department note, History of present illness, 20 months ago",
        "**Read as:** this patient, affirmed",
        "cefazolin was ordered 15 months ago; that does not exclude it",
        "Machine-read; may be wrong.",
    ):
        assert words in card["detail"]
    assert [r["code"] for r in card["overrideReasons"]] == [
        "tested-excluded",
        "other-person",
        "misread",
        "cannot-confirm",
    ]


def test_what_is_written_is_unconfirmed_labelled_and_rests_on_the_notes(site):
    seen = note(SUMMARY, days=609, kind="Discharge summary")
    [card] = site.review(seen, nothing_known())
    [suggestion] = card["suggestions"]
    made, retired = (action["resource"] for action in suggestion["actions"])
    assert made["verificationStatus"]["coding"][0]["code"] == "unconfirmed"
    assert made["criticality"] == "high"
    assert made["code"]["coding"][0]["code"] == "723"
    assert made["meta"]["security"][0]["code"] == "AIAST"
    assert made["patient"] == {"reference": "Patient/pt-4711"}
    [provenance] = made["contained"]
    assert provenance["agent"][0]["who"]["display"].startswith("clinicards text@")
    assert provenance["entity"][0]["what"] == {"reference": f"DocumentReference/{seen['id']}"}
    assert (retired["id"], retired["verificationStatus"]["coding"][0]["code"]) == ("nka-1", "refuted")
    assert suggestion.get("isRecommended") is not True


def test_a_problem_is_offered_with_the_note_as_evidence(site):
    seen = note(AF)
    [card] = site.review(seen, *ON_LIST)
    made = card["suggestions"][0]["actions"][0]["resource"]
    assert topics([card]) == ["NOTEproblemAtrialFibrillation"]
    assert (made["resourceType"], made["verificationStatus"]["coding"][0]["code"]) == (
        "Condition",
        "unconfirmed",
    )
    assert made["evidence"] == [
        {"detail": [{"reference": f"DocumentReference/{seen['id']}"}, {"reference": "#provenance"}]}
    ]
    assert made["code"]["coding"][0]["code"].startswith("I48")


def test_a_drug_on_a_notes_list_is_offered_as_a_statement(site):
    seen = note("MEDICATIONS:\n- lisinopril 10 mg daily\n- tamsulosin 0.4 mg at bedtime\n")
    [card] = site.review(seen, *ON_LIST)
    made = card["suggestions"][0]["actions"][0]["resource"]
    assert topics([card]) == ["NOTEdrugTamsulosin"]
    assert (made["resourceType"], made["status"]) == ("MedicationStatement", "unknown")
    assert made["derivedFrom"] == [
        {"reference": f"DocumentReference/{seen['id']}"},
        {"reference": "#provenance"},
    ]


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Apixaban was started for a clot seen in the ventricle.", "NOTEdrugApixaban"),
        ("Takes insulin glargine 20 units at bedtime.", "NOTEdrugInsulinGlargine"),
        ("On prednisone 10 mg daily since spring.", "NOTEdrugPrednisone"),
    ],
)
def test_dangerous_drugs_that_are_missing_warn(site, text, topic):
    [card] = site.review(note(text), *ON_LIST)
    assert (card["indicator"], topics([card])) == ("warning", [topic])
    assert "ot found** on the medication list (1 entry)" in card["detail"]


def test_a_drug_of_the_same_class_on_the_list_is_named(site):
    [card] = site.review(note("Apixaban was started for a clot."), drug("enoxaparin sodium 40 mg injection"))
    assert "**On the list of the same class:** enoxaparin." in card["detail"]


FINDS = [
    ("Splenectomy 2004 after a motorcycle accident.", "NOTEfindAsplenia"),
    ("Difficult airway noted at induction, video laryngoscope needed.", "NOTEfindDifficultAirway"),
    ("Pacemaker in situ, last checked in May.", "NOTEfindImplantedDevice"),
]


@pytest.mark.parametrize(("text", "topic"), FINDS)
def test_what_others_must_know_and_lists_forget_is_pointed_out(site, text, topic):
    [card] = site.review(note(text, days=30), *ON_LIST)
    assert topics([card]) == [topic]
    assert "suggestions" not in card
    assert "**Not found** on the problem list, among procedures or devices." in card["detail"]


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("Splenectomy 2004.", condition("Z90.81", "Acquired absence of spleen")),
        ("Splenectomy 2004.", snomed_condition("38096003", "Acquired absence of spleen")),
        ("Pacemaker in situ.", condition("Z95.0", "Presence of cardiac pacemaker")),
        ("No splenectomy.", ON_LIST[0]),
        ("Mother had a splenectomy.", ON_LIST[0]),
        ("May need a pacemaker.", ON_LIST[0]),
        ("No difficult airway.", ON_LIST[0]),
    ],
)
def test_what_the_chart_knows_or_the_note_denies_is_no_find(site, text, entry):
    assert site.review(note(text), entry) == []


XRAY = "FINDINGS: A 7 mm nodule in the right upper lobe.\nIMPRESSION: Nodule: CT in 6 to 12 months."


def test_a_nodule_that_nobody_follows_is_pointed_out(site):
    [card] = site.review(report(XRAY, days=40), *ON_LIST)
    assert topics([card]) == ["NOTEfindIncidentalNodule"]
    assert "7 mm" in card["summary"]
    assert "follow-up advised" in card["summary"]


@pytest.mark.parametrize(
    "more",
    [
        report("", days=10, kind="CT chest"),
        {
            "resourceType": "ServiceRequest",
            "id": "o1",
            "status": "active",
            "intent": "order",
            "code": {"text": "CT chest without contrast"},
            "subject": {"reference": "Patient/pt-4711"},
            "authoredOn": ago(20),
        },
        condition("R91.1", "Solitary pulmonary nodule"),
        condition("C34.90", "Lung cancer"),
    ],
    ids=["report", "order", "listed", "cancer"],
)
def test_a_nodule_that_is_looked_after_is_silent(site, more):
    assert site.review(report(XRAY, days=40), more) == []


def test_an_order_before_the_nodule_is_no_follow_up(site):
    before = report("", days=90, kind="CT chest")
    assert topics(site.review(report(XRAY, days=40), before)) == ["NOTEfindIncidentalNodule"]


@pytest.mark.parametrize(
    "text", ["IMPRESSION: 4 mm nodule, left lower lobe.", "IMPRESSION: calcified 9 mm nodule.", "No nodules."]
)
def test_a_nodule_that_needs_nothing_is_silent(site, text):
    assert site.review(report(text, days=40)) == []


SILENT = {
    "negated": "No atrial fibrillation. Denies diabetes.",
    "uncertain": "Possible atrial fibrillation. Suspected lupus.",
    "family": "FAMILY HISTORY:\nMother: breast cancer, type 2 diabetes. Father on warfarin 5 mg daily.",
    "hypothetical": "If atrial fibrillation recurs, start apixaban 5 mg twice daily.",
    "screening": "Screening for osteoporosis discussed. Consider semaglutide 0.25 mg weekly.",
    "stopped": "Warfarin 5 mg was stopped in May. Off prednisone. Insulin discontinued.",
    "historical": "Rash resolved. Pneumonia last winter. DVT in 2009, resolved.",
    "tolerated": "Tolerates amoxicillin. No reaction to latex. Not allergic to codeine.",
    "of another": "Brother allergic to penicillin. Husband takes apixaban 5 mg twice daily.",
    "given once": "Cefazolin 2 g was given before incision. Enoxaparin flush.",
    "cream": "Hydrocortisone cream twice daily.",
    "symptoms": "Chest pain and cough for two days, some dizziness.",
    "placeholders": "Seen with [NAME] and Dr. [NAME] at [LOCATION] on [DATE].",
    "another language": "Der Patient klagt über Husten und Schnupfen. Keine Allergien bekannt.",
    "no words": "---- **** ....",
}


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT.keys())
def test_nothing_that_is_not_the_patients_now_is_offered(site, text):
    assert site.review(note(text), nothing_known()) == []


LISTED = [
    (AF, condition("I48.20", "Chronic atrial fibrillation")),
    (AF, condition("I48.91", "Atrial fibrillation", status="resolved")),
    (AF, snomed_condition("49436004", "Atrial fibrillation")),
    (AF, snomed_condition("49436004", "")),
    ("PMH: diabetes", condition("E11.22", "Type 2 diabetes with kidney disease")),
    ("PMH: diabetes", condition("E10.9", "Type 1 diabetes")),
    ("PMH: CKD stage 3", condition("E11.22", "Type 2 diabetes with diabetic chronic kidney disease")),
    ("PMH: hypertension", condition("I11.0", "Hypertensive heart disease with heart failure")),
    ("PMH: heart failure", condition("I11.0", "Hypertensive heart disease with heart failure")),
    ("PMH: coronary artery disease", condition("I25.2", "Old myocardial infarction")),
    ("PMH: breast cancer", snomed_condition("254837009", "Malignant neoplasm of breast")),
    ("Takes warfarin 5 mg daily.", drug("Coumadin 5 MG Oral Tablet")),
    ("Takes apixaban 5 mg twice daily.", drug("Eliquis 5 mg tablet", kind="MedicationStatement")),
    ("Takes apixaban 5 mg twice daily.", drug("apixaban 5 MG", status="stopped", days=1)),
    ("Allergies: amoxicillin (hives)", allergy("penicillin", "70618")),
    ("Allergies: penicillin (hives)", allergy("amoxicillin", "723")),
    ("Allergies: sulfa (rash)", allergy("sulfamethoxazole / trimethoprim", "10831")),
    ("Allergies: peanuts (hives)", allergy("Peanut")),
]


@pytest.mark.parametrize(("text", "entry"), LISTED)
def test_what_the_list_holds_under_any_name_or_code_has_no_card(site, text, entry):
    assert site.review(note(text), entry) == []


def test_a_refuted_allergy_is_known_and_a_mistaken_entry_is_not(site):
    seen = note("Allergies: codeine (hives)")
    status = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"}]}
    refuted = {"coding": [{**status["coding"][0], "code": "refuted"}]}
    assert site.review(seen, allergy("codeine", "2670", verificationStatus=refuted)) == []
    mistaken = {"coding": [{**status["coding"][0], "code": "entered-in-error"}]}
    entry = allergy("codeine", "2670", verificationStatus=mistaken)
    del entry["clinicalStatus"]
    assert topics(site.review(seen, entry)) == ["NOTEallergyCodeine"]


def test_a_drug_that_was_stopped_before_the_note_is_missing_again(site):
    stopped = drug("apixaban 5 MG Oral Tablet", status="stopped", days=300)
    assert topics(site.review(note("Takes apixaban 5 mg twice daily.", days=3), stopped)) == [
        "NOTEdrugApixaban"
    ]


def test_another_cancer_is_another_problem(site):
    seen = note("PMH: breast cancer")
    assert topics(site.review(seen, condition("C61", "Prostate cancer"))) == ["NOTEproblemBreastCancer"]


def test_old_words_about_drugs_are_left_alone(site):
    assert site.review(note("Takes warfarin 5 mg daily.", days=400), *ON_LIST) == []


def test_a_newer_medication_list_without_the_drug_silences_it(site):
    old = note("MEDICATIONS:\n- tamsulosin 0.4 mg daily\n- lisinopril 10 mg daily\n", days=90)
    new = note("MEDICATIONS:\n- lisinopril 10 mg daily\n", days=3)
    assert site.review(old, new, *ON_LIST) == []
    assert topics(site.review(old, *ON_LIST)) == ["NOTEdrugTamsulosin"]


def test_what_was_copied_forward_counts_once(site):
    notes = [note(f"Visit {n}.\n{AF}", days=10 * n) for n in (1, 2, 3)]
    [card] = site.review(*notes, *ON_LIST)
    assert card["detail"].count("Atrial fibrillation") == 1
    assert "same words in 2 older notes" in card["detail"]
    assert "10 days ago" in card["detail"]


def test_a_list_coded_in_words_nobody_knows_is_pointed_at_and_not_written(site):
    unknown = snomed_condition("999999999", "Qwertzuiop")
    [card] = site.review(note(AF), unknown)
    assert "suggestions" not in card
    assert "1 entry of the list could be read neither by code nor by words" in card["detail"]


def test_below_the_measured_threshold_the_card_only_points(site):
    [card] = site.review(note("Apixaban was started for a clot."), *ON_LIST)
    assert "suggestions" not in card
    assert "not right often enough to write" in card["detail"]
    row = rows([card])["note-medication apixaban"]
    assert row["offered"] is False
    assert 0 < row["probability"] < 1


@pytest.mark.parametrize(("key", "text"), [("conditions", AF), ("allergies", SUMMARY)])
def test_nothing_is_missing_from_a_list_that_did_not_arrive(site, key, text):
    request = call(note(text))
    request["prefetch"][key] = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "exception"}],
    }
    cards = site.say(request)
    assert topics(cards) == ["NOTchecked"]
    assert key in gaps(cards)


def test_an_empty_list_is_said_to_be_empty_and_never_none(site):
    [card] = site.review(note("Allergies: codeine (hives)"))
    assert "the allergy list is empty, which is not a statement" in card["detail"]
    assert "none" not in card["summary"].lower()


SENSITIVE = [
    "PMH: HIV. On bictegravir 50 mg daily.",
    "Alcohol dependence, on naltrexone 50 mg daily.",
    "Opioid use disorder; buprenorphine 8 mg daily.",
    "History of sexual abuse.",
    "Genital herpes. Syphilis treated. On levonorgestrel 1.5 mg.",
]


@pytest.mark.parametrize("text", SENSITIVE)
def test_sensitive_matters_are_never_volunteered(site, text):
    assert site.review(note(text), *ON_LIST) == []


def test_a_sentence_that_also_tells_of_a_sensitive_matter_is_not_quoted(site):
    [card] = site.review(note("PMH: HIV, atrial fibrillation, gout"), *ON_LIST, condition("M10.9", "Gout"))
    assert topics([card]) == ["NOTEproblemAtrialFibrillation"]
    assert "hiv" not in json.dumps(card).lower()
    assert "not quoted" in card["detail"]


def test_of_a_minor_matters_of_the_mind_are_sensitive_too(site):
    seen = note("PMH: major depression")
    assert site.review(seen, *ON_LIST, who=patient(born="2012-05-05")) == []
    assert topics(site.review(seen, *ON_LIST)) == ["NOTEproblemMajorDepressiveDisorder"]


@pytest.mark.parametrize("label", ["R", "V"])
def test_a_restricted_note_is_not_read(site, label):
    system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
    closed = note(AF, meta={"security": [{"system": system, "code": label}]})
    cards = site.review(closed, *ON_LIST)
    assert topics(cards) == ["NOTchecked"]
    assert "labelled restricted" in gaps(cards)["a note"]


def test_a_note_of_a_kind_kept_for_few_is_not_read(site):
    cards = site.review(note(AF, kind="Psychotherapy note"), *ON_LIST)
    assert topics(cards) == ["NOTchecked"]
    assert "kept for few" in gaps(cards)["a note"]


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("text/html", "<h2>PAST MEDICAL HISTORY:</h2><ul><li>Atrial fibrillation</li></ul>"),
        (
            "application/xhtml+xml",
            '<div xmlns="http://www.w3.org/1999/xhtml"><p>PMH: atrial fibrillation</p></div>',
        ),
        ("text/rtf", r"{\rtf1\ansi PMH: atrial fibrillation\par}"),
        ("text/plain", "PMH: atrial fibrillation"),
    ],
)
def test_notes_of_every_form_are_read(site, form, content):
    assert topics(site.review(note(content, form=form), *ON_LIST)) == ["NOTEproblemAtrialFibrillation"]


def test_a_composition_is_read_by_its_sections(site):
    whole = {
        "resourceType": "Composition",
        "id": "comp-1",
        "status": "final",
        "type": {"text": "Discharge summary"},
        "subject": {"reference": "Patient/pt-4711"},
        "date": ago(2),
        "author": [{"display": "x"}],
        "title": "Discharge summary",
        "section": [
            {
                "title": "Past medical history",
                "text": {
                    "status": "generated",
                    "div": '<div xmlns="http://www.w3.org/1999/xhtml">Atrial fibrillation</div>',
                },
            }
        ],
    }
    [card] = site.review(whole, *ON_LIST)
    assert (
        "Discharge summary, Past medical history, 48 hours ago" in card["detail"]
        or "2 days ago" in card["detail"]
    )


def test_a_laboratory_report_without_words_is_no_note(site):
    assert site.review(report("", kind="Metabolic panel"), *ON_LIST) == []


def test_two_megabytes_are_read_in_part_and_that_is_said(site):
    cards = site.review(note(AF + "Walked the ward without complaint. " * 55_000), *ON_LIST)
    assert "NOTEproblemAtrialFibrillation" in topics(cards)
    assert gaps(cards)


def test_no_notes_is_no_card(site):
    assert site.review(*ON_LIST) == []
    assert site.review(note(""), *ON_LIST) == [] or topics(site.review(note(""), *ON_LIST)) == ["NOTchecked"]


def test_the_dead_get_no_card(site):
    assert site.review(note(AF), who={**patient(), "deceasedBoolean": True}) == []


def test_what_finds_no_room_is_named_in_one_card(site):
    text = (
        "PAST MEDICAL HISTORY:\n- Atrial fibrillation\n- COPD\n- Gout\n- Osteoporosis\n- Hypothyroidism\n"
        "HOSPITAL COURSE:\nTakes warfarin 5 mg daily.\n"
    )
    cards = site.review(note(text), *ON_LIST)
    assert topics(cards)[0] == "NOTEdrugWarfarin"
    assert topics(cards)[-1] == "NOTEfurther"
    assert len(cards) == 3
    assert cards[-1]["summary"].startswith("4 more findings of notes: ")
    assert len(rows(cards)) == 6
    many = site.configured(max_cards=10).review(note(text), *ON_LIST)
    assert len(many) == 6
    assert "NOTEfurther" not in topics(many)


def test_contradictions_come_first_then_dangerous_drugs(site):
    text = f"{SUMMARY}HOSPITAL COURSE:\nTakes apixaban 5 mg twice daily.\n{AF}"
    cards = site.configured(max_cards=10).review(note(text), nothing_known())
    assert topics(cards) == ["NOTEallergyAmoxicillin", "NOTEdrugApixaban", "NOTEproblemAtrialFibrillation"]


def test_kinds_can_be_switched_off_and_nothing_written(site):
    chart = (note(f"{SUMMARY}{AF}"), nothing_known())
    off = site.configured(options={"off": ["allergy", "find", "medication"]})
    assert topics(off.review(*chart)) == ["NOTEproblemAtrialFibrillation"]
    cards = site.configured(options={"write": False}).review(*chart)
    assert len(cards) == 2
    assert not [card for card in cards if "suggestions" in card]


def test_the_discharge_hook_is_answered_alike(site):
    first, second = (
        [(c["summary"], c["detail"]) for c in site.review(note(AF), *ON_LIST, hook=hook)]
        for hook in service.hooks
    )
    assert first == second != []


def test_a_card_says_no_date_and_no_name(site):
    text = "Seen on 03/04/2026 with husband Ottoline Quartermain. PMH: atrial fibrillation since 2026-01-05."
    said = json.dumps(site.review(note(text), *ON_LIST))
    assert "Quartermain" not in said
    assert "2026-01-05" not in said
    assert "03/04/2026" not in said


def test_a_patient_who_asks_gets_no_card(site):
    request = call(note(AF), *ON_LIST)
    request["context"]["userId"] = "Patient/pt-4711"
    assert site.say(request) == []


def test_the_service_keeps_the_promises_of_every_service():
    check_service(service, models())


@pytest.mark.parametrize(
    "options",
    [
        {"off": ["x"]},
        {"off": "allergy"},
        {"rows": 0},
        {"rows": True},
        {"medication_days": "1"},
        {"write": 1},
        {"x": 1},
    ],
)
def test_options_are_checked_with_the_fix(options):
    assert len(service.check_options(options)) == 1


def test_a_large_nodule_is_pointed_out_without_advice_and_in_centimetres(site):
    [card] = site.review(report("FINDINGS: A 1.2 cm nodule in the left lower lobe.", days=40), *ON_LIST)
    assert card["summary"].startswith("Incidental nodule of 12 mm in a note, 40 days ago: no order")


def test_an_undated_nodule_is_not_held_against_any_order(site):
    undated = note("IMPRESSION: 9 mm nodule; CT in 3 months.")
    del undated["date"]
    cards = site.review(undated, report("", days=10, kind="CT chest"))
    assert "undated" in cards[0]["detail"]


def test_a_device_or_a_procedure_of_the_chart_is_known(site):
    device = {
        "resourceType": "Device",
        "id": "d1",
        "type": {"text": "Cardiac pacemaker"},
        "patient": {"reference": "Patient/pt-4711"},
    }
    assert site.review(note("Pacemaker in situ."), device) == []


def test_many_places_are_counted_and_many_findings_cut(site):
    seen = [note(f"Visit {n}: gout flare number {n} settled with rest.", days=n) for n in range(1, 6)]
    [card] = site.review(*seen, *ON_LIST)
    assert "and in 2 more places" in card["detail"]
    names = ("Atrial fibrillation", "COPD", "Gout", "Osteoporosis", "Hypothyroidism", "Psoriasis")
    text = "PAST MEDICAL HISTORY:\n" + "".join(f"- {name}\n" for name in names)
    cards = site.configured(options={"rows": 2}).review(note(text), *ON_LIST)
    assert "and 2 more" in cards[-1]["detail"]
