"""Predicates of rules, made into functions of a chart once; each answers yes, no, or cannot tell."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from models.record import MINUTES_PER_DAY
from models.scores.features.chart import Chart, Held, Verdict
from models.scores.features.kidney import Egfr, steady_creatinine
from models.scores.rules import Predicate
from models.scores.rules.types import Measured

_FERTILE = (10, 60)
_STILL_TRUE_DAYS = 30
_YES, _NO, _ASSUMED_NO = Verdict(value=True), Verdict(value=False), Verdict(value=False, assumed=True)
_NO_AGE = Verdict(None, "age is not recorded")
Check = Callable[[Chart, Egfr], Verdict]


class Question(NamedTuple):
    """A predicate with the function that answers it."""

    predicate: Predicate
    key: int
    """The identity of the predicate: rules that share it share its answer."""
    check: Check

    def of(self, chart: Chart, egfr: Egfr) -> Verdict:
        """Return whether the predicate holds, worked out once a chart."""
        known = chart.verdicts.get(self.key)
        if known is None:
            known = chart.verdicts[self.key] = self.check(chart, egfr)
        return known


def question(predicate: Predicate) -> Question:
    """Return the question that a predicate asks; it holds where any of its parts holds."""
    parts = _parts(predicate)
    return Question(predicate, id(predicate), parts[0] if len(parts) == 1 else _any(parts))


def _any(parts: Sequence[Check]) -> Check:
    return lambda chart, egfr: _either(part(chart, egfr) for part in parts)


def _either(parts: Iterable[Verdict | Held]) -> Verdict:
    """Return yes where one is yes, else the first reason for which nobody can tell, else no."""
    unknown: str | None = None
    assumed = False
    for part in parts:
        value = part.value
        if value:
            return _YES
        assumed = assumed or part.assumed
        if value is None and unknown is None:
            unknown = part.reason
    if unknown is not None:
        return Verdict(None, unknown, assumed)
    return _ASSUMED_NO if assumed else _NO


def _parts(predicate: Predicate) -> list[Check]:
    """Return the parts in the order in which reasons are given."""
    made: list[tuple[object, Check]] = [
        (predicate.age, _age(predicate.age or (0, 0))),
        (predicate.encounter, _encounter(predicate.encounter)),
        (predicate.conditions, _conditions(predicate.conditions)),
        (predicate.drugs, _drugs(predicate.drugs)),
        (predicate.procedures, _procedures(predicate.procedures, alone=not predicate.conditions)),
        *((row, _measured(row)) for row in predicate.values),
        (predicate.answered, _answered(predicate.answered)),
        (predicate.pregnant, lambda chart, _: pregnancy(chart)),
        (predicate.unsteady_creatinine, _unsteady),
        (predicate.lasting_low_egfr, lambda chart, egfr: _YES if egfr.lasting_low(chart) else _NO),
    ]
    return [check for wanted, check in made if wanted]


def _age(limits: tuple[float, float]) -> Check:
    low, high = limits

    def check(chart: Chart, _: Egfr) -> Verdict:
        years = chart.record.age_years
        if years is None:
            return _NO_AGE
        return _YES if low <= years < high else _NO

    return check


def _encounter(classes: Sequence[str]) -> Check:
    return lambda chart, _: _YES if chart.index.encounter_class in classes else _NO


def _conditions(names: Sequence[str]) -> Check:
    return lambda chart, _: _either(chart.conditions(names))


def _drugs(names: Sequence[str]) -> Check:
    return lambda chart, _: _either(chart.drugs(names))


def _procedures(names: Sequence[str], *, alone: bool) -> Check:
    def check(chart: Chart, _: Egfr) -> Verdict:
        held = [chart.procedure(name) for name in names]
        # Diagnoses decide what is absent; a list of procedures can only add to them.
        return _either(held if alone else [one for one in held if one.value])

    return check


def _measured(row: Measured) -> Check:
    def check(chart: Chart, _: Egfr) -> Verdict:
        readings = chart.readings(row.concept, row.days)
        sure = readings and not readings[0].comparator and row.compare.holds(readings[0].value)
        return _YES if sure else _NO

    return check


def _answered(concept: str) -> Check:
    return lambda chart, _: _YES if chart.readings(concept) or chart.answers(concept) else _NO


def _unsteady(chart: Chart, _: Egfr) -> Verdict:
    return _NO if steady_creatinine(chart.readings("creatinine", 372)) else _YES


def pregnancy(chart: Chart) -> Verdict:
    """Return whether the person is pregnant; not recorded is not "not pregnant".

    A recorded male sex excludes nothing by itself; with a complete condition list that holds no pregnancy it
    does, because nobody would ask further.
    """
    held = chart.condition("pregnancy")
    answer, minutes = _pregnancy_answer(chart)
    if held.value and held.fact is not None:
        older = answer == "not_pregnant" and (held.fact.minutes_ago or 0) > minutes
        return Verdict(value=not older)
    if answer:
        return Verdict(answer == "pregnant")
    if chart.condition("not_fertile").value or chart.procedure("hysterectomy").value:
        return _NO
    years = chart.record.age_years
    if years is not None and not _FERTILE[0] <= years < _FERTILE[1]:
        return _NO
    if chart.record.sex == "male" and held.value is False and not held.assumed:
        return _NO
    return Verdict(None, "not recorded")


def _pregnancy_answer(chart: Chart) -> tuple[str, int]:
    for answer, fact in chart.answers("pregnancy_status"):
        minutes = fact.minutes_ago or 0
        fresh = minutes - chart.now <= _STILL_TRUE_DAYS * MINUTES_PER_DAY
        if answer == "pregnant" or (answer == "not_pregnant" and fresh):
            return answer, minutes
        return "", 0
    return "", 0
