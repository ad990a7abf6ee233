"""The medication recommender through the whole path: rules first, told apart, never what is unsafe."""

import pytest
from order_world import PATIENT, allergy, condition, drug, lab, patient
from recommender_world import (
    AF,
    ATORVASTATIN,
    CETIRIZINE,
    CKD,
    DAPAGLIFLOZIN,
    EGFR,
    FAILED,
    HFREF,
    HYPERTENSION,
    KIDNEY,
    LISINOPRIL,
    T2D,
    UNTREATED,
    VACCINATED,
    YOUNG,
    by_snomed,
    call,
    drafted,
    encounter,
    running,
    vaccine,
)
from service_site import topics


def only_suspected(made, status):
    system = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
    return made | {"verificationStatus": {"coding": [{"system": system, "code": status}]}}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with running(tmp_path_factory.mktemp("recommender")) as made:
        yield made


def test_a_rule_says_because_of_what_how_safe_and_what_is_unknown(site):
    [card] = site.say(call(*KIDNEY))
    assert topics([card]) == ["GAPsglt2iCkdT2d"]
    assert card["indicator"] == "info"
    assert card["summary"] == (
        "Consider an SGLT2 inhibitor: type 2 diabetes, chronic kidney disease, eGFR 41, on lisinopril; "
        "none found in record"
    )
    detail = card["detail"]
    assert detail.startswith("**Guideline rule, not learned:** [KDIGO CKD 2024](https://doi.org/")
    assert "(1A)" in detail
    assert "eGFR 41 (16 days ago), 43 (6 months ago)" in detail
    for block in ("Record:", "Safety check passed", "Not found:", "Ask first:", "Expect:", "Unknown:"):
        assert f"**{block}" in detail
    [row] = card["extension"]["org.clinicards.findings"]
    assert (row["kind"], row["rank"], row["strength"]) == ("guideline", 95, "1A")
    assert row["source"]["year"] == 2024


def test_drafts_are_unsigned_dosed_marked_as_machine_made_and_none_is_preselected(site):
    [card] = site.say(call(*KIDNEY))
    assert card["selectionBehavior"] == "at-most-one"
    assert not any(s.get("isRecommended") for s in card["suggestions"])
    first, second = drafted(card)
    assert first["status"] == "draft"
    assert first["intent"] == "proposal"
    assert first["subject"] == {"reference": f"Patient/{PATIENT}"}
    assert first["meta"]["security"][0]["code"] == "AIAST"
    [provenance] = first["contained"]
    assert provenance["resourceType"] == "Provenance"
    assert provenance["agent"][0]["who"]["display"].startswith("clinicards recommender@")
    assert first["medicationCodeableConcept"]["coding"][0]["code"] == DAPAGLIFLOZIN
    [dose] = first["dosageInstruction"]
    assert dose["text"] == "10 mg once daily"
    assert dose["timing"]["repeat"] == {"frequency": 1, "period": 1, "periodUnit": "d"}
    assert "not learned" in first["note"][0]["text"]
    assert "empagliflozin" in second["medicationCodeableConcept"]["text"]


def test_the_override_reasons_teach(site):
    [card] = site.say(call(*KIDNEY))
    assert [reason["code"] for reason in card["overrideReasons"]] == [
        "declined",
        "past-harm",
        "prescribed-elsewhere",
        "contraindication-not-recorded",
        "cost",
        "not-my-role",
    ]


def test_an_allergy_keeps_a_drug_from_being_offered_and_is_named(site):
    [card] = site.say(call(*KIDNEY, allergy("dapagliflozin", DAPAGLIFLOZIN, reaction="urticaria")))
    assert "**Not offered:** dapagliflozin: allergy on record: dapagliflozin." in card["detail"]
    assert all("dapagliflozin" not in str(r["medicationCodeableConcept"]) for r in drafted(card))


def test_a_rule_whose_every_drug_is_blocked_is_silent(site):
    chart = (T2D, LISINOPRIL, *VACCINATED, allergy("statins", reaction="rhabdomyolysis"))
    names = ("atorvastatin", "rosuvastatin", "pravastatin")
    chart += tuple(allergy(name, reaction="rhabdomyolysis") for name in names)
    assert "GAPstatinDiabetes" not in topics(site.say(call(*chart)))


def test_what_is_dispensed_elsewhere_closes_a_rule(site):
    dispensed = drug("empagliflozin 10 mg", kind="MedicationDispense", status="completed", days=20)
    assert site.say(call(*KIDNEY, dispensed)) == []


def test_what_was_stopped_is_asked_about(site):
    stopped = drug("empagliflozin 10 mg", status="stopped", days=400)
    [card] = site.say(call(*KIDNEY, stopped))
    assert "**Earlier on record:** empagliflozin 10 mg (13 months ago); ask why it ended." in card["detail"]


