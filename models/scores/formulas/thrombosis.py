"""Clots and the bleeding of their treatment: Wells, PERC, YEARS, PESI, Padua, IMPROVE, 4Ts, VTE-BLEED."""

from collections.abc import Mapping
from typing import Any

from models.scores.definition import Outcome
from models.scores.formulas.points import REST, Criteria, Steps, completed_years, stepped, tidy, total

WELLS_DVT: Criteria = (
    ("active_cancer", "is", True, 1),
    ("leg_paralysis_or_immobilisation", "is", True, 1),
    ("bedridden_or_major_surgery", "is", True, 1),
    ("localised_tenderness", "is", True, 1),
    ("entire_leg_swollen", "is", True, 1),
    ("calf_swelling_over_3cm", "is", True, 1),
    ("pitting_oedema", "is", True, 1),
    ("collateral_superficial_veins", "is", True, 1),
    ("previous_dvt", "is", True, 1),
    ("alternative_diagnosis_likely", "is", True, -2),
)

WELLS_PE: Criteria = (
    ("clinical_signs_of_dvt", "is", True, 3),
    ("pe_most_likely_diagnosis", "is", True, 3),
    ("heart_rate", ">", 100, 1.5),
    ("immobilisation_or_surgery", "is", True, 1.5),
    ("previous_dvt_or_pe", "is", True, 1.5),
    ("haemoptysis", "is", True, 1),
    ("malignancy", "is", True, 1),
)
WELLS_PE_LIKELY_ABOVE = 4

PERC: Criteria = (
    ("age_years", ">=", 50, 1),
    ("heart_rate", ">=", 100, 1),
    ("spo2", "<", 95, 1),
    ("haemoptysis", "is", True, 1),
    ("previous_dvt_or_pe", "is", True, 1),
    ("unilateral_leg_swelling", "is", True, 1),
    ("recent_surgery_or_trauma", "is", True, 1),
    ("oestrogen_use", "is", True, 1),
)

YEARS: Criteria = (
    ("clinical_signs_of_dvt", "is", True, 1),
    ("haemoptysis", "is", True, 1),
    ("pe_most_likely_diagnosis", "is", True, 1),
)
YEARS_THRESHOLD_STEPS: Steps = ((1, 1000), (REST, 500))

PESI: Criteria = (
    ("sex", "is", "male", 10),
    ("cancer", "is", True, 30),
    ("heart_failure", "is", True, 10),
    ("chronic_lung_disease", "is", True, 10),
    ("heart_rate", ">=", 110, 20),
    ("systolic_bp", "<", 100, 30),
    ("respiratory_rate", ">=", 30, 20),
    ("temperature", "<", 36, 20),
    ("altered_mental_status", "is", True, 60),
    ("spo2", "<", 90, 20),
)

# The paper counts completed years, so that "over 80" begins on the 81st birthday.
SPESI: Criteria = (
    ("age_years", ">=", 81, 1),
    ("cancer", "is", True, 1),
    ("chronic_cardiopulmonary_disease", "is", True, 1),
    ("heart_rate", ">=", 110, 1),
    ("systolic_bp", "<", 100, 1),
    ("spo2", "<", 90, 1),
)

PADUA: Criteria = (
    ("active_cancer", "is", True, 3),
    ("previous_vte", "is", True, 3),
    ("reduced_mobility", "is", True, 3),
    ("thrombophilia", "is", True, 3),
    ("recent_trauma_or_surgery", "is", True, 2),
    ("age_years", ">=", 70, 1),
    ("heart_or_respiratory_failure", "is", True, 1),
    ("acute_mi_or_ischaemic_stroke", "is", True, 1),
    ("acute_infection_or_rheumatological_disorder", "is", True, 1),
    ("bmi", ">=", 30, 1),
    ("hormonal_treatment", "is", True, 1),
)

IMPROVE_VTE: Criteria = (
    ("previous_vte", "is", True, 3),
    ("thrombophilia", "is", True, 2),
    ("lower_limb_paralysis", "is", True, 2),
    ("current_cancer", "is", True, 2),
    ("immobilised_7_days", "is", True, 1),
    ("icu_stay", "is", True, 1),
    ("age_years", ">=", 61, 1),
)

VTE_BLEED: Criteria = (
    ("active_cancer", "is", True, 2),
    ("male_with_uncontrolled_hypertension", "is", True, 1),
    ("anaemia", "is", True, 1.5),
    ("bleeding_history", "is", True, 1.5),
    ("age_years", ">=", 60, 1.5),
    ("renal_dysfunction", "is", True, 1.5),
)

