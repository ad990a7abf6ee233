"""Which value of a record a score takes, in which unit, and what it refuses."""

import pytest
from score_records import OTHER_DX, coded, days, dx, encounter, findings, obs, prevent_facts, record, vitals

from models.record import LOINC, Code, Fact, Quantity

NOW = "Encounter/now"
MAN = {"sex": "male"}


def creatinine(*facts, **more):
    found = findings(record(*facts, **(MAN | more)))["ckd-epi-2021"]
    return next((line for line in found.inputs if line.name == "creatinine"), None), found


def test_the_newest_valid_value_decides():
    line, _ = creatinine(
        obs("creatinine", 1.0, days(40)), obs("creatinine", 1.4, days(30)), obs("creatinine", 1.2, days(90))
    )
    assert (line.value, line.minutes_ago) == (1.4, days(30))


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "registered", "unknown"])
def test_results_that_are_none_are_ignored(status):
    line, _ = creatinine(obs("creatinine", 9.9, 10, status=status), obs("creatinine", 1.0, days(3)))
    assert line.value == 1.0


def test_a_preliminary_result_is_used_and_said():
    line, _ = creatinine(obs("creatinine", 1.0, 10, status="preliminary"))
    assert "preliminary" in line.note


def test_a_result_of_the_future_is_ignored_and_a_clock_a_little_ahead_is_not():
    line, _ = creatinine(obs("creatinine", 9.0, -16), obs("creatinine", 1.0, days(2)))
    assert line.value == 1.0
    line, _ = creatinine(obs("creatinine", 1.3, -14), obs("creatinine", 1.2, days(9)))
    assert (line.value, line.minutes_ago) == (1.3, 0)


def test_a_recorded_absence_is_no_value():
    line, found = creatinine(obs("creatinine", None, 10, absent_reason="not-performed"))
    assert line is None
    assert (
        found.detail["why_missing"]["creatinine"]
        == "Creatinine in serum, plasma or blood: recorded as absent"
    )


def test_a_value_beyond_the_look_back_is_missing():
    line, found = creatinine(obs("creatinine", 1.0, days(366)))
    assert line is None
    assert found.missing == ("creatinine",)


def test_units_are_converted_and_said():
    line, _ = creatinine(obs("creatinine", 88.4, 10, unit="umol/L"))
    assert line.value == pytest.approx(1.0, rel=1e-4)
    assert line.unit == "mg/dL"
    assert "umol/L" in line.note


def test_a_unit_that_cannot_be_converted_is_refused_and_named():
    line, found = creatinine(obs("creatinine", 1.0, 10, unit="mm[Hg]"))
    assert line is None
    assert "mm[Hg]" in found.detail["why_missing"]["creatinine"]


def test_a_missing_unit_is_never_guessed():
    line, found = creatinine(obs("creatinine", 1.0, 10, unit=""))
    assert line is None
    assert "unit is empty" in found.detail["why_missing"]["creatinine"]


def test_an_implausible_value_is_refused_and_named():
    line, found = creatinine(obs("creatinine", 95, 10))
    assert line is None
    assert "implausible" in found.detail["why_missing"]["creatinine"]


def test_an_albumin_creatinine_ratio_in_mg_per_mmol_is_converted():
    facts = [obs("creatinine", 2.19, days(12)), obs("acr", 56.6, days(12), unit="mg/mmol"), dx("N18.4")]
    found = findings(record(facts, **MAN))["kfre"]
    value = next(line.value for line in found.inputs if line.name == "urine_acr")
    assert value == pytest.approx(500, rel=1e-3)


def test_a_reported_egfr_of_another_equation_is_not_used_and_named():
    found = findings(record(prevent_facts(egfr=None), obs("mdrd", 90, days(10)), age_years=50.0))["prevent"]
    assert found.missing == ("egfr",)
    assert "CKD-EPI 2021" in found.detail["why_missing"]["egfr"]


def test_egfr_is_computed_from_creatinine_and_says_so():
    found = findings(record(prevent_facts(egfr=None), obs("creatinine", 0.8, days(5)), age_years=50.0))[
        "prevent"
    ]
    line = next(line for line in found.inputs if line.name == "egfr")
    assert "creatinine 0.8 mg/dL" in line.note
    assert line.minutes_ago == days(5)


def test_the_newer_of_reported_and_computed_egfr_is_taken():
    newer = findings(record(prevent_facts(), obs("creatinine", 1.9, days(40)), age_years=50.0))["prevent"]
    assert next(line.value for line in newer.inputs if line.name == "egfr") == 90


def test_the_body_mass_index_is_computed_where_weight_is_newer_than_the_reported_one():
    facts = [*prevent_facts(), obs("weight", 70, days(1)), obs("height", 170, days(900))]
    found = findings(record(facts, age_years=50.0))["prevent"]
    line = next(line for line in found.inputs if line.name == "bmi")
    assert line.value == pytest.approx(24.22, abs=0.01)
    assert "from weight" in line.note


LIVER = [
    dx("K74.60"),
    obs("sodium", 137, 60),
    obs("bilirubin", 2.5, 60),
    obs("creatinine", 1.0, 60),
    obs("albumin", 3.0, 60),
]


def test_a_value_known_only_beyond_a_limit_is_used_where_it_decides():
    """MELD 3.0 takes 3.5 g/dL for every albumin above it."""
    facts = [f for f in LIVER if f.codes[0].code != "1751-7"]
    found = findings(record(facts, obs("inr", 1.5, 60), obs("albumin", 4.0, 60, comparator=">")))["meld-3"]
    plain = findings(record(facts, obs("inr", 1.5, 60), obs("albumin", 4.4, 60)))["meld-3"]
    assert found.value == plain.value is not None
    assert any("beyond a limit" in note for note in found.notes)