def test_a_caution_says_why(site):
    chart = (AF, HYPERTENSION, T2D, drug("aspirin 81 MG Oral Tablet", "243670"), ATORVASTATIN, *VACCINATED)
    card = site.say(call(*chart))[0]
    assert topics([card]) == ["GAPanticoagulationAf"]
    assert "**Caution, apixaban:** Apixaban with aspirin: bleeding" in card["detail"]
    assert "DDI" not in card["detail"]


def test_apixaban_is_halved_for_two_of_age_weight_and_creatinine(site):
    old = patient(born="1940-02-03")
    chart = (AF, HYPERTENSION, CETIRIZINE, *VACCINATED, lab("2160-0", 1.7, "mg/dL"))
    weight = lab("29463-7", 80, "kg", kind="vital-signs")
    card = site.say(call(*chart, weight, who=old))[0]
    assert card["suggestions"][0]["label"] == "Draft apixaban 2.5 mg twice daily"
    younger = site.say(call(*chart, weight, who=patient(born="1950-02-03")))[0]
    assert younger["suggestions"][0]["label"] == "Draft apixaban 5 mg twice daily"
    unknown = site.say(call(*chart, who=patient(born="1950-02-03")))[0]
    assert unknown["suggestions"][0]["label"] == "Draft apixaban, dose to be chosen"


def test_the_score_that_decides_on_anticoagulation_is_a_setting(site):
    woman = patient(born="1955-02-03", sex="female")
    chart = (AF, HYPERTENSION, CETIRIZINE, *VACCINATED)
    assert "GAPanticoagulationAf" in topics(site.say(call(*chart, who=woman)))
    other = site.configured(options={"af_score": "cha2ds2-vasc"})
    [card] = [c for c in other.say(call(*chart, who=woman)) if c["source"]["topic"]["code"].endswith("Af")]
    assert "CHA2DS2-VASc 3" in card["summary"]
    assert "ACC/AHA atrial fibrillation 2023" in card["detail"]


def test_at_most_three_suggestions_in_all_and_the_rest_is_named(site):
    chart = (HFREF, T2D, drug("furosemide 40 MG Oral Tablet", "313988"), lab("2160-0", 1.1, "mg/dL"))
    cards = site.say(call(*chart, lab("2823-3", 4.2, "mmol/L")))
    assert topics(cards) == ["GAPhfRaas", "GAPhfBetaBlocker", "GAPhfSglt2i"]
    assert sum(len(card["suggestions"]) for card in cards) == 3
    assert "**Also open, not shown here:** a mineralocorticoid receptor antagonist" in cards[-1]["detail"]


def test_a_site_may_want_fewer_suggestions_and_switch_rules_off(site):
    few = site.configured(options={"suggestions": 1, "off": ["GAPsglt2iCkdT2d"]})
    cards = few.say(call(T2D, CKD, LISINOPRIL, *EGFR))
    assert topics(cards) == ["GAPstatinDiabetes"]
    assert len(cards[0]["suggestions"]) == 1


def test_vaccines_share_one_card_that_names_the_others(site):
    [card] = site.say(call(CETIRIZINE, HYPERTENSION, LISINOPRIL, vaccine("150", days=40)))
    assert topics([card]) == ["GAPvaccinePneumococcal"]
    assert "**Also due:** zoster vaccine, recombinant." in card["detail"]
    [resource] = drafted(card)
    assert resource["medicationCodeableConcept"]["coding"][0] == {
        "system": "http://hl7.org/fhir/sid/cvx",
        "code": "216",
    }
    off = site.configured(options={"vaccines": False})
    assert off.say(call(CETIRIZINE, HYPERTENSION, LISINOPRIL, vaccine("150", days=40))) == []


def test_a_learned_item_stands_on_a_card_of_its_own_and_says_what_it_is(site):
    [card] = site.say(call(*UNTREATED, who=YOUNG))
    assert topics([card]) == ["RECnextOrderHydrochlorothiazide"]
    assert card["summary"].startswith("Learned, no guideline")
    assert card["detail"].startswith("**Learned from orders of 584 synthetic patients, no guideline rule.**")
    assert "no clinician has judged" in card["detail"]
    assert "Score 0.3" in card["detail"]
    [row] = card["extension"]["org.clinicards.findings"]
    assert row["kind"] == "learned"
    assert sum(one["weight"] for one in row["because"]) == pytest.approx(row["score"], abs=1e-3)
    [resource] = drafted(card)
    assert resource["meta"]["security"][0]["code"] == "AIAST"
    assert "dosageInstruction" not in resource


