"""Walk the point tables of published scores: steps of a number, and rows of criteria."""

from collections.abc import Mapping, Sequence
from math import floor, inf
from typing import Any

Steps = Sequence[tuple[float, int]]
"""Rows of (upper edge, points), ascending and half-open: a row holds up to but not including its edge."""

Criteria = Sequence[tuple[str, str, Any, float]]
"""Rows of (input, comparison, edge, points); each row that is met adds its points."""

REST = inf
"""The upper edge of a last row: all that lies above the row before it."""

NOISE_DECIMALS = 6
"""Unit conversion leaves 38.00000000000001 where the thermometer said 38; no published edge is finer."""

BUN_MG_DL_PER_UREA_MMOL_L = 2.8
"""The rounded factor with which papers turned edges of urea in mmol/L into urea nitrogen in mg/dL."""


def tidy(value: float) -> float:
    """Return the number without the noise of a unit conversion."""
    return round(value, NOISE_DECIMALS)


def charted(value: float, decimals: int = 0) -> float:
    """Return the number as an observation chart holds it, halves rounded up."""
    scale: int = 10**decimals
    return floor(tidy(value) * scale + 0.5) / scale


def completed_years(age_years: float) -> int:
    """Return the age as papers count it: in completed years."""
    return floor(tidy(age_years))


def stepped(value: float, steps: Steps) -> int:
    """Return the points of the first row whose upper edge lies above the value."""
    number = tidy(value)
    return next(points for edge, points in steps if number < edge)


def total(x: Mapping[str, Any], criteria: Criteria) -> float:
    """Return the sum of the points of the criteria that are met, whole where all points are whole."""
    return sum(points for name, test, edge, points in criteria if met(x[name], test, edge))


def met(value: Any, test: str, edge: Any) -> bool:
    """Tell whether a value meets one criterion; `in` is for enums, `is` for booleans and single values."""
    if test == "is":
        return bool(value == edge)
    if test == "in":
        return value in edge
    number = tidy(value)
    answers = {">": number > edge, ">=": number >= edge, "<": number < edge, "<=": number <= edge}
    return bool(answers[test])