def test_a_value_known_only_beyond_a_limit_is_missing_where_it_does_not_decide():
    found = findings(record(LIVER, obs("inr", 1.5, 60, comparator=">")))["meld-3"]
    assert found.value is None
    assert found.missing == ("inr",)
    assert any("limit" in note for note in found.notes)


def test_meld_takes_values_of_48_hours():
    near = findings(record(LIVER, obs("inr", 1.5, 60 + 48 * 60)))["meld-3"]
    far = findings(record(LIVER, obs("inr", 1.5, 61 + 48 * 60)))["meld-3"]
    assert near.value is not None
    assert far.value is None
    assert far.missing == ("inr",)
    assert far.detail["why_missing"]["inr"] == "not within 48 hours of the others"


def test_the_anion_gap_is_of_one_sample():
    here = {"current_encounter": NOW}
    one = [obs("sodium", 140, 60), obs("chloride", 100, 60), encounter("EMER")]
    same = findings(record(one, obs("bicarbonate", 14, 60), **here))["anion-gap"]
    other = findings(record(one, obs("bicarbonate", 14, 90), **here))["anion-gap"]
    assert same.value == 26
    assert other.value is None


def test_news2_takes_the_newest_complete_set_and_names_newer_values_outside_of_it():
    facts = [*vitals(200), obs("rr", 30, 10), dx(OTHER_DX), encounter("EMER")]
    found = findings(record(facts, current_encounter=NOW, age_years=70.0))["news2"]
    line = next(line for line in found.inputs if line.name == "respiratory_rate")
    assert found.value == 10
    assert line.value == 22
    assert "newer value" in line.note


def test_news2_never_mixes_two_observation_sets():
    facts = [f for f in vitals(30) if f.codes[0].code != "8310-5"]
    found = findings(
        record(
            facts,
            obs("temp", 37, 200),
            dx(OTHER_DX),
            encounter("EMER"),
            current_encounter=NOW,
            age_years=70.0,
        )
    )
    assert found["news2"].value is None
    assert found["news2"].missing == ("temperature",)


def test_urea_and_urea_nitrogen_stand_in_for_each_other():
    base = [dx("J18.9", 60), obs("rr", 32, 60), obs("sbp", 85, 60), obs("dbp", 55, 60)]
    urea = findings(record(base, obs("urea", 8, 60)))["curb-65"]
    bun = findings(record(base, obs("bun", 22.4, 60)))["curb-65"]
    none = findings(record(base))["curb-65"]
    assert urea.missing == bun.missing == ("confusion",)
    assert set(none.missing) == {"urea", "confusion"}
    assert none.detail["lacks_one"] is None
    assert urea.detail["lacks_one"] == "confusion"


def test_a_questionnaire_counts_only_whole_and_of_one_time():
    codes = [
        "44250-9",
        "44255-8",
        "44259-0",
        "44254-1",
        "44251-7",
        "44258-2",
        "44252-5",
        "44253-3",
        "44260-8",
    ]
    whole = [coded(code, Quantity(1, "{score}"), 60) for code in codes]
    assert findings(record(whole))["phq-9"].value == 9
    assert findings(record(whole[:8]))["phq-9"].value is None
    split = [*whole[:8], coded(codes[8], Quantity(1, "{score}"), days(2))]
    assert findings(record(split))["phq-9"].value is None


def test_questionnaire_answers_are_read_by_their_codes():
    codes = ["68518-0", "68519-8", "68520-6"]
    answers = ["LA18927-6", "LA15694-5", "LA6270-8"]
    facts = [coded(c, Code(LOINC, a), 60) for c, a in zip(codes, answers, strict=True)]
    assert findings(record(facts, **MAN))["audit-c"].value == 2


def test_stays_and_visits_are_counted_from_complete_encounters_only():
    visits = [
        encounter("IMP", days(5), detail={"priority": "EM"}),
        encounter("EMER", days(5) + 300, ref="Encounter/led-here"),
        encounter("EMER", days(60), ref="Encounter/a"),
        encounter("EMER", days(250), ref="Encounter/b"),
        encounter("IMP", days(100), ref="Encounter/c", ended_minutes_ago=days(95)),
    ]
    facts = [*visits, dx(OTHER_DX)]
    found = findings(record(facts, current_encounter=NOW))["lace"]
    values = {line.name: line.value for line in found.inputs}
    assert values["length_of_stay_days"] == 5
    assert values["ed_visits_6_months"] == 1
    assert values["acute_admission"] is True
    stay = findings(record(facts, current_encounter=NOW))["hospital"]
    assert {line.name: line.value for line in stay.inputs}["admissions_12_months"] == 1
    partial = record(facts, current_encounter=NOW, lists={"condition": "complete", "encounter": "partial"})
    assert "ed_visits_6_months" in findings(partial)["lace"].missing


def test_two_values_of_one_minute_are_named():
    line, _ = creatinine(
        obs("creatinine", 1.0, 10, ref="Observation/a"), obs("creatinine", 1.4, 10, ref="Observation/b")
    )
    assert "two values at the same time" in line.note


def test_a_blood_pressure_component_is_read_like_a_value_of_its_own():
    panel = Fact(
        "observation", (Code(LOINC, "85354-9"),), minutes_ago=days(1), status="final", group="Observation/bp"
    )
    parts = [
        obs("sbp", 141, days(1), group="Observation/bp"),
        obs("dbp", 88, days(1), group="Observation/bp"),
    ]
    found = findings(record(prevent_facts(), panel, parts, age_years=50.0))["prevent"]
    assert next(line.value for line in found.inputs if line.name == "systolic_bp") == 141
