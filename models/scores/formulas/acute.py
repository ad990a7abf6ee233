"""The acutely ill: NEWS2, Glasgow Coma Scale, shock index, bleeding, transient ischaemia, acid and base."""

from collections.abc import Mapping
from math import isclose
from typing import Any

from models.scores.definition import Outcome
from models.scores.formulas.points import (
    BUN_MG_DL_PER_UREA_MMOL_L,
    REST,
    Criteria,
    Steps,
    charted,
    stepped,
    tidy,
    total,
)

RESPIRATION_STEPS: Steps = ((9, 3), (12, 1), (21, 0), (25, 2), (REST, 3))
SPO2_SCALE_1_STEPS: Steps = ((92, 3), (94, 2), (96, 1), (REST, 0))
SPO2_SCALE_2_LOW_STEPS: Steps = ((84, 3), (86, 2), (88, 1), (REST, 0))
SPO2_SCALE_2_ON_OXYGEN_STEPS: Steps = ((84, 3), (86, 2), (88, 1), (93, 0), (95, 1), (97, 2), (REST, 3))
SYSTOLIC_STEPS: Steps = ((91, 3), (101, 2), (111, 1), (220, 0), (REST, 3))
PULSE_STEPS: Steps = ((41, 3), (51, 1), (91, 0), (111, 1), (131, 2), (REST, 3))
TEMPERATURE_STEPS: Steps = ((35.1, 3), (36.1, 1), (38.1, 0), (39.1, 1), (REST, 2))
OXYGEN_POINTS = 2
NOT_ALERT_POINTS = 3
NEWS2_MEDIUM_FROM = 5

BLATCHFORD: Criteria = (
    ("heart_rate", ">=", 100, 1),
    ("melaena", "is", True, 1),
    ("syncope", "is", True, 2),
    ("hepatic_disease", "is", True, 2),
    ("cardiac_failure", "is", True, 2),
)
BLATCHFORD_UREA_STEPS: Steps = ((6.5, 0), (8.0, 2), (10.0, 3), (25.0, 4), (REST, 6))
BLATCHFORD_BUN_STEPS: Steps = ((18.2, 0), (22.4, 2), (28.0, 3), (70.0, 4), (REST, 6))
BLATCHFORD_SYSTOLIC_STEPS: Steps = ((90, 3), (100, 2), (110, 1), (REST, 0))
BLATCHFORD_HEMOGLOBIN_STEPS: Mapping[str, Steps] = {
    "male": ((10, 6), (12, 3), (13, 1), (REST, 0)),
    "female": ((10, 6), (12, 1), (REST, 0)),
}

ABCD2: Criteria = (
    ("age_years", ">=", 60, 1),
    ("diabetes", "is", True, 1),
    ("clinical_features", "is", "unilateral_weakness", 2),
    ("clinical_features", "is", "speech_disturbance", 1),
)
ABCD2_DURATION_STEPS: Steps = ((10, 0), (60, 1), (REST, 2))


def news2(x: Mapping[str, Any]) -> Outcome:
    """Return the National Early Warning Score 2, 0 to 20 (Royal College of Physicians, London 2017)."""
    points = news2_points(x)
    value, notes = sum(points.values()), []
    if value < NEWS2_MEDIUM_FROM and max(points.values()) == 3:
        worst = ", ".join(name.replace("_", " ") for name, scored in points.items() if scored == 3)
        notes.append(
            f"one parameter alone scores 3 ({worst}): low-medium clinical risk, urgent ward-based review"
        )
    if "spo2_scale" not in x:
        notes.append("SpO2 scale 1 was used; scale 2 is for a documented target of 88 to 92 %")
    return Outcome(value, tuple(notes))


def news2_points(x: Mapping[str, Any]) -> dict[str, int]:
    """Return the points of each NEWS2 parameter, from values as the chart holds them."""
    return {
        "respiratory_rate": stepped(charted(x["respiratory_rate"]), RESPIRATION_STEPS),
        "spo2": stepped(charted(x["spo2"]), _spo2_steps(x)),
        "supplemental_oxygen": OXYGEN_POINTS if x["supplemental_oxygen"] else 0,
        "systolic_bp": stepped(charted(x["systolic_bp"]), SYSTOLIC_STEPS),
        "heart_rate": stepped(charted(x["heart_rate"]), PULSE_STEPS),
        "consciousness": 0 if x["consciousness"] == "alert" else NOT_ALERT_POINTS,
        "temperature": stepped(charted(x["temperature"], 1), TEMPERATURE_STEPS),
    }


