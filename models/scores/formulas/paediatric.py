"""Children: weight, height and body mass index against the CDC growth charts of 2000, 2 to 19 years."""

import csv
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from statistics import NormalDist
from typing import Any

MONTHS_PER_YEAR = 12
P95_Z = NormalDist().inv_cdf(0.95)
FARTHEST_Z = 8.0
"""Beyond it a percentile is 0 or 100 to all digits, and its z-score cannot be computed back."""

SIGMA = {"male": (0.3728, 0.5196, -0.0091), "female": (0.8334, 0.3712, -0.0011)}
"""Spread of the half-normal tail above the 95th percentile: intercept, per year, per year squared."""

Row = tuple[float, float, float, float]
"""Age in months, then the Box-Cox power L, the median M and the coefficient of variation S."""


@lru_cache(maxsize=1)
def _charts() -> Mapping[tuple[str, str], Sequence[Row]]:
    """Read the tables of Kuczmarski RJ, et al. Vital Health Stat 11 2002;(246):1-190."""
    path = resources.files("models.scores.formulas") / "cdc_growth_2000.csv"
    charts: dict[tuple[str, str], list[Row]] = {}
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        numbers = (float(row["age_months"]), float(row["l"]), float(row["m"]), float(row["s"]))
        charts.setdefault((row["measure"], row["sex"]), []).append(numbers)
    return charts


def lms(measure: str, sex: str, months: float) -> tuple[float, float, float]:
    """Return L, M and S of this age, between two rows of the chart in proportion."""
    rows = _charts()[measure, sex]
    after = min(max(bisect_right(rows, months, key=lambda row: row[0]), 1), len(rows) - 1)
    low, high = rows[after - 1], rows[after]
    share = (months - low[0]) / (high[0] - low[0])
    power, median, spread = (a + share * (b - a) for a, b in zip(low[1:], high[1:], strict=True))
    return power, median, spread


def z_score(value: float, power: float, median: float, spread: float) -> float:
    """Return how many standard deviations a value lies from the median, after Cole's LMS transformation."""
    return float((value / median) ** power - 1) / (power * spread)


def growth(x: Mapping[str, Any]) -> dict[str, float | None]:
    """Return z-scores and percentiles of weight, height and BMI, and the BMI in % of the 95th percentile."""
    weight, height = x.get("weight"), x.get("height")
    months, sex = x["age_years"] * MONTHS_PER_YEAR, x["sex"]
    answer: dict[str, float | None] = {}
    for measure, value in (("weight", weight), ("height", height)):
        if value is not None:
            answer |= _placed(measure, z_score(value, *lms(measure, sex, months)))
    if weight is not None and height is not None:
        answer |= _bmi(weight / (height / 100) ** 2, sex, months)
    return answer


def _placed(measure: str, z: float) -> dict[str, float | None]:
    return {f"{measure}_percentile": 100 * NormalDist().cdf(z), f"{measure}_z": z}


def _bmi(bmi: float, sex: str, months: float) -> dict[str, float | None]:
    """Place a BMI; above the 95th percentile by the half-normal tail that CDC uses since 2022.

    Wei R, et al. Ann Hum Biol 2020;47:514-521: the LMS curve squeezes very high values together.
    """
    power, median, spread = lms("bmi", sex, months)
    p95 = median * (1 + power * spread * P95_Z) ** (1 / power)
    z = z_score(bmi, power, median, spread)
    share = {"bmi_percent_of_p95": 100 * bmi / p95}
    if bmi <= p95:
        return _placed("bmi", z) | share
    percentile = 90 + 10 * NormalDist().cdf((bmi - p95) / _sigma(sex, months / MONTHS_PER_YEAR))
    high_z = NormalDist().inv_cdf(percentile / 100) if percentile < 100 else FARTHEST_Z
    return {"bmi_percentile": percentile, "bmi_z": high_z, **share}


def _sigma(sex: str, years: float) -> float:
    start, slope, bend = SIGMA[sex]
    return start + slope * years + bend * years**2
