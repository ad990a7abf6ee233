"""Screening and prescribing safety: lung cancer, sleep apnoea, opioid dose."""

from collections.abc import Mapping
from typing import Any

from models.scores.definition import Outcome
from models.scores.formulas.points import Criteria, completed_years, tidy, total

LUNG_AGES = range(50, 81)
LUNG_PACK_YEARS = 20
LUNG_YEARS_SINCE_QUIT = 15

# "Over 50" is counted in completed years: from the 51st birthday.
STOP_BANG: Criteria = (
    ("snoring", "is", True, 1),
    ("tired", "is", True, 1),
    ("observed_apnoea", "is", True, 1),
    ("hypertension", "is", True, 1),
    ("bmi", ">", 35, 1),
    ("age_years", ">=", 51, 1),
    ("neck_circumference", ">", 40, 1),
    ("sex", "is", "male", 1),
)

MME_PER_UNIT: Mapping[str, float] = {
    "codeine": 0.15,
    "fentanyl_transdermal": 2.4,
    "hydrocodone": 1.0,
    "hydromorphone": 5.0,
    "methadone": 4.7,
    "morphine": 1.0,
    "oxycodone": 1.5,
    "oxymorphone": 3.0,
    "tapentadol": 0.4,
    "tramadol": 0.2,
}
"""Per mg of the daily oral dose; transdermal fentanyl per microgram an hour."""


def lung_cancer_screening(x: Mapping[str, Any]) -> Outcome:
    """Return 1 where yearly low-dose CT is recommended, 0 where not, None where the year of quitting decides.

    US Preventive Services Task Force. JAMA 2021;325:962-970: 50 to 80 years, 20 pack-years, smoking now or
    within the past 15 years.
    """
    if completed_years(x["age_years"]) not in LUNG_AGES or tidy(x["pack_years"]) < LUNG_PACK_YEARS:
        return Outcome(0)
    if x["smoking_status"] != "former":
        return Outcome(int(x["smoking_status"] == "current"))
    since = x.get("years_since_quit")
    if since is None:
        return Outcome(None, ("years since quitting decide for a former smoker and were not given",))
    return Outcome(int(tidy(since) <= LUNG_YEARS_SINCE_QUIT))


def stop_bang(x: Mapping[str, Any]) -> float:
    """Return STOP-Bang, 0 to 8 (Chung F, et al. Anesthesiology 2008;108:812-821; Chest 2016;149:631-638)."""
    return total(x, STOP_BANG)


def morphine_milligram_equivalents(x: Mapping[str, Any]) -> Outcome:
    """Return the daily opioid dose in mg of oral morphine, None where no opioid is given.

    Dowell D, et al. MMWR Recomm Rep 2022;71(RR-3):1-95, table of conversion factors.
    """
    doses = {name: x[name] for name in MME_PER_UNIT if x.get(name) is not None}
    if not doses:
        return Outcome(None, ("no opioid dose was given",))
    return Outcome(sum(MME_PER_UNIT[name] * dose for name, dose in doses.items()))
