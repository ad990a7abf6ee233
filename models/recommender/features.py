"""What the learned ranking looks at: one patient as named features, the same in training and in serving.

Two views. `dated`: every condition and order says how long ago it was, so that new problems, recent orders
and what has just ended count. `plain`: lists without dates, as `{"conditions": [codes], "medications":
[rxcui]}`. No calendar date, season, race or place enters. Laboratory values do not either: the public
training set holds too few; the rules on guideline gaps use them.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping
from typing import Literal

from models.recommender.drugs import Drugs
from models.recommender.patient import Condition, Medicine, Patient

View = Literal["dated", "plain"]
VIEWS: tuple[View, ...] = ("dated", "plain")
BANDS = (1, 2, 5, 12, 18, 25, 35, 45, 55, 65, 75, 85)
"""Ages in years at which a band begins."""
STAGES = (12, 18, 50, 65)
"""Coarser ages, at which the same new problem is treated with something else."""
RECENT = (("today", 1), ("week", 8), ("month", 31), ("year", 370), ("two-years", 740))
"""How long ago a problem began: the first that fits, in days."""
ENDED = (("ended-today", 1), ("ended-month", 40), ("ended-year", 370))
CALM = 31
"""Days without a problem that began."""
SAME_DAY = 0.01
"""Days within which orders were given together."""
Features = Mapping[str, float]


def features(patient: Patient, drugs: Drugs, view: View) -> dict[str, float]:
    """Return the features of a patient by name; all but the recency of orders are 0 or 1."""
    found = _person(patient)
    new = False
    for one in patient.conditions:
        dated = view == "dated"
        if one.active or dated:
            found |= dict.fromkeys(_condition(one, drugs), 1.0)
        if dated:
            found |= dict.fromkeys(_recency(one, patient.age_years), 1.0)
            new = new or _began_today(one)
    found |= _orders(patient.medicines, drugs)
    if view == "dated":
        found |= _last_orders(patient.medicines, new=new)
        found |= _quiet(patient, new=new)
    return found


def code_of(condition: Condition) -> str:
    """Return what a condition is called in features: its code, else its words."""
    return condition.code.code or condition.code.display.casefold()


def age_band(age: float | None) -> str:
    """Return the band of an age: `45-54`."""
    if age is None:
        return "unknown"
    at = bisect_right(BANDS, age)
    low = BANDS[at - 1] if at else 0
    return f"{low}-{BANDS[at] - 1}" if at < len(BANDS) else f"{low}+"


def _person(patient: Patient) -> dict[str, float]:
    band = age_band(patient.age_years)
    found = {f"age:{band}": 1.0, f"sex:{patient.sex}": 1.0, f"sex-age:{patient.sex}:{band}": 1.0}
    return found if patient.medicines else {**found, "no-orders": 1.0}


def _condition(one: Condition, drugs: Drugs) -> list[str]:
    if not one.active:
        return [f"past:{code_of(one)}"]
    return [f"condition:{code_of(one)}", *(f"problem:{name}" for name in drugs.problems(one))]


def _recency(one: Condition, age: float | None) -> list[str]:
    code, found = code_of(one), []
    began = next((name for name, days in RECENT if (one.days_ago or 0) < days), "")
    if began:
        found.append(f"{began}:{code}")
    if began == "today" and one.active:
        found.append(f"today-stage:{code}:{bisect_right(STAGES, age) if age is not None else 'unknown'}")
    if one.ended_days_ago is not None:
        ended = next((name for name, days in ENDED if one.ended_days_ago < days), "")
        found += [f"{ended}:{code}"] if ended else []
    return found


def _quiet(patient: Patient, *, new: bool) -> dict[str, float]:
    """Return whether there is a new problem; where there is none, what is usual at this age counts more."""
    if new:
        return {"new-problem": 1.0}
    who = f"{patient.sex}:{age_band(patient.age_years)}"
    found = {"no-new-problem": 1.0, f"quiet:{who}": 1.0}
    calm = all((one.days_ago or 0) > CALM for one in patient.conditions)
    return {**found, f"calm:{who}": 1.0} if calm else found


def _began_today(one: Condition) -> bool:
    return one.days_ago is not None and one.days_ago < 1


def _orders(medicines: tuple[Medicine, ...], drugs: Drugs) -> dict[str, float]:
    found: dict[str, float] = {}
    for one in medicines:
        found[f"ordered:{one.rxcui or one.text.casefold()}"] = 1.0
        found |= {f"ingredient:{name}": 1.0 for name in drugs.ingredients(one.rxcui, one.text)}
    return found


def _last_orders(medicines: tuple[Medicine, ...], *, new: bool) -> dict[str, float]:
    """Return how recent each order is, and which were the last, with and without a new problem."""
    if not medicines:
        return {}
    found: dict[str, float] = {}
    newest = min(one.days_ago or 0 for one in medicines)
    for one in medicines:
        days = one.days_ago or 0
        recent = f"recent:{one.rxcui or one.text.casefold()}"
        found[recent] = max(found.get(recent, 0.0), round(math.exp(-days / 365), 4))
        if days <= newest + SAME_DAY:
            key = one.rxcui or one.text.casefold()
            found |= {f"last:{key}": 1.0, f"last-{'new' if new else 'same'}:{key}": 1.0}
    return found
