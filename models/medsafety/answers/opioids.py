"""Opioids together: morphine milligram equivalents of all that is drafted or taken (CDC 2022)."""

from functools import lru_cache

from models.base import ModelError
from models.knowledge.drugs.rows import LOCAL_ROUTES, Clause
from models.medsafety.amounts import in_unit, per_day, single_dose
from models.medsafety.answers.drugs import each_once
from models.medsafety.answers.scene import COMPARE, Scene, Verdict, selector
from models.medsafety.person import Person, Taken
from models.scores.definition import load_all
from models.scores.engine import compute

_SCORE = "morphine-milligram-equivalents"
_PATCH = "fentanyl_transdermal"
_NOT_BY_MOUTH = frozenset(
    {"intravenous", "intramuscular", "subcutaneous", "intrathecal", "injection", "implant", *LOCAL_ROUTES}
)
"""Routes that the factors are not made for."""


def mme(clause: Clause, scene: Scene) -> Verdict:
    """Compare the sum over all opioids; one whose dose or factor is not known is named and counts nothing."""
    doses: dict[str, float] = {}
    unknown: list[str] = []
    for taken in each_once(scene.person.taking(selector(clause))):
        for name in taken.takes(selector(clause)):
            found = _dose(taken, name, scene.person)
            if found is None:
                unknown.append(f"daily dose of {name} in morphine equivalents not known")
            else:
                doses[found[0]] = doses.get(found[0], 0.0) + found[1]
    total = _together(doses)
    missing = tuple(dict.fromkeys(unknown))
    if total is not None and COMPARE[clause.op](total, clause.value or 0):
        words = f"{total:g} morphine milligram equivalents a day"
        return Verdict(value=True, found=(words,), missing=missing)
    return Verdict(None if missing or total is None else False, missing=missing)


def _dose(taken: Taken, name: str, person: Person) -> tuple[str, float] | None:
    """Return the input of the score and its dose: mg a day by mouth, ug/h of a patch."""
    if name == "fentanyl":
        return _patch(taken, person)
    if name not in _known() or taken.drug.route in _NOT_BY_MOUTH:
        return None
    amount = per_day(taken, name, "mg/d", person)
    return None if amount is None else (name, amount)


def _patch(taken: Taken, person: Person) -> tuple[str, float] | None:
    """Return the dose of a fentanyl patch: of as many as are worn, one where the order does not say."""
    if taken.drug.route != "transdermal":
        return None
    amount = single_dose(taken, "fentanyl", "ug/h", person)
    if amount is None:
        amount = in_unit(taken.drug.strength("fentanyl"), "ug/h", person)
    return None if amount is None else (_PATCH, amount)


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """Return the opioids that have a factor."""
    return frozenset(spec.name for spec in load_all()[_SCORE].inputs)


def _together(doses: dict[str, float]) -> float | None:
    """Return the equivalents; None where a dose is beyond what can be."""
    if not doses:
        return 0.0
    try:
        value = compute(load_all()[_SCORE], doses)["value"]
    except ModelError:
        return None
    return None if value is None else float(value)
