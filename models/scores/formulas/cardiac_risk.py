"""Chest pain, acute coronary syndrome and the heart in surgery: GRACE, TIMI, HEART, RCRI."""

from bisect import bisect_right

from models.scores.definition import Values

GRACE_TABLES = {
    "age_years": ((30, 40, 50, 60, 70, 80, 90), (0, 8, 25, 41, 58, 75, 91, 100)),
    "heart_rate": ((50, 70, 90, 110, 150, 200), (0, 3, 9, 15, 24, 38, 46)),
    "systolic_bp": ((80, 100, 120, 140, 160, 200), (58, 53, 43, 34, 24, 10, 0)),
    "creatinine": ((0.4, 0.8, 1.2, 1.6, 2.0, 4.0), (1, 4, 7, 10, 13, 21, 28)),
}
"""Lower ends of the classes and the points of each, from the nomogram (Granger 2003, Figure 4).

The nomogram's end classes overlap by one value (<=80 and 80-99 mm Hg); the value counts to the upper class.
"""
GRACE_KILLIP = (0, 20, 39, 59)


def grace(values: Values) -> int:
    """Return the GRACE in-hospital points (Granger CB, Arch Intern Med 2003;163:2345-2353)."""
    points = 0
    for name, (edges, table) in GRACE_TABLES.items():
        points += table[bisect_right(edges, values[name])]
    points += GRACE_KILLIP[int(values["killip_class"]) - 1]
    points += 39 * values["cardiac_arrest_at_admission"] + 28 * values["st_deviation"]
    return int(points + 14 * int(values["elevated_cardiac_enzymes"]))


def timi(values: Values) -> int:
    """Return the TIMI points for unstable angina and NSTEMI (Antman EM, JAMA 2000;284:835-842)."""
    ones = (
        "st_deviation", "three_or_more_cad_risk_factors", "known_cad", "aspirin_past_7_days",
        "severe_angina", "positive_biomarker",
    )  # fmt: skip
    return int(sum(values[name] for name in ones) + (values["age_years"] >= 65))


HEART_HISTORY = {"slightly_suspicious": 0, "moderately_suspicious": 1, "highly_suspicious": 2}
HEART_ECG = {"normal": 0, "nonspecific_repolarisation": 1, "significant_st_deviation": 2}


def heart(values: Values) -> int:
    """Return the HEART score (Backus BE, Int J Cardiol 2013;168:2153-2158)."""
    age, ratio, risks = values["age_years"], values["troponin_ratio"], values["risk_factor_count"]
    by_risks = 2 if risks >= 3 or values["known_atherosclerosis"] else int(risks >= 1)
    return int(
        HEART_HISTORY[values["history"]]
        + HEART_ECG[values["ecg"]]
        + (age >= 45)
        + (age >= 65)
        + by_risks
        + (ratio > 1)
        + (ratio > 3)
    )


def rcri(values: Values) -> int:
    """Return the Revised Cardiac Risk Index (Lee TH, Circulation 1999;100:1043-1049)."""
    ones = (
        "congestive_heart_failure", "cerebrovascular_disease", "high_risk_surgery",
        "ischaemic_heart_disease", "insulin_treatment",
    )  # fmt: skip
    return int(sum(values[name] for name in ones) + (values["creatinine"] > 2.0))
