"""Kidney, liver, chemistry: every published number to the digits it was printed with."""

import pytest

from models.scores import definition as definitions
from models.scores.engine import compute

KFRE = {"age_years": 63, "sex": "male", "egfr": 33, "urine_acr": 500, "region": "north_america"}
MELD = {
    "sex": "female", "bilirubin": 3.0, "inr": 1.8, "creatinine": 1.5, "sodium": 130, "albumin": 2.8,
    "dialysis": False,
}  # fmt: skip
AKI = {"age_years": 60, "creatinine": 1.0, "baseline_creatinine": 1.0, "renal_replacement_therapy": False}


def run(name, document):
    return compute(definitions.load(name), document)


def value(name, document):
    return run(name, document)["value"]


@pytest.mark.parametrize(
    ("sex", "age", "creatinine", "egfr"),
    [("female", 50, 1.0, 68.63), ("male", 50, 1.0, 91.69), ("female", 70, 0.6, 96.50),
     ("male", 30, 0.8, 122.10),
     ("male", 66, 1.4, 55.43)],
)  # fmt: skip
def test_ckd_epi_2021(sex, age, creatinine, egfr):
    """Inker 2021, without race."""
    document = {"sex": sex, "age_years": age, "creatinine": creatinine}
    assert round(value("ckd-epi-2021", document), 2) == egfr


def test_kfre_four_variables():
    """North American and other baselines of one man."""
    here, elsewhere = run("kfre", KFRE)["values"], run("kfre", {**KFRE, "region": "other"})["values"]
    assert (round(here["risk_2y"], 5), round(here["risk_5y"], 5)) == (0.07336, 0.21170)
    assert (round(elsewhere["risk_2y"], 4), round(elsewhere["risk_5y"], 4)) == (0.0497, 0.1792)


def test_fib_4():
    """61 years, AST 60, ALT 40, platelets 150."""
    answer = run("fib-4", {"age_years": 61, "ast": 60, "alt": 40, "platelets": 150})
    assert round(answer["value"], 3) == 3.858
    assert answer["band"] == "2.67 or more: advanced fibrosis likely"


def test_meld_3_is_a_whole_number():
    """26.87 is 27."""
    answer = run("meld-3", MELD)
    assert answer["value"] == 27
    assert "26.87 before rounding" in answer["notes"]


@pytest.mark.parametrize(
    ("change", "score"),
    [
        # 6 + 1.33 and nothing else, at every lower or upper bound of an input.
        ({"bilirubin": 0.3, "inr": 0.9, "creatinine": 0.4, "sodium": 150, "albumin": 5}, 7),
        ({"sex": "male", "bilirubin": 0.3, "inr": 0.9, "creatinine": 0.4, "sodium": 150, "albumin": 5}, 6),
        ({"bilirubin": 40, "inr": 9, "creatinine": 9, "sodium": 110, "albumin": 1}, 40),
    ],
)
def test_meld_3_is_bounded(change, score):
    """Inputs are held to their bounds and the score to 6 to 40."""
    assert value("meld-3", {**MELD, **change}) == score


def test_meld_3_counts_dialysis_as_creatinine_3():
    """On dialysis creatinine is 3.0, whatever was measured."""
    on = value("meld-3", {**MELD, "dialysis": True, "creatinine": 1.2})
    assert on == value("meld-3", {**MELD, "creatinine": 3.0}) == value("meld-3", {**MELD, "creatinine": 7.0})


def test_meld_3_gives_minors_the_points_of_women():
    """Under 18 years sex makes no difference; from 18 it does."""
    man = {**MELD, "sex": "male"}
    assert value("meld-3", {**man, "age_years": 17}) == value("meld-3", {**MELD, "age_years": 17}) == 27
    assert value("meld-3", {**man, "age_years": 18}) == 26


@pytest.mark.parametrize(
    ("document", "points", "band"),
    [
        ((1.0, 4.0, 1.0, "none", "none"), 5, "class A"),
        ((2.0, 3.5, 1.7, "none", "none"), 8, "class B"),
        ((3.0, 2.8, 2.3, "mild", "grade_1_2"), 10, "class C"),
        ((3.1, 2.7, 2.4, "moderate_severe", "grade_3_4"), 15, "class C"),
        ((1.9, 3.6, 1.6, "mild", "none"), 6, "class A"),
    ],
)
def test_child_pugh(document, points, band):
    """Classes at the printed limits: 2 and 3 mg/dL, 3.5 and 2.8 g/dL, INR 1.7 and 2.3."""
    names = ("bilirubin", "albumin", "inr", "ascites", "encephalopathy")
    answer = run("child-pugh", dict(zip(names, document, strict=True)))
    assert (answer["value"], answer["band"]) == (points, band)


