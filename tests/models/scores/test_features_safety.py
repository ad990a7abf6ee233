"""What a score must not do with a typing error, a result that is not final, or a person it would mislead."""

import pytest
from score_records import OTHER_DX, coded, days, drug, dx, encounter, findings, obs, prevent_facts, record

from models.base import Finding
from models.record import LOINC, SNOMED, Code, Fact

MAN = {"sex": "male"}
NOW = "Encounter/now"


def values(found: Finding) -> dict[str, object]:
    return {line.name: line.value for line in found.inputs}


@pytest.mark.parametrize(
    ("exact", "taken"), [(63.6, 63), (63.0, 63), (18.99, 18), (17.9, 17.9), (4.25, 4.25)]
)
def test_adults_are_as_old_as_their_birthdays_and_children_to_the_day(exact, taken):
    """Published calculators and laboratories count completed years."""
    found = findings(record(obs("creatinine", 1.0, days(3)), age_years=exact, **MAN))
    assert values(found["ckd-epi-2021"])["age_years"] == taken


def test_kfre_of_a_record_is_the_published_number_at_any_day_of_the_year():
    """0.2117 for 63 years, eGFR 33 and 500 mg/g, also half a year after the birthday."""
    facts = [obs("egfr", 33, days(12)), obs("acr", 500, days(12)), dx("N18.32")]
    found = findings(record(facts, age_years=63.6, **MAN))["kfre"]
    assert found.values["risk_5y"] == pytest.approx(0.2117, abs=5e-5)


def dirty(newest: Fact) -> dict[str, Finding]:
    """Return the findings of the creatinine values of the synthetic patient `dirty-data`, and one more."""
    facts = [
        obs("creatinine", 1.1, days(10), unit="mg/L"),
        obs("creatinine", 97, days(45), unit="umol/L"),
        obs("creatinine", 1.12, days(60), unit="mg/dl"),
        obs("creatinine", 1.05, days(102)),
        obs("creatinine", 1.11, days(220)),
    ]
    return findings(record(facts, newest, dx(OTHER_DX), age_years=61.3, sex="unknown"))


def test_a_creatinine_typed_in_the_wrong_unit_makes_no_kidney_injury():
    """0.11 mg/dL is no baseline of a living adult; 1.3 is no stage 3."""
    found = dirty(obs("creatinine", 1.3, days(6.9), status="preliminary"))["aki-stage"]
    assert found.applies
    assert found.value == 0
    assert found.reached == {}
    assert values(found)["baseline_creatinine"] == pytest.approx(1.1, abs=0.01)


def test_a_refused_value_newer_than_the_one_used_is_named():
    """The card says that something newer was there."""
    late = obs("creatinine", 1.1, days(3), unit="mg/L", ref="Observation/late")
    line = next(i for i in dirty(late)["ckd-epi-2021"].inputs if i.name == "creatinine")
    assert line.minutes_ago == days(45)
    assert "newer: an implausible value was not used" in line.note


def test_children_keep_their_own_limits():
    """0.15 mg/dL is a small child's creatinine, 12 kg a small child's weight."""
    facts = [obs("creatinine", 0.15, days(3)), obs("height", 85, days(3)), obs("weight", 12, days(3))]
    child = findings(record(facts, age_years=2.1))["bedside-schwartz"]
    assert child.value == pytest.approx(0.413 * 85 / 0.15)
    adult = findings(record(facts, age_years=40.0))
    assert "creatinine" in adult["ckd-epi-2021"].missing
    assert adult["bmi"].value is None


def aki(*readings: tuple[float, float]) -> float | None:
    facts = [obs("creatinine", value, days(ago), ref=f"Observation/{ago}") for value, ago in readings]
    return findings(record(facts, dx(OTHER_DX)))["aki-stage"].value


@pytest.mark.parametrize(
    ("readings", "stage"),
    [
        (((3.0, 1), (0.9, 4), (2.9, 20), (2.8, 200)), 0),
        (((3.2, 1), (3.0, 2), (1.0, 6)), 3),
        (((3.0, 1), (1.0, 30)), 3),
        (((3.3, 1), (1.0, 30), (1.1, 90)), 3),
    ],
    ids=["a lone slip", "a first rise", "one baseline", "a healthy year"],
)
def test_one_low_creatinine_that_all_others_contradict_is_no_baseline(readings, stage):
    """Contradicted before and after; without an older value it may be the kidney as it was."""
    assert aki(*readings) == stage


@pytest.mark.parametrize(("status", "indicator"), [("final", "warning"), ("preliminary", "info")])
def test_what_is_not_final_never_warns(status, indicator):
    """The level is still told."""
    facts = [obs("creatinine", 3.0, days(1), status=status), obs("creatinine", 1.0, days(30))]
    found = findings(record(facts, dx(OTHER_DX)))["aki-stage"]
    assert found.value == 3
    assert found.reached["indicator"] == indicator
    assert {row["indicator"] for row in found.detail["all_reached"]} <= {"info", indicator}


