"""Kidney function as labels ask for it: eGFR by CKD-EPI 2021 (Schwartz in children), or Cockcroft-Gault.

Both are computed from the newest creatinine where no newer result is reported; a clearance needs a weight.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from models.base import ModelError
from models.medsafety.person import Lab, Person
from models.scores.definition import load_all
from models.scores.engine import compute

_ADULT = 18


def with_kidneys(person: Person) -> Person:
    """Return the person with `egfr` and `crcl` among the values, as far as they can be computed."""
    creatinine = person.newest("creatinine", within_days=None)
    if creatinine is None or person.age_years is None or creatinine.comparator:
        return person
    labs = dict(person.labs)
    base = {"age_years": person.age_years, "sex": person.sex, "creatinine": creatinine.value}
    adult = person.age_years >= _ADULT
    if adult:
        computed = _score("ckd-epi-2021", base)
    else:
        computed = _score("bedside-schwartz", {**base, "height": person.height_cm}, without=("sex",))
    _add(labs, "egfr", computed, "mL/min/{1.73_m2}", creatinine)
    if adult and person.weight_kg:
        _add(
            labs,
            "crcl",
            _score("cockcroft-gault", {**base, "weight": person.weight_kg}),
            "mL/min",
            creatinine,
        )
    return replace(person, labs=labs)


def _score(name: str, inputs: Mapping[str, Any], *, without: tuple[str, ...] = ()) -> float | None:
    given = {key: value for key, value in inputs.items() if value is not None and key not in without}
    try:
        value = compute(load_all()[name], given)["value"]
    except ModelError:
        return None
    return None if value is None else float(value)


def _add(labs: dict[str, tuple[Lab, ...]], name: str, value: float | None, unit: str, of: Lab) -> None:
    """Put a computed value among those reported, unless one as new is there."""
    before = labs.get(name, ())
    if value is None or (before and before[0].days_ago <= of.days_ago):
        return
    labs[name] = (Lab(round(value, 1), unit, of.days_ago), *before)