FOUR_TS: Mapping[str, Mapping[str, int]] = {
    "thrombocytopenia": {
        "fall_over_50_and_nadir_20_or_more": 2,
        "fall_30_to_50_or_nadir_10_to_19": 1,
        "fall_under_30_or_nadir_under_10": 0,
    },
    "timing": {
        "day_5_to_10_or_1_day_if_heparin_in_30_days": 2,
        "after_day_10_or_unclear_or_1_day_if_heparin_in_30_to_100_days": 1,
        "before_day_4_without_recent_heparin": 0,
    },
    "thrombosis": {
        "new_thrombosis_or_skin_necrosis_or_systemic_reaction": 2,
        "progressive_or_recurrent_or_suspected_or_red_skin_lesions": 1,
        "none": 0,
    },
    "other_cause": {"none_apparent": 2, "possible": 1, "definite": 0},
}


def wells_dvt(x: Mapping[str, Any]) -> float:
    """Return the Wells score of deep-vein thrombosis, -2 to 9 (N Engl J Med 2003;349:1227-1235)."""
    return total(x, WELLS_DVT)


def wells_pe(x: Mapping[str, Any]) -> Outcome:
    """Return the Wells score of pulmonary embolism, 0 to 12.5 (Thromb Haemost 2000;83:416-420)."""
    reading = wells_pe_detail(x)["two_level"]
    return Outcome(total(x, WELLS_PE), (f"two-level reading (above 4 is likely): PE {reading}",))


def wells_pe_detail(x: Mapping[str, Any]) -> dict[str, Any]:
    """Return the two-level reading of the same points: likely above 4."""
    return {"two_level": "likely" if total(x, WELLS_PE) > WELLS_PE_LIKELY_ABOVE else "unlikely"}


def perc(x: Mapping[str, Any]) -> float:
    """Return how many of the eight PERC criteria are not met (J Thromb Haemost 2004;2:1247-1255)."""
    return total(x, PERC)


def years(x: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the YEARS items, the D-dimer threshold they set, and 1 where the D-dimer is below it, else 0.

    van der Hulle T, et al. Lancet 2017;390:289-297. Thresholds in ng/mL of fibrinogen-equivalent units.
    """
    items = total(x, YEARS)
    return _below_threshold(x, {"items": items}, stepped(items, YEARS_THRESHOLD_STEPS))


def age_adjusted_d_dimer(x: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the D-dimer threshold of this age in ng/mL FEU, and 1 where the D-dimer is below it, else 0.

    Righini M, et al. JAMA 2014;311:1117-1124: ten times the age from 51 years, 500 up to 50.
    """
    return _below_threshold(x, {}, max(500, 10 * completed_years(x["age_years"])))


def _below_threshold(
    x: Mapping[str, Any], first: dict[str, float | None], threshold: float
) -> dict[str, float | None]:
    measured = x.get("d_dimer")
    below = None if measured is None else int(tidy(measured) < threshold)
    return {**first, "threshold": threshold, "below_threshold": below}


def pesi(x: Mapping[str, Any]) -> float:
    """Return the Pulmonary Embolism Severity Index (Am J Respir Crit Care Med 2005;172:1041-1046)."""
    return completed_years(x["age_years"]) + total(x, PESI)


def spesi(x: Mapping[str, Any]) -> float:
    """Return the simplified PESI, 0 to 6 (Jiménez D, et al. Arch Intern Med 2010;170:1383-1389)."""
    return total(x, SPESI)


def padua(x: Mapping[str, Any]) -> float:
    """Return the Padua prediction score, 0 to 20 (Barbar S, et al. J Thromb Haemost 2010;8:2450-2457)."""
    return total(x, PADUA)


def improve_vte(x: Mapping[str, Any]) -> float:
    """Return the IMPROVE VTE risk score, 0 to 12 (Spyropoulos AC, et al. Chest 2011;140:706-714)."""
    return total(x, IMPROVE_VTE)


def vte_bleed(x: Mapping[str, Any]) -> float:
    """Return VTE-BLEED, 0 to 9 (Klok FA, et al. Eur Respir J 2016;48:1369-1376)."""
    return total(x, VTE_BLEED)


def four_ts(x: Mapping[str, Any]) -> int:
    """Return the 4Ts of heparin-induced thrombocytopenia, 0 to 8 (J Thromb Haemost 2006;4:759-765)."""
    return sum(answers[x[name]] for name, answers in FOUR_TS.items())
