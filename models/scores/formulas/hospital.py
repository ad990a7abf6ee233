"""Admissions and discharges: LACE, HOSPITAL, Charlson comorbidity."""

from collections.abc import Mapping
from typing import Any

from models.scores.definition import Outcome
from models.scores.formulas.points import REST, Criteria, Steps, completed_years, stepped, total

LACE_STAY_STEPS: Steps = ((1, 0), (2, 1), (3, 2), (4, 3), (7, 4), (14, 5), (REST, 7))
LACE_CHARLSON_STEPS: Steps = ((1, 0), (2, 1), (3, 2), (4, 3), (REST, 5))
LACE_VISIT_STEPS: Steps = ((1, 0), (2, 1), (3, 2), (4, 3), (REST, 4))
LACE: Criteria = (("acute_admission", "is", True, 3),)

HOSPITAL: Criteria = (
    ("hemoglobin", "<", 12, 1),
    ("oncology_discharge", "is", True, 2),
    ("sodium", "<", 135, 1),
    ("procedure_during_stay", "is", True, 1),
    ("urgent_admission", "is", True, 1),
    ("length_of_stay_days", ">=", 5, 2),
)
HOSPITAL_ADMISSION_STEPS: Steps = ((2, 0), (6, 2), (REST, 5))

CHARLSON: Criteria = (
    ("myocardial_infarction", "is", True, 1),
    ("congestive_heart_failure", "is", True, 1),
    ("peripheral_vascular_disease", "is", True, 1),
    ("cerebrovascular_disease", "is", True, 1),
    ("dementia", "is", True, 1),
    ("copd", "is", True, 1),
    ("connective_tissue_disease", "is", True, 1),
    ("peptic_ulcer_disease", "is", True, 1),
    ("hemiplegia", "is", True, 2),
    ("moderate_severe_renal_disease", "is", True, 2),
    ("leukaemia", "is", True, 2),
    ("lymphoma", "is", True, 2),
    ("aids", "is", True, 6),
)
CHARLSON_GRADED = (
    (("moderate_severe_liver_disease", 3), ("mild_liver_disease", 1)),
    (("diabetes_with_end_organ_damage", 2), ("diabetes_uncomplicated", 1)),
    (("metastatic_solid_tumour", 6), ("solid_tumour", 2)),
)
"""Two grades of one disease, graver first: only the first that is present counts."""

CHARLSON_AGE_STEPS: Steps = ((50, 0), (60, 1), (70, 2), (80, 3), (REST, 4))


def lace(x: Mapping[str, Any]) -> float:
    """Return the LACE index, 0 to 19 (van Walraven C, et al. CMAJ 2010;182:551-557)."""
    return (
        total(x, LACE)
        + stepped(x["length_of_stay_days"], LACE_STAY_STEPS)
        + stepped(x["charlson_index"], LACE_CHARLSON_STEPS)
        + stepped(x["ed_visits_6_months"], LACE_VISIT_STEPS)
    )


def hospital(x: Mapping[str, Any]) -> float:
    """Return the HOSPITAL score, 0 to 13.

    Donzé J, et al. JAMA Intern Med 2013;173:632-638, with the steps of previous admissions
    (0 to 1, 2 to 5, more) of the international validation, JAMA Intern Med 2016;176:496-502.
    """
    return total(x, HOSPITAL) + stepped(x["admissions_12_months"], HOSPITAL_ADMISSION_STEPS)


def charlson(x: Mapping[str, Any]) -> Outcome:
    """Return the Charlson index with the weights of 1987 and without age (J Chronic Dis 1987;40:373-383)."""
    detail = charlson_detail(x)
    notes = (f"combined with age: {detail['age_adjusted']:g} (Charlson 1994)",) if detail else ()
    return Outcome(_charlson_points(x), notes)


def _charlson_points(x: Mapping[str, Any]) -> float:
    graded = (next((points for name, points in grades if x[name]), 0) for grades in CHARLSON_GRADED)
    return total(x, CHARLSON) + sum(graded)


def charlson_detail(x: Mapping[str, Any]) -> dict[str, Any]:
    """Return the index combined with age where the age is known.

    Charlson M, et al. J Clin Epidemiol 1994;47:1245-1251: one point a decade from 50 years, four at most.
    """
    age = x.get("age_years")
    if age is None:
        return {}
    points = stepped(completed_years(age), CHARLSON_AGE_STEPS)
    return {"age_points": points, "age_adjusted": _charlson_points(x) + points}
