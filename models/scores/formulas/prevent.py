"""AHA PREVENT, base model: 10- and 30-year risks (Khan SS, et al. Circulation 2024;149:430-449, Table S12).

The coefficients stand in `tables/prevent-coefficients.csv`. Heart failure has body mass index in place of
lipids and statin; only there is it needed.
"""

import csv
import math
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from operator import mul

from models.scores.definition import Values

MMOL_PER_MG_DL = 0.02586
"""Cholesterol, mmol/L for a mg/dL, as the equations were published."""

Row = tuple[str, tuple[float, ...]]


@lru_cache(maxsize=4)
def _tables(outcomes: frozenset[str]) -> Mapping[str, tuple[Row, ...]]:
    """Return, by sex, the name of each output with its coefficients in the order of `_terms`."""
    path = resources.files("models.scores") / "tables" / "prevent-coefficients.csv"
    tables: dict[str, list[Row]] = {"female": [], "male": []}
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        horizon, sex, outcome = row.pop("horizon_years"), row.pop("sex"), row.pop("outcome")
        if outcome in outcomes:
            tables[sex].append((f"{outcome}_{horizon}y", tuple(float(cell) for cell in row.values())))
    return {sex: tuple(rows) for sex, rows in tables.items()}


def prevent(values: Values) -> dict[str, float | None]:
    """Return the risks of all, atherosclerotic and heart-failure events; the last None without a BMI."""
    risks = _risks(values, frozenset({"cvd", "ascvd", "hf"}))
    return risks if "bmi" in values else {**risks, "hf_10y": None, "hf_30y": None}


def components(values: Values) -> dict[str, float | None]:
    """Return the risks of coronary heart disease and of stroke."""
    return _risks(values, frozenset({"chd", "stroke"}))


def _risks(values: Values, outcomes: frozenset[str]) -> dict[str, float | None]:
    terms = _terms(values)
    risks: dict[str, float | None] = {}
    for output, coefficients in _tables(outcomes)[values["sex"]]:
        risks[output] = 1 / (1 + math.exp(-sum(map(mul, coefficients, terms))))
    return risks


def _terms(values: Values) -> tuple[float, ...]:
    """Return the transformed inputs in the order of the table's columns, the constant last."""
    age = (values["age_years"] - 55) / 10
    total, hdl_mg = values["total_cholesterol"], values["hdl_cholesterol"]
    non_hdl = (total - hdl_mg) * MMOL_PER_MG_DL - 3.5
    hdl = (hdl_mg * MMOL_PER_MG_DL - 1.3) / 0.3
    sbp_low = (min(values["systolic_bp"], 110) - 110) / 20
    sbp_high = (max(values["systolic_bp"], 110) - 130) / 20
    diabetes, smoker = float(values["diabetes"]), float(values["current_smoker"])
    treated, statin = float(values["bp_treated"]), float(values["statin"])
    bmi = values.get("bmi", 25.0)  # Enters heart failure alone, which is withheld where there is none.
    bmi_low, bmi_high = (min(bmi, 30) - 25) / 5, (max(bmi, 30) - 30) / 5
    gfr_low, gfr_high = (min(values["egfr"], 60) - 60) / -15, (max(values["egfr"], 60) - 90) / -15
    main = (age, age * age, non_hdl, hdl, sbp_low, sbp_high, diabetes, smoker, bmi_low, bmi_high)
    treatment = (gfr_low, gfr_high, treated, statin, treated * sbp_high, statin * non_hdl)
    with_age = (non_hdl, hdl, sbp_high, diabetes, smoker, bmi_high, gfr_low)
    return (*main, *treatment, *(age * term for term in with_age), 1.0)
