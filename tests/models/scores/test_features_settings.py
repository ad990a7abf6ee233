"""Scores that need an acute setting, a complaint or a questionnaire of their own."""

import pytest
from score_records import (
    OTHER_DX,
    days,
    drug,
    dx,
    encounter,
    findings,
    listed,
    obs,
    prevent_facts,
    record,
    vitals,
)

from models.record import LOINC, SNOMED, Code, Fact

NOW = "Encounter/now"


def news2(*facts, **more):
    given = {"age_years": 30.0, "sex": "male", "current_encounter": NOW} | more
    return findings(record(vitals(), dx(OTHER_DX), encounter("EMER"), *facts, **given))["news2"]


@pytest.mark.parametrize(("years", "applies"), [(15.9, False), (16.0, True)])
def test_news2_is_from_16_years(years, applies):
    assert news2(age_years=years).applies is applies


def test_news2_is_not_for_pregnancy():
    assert news2(dx("Z34.01", days(60)), sex="female").applies is False
    said = Fact(
        "observation",
        (Code(LOINC, "82810-3"),),
        value=Code(LOINC, "LA15173-0"),
        minutes_ago=days(5),
        status="final",
    )
    assert news2(said, sex="female").applies is False


def test_unknown_pregnancy_is_not_taken_for_not_pregnant():
    found = news2(sex="female")
    assert found.applies is True
    assert any("pregnancy: not recorded" in note for note in found.notes)
    assert found.detail["unknown"]


def test_a_male_sex_excludes_no_pregnancy_by_itself():
    assert news2(dx("Z34.01", days(60)), sex="male").applies is False
    assert news2(sex="male", lists=listed(condition="failed")).detail["unknown"]


def test_a_pregnancy_42_days_past_the_due_date_is_over():
    assert news2(dx("Z34.01", days(337)), sex="female").applies is True


def test_an_answer_of_not_pregnant_settles_it():
    said = Fact(
        "observation",
        (Code(LOINC, "82810-3"),),
        value=Code(LOINC, "LA26683-5"),
        minutes_ago=days(1),
        status="final",
    )
    assert news2(said, sex="female").detail["unknown"] == []


def test_news2_takes_a_set_of_the_last_12_hours_without_an_acute_encounter():
    fresh = record(vitals(11 * 60), dx(OTHER_DX), age_years=70.0)
    stale = record(vitals(13 * 60), dx(OTHER_DX), age_years=70.0)
    assert findings(fresh)["news2"].applies is True
    assert findings(fresh)["news2"].value == 10
    assert findings(stale)["news2"].applies is False


def test_news2_takes_scale_2_only_on_a_documented_target():
    copd = dx("J44.9")
    target = Fact("order", (), text="Oxygen therapy, target SpO2 88-92 %", status="active", minutes_ago=100)
    scale = lambda of: {line.name: line.value for line in of.inputs}["spo2_scale"]  # noqa: E731
    assert scale(news2(copd)) == "1"
    assert scale(news2(copd, target)) == "2"
    assert (
        scale(news2(copd, Fact("order", (), text="Oxygen therapy, target SpO2 94-98 %", status="active")))
        == "1"
    )


SEPSIS = dx("A41.9", 100)


def test_qsofa_is_never_shown_alone():
    both = [*vitals(), obs("gcs", 14, 30)]
    beside = findings(record(both, SEPSIS, encounter("EMER"), current_encounter=NOW, age_years=70.0))
    assert beside["qsofa"].applies is True
    assert beside["qsofa"].reached == {}
    alone = [obs("rr", 24, 30), obs("sbp", 98, 30), obs("gcs", 14, 30)]
    found = findings(record(alone, SEPSIS, encounter("EMER"), current_encounter=NOW, age_years=70.0))["qsofa"]
    assert found.applies is False
    assert "never shown without news2" in found.notes


def test_sofa_is_labelled_1996():
    found = findings(record(encounter("IMP"), current_encounter=NOW))["sofa"]
    assert "1996" in found.detail["topic"]


@pytest.mark.parametrize(
    ("name", "trigger", "cls"),
    [
        ("curb-65", "J18.9", "EMER"),
        ("heart", "R07.9", "EMER"),
        ("centor", "J02.9", "AMB"),
        ("wells-dvt", "M79.662", "EMER"),
        ("wells-pe", "R06.02", "EMER"),
        ("perc", "R07.1", "EMER"),
        ("glasgow-blatchford", "K92.0", "EMER"),
        ("abcd2", "G45.9", "EMER"),
    ],
)
def test_scores_need_their_own_setting(name, trigger, cls):
    here = {"current_encounter": NOW, "age_years": 70.0}
    assert findings(record(dx(trigger, 60), dx(OTHER_DX), encounter(cls), **here))[name].applies is True
    assert findings(record(dx(OTHER_DX), encounter(cls), **here))[name].applies is False


def test_heart_needs_the_emergency_department():
    clinic = record(dx("R07.9", 60), encounter("AMB"), current_encounter=NOW)
    assert findings(clinic)["heart"].applies is False


def test_the_reason_of_the_encounter_is_a_trigger():
    reason = encounter("EMER", codes=(Code(SNOMED, "29857009"),))
    assert findings(record(dx(OTHER_DX), reason, current_encounter=NOW))["heart"].applies is True


def test_an_old_pneumonia_is_no_trigger():
    assert findings(record(dx("J18.9", days(60))))["curb-65"].applies is False


def test_abcd2_reaches_no_action_level():
    from models.scores.rules import load_rules

    assert load_rules()["abcd2"].thresholds == ()


def test_khorana_needs_cancer_and_chemotherapy():
    cancer = dx("C25.0")
    assert findings(record(cancer, drug("Gemcitabine 1000 MG Injection")))["khorana"].applies is True
    assert findings(record(cancer))["khorana"].applies is False


def test_readmission_scores_are_for_inpatients():
    for name in ("lace", "hospital"):
        assert findings(record(encounter("IMP"), current_encounter=NOW))[name].applies is True
        assert findings(record(encounter("AMB"), current_encounter=NOW))[name].applies is False


def test_the_bedside_equation_is_for_children():
    assert findings(record(age_years=9.0))["bedside-schwartz"].applies is True
    assert findings(record(age_years=19.0))["bedside-schwartz"].applies is False


def test_a_score_that_does_not_apply_keeps_its_number_and_reaches_nothing():
    found = findings(record(prevent_facts(), dx("I25.10"), age_years=50.0))["prevent"]
    assert found.applies is False
    assert found.values["cvd_10y"] is not None
    assert found.reached == {}


def test_an_unknown_age_applies_nothing_that_has_an_age():
    found = findings(record(prevent_facts(), age_years=None))["prevent"]
    assert found.applies is False
    assert "age_years" in found.missing
