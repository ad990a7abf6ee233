"""Heart and vessels: the Pooled Cohort Equations, stroke and bleeding in atrial fibrillation, QTc, lipids."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from models.base import BadInput
from models.scores.definition import Outcome, Values


@dataclass(frozen=True, slots=True)
class PooledCohort:
    """One column of Table A of the 2013 ACC/AHA guideline: coefficients of natural logarithms."""

    survival: float
    mean: float
    age: float
    total: float
    hdl: float
    treated: float
    untreated: float
    smoker: float
    diabetes: float
    age_squared: float = 0.0
    age_total: float = 0.0
    age_hdl: float = 0.0
    age_treated: float = 0.0
    age_untreated: float = 0.0
    age_smoker: float = 0.0


POOLED_COHORT: Mapping[tuple[str, str], PooledCohort] = {
    ("female", "white"): PooledCohort(
        0.9665, -29.18, age=-29.799, age_squared=4.884, total=13.540, age_total=-3.114, hdl=-13.578,
        age_hdl=3.149, treated=2.019, untreated=1.957, smoker=7.574, age_smoker=-1.665, diabetes=0.661,
    ),
    ("female", "black"): PooledCohort(
        0.9533, 86.61, age=17.114, total=0.940, hdl=-18.920, age_hdl=4.475, treated=29.291,
        age_treated=-6.432, untreated=27.820, age_untreated=-6.087, smoker=0.691, diabetes=0.874,
    ),
    ("male", "white"): PooledCohort(
        0.9144, 61.18, age=12.344, total=11.853, age_total=-2.664, hdl=-7.990, age_hdl=1.769,
        treated=1.797, untreated=1.764, smoker=7.837, age_smoker=-1.795, diabetes=0.658,
    ),
    ("male", "black"): PooledCohort(
        0.8954, 19.54, age=2.469, total=0.302, hdl=-0.307, treated=1.916, untreated=1.809, smoker=0.549,
        diabetes=0.645,
    ),
}  # fmt: skip


def pce(values: Values) -> Outcome:
    """Return the 10-year risk of a first ASCVD event (Goff DC, Circulation 2014;129(25 Suppl 2):S49-S73)."""
    other = values["race"] == "other"
    c = POOLED_COHORT[values["sex"], "white" if other else values["race"]]
    age, total = math.log(values["age_years"]), math.log(values["total_cholesterol"])
    hdl, pressure = math.log(values["hdl_cholesterol"]), math.log(values["systolic_bp"])
    treated = values["bp_treated"]
    by_pressure = c.treated + c.age_treated * age if treated else c.untreated + c.age_untreated * age
    linear = (
        c.age * age + c.age_squared * age * age
        + (c.total + c.age_total * age) * total
        + (c.hdl + c.age_hdl * age) * hdl
        + by_pressure * pressure
        + (c.smoker + c.age_smoker * age) * values["current_smoker"]
        + c.diabetes * values["diabetes"]
    )  # fmt: skip
    notes = ("race other than black or white: the guideline uses the equations for white people",)
    return Outcome(1 - c.survival ** math.exp(linear - c.mean), notes if other else ())


def cha2ds2_va(values: Values) -> int:
    """Return CHA2DS2-VA (Van Gelder IC, Eur Heart J 2024;45:3314-3414)."""
    age = values["age_years"]
    ones = ("congestive_heart_failure", "hypertension", "diabetes", "vascular_disease")
    return int(
        sum(values[name] for name in ones)
        + 2 * values["stroke_tia_thromboembolism"]
        + (age >= 65)
        + (age >= 75)
    )


def cha2ds2_vasc(values: Values) -> int:
    """Return CHA2DS2-VASc (Lip GYH, Chest 2010;137:263-272)."""
    return int(cha2ds2_va(values) + (values["sex"] == "female"))


def has_bled(values: Values) -> int:
    """Return HAS-BLED (Pisters R, Chest 2010;138:1093-1100); elderly is over 65 in completed years."""
    ones = (
        "uncontrolled_hypertension", "abnormal_renal_function", "abnormal_liver_function", "stroke",
        "bleeding_history", "labile_inr", "antiplatelet_or_nsaid", "alcohol_excess",
    )  # fmt: skip
    return int(sum(values[name] for name in ones) + (int(values["age_years"]) > 65))


def qtc(values: Values) -> dict[str, float | None]:
    """Return QTc in ms by Bazett (Heart 1920;7:353-370) and Fridericia (Acta Med Scand 1920;53:469-486)."""
    rr_seconds = 60 / values["heart_rate"]
    qt = values["qt_interval"]
    return {"bazett": qt / math.sqrt(rr_seconds), "fridericia": qt / math.cbrt(rr_seconds)}


def mean_arterial_pressure(values: Values) -> float:
    """Return a third of the systolic and two thirds of the diastolic pressure."""
    systolic, diastolic = values["systolic_bp"], values["diastolic_bp"]
    if diastolic >= systolic:
        raise BadInput(
            "diastolic_bp must be below systolic_bp; were they exchanged?", pointer="/diastolic_bp"
        )
    return float((systolic + 2 * diastolic) / 3)


def non_hdl(values: Values) -> float:
    """Return total minus HDL cholesterol in mg/dL."""
    total, hdl = values["total_cholesterol"], values["hdl_cholesterol"]
    if hdl >= total:
        message = "hdl_cholesterol must be below total_cholesterol; check values and units"
        raise BadInput(message, pointer="/hdl_cholesterol")
    return float(total - hdl)


def friedewald_ldl(values: Values) -> Outcome:
    """Return LDL cholesterol in mg/dL (Friedewald WT, Clin Chem 1972;18:499-502)."""
    ldl = non_hdl(values) - values["triglycerides"] / 5
    if ldl <= 0:
        return Outcome(None, ("the estimate is not above zero: measure LDL cholesterol directly",))
    return Outcome(ldl)
