"""Heart and vessels: every published number to the digits it was printed with."""

import pytest

from models.scores import definition as definitions
from models.scores.engine import compute

PREVENT = {
    "age_years": 50, "sex": "female", "systolic_bp": 160, "bp_treated": True, "total_cholesterol": 200,
    "hdl_cholesterol": 45, "statin": False, "diabetes": True, "current_smoker": False, "egfr": 90, "bmi": 35,
}  # fmt: skip
COMPONENTS = {name: value for name, value in PREVENT.items() if name != "bmi"}
PCE = {
    "age_years": 55, "total_cholesterol": 213, "hdl_cholesterol": 50, "systolic_bp": 120, "bp_treated": False,
    "current_smoker": False, "diabetes": False,
}  # fmt: skip
NO_RISK = dict.fromkeys(
    (
        "congestive_heart_failure",
        "hypertension",
        "diabetes",
        "stroke_tia_thromboembolism",
        "vascular_disease",
    ),
    False,
)
NO_BLEEDING = dict.fromkeys(
    (
        "uncontrolled_hypertension", "abnormal_renal_function", "abnormal_liver_function", "stroke",
        "bleeding_history", "labile_inr", "antiplatelet_or_nsaid", "alcohol_excess",
    ),
    False,
)  # fmt: skip
GRACE = {
    "age_years": 64, "heart_rate": 88, "systolic_bp": 132, "creatinine": 1.3, "st_deviation": False,
    "killip_class": 1, "cardiac_arrest_at_admission": False, "elevated_cardiac_enzymes": False,
}  # fmt: skip
HEART = {
    "age_years": 44, "history": "slightly_suspicious", "ecg": "normal", "risk_factor_count": 0,
    "known_atherosclerosis": False, "troponin_ratio": 0.5,
}  # fmt: skip
TIMI = dict.fromkeys(
    (
        "st_deviation", "three_or_more_cad_risk_factors", "known_cad", "aspirin_past_7_days", "severe_angina",
        "positive_biomarker",
    ),
    False,
)  # fmt: skip
RCRI = dict.fromkeys(
    (
        "congestive_heart_failure", "cerebrovascular_disease", "high_risk_surgery", "ischaemic_heart_disease",
        "insulin_treatment",
    ),
    False,
)  # fmt: skip


def run(name, document):
    return compute(definitions.load(name), document)


def value(name, document):
    return run(name, document)["value"]


def risks(change=None, name="prevent", base=PREVENT):
    return run(name, {**base, **(change or {})})["values"]


def test_prevent_gives_the_papers_example():
    """Khan 2024, Table S25: 10 and 30 years, printed with three decimals."""
    printed = {
        "cvd_10y": 0.147, "ascvd_10y": 0.092, "hf_10y": 0.081, "cvd_30y": 0.53,
        "ascvd_30y": 0.354, "hf_30y": 0.39,
    }  # fmt: skip
    assert {name: round(risk, 3) for name, risk in risks().items()} == printed


def test_prevent_gives_the_same_person_as_a_man():
    """The example with the sex changed, as the R package preventr prints it."""
    printed = {
        "cvd_10y": 0.163, "ascvd_10y": 0.102, "hf_10y": 0.106, "cvd_30y": 0.514,
        "ascvd_30y": 0.349, "hf_30y": 0.424,
    }  # fmt: skip
    assert {name: round(risk, 3) for name, risk in risks({"sex": "male"}).items()} == printed


@pytest.mark.parametrize(
    ("sex", "printed"),
    [
        ("female", {"chd_10y": 0.044, "stroke_10y": 0.054, "chd_30y": 0.198, "stroke_30y": 0.221}),
        ("male", {"chd_10y": 0.056, "stroke_10y": 0.052, "chd_30y": 0.216, "stroke_30y": 0.197}),
    ],
)
def test_prevent_components_give_the_papers_example(sex, printed):
    """Coronary disease and stroke of the same example."""
    found = risks({"sex": sex}, "prevent-components", COMPONENTS)
    assert {name: round(risk, 3) for name, risk in found.items()} == printed


