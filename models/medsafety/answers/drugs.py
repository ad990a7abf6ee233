"""Clauses about drugs: which are taken, how much, how often, how long, by which route."""

from collections.abc import Iterable

from models.knowledge.drugs.clauses import DAYS
from models.knowledge.drugs.rows import Clause
from models.medsafety.amounts import per_day, single_dose
from models.medsafety.answers.scene import COMPARE, NO, YES, Scene, Verdict, days_words, selector
from models.medsafety.person import Taken
from models.medsafety.person import same as alike


def drug(clause: Clause, scene: Scene) -> Verdict:
    """Tell whether one of these drugs is drafted or taken."""
    found = scene.person.taking(selector(clause))
    if found:
        return Verdict(value=True, found=tuple(dict.fromkeys(t.name for t in found)))
    return NO if scene.person.drugs_known else Verdict(None, missing=("drug list not complete",))


def history(clause: Clause, scene: Scene) -> Verdict:
    """Tell whether a drug was taken within some days: one that is over, or one taken now."""
    within = clause.within_days or 0
    for taken in scene.person.drugs:
        if taken.place == "draft" or not taken.takes(selector(clause)):
            continue
        ended = taken.ended_days_ago or 0
        if taken.place == "active" or ended <= within:
            when = "now" if taken.place == "active" else f"until {days_words(ended)}"
            return Verdict(value=True, found=(f"{taken.name} ({when})",))
    return NO if scene.person.drugs_known else Verdict(None, missing=("drug list not complete",))


def count(clause: Clause, scene: Scene) -> Verdict:
    """Count different ingredients among what is taken."""
    found = scene.person.taking(selector(clause))
    names = sorted({name for t in found for name in t.takes(selector(clause))})
    verdict = COMPARE[clause.op](len(names), clause.value or 0)
    return Verdict(verdict, (", ".join(names),) if verdict and names else ())


def route(clause: Clause, scene: Scene) -> Verdict:
    """Tell whether the route is one of these."""
    side = scene.side(clause.subject)
    if side is None or not side[0].drug.route:
        return Verdict(None, missing=("route not recorded",))
    return YES if side[0].drug.route in clause.values else NO


def form(clause: Clause, scene: Scene) -> Verdict:
    """Tell whether the form is one of these."""
    side = scene.side(clause.subject)
    if side is None or not side[0].drug.form:
        return Verdict(None, missing=("form not recorded",))
    return YES if any(value in side[0].drug.form for value in clause.values) else NO


def dose(clause: Clause, scene: Scene) -> Verdict:
    """Compare the daily dose."""
    side = scene.side(clause.subject)
    amount = per_day(side[0], side[1], clause.unit, scene.person) if side else None
    return _amount(clause, amount, "daily dose")


def single(clause: Clause, scene: Scene) -> Verdict:
    """Compare the dose at a time."""
    side = scene.side(clause.subject)
    amount = single_dose(side[0], side[1], clause.unit, scene.person) if side else None
    return _amount(clause, amount, "single dose")


def _amount(clause: Clause, amount: float | None, what: str) -> Verdict:
    if amount is None:
        return Verdict(None, missing=(f"{what} not known",))
    verdict = COMPARE[clause.op](amount, clause.value or 0)
    return Verdict(verdict, (f"{what} {amount:g} {clause.unit}",) if verdict else ())


def each_once(found: Iterable[Taken]) -> list[Taken]:
    """Return entries without the same drug on another list: its order, its dispense, the home list."""
    kept: list[Taken] = []
    for taken in found:
        both = (other for other in kept if (taken.place, other.place) != ("draft", "draft"))
        if not any(alike(taken, other) for other in both):
            kept.append(taken)
    return kept


def total(clause: Clause, scene: Scene) -> Verdict:
    """Add up what all entries of these drugs give in a day; what is not known counts as nothing."""
    chosen = selector(clause)
    amounts = [
        (taken, name, per_day(taken, name, clause.unit, scene.person))
        for taken in each_once(scene.person.taking(chosen))
        for name in taken.takes(chosen)
    ]
    total = sum(amount for _, _, amount in amounts if amount is not None)
    unknown = tuple(f"daily dose of {name} not known" for _, name, amount in amounts if amount is None)
    verdict = COMPARE[clause.op](total, clause.value or 0)
    if verdict:
        return Verdict(value=True, found=(f"{total:g} {clause.unit} together",), missing=unknown)
    return Verdict(None if unknown else False, missing=unknown)


def frequency(clause: Clause, scene: Scene) -> Verdict:
    """Compare how often it is taken."""
    side = scene.side(clause.subject)
    rate = side[0].drug.sig.times_per_day if side else None
    if rate is None:
        return Verdict(None, missing=("frequency not known",))
    times = rate * 7 if clause.unit == "/wk" else rate
    return YES if COMPARE[clause.op](round(times, 6), clause.value or 0) else NO


def duration(clause: Clause, scene: Scene) -> Verdict:
    """Compare how long it is ordered for, or was taken."""
    side = scene.side(clause.subject)
    if side is None:
        return NO
    days = side[0].drug.sig.duration_days
    # What is being ordered has lasted no time yet: how long it will is said by the order, or not known.
    lasted = None if side[0].place == "draft" else side[0].started_days_ago
    known = max((d for d in (days, lasted) if d is not None), default=None)
    if known is None:
        return Verdict(None, missing=("duration not known",))
    return YES if COMPARE[clause.op](known, (clause.value or 0) * DAYS[clause.unit]) else NO


def prn(clause: Clause, scene: Scene) -> Verdict:
    """Tell whether it is taken when needed only."""
    side = scene.side(clause.subject)
    return YES if side is not None and side[0].drug.sig.prn else NO


def new(clause: Clause, scene: Scene) -> Verdict:
    """Tell whether a drug begins with this order: drafted, and not taken already."""
    side = scene.side(clause.subject)
    if side is None or side[0].place != "draft":
        return NO
    before = (t for t in scene.person.drugs if t.place == "active" or t.replaced)
    others = (t for t in before if t is not side[0])
    return NO if any(side[1] in t.drug.ingredients for t in others) else YES


def since(clause: Clause, scene: Scene) -> Verdict:
    """Compare how long it has been taken, or for what is over how long ago it ended."""
    side = scene.side(clause.subject)
    days = None if side is None else _how_long(side[0])
    if days is None:
        return Verdict(None, missing=("start not recorded",))
    return YES if COMPARE[clause.op](days, (clause.value or 0) * DAYS[clause.unit]) else NO


def _how_long(taken: Taken) -> float | None:
    if taken.place == "past":
        return taken.ended_days_ago
    return 0.0 if taken.place == "draft" else taken.started_days_ago


def same(_: Clause, scene: Scene) -> Verdict:
    """Tell whether both sides are one substance."""
    first, second = scene.side("a"), scene.side("b")
    return YES if first and second and first[1] == second[1] else NO


def pair(clause: Clause, scene: Scene) -> Verdict:
    """Tell whether a drug of each kind is taken."""
    assert clause.other is not None  # noqa: S101  # the language has no pair of one
    first, second = scene.person.taking(selector(clause)), scene.person.taking(clause.other)
    if not (first and second):
        return NO
    return Verdict(value=True, found=tuple(dict.fromkeys(t.name for t in (*first, *second))))
