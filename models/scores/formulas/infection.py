"""Sepsis, pneumonia and sore throat: qSOFA, SOFA, SIRS, CURB-65, CRB-65, Centor with McIsaac's age points."""

from collections.abc import Mapping
from typing import Any

from models.scores.definition import Outcome
from models.scores.formulas.points import (
    BUN_MG_DL_PER_UREA_MMOL_L,
    REST,
    Criteria,
    Steps,
    completed_years,
    met,
    stepped,
    tidy,
    total,
)

CRB_65: Criteria = (
    ("confusion", "is", True, 1),
    ("respiratory_rate", ">=", 30, 1),
    ("age_years", ">=", 65, 1),
)

LOW_PRESSURE_SYSTOLIC = 90
LOW_PRESSURE_DIASTOLIC = 60
RAISED_UREA = 7
RAISED_BUN = RAISED_UREA * BUN_MG_DL_PER_UREA_MMOL_L

QSOFA: Criteria = (
    ("respiratory_rate", ">=", 22, 1),
    ("systolic_bp", "<=", 100, 1),
    ("gcs", "<", 15, 1),
)

PLATELET_STEPS: Steps = ((20, 4), (50, 3), (100, 2), (150, 1), (REST, 0))
BILIRUBIN_STEPS: Steps = ((1.2, 0), (2.0, 1), (6.0, 2), (12.0, 3), (REST, 4))
GCS_STEPS: Steps = ((6, 4), (10, 3), (13, 2), (15, 1), (REST, 0))
CREATININE_STEPS: Steps = ((1.2, 0), (2.0, 1), (3.5, 2), (5.0, 3), (REST, 4))
URINE_STEPS: Steps = ((200, 4), (500, 3), (REST, 0))
OXYGENATION_STEPS: Steps = ((300, 2), (400, 1), (REST, 0))
SUPPORTED_OXYGENATION_STEPS: Steps = ((100, 4), (200, 3), *OXYGENATION_STEPS)

VASOPRESSORS: Criteria = (
    ("dopamine", ">", 15, 4),
    ("epinephrine", ">", 0.1, 4),
    ("norepinephrine", ">", 0.1, 4),
    ("dopamine", ">", 5, 3),
    ("epinephrine", ">", 0, 3),
    ("norepinephrine", ">", 0, 3),
    ("dopamine", ">", 0, 2),
    ("dobutamine", ">", 0, 2),
)

SOFA_DRUGS = ("dopamine", "dobutamine", "epinephrine", "norepinephrine")

CENTOR: Criteria = (
    ("fever", "is", True, 1),
    ("absence_of_cough", "is", True, 1),
    ("tender_anterior_cervical_nodes", "is", True, 1),
    ("tonsillar_exudate", "is", True, 1),
)
MCISAAC_AGE_STEPS: Steps = ((15, 1), (45, 0), (REST, -1))


def curb_65(x: Mapping[str, Any]) -> float:
    """Return CURB-65 of community-acquired pneumonia, 0 to 5.

    Lim WS, et al. Thorax 2003;58:377-382. Urea above 7 mmol/L scores; where only the urea nitrogen is known,
    the same edge is 19.6 mg/dL, which a laboratory that reports whole numbers reaches at 20.
    """
    return crb_65(x) + _urea_is_raised(x)


def crb_65(x: Mapping[str, Any]) -> float:
    """Return CRB-65: the criteria that need no laboratory, 0 to 4 (Lim WS, et al. Thorax 2003;58:377-382)."""
    low_systolic = tidy(x["systolic_bp"]) < LOW_PRESSURE_SYSTOLIC
    low_diastolic = tidy(x["diastolic_bp"]) <= LOW_PRESSURE_DIASTOLIC
    return total(x, CRB_65) + int(low_systolic or low_diastolic)


def _urea_is_raised(x: Mapping[str, Any]) -> int:
    if x.get("urea") is not None:
        return int(tidy(x["urea"]) > RAISED_UREA)
    return int(tidy(x["bun"]) > tidy(RAISED_BUN))


def qsofa(x: Mapping[str, Any]) -> float:
    """Return the quick SOFA, 0 to 3 (Singer M, et al. JAMA 2016;315:801-810)."""
    return total(x, QSOFA)


def sofa(x: Mapping[str, Any]) -> Outcome:
    """Return the SOFA of 1996, 0 to 24 (Vincent JL, et al. Intensive Care Med 1996;22:707-710)."""
    notes = []
    if x.get("urine_output") is None:
        notes.append("urine output was not given: the renal points are of creatinine alone")
    if all(x.get(name) is None for name in SOFA_DRUGS):
        notes.append("no vasopressor or inotrope dose was given: none is counted")
    return Outcome(sum(sofa_organs(x).values()), tuple(notes))


def sofa_organs(x: Mapping[str, Any]) -> dict[str, int]:
    """Return the points of each organ of the SOFA, 0 to 4 each."""
    return {
        "respiration": _sofa_respiration(x),
        "coagulation": stepped(x["platelets"], PLATELET_STEPS),
        "liver": stepped(x["bilirubin"], BILIRUBIN_STEPS),
        "cardiovascular": _sofa_circulation(x),
        "central_nervous_system": stepped(x["gcs"], GCS_STEPS),
        "renal": _sofa_renal(x),
    }


def _sofa_respiration(x: Mapping[str, Any]) -> int:
    # Three and four points need respiratory support: without it a ratio below 200 stays at two.
    steps = SUPPORTED_OXYGENATION_STEPS if x["mechanical_ventilation"] else OXYGENATION_STEPS
    return stepped(x["pao2"] / x["fio2"], steps)


def _sofa_circulation(x: Mapping[str, Any]) -> int:
    hypotension = int(tidy(x["mean_arterial_pressure"]) < 70)
    drugs = (points for name, test, edge, points in VASOPRESSORS if met(x.get(name) or 0, test, edge))
    return max(hypotension, *map(int, drugs), 0)


def _sofa_renal(x: Mapping[str, Any]) -> int:
    creatinine = stepped(x["creatinine"], CREATININE_STEPS)
    urine = x.get("urine_output")
    return creatinine if urine is None else max(creatinine, stepped(urine, URINE_STEPS))


def sirs(x: Mapping[str, Any]) -> int:
    """Return the number of SIRS criteria, 0 to 4 (Bone RC, et al. Chest 1992;101:1644-1655)."""
    temperature = tidy(x["temperature"])
    paco2, bands = x.get("paco2"), x.get("band_forms")
    return sum(
        (
            temperature > 38 or temperature < 36,
            tidy(x["heart_rate"]) > 90,
            tidy(x["respiratory_rate"]) > 20 or (paco2 is not None and tidy(paco2) < 32),
            not 4 <= tidy(x["white_cells"]) <= 12 or (bands is not None and tidy(bands) > 10),
        )
    )


def centor(x: Mapping[str, Any]) -> float:
    """Return the Centor score with McIsaac's age points, -1 to 5.

    McIsaac WJ, et al. CMAJ 1998;158:75-83; JAMA 2004;291:1587-1595. Ages from 3 years.
    """
    return total(x, CENTOR) + stepped(completed_years(x["age_years"]), MCISAAC_AGE_STEPS)
