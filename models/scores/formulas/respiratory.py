"""Lungs and gas exchange: P/F ratio, alveolar-arterial gradient, ROX, HACOR, BODE."""

from collections.abc import Mapping
from typing import Any

from models.scores.definition import Outcome
from models.scores.formulas.points import REST, Steps, charted, completed_years, stepped, tidy

SEA_LEVEL_MM_HG = 760
WATER_VAPOUR_MM_HG = 47
RESPIRATORY_QUOTIENT = 0.8

BODE_FEV1_STEPS: Steps = ((36, 3), (50, 2), (65, 1), (REST, 0))
BODE_WALK_STEPS: Steps = ((150, 3), (250, 2), (350, 1), (REST, 0))
BODE_DYSPNOEA_STEPS: Steps = ((2, 0), (3, 1), (4, 2), (REST, 3))

HACOR_HEART_STEPS: Steps = ((121, 0), (REST, 1))
HACOR_PH_STEPS: Steps = ((7.25, 4), (7.30, 3), (7.35, 2), (REST, 0))
HACOR_GCS_STEPS: Steps = ((11, 10), (13, 5), (15, 2), (REST, 0))
HACOR_OXYGENATION_STEPS: Steps = ((101, 6), (126, 5), (151, 4), (176, 3), (201, 2), (REST, 0))
HACOR_RESPIRATION_STEPS: Steps = ((31, 0), (36, 1), (41, 2), (46, 3), (REST, 4))


def pf_ratio(x: Mapping[str, Any]) -> float:
    """Return PaO2 over FiO2 in mm[Hg] (bands: ARDS Definition Task Force. JAMA 2012;307:2526-2533)."""
    return float(x["pao2"] / x["fio2"])


def aa_gradient(x: Mapping[str, Any]) -> Outcome:
    """Return the alveolar-arterial oxygen gradient and the one expected of this age, in mm[Hg].

    Alveolar gas equation: Fenn WO, Rahn H, Otis AB. Am J Physiol 1946;146:637-653, respiratory quotient 0.8;
    expected 2.5 + 0.21 x age: Mellemgaard K. Acta Physiol Scand 1966;67:10-20, of healthy people on room air.
    """
    dry = x.get("atmospheric_pressure", SEA_LEVEL_MM_HG) - WATER_VAPOUR_MM_HG
    gradient = x["fio2"] * dry - x["paco2"] / RESPIRATORY_QUOTIENT - x["pao2"]
    age = x.get("age_years")
    expected = None if age is None else 2.5 + 0.21 * completed_years(age)
    return Outcome({"gradient": gradient, "expected_on_room_air": expected}, _gas_notes(x, gradient))


def _gas_notes(x: Mapping[str, Any], gradient: float) -> tuple[str, ...]:
    notes = []
    if "atmospheric_pressure" not in x:
        notes.append("atmospheric pressure was not given: computed for 760 mm[Hg], sea level")
    if gradient < 0:
        notes.append("a negative gradient is not possible: check the FiO2 and that the sample is of one time")
    return tuple(notes)


def rox_index(x: Mapping[str, Any]) -> float:
    """Return SpO2 over FiO2, over respiratory rate.

    Roca O, et al. Am J Respir Crit Care Med 2019;199:1368-1376.
    """
    return float(x["spo2"] / x["fio2"] / x["respiratory_rate"])


def hacor(x: Mapping[str, Any]) -> int:
    """Return HACOR of non-invasive ventilation, 0 to 25 (Intensive Care Med 2017;43:192-199)."""
    return (
        stepped(charted(x["heart_rate"]), HACOR_HEART_STEPS)
        + stepped(charted(x["ph"], 2), HACOR_PH_STEPS)
        + stepped(x["gcs"], HACOR_GCS_STEPS)
        + stepped(charted(x["pao2"] / x["fio2"]), HACOR_OXYGENATION_STEPS)
        + stepped(charted(x["respiratory_rate"]), HACOR_RESPIRATION_STEPS)
    )


def bode(x: Mapping[str, Any]) -> int:
    """Return the BODE index of COPD, 0 to 10 (Celli BR, et al. N Engl J Med 2004;350:1005-1012)."""
    return (
        int(tidy(x["bmi"]) <= 21)
        + stepped(charted(x["fev1_percent_predicted"]), BODE_FEV1_STEPS)
        + stepped(x["mmrc_dyspnoea"], BODE_DYSPNOEA_STEPS)
        + stepped(charted(x["six_minute_walk"]), BODE_WALK_STEPS)
    )