def test_a_learned_item_may_lack_a_check(site):
    labs = (lab("2823-3", 4.2, "mmol/L"), lab("2951-2", 139, "mmol/L"), lab("2160-0", 1.0, "mg/dL"))
    known = site.say(call(*UNTREATED, *labs, who=YOUNG))[0]["detail"]
    assert "Safety check passed." in known
    strange = drug("Zorblaxin 20 mg")
    unsure = site.say(call(*UNTREATED, *labs, strange, who=YOUNG))[0]["detail"]
    assert "Nothing found against it, not everything checked." in unsure
    assert "Zorblaxin" in unsure


def test_learned_items_may_be_switched_off(site):
    assert site.configured(options={"learned": False}).say(call(*UNTREATED, who=YOUNG)) == []


def test_nothing_learned_without_an_untreated_active_indication(site):
    treated = (*UNTREATED, LISINOPRIL)
    assert site.say(call(*treated, who=YOUNG)) == []
    over = by_snomed("I10", "59621000", "Hypertension")
    over["clinicalStatus"]["coding"][0]["code"] = "resolved"
    assert site.say(call(over, CETIRIZINE, *VACCINATED, who=YOUNG)) == []


def test_the_mildest_alert_withholds_a_learned_item(site):
    gout = by_snomed("M10.9", "90560007", "Gout")
    assert "hydrochlorothiazide" not in str(site.say(call(*UNTREATED, gout, who=YOUNG)))


def test_nothing_for_children(site):
    assert site.say(call(*KIDNEY, *UNTREATED[:1], who=patient(born="2012-02-03"))) == []


def test_in_pregnancy_only_the_rule_that_is_for_it(site):
    woman = patient(born="1988-02-03", sex="female")
    pregnant = condition("Z33.1", "Pregnant", days=80)
    assert site.say(call(*UNTREATED, pregnant, HFREF, who=woman)) == []
    weeks = lab("18185-9", 14, "wk", kind="laboratory", days=1)
    [card] = site.say(call(*UNTREATED, pregnant, weeks, who=woman))
    assert topics([card]) == ["GAPaspirinPreeclampsia"]
    assert card["suggestions"][0]["label"] == "Draft aspirin 81 mg once daily"


def test_comfort_care_and_death_are_silent(site):
    assert site.say(call(*KIDNEY, condition("Z51.5", "Palliative care"))) == []
    assert site.say(call(*KIDNEY, who=patient() | {"deceasedBoolean": True})) == []


def test_prevention_waits_until_an_emergency_is_over(site):
    chart = (T2D, LISINOPRIL, *VACCINATED)
    assert "GAPstatinDiabetes" in topics(site.say(call(*chart)))
    assert site.say(call(*chart, encounter("EMER"))) == []
    assert site.say(call(*KIDNEY, encounter("EMER"))) == []
    assert topics(site.say(call(*KIDNEY, encounter("IMP")))) == ["GAPsglt2iCkdT2d"]


def test_a_suspected_condition_proposes_nothing_and_may_stop_a_rule(site):
    suspected = only_suspected(T2D, "provisional")
    assert site.say(call(suspected, CKD, LISINOPRIL, ATORVASTATIN, *EGFR, *VACCINATED)) == []
    ketoacidosis = condition("E10.10", "Type 1 diabetes with ketoacidosis", days=3)
    assert site.say(call(*KIDNEY, only_suspected(ketoacidosis, "differential"))) == []


def test_a_restricted_entry_is_never_volunteered(site):
    secret = condition("F11.20", "Opioid dependence")
    secret["meta"] = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
                                    "code": "R"}]}  # fmt: skip
    chart = (drug("morphine sulfate 15 MG Oral Tablet", "892582"), *VACCINATED)
    assert "GAPnaloxoneOpioid" in topics(site.say(call(*chart, condition("F11.20", "Opioid dependence"))))
    assert site.say(call(*chart, secret)) == []


def test_a_condition_list_that_did_not_arrive_is_named(site):
    [card] = site.say(call(*KIDNEY, conditions=FAILED))
    assert topics([card]) == ["NOTchecked"]
    assert "missing therapies" in card["detail"]


def test_an_empty_drug_list_pushes_no_therapy_and_says_so(site):
    [card] = site.say(call(T2D, CKD, *EGFR, *VACCINATED))
    assert topics([card]) == ["NOTchecked"]
    assert "an SGLT2 inhibitor (KDIGO CKD 2024)" in card["detail"]
    assert "the drug list is empty: confirm what is taken" in card["detail"]


def test_an_unknown_age_is_named(site):
    [card] = site.say(call(*KIDNEY, who={**patient(), "birthDate": None}))
    assert "the age is not recorded" in card["detail"]


def test_an_empty_allergy_list_is_no_statement_that_there_are_none(site):
    [card] = site.say(call(*KIDNEY))
    assert "allergies (the list is empty, which is not none known)" in card["detail"]
    assert "(allergy, interactions" not in card["detail"]