@pytest.mark.parametrize(
    "fact",
    [dx("C78.7", days(30)), dx("Z51.11", days(20)), dx("N18.6"), dx("Z99.2"), dx("Z51.5"), dx("K70.31"),
     drug("gemcitabine 1000 mg infusion")],
    ids=["metastatic", "chemotherapy", "stage 5", "dialysis", "palliative", "cirrhosis", "cytotoxic"],
)  # fmt: skip
def test_a_ten_year_risk_is_not_told_where_another_illness_decides(fact):
    """Dialysis, cancer under treatment or spread, palliative care; stage 5 alone is no dialysis."""
    found = findings(record(prevent_facts(), fact, age_years=50.0))["prevent"]
    assert found.applies is (fact.codes[0].code == "N18.6")
    assert bool(found.reached) is found.applies


@pytest.mark.parametrize(("place", "applies"), [("AMB", True), ("EMER", False), ("IMP", False)])
def test_the_blood_pressure_of_an_acute_stay_makes_no_ten_year_risk(place, applies):
    """PREVENT is for usual values."""
    of = record(prevent_facts(), encounter(place), current_encounter=NOW, age_years=50.0)
    assert findings(of)["prevent"].applies is applies


def test_cockcroft_gault_is_not_for_pregnancy():
    """Clearance rises by half; labels' cut-offs were not made for it."""
    facts = [obs("creatinine", 0.6, days(3)), obs("weight", 70, days(3))]
    assert findings(record(facts, dx(OTHER_DX), age_years=30.0))["cockcroft-gault"].applies
    pregnant = record(facts, dx("Z34.90", days(60)), age_years=30.0)
    assert not findings(pregnant)["cockcroft-gault"].applies


def pneumonia(*facts: Fact) -> Finding:
    signs = [obs("rr", 32, 30), obs("sbp", 85, 30), obs("dbp", 55, 30), obs("urea", 8, 60)]
    here = {"current_encounter": NOW, "age_years": 70.0}
    return findings(record(signs, facts, dx("J18.9", 60), encounter("EMER"), **here))["curb-65"]


@pytest.mark.parametrize(
    ("facts", "score"),
    [
        ([coded("67775-7", "Alert", 30)], 4),
        ([obs("gcs", 15, 30)], 4),
        ([coded("67775-7", "new confusion", 30)], 5),
        ([coded("67775-7", "voice", 30)], None),
        ([coded("67775-7", "voice", 30), coded("67775-7", "Alert", 80)], None),
        ([coded("67775-7", "Alert", 600)], None),
        ([obs("gcs", 14, 30)], None),
        ([], None),
    ],
)
def test_confusion_is_read_from_the_same_observation_set_or_not_at_all(facts, score):
    """Alert is not confused, drowsy is neither, and an old "alert" says nothing about now."""
    found = pneumonia(*facts)
    assert found.value == score
    assert ("confusion" in found.missing) is (score is None)


def test_audit_c_is_read_from_its_three_coded_answers():
    """2-3 times a week, 3 or 4 drinks, less than monthly: 3 + 1 + 1."""
    answers = {"68518-0": "LA18928-4", "68519-8": "LA15695-2", "68520-6": "LA18933-4"}
    facts = [coded(code, Code(LOINC, answer), days(7)) for code, answer in answers.items()]
    found = findings(record(facts, **MAN))["audit-c"]
    assert found.value == 5
    assert found.detail["detail"] == {"positive_from": 4, "positive": True}
    assert found.reached["topic"] == "AUDITC"


@pytest.mark.parametrize(("minutes", "value"), [(102, 400), (110, None)])
def test_qtc_takes_the_rate_of_its_own_tracing(minutes, value):
    """A pulse of ten minutes earlier is not the tracing's."""
    found = findings(record(obs("qt", 400, 100), obs("hr", 60, minutes)))["qtc"]
    assert found.values.get("fridericia") == value


def test_st_depression_is_read_from_the_electrocardiogram_and_its_absence_from_nothing():
    """An impression that says something else decides nothing."""

    def deviation(code: str) -> object:
        ecg = coded("8601-7", Code(SNOMED, code), 30)
        return values(findings(record(dx("I21.4", 60), ecg))["grace"]).get("st_deviation")

    assert deviation("26141007") is True
    assert deviation("251120003") is None


def test_what_a_number_does_not_tell_is_in_the_detail():
    """Item 9 of the PHQ-9."""
    items = [
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
    facts = [coded(code, Code(LOINC, "LA6569-3"), days(1)) for code in items]
    found = findings(record(facts))["phq-9"]
    assert found.detail["detail"] == {"item_9": 1, "self_harm_thoughts": True}