@pytest.mark.parametrize(
    ("change", "percent"),
    [
        ({}, {"cvd_10y": 14.68, "ascvd_10y": 9.20}),
        ({"sex": "male"}, {"cvd_10y": 16.32, "ascvd_10y": 10.19}),
        ({"egfr": 30}, {"cvd_10y": 42.56, "ascvd_10y": 25.53, "hf_10y": 34.42}),
        ({"sex": "male", "egfr": 30}, {"cvd_10y": 40.81, "ascvd_10y": 21.83, "hf_10y": 37.34}),
    ],
)
def test_prevent_holds_where_the_kidney_fails(change, percent):
    """An eGFR of 90 hides a wrong sign of age x eGFR; 30 does not."""
    found = risks(change)
    assert {name: round(found[name] * 100, 2) for name in percent} == percent


def test_prevent_holds_far_from_55_years():
    """At 75 years and an eGFR of 30 a flipped sign would give 53.2 % in place of 23.0 %."""
    assert round(risks({"age_years": 75, "egfr": 30})["ascvd_10y"] * 100, 1) == 23.0


@pytest.mark.parametrize(
    ("sex", "race", "percent"),
    [
        ("female", "white", 2.05), ("female", "black", 3.03), ("male", "white", 5.38),
        ("male", "black", 6.07),
        ("male", "other", 5.38),
    ],
)  # fmt: skip
def test_pce_gives_the_guidelines_example(sex, race, percent):
    """Goff 2014, Table A: 2.1, 3.0, 5.3 (5.4 unrounded) and 6.1 %."""
    assert round(value("pce", {**PCE, "sex": sex, "race": race}) * 100, 2) == percent


def test_pce_uses_treatment_smoking_and_diabetes():
    """A treated, smoking woman with diabetes has a higher risk by each of the three."""
    low = {**PCE, "sex": "female", "race": "black"}
    plain = value("pce", low)
    for name in ("bp_treated", "current_smoker", "diabetes"):
        assert value("pce", {**low, name: True}) > plain


def test_cha2ds2_scores():
    """A woman of 76 with heart failure, hypertension and stroke: 7 with sex, 6 without."""
    risk = {
        **NO_RISK,
        "congestive_heart_failure": True,
        "hypertension": True,
        "stroke_tia_thromboembolism": True,
    }
    assert value("cha2ds2-vasc", {**risk, "age_years": 76, "sex": "female"}) == 7
    assert value("cha2ds2-va", {**risk, "age_years": 76}) == 6


@pytest.mark.parametrize(("age", "points"), [(64.9, 0), (65, 1), (74.9, 1), (75, 2)])
def test_cha2ds2_va_counts_age_from_65_and_75(age, points):
    """Age gives one point from 65 and a second from 75 years."""
    assert value("cha2ds2-va", {**NO_RISK, "age_years": age}) == points


def test_cha2ds2_vasc_reaches_nine():
    """All risk factors of a woman of 75 make the maximum."""
    assert value("cha2ds2-vasc", {**dict.fromkeys(NO_RISK, True), "age_years": 75, "sex": "female"}) == 9


def test_has_bled():
    """Hypertension, stroke, over 65 and an antiplatelet drug make 4; all make 9."""
    risk = {**NO_BLEEDING, "uncontrolled_hypertension": True, "stroke": True, "antiplatelet_or_nsaid": True}
    assert value("has-bled", {**risk, "age_years": 70}) == 4
    assert value("has-bled", {**dict.fromkeys(NO_BLEEDING, True), "age_years": 70}) == 9
    assert value("has-bled", {**NO_BLEEDING, "age_years": 65.5}) == 0


def test_qtc():
    """At 60 a minute nothing is corrected; at 100, 400 ms are 516 and 474 ms."""
    assert run("qtc", {"heart_rate": 60, "qt_interval": 400})["values"] == {"bazett": 400, "fridericia": 400}
    fast = run("qtc", {"heart_rate": 100, "qt_interval": 400})["values"]
    assert {name: round(ms) for name, ms in fast.items()} == {"bazett": 516, "fridericia": 474}


