"""Independent implementations, where they are installed, agree with ours over many people."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scores import definition as definitions
from models.scores.engine import compute

quick = settings(max_examples=60, deadline=None)
SEX = st.sampled_from(["female", "male"])
AGE = st.integers(18, 79)


def ours(name, document):
    answer = compute(definitions.load(name), document)
    return answer["values"] if "values" in answer else answer["value"]


def theirs(name, document):
    answer = pytest.importorskip("clincalc").calculate(name, document)
    return answer["result"]


@pytest.mark.parametrize("years", [2, 5])
@quick
@given(age=AGE, sex=SEX, egfr=st.integers(10, 59), acr=st.integers(1, 5000), here=st.booleans())
def test_kfre_agrees(years, age, sex, egfr, acr, here):
    """The package kfre gives the same risk of kidney failure."""
    kfre = pytest.importorskip("kfre")
    document = {"age_years": age, "sex": sex, "egfr": egfr, "urine_acr": acr}
    document["region"] = "north_america" if here else "other"
    risk = kfre.risk_pred(age, int(sex == "male"), egfr, acr, here, years=years)
    assert ours("kfre", document)[f"risk_{years}y"] == pytest.approx(float(risk), rel=1e-9)


@quick
@given(age=AGE, sex=SEX, hundredths=st.integers(30, 900))
def test_kidney_equations_agree(age, sex, hundredths):
    """CKD-EPI 2021 and Cockcroft-Gault, which the package rounds."""
    creatinine = hundredths / 100
    other = {"age": age, "sex": sex, "creatinine": creatinine, "creatinine_unit": "mg/dL"}
    own = {"age_years": age, "sex": sex, "creatinine": creatinine}
    assert ours("ckd-epi-2021", own) == pytest.approx(theirs("egfr", other), abs=0.51)
    cockcroft = theirs("cockcroft_gault", {**other, "weight_kg": 70})
    assert ours("cockcroft-gault", {**own, "weight": 70}) == pytest.approx(cockcroft, abs=0.51)


@quick
@given(data=st.data(), age=st.integers(40, 79), sex=SEX, race=st.sampled_from(["white", "black"]))
def test_pce_agrees(data, age, sex, race):
    """The Pooled Cohort Equations in percent, which the package rounds to one decimal."""
    flags = [data.draw(st.booleans()) for _ in range(3)]
    total, hdl, pressure = (data.draw(st.integers(*ends)) for ends in ((130, 320), (20, 100), (90, 200)))
    own = {
        "age_years": age, "sex": sex, "race": race, "total_cholesterol": total, "hdl_cholesterol": hdl,
        "systolic_bp": pressure, "bp_treated": flags[0], "diabetes": flags[1], "current_smoker": flags[2],
    }  # fmt: skip
    other = {
        "age": age, "sex": sex, "race": race, "total_cholesterol_mg_dl": total, "hdl_cholesterol_mg_dl": hdl,
        "systolic_bp_mm_hg": pressure, "treated_bp": flags[0], "diabetes": flags[1],
        "current_smoker": flags[2],
    }  # fmt: skip
    assert ours("pce", own) * 100 == pytest.approx(theirs("ascvd", other), abs=0.051)


@quick
@given(data=st.data(), female=st.booleans(), age=st.integers(12, 79), dialysis=st.booleans())
def test_meld_3_agrees(data, female, age, dialysis):
    """MELD 3.0 with its bounds, the rule for minors and dialysis."""
    values = {
        "bilirubin": data.draw(st.integers(2, 400)) / 10, "inr": data.draw(st.integers(8, 60)) / 10,
        "creatinine": data.draw(st.integers(3, 60)) / 10, "albumin": data.draw(st.integers(10, 55)) / 10,
    }  # fmt: skip
    sodium = data.draw(st.integers(115, 150))
    own = {
        **values,
        "sodium": sodium,
        "age_years": age,
        "sex": "female" if female else "male",
        "dialysis": dialysis,
    }
    other = {
        **values, "sodium_mmol_l": sodium, "registration_age_years": age, "female_for_adult_meld": female,
        "qualifying_dialysis_in_prior_7_days": dialysis, "bilirubin_unit": "mg/dL",
        "creatinine_unit": "mg/dL", "albumin_unit": "g/dL",
    }  # fmt: skip
    assert ours("meld-3", own) == theirs("meld_3", other)


@quick
@given(data=st.data(), age=st.integers(18, 100), killip=st.integers(1, 4))
def test_grace_agrees(data, age, killip):
    """The points of the nomogram, classes included."""
    rate, pressure = data.draw(st.integers(30, 250)), data.draw(st.integers(60, 250))
    creatinine = data.draw(st.integers(20, 600)) / 100
    flags = [data.draw(st.booleans()) for _ in range(3)]
    own = {
        "age_years": age, "heart_rate": rate, "systolic_bp": pressure, "creatinine": creatinine,
        "st_deviation": flags[0], "killip_class": killip, "cardiac_arrest_at_admission": flags[1],
        "elevated_cardiac_enzymes": flags[2],
    }  # fmt: skip
    other = {
        "age": age, "heart_rate": rate, "systolic_bp": pressure, "creatinine": creatinine,
        "creatinine_unit": "mg/dL", "st_segment_deviation": flags[0], "killip_class": killip,
        "cardiac_arrest_at_admission": flags[1],
        "elevated_cardiac_enzymes": flags[2],
    }  # fmt: skip
    assert ours("grace", own) == theirs("grace", other)


@quick
@given(bilirubin=st.integers(2, 80), albumin=st.integers(15, 50), inr=st.integers(8, 40), data=st.data())
def test_child_pugh_agrees(bilirubin, albumin, inr, data):
    """Child-Pugh points, classes at the printed limits included."""
    ascites = data.draw(
        st.sampled_from([("none", "none"), ("mild", "mild"), ("moderate_severe", "moderate-severe")])
    )
    brain = data.draw(
        st.sampled_from([("none", "none"), ("grade_1_2", "grade1-to2"), ("grade_3_4", "grade3-to4")])
    )
    values = {"bilirubin": bilirubin / 10, "albumin": albumin / 10, "inr": inr / 10}
    own = {**values, "ascites": ascites[0], "encephalopathy": brain[0]}
    units = {"bilirubin_unit": "mg/dL", "albumin_unit": "g/dL"}
    other = {**values, **units, "ascites": ascites[1], "encephalopathy": brain[1]}
    assert ours("child-pugh", own) == theirs("child_pugh", other)


@quick
@given(data=st.data(), age=st.integers(18, 100), sex=SEX)
def test_stroke_scores_agree(data, age, sex):
    """CHA2DS2-VASc and CHA2DS2-VA of the same person."""
    names = (
        "congestive_heart_failure",
        "hypertension",
        "diabetes",
        "stroke_tia_thromboembolism",
        "vascular_disease",
    )
    flags = {name: data.draw(st.booleans()) for name in names}
    assert ours("cha2ds2-va", {**flags, "age_years": age}) == theirs("cha2ds2_va", {**flags, "age": age})
    own, other = {**flags, "age_years": age, "sex": sex}, {**flags, "age": age, "sex": sex}
    assert ours("cha2ds2-vasc", own) == theirs("cha2ds2vasc", other)


@quick
@given(
    age=st.integers(36, 90), ast=st.integers(5, 900), alt=st.integers(5, 900), platelets=st.integers(10, 700)
)
def test_fib_4_agrees(age, ast, alt, platelets):
    """FIB-4, which the package rounds to two decimals."""
    values = {"ast": ast, "alt": alt, "platelets": platelets}
    other = theirs("fib4", {**values, "age": age})
    assert ours("fib-4", {**values, "age_years": age}) == pytest.approx(other, abs=0.0051)