def test_cockcroft_gault():
    """(140 - 60) x 72 / 72 = 80 mL/min for a man, 85 % of it for a woman."""
    document = {"age_years": 60, "creatinine": 1.0, "weight": 72}
    assert value("cockcroft-gault", {**document, "sex": "male"}) == pytest.approx(80)
    assert value("cockcroft-gault", {**document, "sex": "female"}) == pytest.approx(68)


def test_chemistry():
    """Worked by hand from the printed formulas."""
    ions = {"sodium": 140, "chloride": 104, "bicarbonate": 24}
    blood = {"sodium": 140, "glucose": 90, "bun": 14}
    assert value("corrected-calcium", {"calcium": 8.0, "albumin": 2.0}) == pytest.approx(9.6)
    assert value("anion-gap", ions) == 12
    assert value("corrected-anion-gap", {**ions, "albumin": 2.0}) == pytest.approx(17)
    assert value("osmolality", blood) == pytest.approx(290)
    assert value("osmolal-gap", {**blood, "measured_osmolality": 320}) == pytest.approx(30)


def test_body_size():
    """A person of 70 kg and 175 cm; Mosteller's square root of 3600/3600 is 1."""
    assert round(value("bmi", {"weight": 70, "height": 175}), 2) == 22.86
    assert value("bsa-mosteller", {"weight": 36, "height": 100}) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("egfr", "acr", "bands"),
    [
        (95, 10, ("G1", "A1", "low risk")), (60, 30, ("G2", "A2", "moderately increased risk")),
        (59, 29, ("G3a", "A1", "moderately increased risk")), (44, 29, ("G3b", "A1", "high risk")),
        (45, 300, ("G3a", "A2", "high risk")), (45, 301, ("G3a", "A3", "very high risk")),
        (29, 1, ("G4", "A1", "very high risk")), (14, 1, ("G5", "A1", "very high risk")),
        (90, 301, ("G1", "A3", "high risk")),
    ],
)  # fmt: skip
def test_ckd_stage(egfr, acr, bands):
    """The squares of the KDIGO map."""
    answer = run("ckd-stage", {"egfr": egfr, "urine_acr": acr})
    assert tuple(answer["bands"][name] for name in ("g_class", "a_class", "risk")) == bands


@pytest.mark.parametrize(
    ("change", "stage"),
    [
        ({}, 0), ({"creatinine": 1.5}, 1), ({"creatinine": 1.49}, 0), ({"creatinine": 2.0}, 2),
        ({"creatinine": 3.0}, 3), ({"creatinine": 1.4, "creatinine_lowest_48h": 1.1}, 1),
        ({"creatinine": 1.4, "creatinine_lowest_48h": 1.11}, 0),
        # 4.0 mg/dL counts only once the rise makes it acute.
        ({"creatinine": 4.1, "baseline_creatinine": 4.0}, 0),
        ({"creatinine": 4.1, "baseline_creatinine": 3.5, "creatinine_lowest_48h": 3.8}, 3),
        ({"renal_replacement_therapy": True}, 3),
        ({"urine_output_rate": 0.4, "urine_output_hours": 6}, 1),
        ({"urine_output_rate": 0.4, "urine_output_hours": 12}, 2),
        ({"urine_output_rate": 0.29, "urine_output_hours": 24}, 3),
        ({"urine_output_rate": 0, "urine_output_hours": 12}, 3),
        ({"urine_output_rate": 0.5, "urine_output_hours": 24}, 0),
    ],
)  # fmt: skip
def test_aki_stage(change, stage):
    """KDIGO 2012, Table 2, by creatinine, urine and replacement therapy."""
    assert value("aki-stage", {**AKI, **change}) == stage


def test_further_kidney_equations():
    """Schwartz by hand; creatinine and cystatin C at their knots leave constant, age and sex alone."""
    child = {"age_years": 8, "height": 120, "creatinine": 0.6}
    assert value("bedside-schwartz", child) == pytest.approx(0.413 * 120 / 0.6)
    knot = {"age_years": 40, "sex": "female", "creatinine": 0.7, "cystatin_c": 0.8}
    assert value("egfr-cystatin", knot) == pytest.approx(135 * 0.9961**40 * 0.963)


def test_liver_indices():
    """Worked by hand from the printed formulas."""
    assert value("albi", {"bilirubin": {"value": 10, "unit": "umol/L"}, "albumin": 4.0}) == pytest.approx(
        -2.74
    )
    maddrey = {"prothrombin_time": 20, "prothrombin_time_control": 12, "bilirubin": 10}
    assert value("maddrey", maddrey) == pytest.approx(46.8)
    assert value("apri", {"ast": 80, "ast_upper_limit": 40, "platelets": 100}) == pytest.approx(2.0)
    nafld = {
        "age_years": 50, "bmi": 30, "diabetes_or_impaired_fasting_glucose": True, "ast": 40, "alt": 40,
        "platelets": 200, "albumin": 4.0,
    }  # fmt: skip
    assert value("nafld-fibrosis-score", nafld) == pytest.approx(-0.125)