def _spo2_steps(x: Mapping[str, Any]) -> Steps:
    # On scale 2 a saturation above the 88-92 % target is harmful only while oxygen is being given.
    if x.get("spo2_scale") != "2":
        return SPO2_SCALE_1_STEPS
    return SPO2_SCALE_2_ON_OXYGEN_STEPS if x["supplemental_oxygen"] else SPO2_SCALE_2_LOW_STEPS


def news2_detail(x: Mapping[str, Any]) -> dict[str, Any]:
    """Return the points by parameter and whether one parameter alone reached three, which asks for review."""
    points = news2_points(x)
    scale = "2" if x.get("spo2_scale") == "2" else "1"
    return {"points": points, "single_parameter_3": max(points.values()) == 3, "spo2_scale": scale}


def gcs(x: Mapping[str, Any]) -> int:
    """Return the sum of the Glasgow Coma Scale, 3 to 15 (Teasdale G, Jennett B. Lancet 1974;304:81-84)."""
    return int(x["eye_response"] + x["verbal_response"] + x["motor_response"])


def shock_index(x: Mapping[str, Any]) -> float:
    """Return heart rate over systolic pressure (Rady MY, et al. Ann Emerg Med 1994;24:685-690)."""
    return float(x["heart_rate"] / x["systolic_bp"])


def glasgow_blatchford(x: Mapping[str, Any]) -> float:
    """Return the Glasgow-Blatchford score, 0 to 23 (Blatchford O, et al. Lancet 2000;356:1318-1321)."""
    return (
        total(x, BLATCHFORD)
        + _blatchford_urea(x)
        + stepped(x["systolic_bp"], BLATCHFORD_SYSTOLIC_STEPS)
        + stepped(x["hemoglobin"], BLATCHFORD_HEMOGLOBIN_STEPS[x["sex"]])
    )


def _blatchford_urea(x: Mapping[str, Any]) -> int:
    # The edges in mg/dL were made with a rounded factor: 28 mg/dL is 9.995 mmol/L and scores as 10 does.
    urea, bun = x.get("urea"), x.get("bun")
    if bun is not None and (urea is None or isclose(bun / BUN_MG_DL_PER_UREA_MMOL_L, urea, rel_tol=0.01)):
        return stepped(bun, BLATCHFORD_BUN_STEPS)
    return stepped(x["urea"], BLATCHFORD_UREA_STEPS)


def abcd2(x: Mapping[str, Any]) -> float:
    """Return ABCD2 of a transient ischaemic attack, 0 to 7 (Johnston SC, et al. Lancet 2007;369:283-292)."""
    raised = tidy(x["systolic_bp"]) >= 140 or tidy(x["diastolic_bp"]) >= 90
    return total(x, ABCD2) + int(raised) + stepped(x["symptom_minutes"], ABCD2_DURATION_STEPS)


def winters(x: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the PaCO2 that compensates a metabolic acidosis, with its limits, in mm[Hg].

    1.5 x bicarbonate + 8, give or take 2: the rounded form of the regression of Albert MS, Dell RB,
    Winters RW. Ann Intern Med 1967;66:312-322.
    """
    expected = 1.5 * x["bicarbonate"] + 8
    return {"expected_paco2": expected, "lower": expected - 2, "upper": expected + 2}


def delta_gap(x: Mapping[str, Any]) -> float:
    """Return the excess of the anion gap over 12 less the deficit of bicarbonate from 24, in mmol/L.

    Wrenn K. Ann Emerg Med 1990;19:1310-1313. The gap is without potassium.
    """
    anion_gap = x["sodium"] - x["chloride"] - x["bicarbonate"]
    return float((anion_gap - 12) - (24 - x["bicarbonate"]))


def corrected_sodium(x: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the sodium expected once the glucose is normal, by two published slopes, in mmol/L.

    Katz MA. N Engl J Med 1973;289:843-844 (1.6 for each 100 mg/dL above 100); Hillier TA, et al.
    Am J Med 1999;106:399-403 (2.4).
    """
    excess = max(0.0, x["glucose"] - 100) / 100
    return {"katz": x["sodium"] + 1.6 * excess, "hillier": x["sodium"] + 2.4 * excess}
