"""Whom a score is applied to: its rule's predicates against a chart, with three answers."""

from collections.abc import Iterator
from typing import NamedTuple

from models.record import MINUTES_PER_DAY
from models.scores.features.index import Chart, Held, Reading
from models.scores.features.inputs import encounter_class
from models.scores.features.kidney import Egfr, steady_creatinine
from models.scores.rules import Predicate, Rule

_FERTILE = (10, 60)
_STILL_TRUE_DAYS = 30


class Verdict(NamedTuple):
    """Whether something holds; None where the record cannot tell."""

    value: bool | None
    reason: str = ""
    assumed: bool = False


class Gate(NamedTuple):
    """Whether a score applies, why not, and what was taken for granted or could not be told."""

    applies: bool
    because: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    assumed: bool = False
    undecided: bool = False
    """Whether the record could not tell; then inputs and what is missing are still worth saying."""


def gate(rule: Rule, chart: Chart, egfr: Egfr) -> Gate:
    """Return whether the rule's score applies to this chart."""
    assumed = False
    if chart.record.deceased:
        return Gate(applies=False, notes=("the record says that the person has died",))
    for predicate in rule.applies_when:
        verdict = holds(predicate, chart, egfr)
        assumed = assumed or verdict.assumed
        if not verdict.value:
            if verdict == _PLAIN_NO and not assumed:
                return _closed(predicate)
            gap = f" ({verdict.reason})" if verdict.value is None and verdict.reason else ""
            undecided = verdict.value is None
            notes = (f"needs {predicate.says}{gap}",)
            return Gate(applies=False, notes=notes, assumed=assumed, undecided=undecided)
    said: list[str] = []
    for predicate in rule.never_when:
        verdict = holds(predicate, chart, egfr)
        assumed = assumed or verdict.assumed
        if verdict.value:
            return Gate(applies=False, notes=(f"not for {predicate.says}",), assumed=assumed)
        if verdict.value is None and predicate.unknown == "block":
            notes = (f"{predicate.says} could not be excluded: {verdict.reason}",)
            return Gate(applies=False, notes=notes, assumed=assumed, undecided=True)
        if verdict.value is None:
            said.append(f"{predicate.says}: {verdict.reason}; this score is not for it")
    because = tuple(predicate.says for predicate in rule.applies_when)
    return Gate(applies=True, because=because, notes=tuple(said), unknown=tuple(said), assumed=assumed)


_PLAIN_NO = Verdict(value=False)
_CLOSED: dict[str, Gate] = {}


def _closed(predicate: Predicate) -> Gate:
    """Return the gate that one plain no closes, the same each time."""
    known = _CLOSED.get(predicate.says)
    if known is None:
        known = _CLOSED[predicate.says] = Gate(applies=False, notes=(f"needs {predicate.says}",))
    return known


def holds(predicate: Predicate, chart: Chart, egfr: Egfr) -> Verdict:
    """Return whether any part of a predicate holds, worked out once a chart."""
    known = chart.verdicts.get(id(predicate))
    if isinstance(known, Verdict):
        return known
    verdict = chart.verdicts[id(predicate)] = _holds(predicate, chart, egfr)
    return verdict


def _holds(predicate: Predicate, chart: Chart, egfr: Egfr) -> Verdict:
    unknown: str | None = None
    assumed = False
    for verdict in _parts(predicate, chart, egfr):
        if verdict.value:
            return Verdict(value=True)
        assumed = assumed or verdict.assumed
        if verdict.value is None and unknown is None:
            unknown = verdict.reason
    return Verdict(value=False, assumed=assumed) if unknown is None else Verdict(None, unknown, assumed)


def _parts(predicate: Predicate, chart: Chart, egfr: Egfr) -> Iterator[Verdict]:
    if predicate.age is not None:
        yield _age(predicate.age, chart)
    if predicate.encounter:
        yield Verdict(encounter_class(chart) in predicate.encounter)
    for name in predicate.conditions:
        yield _verdict(chart.condition(name))
    for name in predicate.drugs:
        yield _verdict(chart.drug(name))
    for name in predicate.procedures:
        held = chart.procedure(name)
        # Diagnoses decide what is absent; a list of procedures can only add to them.
        alone = not predicate.conditions
        yield _verdict(held) if held.value or alone else Verdict(value=False)
    yield from _measured(predicate, chart)
    if predicate.pregnant:
        yield pregnancy(chart)
    if predicate.unsteady_creatinine:
        yield Verdict(not steady_creatinine(chart.readings("creatinine", 372)))
    if predicate.lasting_low_egfr:
        yield Verdict(egfr.lasting_low(chart))


def _measured(predicate: Predicate, chart: Chart) -> Iterator[Verdict]:
    for row in predicate.values:
        readings = chart.readings(row.concept, row.days)
        yield Verdict(bool(readings) and _sure(readings[0]) and row.compare.holds(readings[0].value))
    if predicate.answered:
        yield Verdict(bool(chart.readings(predicate.answered) or chart.answers(predicate.answered)))


def _sure(reading: Reading) -> bool:
    return not reading.comparator


def _verdict(held: Held) -> Verdict:
    return Verdict(held.value, held.reason, held.assumed)


def _age(limits: tuple[float, float], chart: Chart) -> Verdict:
    years = chart.record.age_years
    if years is None:
        return Verdict(None, "age is not recorded")
    return Verdict(limits[0] <= years < limits[1])


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
        return Verdict(value=False)
    years = chart.record.age_years
    if years is not None and not _FERTILE[0] <= years < _FERTILE[1]:
        return Verdict(value=False)
    if chart.record.sex == "male" and held.value is False and not held.assumed:
        return Verdict(value=False)
    return Verdict(None, "not recorded")


def _pregnancy_answer(chart: Chart) -> tuple[str, int]:
    for answer, fact in chart.answers("pregnancy_status"):
        minutes = fact.minutes_ago or 0
        fresh = minutes - chart.now <= _STILL_TRUE_DAYS * MINUTES_PER_DAY
        if answer == "pregnant" or (answer == "not_pregnant" and fresh):
            return answer, minutes
        return "", 0
    return "", 0
