"""Kidney: filtration, clearance, failure risk and stages."""

import math
from bisect import bisect_right

from models.scores.definition import Outcome, Values

KFRE_SURVIVAL = {"north_america": (0.9750, 0.9240), "other": (0.9832, 0.9365)}
"""Baseline survival without kidney failure at 2 and 5 years (Tangri 2016, 4 variables)."""


def kfre(values: Values) -> dict[str, float | None]:
    """Return the risk of kidney failure at 2 and 5 years (Tangri N, JAMA 2016;315:164-174)."""
    male = values["sex"] == "male"
    linear = (
        -0.2201 * (values["age_years"] / 10 - 7.036)
        + 0.2467 * (male - 0.5642)
        - 0.5567 * (values["egfr"] / 5 - 7.222)
        + 0.4510 * (math.log(values["urine_acr"]) - 5.137)
    )
    at_2, at_5 = KFRE_SURVIVAL[values["region"]]
    return {"risk_2y": 1 - at_2 ** math.exp(linear), "risk_5y": 1 - at_5 ** math.exp(linear)}


def ckd_epi_2021(values: Values) -> float:
    """Return eGFR by creatinine, without race (Inker LA, N Engl J Med 2021;385:1737-1749)."""
    female = values["sex"] == "female"
    ratio = values["creatinine"] / (0.7 if female else 0.9)
    low = min(ratio, 1.0) ** (-0.241 if female else -0.302)
    high = max(ratio, 1.0) ** -1.200
    return float(142 * low * high * 0.9938 ** values["age_years"] * (1.012 if female else 1.0))


def ckd_epi_2021_cystatin(values: Values) -> float:
    """Return eGFR by creatinine and cystatin C (Inker LA, N Engl J Med 2021;385:1737-1749)."""
    female = values["sex"] == "female"
    creatinine = values["creatinine"] / (0.7 if female else 0.9)
    cystatin = values["cystatin_c"] / 0.8
    by_creatinine = min(creatinine, 1.0) ** (-0.219 if female else -0.144) * max(creatinine, 1.0) ** -0.544
    by_cystatin = min(cystatin, 1.0) ** -0.323 * max(cystatin, 1.0) ** -0.778
    by_age = 0.9961 ** values["age_years"]
    return float(135 * by_creatinine * by_cystatin * by_age * (0.963 if female else 1.0))


def bedside_schwartz(values: Values) -> float:
    """Return a child's eGFR from height and creatinine (Schwartz GJ, J Am Soc Nephrol 2009;20:629-637)."""
    return float(0.413 * values["height"] / values["creatinine"])


def cockcroft_gault(values: Values) -> float:
    """Return creatinine clearance in mL/min (Cockcroft DW, Gault MH, Nephron 1976;16:31-41)."""
    clearance = (140 - values["age_years"]) * values["weight"] / (72 * values["creatinine"])
    return float(clearance * (0.85 if values["sex"] == "female" else 1.0))


GFR_EDGES = (15, 30, 45, 60, 90)
CKD_RISK = ((1, 2, 3), (1, 2, 3), (2, 3, 4), (3, 4, 4), (4, 4, 4), (4, 4, 4))
"""Risk by G class (rows G1 to G5) and A class: 1 low, 2 moderately increased, 3 high, 4 very high."""


def ckd_stage(values: Values) -> dict[str, float | None]:
    """Return KDIGO G and A class and the risk they make together (Kidney Int 2024;105(4S):S117-S314)."""
    g_class = 6 - bisect_right(GFR_EDGES, values["egfr"])
    acr = values.get("urine_acr")
    if acr is None:
        return {"g_class": g_class}
    a_class = 1 + (acr >= 30) + (acr > 300)
    return {"g_class": g_class, "a_class": a_class, "risk": CKD_RISK[g_class - 1][a_class - 1]}


def aki_stage(values: Values) -> Outcome:
    """Return the KDIGO stage of acute kidney injury, 0 for none (Kidney Int Suppl 2012;2:1-138)."""
    by_creatinine = _creatinine_stage(values)
    by_urine, notes = _urine_stage(values)
    stage = 3 if values["renal_replacement_therapy"] else max(by_creatinine, by_urine)
    if "creatinine_lowest_48h" not in values:
        notes = (
            *notes,
            "no earlier creatinine of the last 48 hours: a rise of 0.3 mg/dL could not be looked for",
        )
    return Outcome(stage, notes)


def _creatinine_stage(values: Values) -> int:
    """Stage by creatinine; rounded, because 1.4 - 1.1 must count as a rise of 0.3."""
    creatinine = values["creatinine"]
    ratio = round(creatinine / values["baseline_creatinine"], 9)
    rise = round(creatinine - values.get("creatinine_lowest_48h", creatinine), 9)
    if ratio < 1.5 and rise < 0.3:
        return 0
    if ratio >= 3.0 or creatinine >= 4.0:
        return 3
    return 2 if ratio >= 2.0 else 1


def _urine_stage(values: Values) -> tuple[int, tuple[str, ...]]:
    """Stage by the mean urine output over a number of hours."""
    if "urine_output_rate" not in values or "urine_output_hours" not in values:
        return 0, ("urine output and its hours were not both given: staged by creatinine alone",)
    rate, hours = values["urine_output_rate"], values["urine_output_hours"]
    if (rate < 0.3 and hours >= 24) or (rate == 0 and hours >= 12):
        return 3, ()
    if rate < 0.5 and hours >= 6:
        return (2 if hours >= 12 else 1), ()
    return 0, ()
