"""Whom a score is applied to: one test for each rule of the house."""

import pytest
from score_records import (
    OTHER_DX,
    days,
    drug,
    dx,
    findings,
    listed,
    obs,
    prevent_facts,
    record,
)

from models.record import SNOMED, Code, Fact, Quantity

NOW = "Encounter/now"


def prevent(*facts, **more):
    return findings(record(prevent_facts(), *facts, **({"age_years": 50.0} | more)))["prevent"]


@pytest.mark.parametrize(("years", "applies"), [(29.9, False), (30.0, True), (79.9, True), (80.0, False)])
def test_prevent_is_for_adults_of_30_to_79(years, applies):
    assert prevent(age_years=years).applies is applies


@pytest.mark.parametrize("code", ["I21.4", "I25.10", "I63.9", "I50.9", "I70.213", "Z86.73", "22298006"])
def test_prevent_is_not_for_people_with_cardiovascular_disease(code):
    found = prevent(dx(code))
    assert found.applies is False
    assert found.reached == {}


def test_prevent_is_not_for_people_with_a_bypass_or_a_stent():
    for code in ("232717009", "415070008"):
        done = Fact("procedure", (Code(SNOMED, code),), minutes_ago=days(900), status="completed")
        assert prevent(done).applies is False


def calcium(score):
    told = Code("http://example.org/local", "CAC", "Coronary artery calcium score (Agatston)")
    return Fact("observation", (told,), value=Quantity(score, "1"), minutes_ago=days(30), status="final")


def test_prevent_is_not_for_a_low_ejection_fraction_or_high_coronary_calcium():
    assert prevent(obs("lvef", 39, days(30))).applies is False
    assert prevent(obs("lvef", 40, days(30))).applies is True
    assert prevent(calcium(300)).applies is False
    assert prevent(calcium(299)).applies is True


def test_prevent_is_not_for_familial_hypercholesterolaemia_or_pregnancy():
    assert prevent(dx("E78.01")).applies is False
    assert prevent(dx("Z34.01", days(60))).applies is False


def test_prevent_does_not_apply_where_cardiovascular_disease_cannot_be_excluded():
    found = prevent(lists=listed(condition="failed"))
    assert found.applies is False
    assert any("could not be excluded" in note for note in found.notes)


def test_only_heart_failure_needs_the_body_mass_index():
    facts = [f for f in prevent_facts() if f.ref != "Observation/bmi14400"]
    found = findings(record(facts, age_years=50.0))["prevent"]
    assert found.missing == ("bmi",)
    assert found.values["hf_10y"] is None
    assert found.values["cvd_10y"] == pytest.approx(0.1468, abs=5e-5)


def test_thirty_year_risk_is_for_30_to_59():
    assert prevent(age_years=59.9).values["cvd_30y"] is not None
    assert prevent(age_years=60.0).values["cvd_30y"] is None


def test_a_risk_treated_with_a_statin_asks_for_no_statin():
    assert prevent().reached["topic"] == "PREVENTstatin"
    assert prevent(drug("Atorvastatin 20 MG Oral Tablet")).reached == {}


def test_with_diabetes_a_statin_waits_for_no_coronary_calcium():
    """What is indicated whatever the risk is not made to depend on a further test."""
    with_it = prevent().reached
    assert "with diabetes" in with_it["label"] or "high-intensity" in with_it["consider"][0]
    assert all("calcium" not in advice for advice in with_it["consider"])
    facts = [f for f in prevent_facts(sbp=165, tc=230) if f.ref != dx("E11.9").ref]
    without = findings(record(facts, age_years=56.0))["prevent"].detail["all_reached"]
    assert any("coronary calcium" in advice for row in without for advice in row["consider"])


def test_the_blood_pressure_level_is_for_the_untreated_with_130_or_more():
    facts = [f for f in prevent_facts() if f.kind != "medication"]
    statin = drug("Atorvastatin 20 MG")
    found = findings(record(facts, statin, age_years=50.0))["prevent"]
    assert found.reached["topic"] == "PREVENTbloodPressure"
    low = [f for f in prevent_facts(sbp=128) if f.kind != "medication"]
    assert findings(record(low, statin, age_years=50.0))["prevent"].reached == {}


def test_the_pooled_cohort_equations_are_off_and_never_beside_prevent():
    usual = findings(record(prevent_facts(), age_years=50.0))
    assert "pce" not in usual
    asked = findings(record(prevent_facts(), age_years=50.0), on=["pce"])
    assert "pce" in asked
    assert not {"prevent", "prevent-components"} & set(asked)


def test_race_is_no_input_unless_it_is_a_setting():
    asked = findings(record(prevent_facts(), age_years=50.0), on=["pce"])["pce"]
    assert asked.missing == ("race",)


