"""Doses held against the table of dose ranges: in a day over all products, at a time, how often."""

from collections.abc import Iterable, Iterator

from models.knowledge.drugs.knowledge import DrugKnowledge
from models.knowledge.drugs.rows import DoseRange
from models.medsafety.alerts import Alert, topic
from models.medsafety.amounts import per_day, single_dose
from models.medsafety.answers import Scene, holds

RULE = "DOSErange"
_CHILD, _OLDER, _NEONATE = 18.0, 65.0, 28 / 365.25
_TWICE = 2.0
"""From this multiple of a limit on, an error of ten or of units is likely, and the warning interrupts."""
_NOISE = 1 + 1e-6
_SPOKEN = {"[iU]": "units"}


def over_limits(scene: Scene, knowledge: DrugKnowledge) -> Iterator[Alert]:
    """Yield the worst excess of the drug `a` over a published limit, where doses and limits are known."""
    found = [
        (over, words, row)
        for row in _rows(scene, knowledge)
        for over, words in _excesses(row, scene)
        if over > _NOISE
    ]
    if found:
        over, words, row = max(found, key=lambda item: item[0])
        yield _alert(scene, row, over, words)


def _rows(scene: Scene, knowledge: DrugKnowledge) -> Iterator[DoseRange]:
    """Yield the ranges for this person and route; those for older adults take the place of the adults'."""
    every = knowledge.dose_ranges.get(scene.a_ingredient, ())
    routes = _routes(scene.a.drug.route, every)
    fitting = [
        row
        for row in every
        if (not row.routes or routes & row.routes) and (not row.when or holds(row.when, scene).value)
    ]
    for population in _populations(scene.person.age_years):
        chosen = [row for row in fitting if row.population == population]
        if chosen:
            yield from chosen
            return


def _routes(route: str, every: Iterable[DoseRange]) -> frozenset[str]:
    """Return the route; an order that names none is by mouth where there are limits by mouth only."""
    if route:
        return frozenset({route})
    known = frozenset[str]().union(*(row.routes for row in every))
    return known if known == {"oral"} else frozenset()


def _populations(years: float | None) -> tuple[str, ...]:
    if years is None:
        return ("adult",)
    if years < _NEONATE:
        return ("neonate",)
    if years < _CHILD:
        return ("child",)
    return ("older", "adult") if years >= _OLDER else ("adult",)


def _excesses(row: DoseRange, scene: Scene) -> Iterator[tuple[float, str]]:
    """Yield how many times a limit is reached, with the words for it."""
    name, person = scene.a_ingredient, scene.person
    if row.max_daily is not None:
        unit, limit = row.max_daily.unit, row.max_daily.value
        if per_day(scene.a, name, f"{unit}/d", person) is not None:
            total = _in_a_day(scene, f"{unit}/d")
            yield total / limit, f"{total:g} {_SPOKEN.get(unit, unit)} a day; at most {limit:g}"
    if row.max_single is not None:
        at_once = single_dose(scene.a, name, row.max_single.unit, person)
        if at_once is not None:
            unit, limit = row.max_single.unit, row.max_single.value
            yield at_once / limit, f"{at_once:g} {_SPOKEN.get(unit, unit)} at a time; at most {limit:g}"
    often = scene.a.drug.sig.times_per_day
    if row.max_per_day is not None and often is not None:
        yield often / row.max_per_day, f"{often:g} times a day; at most {row.max_per_day:g}"


def _in_a_day(scene: Scene, unit: str) -> float:
    """Add up what is taken of the drug `a` in a day; of one product's orders the largest counts."""
    name, largest = scene.a_ingredient, dict[tuple[frozenset[str], bool], float]()
    for taken in scene.person.current:
        if name not in taken.drug.ingredients or not taken.drug.systemic(name):
            continue
        amount = per_day(taken, name, unit, scene.person) or 0.0
        product = (frozenset(taken.drug.ingredients), "extended" in taken.drug.form)
        largest[product] = max(amount, largest.get(product, 0.0))
    return sum(largest.values())


def _alert(scene: Scene, row: DoseRange, over: float, words: str) -> Alert:
    name = scene.a_ingredient
    return Alert(
        rule=RULE,
        kind="dose",
        severity="warning",
        interruptive=over >= _TWICE,
        drugs=(name,),
        summary=f"{name[:1].upper()}{name[1:]} above the published limit: {words}",
        mechanism="Toxicity rises with the dose.",
        action=f"Check dose and frequency; usual is {row.usual}."
        if row.usual
        else "Check dose and frequency.",
        modifiers=(row.note,) if row.note else (),
        sources=row.provenance.source,
        overrides=("benefit", "dose-adjusted"),
        refs=(scene.a.ref,) if scene.a.ref else (),
        topic=topic(RULE, (name,)),
    )
