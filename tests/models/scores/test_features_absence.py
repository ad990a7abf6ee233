"""What silence of a record means: absent, assumed, missing or contradicted."""

import pytest
from score_records import (
    OTHER_DX,
    coded,
    days,
    drug,
    dx,
    encounter,
    findings,
    listed,
    obs,
    prevent_facts,
    record,
    smoker,
    vitals,
)

from models.record import ICD10CM, Code, Fact

AF = dx("I48.0")


def flags(of):
    return {line.name: line.value for line in of.inputs}


def test_a_flag_is_false_where_the_list_is_complete_and_not_empty():
    found = findings(record(AF, age_years=60.0))["cha2ds2-va"]
    assert found.value == 0
    assert found.detail["assumed_none"] is False
    assert flags(found)["diabetes"] is False


def test_a_flag_is_false_where_the_list_states_that_nothing_is_known():
    found = findings(record(lists=listed(condition="nil-known")))["charlson"]
    assert flags(found)["dementia"] is False
    assert found.detail["assumed_none"] is False


@pytest.mark.parametrize("state", ["empty", "null", "complete"])
def test_a_list_without_entries_gives_a_number_that_says_what_was_assumed(state):
    facts = [f for f in prevent_facts() if f.kind != "condition"]
    found = findings(record(facts, age_years=50.0, lists=listed(condition=state)))["prevent"]
    assert found.values["cvd_10y"] is not None
    assert found.detail["assumed_none"] is True
    assert "condition list is empty: assumed none" in found.notes


@pytest.mark.parametrize("state", ["partial", "failed", "not-requested"])
def test_a_flag_is_missing_where_its_list_did_not_arrive_whole(state):
    found = findings(record(AF, lists=listed(condition=state)))["cha2ds2-va"]
    assert found.value is None
    assert "hypertension" in found.missing
    assert "condition list" in found.detail["why_missing"]["hypertension"]


def test_a_diagnosis_found_in_a_partial_list_still_counts():
    found = findings(record(AF, dx("I10"), lists=listed(condition="partial")))["cha2ds2-va"]
    assert flags(found)["hypertension"] is True


def test_an_unread_drug_list_leaves_treatment_missing():
    facts = [f for f in prevent_facts() if f.kind != "medication"]
    found = findings(record(facts, age_years=50.0, lists=listed(medication="failed")))["prevent"]
    assert {"bp_treated", "statin"} <= set(found.missing)
    assert found.values.get("cvd_10y") is None


@pytest.mark.parametrize("verification", ["refuted", "entered-in-error"])
def test_refuted_diagnoses_do_not_count(verification):
    found = findings(record(AF, dx(OTHER_DX), dx("E11.9", verification=verification)))["cha2ds2-va"]
    assert flags(found)["diabetes"] is False


def test_a_list_of_refuted_entries_alone_is_an_empty_list():
    found = findings(record(dx("E11.9", verification="refuted"), age_years=50.0))["charlson"]
    assert found.detail["assumed_none"] is True


def test_an_unconfirmed_diagnosis_is_neither_present_nor_absent():
    found = findings(record(AF, dx("E11.9", verification="provisional")))["cha2ds2-va"]
    assert found.missing == ("diabetes",)
    assert found.detail["lacks_one"] == "diabetes"


def test_a_resolved_diagnosis_counts_as_history():
    found = findings(record(AF, dx("I63.9", status="resolved")))["cha2ds2-va"]
    assert flags(found)["stroke_tia_thromboembolism"] is True


def test_a_resolved_diagnosis_does_not_count_as_current():
    found = findings(record(dx("N18.4", status="resolved"), dx(OTHER_DX)))["kfre"]
    assert found.applies is False


def test_gestational_diabetes_is_not_diabetes():
    found = findings(record(AF, dx("O24.419", days(900), status="resolved")))["cha2ds2-va"]
    assert flags(found)["diabetes"] is False


def test_transient_global_amnesia_is_not_a_transient_ischaemic_attack():
    assert flags(findings(record(AF, dx("G45.4")))["cha2ds2-va"])["stroke_tia_thromboembolism"] is False
    assert flags(findings(record(AF, dx("G45.9")))["cha2ds2-va"])["stroke_tia_thromboembolism"] is True


def test_hypertensive_heart_disease_with_failure_is_heart_failure():
    for code in ("I11.0", "I13.0", "I13.2", "I50.22"):
        assert flags(findings(record(AF, dx(code)))["cha2ds2-va"])["congestive_heart_failure"] is True
    assert flags(findings(record(AF, dx("I13.10")))["cha2ds2-va"])["congestive_heart_failure"] is False


def test_metformin_without_a_diabetes_code_is_a_conflict_and_not_a_no():
    found = findings(record(AF, drug("Metformin 500 MG Oral Tablet")))["cha2ds2-va"]
    assert found.value is None
    assert found.missing == ("diabetes",)
    assert any("metformin" in c for c in found.detail["conflicts"])


def test_a_diabetic_hba1c_without_a_diabetes_code_is_a_conflict():
    found = findings(record(AF, obs("hba1c", 8.2, days(20))))["cha2ds2-va"]
    assert found.value is None
    assert any("8.2" in c for c in found.detail["conflicts"])