def test_one_score_for_atrial_fibrillation_is_shown_by_a_setting():
    of = record(dx("I48.91"))
    assert "cha2ds2-va" in findings(of)
    assert "cha2ds2-vasc" not in findings(of)
    assert "cha2ds2-vasc" in findings(of, af_score="cha2ds2-vasc")
    assert "cha2ds2-va" not in findings(of, af_score="cha2ds2-vasc")


def test_an_unknown_setting_for_atrial_fibrillation_is_refused():
    with pytest.raises(Exception, match="af_score"):
        findings(record(), af_score="chads2")


def test_stroke_risk_is_for_atrial_fibrillation_or_flutter():
    assert findings(record(dx("I48.92")))["cha2ds2-va"].applies is True
    assert findings(record(dx("I10")))["cha2ds2-va"].applies is False


@pytest.mark.parametrize("code", ["Z95.2", "I05.0", "I34.2"])
def test_stroke_risk_is_not_for_mechanical_valves_or_mitral_stenosis(code):
    assert findings(record(dx("I48.0"), dx(code)))["cha2ds2-va"].applies is False


def test_stroke_risk_asks_for_nothing_where_an_anticoagulant_is_taken():
    of = [dx("I48.0"), dx("I10"), dx("E11.9")]
    assert findings(record(of))["cha2ds2-va"].reached["indicator"] == "warning"
    assert findings(record(of, drug("Apixaban 5 MG Oral Tablet")))["cha2ds2-va"].reached == {}


def test_the_action_level_of_cha2ds2_vasc_is_one_higher_for_women():
    of = [dx("I48.0"), dx("I10")]
    woman = findings(record(of), af_score="cha2ds2-vasc")["cha2ds2-vasc"]
    man = findings(record(of, sex="male"), af_score="cha2ds2-vasc")["cha2ds2-vasc"]
    assert (woman.value, man.value) == (2, 1)
    assert "woman" in woman.reached["label"]
    assert "in a man" in man.reached["label"]


def test_has_bled_informs_and_never_gates():
    found = findings(record(dx("I48.0"), dx("I10")))["has-bled"]
    assert found.applies is True
    assert all("anticoag" not in text for row in found.detail["all_reached"] for text in row["consider"])


KIDNEY = [obs("creatinine", 2.19, days(12)), obs("acr", 500, days(12))]


def kfre(*facts, **more):
    return findings(record(KIDNEY, dx("N18.32"), *facts, **({"sex": "male"} | more)))["kfre"]


def test_the_kidney_failure_risk_equation_is_for_stage_3_to_5():
    assert kfre().applies is True
    assert kfre().reached["topic"] == "KFREreferral"
    assert findings(record(KIDNEY, dx("N18.2")))["kfre"].applies is False


def test_two_low_filtration_rates_90_days_apart_are_chronic_kidney_disease():
    late = record(KIDNEY, dx(OTHER_DX), obs("creatinine", 2.05, days(150)), sex="male")
    assert findings(late)["kfre"].applies is True
    early = record(KIDNEY, dx(OTHER_DX), obs("creatinine", 2.05, days(60)), sex="male")
    assert findings(early)["kfre"].applies is False


@pytest.mark.parametrize("code", ["Z99.2", "Z94.0", "N17.9"])
def test_the_kidney_failure_risk_equation_is_not_for_dialysis_transplant_or_injury(code):
    assert kfre(dx(code, days(10))).applies is False


def test_an_old_acute_kidney_injury_does_not_block():
    assert kfre(dx("N17.9", days(200), status="resolved")).applies is True


@pytest.mark.parametrize(
    "earlier",
    [("creatinine", 1.8, days(13)), ("creatinine", 1.4, days(16)), ("creatinine", 1.3, days(200))],
    ids=["0.3 in 48 hours", "1.5 times in a week", "1.5 times the year's median"],
)
def test_a_rising_creatinine_blocks_scores_of_egfr(earlier):
    found = kfre(obs(*earlier))
    assert found.applies is False
    assert "acute kidney injury" in " ".join(found.notes)


def test_a_rising_creatinine_blocks_prevent_too():
    rising = [obs("creatinine", 1.4, days(1)), obs("creatinine", 0.8, days(2))]
    assert prevent(*rising).applies is False


def test_meld_and_child_pugh_are_for_cirrhosis():
    with_it = findings(record(dx("K74.60")))
    without = findings(record(dx("K76.0")))
    for name in ("meld-3", "child-pugh"):
        assert with_it[name].applies is True
        assert without[name].applies is False


def test_no_score_applies_to_the_dead():
    assert not any(
        f.applies for f in findings(record(prevent_facts(), age_years=50.0, deceased=True)).values()
    )