def test_grace_adds_the_nomogram():
    """64 years 58, 88 a minute 9, 132 mm Hg 34, creatinine 1.3 10, Killip I 0: 111."""
    assert value("grace", GRACE) == 58 + 9 + 34 + 10
    worst = {"killip_class": 4, "cardiac_arrest_at_admission": True, "st_deviation": True,
             "elevated_cardiac_enzymes": True}  # fmt: skip
    assert value("grace", {**GRACE, **worst}) == 111 + 59 + 39 + 28 + 14


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"age_years": 29}, 0 - 58), ({"age_years": 30}, 8 - 58), ({"age_years": 49}, 25 - 58),
        ({"age_years": 50}, 41 - 58), ({"age_years": 70}, 75 - 58), ({"age_years": 89}, 91 - 58),
        ({"age_years": 90}, 100 - 58), ({"heart_rate": 49}, 0 - 9), ({"heart_rate": 69}, 3 - 9),
        ({"heart_rate": 109}, 15 - 9), ({"heart_rate": 149}, 24 - 9), ({"heart_rate": 199}, 38 - 9),
        ({"heart_rate": 200}, 46 - 9), ({"systolic_bp": 79}, 58 - 34), ({"systolic_bp": 99}, 53 - 34),
        ({"systolic_bp": 119}, 43 - 34), ({"systolic_bp": 159}, 24 - 34), ({"systolic_bp": 199}, 10 - 34),
        ({"systolic_bp": 200}, 0 - 34), ({"creatinine": 0.39}, 1 - 10), ({"creatinine": 0.79}, 4 - 10),
        ({"creatinine": 1.19}, 7 - 10), ({"creatinine": 1.99}, 13 - 10), ({"creatinine": 3.99}, 21 - 10),
        ({"creatinine": 4.0}, 28 - 10), ({"killip_class": 2}, 20), ({"killip_class": 3}, 39),
    ],
)  # fmt: skip
def test_grace_classes(change, difference):
    """Each class of the nomogram gives its points."""
    assert value("grace", {**GRACE, **change}) - value("grace", GRACE) == difference


def test_timi_counts_seven_items():
    """Each item is one point, age from 65 years."""
    assert value("timi", {**TIMI, "age_years": 64}) == 0
    assert value("timi", {**TIMI, "age_years": 65}) == 1
    assert value("timi", {**dict.fromkeys(TIMI, True), "age_years": 65}) == 7
    for name in TIMI:
        assert value("timi", {**TIMI, "age_years": 40, name: True}) == 1


@pytest.mark.parametrize(
    ("change", "points"),
    [
        ({}, 0), ({"age_years": 45}, 1), ({"age_years": 65}, 2), ({"history": "moderately_suspicious"}, 1),
        ({"history": "highly_suspicious"}, 2), ({"ecg": "nonspecific_repolarisation"}, 1),
        ({"ecg": "significant_st_deviation"}, 2), ({"risk_factor_count": 1}, 1),
        ({"risk_factor_count": 2}, 1),
        ({"risk_factor_count": 3}, 2), ({"known_atherosclerosis": True}, 2), ({"troponin_ratio": 1}, 0),
        ({"troponin_ratio": 1.1}, 1), ({"troponin_ratio": 3}, 1), ({"troponin_ratio": 3.1}, 2),
    ],
)  # fmt: skip
def test_heart(change, points):
    """Each of the five letters gives 0 to 2."""
    assert value("heart", {**HEART, **change}) == points


def test_rcri():
    """Six factors, creatinine above 2.0 and not at it."""
    assert value("rcri", {**RCRI, "creatinine": 2.0}) == 0
    assert value("rcri", {**RCRI, "creatinine": 2.1}) == 1
    assert value("rcri", {**dict.fromkeys(RCRI, True), "creatinine": 3}) == 6


def test_rcri_at_177_umol():
    """The index prints its creatinine limit as 2.0 mg/dL and 177 umol/L: 176.8 is not above it."""
    at = {**RCRI, "creatinine": {"value": 176.8, "unit": "umol/L"}}
    over = {**RCRI, "creatinine": {"value": 178, "unit": "umol/L"}}
    assert (value("rcri", at), value("rcri", over)) == (0, 1)


def test_lipids_and_pressure():
    """Worked by hand from the printed formulas."""
    lipids = {"total_cholesterol": 200, "hdl_cholesterol": 50}
    assert value("non-hdl", lipids) == 150
    assert value("friedewald-ldl", {**lipids, "triglycerides": 150}) == 120
    assert value("friedewald-ldl", {**lipids, "triglycerides": 400}) is None
    assert value("mean-arterial-pressure", {"systolic_bp": 120, "diastolic_bp": 75}) == 90