def test_an_hba1c_below_the_diagnostic_level_contradicts_nothing():
    assert findings(record(AF, obs("hba1c", 6.4, days(20))))["cha2ds2-va"].detail["conflicts"] == []


def test_metformin_for_prediabetes_contradicts_nothing():
    found = findings(record(AF, dx("R73.03"), drug("Metformin 500 MG Oral Tablet")))["cha2ds2-va"]
    assert found.detail["conflicts"] == []


def test_a_contradiction_outweighs_an_empty_list():
    facts = [drug("Metformin 500 MG"), *(f for f in prevent_facts() if f.kind != "condition")]
    found = findings(record(facts, age_years=50.0, lists=listed(condition="empty")))["prevent"]
    assert "diabetes" in found.missing


def test_an_ejection_fraction_of_35_without_a_heart_failure_code_is_a_conflict():
    found = findings(record(AF, obs("lvef", 35, days(90))))["cha2ds2-va"]
    assert "congestive_heart_failure" in found.missing


def test_a_never_smoker_with_nicotine_dependence_is_a_conflict():
    found = findings(record(prevent_facts(), dx("F17.210"), age_years=50.0))["prevent"]
    assert "current_smoker" in found.missing
    assert found.detail["conflicts"]


def test_smoking_needs_an_entry():
    facts = [f for f in prevent_facts() if f.ref != smoker().ref]
    found = findings(record(facts, age_years=50.0))["prevent"]
    assert found.missing == ("current_smoker",)
    assert found.detail["lacks_one"] == "current_smoker"


@pytest.mark.parametrize(
    ("answer", "smokes"), [("449868002", True), ("8517006", False), ("266919005", False), ("8392000", False)]
)
def test_smoking_is_read_from_its_coded_answer(answer, smokes):
    facts = [f for f in prevent_facts() if f.ref != smoker().ref]
    found = findings(record(facts, smoker(answer, days(3)), age_years=50.0))["prevent"]
    assert flags(found)["current_smoker"] is smokes


def test_an_unknown_smoking_answer_is_missing_even_with_an_older_known_one():
    found = findings(record(prevent_facts(), smoker("266927001", days(1)), age_years=50.0))["prevent"]
    assert "current_smoker" in found.missing


def test_consciousness_needs_an_entry():
    facts = [f for f in vitals() if f.codes[0].code != "67775-7"]
    found = findings(record(facts, dx(OTHER_DX), encounter("EMER"), current_encounter="Encounter/now"))[
        "news2"
    ]
    assert found.value is None
    assert found.missing == ("consciousness",)


def test_symptoms_are_never_taken_for_absent():
    chest = dx("R07.9", 60)
    found = findings(record(chest, encounter("EMER"), current_encounter="Encounter/now"))["heart"]
    assert found.applies is True
    assert {"history", "ecg"} <= set(found.missing)


def test_room_air_is_an_entry_and_no_entry_is_missing():
    facts = [f for f in vitals() if f.codes[0].code != "3151-8"]
    here = {"current_encounter": "Encounter/now", "age_years": 70.0}
    assert "supplemental_oxygen" in findings(record(facts, encounter("EMER"), **here))["news2"].missing
    air = coded("722742002", True, 30, system="http://snomed.info/sct")
    found = findings(record(facts, air, encounter("EMER"), **here))["news2"]
    assert flags(found)["supplemental_oxygen"] is False


def test_an_active_order_counts_whatever_its_age_and_a_stopped_one_does_not():
    old = record(prevent_facts(), drug("Simvastatin 20 MG Oral Tablet", days(2000)), age_years=50.0)
    assert flags(findings(old)["prevent"])["statin"] is True
    stopped = record(prevent_facts(), drug("Simvastatin 20 MG", days(20), status="stopped"), age_years=50.0)
    assert flags(findings(stopped)["prevent"])["statin"] is False


def test_an_order_not_to_give_a_drug_is_not_a_drug():
    facts = drug("Simvastatin 20 MG", detail={"do_not_perform": True})
    assert flags(findings(record(prevent_facts(), facts, age_years=50.0))["prevent"])["statin"] is False


def test_an_ingredient_code_is_recognised_without_words():
    fact = Fact(
        "medication", (Code("http://www.nlm.nih.gov/research/umls/rxnorm", "83367"),), status="active"
    )
    assert flags(findings(record(prevent_facts(), fact, age_years=50.0))["prevent"])["statin"] is True


def test_eye_drops_are_not_blood_pressure_treatment():
    facts = [f for f in prevent_facts() if f.kind != "medication"]
    eye = drug("Metoprolol 0.5 % Ophthalmic Solution")
    assert flags(findings(record(facts, eye, age_years=50.0))["prevent"])["bp_treated"] is False


def test_a_stent_is_vascular_disease_where_no_diagnosis_says_so():
    stent = Fact(
        "procedure", (Code("http://snomed.info/sct", "415070008"),), minutes_ago=days(800), status="completed"
    )
    assert flags(findings(record(AF, stent))["cha2ds2-va"])["vascular_disease"] is True


def test_a_code_in_icd10cm_without_its_dot_is_the_same_code():
    bare = Fact("condition", (Code(ICD10CM, "E119"),), status="active", verification="confirmed")
    assert flags(findings(record(AF, bare))["cha2ds2-va"])["diabetes"] is True
